// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Control messages: no crash on any line; what was read can be written and is read the same.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/lvn/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lvn_message first, second;
	char *line, *again;
	size_t len, len_again;
	struct lvn_fault fault;
	int r;

	if (lvn_message_parse((const char *)data, size, &first, &fault) < 0)
		return 0;
	if (first.type == LVN_MESSAGE_UNKNOWN)
		return 0;
	r = lvn_message_write(&first, &line, &len);
	if (r == -EMSGSIZE)
		return 0;
	if (r < 0 || lvn_message_parse(line, len - 1, &second, &fault) < 0 ||
	    lvn_message_write(&second, &again, &len_again) < 0)
		abort();
	if (len != len_again || memcmp(line, again, len) != 0)
		abort();
	free(line);
	free(again);
	return 0;
}
