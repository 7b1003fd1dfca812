/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Finding rules, choosing among their tunnels, counting. */
#ifndef _FAST_RULES_H
#define _FAST_RULES_H

#include "flow.h"
#include "parse.h"
#include "tables.h"

/* Settings, made before the programs are loaded. */

/* bpf_ktime_get_coarse_ns() is there (Linux 5.11). */
const volatile __u8 coarse_clock __weak;

/* bpf_skb_adjust_room() can change from IPv4 to IPv6 and back when it shrinks (Linux 6.3). */
const volatile __u8 any_family __weak;

/* A redirected packet can be larger than the MTU of the interface that gets it (Linux 5.12). */
const volatile __u8 any_mtu __weak;

/* fast_state.cookie of the tables. */
const volatile __u32 table_cookie __weak;

/* A tick is exact enough for idle times, and reading the clock costs as much as a lookup. */
static __always_inline __u64 clock_now(void)
{
	if (coarse_clock)
		return bpf_ktime_get_coarse_ns();
	return bpf_ktime_get_ns();
}

static __always_inline void count_left(__u32 reason)
{
	__u64 *count = bpf_map_lookup_elem(&left, &reason);

	if (count)
		(*count)++;
}

static __always_inline void count_rx(__u32 slot, __u32 packets, __u32 len)
{
	struct fast_counters *mine = bpf_map_lookup_elem(&counters, &slot);

	if (!mine)
		return;
	mine->rx_packets += packets;
	mine->rx_bytes += len;
	mine->rx_last = clock_now();
}

static __always_inline void count_tx(__u32 slot, __u32 packets, __u32 len)
{
	struct fast_counters *mine = bpf_map_lookup_elem(&counters, &slot);

	if (!mine)
		return;
	mine->tx_packets += packets;
	mine->tx_bytes += len;
	mine->tx_last = clock_now();
}

static __always_inline struct fast_rule *rule4(const struct fast_device *device, __be32 addr)
{
	struct fast_key4 key = { .len = 64, .host = { .device = device->number, .addr = addr } };
	struct fast_rule *rule = NULL;

	if (device->hosts & 1)
		rule = bpf_map_lookup_elem(&hosts4, &key.host);
	if (!rule && device->prefixes & 1)
		rule = bpf_map_lookup_elem(&prefixes4, &key);
	return rule;
}

static __always_inline struct fast_rule *rule6(const struct fast_device *device,
					       const struct in6_addr *addr)
{
	struct fast_key6 key = { .len = 160, .host = { .device = device->number } };
	struct fast_rule *rule = NULL;

	__builtin_memcpy(&key.host.addr, addr, sizeof(key.host.addr));
	if (device->hosts & 2)
		rule = bpf_map_lookup_elem(&hosts6, &key.host);
	if (!rule && device->prefixes & 2)
		rule = bpf_map_lookup_elem(&prefixes6, &key);
	return rule;
}

/* rule_of_source() - the longest rule that covers an inner packet's source; NULL if none */
static __always_inline struct fast_rule *rule_of_source(const struct fast_device *device,
							const struct inner *inner)
{
	if (inner->ip4)
		return rule4(device, inner->ip4->saddr);
	if (inner->ip6)
		return rule6(device, &inner->ip6->saddr);
	return NULL;
}

/* rule_of_destination() - likewise of its destination */
static __always_inline struct fast_rule *rule_of_destination(const struct fast_device *device,
							     const struct inner *inner)
{
	if (inner->ip4)
		return rule4(device, inner->ip4->daddr);
	if (inner->ip6)
		return rule6(device, &inner->ip6->daddr);
	return NULL;
}

/* rule_has() - whether a rule names a tunnel */
static __always_inline bool rule_has(const struct fast_rule *rule, __u32 slot)
{
	__u32 i;

#pragma unroll
	for (i = 0; i < FAST_MAX_TARGETS; i++) {
		if (i < rule->n_targets && rule->targets[i].slot == slot)
			return true;
	}
	return false;
}

/* rule_pick() - the tunnel for a flow, in whose share of the weights its hash falls */
static __always_inline __u32 rule_pick(const struct fast_rule *rule, __u32 hash)
{
	__u32 i, last = rule->n_active - 1, point;

	if (!rule->n_active)
		return FAST_NO_SLOT;
	if (!last || last >= FAST_MAX_TARGETS)
		return rule->targets[0].slot;
	point = ipudp_flow_scale(hash, rule->targets[last].bound);
#pragma unroll
	for (i = 0; i < FAST_MAX_TARGETS; i++) {
		if (point < rule->targets[i].bound)
			return rule->targets[i].slot;
	}
	return rule->targets[0].slot;
}

/* rule_choose() - the same for an inner packet, the cursor behind its header */
static __always_inline __u32 rule_choose(const struct fast_rule *rule, struct cursor cursor,
					 const struct inner *inner)
{
	__u32 hash = 0;

	if (rule->n_active > 1 && !flow_hash(cursor, inner, &hash))
		return FAST_NO_SLOT;
	return rule_pick(rule, hash);
}

/* path_of() - how a tunnel sends now; NULL if there is none in the slot */
static __always_inline struct fast_path *path_of(__u32 slot)
{
	struct fast_tunnel *tunnel;

	if (slot == FAST_NO_SLOT)
		return NULL;
	tunnel = bpf_map_lookup_elem(&tunnels, &slot);
	if (!tunnel)
		return NULL;
	return &tunnel->paths[tunnel->current & 1];
}

#endif
