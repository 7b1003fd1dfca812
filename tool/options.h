/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options that stand before the object. */
#ifndef _TOOL_OPTIONS_H
#define _TOOL_OPTIONS_H

struct tool;
struct tool_args;

/**
 * struct tool_option - an option; the table ends with a NULL name
 * @name: without the dash; alternatives are separated by '|'
 * @value: what follows it, as of a keyword, or NULL
 * @help: one line
 * @apply: @value is NULL for an option without. Return: 0, or -EINVAL with the failure written
 */
struct tool_option {
	const char *name;
	const char *value;
	const char *help;
	int (*apply)(struct tool *tool, const char *value);
};

extern const struct tool_option tool_option_table[];

/** tool_options_parse() - take the options that stand before the object */
int tool_options_parse(struct tool *tool, struct tool_args *args);

#endif
