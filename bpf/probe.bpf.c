// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* What the kernel's helpers can do; run once, before the other programs are loaded. */

#include <linux/bpf.h>
#include <linux/errno.h>

#include <bpf/bpf_helpers.h>

#include "adjust.h"

/* More than any helper takes. */
#define TOO_MUCH 0x2000

/* 1 if bpf_skb_adjust_room() can change between IPv4 and IPv6: unknown flags are refused first. */
SEC("tc")
int fast_probe(struct __sk_buff *skb)
{
	return bpf_skb_adjust_room(skb, -TOO_MUCH, BPF_ADJ_ROOM_MAC,
				   BPF_F_ADJ_ROOM_DECAP_L3_IPV4) == -EFAULT;
}

char program_license[] SEC("license") = "Dual BSD/GPL";
