/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What a datagram is and whether its inner packet may enter, for tc and XDP: the same checks as
 * kernel/decap.c and the socket before it make. Whatever fails one is left to the socket.
 */
#ifndef _FAST_RECEIVE_H
#define _FAST_RECEIVE_H

#include "outer.h"
#include "parse.h"
#include "rules.h"

/**
 * struct received - a datagram for a tunnel
 * @slot: the tunnel's
 * @path: how the tunnel sends
 * @device: the tunnel's device
 * @ifindex: its TUN
 * @inner: the inner packet
 * @payload: what follows its header, IPv4 options included
 * @packets: how many it stands for
 * @bytes: of these, each with its headers
 * @overhead: bytes of outer headers before it
 * @outer_tos: outer DSCP and ECN
 * @outer6: whether the outer header is IPv6
 * @checksum: there is a UDP checksum
 * @flow: hash of the inner flow, where it is asked for
 */
struct received {
	__u32 slot;
	struct fast_path *path;
	struct fast_device *device;
	__u32 ifindex;
	struct inner inner;
	void *payload;
	__u32 packets;
	__u32 bytes;
	__u32 overhead;
	__u8 outer_tos;
	bool outer6;
	bool checksum;
	__u32 flow;
};

/* What becomes of a datagram; values below are enum fast_left. */
#define RECEIVE_OURS (FAST_LEFT_MAX)
#define RECEIVE_OTHER (FAST_LEFT_MAX + 1)

/* The slot of the tunnel that an endpoint belongs to. */
static __always_inline __u32 slot_of(struct fast_endpoint *endpoint)
{
	__u32 *slot = bpf_map_lookup_elem(&endpoints, endpoint);

	if (!slot) {
		/* Perhaps one that takes any port. */
		endpoint->remote_port = 0;
		slot = bpf_map_lookup_elem(&endpoints, endpoint);
	}
	return slot ? *slot : FAST_NO_SLOT;
}

/*
 * Check the UDP checksum without the payload: if the inner one is right, the outer one is if, and
 * only if, the headers say so. The inner checksum is for the inner receiver to check: together that
 * is as good as checking the outer one here. Return: false as well if there is none inside.
 */
static __always_inline bool checksum_right(struct cursor *cursor, const struct inner *inner,
					   const struct udphdr *udp, __u64 outer_pseudo)
{
	__u64 sum = outer_pseudo + udp->source + udp->dest + (__u64)udp->len * 2 + udp->check;
	__u64 within;

	return sum_inner(cursor, inner, inner->len, &within) && sum_fold(sum + within) == 0xffff;
}

/* The checks of the outer IPv4 header that the stack would make, and those of no surprises. */
static __always_inline bool outer4_right(const struct iphdr *ip4, const struct udphdr *udp,
					 __u32 len)
{
	return ip4->ihl == 5 && sum_fold(sum_words(ip4, sizeof(*ip4))) == 0xffff &&
	       bpf_ntohs(ip4->tot_len) == len && bpf_ntohs(udp->len) == len - sizeof(*ip4);
}

static __always_inline bool outer6_right(const struct ipv6hdr *ip6, const struct udphdr *udp,
					 __u32 len)
{
	return bpf_ntohs(ip6->payload_len) == len - sizeof(*ip6) && udp->len == ip6->payload_len;
}

/* Whether an outer header says that there was congestion. */
static __always_inline bool is_ce(__u8 outer_tos)
{
	return (outer_tos & IPUDP_WIRE_ECN_MASK) == IPUDP_WIRE_CE;
}

/* RFC 6040, section 4.2: whether the inner packet can stay as it is, CE apart. */
static __always_inline bool ecn_fits(__u8 outer_tos, __u8 inner_tos)
{
	__u8 tos = inner_tos;

	return ipudp_wire_ecn(outer_tos, &tos) && (tos == inner_tos || is_ce(outer_tos));
}

/*
 * Whether an inner source is link-local: the daemon knows whether the device has such an address, and
 * until then the packet may be one that wants to configure the host.
 */
static __always_inline bool is_link_local(const struct inner *inner)
{
	if (inner->ip4)
		return (inner->ip4->saddr & bpf_htonl(0xffff0000)) == bpf_htonl(0xa9fe0000);
	/* It is one of the two, which the verifier does not know. */
	if (!inner->ip6)
		return true;
	return (inner->ip6->saddr.in6_u.u6_addr32[0] & bpf_htonl(0xffc00000)) ==
	       bpf_htonl(0xfe800000);
}

/* Whether the inner packet may enter; if not, why. */
static __always_inline int receive_inner(struct cursor *cursor, const struct udphdr *udp,
					 __u64 pseudo, __u32 len, __u32 gso, struct received *rx)
{
	struct fast_rule *rule;

	if (rx->device->flags & FAST_DEVICE_DOWN)
		return FAST_LEFT_RX_SHAPE;
	if (!parse_inner(cursor, &rx->inner))
		return FAST_LEFT_RX_INNER;
	rx->payload = cursor->pos;
	/* Several datagrams in one (UDP_SEGMENT, UDP_GRO) have several inner packets: no aggregate. */
	if (rx->inner.len != len)
		return FAST_LEFT_RX_INNER;
	if (!any_mtu && !gso && rx->device->mtu && len > rx->device->mtu)
		return FAST_LEFT_RX_SHAPE;
	rx->checksum = udp->check;
	if (udp->check && !gso && !checksum_right(cursor, &rx->inner, udp, pseudo))
		return FAST_LEFT_RX_CHECKSUM;
	rx->packets = segments(cursor, &rx->inner, len, gso, &rx->bytes);
	if (!ecn_fits(rx->outer_tos, rx->inner.tos))
		return FAST_LEFT_RX_ECN;
	if (rx->device->flags & FAST_DEVICE_FIXED && is_link_local(&rx->inner))
		return FAST_LEFT_RX_SOURCE;
	if (!(rx->device->flags & FAST_DEVICE_SOURCE_CHECK))
		return RECEIVE_OURS;
	if (rx->device->flags & FAST_DEVICE_PARTIAL)
		return FAST_LEFT_RX_SOURCE;
	rule = rule_of_source(rx->device, &rx->inner);
	if (!rule || !rule_has(rule, rx->slot))
		return FAST_LEFT_RX_SOURCE;
	return RECEIVE_OURS;
}

