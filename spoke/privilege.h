/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From root to a user with CAP_NET_ADMIN and nothing else.
 */
#ifndef _LVN_PRIVILEGE_H
#define _LVN_PRIVILEGE_H

#include <sys/types.h>

/**
 * struct lvn_user - whom to become
 * @uid: user
 * @gid: its group
 */
struct lvn_user {
	uid_t uid;
	gid_t gid;
};

/**
 * lvn_user_find() - the user to become when started as root
 * @name: NULL for "lvn", or "nobody" if there is none; else it must be there
 *
 * Who is not root stays who he is.
 *
 * Return: 0; -ENOENT if there is no such user.
 */
int lvn_user_find(const char *name, struct lvn_user *ret);

/** lvn_privilege_drop() - become @user, keep CAP_NET_ADMIN, never gain anything more */
int lvn_privilege_drop(const struct lvn_user *user);

#endif
