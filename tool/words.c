// SPDX-License-Identifier: GPL-2.0-or-later
/* A line of a batch taken apart into words, in place. Lines are joined in lines.c. */

#include "words.h"
#include "failure.h"
#include "show.h"

#include <stdbool.h>
#include <stdlib.h>

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Cut one word off at *@at. Return: whether it is complete. */
static bool cut_word(char **at)
{
	char *from = *at;
	char *to = *at;
	char quote = 0;

	while (*from && (quote || !is_blank(*from))) {
		if (quote ? *from == quote : *from == '"' || *from == '\'') {
			quote = quote ? 0 : *from;
			from++;
		} else {
			*to++ = *from++;
		}
	}
	if (*from)
		from++;
	*to = '\0';
	*at = from;
	return !quote;
}

int tool_words_split(struct tool_words *words, char *line, struct tool_failure *failure)
{
	words->count = 0;
	for (;;) {
		int ret;

		ret = tool_array_grow(&words->words, words->count, &words->capacity,
				      sizeof(*words->words));
		if (ret)
			return tool_fail_refused(failure, ret, "out of memory");

		while (is_blank(*line))
			line++;
		if (!*line || *line == '#')
			break;
		words->words[words->count++] = line;
		if (!cut_word(&line))
			return tool_fail_usage(failure, "a quote is opened and not closed");
	}
	words->words[words->count] = NULL;
	return 0;
}

void tool_words_done(struct tool_words *words)
{
	free(words->words);
}
