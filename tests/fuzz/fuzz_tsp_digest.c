// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DIGEST-MD5: no crash on any message; what was read can be written and is read the same.
 */
#include <stdlib.h>
#include <string.h>

#include "proto/tsp/base64.h"
#include "proto/tsp/digest.h"
#include "proto/tsp/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_response(const char *text, size_t len)
{
	struct tsp_response first, second;
	char again[TSP_TEXT_MAX + 3];
	int n;

	memset(&first, 0, sizeof(first));
	memset(&second, 0, sizeof(second));
	if (tsp_response_read(text, len, &first) < 0)
		return;
	n = tsp_response_write(&first, again, sizeof(again));
	if (n < 0)
		return; /* quoting may have made it too long */
	if (tsp_response_read(again, n, &second) < 0 || strcmp(first.user, second.user) != 0 ||
	    strcmp(first.uri, second.uri) != 0 || strcmp(first.nonce, second.nonce) != 0 ||
	    strcmp(first.hash, second.hash) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[TSP_TEXT_MAX + 3], hash[TSP_HEX_SIZE];
	struct tsp_challenge challenge;
	int n;

	/* as it is, and with the base64 done for the fuzzer */
	read_response((const char *)data, size);
	n = tsp_base64_encode(data, size, text, sizeof(text));
	if (n < 0)
		return 0;
	read_response(text, n);
	tsp_challenge_read(text, n, &challenge);
	tsp_rspauth_read(text, n, hash);
	return 0;
}
