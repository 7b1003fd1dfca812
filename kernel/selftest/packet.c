// SPDX-License-Identifier: GPL-2.0-only
/* Self-test of the hash of flows, included at the end of packet.c. */

#include <linux/module.h>

#include "core/selftest/flow_vectors.h"

/* A packet, of which all that may be is in pages if @paged. */
static struct sk_buff *test_packet(const struct choice_flow *flow, bool paged)
{
	u32 linear = flow->packet[0] >> 4 == 4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	struct sk_buff *skb;
	int ret;

	if (!paged)
		linear = flow->len;
	skb = alloc_skb_with_frags(linear, flow->len - linear, 0, &ret, GFP_KERNEL);
	if (!skb)
		return NULL;
	skb_reset_network_header(skb);
	skb_put(skb, linear);
	skb->len = flow->len;
	skb->data_len = flow->len - linear;
	if (skb_store_bits(skb, 0, flow->packet, flow->len)) {
		kfree_skb(skb);
		return NULL;
	}
	return skb;
}

static int test_flow(const struct choice_flow *flow, bool paged)
{
	struct sk_buff *skb = test_packet(flow, paged);
	u16 port;
	u32 hash;

	if (!skb)
		return -ENOMEM;
	hash = ipudp_packet_hash(ipudp_packet_of(skb));
	kfree_skb(skb);
	port = ipudp_flow_port(hash, CHOICE_PORT_MIN, CHOICE_PORT_RANGE);
	if (hash == flow->hash && port == flow->port)
		return 0;
	pr_err("ipudp: self-test \"%s\"%s: hash %#x, not %#x, port %u, not %u\n", flow->what,
	       paged ? ", in pages" : "", hash, flow->hash, port, flow->port);
	return -EINVAL;
}

int ipudp_packet_selftest(void)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(choice_flows) && !ret; i++)
		ret = test_flow(&choice_flows[i], false) ?: test_flow(&choice_flows[i], true);
	return ret;
}
