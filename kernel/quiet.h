/* SPDX-License-Identifier: GPL-2.0-only */
/* Keeping the host from being configured by inner packets. */
#ifndef _IPUDP_QUIET_H
#define _IPUDP_QUIET_H

#include <asm/byteorder.h>
#include <linux/in6.h>
#include <linux/types.h>

struct net_device;

/**
 * ipudp_quiet_has_link_local() - whether an interface has a link-local address of a family
 * @protocol: ETH_P_IP or ETH_P_IPV6, in network byte order
 * Context: any, under RCU.
 */
bool ipudp_quiet_has_link_local(const struct net_device *dev, __be16 protocol);

/** ipudp_ip6_is_link_local() - whether an IPv6 address is of fe80::/10 */
static inline bool ipudp_ip6_is_link_local(const struct in6_addr *addr)
{
	return (addr->s6_addr32[0] & htonl(0xffc00000)) == htonl(0xfe800000);
}

/** ipudp_quiet_init() - quieten the interfaces of ours that will be made, at module load */
int ipudp_quiet_init(void);

/** ipudp_quiet_done() - stop that */
void ipudp_quiet_done(void);

#endif
