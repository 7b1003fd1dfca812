// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The way out: tc, egress of the device's TUN. What comes out of it again (TC_ACT_UNSPEC) is read
 * from the TUN by the daemon.
 *
 * An aggregate of TCP is sent as one, and whoever cuts it repeats its outer headers. Their UDP
 * checksum is then right if it is that of each packet. It does not depend on the payload (local
 * checksum offload), but on the length; so it is, if all are of the same length. (The kernel itself
 * relies on that: NETIF_F_GSO_PARTIAL.) Aggregates with a shorter end, and those of UDP, which no
 * receiver could tell from an aggregate of outer packets, are cut first: on a detour, see
 * cut.bpf.c. They queue there, so all that follows in a flow takes it, too, until they are gone.
 */

#include "send.h"

/*
 * Packets that are no aggregate may grow to no more than four pages (SKB_MAX_ALLOC); those of some
 * hundred bytes less are left, too.
 */
#define GROWN_MAX 16000

static __always_inline int leave(__u32 reason)
{
	count_left(reason);
	return TC_ACT_UNSPEC;
}

/* The slot of the tunnel for a packet, FAST_NO_SLOT if it is left to user space. */
static __always_inline __u32 find(const struct fast_device *device, struct cursor cursor,
				  const struct inner *inner)
{
	struct fast_rule *rule;

	if (device->flags & FAST_DEVICE_FIXED)
		return device->only;
	rule = rule_of_destination(device, inner);
	if (!rule || !rule->n_active)
		return FAST_NO_SLOT;
	return rule_choose(rule, cursor, inner);
}

/*
 * struct aggregate - what a packet is cut into
 * @gso: bytes of payload of each packet, 0 if it is no aggregate
 * @segment: bytes of each packet with its headers, but the last may have less
 * @packets: how many
 * @bytes: of all of them, each with its headers
 * @even: the last has the same length
 */
struct aggregate {
	__u32 gso;
	__u32 segment;
	__u32 packets;
	__u32 bytes;
	bool even;
};

/* Return: false if it is one that cannot be cut. */
static __always_inline bool measure(struct __sk_buff *skb, struct cursor cursor,
				    const struct inner *inner, struct aggregate *aggregate)
{
	__u32 headers, len = skb->len, gso = skb->gso_size;

	aggregate->gso = gso;
	aggregate->segment = len;
	aggregate->packets = 1;
	aggregate->bytes = len;
	aggregate->even = true;
	if (!gso)
		return true;
	headers = gso_headers(&cursor, inner);
	if (!headers || headers >= len)
		return false;
	len -= headers;
	aggregate->segment = headers + gso;
	aggregate->packets = (len + gso - 1) / gso;
	aggregate->bytes += (aggregate->packets - 1) * headers;
	aggregate->even = aggregate->packets * gso == len;
	return true;
}

/* Whether an aggregate can be sent only in pieces; if so, why. */
static __always_inline int must_cut(const struct __sk_buff *skb, const struct inner *inner,
				    const struct fast_path *path, const struct aggregate *aggregate)
{
	__u32 overhead = path->family == AF_INET ? OUTER4_LEN : OUTER6_LEN;

	if (aggregate->gso && inner->protocol != IPPROTO_TCP)
		return FAST_LEFT_TX_OFFLOAD;
	if (skb->len > DATAGRAM_MAX - overhead)
		return FAST_LEFT_TX_BIG;
	if (path->flags & FAST_PATH_CHECKSUM && !aggregate->even)
		return FAST_LEFT_TX_CHECKSUM;
	return FAST_LEFT_MAX;
}

/* Whether packets of the flow are on the detour, and must not be overtaken. */
static __always_inline bool is_behind(struct __sk_buff *skb)
{
	__u32 key = 0, flow;
	struct fast_detour *mine = bpf_map_lookup_elem(&detours, &key);

	if (!mine || mine->in == mine->out)
		return false;
	flow = bpf_get_hash_recalc(skb) % FAST_DETOUR_FLOWS;
	return (__s16)(mine->ends[flow] - mine->out) > 0;
}

