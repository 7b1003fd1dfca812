// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines of a file, with those joined that end in a backslash. What they say is not known here. */

#include "lines.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_SIZE 65536

void tool_lines_init(struct tool_lines *lines, int fd)
{
	memset(lines, 0, sizeof(*lines));
	lines->fd = fd;
	lines->next_line = 1;
}

/* Room for one byte more and a final NUL. */
static int make_room(struct tool_lines *lines)
{
	size_t size = lines->size ? lines->size : BUFFER_SIZE / 2;
	char *buffer;

	if (lines->start) {
		memmove(lines->buffer, lines->buffer + lines->start, lines->end - lines->start);
		lines->end -= lines->start;
		lines->start = 0;
	}
	if (lines->end + 2 <= lines->size)
		return 0;
	if (size > TOOL_LINE_MAX)
		return -E2BIG;
	buffer = realloc(lines->buffer, size * 2);
	if (!buffer)
		return -ENOMEM;
	lines->buffer = buffer;
	lines->size = size * 2;
	return 0;
}

static int fill(struct tool_lines *lines)
{
	struct pollfd pollfd = { .fd = lines->fd, .events = POLLIN };
	ssize_t got;
	int ret;

	ret = make_room(lines);
	if (ret)
		return ret;
	if (lines->before_wait && poll(&pollfd, 1, 0) == 0)
		lines->before_wait(lines->arg);

	do {
		got = read(lines->fd, lines->buffer + lines->end, lines->size - lines->end - 1);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	lines->is_ended = got == 0;
	lines->end += got;
	return 0;
}

static int take(struct tool_lines *lines, size_t end, size_t next, char **ret)
{
	char *nul;

	lines->buffer[end] = '\0';
	*ret = lines->buffer + lines->start;
	while ((nul = memchr(*ret, '\0', lines->buffer + end - *ret)))
		*nul = '\001';
	lines->start = next;
	return 1;
}

int tool_lines_next(struct tool_lines *lines, char **ret_text)
{
	size_t scanned = 0;

	lines->line = lines->next_line;
	for (;;) {
		size_t from = lines->start + scanned;
		char *newline = NULL;
		int ret;

		if (lines->end > from)
			newline = memchr(lines->buffer + from, '\n', lines->end - from);
		if (newline) {
			size_t at = newline - lines->buffer;

			lines->next_line++;
			if (at == lines->start || newline[-1] != '\\')
				return take(lines, at, at + 1, ret_text);
			newline[-1] = ' ';
			newline[0] = ' ';
			scanned = at + 1 - lines->start;
			continue;
		}

		scanned = lines->end - lines->start;
		if (lines->is_ended)
			return scanned ? take(lines, lines->end, lines->end, ret_text) : 0;
		ret = fill(lines);
		if (ret)
			return ret;
	}
}

void tool_lines_done(struct tool_lines *lines)
{
	free(lines->buffer);
}
