// SPDX-License-Identifier: GPL-2.0-only
/*
 * Self-test of the outer header's fields, included at the end of encap.c. Vectors: an inner
 * header, how the tunnel is configured, and what must come out (RFC 6040, section 4.1; RFC 2003).
 */

#include <linux/module.h>

struct vector {
	const char *what;
	u8 inner_version;
	u8 inner_tos;
	u8 inner_ttl;
	bool inner_df;
	u8 ttl;
	u8 dscp;
	u8 df;
	u8 want_tos;
	u8 want_ttl;
	bool want_df;
};

static const struct vector vectors[] = {
	{ "all fixed, not ECN-capable", 4, 0xb8, 7, false, 64, 10, IPUDP_DF_SET, 0x28, 64, true },
	{ "all fixed, ECT(0)", 4, 0xba, 7, false, 64, 10, IPUDP_DF_SET, 0x2a, 64, true },
	{ "ECT(1) copied", 4, 0x01, 7, false, 64, 0, IPUDP_DF_SET, 0x01, 64, true },
	{ "CE copied", 4, 0x03, 7, false, 64, 63, IPUDP_DF_SET, 0xff, 64, true },
	{ "DSCP inherited", 4, 0xb8, 7, false, 64, IPUDP_DSCP_INHERIT, IPUDP_DF_SET, 0xb8, 64,
	  true },
	{ "TTL inherited", 4, 0, 7, false, 0, 0, IPUDP_DF_SET, 0, 7, true },
	{ "DF cleared", 4, 0, 7, true, 64, 0, IPUDP_DF_UNSET, 0, 64, false },
	{ "DF inherited, set", 4, 0, 7, true, 64, 0, IPUDP_DF_INHERIT, 0, 64, true },
	{ "DF inherited, clear", 4, 0, 7, false, 64, 0, IPUDP_DF_INHERIT, 0, 64, false },
	{ "IPv6 inside, all fixed", 6, 0xb9, 9, false, 1, 46, IPUDP_DF_SET, 0xb9, 1, true },
	{ "IPv6 inside, inherited", 6, 0x2b, 9, false, 0, IPUDP_DSCP_INHERIT, IPUDP_DF_INHERIT,
	  0x2b, 9, true },
};

static void build_inner(struct sk_buff *skb, const struct vector *vector)
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

static bool check_vector(const struct vector *vector)
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
	for (i = 0; i < ARRAY_SIZE(vectors); i++) {
		if (!check_vector(&vectors[i]))
			return -EINVAL;
	}
	return 0;
}
