/* SPDX-License-Identifier: GPL-2.0-only */
/* An inner packet, as far as the files of core/ need to know it. */
#ifndef _IPUDP_PACKET_H
#define _IPUDP_PACKET_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>

struct ipudp_device;
/* What core/ takes for one. It is never defined: an sk_buff by another name. */
struct ipudp_packet;
union ipudp_ip;

/** ipudp_packet_of() - as a packet, an sk_buff whose network header is the inner IP header */
static inline const struct ipudp_packet *ipudp_packet_of(const struct sk_buff *skb)
{
	return (const struct ipudp_packet *)skb;
}

/** ipudp_packet_skb() - and back */
static inline const struct sk_buff *ipudp_packet_skb(const struct ipudp_packet *packet)
{
	return (const struct sk_buff *)packet;
}

/** ipudp_packet_family() - AF_INET or AF_INET6 */
static inline u8 ipudp_packet_family(const struct ipudp_packet *packet)
{
	return ipudp_packet_skb(packet)->protocol == htons(ETH_P_IP) ? AF_INET : AF_INET6;
}

/** ipudp_packet_destination() - the destination address in the header, borrowed */
static inline const void *ipudp_packet_destination(const struct ipudp_packet *packet)
{
	const struct sk_buff *skb = ipudp_packet_skb(packet);

	if (skb->protocol == htons(ETH_P_IP))
		return &ip_hdr(skb)->daddr;
	return &ipv6_hdr(skb)->daddr;
}

/** ipudp_packet_hash() - the hash of its flow, see core/flow.h */
u32 ipudp_packet_hash(const struct ipudp_packet *packet);

/**
 * ipudp_packet_nexthop() - the next hop of its route, or its destination if that has none
 * @ret: receives the address; of an IPv4 one only the first word
 * Return: the family of @ret: an IPv4 route may have an IPv6 gateway.
 */
u8 ipudp_packet_nexthop(const struct ipudp_device *device, const struct ipudp_packet *packet,
			union ipudp_ip *ret);

#ifdef CONFIG_IPUDP_SELFTEST
/** ipudp_packet_selftest() - check hashes of flows; logs what is wrong */
int ipudp_packet_selftest(void);
#endif

#endif
