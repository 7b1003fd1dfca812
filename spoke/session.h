/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a lease says, done: device, addresses, routes, MTU; and undone.
 */
#ifndef _LVN_SESSION_H
#define _LVN_SESSION_H

#include "spoke/hooks.h"

struct lvn_agent;
struct lvn_lease;

/** lvn_session_apply() - make everything as @lease says. Return: 0 or what the kernel refused */
int lvn_session_apply(struct lvn_agent *agent, const struct lvn_lease *lease);

/**
 * lvn_session_forget() - the session is over
 * @is_withdrawn: take addresses and routes away, too
 */
void lvn_session_forget(struct lvn_agent *agent, bool is_withdrawn);

/**
 * lvn_session_undo() - remove all there is in the kernel, and the state file
 *
 * Return: 0, or why the device is still there, and the file with it.
 */
int lvn_session_undo(struct lvn_agent *agent);

/**
 * lvn_session_check() - set right what others changed: device, its flags and MTU, addresses, routes
 *
 * Changes nothing if nothing has changed, and nothing without a lease. What cannot be set right is
 * among the agent's problems.
 *
 * Return: 0, or why there is no device.
 */
int lvn_session_check(struct lvn_agent *agent);

/** lvn_session_restore() - the data plane may be another one: make what it has not got */
int lvn_session_restore(struct lvn_agent *agent);

/** lvn_session_save() - write the state file; a failure is logged only */
void lvn_session_save(struct lvn_agent *agent);

/** lvn_session_hook() - run a script with the environment that the manual describes */
void lvn_session_hook(struct lvn_agent *agent, enum lvn_hook hook);

#endif
