// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lvnd.conf(5): no crash on any file.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lvnd/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	struct lvnd_conf *conf;
	char path[64], text[256];

	if (fd < 0)
		fd = memfd_create("conf", MFD_CLOEXEC);
	/* what the errors say goes to the log, which nobody needs here */
	lvn_log_set_level(0);
	if (ftruncate(fd, 0) < 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (lvnd_conf_read(path, text, sizeof(text), &conf) == 0)
		lvnd_conf_destroy(conf);
	return 0;
}
