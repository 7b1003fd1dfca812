/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Giving up privileges: from root to a user with one capability, and system calls that a daemon
 * of ours never makes.
 */
#ifndef _LVN_SANDBOX_H
#define _LVN_SANDBOX_H

/**
 * lvn_sandbox_drop() - keep CAP_NET_ADMIN only, become @user, never gain privileges again
 * @user: name; "" to keep the user, and give up only capabilities
 *
 * Return: 0, -ENOENT if there is no such user, -EPERM or another errno.
 */
int lvn_sandbox_drop(const char *user);

/** lvn_sandbox_enter() - from now on refuse (EPERM) what a daemon never needs, exec among it */
int lvn_sandbox_enter(void);

#endif
