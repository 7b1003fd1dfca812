/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the verbs of the command line do.
 */
#ifndef _LVN_COMMAND_H
#define _LVN_COMMAND_H

#include <stdbool.h>

#include "hub/client/config.h"

/* Exit statuses, as in the manual. */
#define LVN_EXIT_FAILURE 1
#define LVN_EXIT_USAGE 2
#define LVN_EXIT_NOT_RUNNING 3

/**
 * struct lvn_command - a command line
 * @config: the options
 * @has_name: a spoke was named
 * @is_json: JSON is wanted
 * @is_background: return when the spoke is up
 * @wait_s: or after so many seconds
 */
struct lvn_command {
	struct lvn_config config;
	bool has_name;
	bool is_json;
	bool is_background;
	unsigned int wait_s;
};

/* Each prints what there is to say, and returns the exit status. */
int lvn_command_up(struct lvn_command *command);
int lvn_command_down(struct lvn_command *command);
int lvn_command_renew(struct lvn_command *command);
int lvn_command_status(struct lvn_command *command);

#endif
