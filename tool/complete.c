// SPDX-License-Identifier: GPL-2.0-or-later
/* The words that could come next, from the same tables that read them. */

#include "complete.h"
#include "options.h"
#include "read.h"
#include "tool.h"

#include <string.h>

static void put_name(FILE *out, const char *names, const char *dash)
{
	fprintf(out, "%s%.*s\n", dash, tool_word_first(names), names);
}

static int put_device(void *arg, const struct ipudp_device *device)
{
	fprintf(arg, "%s\n", device->name);
	return 0;
}

static int put_listener(void *arg, const struct ipudp_listener *listener)
{
	fprintf(arg, "%u\n", listener->id);
	return 0;
}

static void put_interfaces(FILE *out)
{
	struct if_nameindex *list = if_nameindex();
	struct if_nameindex *at;

	for (at = list; at && at->if_index; at++)
		fprintf(out, "%s\n", at->if_name);
	if (list)
		if_freenameindex(list);
}

static void put_values(struct tool *tool, const struct tool_keyword *keyword)
{
	const char *value = keyword->value;

	if (!strcmp(value, "IFNAME") || !strcmp(value, "VRF")) {
		put_interfaces(tool->out);
	} else if (!strcmp(value, "NAME")) {
		if (!tool_open(tool))
			ipudp_device_list(tool->ipudp, put_device, tool->out);
	} else if (!strcmp(value, "ID")) {
		if (!tool_open(tool))
			ipudp_listener_list(tool->ipudp, put_listener, tool->out);
	} else if (!tool_value_is_noun(value)) {
		for (; *value; value += *value == '|') {
			put_name(tool->out, value, "");
			value += tool_word_first(value);
		}
	}
}

/* What may follow the words of a command. */
static void complete_keywords(struct tool *tool, const struct tool_keyword *keywords,
			      struct tool_args *args)
{
	const struct tool_keyword *keyword;
	uint32_t seen = 0;

	while (tool_args_left(args)) {
		const char *word = tool_args_next(args);

		keyword = tool_keyword_find(keywords, word);
		if (!seen && keywords->flags & TOOL_FIRST &&
		    tool_word_match(keywords->name, word) != TOOL_MATCH_EXACT) {
			seen |= 1;
			continue;
		}
		if (!keyword)
			continue;
		if (keyword->value && !tool_args_left(args)) {
			put_values(tool, keyword);
			return;
		}
		if (keyword->value)
			args->at++;
		seen |= 1u << (keyword - keywords);
	}

	if (!seen && keywords->flags & TOOL_FIRST) {
		put_values(tool, keywords);
		return;
	}
	for (keyword = keywords; keyword->name; keyword++) {
		uint32_t bit = 1u << (keyword - keywords);

		if (keyword->flags & TOOL_HIDDEN || (seen & bit && !(keyword->flags & TOOL_REPEAT)))
			continue;
		put_name(tool->out, keyword->name, "");
		if (keyword->flags & TOOL_BARE && !(seen & bit))
			put_values(tool, keyword);
	}
}

static void complete_object(struct tool *tool, struct tool_args *args)
{
	const struct tool_object *object = tool_object_find(tool_args_next(args));
	const struct tool_command *command;

	if (!object)
		return;
	if (object->only) {
		complete_keywords(tool, object->only->keywords, args);
		return;
	}
	if (!tool_args_left(args)) {
		for (command = object->commands; command->name; command++)
			put_name(tool->out, command->name, "");
		fputs("help\n", tool->out);
		return;
	}
	command = tool_command_find(object, tool_args_next(args));
	if (command)
		complete_keywords(tool, command->keywords, args);
}

static void complete_start(struct tool *tool)
{
	const struct tool_option *option;
	int i;

	for (i = 0; tool_objects[i]; i++)
		put_name(tool->out, tool_objects[i]->name, "");
	fputs("help\n", tool->out);
	for (option = tool_option_table; option->name; option++)
		put_name(tool->out, option->name, "-");
}

int tool_complete(struct tool *tool, struct tool_args *args)
{
	args->at++;
	if (tool_args_left(args) &&
	    tool_word_match("help", tool_args_peek(args)) == TOOL_MATCH_EXACT)
		args->at++;
	if (tool_args_left(args))
		complete_object(tool, args);
	else
		complete_start(tool);
	tool_failure_init(&tool->failure);
	return 0;
}
