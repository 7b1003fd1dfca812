// SPDX-License-Identifier: GPL-2.0-or-later
/* libipudp: no crash on any text; what was read as an address is written and read the same. */
#include <stdlib.h>
#include <string.h>

#include <ipudp/ipudp.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct ipudp_addr *addr)
{
	char text[IPUDP_ADDR_TEXT_SIZE];
	struct ipudp_addr again;

	if (ipudp_addr_parse(ipudp_addr_format(addr, text), &again) ||
	    !ipudp_addr_equal(addr, &again))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum ipudp_action action;
	struct ipudp_addr addr;
	uint8_t len;
	char *text;

	/* On the heap, so that a byte too far is seen. */
	text = malloc(size + 1);
	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = 0;
	if (!ipudp_addr_parse(text, &addr))
		check(&addr);
	if (!ipudp_prefix_parse(text, &addr, &len)) {
		check(&addr);
		if (len > (addr.family == AF_INET ? 32 : 128))
			abort();
	}
	if (!ipudp_action_parse(text, &action) && strcmp(ipudp_action_name(action), text) != 0)
		abort();
	free(text);
	return 0;
}
