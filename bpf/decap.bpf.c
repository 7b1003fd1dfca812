// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The way in: tc, ingress of an interface that datagrams come by. What is not for the fast path
 * goes on (TC_ACT_UNSPEC) to other filters, netfilter and the listener's socket.
 */

#include <linux/errno.h>
#include <linux/pkt_cls.h>

#include "adjust.h"
#include "outer.h"
#include "parse.h"
#include "receive.h"
#include "rules.h"
#include "tables.h"

#define PACKET_HOST 0

/* Set if programs are attached by tcx. */
const volatile __u8 check_link;

/* Enough for the headers that are looked at, with IPv6 outside and inside. */
#define HEADERS (OUTER6_LEN + sizeof(struct ipv6hdr) + sizeof(struct tcphdr))

/* The packet was changed, so that user space cannot have it any more. */
static __always_inline int lost(__u32 number)
{
	struct fast_drops *mine = bpf_map_lookup_elem(&drops, &number);

	if (mine)
		mine->rx_nomem++;
	return TC_ACT_SHOT;
}

/* Whether there are bytes of headers that the program cannot see. */
static __always_inline bool must_pull(const struct __sk_buff *skb, __u32 l2)
{
	void *start = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;

	return start + l2 + HEADERS > end && skb->len > end - start;
}

static __always_inline int receive(struct __sk_buff *skb, __u32 l2, struct received *rx)
{
	struct cursor cursor;

	cursor.pos = (void *)(long)skb->data + l2;
	cursor.end = (void *)(long)skb->data_end;
	if (skb->protocol == bpf_htons(ETH_P_IP))
		return receive4(&cursor, skb->len - l2, skb->ifindex, skb->gso_size, rx);
	if (skb->protocol == bpf_htons(ETH_P_IPV6))
		return receive6(&cursor, skb->len - l2, skb->ifindex, skb->gso_size, rx);
	return RECEIVE_OTHER;
}

/* Send a packet, whose outer headers are off, to where such are aggregated; see gro.bpf.c. */
static __always_inline int aggregate(struct __sk_buff *skb, __u32 number, __u32 ifindex, __u32 gro,
				     __be16 protocol)
{
	struct fast_gro_header header = { .to = FAST_GRO_ADDRESS, .from = { 2 } };

	__builtin_memcpy(header.ifindex, &ifindex, sizeof(ifindex));
	header.protocol = protocol;
	if (bpf_skb_store_bytes(skb, 0, &header, sizeof(header), 0))
		return lost(number);
	return bpf_redirect(gro, 0);
}

/*
 * Take the outer headers off. If those were of another family than the inner one, the kernel must
 * hear of it: by a flag, or before that was there, by letting it change the header's length first.
 */
static __always_inline int strip(struct __sk_buff *skb, const struct received *rx, __be16 protocol)
{
	__s32 grown = -(__s32)rx->overhead, longer = sizeof(struct ipv6hdr) - sizeof(struct iphdr);
	__u64 flags = BPF_F_ADJ_ROOM_FIXED_GSO;

	if (rx->outer6 != !!rx->inner.ip6 && any_family) {
		flags |= rx->outer6 ? BPF_F_ADJ_ROOM_DECAP_L3_IPV4 : BPF_F_ADJ_ROOM_DECAP_L3_IPV6;
	} else if (rx->outer6 != !!rx->inner.ip6) {
		grown += rx->outer6 ? longer : -longer;
		if (bpf_skb_change_proto(skb, protocol, 0))
			return -ENOMEM;
	}
	return bpf_skb_adjust_room(skb, grown, BPF_ADJ_ROOM_MAC, flags);
}