/* Whose is a datagram. Return: false if it is no tunnel's, or not for the fast path. */
static __always_inline bool receive_tunnel(struct fast_endpoint *endpoint, __u32 ingress,
					   struct received *rx)
{
	struct fast_tunnel *tunnel;

	rx->slot = slot_of(endpoint);
	if (rx->slot == FAST_NO_SLOT)
		return false;
	tunnel = bpf_map_lookup_elem(&tunnels, &rx->slot);
	if (!tunnel)
		return false;
	rx->path = &tunnel->paths[tunnel->current & 1];
	rx->ifindex = tunnel->ifindex;
	if (!(rx->path->flags & FAST_PATH_RX) || (rx->path->bind && rx->path->bind != ingress))
		return false;
	/* The stack drops it then, and says so (rp_filter). */
	if (rx->path->flags & FAST_PATH_STRICT && rx->path->link != ingress)
		return false;
	rx->device = bpf_map_lookup_elem(&devices, &rx->ifindex);
	return rx->device;
}

/* Whether a payload is tunnel data, by its first byte. */
static __always_inline bool is_data(const struct cursor *cursor)
{
	const __u8 *first = cursor->pos;

	if ((void *)(first + 1) > cursor->end)
		return false;
	return ipudp_wire_is_data(*first);
}

/*
 * receive4() - look at an IPv4 packet
 * @cursor: at its header
 * @len: of the packet
 * @ingress: interface
 * @gso: bytes of payload of each segment, if GRO or a local sender made it of several; else 0
 *
 * Return: RECEIVE_OURS, and @rx says what it is; RECEIVE_OTHER; or why it is left to the socket.
 */
static __always_inline int receive4(struct cursor *cursor, __u32 len, __u32 ingress, __u32 gso,
				    struct received *rx)
{
	struct fast_endpoint endpoint = { .family = AF_INET };
	struct iphdr *ip4 = cursor_take(cursor, sizeof(*ip4));
	struct udphdr *udp;
	__u64 pseudo;

	/* With options the UDP header is elsewhere; the socket gets those. */
	if (!ip4 || ip4->protocol != IPPROTO_UDP || ip4->ihl != 5 || ip4->version != 4)
		return RECEIVE_OTHER;
	udp = cursor_take(cursor, sizeof(*udp));
	if (!udp || !is_data(cursor))
		return RECEIVE_OTHER;
	endpoint.local.words[0] = ip4->daddr;
	endpoint.remote.words[0] = ip4->saddr;
	endpoint.local_port = udp->dest;
	endpoint.remote_port = udp->source;
	if (ip4->frag_off & bpf_htons(IP_FRAGMENT & ~0x2000))
		return RECEIVE_OTHER;
	if (!receive_tunnel(&endpoint, ingress, rx))
		return RECEIVE_OTHER;
	if (ip4->frag_off & bpf_htons(IP_FRAGMENT))
		return FAST_LEFT_RX_FRAGMENT;
	if (!outer4_right(ip4, udp, len))
		return FAST_LEFT_RX_SHAPE;
	rx->outer6 = false;
	rx->outer_tos = ip4->tos;
	rx->overhead = OUTER4_LEN;
	pseudo = sum_words(&ip4->saddr, 8) + bpf_htons(IPPROTO_UDP);
	return receive_inner(cursor, udp, pseudo, len - OUTER4_LEN, gso, rx);
}

/* receive6() - look at an IPv6 packet, likewise; fragments have another next header */
static __always_inline int receive6(struct cursor *cursor, __u32 len, __u32 ingress, __u32 gso,
				    struct received *rx)
{
	struct fast_endpoint endpoint = { .family = AF_INET6 };
	struct ipv6hdr *ip6 = cursor_take(cursor, sizeof(*ip6));
	struct udphdr *udp;
	__u64 pseudo;

	if (!ip6 || ip6->nexthdr != IPPROTO_UDP || ip6->version != 6)
		return RECEIVE_OTHER;
	udp = cursor_take(cursor, sizeof(*udp));
	if (!udp || !is_data(cursor))
		return RECEIVE_OTHER;
	__builtin_memcpy(&endpoint.local, &ip6->daddr, sizeof(endpoint.local));
	__builtin_memcpy(&endpoint.remote, &ip6->saddr, sizeof(endpoint.remote));
	endpoint.local_port = udp->dest;
	endpoint.remote_port = udp->source;
	if (!receive_tunnel(&endpoint, ingress, rx))
		return RECEIVE_OTHER;
	if (!outer6_right(ip6, udp, len))
		return FAST_LEFT_RX_SHAPE;
	rx->outer6 = true;
	rx->outer_tos = ip6_tos(ip6);
	rx->overhead = OUTER6_LEN;
	pseudo = sum_words(&ip6->saddr, 32) + bpf_htons(IPPROTO_UDP);
	return receive_inner(cursor, udp, pseudo, len - OUTER6_LEN, gso, rx);
}

#endif
