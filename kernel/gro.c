// SPDX-License-Identifier: GPL-2.0-only
/*
 * Aggregation of inner packets while they still have their outer headers: the UDP layer has
 * compared the outer headers and offers what comes behind them.
 */

#include <linux/netdevice.h>

#include "compat.h"
#include "decap.h"

/* The first byte of a payload as a protocol: only data is aggregated. */
static __be16 protocol_of(u8 first)
{
	switch (first >> 4) {
	case 4:
		return htons(ETH_P_IP);
	case 6:
		return htons(ETH_P_IPV6);
	default:
		return 0;
	}
}

struct sk_buff *ipudp_gro_receive(struct sock *sk, struct list_head *head, struct sk_buff *skb)
{
	int network = skb_network_offset(skb);
	unsigned int offset = skb_gro_offset(skb);
	const struct packet_offload *offload;
	struct sk_buff *other, *result = NULL;
	const u8 *first;
	int flush = 1;

	first = skb_gro_header(skb, offset + 1, offset);
	if (unlikely(!first))
		goto out;
	offload = gro_find_receive_by_type(protocol_of(*first));
	if (!offload)
		goto out;
	list_for_each_entry(other, head, list) {
		const u8 *others = other->data + offset;

		if (NAPI_GRO_CB(other)->same_flow && (*first ^ *others) >> 4)
			NAPI_GRO_CB(other)->same_flow = 0;
	}
	result = call_gro_receive(offload->callbacks.gro_receive, head, skb);
	ipudp_compat_gro_network(skb, network);
	flush = 0;
out:
	skb_gro_flush_final(skb, result, flush);
	return result;
}

int ipudp_gro_complete(struct sock *sk, struct sk_buff *skb, int nhoff)
{
	const struct packet_offload *offload;
	int ret = -ENOENT;

	ipudp_compat_gro_network(skb, nhoff);
	offload = gro_find_complete_by_type(protocol_of(skb->data[nhoff]));
	if (offload)
		ret = offload->callbacks.gro_complete(skb, nhoff);
	skb_set_inner_mac_header(skb, nhoff);
	return ret;
}
