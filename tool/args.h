/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A cursor over the words of a command, and the matching of words with keywords. */
#ifndef _TOOL_ARGS_H
#define _TOOL_ARGS_H

#include <stdbool.h>

struct tool_failure;
struct tool_keyword;

/** Most keywords of one command. */
#define TOOL_KEYWORDS 32

/**
 * struct tool_args - words that are still to be read
 * @words: all words; not owned
 * @count: how many
 * @at: the next one
 * @failure: where what is wrong is written
 * @keywords: the table they are read by, once they are
 * @values: the last value of each of these, NULL if it is not there
 */
struct tool_args {
	char *const *words;
	int count;
	int at;
	struct tool_failure *failure;
	const struct tool_keyword *keywords;
	const char *values[TOOL_KEYWORDS];
};

/** The keyword must be there. */
#define TOOL_REQUIRED (1u << 0)
/** It may be there several times. */
#define TOOL_REPEAT (1u << 1)
/** Its name may be left out: a word that is no keyword is its value. */
#define TOOL_BARE (1u << 2)
/** It stands first, and its name may be left out. Only for the first of a table. */
#define TOOL_FIRST (1u << 3)
/** Understood, but not shown in help and completion. */
#define TOOL_HIDDEN (1u << 4)

/**
 * typedef tool_read_fn - read the value of a keyword
 * @args: only for its @failure
 * @keyword: which
 * @word: the value; the keyword itself if it takes none
 * @into: what tool_args_parse() was given
 *
 * Return: 0, or negative errno with the failure written.
 */
typedef int tool_read_fn(struct tool_args *args, const struct tool_keyword *keyword,
			 const char *word, void *into);

/**
 * struct tool_keyword - a keyword of a command; tables end with a NULL name
 * @name: the word; alternatives are separated by '|'
 * @value: what follows it: a noun as "ADDR", or choices as "on|off"; NULL for nothing
 * @flags: TOOL_* bits
 * @read: reads the value
 * @attr: names of the netlink attributes it fills, separated by '|', if not as @name
 */
struct tool_keyword {
	const char *name;
	const char *value;
	unsigned int flags;
	tool_read_fn *read;
	const char *attr;
};

/** enum tool_match - how well a word fits a name */
enum tool_match {
	TOOL_MATCH_NONE,
	TOOL_MATCH_PREFIX,
	TOOL_MATCH_EXACT,
};

/** tool_word_match() - whether a word is one of "name|alias|...", or begins one */
enum tool_match tool_word_match(const char *names, const char *word);

/** tool_word_first() - the length of the first of "name|alias|..." */
int tool_word_first(const char *names);

/**
 * tool_word_choice() - which of "a|b|c" a word is, by exact or first declared prefix
 *
 * Return: its position, -1 if it is none.
 */
int tool_word_choice(const char *choices, const char *word);

/** tool_args_left() - whether words are left */
bool tool_args_left(const struct tool_args *args);

/** tool_args_peek() - the next word, NULL at the end */
const char *tool_args_peek(const struct tool_args *args);

/** tool_args_next() - take the next word, NULL at the end */
const char *tool_args_next(struct tool_args *args);

/** tool_keyword_find() - the keyword a word names, by exact or first declared prefix, or NULL */
const struct tool_keyword *tool_keyword_find(const struct tool_keyword *keywords, const char *word);

/** tool_args_value() - what stood after a keyword, or NULL if it takes nothing or was not there */
const char *tool_args_value(const struct tool_args *args, const struct tool_keyword *keyword);

/**
 * tool_args_parse() - read all words left by a table of keywords
 * @keywords: at most TOOL_KEYWORDS
 * @into: passed to the readers
 *
 * Return: 0, or negative errno with the failure written.
 */
int tool_args_parse(struct tool_args *args, const struct tool_keyword *keywords, void *into);

#endif
