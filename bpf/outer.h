/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The outer headers of one packet: what they say, and writing them. */
#ifndef _FAST_OUTER_H
#define _FAST_OUTER_H

#include "parse.h"
#include "rules.h"

#define OUTER4_LEN (sizeof(struct iphdr) + sizeof(struct udphdr))
#define OUTER6_LEN (sizeof(struct ipv6hdr) + sizeof(struct udphdr))

struct outer4 {
	struct iphdr ip;
	struct udphdr udp;
} __attribute__((packed));

struct outer6 {
	struct ipv6hdr ip;
	struct udphdr udp;
} __attribute__((packed));

/**
 * struct outer - the outer header of one packet
 * @tos: DSCP and ECN
 * @ttl: TTL or hop limit
 * @df: whether fragmentation is forbidden
 * @sport: source port
 * @checksum: whether there is a UDP checksum
 * @segment: then, the length of the inner packet that it is for; of an aggregate, of each in it
 * @inner_sum: likewise, what the inner packet is to it; see sum_inner()
 */
struct outer {
	__u8 tos;
	__u8 ttl;
	bool df;
	__be16 sport;
	bool checksum;
	__u32 segment;
	__u64 inner_sum;
};

_Static_assert(FAST_DSCP_INHERIT == IPUDP_DSCP_INHERIT, "the same DSCP");

/* DSCP, ECN, TTL and DF. */
static __always_inline void outer_fields(const struct fast_path *path, const struct inner *inner,
					 struct outer *outer)
{
	outer->tos = ipudp_wire_tos(inner->tos, path->dscp);
	outer->ttl = ipudp_wire_ttl(inner->ttl, path->ttl);
	outer->df = path->df == FAST_DF_SET;
	if (path->df == FAST_DF_INHERIT)
		outer->df = !inner->ip4 || inner->ip4->frag_off & bpf_htons(IP_DF);
	outer->sport = path->local_port;
	outer->checksum = false;
	outer->segment = 0;
	outer->inner_sum = 0;
}

/* The source port of a flow (RFC 7348, section 5, says why). */
static __always_inline void outer_flow_port(const struct fast_path *path, __u32 hash,
					    struct outer *outer)
{
	outer->sport = bpf_htons(ipudp_flow_port(hash, path->port_min, path->port_range));
}

/* The UDP checksum; 0 means none, so that there is a second way to write it (RFC 768). */
static __always_inline __u16 outer_checksum(const struct fast_path *path, const struct outer *outer)
{
	__be16 len = bpf_htons(outer->segment + sizeof(struct udphdr));
	__u16 check = ~sum_fold((__u64)path->sum + outer->sport + path->remote_port +
				(__u64)len * 2 + outer->inner_sum);

	if (!outer->checksum)
		return 0;
	return check ? check : 0xffff;
}

/* The header for an inner packet of @len bytes. */
static __always_inline void outer_fill4(const struct fast_path *path, const struct outer *outer,
					__u32 len, struct outer4 *header)
{
	__builtin_memset(header, 0, sizeof(*header));
	header->ip.version = 4;
	header->ip.ihl = 5;
	header->ip.tos = outer->tos;
	header->ip.tot_len = bpf_htons(len + OUTER4_LEN);
	/* With DF there are no fragments to be told apart (RFC 6864, section 4.1). */
	if (outer->df)
		header->ip.frag_off = bpf_htons(IP_DF);
	else
		header->ip.id = bpf_get_prandom_u32();
	header->ip.ttl = outer->ttl;
	header->ip.protocol = IPPROTO_UDP;
	header->ip.saddr = path->local.words[0];
	header->ip.daddr = path->remote.words[0];
	header->ip.check =
		~sum_fold((__u64)path->sum + bpf_htons(0x4500 | outer->tos) + header->ip.tot_len +
			  header->ip.id + header->ip.frag_off + bpf_htons((__u16)outer->ttl << 8));
	header->udp.source = outer->sport;
	header->udp.dest = path->remote_port;
	header->udp.len = bpf_htons(len + sizeof(header->udp));
	header->udp.check = outer_checksum(path, outer);
}

static __always_inline void outer_fill6(const struct fast_path *path, const struct outer *outer,
					__u32 len, struct outer6 *header)
{
	__builtin_memset(header, 0, sizeof(*header));
	*(__be32 *)header = bpf_htonl(0x60000000 | (__u32)outer->tos << 20);
	header->ip.payload_len = bpf_htons(len + sizeof(header->udp));
	header->ip.nexthdr = IPPROTO_UDP;
	header->ip.hop_limit = outer->ttl;
	__builtin_memcpy(&header->ip.saddr, &path->local, sizeof(header->ip.saddr));
	__builtin_memcpy(&header->ip.daddr, &path->remote, sizeof(header->ip.daddr));
	header->udp.source = outer->sport;
	header->udp.dest = path->remote_port;
	header->udp.len = bpf_htons(len + sizeof(header->udp));
	header->udp.check = outer_checksum(path, outer);
}

/*
 * send_by() - have a packet with outer headers, and room for the link's, sent; the verdict
 *
 * The daemon names the next hop only while its link-layer address is known: a packet that has to
 * wait for that goes on by the route that it came with, which is not one of outer packets. Without a
 * name, the kernel gives it another route, for a sixth of what sending it costs.
 */
static __always_inline int send_by(struct fast_path *path)
{
	if (!path->nexthop.family)
		return bpf_redirect_neigh(path->link, NULL, 0, 0);
	return bpf_redirect_neigh(path->link, (struct bpf_redir_neigh *)&path->nexthop,
				  sizeof(path->nexthop), 0);
}

/*
 * fits() - whether an inner packet fits the path, or if it is an aggregate, its segments do
 * @cursor: behind its header
 * @gso: bytes of payload of each segment, 0 if it is no aggregate
 */
static __always_inline bool fits(struct cursor *cursor, const struct inner *inner, __u32 len,
				 __u32 gso, __u32 mtu)
{
	__u32 headers;

	if (!gso)
		return len <= mtu;
	headers = gso_headers(cursor, inner);
	return headers && headers + gso <= mtu;
}

#endif
