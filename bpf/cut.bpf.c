// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The detour: tc, ingress of the second of a pair of veth interfaces. The first has no offload for
 * aggregates, so that the stack cuts what encap.bpf.c sends into it; checksums stay as unfinished
 * as they were. What comes out gets its outer headers here; no other packets have any business
 * here.
 *
 * The tunnel may have changed meanwhile. What it does not take now goes back to the TUN, to be read
 * by the daemon; encap.bpf.c lets it pass.
 */

#include "send.h"

/* Count a packet that came out. What went in before it has come out, or was lost in between. */
static __always_inline void passed(__u16 number)
{
	__u32 key = 0;
	struct fast_detour *mine = bpf_map_lookup_elem(&detours, &key);

	if (!mine)
		return;
	if (mine->current != number)
		mine->out = number;
	mine->current = number;
	mine->out++;
}

/* How the tunnel in a slot sends, if it is one of this device. */
static __always_inline struct fast_path *path_of_device(__u32 slot, __u32 ifindex)
{
	struct fast_tunnel *tunnel = bpf_map_lookup_elem(&tunnels, &slot);

	if (!tunnel || tunnel->ifindex != ifindex)
		return NULL;
	return &tunnel->paths[tunnel->current & 1];
}

static __always_inline int back(struct __sk_buff *skb, __u32 ifindex, __u32 reason)
{
	count_left(reason);
	skb->tc_index = FAST_CUT_BACK;
	return bpf_redirect(ifindex, 0);
}

SEC("tc")
int fast_cut(struct __sk_buff *skb)
{
	const struct fast_cut_header *header = (void *)(long)skb->data;
	__u8 magic[] = FAST_CUT_MAGIC;
	struct fast_device *device;
	struct fast_path *path;
	struct cursor cursor;
	struct inner inner;
	struct outer outer;
	__u32 slot, ifindex, number, len = skb->len - ETH_HLEN;
	__u16 place;
	int ret;

	if ((void *)(header + 1) > (void *)(long)skb->data_end || header->magic[0] != magic[0] ||
	    header->magic[1] != magic[1])
		return TC_ACT_SHOT;
	__builtin_memcpy(&slot, header->slot, sizeof(slot));
	__builtin_memcpy(&ifindex, header->ifindex, sizeof(ifindex));
	__builtin_memcpy(&place, header->number, sizeof(place));
	device = bpf_map_lookup_elem(&devices, &ifindex);
	if (!device)
		return TC_ACT_SHOT;
	number = device->number;
	passed(place);
	path = path_of_device(slot, ifindex);
	if (!path)
		return back(skb, ifindex, FAST_LEFT_TX_TUNNEL);
	cursor_init(skb, ETH_HLEN, &cursor);
	if (skb->gso_size || !parse_inner(&cursor, &inner))
		return back(skb, ifindex, FAST_LEFT_TX_OFFLOAD);
	ret = check(path, len);
	if (ret != FAST_LEFT_MAX)
		return back(skb, ifindex, ret);
	if (!make_outer(skb, cursor, &inner, path, len, &outer))
		return back(skb, ifindex, FAST_LEFT_TX_CHECKSUM);
	ret = push(skb, ETH_HLEN, path, &outer);
	if (ret == -EAGAIN)
		return back(skb, ifindex, FAST_LEFT_TX_OFFLOAD);
	if (ret)
		return lost(number);
	count_tx(slot, 1, len);
	skb->mark = path->mark;
	return send_by(path);
}

char program_license[] SEC("license") = "Dual BSD/GPL";
