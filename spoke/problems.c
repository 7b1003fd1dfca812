// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The list of what is wrong.
 */
#include "spoke/problems.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/log.h"

static bool has(const struct lvn_problems *problems, const char *text)
{
	for (unsigned int i = 0; i < problems->n; i++)
		if (!strcmp(problems->texts[i], text))
			return true;
	return false;
}

void lvn_problems_add(struct lvn_problems *problems, const char *format, ...)
{
	char text[LVN_PROBLEM_SIZE];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (has(problems, text))
		return;
	if (problems->n == LVN_PROBLEMS_MAX)
		problems->missed++;
	else
		strcpy(problems->texts[problems->n++], text);
}

void lvn_problems_replace(struct lvn_problems *problems, const struct lvn_problems *now,
			  const char *device)
{
	for (unsigned int i = 0; i < now->n; i++)
		if (!has(problems, now->texts[i]))
			lvn_warning("%s: %s", device, now->texts[i]);
	if (now->missed && now->missed != problems->missed)
		lvn_warning("%s: and %u further problems of these kinds", device, now->missed);
	for (unsigned int i = 0; i < problems->n; i++)
		if (!has(now, problems->texts[i]))
			lvn_info("%s: settled: %s", device, problems->texts[i]);
	*problems = *now;
}
