// SPDX-License-Identifier: GPL-2.0-or-later
/* Entering a network namespace by its name. Leaves the mount namespace as it is. */

#include "netns.h"
#include "failure.h"

#include "lib/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <string.h>

#define NETNS_DIR "/run/netns"

int tool_netns_enter(struct tool_failure *failure, const char *name)
{
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX];

	if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
		return tool_fail_usage(failure, "\"%s\" is not the name of a network namespace",
				       name);
	if (snprintf(path, sizeof(path), strchr(name, '/') ? "%.0s%s" : "%s/%s", NETNS_DIR,
		     name) >= (int)sizeof(path))
		return tool_fail_usage(failure, "the name of the network namespace is too long");

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return tool_fail_refused(failure, -ENOENT,
					 "there is no network namespace \"%s\"; \"ip netns\" lists them",
					 name);
	if (fd < 0)
		return tool_fail_refused(failure, -errno, "cannot open network namespace \"%s\": %m",
					 name);
	if (setns(fd, CLONE_NEWNET) == 0)
		return 0;
	if (errno == EPERM)
		return tool_fail_refused(failure, -EPERM,
					 "entering network namespace \"%s\" needs CAP_SYS_ADMIN; run it as root",
					 name);
	return tool_fail_refused(failure, -errno, "cannot enter network namespace \"%s\": %m", name);
}
