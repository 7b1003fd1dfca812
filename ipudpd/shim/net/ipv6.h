/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv6 addresses. */
#ifndef _IPUDP_SHIM_IPV6_H
#define _IPUDP_SHIM_IPV6_H

#include <string.h>

#include <netinet/in.h>

#include <linux/types.h>

static inline bool ipv6_addr_equal(const struct in6_addr *a, const struct in6_addr *b)
{
	return !memcmp(a, b, sizeof(*a));
}

#endif
