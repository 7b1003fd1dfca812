/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The operator's scripts: one at a time, in order, not waited for. They run as the agent's user
 * with CAP_NET_ADMIN.
 */
#ifndef _LVN_HOOKS_H
#define _LVN_HOOKS_H

#include <stdbool.h>

#include "spoke/config.h"

struct event_base;
struct lvn_hooks;

#define LVN_HOOK_ENV_MAX 20

/**
 * struct lvn_hook_env - environment of a script, besides PATH
 * @vars: NAME=VALUE, each freed with the whole
 * @n: how many
 */
struct lvn_hook_env {
	char *vars[LVN_HOOK_ENV_MAX];
	unsigned int n;
};

/** lvn_hook_env_add() - add a variable; forgotten if there is no room or memory */
void lvn_hook_env_add(struct lvn_hook_env *env, const char *name, const char *value);

/** lvn_hook_env_done() - free the variables */
void lvn_hook_env_done(struct lvn_hook_env *env);

/** lvn_hooks_create() - @config must outlive it */
int lvn_hooks_create(struct event_base *base, const struct lvn_config *config,
		     struct lvn_hooks **ret);

/** lvn_hooks_destroy() - a script that runs is killed; NULL is allowed */
void lvn_hooks_destroy(struct lvn_hooks *hooks);

/**
 * lvn_hooks_run() - run a script, when those before it are done
 * @env: is emptied; what it held belongs to the hooks now
 *
 * Of several "changed" that wait only the last is run, and neither of an "up" and "down" of which none
 * has begun. Nothing happens if there is no such script.
 */
void lvn_hooks_run(struct lvn_hooks *hooks, enum lvn_hook hook, struct lvn_hook_env *env);

/** lvn_hooks_is_idle() - whether none runs or waits */
bool lvn_hooks_is_idle(const struct lvn_hooks *hooks);

/** lvn_hook_name() - "up", "down", "changed" */
const char *lvn_hook_name(enum lvn_hook hook);

#endif
