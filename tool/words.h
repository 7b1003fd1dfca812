/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line of a batch taken apart into words. */
#ifndef _TOOL_WORDS_H
#define _TOOL_WORDS_H

#include <stddef.h>

struct tool_failure;

/**
 * struct tool_words - words of a line; kept from line to line to save allocations
 * @words: pointers into the line, then a NULL; owned
 * @count: how many
 * @capacity: how many there is room for
 */
struct tool_words {
	char **words;
	size_t count;
	size_t capacity;
};

/**
 * tool_words_split() - take a line apart in place
 * @line: must live as long as the words are used
 *
 * Blanks separate words, quotes (" or ') keep blanks, # at the start of a word begins a comment.
 *
 * Return: 0, or negative errno with the failure written.
 */
int tool_words_split(struct tool_words *words, char *line, struct tool_failure *failure);

/** tool_words_done() - release the memory */
void tool_words_done(struct tool_words *words);

#endif
