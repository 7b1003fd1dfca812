// SPDX-License-Identifier: LGPL-2.1-or-later
/* Addresses and prefixes as text. No names are resolved. */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>

#include <ipudp/ipudp.h>

int ipudp_addr_parse(const char *text, struct ipudp_addr *ret)
{
	struct ipudp_addr addr = { .family = AF_UNSPEC };

	if (inet_pton(AF_INET, text, &addr.v4) == 1)
		addr.family = AF_INET;
	else if (inet_pton(AF_INET6, text, &addr.v6) == 1)
		addr.family = AF_INET6;
	else
		return -EINVAL;
	*ret = addr;
	return 0;
}

const char *ipudp_addr_format(const struct ipudp_addr *addr, char text[IPUDP_ADDR_TEXT_SIZE])
{
	if (addr->family == AF_INET)
		inet_ntop(AF_INET, &addr->v4, text, IPUDP_ADDR_TEXT_SIZE);
	else if (addr->family == AF_INET6)
		inet_ntop(AF_INET6, &addr->v6, text, IPUDP_ADDR_TEXT_SIZE);
	else
		snprintf(text, IPUDP_ADDR_TEXT_SIZE, "any");
	return text;
}

/* Reads a decimal of at most three digits, without sign or leading zeros; -EINVAL if it is none. */
static int parse_len(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	int len = 0;

	if (!digits || digits > 3 || text[digits] || (text[0] == '0' && digits > 1))
		return -EINVAL;
	while (*text)
		len = len * 10 + *text++ - '0';
	return len;
}

static bool bits_beyond(const struct ipudp_addr *addr, unsigned int len)
{
	const uint8_t *bytes = addr->family == AF_INET ? (const uint8_t *)&addr->v4 :
							 addr->v6.s6_addr;
	size_t size = addr->family == AF_INET ? sizeof(addr->v4) : sizeof(addr->v6), i = len / 8;

	if (len % 8 && bytes[i++] & 0xff >> len % 8)
		return true;
	for (; i < size; i++)
		if (bytes[i])
			return true;
	return false;
}

int ipudp_prefix_parse(const char *text, struct ipudp_addr *ret_addr, uint8_t *ret_len)
{
	char addr_text[IPUDP_ADDR_TEXT_SIZE];
	const char *slash = strchrnul(text, '/');
	size_t addr_len = slash - text;
	struct ipudp_addr addr;
	int max, len;

	if (addr_len >= sizeof(addr_text))
		return -EINVAL;
	memcpy(addr_text, text, addr_len);
	addr_text[addr_len] = 0;
	if (ipudp_addr_parse(addr_text, &addr))
		return -EINVAL;
	max = addr.family == AF_INET ? 32 : 128;
	len = *slash ? parse_len(slash + 1) : max;
	if (len < 0 || len > max)
		return -EINVAL;
	if (bits_beyond(&addr, len))
		return -EDOM;
	*ret_addr = addr;
	*ret_len = len;
	return 0;
}

bool ipudp_addr_equal(const struct ipudp_addr *a, const struct ipudp_addr *b)
{
	if (a->family != b->family)
		return false;
	if (a->family == AF_INET)
		return a->v4.s_addr == b->v4.s_addr;
	return a->family != AF_INET6 || !memcmp(&a->v6, &b->v6, sizeof(a->v6));
}
