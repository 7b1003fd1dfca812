/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv6 addresses; and those of IPv4, which come with this header in the kernel. */
#ifndef _IPUDP_SHIM_IPV6_H
#define _IPUDP_SHIM_IPV6_H

#include <string.h>

#include <netinet/in.h>

#include <linux/types.h>

static inline bool ipv6_addr_equal(const struct in6_addr *a, const struct in6_addr *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static inline bool ipv6_addr_v4mapped(const struct in6_addr *ip)
{
	return IN6_IS_ADDR_V4MAPPED(ip);
}

/** ipv6_addr_prefix() - the first @len bits of an address, then zeros */
static inline void ipv6_addr_prefix(struct in6_addr *to, const struct in6_addr *from, int len)
{
	int bytes = len / 8, bits = len % 8;

	memset(to, 0, sizeof(*to));
	memcpy(to, from, bytes);
	if (bits)
		to->s6_addr[bytes] = from->s6_addr[bytes] & (0xff00 >> bits);
}

static inline bool ipv6_addr_is_multicast(const struct in6_addr *ip)
{
	return IN6_IS_ADDR_MULTICAST(ip);
}

static inline bool ipv4_is_multicast(in_addr_t ip)
{
	return IN_MULTICAST(ntohl(ip));
}

static inline bool ipv4_is_lbcast(in_addr_t ip)
{
	return ip == INADDR_BROADCAST;
}

#endif
