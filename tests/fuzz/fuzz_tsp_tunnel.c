// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The XML of TSP: no crash; what was read can be written, and is then read the same.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/tsp/frame.h"
#include "proto/tsp/tunnel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tsp_tunnel first, second;
	char why[TSP_WHY_SIZE], text[TSP_TEXT_MAX + 1];
	const char *body;
	size_t len;
	int n;

	if (tsp_tunnel_read((const char *)data, size, &first, why) < 0)
		return 0;
	n = tsp_tunnel_write(0, &first, text, sizeof(text));
	if (n < 0)
		return 0; /* an expanded prefix may have made it too long */
	if (tsp_content_read(text, n, &body, &len, NULL) < 0 ||
	    tsp_tunnel_read(body, len, &second, why) < 0)
		abort();
	if (first.action != second.action || first.type != second.type ||
	    first.n_brokers != second.n_brokers ||
	    !lvn_addr_equal(&first.client.v6, &second.client.v6) ||
	    strcmp(first.client.name, second.client.name) != 0 ||
	    first.client.dns.n != second.client.dns.n ||
	    first.client.router.prefix.len != second.client.router.prefix.len)
		abort();
	return 0;
}
