// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Base64. EVP_DecodeBlock() takes blanks and any rest, so that what it gives is encoded again and
 * must be what was sent.
 */
#include "proto/tsp/base64.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "proto/tsp/frame.h"

#define DATA_MAX (TSP_TEXT_MAX / 4 * 3)

int tsp_base64_encode(const void *data, size_t len, char *text, size_t size)
{
	if (len > DATA_MAX || (len + 2) / 3 * 4 + 1 > size)
		return -ENOSPC;
	return EVP_EncodeBlock((unsigned char *)text, data, len);
}

int tsp_base64_decode(const char *text, size_t len, char *data, size_t size)
{
	unsigned char decoded[DATA_MAX];
	char again[TSP_TEXT_MAX + 1];
	bool same;
	int n;

	if (!len || len % 4 || len > TSP_TEXT_MAX)
		return -EBADMSG;
	n = EVP_DecodeBlock(decoded, (const unsigned char *)text, len);
	if (n < 0)
		return -EBADMSG;
	n -= (text[len - 1] == '=') + (text[len - 2] == '=');
	same = tsp_base64_encode(decoded, n, again, sizeof(again)) == (int)len &&
	       memcmp(again, text, len) == 0;
	if (same && (size_t)n <= size)
		memcpy(data, decoded, n);
	OPENSSL_cleanse(decoded, sizeof(decoded));
	OPENSSL_cleanse(again, sizeof(again));
	if (!same)
		return -EBADMSG;
	return (size_t)n <= size ? n : -ENOSPC;
}
