// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A cursor over the words of a command, and the matching of words with keywords. What a value
 * means is the business of the readers in read.c and the commands.
 */

#include "args.h"
#include "failure.h"
#include "read.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum tool_match tool_word_match(const char *names, const char *word)
{
	enum tool_match best = TOOL_MATCH_NONE;

	while (*names) {
		size_t i = 0;

		while (word[i] && word[i] == names[i] && word[i] != '|')
			i++;
		if (i && !word[i]) {
			if (!names[i] || names[i] == '|')
				return TOOL_MATCH_EXACT;
			best = TOOL_MATCH_PREFIX;
		}
		names = strchrnul(names + i, '|');
		names += *names == '|';
	}
	return best;
}

int tool_word_first(const char *names)
{
	return strcspn(names, "|");
}

int tool_word_choice(const char *choices, const char *word)
{
	size_t len = strlen(word);
	int prefix = -1;
	int i;

	for (i = 0; len && *choices; i++) {
		size_t choice_len = strcspn(choices, "|");

		if (len <= choice_len && !strncmp(choices, word, len)) {
			if (len == choice_len)
				return i;
			if (prefix < 0)
				prefix = i;
		}
		choices += choice_len;
		choices += *choices == '|';
	}
	return prefix;
}

bool tool_args_left(const struct tool_args *args)
{
	return args->at < args->count;
}

const char *tool_args_peek(const struct tool_args *args)
{
	return tool_args_left(args) ? args->words[args->at] : NULL;
}

const char *tool_args_next(struct tool_args *args)
{
	return tool_args_left(args) ? args->words[args->at++] : NULL;
}

const struct tool_keyword *tool_keyword_find(const struct tool_keyword *keywords, const char *word)
{
	const struct tool_keyword *prefix = NULL;
	const struct tool_keyword *keyword;

	for (keyword = keywords; keyword->name; keyword++) {
		switch (tool_word_match(keyword->name, word)) {
		case TOOL_MATCH_EXACT:
			return keyword;
		case TOOL_MATCH_PREFIX:
			if (!prefix)
				prefix = keyword;
			break;
		case TOOL_MATCH_NONE:
			break;
		}
	}
	return prefix;
}

static int fail_unknown(struct tool_args *args, const struct tool_keyword *keywords,
			const char *word, uint32_t seen)
{
	const struct tool_keyword *keyword;
	const char *lead = "; try ";

	tool_fail_usage(args->failure, "\"%s\" is not expected here", word);
	for (keyword = keywords; keyword->name; keyword++) {
		bool is_done = seen & (1u << (keyword - keywords)) &&
			       !(keyword->flags & TOOL_REPEAT);

		if (is_done || keyword->flags & TOOL_HIDDEN)
			continue;
		tool_failure_append(args->failure, "%s%.*s", lead, tool_word_first(keyword->name),
				    keyword->name);
		lead = ", ";
	}
	if (*lead == ';')
		tool_failure_append(args->failure, "; nothing more follows");
	return -EINVAL;
}

/* The keyword whose name may be left out, so that the word is its value; NULL if none. */
static const struct tool_keyword *find_bare(const struct tool_keyword *keywords, uint32_t seen)
{
	const struct tool_keyword *keyword;

	for (keyword = keywords; keyword->name; keyword++)
		if (keyword->flags & (TOOL_BARE | TOOL_FIRST) &&
		    !(seen & (1u << (keyword - keywords))))
			return keyword;
	return NULL;
}

/* Whether the first word is the value of the first keyword, though it may look like another. */
static bool is_first_value(const struct tool_args *args, const struct tool_keyword *keywords,
			   uint32_t seen)
{
	if (seen || !keywords->name || !(keywords->flags & TOOL_FIRST))
		return false;
	return tool_word_match(keywords->name, tool_args_peek(args)) != TOOL_MATCH_EXACT ||
	       args->at + 1 == args->count;
}

static int parse_one(struct tool_args *args, const struct tool_keyword *keywords, uint32_t *seen,
		     void *into)
{
	const struct tool_keyword *keyword;
	const char *word, *value;
	uint32_t bit;

	if (is_first_value(args, keywords, *seen)) {
		*seen |= 1;
		args->values[0] = tool_args_next(args);
		return keywords->read(args, keywords, args->values[0], into);
	}

	word = value = tool_args_next(args);
	keyword = tool_keyword_find(keywords, word);
	if (!keyword) {
		keyword = find_bare(keywords, *seen);
		if (!keyword)
			return fail_unknown(args, keywords, word, *seen);
	} else if (keyword->value) {
		value = tool_args_next(args);
		if (!value)
			return tool_fail_usage(args->failure, "\"%s\" needs %s after it", word,
					       tool_value_text(keyword->value));
	}

	bit = 1u << (keyword - keywords);
	if (*seen & bit && !(keyword->flags & TOOL_REPEAT))
		return tool_fail_usage(args->failure, "\"%.*s\" is given twice",
				       tool_word_first(keyword->name), keyword->name);
	*seen |= bit;
	args->values[keyword - keywords] = value;
	return keyword->read(args, keyword, value, into);
}

const char *tool_args_value(const struct tool_args *args, const struct tool_keyword *keyword)
{
	const struct tool_keyword *known;

	for (known = args->keywords; known && known->name; known++)
		if (known == keyword)
			return keyword->value ? args->values[known - args->keywords] : NULL;
	return NULL;
}

int tool_args_parse(struct tool_args *args, const struct tool_keyword *keywords, void *into)
{
	const struct tool_keyword *keyword;
	uint32_t seen = 0;

	args->keywords = keywords;
	while (tool_args_left(args)) {
		int ret = parse_one(args, keywords, &seen, into);

		if (ret)
			return ret;
	}

	for (keyword = keywords; keyword->name; keyword++)
		if (keyword->flags & TOOL_REQUIRED && !(seen & (1u << (keyword - keywords))))
			return tool_fail_usage(args->failure, "\"%.*s\" is missing: it needs %s",
					       tool_word_first(keyword->name), keyword->name,
					       tool_value_text(keyword->value));
	return 0;
}
