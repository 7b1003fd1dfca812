/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What bytes on the wire mean, and become: what a datagram is by its first byte, and the fields of
 * headers that one header takes from another. The module, the daemon in user space and the eBPF
 * programs use this one header.
 */
#ifndef _IPUDP_WIRE_H
#define _IPUDP_WIRE_H

#include <linux/types.h>
#include <uapi/linux/ipudp.h>
#ifndef __KERNEL__
#include <stdbool.h>
#endif

/* The whole payload of a keepalive (RFC 3948, section 2.3). */
#define IPUDP_WIRE_KEEPALIVE 0xff

/* A DSCP that stands for the inner packet's. */
#define IPUDP_DSCP_INHERIT 64

/* ECN, of which the other two values are not ECN-capable, 0, and ECT(0) (RFC 3168, section 5). */
#define IPUDP_WIRE_ECN_MASK 3
#define IPUDP_WIRE_ECT_1 1
#define IPUDP_WIRE_ECT_0 2
#define IPUDP_WIRE_CE 3

/** enum ipudp_wire_kind - what a datagram is */
enum ipudp_wire_kind {
	IPUDP_WIRE_KIND_DATA,
	IPUDP_WIRE_KIND_KEEPALIVE,
	IPUDP_WIRE_KIND_FRAME,
};

/** ipudp_wire_is_data() - whether a datagram is a packet for its tunnel, by its first byte */
static inline bool ipudp_wire_is_data(__u8 first)
{
	return first >> 4 == 4 || first >> 4 == 6;
}

/**
 * ipudp_wire_kind() - what a datagram is
 * @first: first byte of the payload
 * @len: bytes of the payload, at least 1
 */
static inline enum ipudp_wire_kind ipudp_wire_kind(__u8 first, __u32 len)
{
	if (ipudp_wire_is_data(first))
		return IPUDP_WIRE_KIND_DATA;
	if (first == IPUDP_WIRE_KEEPALIVE && len == 1)
		return IPUDP_WIRE_KIND_KEEPALIVE;
	return IPUDP_WIRE_KIND_FRAME;
}

/** ipudp_wire_class() - the class of a frame, by its first byte */
static inline enum ipudp_frame_class ipudp_wire_class(__u8 first)
{
	/* RFC 8489, section 5, with the ranges of RFC 7983; RFC 5572, section 4.1. */
	if (first <= 3)
		return IPUDP_FRAME_CLASS_STUN;
	if (first >= 0xf0)
		return IPUDP_FRAME_CLASS_TSP;
	return IPUDP_FRAME_CLASS_OTHER;
}

/**
 * ipudp_wire_tos() - DSCP and ECN of an outer header (RFC 6040, section 4.1, normal mode)
 * @inner: those inside
 * @dscp: the tunnel's, or IPUDP_DSCP_INHERIT
 */
static inline __u8 ipudp_wire_tos(__u8 inner, __u8 dscp)
{
	if (dscp == IPUDP_DSCP_INHERIT)
		return inner;
	return dscp << 2 | (inner & IPUDP_WIRE_ECN_MASK);
}

/** ipudp_wire_plain_tos() - DSCP and ECN of a datagram of our own, which has nothing to inherit */
static inline __u8 ipudp_wire_plain_tos(__u8 dscp)
{
	return ipudp_wire_tos(0, dscp);
}

/**
 * ipudp_wire_ttl() - TTL or hop limit of an outer header
 * @inner: that inside
 * @ttl: the tunnel's, 0 to copy the one inside
 *
 * Nobody forwards a packet with 0, and a socket cannot send one.
 */
static inline __u8 ipudp_wire_ttl(__u8 inner, __u8 ttl)
{
	if (ttl)
		return ttl;
	return inner ? inner : 1;
}

/**
 * ipudp_wire_ecn() - what becomes of ECN when the outer header goes (RFC 6040, section 4.2)
 * @outer: DSCP and ECN outside
 * @tos: those inside; receives what they become
 * Return: false if the packet is to be dropped.
 */
static inline bool ipudp_wire_ecn(__u8 outer, __u8 *tos)
{
	__u8 inner = *tos & IPUDP_WIRE_ECN_MASK;

	outer &= IPUDP_WIRE_ECN_MASK;
	if (!inner)
		return outer != IPUDP_WIRE_CE;
	if (outer == IPUDP_WIRE_CE || (outer == IPUDP_WIRE_ECT_1 && inner == IPUDP_WIRE_ECT_0))
		*tos = (*tos & ~IPUDP_WIRE_ECN_MASK) | outer;
	return true;
}

#endif
