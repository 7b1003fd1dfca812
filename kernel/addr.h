/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses of either family, and the inner packet's headers. */
#ifndef _IPUDP_ADDR_H
#define _IPUDP_ADDR_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <net/ipv6.h>

/**
 * union ipudp_ip - an IPv4 or IPv6 address in network byte order
 * @v4: IPv4 address; the rest is 0
 * @v6: IPv6 address
 * @words: the address as words
 *
 * Always zeroed before an IPv4 address is stored, so that two can be compared whole.
 */
union ipudp_ip {
	__be32 v4;
	struct in6_addr v6;
	__be32 words[4];
};

/** ipudp_ip_is_any() - whether no address is given */
static inline bool ipudp_ip_is_any(const union ipudp_ip *ip)
{
	return ipv6_addr_any(&ip->v6);
}

/** ipudp_ip_equal() - whether two addresses of one family are the same */
static inline bool ipudp_ip_equal(const union ipudp_ip *a, const union ipudp_ip *b)
{
	return ipv6_addr_equal(&a->v6, &b->v6);
}

/** ipudp_ip_len() - bytes of an address of a family */
static inline unsigned int ipudp_ip_len(u8 family)
{
	return family == AF_INET ? 4 : 16;
}

#endif
