// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One run of the program: the connection to the data plane, what its refusals are in our words,
 * and finding the command that the words name. Options and exit codes are in main.c.
 */

#include "tool.h"
#include "batch.h"
#include "help.h"
#include "objects.h"

#include <errno.h>
#include <string.h>

#define NO_MODULE "the kernel module ipudp is not loaded (\"modprobe ipudp\" as root)"

const struct tool_object *const tool_objects[] = {
	&tool_object_dev,
	&tool_object_listener,
	&tool_object_tunnel,
	&tool_object_rule,
	&tool_object_stats,
	&tool_object_monitor,
	NULL
};

void tool_init(struct tool *tool, FILE *out, FILE *err)
{
	memset(tool, 0, sizeof(*tool));
	tool->out = out;
	tool->err = err;
}

void tool_done(struct tool *tool)
{
	ipudp_close(tool->ipudp);
	tool->ipudp = NULL;
}

/* Neither of the data planes that were asked for: what to do about each. */
static int fail_without_plane(struct tool *tool, int error)
{
	enum ipudp_datapath datapath = tool->options.datapath;
	char missing[256];

	if (datapath == IPUDP_DATAPATH_MODULE)
		return tool_fail_refused(&tool->failure, error, "no data plane: %s", NO_MODULE);
	return tool_fail_refused(
		&tool->failure, error,
		"no data plane: %s%sipudpd does not run in this network namespace and could not be "
		"started (%s)",
		datapath == IPUDP_DATAPATH_AUTO ? NO_MODULE : "",
		datapath == IPUDP_DATAPATH_AUTO ? ", and " : "",
		ipudp_open_missing(datapath, missing, sizeof(missing)) ? missing : "as root?");
}

int tool_open(struct tool *tool)
{
	int ret;

	if (tool->ipudp)
		return 0;
	ret = ipudp_open(tool->options.datapath, &tool->ipudp);
	if (!ret)
		return tool->batch ? tool_batch_opened(tool->batch) : 0;

	tool->ipudp = NULL;
	if (ret == -EOPNOTSUPP || ret == -ENOENT)
		return fail_without_plane(tool, ret);
	return tool_fail_refused(&tool->failure, ret, "cannot reach the data plane: %s",
				 strerror(-ret));
}

/* What an errno means here, where the data plane gave no sentence. */
static const char *error_text(int error)
{
	switch (error) {
	case -EPERM:
	case -EACCES:
		return "not permitted: changes need CAP_NET_ADMIN over the network namespace; run it as root";
	case -ENODEV:
		return "no such ipudp device; \"ipudp dev show\" lists them";
	case -ENOENT:
		return "not found";
	case -EEXIST:
		return "it already exists";
	case -EBUSY:
		return "it is in use";
	case -EADDRINUSE:
		return "the address and port are in use";
	case -EADDRNOTAVAIL:
		return "the address is not one of this host";
	case -EOPNOTSUPP:
		return "the data plane cannot do this";
	default:
		return strerror(-error);
	}
}

/* Our keyword for an attribute. */
static const struct tool_keyword *find_attr(const struct tool_command *command, const char *attr)
{
	const struct tool_keyword *keyword;

	for (keyword = command->keywords; keyword->name; keyword++)
		if (tool_word_match(keyword->attr ? keyword->attr : keyword->name, attr) ==
		    TOOL_MATCH_EXACT)
			return keyword;
	return NULL;
}

int tool_refused_with(struct tool *tool, struct tool_failure *failure, int error,
		      const char *sentence)
{
	const char *attr = ipudp_error_attr(tool->ipudp);
	const struct tool_keyword *keyword = NULL;
	const char *value = NULL;

	tool_fail_refused(failure, error, "%s", *sentence ? sentence : error_text(error));
	if (!attr)
		return error;
	if (tool->command)
		keyword = find_attr(tool->command, attr);
	if (keyword) {
		attr = keyword->name;
		if (tool->args)
			value = tool_args_value(tool->args, keyword);
	}
	tool_failure_append(failure, " (see \"%.*s%s%s\")", tool_word_first(attr), attr,
			    value ? " " : "", value ? value : "");
	return error;
}

int tool_refused(struct tool *tool, int error)
{
	return tool_refused_with(tool, &tool->failure, error, ipudp_error(tool->ipudp));
}

int tool_resolve(struct tool *tool, const char *keyword, const char *name, uint32_t *ret_number)
{
	uint32_t index = tool_ifname_index(&tool->names, name);
	int ret;

	/* an earlier line of the batch may be about to make it */
	if (!index && tool->batch) {
		ret = tool_batch_wait(tool->batch);
		if (ret)
			return ret;
		index = tool_ifname_index(&tool->names, name);
	}
	if (!index)
		return tool_fail_refused(&tool->failure, -ENODEV,
					 "there is no interface \"%s\" (see \"%s\")", name, keyword);
	*ret_number = index;
	return 0;
}

