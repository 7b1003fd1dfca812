/* SPDX-License-Identifier: GPL-2.0-only */
/* Per-CPU counters. All are updated with bottom halves disabled, without locks. */
#ifndef _IPUDP_STATS_H
#define _IPUDP_STATS_H

#include <linux/jiffies.h>
#include <linux/percpu.h>
#include <linux/skbuff.h>
#include <linux/u64_stats_sync.h>
#include <uapi/linux/ipudp.h>

#define IPUDP_DROP_REASONS (IPUDP_DROP_REASON_MAX + 1)

/**
 * struct ipudp_tunnel_stats - one CPU's counters of a tunnel
 * @rx_packets: inner packets delivered; an aggregate counts as its segments
 * @rx_bytes: bytes of them, without outer headers; an aggregate counts as its segments
 * @tx_packets: inner packets sent
 * @tx_bytes: bytes of them
 * @rx_last: 64-bit jiffies when the remote was last heard of, 0 for never
 * @tx_last: 64-bit jiffies when something was last sent, 0 for never
 * @syncp: makes 64-bit counters readable on 32-bit machines
 * @rx_dropped: packets from the remote that were lost
 * @tx_dropped: packets to the remote that were lost
 * @rx_keepalives: keepalives from the remote
 * @tx_keepalives: keepalives sent
 */
struct ipudp_tunnel_stats {
	u64_stats_t rx_packets;
	u64_stats_t rx_bytes;
	u64_stats_t tx_packets;
	u64_stats_t tx_bytes;
	u64_stats_t rx_last;
	u64_stats_t tx_last;
	struct u64_stats_sync syncp;
	unsigned long rx_dropped;
	unsigned long tx_dropped;
	unsigned long rx_keepalives;
	unsigned long tx_keepalives;
};

/**
 * struct ipudp_drop_stats - one CPU's lost packets of a device or listener
 * @count: by reason
 * @core: how many of them the core counts, too
 */
struct ipudp_drop_stats {
	unsigned long count[IPUDP_DROP_REASONS];
	unsigned long core;
};

/**
 * struct ipudp_listener_stats - one CPU's counters of a listener
 * @drops: lost datagrams that belong to no device
 * @rx_keepalives: keepalives from anyone
 * @rx_frames: frames handed to a process
 * @tx_frames: frames sent for a process
 */
struct ipudp_listener_stats {
	struct ipudp_drop_stats drops;
	unsigned long rx_keepalives;
	unsigned long rx_frames;
	unsigned long tx_frames;
};

/** ipudp_stats_is_rx() - whether what was lost was received, and not to be sent */
static inline bool ipudp_stats_is_rx(enum ipudp_drop_reason reason)
{
	return reason < IPUDP_DROP_REASON_TX_MALFORMED || reason == IPUDP_DROP_REASON_RX_LINK_LOCAL;
}

/**
 * ipudp_stats_size() - how many packets on the wire an inner packet stands for, and bytes in all
 * @skb: at its network header, which is in the linear part
 * @ret_bytes: receives the bytes: each packet of an aggregate will have all headers
 * Return: how many.
 */
unsigned int ipudp_stats_size(const struct sk_buff *skb, unsigned int *ret_bytes);

/** ipudp_stats_packets() - how many packets on the wire any skb stands for */
static inline unsigned int ipudp_stats_packets(const struct sk_buff *skb)
{
	return skb_shinfo(skb)->gso_segs ?: 1;
}

/** ipudp_stats_rx() - count packets that came through a tunnel, and were taken */
void ipudp_stats_rx(struct ipudp_tunnel_stats __percpu *stats, unsigned int packets,
		    unsigned int len);

/** ipudp_stats_tx() - count packets that were sent, as far as can be told */
void ipudp_stats_tx(struct ipudp_tunnel_stats __percpu *stats, unsigned int packets,
		    unsigned int len);

/** ipudp_stats_heard() - note that the remote was heard of, with no packet to count */
void ipudp_stats_heard(struct ipudp_tunnel_stats __percpu *stats);

/** ipudp_stats_spoke() - note that something was sent, with no packet to count */
void ipudp_stats_spoke(struct ipudp_tunnel_stats __percpu *stats);

/** ipudp_stats_last() - 64-bit jiffies when a tunnel last received (@rx) or sent, 0 for never */
u64 ipudp_stats_last(const struct ipudp_tunnel_stats __percpu *stats, bool rx);

/** ipudp_stats_core() - how many of the lost packets the core counts by itself */
unsigned long ipudp_stats_core(const struct ipudp_drop_stats __percpu *stats);

/** ipudp_stats_drops() - add up lost packets; @ret has IPUDP_DROP_REASONS members */
void ipudp_stats_drops(const struct ipudp_drop_stats __percpu *stats, u64 *ret);

#endif
