/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counters, added up over all who count; in stats.c, which is each data plane's own. */
#ifndef _IPUDP_SUMS_H
#define _IPUDP_SUMS_H

#include <linux/types.h>

#include "stats.h"

struct ipudp_listener;
struct ipudp_tunnel;

/**
 * struct ipudp_tunnel_sums - a tunnel's counters
 * @rx_packets: inner packets delivered
 * @rx_bytes: bytes of them, without outer headers
 * @tx_packets: inner packets sent
 * @tx_bytes: bytes of them
 * @rx_dropped: packets from the remote that were lost
 * @tx_dropped: packets to the remote that were lost
 * @rx_keepalives: keepalives from the remote
 * @tx_keepalives: keepalives sent
 * @rx_age_ms: ms since the remote was last heard of, negative for never
 * @tx_age_ms: ms since something was last sent, likewise
 */
struct ipudp_tunnel_sums {
	u64 rx_packets;
	u64 rx_bytes;
	u64 tx_packets;
	u64 tx_bytes;
	u64 rx_dropped;
	u64 tx_dropped;
	u64 rx_keepalives;
	u64 tx_keepalives;
	s64 rx_age_ms;
	s64 tx_age_ms;
};

/**
 * struct ipudp_listener_sums - a listener's counters
 * @drops: lost datagrams that belong to no device, by reason
 * @rx_keepalives: keepalives from anyone
 * @rx_frames: frames handed to a process
 * @tx_frames: frames sent for a process
 */
struct ipudp_listener_sums {
	u64 drops[IPUDP_DROP_REASONS];
	u64 rx_keepalives;
	u64 rx_frames;
	u64 tx_frames;
};

/** ipudp_tunnel_sum() - add up a tunnel's counters. Context: under home->lock */
void ipudp_tunnel_sum(const struct ipudp_tunnel *tunnel, struct ipudp_tunnel_sums *ret);

/** ipudp_listener_sum() - add up a listener's counters. Context: under home->lock */
void ipudp_listener_sum(const struct ipudp_listener *listener, struct ipudp_listener_sums *ret);

#endif