/* Take the outer headers off and deliver to the device. */
static __always_inline int deliver(struct __sk_buff *skb, __u32 l2, const struct received *rx)
{
	__u32 number = rx->device->number, ifindex = rx->ifindex, slot = rx->slot;
	__be16 protocol = rx->inner.ip4 ? bpf_htons(ETH_P_IP) : bpf_htons(ETH_P_IPV6);
	bool ce = is_ce(rx->outer_tos);
	__u32 gro = rx->device->gro;

	if (strip(skb, rx, protocol))
		return lost(number);
	if (ce)
		bpf_skb_ecn_set_ce(skb);
	count_rx(slot, rx->packets, rx->bytes);
	/* The one that the kernel has is of the outer flow. */
	bpf_set_hash_invalid(skb);
	if (gro && rx->inner.protocol == IPPROTO_TCP && l2 && !skb->gso_size)
		return aggregate(skb, number, ifindex, gro, protocol);
	return bpf_redirect(ifindex, BPF_F_INGRESS);
}

/* The tunnel that a packet out of a tunnel goes on through; FAST_NO_SLOT if it needs the stack. */
static __always_inline __u32 next_slot(struct __sk_buff *skb, __u32 l2, struct received *rx)
{
	struct fast_rule *rule = rule_of_destination(rx->device, &rx->inner);
	struct fast_path *path;
	struct cursor cursor;
	__u32 slot;

	if (!rule || !rule->n_active)
		return FAST_NO_SLOT;
	cursor.pos = rx->payload;
	cursor.end = (void *)(long)skb->data_end;
	slot = rule_choose(rule, cursor, &rx->inner);
	path = path_of(slot);
	/* Whoever cuts an aggregate that came with checksums would make such again. */
	if (skb->gso_size && rx->checksum)
		return FAST_NO_SLOT;
	/* What the stack forwards has its checksum made on the way out. */
	if (!path || !(path->flags & FAST_PATH_TX) || path->flags & FAST_PATH_CHECKSUM ||
	    path->family != (rx->outer6 ? AF_INET6 : AF_INET) || rx->inner.ttl <= 1 ||
	    is_ce(rx->outer_tos) || (skb->gso_size && rx->inner.protocol != IPPROTO_TCP))
		return FAST_NO_SLOT;
	if (path->flags & FAST_PATH_FLOW_PORT && !flow_hash(cursor, &rx->inner, &rx->flow))
		return FAST_NO_SLOT;
	if (!fits(&cursor, &rx->inner, skb->len - l2 - rx->overhead, skb->gso_size, path->mtu))
		return FAST_NO_SLOT;
	return slot;
}

/* Decrement the inner TTL, and adapt the IPv4 checksum (RFC 1624). */
static __always_inline int decrement_ttl(struct __sk_buff *skb, __u32 offset,
					 const struct inner *inner)
{
	__u8 hop_limit = inner->ttl - 1;
	__u32 sum;
	struct {
		__u8 ttl;
		__u8 protocol;
		__u16 check;
	} word;

	if (!inner->ip4)
		return bpf_skb_store_bytes(skb, offset + offsetof(struct ipv6hdr, hop_limit),
					   &hop_limit, sizeof(hop_limit), 0);
	sum = (__u32)inner->ip4->check + bpf_htons(0x0100);
	word.ttl = hop_limit;
	word.protocol = inner->protocol;
	word.check = sum + (sum >= 0xffff);
	return bpf_skb_store_bytes(skb, offset + offsetof(struct iphdr, ttl), &word, sizeof(word),
				   0);
}

