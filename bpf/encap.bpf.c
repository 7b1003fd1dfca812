// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The way out: tc, egress of the device's TUN. What comes out of it again (TC_ACT_UNSPEC) is read
 * from the TUN by the daemon.
 */

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

static __always_inline int leave(__u32 reason)
{
	count_left(reason);
	return TC_ACT_UNSPEC;
}

/* The packet was changed, so that user space cannot have it any more. */
static __always_inline int lost(__u32 number)
{
	struct fast_drops *mine = bpf_map_lookup_elem(&drops, &number);

	if (mine)
		mine->tx_nomem++;
	return TC_ACT_SHOT;
}

static __always_inline void cursor_init(struct __sk_buff *skb, struct cursor *cursor)
{
	cursor->pos = (void *)(long)skb->data;
	cursor->end = (void *)(long)skb->data_end;
	if (cursor->pos + HEADERS <= cursor->end || skb->len <= cursor->end - cursor->pos)
		return;
	bpf_skb_pull_data(skb, skb->len < HEADERS ? skb->len : HEADERS);
	cursor->pos = (void *)(long)skb->data;
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

/* Write the outer headers. 0, -EAGAIN if nothing was changed, or another error. */
static __always_inline int push(struct __sk_buff *skb, const struct fast_path *path,
				const struct outer *outer)
{
	__u32 len = skb->len;

	if (path->family == AF_INET) {
		struct outer4 header;

		outer_fill4(path, outer, len, &header);
		if (grow(skb, sizeof(header), BPF_F_ADJ_ROOM_ENCAP_L3_IPV4, bpf_htons(ETH_P_IP)))
			return -EAGAIN;
		if (bpf_skb_store_bytes(skb, 0, &header, sizeof(header), BPF_F_INVALIDATE_HASH))
			return -ENOMEM;
	} else {
		struct outer6 header;

		outer_fill6(path, outer, len, &header);
		if (grow(skb, sizeof(header), BPF_F_ADJ_ROOM_ENCAP_L3_IPV6, bpf_htons(ETH_P_IPV6)))
			return -EAGAIN;
		if (bpf_skb_store_bytes(skb, 0, &header, sizeof(header), BPF_F_INVALIDATE_HASH))
			return -ENOMEM;
	}
	/* Room for the link's header, which bpf_redirect_neigh() expects. */
	return bpf_skb_change_head(skb, ETH_HLEN, 0);
}

/* The slot of the tunnel for a packet, FAST_NO_SLOT if it is left to user space. */
static __always_inline __u32 find(struct __sk_buff *skb, const struct fast_device *device,
				  const struct inner *inner)
{
	struct fast_rule *rule;

	if (device->flags & FAST_DEVICE_FIXED)
		return device->only;
	rule = rule_of_destination(device, inner);
	if (!rule || !rule->n_active)
		return FAST_NO_SLOT;
	return rule_pick(rule, rule->n_active > 1 ? bpf_get_hash_recalc(skb) : 0);
}

/*
 * Whether the UDP checksum can be had from the headers. Not of TCP: aggregates need user space, and
 * what comes one by one must not overtake them.
 */
static __always_inline bool checksum(const struct __sk_buff *skb, struct cursor cursor,
				     const struct inner *inner, struct outer *outer)
{
	outer->checksum = true;
	return !skb->gso_size && inner->protocol != IPPROTO_TCP &&
	       sum_inner(&cursor, inner, &outer->inner_sum);
}

/* Whether a packet is one that is sent as it is; if not, why. */
static __always_inline int check(struct __sk_buff *skb, struct cursor *cursor,
				 const struct inner *inner, const struct fast_path *path)
{
	__u32 overhead = path->family == AF_INET ? OUTER4_LEN : OUTER6_LEN;

	if (!(path->flags & FAST_PATH_TX))
		return FAST_LEFT_TX_TUNNEL;
	if (skb->gso_size && inner->protocol != IPPROTO_TCP)
		return FAST_LEFT_TX_OFFLOAD;
	if (skb->len > DATAGRAM_MAX - overhead ||
	    !fits(cursor, inner, skb->len, skb->gso_size, path->mtu))
		return FAST_LEFT_TX_BIG;
	return FAST_LEFT_MAX;
}

SEC("tc")
int fast_encap(struct __sk_buff *skb)
{
	__u32 ifindex = skb->ifindex, len = skb->len, packets, slot, number;
	struct fast_device *device;
	struct fast_path *path;
	struct cursor cursor, payload;
	struct inner inner;
	struct outer outer;
	int ret;

	device = bpf_map_lookup_elem(&devices, &ifindex);
	if (!device)
		return TC_ACT_UNSPEC;
	number = device->number;
	if (device->flags & FAST_DEVICE_LEAVE)
		return leave(FAST_LEFT_TX_MODE);
	cursor_init(skb, &cursor);
	if (!parse_inner(&cursor, &inner) || (inner.ip4 && inner.ip4->ihl != 5) ||
	    (inner.len != len && !skb->gso_size))
		return leave(FAST_LEFT_TX_INNER);
	slot = find(skb, device, &inner);
	path = path_of(slot);
	if (!path)
		return leave(device->flags & FAST_DEVICE_FIXED ? FAST_LEFT_TX_TUNNEL :
								 FAST_LEFT_TX_RULE);
	payload = cursor;
	ret = check(skb, &cursor, &inner, path);
	if (ret != FAST_LEFT_MAX)
		return leave(ret);
	outer_fields(path, &inner, &outer);
	if (path->flags & FAST_PATH_CHECKSUM && !checksum(skb, payload, &inner, &outer))
		return leave(FAST_LEFT_TX_CHECKSUM);
	if (path->flags & FAST_PATH_FLOW_PORT)
		outer_flow_port(path, bpf_get_hash_recalc(skb), &outer);
	packets = segments(&payload, &inner, len, skb->gso_size);
	ret = push(skb, path, &outer);
	if (ret == -EAGAIN)
		return leave(FAST_LEFT_TX_OFFLOAD);
	if (ret)
		return lost(number);
	count_tx(slot, packets, len);
	/* The inner packet's mark must not choose the outer one's route. */
	skb->mark = path->mark;
	return send_by(path);
}

char program_license[] SEC("license") = "Dual BSD/GPL";
