/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The flow of an inner packet, by the hash that the daemon and the module use (kernel/core/flow.h). The one
 * that the kernel keeps with a packet would not do: it may be of the outer flow.
 */
#ifndef _FAST_FLOW_H
#define _FAST_FLOW_H

#include "kernel/core/flow.h"
#include "parse.h"

/*
 * flow_hash() - the hash of an inner packet's flow
 * @cursor: behind its header
 * Return: false if the ports are not where they mostly are: the daemon finds them.
 */
static __always_inline bool flow_hash(struct cursor cursor, const struct inner *inner, __u32 *ret)
{
	__u32 hash = inner->protocol, i;
	bool fragment = false;
	__be32 *ports;

	if (inner->ip4) {
		if (inner->ip4->ihl != 5)
			return false;
		fragment = inner->ip4->frag_off & bpf_htons(IP_FRAGMENT);
		hash = ipudp_flow_mix(hash, bpf_ntohl(inner->ip4->saddr));
		hash = ipudp_flow_mix(hash, bpf_ntohl(inner->ip4->daddr));
	} else if (inner->ip6) {
		const __be32 *words = inner->ip6->saddr.in6_u.u6_addr32;

		if (ipudp_flow_is_extension(inner->protocol))
			return false;
			/* Source and destination, one behind the other. */
#pragma unroll
		for (i = 0; i < 8; i++)
			hash = ipudp_flow_mix(hash, bpf_ntohl(words[i]));
	}
	if (ipudp_flow_has_ports(inner->protocol) && !fragment) {
		ports = cursor_take(&cursor, sizeof(*ports));
		if (!ports)
			return false;
		hash = ipudp_flow_mix(hash, bpf_ntohl(*ports));
	}
	*ret = ipudp_flow_end(hash);
	return true;
}

#endif