static int fail_no_object(struct tool *tool, const char *word)
{
	const char *lead = "; the objects are ";
	int i;

	tool_fail_usage(&tool->failure, "\"%s\" is not an object", word);
	if (!strcmp(word, "ipudp"))
		lead = " (leave out the word ipudp here); the objects are ";
	for (i = 0; tool_objects[i]; i++) {
		tool_failure_append(&tool->failure, "%s%.*s", lead,
				    tool_word_first(tool_objects[i]->name), tool_objects[i]->name);
		lead = ", ";
	}
	return -EINVAL;
}

static int fail_no_command(struct tool *tool, const struct tool_object *object, const char *word)
{
	const struct tool_command *command;

	tool_fail_usage(&tool->failure, "\"%s\" is not a command; the commands are ", word);
	for (command = object->commands; command->name; command++)
		tool_failure_append(&tool->failure, "%.*s, ", tool_word_first(command->name),
				    command->name);
	tool_failure_append(&tool->failure, "help");
	return -EINVAL;
}

const struct tool_object *tool_object_find(const char *word)
{
	const struct tool_object *prefix = NULL;
	int i;

	for (i = 0; tool_objects[i]; i++) {
		enum tool_match match = tool_word_match(tool_objects[i]->name, word);

		if (match == TOOL_MATCH_EXACT)
			return tool_objects[i];
		if (match == TOOL_MATCH_PREFIX && !prefix)
			prefix = tool_objects[i];
	}
	return prefix;
}

const struct tool_command *tool_command_find(const struct tool_object *object, const char *word)
{
	const struct tool_command *prefix = NULL;
	const struct tool_command *command;

	for (command = object->commands; command && command->name; command++) {
		enum tool_match match = tool_word_match(command->name, word);

		if (match == TOOL_MATCH_EXACT)
			return command;
		if (match == TOOL_MATCH_PREFIX && !prefix)
			prefix = command;
	}
	return prefix;
}

/* "help" only in full where it could be something else, as a device of the name "h". */
static bool is_help(const struct tool_args *args)
{
	const char *word = tool_args_peek(args);

	return word && (!strcmp(word, "help") || !strcmp(word, "-help") ||
			!strcmp(word, "--help") || !strcmp(word, "-h"));
}

static int run_command(struct tool *tool, const struct tool_object *object,
		       struct tool_args *args)
{
	const struct tool_command *command = object->only;
	const char *word = "show";
	int ret;

	if (is_help(args)) {
		tool_help_object(tool->out, object);
		return 0;
	}
	if (!command) {
		if (tool_args_left(args))
			word = tool_args_next(args);
		command = tool_command_find(object, word);
		if (!command)
			return fail_no_command(tool, object, word);
	}
	if (is_help(args) && args->at + 1 == args->count) {
		tool_help_command(tool->out, object, command);
		return 0;
	}
	tool->command = command;
	tool->args = args;
	if (tool->batch)
		tool_batch_note(tool->batch);
	ret = command->run(tool, args);
	tool->args = NULL;
	return ret;
}

void tool_failure_lead(const struct tool *tool, struct tool_failure *failure)
{
	const struct tool_command *command = tool->command;
	const struct tool_object *object = tool->object;
	char text[TOOL_FAILURE_SIZE];

	if (!object)
		return;
	memcpy(text, failure->text, sizeof(text));
	failure->text[0] = '\0';
	tool_failure_append(failure, "%.*s", tool_word_first(object->name), object->name);
	if (command && command != object->only)
		tool_failure_append(failure, " %.*s", tool_word_first(command->name),
				    command->name);
	tool_failure_append(failure, ": %s", text);
}

int tool_run(struct tool *tool, struct tool_args *args)
{
	const struct tool_object *object;
	const char *word;
	int ret;

	tool->object = NULL;
	tool->command = NULL;
	tool_failure_init(&tool->failure);
	args->failure = &tool->failure;

	word = tool_args_next(args);
	if (!word)
		return tool_fail_usage(&tool->failure, "an object is missing; try \"help\"");
	object = tool_object_find(word);
	if (!object && tool_word_match("help", word))
		return tool_help(tool, args);
	if (!object)
		return fail_no_object(tool, word);

	tool->object = object;
	ret = run_command(tool, object, args);
	if (ret)
		tool_failure_lead(tool, &tool->failure);
	return ret;
}
