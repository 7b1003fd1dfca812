/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the verbs of the command line do.
 */
#ifndef _LVN_COMMAND_H
#define _LVN_COMMAND_H

#include <stdbool.h>

#include "spoke/config.h"

/* Exit statuses, as in the manual. */
#define LVN_EXIT_FAILURE 1
#define LVN_EXIT_USAGE 2
#define LVN_EXIT_NOT_RUNNING 3
#define LVN_EXIT_DOWN 4

/**
 * struct lvn_command - a command line
 * @config: the options
 * @argv: arguments after the verb
 * @argc: how many
 * @takes_hubs: words are hubs, not the name of a spoke
 * @has_name: a spoke was named
 * @is_json: JSON is wanted
 * @is_background: return when the spoke is up
 * @wait_s: or after so many seconds
 */
struct lvn_command {
	struct lvn_config config;
	char **argv;
	int argc;
	bool takes_hubs;
	bool has_name;
	bool is_json;
	bool is_background;
	unsigned int wait_s;
};

/**
 * lvn_command_parse() - read arguments, and the files that they name, into @command->config
 * @ret_error: at least LVN_CONFIG_ERROR_SIZE bytes
 */
int lvn_command_parse(struct lvn_command *command, char *ret_error);

/* Each prints what there is to say, and returns the exit status. */
int lvn_command_up(struct lvn_command *command);
int lvn_command_down(struct lvn_command *command);
int lvn_command_reload(struct lvn_command *command);
int lvn_command_renew(struct lvn_command *command);
int lvn_command_status(struct lvn_command *command);

#endif
