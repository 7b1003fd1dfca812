// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * TSP before the commands: no crash on any datagram or stream; what a stream gives is within it.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/tsp/frame.h"
#include "proto/tsp/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_lines(const char *text, size_t len)
{
	struct tsp_capability capability;
	enum tsp_mechanism mechanism;
	struct tsp_plain plain;
	unsigned int minor;

	tsp_version_read(text, len, &minor);
	tsp_authenticate_read(text, len, &mechanism);
	if (!tsp_plain_read(text, len, &plain) && (!*plain.user || !*plain.password))
		abort();
	if (!tsp_capability_read(text, len, &capability)) {
		struct tsp_capability again;
		char written[256];
		int n = tsp_capability_write(&capability, written, sizeof(written));

		if (n < 0 || tsp_capability_read(written, n, &again) < 0 ||
		    again.types != capability.types || again.mechanisms != capability.mechanisms)
			abort();
	}
	tsp_status_read(text, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum tsp_framing framing = size ? data[0] % 3 : TSP_FRAMING_LINE;
	struct tsp_header header;
	const char *text;
	size_t len, skip;
	int n;

	if (!tsp_header_read(data, size, &header, &text, &len)) {
		uint8_t again[TSP_HEADER_SIZE];

		tsp_header_write(&header, again);
		if (memcmp(again, data, sizeof(again)) != 0)
			abort();
		read_lines(text, len);
	}
	if (!size)
		return 0;
	/* as a buffer of its own, so that a read beyond it is seen */
	text = memcpy(malloc(size), data, size);
	n = tsp_stream_next(text + 1, size - 1, framing, &skip);
	if (n > 0) {
		if (skip + n > size - 1 || n > TSP_TEXT_MAX)
			abort();
		read_lines(text + 1 + skip, n);
	}
	free((char *)text);
	return 0;
}
