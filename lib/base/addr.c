// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Addresses, endpoints and prefixes: pure functions, no look-ups of names.
 */
#include "addr.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <sys/socket.h>

unsigned int lvn_addr_bits(const struct lvn_addr *addr)
{
	if (addr->family == AF_INET)
		return 32;
	return addr->family == AF_INET6 ? 128 : 0;
}

int lvn_addr_parse(const char *text, struct lvn_addr *ret)
{
	struct lvn_addr addr = { .family = AF_UNSPEC };

	if (inet_pton(AF_INET, text, &addr.v4) == 1)
		addr.family = AF_INET;
	else if (inet_pton(AF_INET6, text, &addr.v6) == 1)
		addr.family = AF_INET6;
	else
		return -EINVAL;
	*ret = addr;
	return 0;
}

/* Decimal digits only: no sign, no space, no base prefix. */
static int parse_number(const char *text, unsigned int max, unsigned int *ret)
{
	unsigned int value = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		value = value * 10 + (*text - '0');
		if (value > max)
			return -EINVAL;
	}
	*ret = value;
	return 0;
}

int lvn_prefix_parse(const char *text, struct lvn_prefix *ret_prefix)
{
	const char *slash = strchr(text, '/');
	char copy[LVN_ADDR_TEXT_SIZE];
	struct lvn_prefix prefix;
	unsigned int len;
	int ret;

	if (strlen(text) >= sizeof(copy))
		return -EINVAL;
	strcpy(copy, text);
	if (slash)
		copy[slash - text] = '\0';
	ret = lvn_addr_parse(copy, &prefix.addr);
	if (ret < 0)
		return ret;
	len = lvn_addr_bits(&prefix.addr);
	if (slash) {
		ret = parse_number(slash + 1, len, &len);
		if (ret < 0)
			return ret;
	}
	prefix.len = len;
	*ret_prefix = prefix;
	return 0;
}

/* Find the port of "host:port"; an IPv6 address without brackets has none. */
static int split_port(char *text, char **ret_host, char **ret_port)
{
	char *colon;

	*ret_host = text;
	*ret_port = NULL;
	if (*text == '[') {
		char *bracket = strchr(text, ']');

		if (!bracket || (bracket[1] && bracket[1] != ':'))
			return -EINVAL;
		*bracket = '\0';
		*ret_host = text + 1;
		if (bracket[1])
			*ret_port = bracket + 2;
		return 0;
	}
	colon = strrchr(text, ':');
	if (!colon || strchr(text, ':') != colon)
		return 0;
	*colon = '\0';
	*ret_port = colon + 1;
	return 0;
}

int lvn_endpoint_parse(const char *text, uint16_t port, struct lvn_endpoint *ret_endpoint)
{
	struct lvn_endpoint endpoint = { .port = port };
	char copy[LVN_ADDR_TEXT_SIZE];
	char *host, *port_text;
	unsigned int value;
	int ret;

	if (strlen(text) >= sizeof(copy))
		return -EINVAL;
	strcpy(copy, text);
	ret = split_port(copy, &host, &port_text);
	if (ret < 0)
		return ret;
	if (port_text) {
		ret = parse_number(port_text, UINT16_MAX, &value);
		if (ret < 0)
			return ret;
		endpoint.port = value;
	}
	if (*host && strcmp(host, "*") != 0) {
		ret = lvn_addr_parse(host, &endpoint.addr);
		if (ret < 0)
			return ret;
	}
	*ret_endpoint = endpoint;
	return 0;
}

const char *lvn_addr_format(const struct lvn_addr *addr, char text[LVN_ADDR_TEXT_SIZE])
{
	if (!lvn_addr_bits(addr) || !inet_ntop(addr->family, addr->bytes, text, LVN_ADDR_TEXT_SIZE))
		strcpy(text, "any");
	return text;
}

const char *lvn_prefix_format(const struct lvn_prefix *prefix, char text[LVN_ADDR_TEXT_SIZE])
{
	size_t len;

	lvn_addr_format(&prefix->addr, text);
	len = strlen(text);
	snprintf(text + len, LVN_ADDR_TEXT_SIZE - len, "/%u", prefix->len);
	return text;
}

const char *lvn_endpoint_format(const struct lvn_endpoint *endpoint, char text[LVN_ADDR_TEXT_SIZE])
{
	char addr[LVN_ADDR_TEXT_SIZE];
	bool is_v6 = endpoint->addr.family == AF_INET6;

	lvn_addr_format(&endpoint->addr, addr);
	snprintf(text, LVN_ADDR_TEXT_SIZE, is_v6 ? "[%.46s]:%u" : "%.46s:%u", addr, endpoint->port);
	return text;
}

