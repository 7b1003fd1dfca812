// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * STUN: no crash on any datagram; what was read can be written and is read the same.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/stun/stun.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stun_message first, second;
	uint8_t buf[STUN_MAX];
	size_t len;

	if (stun_parse(data, size, &first) < 0)
		return 0;
	stun_verify(&first, data, "key", 3);
	if (first.magic != 0x2112a442 || first.n_unknown)
		return 0;
	if (stun_write(&first, "key", 3, buf, sizeof(buf), &len) < 0)
		abort();
	if (stun_parse(buf, len, &second) < 0)
		abort();
	if (second.type != first.type || second.counter != first.counter ||
	    second.username_len != first.username_len || second.error != first.error ||
	    memcmp(&second.binding, &first.binding, sizeof(first.binding)) != 0 ||
	    !lvn_endpoint_equal(&second.mapped, &first.mapped))
		abort();
	return 0;
}
