// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* Makes the outer header for an inner one, as the programs do, for the vectors of test_vectors.c. */

#include <linux/pkt_cls.h>

#include "outer.h"
#include "parse.h"
#include "rules.h"

struct fast_path path;
struct fast_rule rule;
__u32 result_hash;
__u32 result_slot;
__be16 result_port;
__u8 result4[OUTER4_LEN];
__u8 result6[OUTER6_LEN];

/* The inner packet is behind an Ethernet header, without which no test runs. */
SEC("tc")
int make_outer(struct __sk_buff *skb)
{
	struct cursor cursor = {
		.pos = (void *)(long)skb->data + ETH_HLEN,
		.end = (void *)(long)skb->data_end,
	};
	__u32 len = skb->len - ETH_HLEN;
	struct outer4 header4;
	struct outer6 header6;
	struct inner inner;
	struct outer outer;

	if (!parse_inner(&cursor, &inner))
		return TC_ACT_SHOT;
	outer_fields(&path, &inner, &outer);
	outer_fill4(&path, &outer, len, &header4);
	outer_fill6(&path, &outer, len, &header6);
	__builtin_memcpy(result4, &header4, sizeof(result4));
	__builtin_memcpy(result6, &header6, sizeof(result6));
	return TC_ACT_OK;
}

/* The same with a UDP checksum, if there can be one. */
SEC("tc")
int make_checksum(struct __sk_buff *skb)
{
	struct cursor cursor = {
		.pos = (void *)(long)skb->data + ETH_HLEN,
		.end = (void *)(long)skb->data_end,
	};
	__u32 len = skb->len - ETH_HLEN;
	struct outer4 header4;
	struct outer6 header6;
	struct inner inner;
	struct outer outer;

	if (!parse_inner(&cursor, &inner))
		return TC_ACT_SHOT;
	outer_fields(&path, &inner, &outer);
	outer.checksum = true;
	outer.segment = len;
	if (!sum_inner(&cursor, &inner, len, &outer.inner_sum))
		return TC_ACT_UNSPEC;
	if (path.family == AF_INET) {
		outer_fill4(&path, &outer, len, &header4);
		__builtin_memcpy(result4, &header4, sizeof(result4));
	} else {
		outer_fill6(&path, &outer, len, &header6);
		__builtin_memcpy(result6, &header6, sizeof(result6));
	}
	return TC_ACT_OK;
}

/* The flow of a packet, and what follows from it; what the daemon is to find is TC_ACT_UNSPEC. */
SEC("tc")
int choose(struct __sk_buff *skb)
{
	struct cursor cursor = {
		.pos = (void *)(long)skb->data + ETH_HLEN,
		.end = (void *)(long)skb->data_end,
	};
	struct inner inner;
	struct outer outer;

	if (!parse_inner(&cursor, &inner))
		return TC_ACT_SHOT;
	if (!flow_hash(cursor, &inner, &result_hash))
		return TC_ACT_UNSPEC;
	outer_flow_port(&path, result_hash, &outer);
	result_port = outer.sport;
	result_slot = rule_choose(&rule, cursor, &inner);
	return TC_ACT_OK;
}

char program_license[] SEC("license") = "Dual BSD/GPL";
