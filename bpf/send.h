/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What the two programs on the way out share: encap.bpf.c, which sees all that a device sends, and
 * cut.bpf.c, which sees the packets that aggregates were cut into.
 */
#ifndef _FAST_SEND_H
#define _FAST_SEND_H

#include <linux/errno.h>
#include <linux/pkt_cls.h>

#include "outer.h"
#include "parse.h"
#include "rules.h"
#include "tables.h"

/* Enough for the headers that are looked at. */
#define HEADERS (sizeof(struct ipv6hdr) + sizeof(struct tcphdr))

/* Largest datagram, header included. */
#define DATAGRAM_MAX 65535

/* The packet was changed, so that user space cannot have it any more. */
static __always_inline int lost(__u32 number)
{
	struct fast_drops *mine = bpf_map_lookup_elem(&drops, &number);

	if (mine)
		mine->tx_nomem++;
	return TC_ACT_SHOT;
}

/* Begin to read a packet behind its link-layer header of @l2 bytes. */
static __always_inline void cursor_init(struct __sk_buff *skb, __u32 l2, struct cursor *cursor)
{
	__u32 want = l2 + HEADERS;
	void *start = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;

	if (start + want > end && skb->len > end - start)
		bpf_skb_pull_data(skb, skb->len < want ? skb->len : want);
	cursor->pos = (void *)(long)skb->data + l2;
	cursor->end = (void *)(long)skb->data_end;
}

/*
 * Make room for @len bytes of outer headers before the packet, whose protocol is @protocol.
 *
 * What came out of a tunnel may still have the marks of its former outer headers, which no program
 * can take away, and which keep the kernel from making new ones. As nothing has moved, they say
 * what is right of the new headers, too, if those are of the packet's own family.
 */
static __always_inline int grow(struct __sk_buff *skb, __u32 len, __u64 flags, __be16 protocol)
{
	int ret;

	ret = bpf_skb_adjust_room(skb, len, BPF_ADJ_ROOM_MAC,
				  flags | BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_ENCAP_L4_UDP);
	if (ret == -EALREADY && skb->protocol == protocol)
		ret = bpf_skb_adjust_room(skb, len, BPF_ADJ_ROOM_MAC, BPF_F_ADJ_ROOM_FIXED_GSO);
	return ret;
}

/*
 * Write the outer headers behind the link's of @l2 bytes. 0, -EAGAIN if nothing was changed, or
 * another error.
 */
static __always_inline int push(struct __sk_buff *skb, __u32 l2, const struct fast_path *path,
				const struct outer *outer)
{
	__u32 len = skb->len - l2;
	struct outer4 header4;
	struct outer6 header6;

	if (path->family == AF_INET) {
		outer_fill4(path, outer, len, &header4);
		if (grow(skb, sizeof(header4), BPF_F_ADJ_ROOM_ENCAP_L3_IPV4, bpf_htons(ETH_P_IP)))
			return -EAGAIN;
		return bpf_skb_store_bytes(skb, l2, &header4, sizeof(header4),
					   BPF_F_INVALIDATE_HASH);
	}
	outer_fill6(path, outer, len, &header6);
	if (grow(skb, sizeof(header6), BPF_F_ADJ_ROOM_ENCAP_L3_IPV6, bpf_htons(ETH_P_IPV6)))
		return -EAGAIN;
	return bpf_skb_store_bytes(skb, l2, &header6, sizeof(header6), BPF_F_INVALIDATE_HASH);
}

/*
 * Whether a packet, or each that an aggregate is cut into, can be sent by a path now; if not, why.
 * @segment: bytes of the packet, or of the largest of them
 */
static __always_inline int check(const struct fast_path *path, __u32 segment)
{
	if (!(path->flags & FAST_PATH_TX))
		return FAST_LEFT_TX_TUNNEL;
	if (segment > path->mtu)
		return FAST_LEFT_TX_BIG;
	return FAST_LEFT_MAX;
}

/*
 * The outer headers of a packet, see check(). Return: false if there must be a UDP checksum or a port of
 * the flow which cannot be had from the headers.
 * @cursor: behind the inner header
 */
static __always_inline bool make_outer(struct __sk_buff *skb, struct cursor cursor,
				       const struct inner *inner, const struct fast_path *path,
				       __u32 segment, struct outer *outer)
{
	__u32 hash;

	outer_fields(path, inner, outer);
	if (path->flags & FAST_PATH_FLOW_PORT) {
		if (!flow_hash(cursor, inner, &hash))
			return false;
		outer_flow_port(path, hash, outer);
	}
	if (path->flags & FAST_PATH_CHECKSUM) {
		outer->checksum = true;
		outer->segment = segment;
		if (!sum_inner(&cursor, inner, segment, &outer->inner_sum))
			return false;
	}
	return true;
}

#endif
