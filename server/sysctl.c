// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Settings of the kernel for the server's device.
 */
#include "server/sysctl.h"

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

/**
 * struct setting - one setting
 * @family: ipv4 or ipv6
 * @scope: "all", NULL for the device
 * @name: of the setting
 * @value: to be written
 */
struct setting {
	const char *family, *scope, *name, *value;
};

static void write_settings(const char *device, const struct setting *settings, unsigned int n)
{
	char path[128];
	unsigned int i;
	int ret;

	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/%s", settings[i].family,
			 settings[i].scope ?: device, settings[i].name);
		ret = write_sysctl(path, settings[i].value);
		/* a host without IPv6 has nothing to protect there */
		if (ret < 0 && (ret != -ENOENT || access("/proc/sys/net/ipv6", F_OK) == 0))
			lvn_warning("device %s: cannot set %s: %s", device, path, strerror(-ret));
	}
}

void server_sysctl_protect(const char *device)
{
	static const struct setting settings[] = {
		{ "ipv6", NULL, "addr_gen_mode", "1" },
		{ "ipv6", NULL, "accept_ra", "0" },
		{ "ipv6", NULL, "autoconf", "0" },
		{ "ipv6", NULL, "accept_redirects", "0" },
		{ "ipv4", NULL, "accept_redirects", "0" },
	};

	write_settings(device, settings, sizeof(settings) / sizeof(settings[0]));
}

void server_sysctl_forward(const char *device)
{
	/*
	 * No redirects: from spoke to spoke leads by the same interface, and is right so. IPv4 sends
	 * them if the device or "all" says so; other devices have a setting of their own, so nothing
	 * changes for them. IPv6 has no setting, but sends them from a link-local address only.
	 */
	static const struct setting settings[] = {
		{ "ipv4", NULL, "forwarding", "1" },	  { "ipv4", NULL, "send_redirects", "0" },
		{ "ipv4", "all", "send_redirects", "0" }, { "ipv6", NULL, "forwarding", "1" },
		{ "ipv6", "all", "forwarding", "1" },
	};

	write_settings(device, settings, sizeof(settings) / sizeof(settings[0]));
}
