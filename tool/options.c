// SPDX-License-Identifier: GPL-2.0-or-later
/* The options that stand before the object, as those of iproute2: one dash or two, abbreviated. */

#include "options.h"

#include <stdlib.h>
#include "tool.h"

#include <errno.h>
#include <string.h>

static int apply_json(struct tool *tool, const char *value)
{
	(void)value;
	tool->options.is_json = true;
	return 0;
}

static int apply_pretty(struct tool *tool, const char *value)
{
	(void)value;
	tool->options.is_pretty = true;
	return 0;
}

static int apply_statistics(struct tool *tool, const char *value)
{
	(void)value;
	tool->options.has_stats = true;
	return 0;
}

static int apply_details(struct tool *tool, const char *value)
{
	(void)value;
	tool->options.has_details = true;
	return 0;
}

static int apply_netns(struct tool *tool, const char *value)
{
	tool->options.netns = value;
	return 0;
}

static int apply_batch(struct tool *tool, const char *value)
{
	tool->options.batch = value;
	return 0;
}

static int apply_force(struct tool *tool, const char *value)
{
	(void)value;
	tool->options.is_forced = true;
	return 0;
}

static int apply_timestamp(struct tool *tool, const char *value)
{
	(void)value;
	tool->options.has_timestamps = true;
	return 0;
}

static int apply_datapath(struct tool *tool, const char *value)
{
	int choice = tool_word_choice("auto|module|user", value);

	if (choice < 0)
		return tool_fail_usage(&tool->failure,
				       "\"%s\" is not a datapath; use auto, module or user", value);
	tool->options.datapath = (enum ipudp_datapath)choice;
	return 0;
}

/* Version and help have no function: main.c looks for them by their name. */
const struct tool_option tool_option_table[] = {
	{ "json", NULL, "print JSON", apply_json },
	{ "pretty", NULL, "indent the JSON", apply_pretty },
	{ "statistics|stats", NULL, "print counters", apply_statistics },
	{ "details", NULL, "also print defaults and explanations", apply_details },
	{ "netns", "NETNS", "enter a network namespace first", apply_netns },
	{ "batch", "FILE", "read commands from a file, - for standard input", apply_batch },
	{ "force", NULL, "continue after errors in a batch", apply_force },
	{ "datapath", "auto|module|user", "which data plane to use", apply_datapath },
	{ "timestamp", NULL, "start each event of monitor with the time", apply_timestamp },
	{ "Version|version", NULL, "print the version", NULL },
	{ "help", NULL, "print this help", NULL },
	{ 0 }
};

static const struct tool_option *find_option(const char *word)
{
	const struct tool_option *prefix = NULL;
	const struct tool_option *option;

	for (option = tool_option_table; option->name; option++) {
		enum tool_match match = tool_word_match(option->name, word);

		if (match == TOOL_MATCH_EXACT)
			return option;
		if (match == TOOL_MATCH_PREFIX && !prefix)
			prefix = option;
	}
	return prefix;
}

static int fail_no_option(struct tool *tool, const char *word)
{
	const struct tool_option *option;
	const char *lead = "; the options are ";

	tool_fail_usage(&tool->failure, "\"%s\" is not an option", word);
	for (option = tool_option_table; option->name; option++) {
		tool_failure_append(&tool->failure, "%s-%.*s", lead, tool_word_first(option->name),
				    option->name);
		lead = ", ";
	}
	return -EINVAL;
}

/* What the environment says, which options override. */
static int parse_environment(struct tool *tool)
{
	const char *datapath = secure_getenv("IPUDP_DATAPATH");

	return datapath && *datapath ? apply_datapath(tool, datapath) : 0;
}

int tool_options_parse(struct tool *tool, struct tool_args *args)
{
	int ret = parse_environment(tool);

	if (ret)
		return ret;
	while (tool_args_left(args) && tool_args_peek(args)[0] == '-') {
		const char *word = tool_args_next(args);
		const struct tool_option *option;
		const char *value = NULL;
		int err;

		if (!strcmp(word, "--"))
			break;
		option = find_option(word + (word[1] == '-' ? 2 : 1));
		if (!option)
			return fail_no_option(tool, word);
		if (!option->apply) {
			args->at--;
			break;
		}
		if (option->value) {
			value = tool_args_next(args);
			if (!value)
				return tool_fail_usage(&tool->failure, "\"%s\" needs %s after it",
						       word, option->value);
		}
		err = option->apply(tool, value);
		if (err)
			return err;
	}
	return 0;
}
