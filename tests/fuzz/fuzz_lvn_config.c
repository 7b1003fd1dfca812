// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The configuration of lvn(8): no crash on any file, nor on any word of its command line.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "spoke/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_file(struct lvn_config *config, const uint8_t *data, size_t size, char *error)
{
	static int fd = -1;
	char path[64];

	if (fd < 0)
		fd = memfd_create("config", MFD_CLOEXEC);
	if (ftruncate(fd, 0) < 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	lvn_config_read(config, path, error);
}

/* Lines of an option, a space, and its value. */
static void read_words(struct lvn_config *config, const uint8_t *data, size_t size, char *error)
{
	char *text = strndup((const char *)data, size), *rest = text, *line;

	if (!text)
		abort();
	while ((line = strsep(&rest, "\n"))) {
		char *value = strchr(line, ' ');

		if (value)
			*value++ = '\0';
		if (lvn_config_takes_value(line) >= 0)
			lvn_config_set(config, line, value, error);
	}
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char error[LVN_CONFIG_ERROR_SIZE];
	struct lvn_config config;

	if (!size || lvn_config_init(&config) < 0)
		return 0;
	if (data[0] & 1)
		read_words(&config, data + 1, size - 1, error);
	else
		read_file(&config, data + 1, size - 1, error);
	lvn_config_finish(&config, error);
	lvn_config_done(&config);
	return 0;
}
