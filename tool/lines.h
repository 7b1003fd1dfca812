/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of a file, with those joined that end in a backslash. */
#ifndef _TOOL_LINES_H
#define _TOOL_LINES_H

#include <stdbool.h>
#include <stddef.h>

/** The longest line: a rule with 65535 tunnels fits. */
#define TOOL_LINE_MAX (4 << 20)

/**
 * struct tool_lines - a file that is read line by line
 * @fd: borrowed
 * @buffer: owned
 * @size: of @buffer
 * @start: first byte not yet returned
 * @end: first byte not yet read
 * @line: number of the line that was returned last, the first one if it was joined
 * @next_line: number of the next one
 * @is_ended: nothing follows in the file
 * @before_wait: called when nothing is there yet to be read; may be NULL
 * @arg: passed to it
 */
struct tool_lines {
	int fd;
	char *buffer;
	size_t size;
	size_t start;
	size_t end;
	unsigned long line;
	unsigned long next_line;
	bool is_ended;
	void (*before_wait)(void *arg);
	void *arg;
};

/** tool_lines_init() - read from @fd */
void tool_lines_init(struct tool_lines *lines, int fd);

/**
 * tool_lines_next() - the next line
 * @ret_text: the line without its newline; may be written to, valid until the next call
 *
 * A NUL byte is returned as byte 1, which no command has.
 *
 * Return: 1, 0 at the end, -E2BIG for a line that is too long, or another negative errno.
 */
int tool_lines_next(struct tool_lines *lines, char **ret_text);

/** tool_lines_done() - release the buffer */
void tool_lines_done(struct tool_lines *lines);

#endif
