// SPDX-License-Identifier: GPL-2.0-only
/* Inner packets: the hash of the flow, the next hop of the route. */

#include "packet.h"

#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "addr.h"
#include "flow.h"

u32 ipudp_packet_hash(const struct ipudp_packet *packet)
{
	const struct sk_buff *skb = ipudp_packet_skb(packet);
	const struct ipv6hdr *ip6 = ipv6_hdr(skb);
	const struct iphdr *ip4 = ip_hdr(skb);
	u32 offset = skb_network_offset(skb), len = IPUDP_FLOW_BYTES;
	u8 copy[IPUDP_FLOW_BYTES];

	/* Mostly all that counts is in the linear part. */
	if (ip4->version == 4)
		len = ip4->ihl * 4 + sizeof(u32);
	else if (!ipudp_flow_is_extension(ip6->nexthdr))
		len = sizeof(*ip6) + sizeof(u32);
	len = min(len, skb->len - offset);
	return ipudp_flow_hash(skb_header_pointer(skb, offset, len, copy), len);
}

u8 ipudp_packet_nexthop(const struct ipudp_device *device, const struct ipudp_packet *packet,
			union ipudp_ip *ret)
{
	const struct sk_buff *skb = ipudp_packet_skb(packet);
	const struct dst_entry *dst = skb_dst(skb);
	u8 family = ipudp_packet_family(packet);

	if (dst && dst->ops->family == AF_INET6 && family == AF_INET6) {
		ret->v6 = *rt6_nexthop((const struct rt6_info *)dst, &ipv6_hdr(skb)->daddr);
		return AF_INET6;
	}
	if (dst && dst->ops->family == AF_INET && family == AF_INET) {
		const struct rtable *rt = skb_rtable(skb);

		if (rt->rt_gw_family == AF_INET6) {
			ret->v6 = rt->rt_gw6;
			return AF_INET6;
		}
		if (rt->rt_gw_family == AF_INET) {
			ret->v4 = rt->rt_gw4;
			return AF_INET;
		}
	}
	memcpy(ret, ipudp_packet_destination(packet), ipudp_ip_len(family));
	return family;
}

#ifdef CONFIG_IPUDP_SELFTEST
#include "selftest/packet.c"
#endif
