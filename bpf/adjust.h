/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Flags of bpf_skb_adjust_room() that the headers of older kernels do not have. */
#ifndef _FAST_ADJUST_H
#define _FAST_ADJUST_H

#include <linux/bpf.h>

#ifndef BPF_F_ADJ_ROOM_DECAP_L3_MASK /* Linux 6.3 */
#define BPF_F_ADJ_ROOM_DECAP_L3_IPV4 (1ULL << 7)
#define BPF_F_ADJ_ROOM_DECAP_L3_IPV6 (1ULL << 8)
#endif

#endif
