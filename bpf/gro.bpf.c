// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Delivery of what was aggregated: tc, ingress of the second of a pair of veth interfaces. Inner
 * packets that decap.bpf.c sends into the first come out of it after GRO; no other packets have
 * any business there.
 */

#include <stddef.h>

#include <linux/pkt_cls.h>

#include "tables.h"

SEC("tc")
int fast_gro(struct __sk_buff *skb)
{
	const struct fast_gro_header *header = (void *)(long)skb->data;
	struct fast_device *device;
	__u32 ifindex;

	if ((void *)(header + 1) > (void *)(long)skb->data_end)
		return TC_ACT_SHOT;
	__builtin_memcpy(&ifindex, header->ifindex, sizeof(ifindex));
	device = bpf_map_lookup_elem(&devices, &ifindex);
	if (!device || !device->gro)
		return TC_ACT_SHOT;
	return bpf_redirect(ifindex, BPF_F_INGRESS);
}

char program_license[] SEC("license") = "Dual BSD/GPL";
