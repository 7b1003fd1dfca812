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
 * @rx_bytes: bytes of them, without outer headers
 * @tx_packets: inner packets sent
 * @tx_bytes: bytes of them
 * @syncp: makes 64-bit counters readable on 32-bit machines
 * @rx_dropped: packets from the remote that were lost
 * @tx_dropped: packets to the remote that were lost
 * @rx_keepalives: keepalives from the remote
 * @tx_keepalives: keepalives sent
 * @rx_last: jiffies when the remote was last heard of, 0 for never
 * @tx_last: jiffies when something was last sent, 0 for never
 */
struct ipudp_tunnel_stats {
	u64_stats_t rx_packets;
	u64_stats_t rx_bytes;
	u64_stats_t tx_packets;
	u64_stats_t tx_bytes;
	struct u64_stats_sync syncp;
	unsigned long rx_dropped;
	unsigned long tx_dropped;
	unsigned long rx_keepalives;
	unsigned long tx_keepalives;
	unsigned long rx_last;
	unsigned long tx_last;
};

/**
 * struct ipudp_drop_stats - one CPU's lost packets of a device or listener
 * @count: by reason
 */
struct ipudp_drop_stats {
	unsigned long count[IPUDP_DROP_REASONS];
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

/* 0 is "never", so the one moment at which jiffies is 0 is written as 1. */
static inline unsigned long ipudp_stats_now(void)
{
	return jiffies ?: 1;
}

/** ipudp_stats_is_rx() - whether what was lost was received, and not to be sent */
static inline bool ipudp_stats_is_rx(enum ipudp_drop_reason reason)
{
	return reason < IPUDP_DROP_REASON_TX_MALFORMED || reason == IPUDP_DROP_REASON_RX_LINK_LOCAL;
}

/** ipudp_stats_packets() - how many packets on the wire an skb stands for */
static inline unsigned int ipudp_stats_packets(const struct sk_buff *skb)
{
	return skb_shinfo(skb)->gso_segs ?: 1;
}

/** ipudp_stats_rx() - count a packet that came through a tunnel, before it is delivered */
void ipudp_stats_rx(struct ipudp_tunnel_stats __percpu *stats, unsigned int packets,
		    unsigned int len);

/** ipudp_stats_tx() - count a packet that is about to be sent */
void ipudp_stats_tx(struct ipudp_tunnel_stats __percpu *stats, unsigned int packets,
		    unsigned int len);

/**
 * ipudp_stats_sum() - add up a tunnel's counters
 * @ret: receives the sums; @rx_last and @tx_last are the latest of all CPUs
 */
void ipudp_stats_sum(const struct ipudp_tunnel_stats __percpu *stats,
		     struct ipudp_tunnel_stats *ret);

/** ipudp_stats_last() - when a tunnel last received (@rx) or sent, in jiffies, 0 for never */
unsigned long ipudp_stats_last(const struct ipudp_tunnel_stats __percpu *stats, bool rx);

/** ipudp_stats_drops() - add up lost packets; @ret has IPUDP_DROP_REASONS members */
void ipudp_stats_drops(const struct ipudp_drop_stats __percpu *stats, u64 *ret);

#endif
