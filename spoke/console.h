/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The UNIX socket of a running spoke, both ends: one JSON object a line asks, one answers.
 */
#ifndef _LVN_CONSOLE_H
#define _LVN_CONSOLE_H

#include <jansson.h>
#include <sys/types.h>

struct lvn_agent;
struct lvn_console;

/** lvn_console_create() - listen in the folder of the agent's configuration */
int lvn_console_create(struct lvn_agent *agent, uid_t owner, struct lvn_console **ret_console);

/** lvn_console_destroy() - close and remove the socket; NULL is allowed */
void lvn_console_destroy(struct lvn_console *console);

/**
 * lvn_console_ask() - ask the spoke of @name, and wait for its answer
 * @command: "status", "renew" or "down"
 *
 * Return: 0; -ENOENT or -ECONNREFUSED if it does not run; -EBADMSG for nonsense.
 */
int lvn_console_ask(const char *run_dir, const char *name, const char *command,
		    json_t **ret_answer);

#endif
