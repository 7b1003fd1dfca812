/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The hash of an inner flow. It chooses among a rule's tunnels, and the source port where that is
 * taken from the flow. The module, the daemon in user space and the eBPF programs use this one
 * header, so that a flow keeps its tunnel whichever of them carries its packets; the vectors in
 * selftest/flow_vectors.h prove it. The kernel's own hash would not do: it is another one after
 * each boot, and user space cannot compute it.
 *
 * What counts: the addresses, the transport protocol, and the ports of TCP, UDP, UDP-Lite, DCCP and
 * SCTP. All fragments of a packet must get the same answer, and only the first has ports, so that
 * ports of fragments do not count. IPv6 extension headers are passed over. The IPv6 flow label does
 * not count, as the sender of a connection may change it at any time.
 */
#ifndef _IPUDP_FLOW_H
#define _IPUDP_FLOW_H

#include <linux/types.h>
#ifndef __KERNEL__
#include <stdbool.h>
#endif

/* Nothing behind these bytes of a packet counts, so there is an end to extension headers. */
#define IPUDP_FLOW_BYTES 128

/* Protocol numbers by IANA. Each of the three worlds has names for some of them only. */
enum {
	IPUDP_FLOW_HOP_BY_HOP = 0,
	IPUDP_FLOW_TCP = 6,
	IPUDP_FLOW_UDP = 17,
	IPUDP_FLOW_DCCP = 33,
	IPUDP_FLOW_ROUTING = 43,
	IPUDP_FLOW_DESTINATION = 60,
	IPUDP_FLOW_SCTP = 132,
	IPUDP_FLOW_UDPLITE = 136,
};

static inline __u32 ipudp_flow_word(const __u8 *at)
{
	return (__u32)at[0] << 24 | (__u32)at[1] << 16 | (__u32)at[2] << 8 | at[3];
}

/** ipudp_flow_mix() - take a word into a hash, which begins as the protocol's number */
static inline __u32 ipudp_flow_mix(__u32 hash, __u32 word)
{
	hash = (hash ^ word) * 0x9e3779b1u;
	return hash ^ hash >> 15;
}

/** ipudp_flow_end() - the hash, after all words */
static inline __u32 ipudp_flow_end(__u32 hash)
{
	return ipudp_flow_mix(hash, hash >> 13) * 0x85ebca6bu;
}

/** ipudp_flow_has_ports() - whether a transport protocol begins with two ports */
static inline bool ipudp_flow_has_ports(__u8 protocol)
{
	return protocol == IPUDP_FLOW_TCP || protocol == IPUDP_FLOW_UDP ||
	       protocol == IPUDP_FLOW_DCCP || protocol == IPUDP_FLOW_SCTP ||
	       protocol == IPUDP_FLOW_UDPLITE;
}

/** ipudp_flow_is_extension() - whether an IPv6 header is passed over; that of a fragment is not */
static inline bool ipudp_flow_is_extension(__u8 protocol)
{
	return protocol == IPUDP_FLOW_HOP_BY_HOP || protocol == IPUDP_FLOW_ROUTING ||
	       protocol == IPUDP_FLOW_DESTINATION;
}

/* Pass over extension headers. Return: where the transport header is, and in @protocol which. */
static inline __u32 ipudp_flow_transport6(const __u8 *packet, __u32 len, __u8 *protocol)
{
	__u32 at = 40;

	while (ipudp_flow_is_extension(*protocol) && at + 8 <= len) {
		*protocol = packet[at];
		at += 8 * (packet[at + 1] + 1u);
	}
	return at;
}

/**
 * ipudp_flow_hash() - the hash of a packet's flow
 * @packet: from its IP header, which is whole
 * @len: how many bytes of it there are, of which IPUDP_FLOW_BYTES count
 */
static inline __u32 ipudp_flow_hash(const __u8 *packet, __u32 len)
{
	__u32 at, end, transport, hash;
	__u8 protocol;
	bool fragment;

	if (len > IPUDP_FLOW_BYTES)
		len = IPUDP_FLOW_BYTES;
	if (packet[0] >> 4 == 4) {
		protocol = packet[9];
		transport = 4 * (packet[0] & 15u);
		fragment = (packet[6] & 0x3f) | packet[7];
		at = 12;
		end = 20;
	} else {
		protocol = packet[6];
		transport = ipudp_flow_transport6(packet, len, &protocol);
		fragment = false;
		at = 8;
		end = 40;
	}
	for (hash = protocol; at < end; at += 4)
		hash = ipudp_flow_mix(hash, ipudp_flow_word(packet + at));
	if (ipudp_flow_has_ports(protocol) && !fragment && transport + 4 <= len)
		hash = ipudp_flow_mix(hash, ipudp_flow_word(packet + transport));
	return ipudp_flow_end(hash);
}

/** ipudp_flow_scale() - a hash as a number from 0 up to, but not, @range */
static inline __u32 ipudp_flow_scale(__u32 hash, __u32 range)
{
	return (__u64)hash * range >> 32;
}

/**
 * ipudp_flow_port() - the source port of a flow, in host byte order
 * @min: the lowest
 * @range: how many there are
 *
 * Of the flows that chose one tunnel the hashes are alike in the upper bits, so these are mixed
 * with the lower ones.
 */
static inline __u16 ipudp_flow_port(__u32 hash, __u16 min, __u32 range)
{
	return min + ipudp_flow_scale(hash ^ hash << 16, range);
}

#endif