/* Send a packet to where it is cut. */
static __always_inline int detour(struct __sk_buff *skb, const struct fast_device *device,
				  const struct inner *inner, __u32 slot, __u32 packets)
{
	__u32 key = 0, ifindex = skb->ifindex, number = device->number, cut = device->cut;
	struct fast_detour *mine = bpf_map_lookup_elem(&detours, &key);
	struct fast_cut_header header = { .magic = FAST_CUT_MAGIC };

	if (!mine)
		return leave(FAST_LEFT_TX_OFFLOAD);
	__builtin_memcpy(header.slot, &slot, sizeof(slot));
	__builtin_memcpy(header.ifindex, &ifindex, sizeof(ifindex));
	__builtin_memcpy(header.number, &mine->in, sizeof(mine->in));
	header.protocol = inner->ip4 ? bpf_htons(ETH_P_IP) : bpf_htons(ETH_P_IPV6);
	if (bpf_skb_change_head(skb, sizeof(header), 0))
		return leave(FAST_LEFT_TX_OFFLOAD);
	if (bpf_skb_store_bytes(skb, 0, &header, sizeof(header), 0))
		return lost(number);
	mine->in += packets;
	mine->ends[bpf_get_hash_recalc(skb) % FAST_DETOUR_FLOWS] = mine->in;
	return bpf_redirect(cut, 0);
}

SEC("tc")
int fast_encap(struct __sk_buff *skb)
{
	__u32 ifindex = skb->ifindex, len = skb->len, slot, number;
	struct aggregate aggregate;
	struct fast_device *device;
	struct fast_path *path;
	struct cursor cursor;
	struct inner inner;
	struct outer outer;
	int ret;

	device = bpf_map_lookup_elem(&devices, &ifindex);
	if (!device || skb->tc_index == FAST_CUT_BACK)
		return TC_ACT_UNSPEC;
	number = device->number;
	if (device->flags & FAST_DEVICE_LEAVE)
		return leave(FAST_LEFT_TX_MODE);
	cursor_init(skb, 0, &cursor);
	if (!parse_inner(&cursor, &inner) || (inner.ip4 && inner.ip4->ihl != 5) ||
	    (inner.len != len && !skb->gso_size))
		return leave(FAST_LEFT_TX_INNER);
	slot = find(device, cursor, &inner);
	path = path_of(slot);
	if (!path)
		return leave(device->flags & FAST_DEVICE_FIXED ? FAST_LEFT_TX_TUNNEL :
								 FAST_LEFT_TX_RULE);
	if (!measure(skb, cursor, &inner, &aggregate))
		return leave(FAST_LEFT_TX_OFFLOAD);
	if (!aggregate.gso && len > GROWN_MAX - OUTER6_LEN - ETH_HLEN)
		return leave(FAST_LEFT_TX_BIG);
	ret = check(path, aggregate.segment);
	if (ret != FAST_LEFT_MAX)
		return leave(ret);
	if (!make_outer(skb, cursor, &inner, path, aggregate.segment, &outer))
		return leave(FAST_LEFT_TX_CHECKSUM);
	ret = must_cut(skb, &inner, path, &aggregate);
	if (device->cut) {
		if (ret != FAST_LEFT_MAX || is_behind(skb))
			return detour(skb, device, &inner, slot, aggregate.packets);
	} else if (ret != FAST_LEFT_MAX) {
		return leave(ret);
	} else if (outer.checksum && inner.protocol == IPPROTO_TCP) {
		/* It would overtake aggregates that user space has to cut. */
		return leave(FAST_LEFT_TX_CHECKSUM);
	}
	ret = push(skb, 0, path, &outer);
	if (ret == -EAGAIN)
		return leave(FAST_LEFT_TX_OFFLOAD);
	/* Room for the link's header, which bpf_redirect_neigh() expects. */
	if (ret || bpf_skb_change_head(skb, ETH_HLEN, 0))
		return lost(number);
	count_tx(slot, aggregate.packets, aggregate.bytes);
	/* The inner packet's mark must not choose the outer one's route. */
	skb->mark = path->mark;
	return send_by(path);
}

char program_license[] SEC("license") = "Dual BSD/GPL";
