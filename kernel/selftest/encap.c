// SPDX-License-Identifier: GPL-2.0-only
/* Self-test of the outer header's fields, included at the end of encap.c. */

#include <linux/module.h>

#include "outer_vectors.h"

static void build_inner(struct sk_buff *skb, const struct outer_vector *vector)
{
	skb_reset_network_header(skb);
	if (vector->inner_version == 4) {
		struct iphdr *ip4 = skb_put_zero(skb, sizeof(*ip4));

		ip4->version = 4;
		ip4->ihl = 5;
		ip4->tos = vector->inner_tos;
		ip4->ttl = vector->inner_ttl;
		ip4->frag_off = vector->inner_df ? htons(IP_DF) : 0;
		skb->protocol = htons(ETH_P_IP);
	} else {
		struct ipv6hdr *ip6 = skb_put_zero(skb, sizeof(*ip6));

		ip6_flow_hdr(ip6, vector->inner_tos, 0);
		ip6->hop_limit = vector->inner_ttl;
		skb->protocol = htons(ETH_P_IPV6);
	}
}

static bool check_vector(const struct outer_vector *vector)
{
	struct ipudp_endpoint_config config = {
		.ttl = vector->ttl,
		.dscp = vector->dscp,
		.df = vector->df,
	};
	struct outer outer = { };
	struct sk_buff *skb = alloc_skb(sizeof(struct ipv6hdr), GFP_KERNEL);
	bool good;

	if (!skb)
		return false;
	build_inner(skb, vector);
	outer_fields(&config, skb, &outer);
	kfree_skb(skb);
	good = outer.tos == vector->want_tos && outer.ttl == vector->want_ttl &&
	       !!outer.df == vector->want_df;
	if (!good)
		pr_err("ipudp: self-test \"%s\": TOS %#x TTL %u DF %u\n", vector->what, outer.tos,
		       outer.ttl, !!outer.df);
	return good;
}

int ipudp_encap_selftest(void)
{
	unsigned int i;

	if (ipudp_encap_overhead(AF_INET) != 28 || ipudp_encap_overhead(AF_INET6) != 48) {
		pr_err("ipudp: self-test: outer headers are not 28 and 48 bytes\n");
		return -EINVAL;
	}
	for (i = 0; i < ARRAY_SIZE(outer_vectors); i++) {
		if (!check_vector(&outer_vectors[i]))
			return -EINVAL;
	}
	return 0;
}
