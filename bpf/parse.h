/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Headers of packets, read from bytes that the verifier knows to be there. A cursor walks over
 * them; what it returns is NULL if there are not enough.
 */
#ifndef _FAST_PARSE_H
#define _FAST_PARSE_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "kernel/core/wire.h"

#define AF_INET 2
#define AF_INET6 10

#define IP_DF 0x4000
#define IP_FRAGMENT 0x3fff /* more fragments, or not the first one */

/**
 * struct cursor - where reading is
 * @pos: the next byte
 * @end: behind the last one
 */
struct cursor {
	void *pos;
	void *end;
};

/* cursor_take() - the next @len bytes, which is constant */
static __always_inline void *cursor_take(struct cursor *cursor, __u32 len)
{
	void *pos = cursor->pos;

	if (pos + len > cursor->end)
		return NULL;
	cursor->pos = pos + len;
	return pos;
}

static __always_inline __u8 ip6_tos(const struct ipv6hdr *ip6)
{
	const __u8 *bytes = (const __u8 *)ip6;

	return bytes[0] << 4 | bytes[1] >> 4;
}

/**
 * struct inner - what matters of an inner packet
 * @ip4: its header, or NULL if it is IPv6
 * @ip6: its header, or NULL if it is IPv4
 * @len: with its header, as that says
 * @tos: DSCP and ECN
 * @ttl: TTL or hop limit
 * @protocol: what follows the header
 */
struct inner {
	struct iphdr *ip4;
	struct ipv6hdr *ip6;
	__u32 len;
	__u8 tos;
	__u8 ttl;
	__u8 protocol;
};

/* parse_inner() - read the header at the cursor; IPv4 options are not passed over */
static __always_inline bool parse_inner(struct cursor *cursor, struct inner *inner)
{
	__u8 *first = cursor->pos;

	inner->ip4 = NULL;
	inner->ip6 = NULL;
	if ((void *)(first + 1) > cursor->end)
		return false;
	if (*first >> 4 == 4) {
		struct iphdr *ip4 = cursor_take(cursor, sizeof(*ip4));

		if (!ip4)
			return false;
		inner->ip4 = ip4;
		inner->len = bpf_ntohs(ip4->tot_len);
		inner->tos = ip4->tos;
		inner->ttl = ip4->ttl;
		inner->protocol = ip4->protocol;
		return ip4->ihl >= 5 && (!inner->len || inner->len >= ip4->ihl * 4u);
	}
	if (*first >> 4 == 6) {
		struct ipv6hdr *ip6 = cursor_take(cursor, sizeof(*ip6));

		if (!ip6)
			return false;
		inner->ip6 = ip6;
		inner->len = bpf_ntohs(ip6->payload_len) + sizeof(*ip6);
		inner->tos = ip6_tos(ip6);
		inner->ttl = ip6->hop_limit;
		inner->protocol = ip6->nexthdr;
		return true;
	}
	return false;
}

/*
 * gso_headers() - bytes of headers of an aggregate, which each of its packets has; 0 if it is not one
 * of TCP or UDP
 * @cursor: behind the header of the inner packet
 */
static __always_inline __u32 gso_headers(struct cursor *cursor, const struct inner *inner)
{
	__u32 headers = inner->ip4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	const struct tcphdr *tcp;

	if (inner->protocol == IPPROTO_UDP)
		return headers + sizeof(struct udphdr);
	if (inner->protocol != IPPROTO_TCP)
		return 0;
	tcp = cursor_take(cursor, sizeof(*tcp));
	return tcp ? headers + tcp->doff * 4u : 0;
}

/*
 * segments() - how many packets an aggregate stands for
 * @cursor: behind the header of the inner packet
 * @len: of the inner packet
 * @gso: bytes of payload of each, 0 if it is none
 * @bytes: receives the bytes of all, each with its headers
 */
static __always_inline __u32 segments(struct cursor *cursor, const struct inner *inner, __u32 len,
				      __u32 gso, __u32 *bytes)
{
	__u32 headers, packets;

	*bytes = len;
	if (!gso)
		return 1;
	headers = gso_headers(cursor, inner);
	if (!headers || len <= headers)
		return 1;
	packets = (len - headers + gso - 1) / gso;
	*bytes += (packets - 1) * headers;
	return packets;
}

/* Sums are of 16-bit words in network byte order, as in RFC 1071. */

static __always_inline __u16 sum_fold(__u64 sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* @words is at least 4-byte aligned as far as the verifier needs to know, and constant in length. */
static __always_inline __u64 sum_words(const void *bytes, __u32 len)
{
	const __u16 *words = bytes;
	__u64 sum = 0;
	__u32 i;

#pragma unroll
	for (i = 0; i < len / 2; i++)
		sum += words[i];
	return sum;
}

/*
 * sum_inner() - what an inner packet is to the sum of a UDP checksum over it, without its payload
 * @cursor: behind its header
 * @len: its length; of an aggregate, that of the packet in question
 *
 * If the transport checksum is right, or will be made so on the way, all that it covers adds up to
 * the complement of its pseudo header's sum, as local checksum offload knows. A right IPv4 header
 * adds up to nothing.
 *
 * Return: false if there is no such checksum, or if it is not over all of the packet.
 */
static __always_inline bool sum_inner(struct cursor *cursor, const struct inner *inner, __u32 len,
				      __u64 *ret)
{
	const struct udphdr *udp;
	__u64 pseudo = 0;

	if (inner->protocol == IPPROTO_UDP) {
		udp = cursor_take(cursor, sizeof(*udp));
		if (!udp || !udp->check)
			return false;
	} else if (inner->protocol != IPPROTO_TCP &&
		   inner->protocol != (inner->ip4 ? IPPROTO_ICMP : IPPROTO_ICMPV6)) {
		return false;
	}
	*ret = 0;
	if (inner->ip4) {
		if (inner->ip4->ihl != 5 || inner->ip4->frag_off & bpf_htons(IP_FRAGMENT))
			return false;
		if (inner->protocol != IPPROTO_ICMP)
			pseudo = sum_words(&inner->ip4->saddr, 8) +
				 bpf_htons(len - sizeof(struct iphdr)) + bpf_htons(inner->protocol);
	} else if (inner->ip6) {
		/* Addresses and length are in both sums. */
		*ret = sum_words(inner->ip6, 4) + sum_words(&inner->ip6->nexthdr, 2);
		pseudo = bpf_htons(inner->protocol);
	}
	*ret += (__u16)~sum_fold(pseudo);
	return true;
}

#endif