int lvn_addr_compare(const struct lvn_addr *a, const struct lvn_addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, lvn_addr_bits(a) / 8);
}

bool lvn_addr_equal(const struct lvn_addr *a, const struct lvn_addr *b)
{
	return lvn_addr_compare(a, b) == 0;
}

bool lvn_endpoint_equal(const struct lvn_endpoint *a, const struct lvn_endpoint *b)
{
	return a->port == b->port && lvn_addr_equal(&a->addr, &b->addr);
}

bool lvn_prefix_equal(const struct lvn_prefix *a, const struct lvn_prefix *b)
{
	return a->len == b->len && lvn_addr_equal(&a->addr, &b->addr);
}

bool lvn_addr_is_unspecified(const struct lvn_addr *addr)
{
	unsigned int i;

	for (i = 0; i < lvn_addr_bits(addr) / 8; i++)
		if (addr->bytes[i])
			return false;
	return true;
}

void lvn_addr_unmap(struct lvn_addr *addr)
{
	struct in_addr v4;

	if (addr->family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&addr->v6))
		return;
	memcpy(&v4, addr->bytes + 12, sizeof(v4));
	memset(addr->bytes, 0, sizeof(addr->bytes));
	addr->family = AF_INET;
	addr->v4 = v4;
}

void lvn_addr_mask(struct lvn_addr *addr, unsigned int len)
{
	unsigned int i;

	for (i = 0; i < lvn_addr_bits(addr) / 8; i++) {
		if (len >= 8 * (i + 1))
			continue;
		addr->bytes[i] &= len > 8 * i ? 0xff00 >> (len - 8 * i) : 0;
	}
}

void lvn_addr_add(struct lvn_addr *addr, uint64_t n, unsigned int shift)
{
	unsigned __int128 sum = 0, mask = 0;
	unsigned int len = lvn_addr_bits(addr) / 8;
	unsigned int i;

	if (shift >= 8 * len)
		return;
	for (i = 0; i < len; i++)
		sum = sum << 8 | addr->bytes[i];
	mask = n;
	sum += mask << shift;
	for (i = len; i-- > 0; sum >>= 8)
		addr->bytes[i] = (uint8_t)sum;
}

bool lvn_prefix_contains(const struct lvn_prefix *prefix, const struct lvn_addr *addr)
{
	struct lvn_addr a = prefix->addr, b = *addr;

	lvn_addr_mask(&a, prefix->len);
	lvn_addr_mask(&b, prefix->len);
	return lvn_addr_equal(&a, &b);
}

bool lvn_prefix_covers(const struct lvn_prefix *outer, const struct lvn_prefix *inner)
{
	return inner->len >= outer->len && lvn_prefix_contains(outer, &inner->addr);
}

bool lvn_prefix_overlaps(const struct lvn_prefix *a, const struct lvn_prefix *b)
{
	return lvn_prefix_covers(a, b) || lvn_prefix_covers(b, a);
}

int lvn_endpoint_from_sockaddr(const struct sockaddr *sa, struct lvn_endpoint *ret)
{
	struct lvn_endpoint endpoint = { .port = 0 };
	struct sockaddr_in6 in6;
	struct sockaddr_in in;

	if (sa->sa_family == AF_INET) {
		memcpy(&in, sa, sizeof(in));
		endpoint.addr.v4 = in.sin_addr;
		endpoint.port = ntohs(in.sin_port);
	} else if (sa->sa_family == AF_INET6) {
		memcpy(&in6, sa, sizeof(in6));
		endpoint.addr.v6 = in6.sin6_addr;
		endpoint.port = ntohs(in6.sin6_port);
	} else {
		return -EAFNOSUPPORT;
	}
	endpoint.addr.family = sa->sa_family;
	lvn_addr_unmap(&endpoint.addr);
	*ret = endpoint;
	return 0;
}

size_t lvn_endpoint_to_sockaddr(const struct lvn_endpoint *endpoint, struct sockaddr_storage *ret)
{
	struct sockaddr_in6 in6 = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(endpoint->port),
	};
	struct sockaddr_in in = {
		.sin_family = AF_INET,
		.sin_port = htons(endpoint->port),
	};

	memset(ret, 0, sizeof(*ret));
	if (endpoint->addr.family == AF_INET) {
		in.sin_addr = endpoint->addr.v4;
		memcpy(ret, &in, sizeof(in));
		return sizeof(in);
	}
	if (endpoint->addr.family == AF_INET6)
		in6.sin6_addr = endpoint->addr.v6;
	memcpy(ret, &in6, sizeof(in6));
	return sizeof(in6);
}
