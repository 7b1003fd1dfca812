/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses of either family. */
#ifndef _IPUDP_ADDR_H
#define _IPUDP_ADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <netinet/in.h>

/**
 * union ipudp_ip - an IPv4 or IPv6 address in network byte order
 * @v4: IPv4 address; the rest is 0
 * @v6: IPv6 address
 * @words: the address as words
 *
 * Always zeroed before an IPv4 address is stored, so that two can be compared whole.
 */
union ipudp_ip {
	in_addr_t v4;
	struct in6_addr v6;
	uint32_t words[4];
};

/** ipudp_ip_equal() - whether two addresses of one family are the same */
static inline bool ipudp_ip_equal(const union ipudp_ip *a, const union ipudp_ip *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/** ipudp_ip_is_any() - whether no address is given */
static inline bool ipudp_ip_is_any(const union ipudp_ip *ip)
{
	return !(ip->words[0] | ip->words[1] | ip->words[2] | ip->words[3]);
}

/** ipudp_ip_len() - bytes of an address of a family */
static inline unsigned int ipudp_ip_len(uint16_t family)
{
	return family == AF_INET ? 4 : 16;
}

/** ipudp_ip_load() - make an address of its bytes in a packet */
static inline void ipudp_ip_load(union ipudp_ip *ip, uint16_t family, const void *bytes)
{
	memset(ip, 0, sizeof(*ip));
	memcpy(ip, bytes, ipudp_ip_len(family));
}

#endif
