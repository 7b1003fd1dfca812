// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Escaping. A small decoder of UTF-8 (RFC 3629), so that it does not depend on the locale.
 */
#include "escape.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Return: length of the character at @text, of which @left bytes are there; 0 if it is none. */
static size_t decode(const unsigned char *text, size_t left, uint32_t *ret)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = text[0] < 0x80 ? 1 :
		     text[0] < 0xc0 ? 0 :
		     text[0] < 0xe0 ? 2 :
		     text[0] < 0xf0 ? 3 :
		     text[0] < 0xf8 ? 4 :
				      0;
	uint32_t c = len > 1 ? text[0] & (0x7f >> len) : text[0];
	size_t i;

	if (!len || len > left)
		return 0;
	for (i = 1; i < len; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (text[i] & 0x3f);
	}
	if (c < smallest[len] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	*ret = c;
	return len;
}

static bool is_harmless(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x00, 0x1f },	    { 0x7f, 0x9f },	{ 0x61c, 0x61c },
		{ 0x200e, 0x200f }, { 0x2028, 0x202e }, { 0x2066, 0x2069 },
		{ 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xe0000, 0xe007f },
	};
	size_t i;

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return false;
	return true;
}

/* Return: length of the harmless character at @text, 0 if there is another, or none. */
static size_t harmless_len(const char *text, size_t left)
{
	size_t len;
	uint32_t c;

	len = decode((const unsigned char *)text, left, &c);
	return len && is_harmless(c) ? len : 0;
}

size_t lvn_escape(const char *text, char *out, size_t size)
{
	size_t left = strlen(text), at = 0, len;

	while (left) {
		len = harmless_len(text, left);
		if (at + (len ?: 4) >= size)
			break;
		if (len)
			memcpy(out + at, text, len);
		else
			snprintf(out + at, 5, "\\x%02x", (unsigned char)*text);
		at += len ?: 4;
		text += len ?: 1;
		left -= len ?: 1;
	}
	if (size)
		out[at] = '\0';
	return at;
}

bool lvn_is_printable(const char *text, size_t len)
{
	size_t n;

	while (len) {
		n = harmless_len(text, len);
		if (!n)
			return false;
		text += n;
		len -= n;
	}
	return true;
}