/* Give a packet out of a tunnel the outer headers of another one, in place. */
static __always_inline int forward(struct __sk_buff *skb, __u32 l2, const struct received *rx,
				   __u32 slot)
{
	__u32 len = skb->len - l2 - rx->overhead, number = rx->device->number;
	__u32 packets = rx->packets, bytes = rx->bytes;
	struct fast_path *path = path_of(slot);
	struct outer outer;
	int ret;

	if (!path)
		return lost(number);
	outer_fields(path, &rx->inner, &outer);
	if (!path->ttl)
		outer.ttl--;
	if (path->flags & FAST_PATH_FLOW_PORT)
		outer_flow_port(path, rx->flow, &outer);
	count_rx(rx->slot, packets, bytes);
	ret = decrement_ttl(skb, l2 + rx->overhead, &rx->inner);
	if (!ret && rx->outer6) {
		struct outer6 header;

		outer_fill6(path, &outer, len, &header);
		ret = bpf_skb_store_bytes(skb, l2, &header, sizeof(header), BPF_F_INVALIDATE_HASH);
	} else if (!ret) {
		struct outer4 header;

		outer_fill4(path, &outer, len, &header);
		ret = bpf_skb_store_bytes(skb, l2, &header, sizeof(header), BPF_F_INVALIDATE_HASH);
	}
	if (ret)
		return lost(number);
	count_tx(slot, packets, bytes);
	skb->mark = path->mark;
	return send_by(path);
}

/*
 * Whether XDP took the outer headers off: it says so in front of the packet. Then deliver it; never
 * may it go on as if it had come by this interface.
 */
static __always_inline bool deliver_bare(struct __sk_buff *skb, int *verdict)
{
	const struct fast_meta *meta = (void *)(long)skb->data_meta;
	struct fast_tunnel *tunnel;
	__u32 slot;

	if ((void *)(meta + 1) > (void *)(long)skb->data || meta->magic != FAST_META_MAGIC)
		return false;
	*verdict = TC_ACT_SHOT;
	/* It is of a daemon before the last one, and its tables are others. */
	if (meta->cookie != table_cookie)
		return true;
	slot = meta->slot;
	/* The tag was beside the packet, where XDP does not see it, and is none of the inner one's. */
	if (skb->vlan_present && bpf_skb_vlan_pop(skb))
		return true;
	tunnel = bpf_map_lookup_elem(&tunnels, &slot);
	if (tunnel && tunnel->ifindex)
		*verdict = bpf_redirect(tunnel->ifindex, BPF_F_INGRESS);
	return true;
}

/*
 * Whether the interface is one that the daemon knows: if it moves to another namespace, a program that was
 * attached by tcx goes along.
 */
static __always_inline bool is_known(const struct __sk_buff *skb)
{
	__u32 ifindex = skb->ifindex;

	return !check_link || bpf_map_lookup_elem(&links, &ifindex);
}

static __always_inline int decap(struct __sk_buff *skb, __u32 l2)
{
	struct received rx;
	__u32 slot;
	int ret;

	if (deliver_bare(skb, &ret))
		return ret;
	if (skb->pkt_type != PACKET_HOST || skb->vlan_present)
		return TC_ACT_UNSPEC;
	if (must_pull(skb, l2))
		bpf_skb_pull_data(skb, skb->len < l2 + HEADERS ? skb->len : l2 + HEADERS);
	ret = receive(skb, l2, &rx);
	if (ret == RECEIVE_OURS && !is_known(skb))
		return TC_ACT_UNSPEC;
	if (ret == RECEIVE_OURS) {
		slot = FAST_NO_SLOT;
		/* The link's header is written over, so there must be one. */
		if (l2 && (rx.device->flags & (FAST_DEVICE_REWRITE | FAST_DEVICE_LEAVE)) ==
				  FAST_DEVICE_REWRITE)
			slot = next_slot(skb, l2, &rx);
		return slot == FAST_NO_SLOT ? deliver(skb, l2, &rx) : forward(skb, l2, &rx, slot);
	}
	if (ret != RECEIVE_OTHER)
		count_left(ret);
	return TC_ACT_UNSPEC;
}

SEC("tc")
int fast_decap(struct __sk_buff *skb)
{
	return decap(skb, ETH_HLEN);
}

/* For interfaces without a link-layer header. */
SEC("tc")
int fast_decap_l3(struct __sk_buff *skb)
{
	return decap(skb, 0);
}

char program_license[] SEC("license") = "Dual BSD/GPL";
