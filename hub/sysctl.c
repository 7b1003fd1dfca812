// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Settings of the kernel for the hub's device.
 */
#include "hub/sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/log.h"

/* Not fatal if it cannot be written: the operator may have done it himself. */
static int write_sysctl(const char *path, const char *value)
{
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC);
	char now[8] = "";

	if (fd < 0)
		return -errno;
	if (read(fd, now, sizeof(now) - 1) > 0 && now[0] == value[0])
		return 0;
	/* At the beginning: what is written behind it, where reading ended, the kernel ignores. */
	return pwrite(fd, value, strlen(value), 0) < 0 ? -errno : 0;
}

void hub_sysctl_forward(const char *device)
{
	/*
	 * No redirects: from spoke to spoke leads by the same interface, and is right so. IPv4 sends
	 * them if the device or "all" says so; other devices have a setting of their own, so nothing
	 * changes for them. IPv6 has no setting, but sends them from a link-local address only.
	 */
	static const struct {
		const char *family, *scope, *name, *value;
	} settings[] = {
		{ "ipv4", NULL, "forwarding", "1" },	  { "ipv4", NULL, "send_redirects", "0" },
		{ "ipv4", "all", "send_redirects", "0" }, { "ipv6", NULL, "addr_gen_mode", "1" },
		{ "ipv6", NULL, "forwarding", "1" },	  { "ipv6", "all", "forwarding", "1" },
	};
	char path[128];
	unsigned int i;
	int ret;

	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/%s", settings[i].family,
			 settings[i].scope ?: device, settings[i].name);
		ret = write_sysctl(path, settings[i].value);
		if (ret < 0)
			lvn_warning("device %s: cannot set %s: %s", device, path, strerror(-ret));
	}
}
