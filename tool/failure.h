/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sentence and the exit code of a command that failed; written once, printed once. */
#ifndef _TOOL_FAILURE_H
#define _TOOL_FAILURE_H

#include <stdarg.h>
#include <stdio.h>

/** Exit codes, as those of iproute2. */
#define TOOL_EXIT_USAGE 1
#define TOOL_EXIT_REFUSED 2

#define TOOL_FAILURE_SIZE 1024

/**
 * struct tool_failure - why a command failed
 * @exit_code: 0 while nothing failed
 * @text: one sentence without a final newline
 */
struct tool_failure {
	int exit_code;
	char text[TOOL_FAILURE_SIZE];
};

/** tool_failure_init() - nothing failed yet */
void tool_failure_init(struct tool_failure *failure);

/**
 * tool_fail_usage() - the words were wrong
 *
 * Return: -EINVAL
 */
int tool_fail_usage(struct tool_failure *failure, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * tool_fail_refused() - the words were right but it could not be done
 * @error: negative errno
 *
 * Return: @error
 */
int tool_fail_refused(struct tool_failure *failure, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** tool_failure_append() - add to the sentence */
void tool_failure_append(struct tool_failure *failure, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** tool_failure_put() - write text without the control bytes that a word may hold */
void tool_failure_put(FILE *file, const char *text);

#endif
