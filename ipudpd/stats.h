/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counters. Each thread has its own and writes only these; reading adds them up. */
#ifndef _IPUDP_STATS_H
#define _IPUDP_STATS_H

#include <stddef.h>
#include <stdint.h>

#include <linux/ipudp.h>

#include "rcu.h"

#define IPUDP_DROP_REASONS (IPUDP_DROP_REASON_MAX + 1)

/** Add to a counter of this thread. */
#define ipudp_count(word, n) ipudp_write(word, (word) + (n))

/**
 * struct ipudp_tunnel_stats - one thread's counters of a tunnel
 * @rx_packets: inner packets delivered
 * @rx_bytes: bytes of them, without outer headers
 * @tx_packets: inner packets sent
 * @tx_bytes: bytes of them
 * @rx_dropped: packets from the remote that were lost
 * @tx_dropped: packets to the remote that were lost
 * @rx_keepalives: keepalives from the remote
 * @tx_keepalives: keepalives sent
 * @rx_last: when the remote was last heard of, in ms of ipudp_clock_ms(), 0 for never
 * @tx_last: when something was last sent, likewise
 */
struct ipudp_tunnel_stats {
	_Alignas(64) uint64_t rx_packets;
	uint64_t rx_bytes;
	uint64_t tx_packets;
	uint64_t tx_bytes;
	uint64_t rx_dropped;
	uint64_t tx_dropped;
	uint64_t rx_keepalives;
	uint64_t tx_keepalives;
	uint64_t rx_last;
	uint64_t tx_last;
};

/**
 * struct ipudp_device_stats - one thread's counters of a device
 * @rx_packets: inner packets delivered
 * @rx_bytes: bytes of them
 * @tx_packets: inner packets sent
 * @tx_bytes: bytes of them
 * @drops: lost packets, by reason
 */
struct ipudp_device_stats {
	_Alignas(64) uint64_t rx_packets;
	uint64_t rx_bytes;
	uint64_t tx_packets;
	uint64_t tx_bytes;
	uint64_t drops[IPUDP_DROP_REASONS];
};

/**
 * struct ipudp_listener_stats - one thread's counters of a listener
 * @drops: lost datagrams that belong to no device, by reason
 * @rx_keepalives: keepalives from anyone
 * @rx_frames: frames handed to a process
 * @tx_frames: frames sent for a process
 */
struct ipudp_listener_stats {
	_Alignas(64) uint64_t drops[IPUDP_DROP_REASONS];
	uint64_t rx_keepalives;
	uint64_t rx_frames;
	uint64_t tx_frames;
};

/** ipudp_stats_alloc() - @threads zeroed structs of @size bytes, NULL without memory; free() them */
void *ipudp_stats_alloc(unsigned int threads, size_t size);

/** ipudp_stats_tunnel() - add up a tunnel's counters; the times are the latest */
void ipudp_stats_tunnel(const struct ipudp_tunnel_stats *stats, unsigned int threads,
			struct ipudp_tunnel_stats *ret);

/** ipudp_stats_device() - add up a device's counters */
void ipudp_stats_device(const struct ipudp_device_stats *stats, unsigned int threads,
			struct ipudp_device_stats *ret);

/** ipudp_stats_listener() - add up a listener's counters */
void ipudp_stats_listener(const struct ipudp_listener_stats *stats, unsigned int threads,
			  struct ipudp_listener_stats *ret);

/** ipudp_clock_ms() - monotonic milliseconds, exact to a tick, never 0 */
uint64_t ipudp_clock_ms(void);

#endif
