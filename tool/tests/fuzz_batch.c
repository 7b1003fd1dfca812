// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fuzz target: any bytes as a batch, over the library in memory. The first byte chooses options.
 * With FUZZ_REPLAY it is a program that runs the files it is given, for compilers without libFuzzer
 * and as a test of the corpus.
 */

#include "fake_ipudp.h"

#include "tool/tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned int options = size ? data[0] : 0;
	char path[32];
	char *words[] = {
		"ipudp",
		options & 1 ? "-json" : "-details",
		options & 2 ? "-stat" : "-pretty",
		options & 4 ? "-details" : "-force",
		"-batch",
		path,
		NULL,
	};
	FILE *null;
	int fd;

	if (!size)
		return 0;
	fd = memfd_create("batch", 0);
	null = fopen("/dev/null", "w");
	if (fd < 0 || !null || write(fd, data + 1, size - 1) < 0)
		abort();
	snprintf(path, sizeof(path), "/dev/fd/%d", fd);

	fake_reset();
	fake_settings.keeps_no_log = true;
	tool_main(6, words, null, null);
	fclose(null);
	close(fd);
	return 0;
}

#ifdef FUZZ_REPLAY
int main(int argc, char **argv)
{
	static uint8_t data[1 << 20];
	int i;

	for (i = 1; i < argc; i++) {
		FILE *file = fopen(argv[i], "r");
		size_t size;

		if (!file) {
			perror(argv[i]);
			return 1;
		}
		size = fread(data, 1, sizeof(data), file);
		fclose(file);
		LLVMFuzzerTestOneInput(data, size);
	}
	return 0;
}
#endif
