/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Base64 (RFC 4648 section 4) with strict input, over libcrypto.
 */
#ifndef _TSP_BASE64_H
#define _TSP_BASE64_H

#include <stddef.h>

/**
 * tsp_base64_decode() - decode a text without line ends, which must be canonical
 *
 * Return: bytes written to @data, or -EBADMSG, or -ENOSPC.
 */
int tsp_base64_decode(const char *text, size_t len, char *data, size_t size);

/** tsp_base64_encode() - encode, with a final NUL. Return: length in bytes, or -ENOSPC */
int tsp_base64_encode(const void *data, size_t len, char *text, size_t size);

#endif
