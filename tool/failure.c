// SPDX-License-Identifier: GPL-2.0-or-later
/* The sentence and the exit code of a command that failed. Does not decide where it is printed. */

#include "failure.h"

#include <errno.h>
#include <string.h>

void tool_failure_init(struct tool_failure *failure)
{
	failure->exit_code = 0;
	failure->text[0] = '\0';
}

int tool_fail_usage(struct tool_failure *failure, const char *format, ...)
{
	va_list ap;

	failure->exit_code = TOOL_EXIT_USAGE;
	va_start(ap, format);
	vsnprintf(failure->text, sizeof(failure->text), format, ap);
	va_end(ap);
	return -EINVAL;
}

int tool_fail_refused(struct tool_failure *failure, int error, const char *format, ...)
{
	va_list ap;

	failure->exit_code = TOOL_EXIT_REFUSED;
	va_start(ap, format);
	vsnprintf(failure->text, sizeof(failure->text), format, ap);
	va_end(ap);
	return error;
}

void tool_failure_append(struct tool_failure *failure, const char *format, ...)
{
	size_t len = strlen(failure->text);
	va_list ap;

	va_start(ap, format);
	vsnprintf(failure->text + len, sizeof(failure->text) - len, format, ap);
	va_end(ap);
}

void tool_failure_put(FILE *file, const char *text)
{
	for (; *text; text++) {
		unsigned char byte = *text;

		putc(byte < ' ' || byte == 0x7f ? '?' : byte, file);
	}
}
