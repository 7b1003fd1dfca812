// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The way in, by XDP: takes the outer headers off before the kernel aggregates, so that GRO sees
 * inner packets, and says to the program of decap.bpf.c whose they are. Does nothing else, and
 * whatever it does not take it leaves to that program.
 */

#include <linux/bpf.h>

#include "parse.h"
#include "receive.h"
#include "rules.h"
#include "tables.h"

/* Whether a packet is for us, and tc will see it. */
static __always_inline bool is_for(__u32 ingress, const struct ethhdr *eth)
{
	struct fast_link *link = bpf_map_lookup_elem(&links, &ingress);
	const __u16 *to = (const __u16 *)eth->h_dest;

	return link && link->hooks & FAST_HOOK_XDP && link->mac[0] == to[0] &&
	       link->mac[1] == to[1] && link->mac[2] == to[2];
}

static __always_inline int receive(struct cursor *cursor, const struct ethhdr *eth, __u32 ingress,
				   struct received *rx)
{
	__u32 len = cursor->end - cursor->pos;

	if (eth->h_proto == bpf_htons(ETH_P_IP))
		return receive4(cursor, len, ingress, 0, rx);
	if (eth->h_proto == bpf_htons(ETH_P_IPV6))
		return receive6(cursor, len, ingress, 0, rx);
	return RECEIVE_OTHER;
}

SEC("xdp")
int fast_xdp(struct xdp_md *xdp)
{
	__u32 ingress = xdp->ingress_ifindex, bytes, packets;
	struct fast_meta *meta;
	struct cursor cursor;
	struct received rx;
	struct ethhdr *eth, saved;

	cursor.pos = (void *)(long)xdp->data;
	cursor.end = (void *)(long)xdp->data_end;
	eth = cursor_take(&cursor, sizeof(*eth));
	if (!eth || !is_for(ingress, eth))
		return XDP_PASS;
	saved = *eth;
	if (receive(&cursor, eth, ingress, &rx) != RECEIVE_OURS)
		return XDP_PASS;
	/* GRO is for TCP; for all else this way is only longer. In place or with CE, tc knows how. */
	if (rx.inner.protocol != IPPROTO_TCP || rx.device->flags & FAST_DEVICE_REWRITE ||
	    is_ce(rx.outer_tos))
		return XDP_PASS;
	bytes = rx.bytes;
	packets = rx.packets;
	saved.h_proto = rx.inner.ip4 ? bpf_htons(ETH_P_IP) : bpf_htons(ETH_P_IPV6);
	/* Before the outer headers go, so that the packet is whole if there is no room. */
	if (bpf_xdp_adjust_meta(xdp, -(int)sizeof(*meta)))
		return XDP_PASS;
	bpf_xdp_adjust_meta(xdp, sizeof(*meta));
	if (bpf_xdp_adjust_head(xdp, rx.overhead) || bpf_xdp_adjust_meta(xdp, -(int)sizeof(*meta)))
		return XDP_DROP;
	meta = (void *)(long)xdp->data_meta;
	eth = (void *)(long)xdp->data;
	if ((void *)(meta + 1) > (void *)eth || (void *)(eth + 1) > (void *)(long)xdp->data_end)
		return XDP_DROP;
	*eth = saved;
	meta->magic = FAST_META_MAGIC;
	meta->slot = rx.slot;
	meta->cookie = table_cookie;
	count_rx(rx.slot, packets, bytes);
	return XDP_PASS;
}

char program_license[] SEC("license") = "Dual BSD/GPL";
