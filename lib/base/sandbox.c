// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Privileges. The list of system calls is one of what is refused, not of what is allowed: it must
 * hold over versions of the C library that we do not know.
 */
#include "sandbox.h"

#include <errno.h>
#include <pwd.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <unistd.h>

#include <cap-ng.h>
#include <seccomp.h>

int lvn_sandbox_drop(const char *user)
{
	const struct passwd *pw = NULL;
	int ret;

	if (*user) {
		errno = 0;
		pw = getpwnam(user);
		if (!pw)
			return errno ? -errno : -ENOENT;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	if (capng_get_caps_process() < 0 || !capng_have_capability(CAPNG_PERMITTED, CAP_NET_ADMIN))
		return -EPERM;
	capng_clear(CAPNG_SELECT_BOTH);
	capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_NET_ADMIN);
	if (pw && pw->pw_uid != geteuid())
		ret = capng_change_id(pw->pw_uid, pw->pw_gid,
				    CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING);
	else
		/* without CAP_SETPCAP the bounding set stays, but nothing can be gained from it */
		ret = capng_apply(CAPNG_SELECT_CAPS);
	return ret < 0 ? -EPERM : 0;
}

int lvn_sandbox_enter(void)
{
	static const int refused[] = {
		SCMP_SYS(acct), SCMP_SYS(add_key), SCMP_SYS(bpf), SCMP_SYS(chroot),
		SCMP_SYS(delete_module), SCMP_SYS(execve), SCMP_SYS(execveat),
		SCMP_SYS(finit_module), SCMP_SYS(fork), SCMP_SYS(init_module),
		SCMP_SYS(io_uring_setup), SCMP_SYS(ioperm), SCMP_SYS(iopl), SCMP_SYS(kexec_load),
		SCMP_SYS(keyctl), SCMP_SYS(mount), SCMP_SYS(move_mount), SCMP_SYS(open_by_handle_at),
		SCMP_SYS(perf_event_open), SCMP_SYS(personality), SCMP_SYS(pivot_root),
		SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(ptrace),
		SCMP_SYS(reboot), SCMP_SYS(request_key), SCMP_SYS(setns), SCMP_SYS(settimeofday),
		SCMP_SYS(clock_settime), SCMP_SYS(swapoff), SCMP_SYS(swapon), SCMP_SYS(umount2),
		SCMP_SYS(unshare), SCMP_SYS(userfaultfd), SCMP_SYS(vfork),
	};
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int ret = filter ? 0 : -ENOMEM;
	size_t i;

	/* a call that this machine does not have needs no rule */
	for (i = 0; !ret && i < sizeof(refused) / sizeof(refused[0]); i++)
		if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), refused[i], 0) == -ENOMEM)
			ret = -ENOMEM;
	if (!ret)
		ret = seccomp_load(filter);
	if (filter)
		seccomp_release(filter);
	return ret;
}
