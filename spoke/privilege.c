// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Dropping root by libcap-ng. CAP_NET_ADMIN is inheritable, for the hooks.
 */
#include "spoke/privilege.h"

#include <errno.h>
#include <pwd.h>
#include <unistd.h>

#include <cap-ng.h>
#include <sys/prctl.h>

int lvn_user_find(const char *name, struct lvn_user *ret)
{
	const struct passwd *passwd;

	if (geteuid()) {
		ret->uid = geteuid();
		ret->gid = getegid();
		return 0;
	}
	passwd = getpwnam(name ? name : "lvn");
	if (!passwd && !name)
		passwd = getpwnam("nobody");
	if (!passwd)
		return -ENOENT;
	ret->uid = passwd->pw_uid;
	ret->gid = passwd->pw_gid;
	return 0;
}

int lvn_privilege_drop(const struct lvn_user *user)
{
	int kinds = CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_INHERITABLE;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	capng_clear(CAPNG_SELECT_BOTH);
	if (capng_update(CAPNG_ADD, kinds, CAP_NET_ADMIN))
		return -EPERM;
	if (geteuid() || !user->uid)
		return capng_apply(CAPNG_SELECT_CAPS) ? -EPERM : 0;
	if (capng_change_id((int)user->uid, (int)user->gid,
			    CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING))
		return -EPERM;
	return 0;
}
