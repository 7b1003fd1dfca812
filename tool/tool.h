/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one run of the program is made of, and the tables of its objects and commands. */
#ifndef _TOOL_TOOL_H
#define _TOOL_TOOL_H

#include "args.h"
#include "failure.h"
#include "ifname.h"

#include <stdbool.h>
#include <stdio.h>

#include <ipudp/ipudp.h>

#ifndef IPUDP_VERSION
#define IPUDP_VERSION "unknown"
#endif

struct tool_batch;

/**
 * struct tool_options - what stood before the object
 * @is_json: print JSON
 * @is_pretty: indent it
 * @has_stats: print counters
 * @has_details: print defaults and explanations
 * @has_timestamps: begin each event with the time
 * @is_forced: a batch goes on after errors
 * @datapath: which data plane to talk to
 * @netns: network namespace to enter, or NULL
 * @batch: file of commands, or NULL
 */
struct tool_options {
	bool is_json;
	bool is_pretty;
	bool has_stats;
	bool has_details;
	bool has_timestamps;
	bool is_forced;
	enum ipudp_datapath datapath;
	const char *netns;
	const char *batch;
};

/**
 * struct tool - one run of the program
 * @options: what stood before the object
 * @out: where answers go; borrowed
 * @err: where failures go; borrowed
 * @ipudp: opened by tool_open() when a command first needs it; owned
 * @batch: the batch that is being carried out, or NULL; borrowed
 * @object: the object of the command that is being carried out, or NULL
 * @command: that command, or NULL
 * @args: its words, or NULL if they are no longer known; borrowed
 * @failure: why it failed
 * @names: interface names seen
 */
struct tool {
	struct tool_options options;
	FILE *out;
	FILE *err;
	struct ipudp *ipudp;
	struct tool_batch *batch;
	const struct tool_object *object;
	const struct tool_command *command;
	const struct tool_args *args;
	struct tool_failure failure;
	struct tool_ifnames names;
};

/**
 * struct tool_command - what can be done with an object; tables end with a NULL name
 * @name: the word; alternatives are separated by '|'
 * @keywords: what may follow
 * @usage: shown in help instead of what the keywords tell, or NULL
 * @run: reads the words left and does it. Return: 0, or negative errno with the failure written
 */
struct tool_command {
	const char *name;
	const struct tool_keyword *keywords;
	const char *usage;
	int (*run)(struct tool *tool, struct tool_args *args);
};

/**
 * struct tool_object - a first word
 * @name: the word; alternatives are separated by '|'
 * @summary: one line for help
 * @commands: a table; the command "show" is meant when none is named
 * @only: instead of @commands, for an object that is a command itself
 */
struct tool_object {
	const char *name;
	const char *summary;
	const struct tool_command *commands;
	const struct tool_command *only;
};

/** All objects, ended by a NULL. */
extern const struct tool_object *const tool_objects[];

/** tool_init() - @out and @err must live as long as @tool */
void tool_init(struct tool *tool, FILE *out, FILE *err);

/** tool_done() - release what tool_open() opened */
void tool_done(struct tool *tool);

/** tool_open() - connect to the data plane, unless it is done */
int tool_open(struct tool *tool);

/**
 * tool_refused() - write the failure of a call of the library: its sentence, else what the errno
 * means here, and the keyword it concerns with its value
 *
 * Return: @error
 */
int tool_refused(struct tool *tool, int error);

/** tool_refused_with() - the same into a failure of the caller's, with a sentence he was given */
int tool_refused_with(struct tool *tool, struct tool_failure *failure, int error,
		      const char *sentence);

/** tool_failure_lead() - put the object and command before the sentence */
void tool_failure_lead(const struct tool *tool, struct tool_failure *failure);

/** tool_resolve() - the index of an interface. Return: 0, or negative errno with the failure */
int tool_resolve(struct tool *tool, const char *keyword, const char *name, uint32_t *ret_number);

/** tool_object_find() - the object a word names, or NULL */
const struct tool_object *tool_object_find(const char *word);

/** tool_command_find() - the command of @object that a word names, or NULL */
const struct tool_command *tool_command_find(const struct tool_object *object, const char *word);

/** tool_run() - carry out one command. Return: 0, or negative errno with the failure written */
int tool_run(struct tool *tool, struct tool_args *args);

/** tool_main() - the program. Return: its exit code */
int tool_main(int argc, char **argv, FILE *out, FILE *err);

#endif
