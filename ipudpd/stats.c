// SPDX-License-Identifier: GPL-2.0-or-later
/* Adding up what the threads counted. All counters are words of 64 bits. */

#include "stats.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "device.h"
#include "fast.h"
#include "home.h"
#include "listener.h"
#include "sums.h"
#include "tunnel.h"

void *ipudp_stats_alloc(unsigned int threads, size_t size)
{
	void *stats = aligned_alloc(64, threads * size);

	if (stats)
		memset(stats, 0, threads * size);
	return stats;
}

static void sum(const void *stats, unsigned int threads, size_t size, void *ret)
{
	const uint64_t *from = stats;
	size_t words = size / sizeof(*from), i;
	uint64_t *to = ret;

	memset(ret, 0, size);
	for (; threads--; from += words)
		for (i = 0; i < words; i++)
			to[i] += ipudp_read(from[i]);
}

void ipudp_stats_tunnel(const struct ipudp_tunnel_stats *stats, unsigned int threads,
			struct ipudp_tunnel_stats *ret)
{
	unsigned int i;

	sum(stats, threads, sizeof(*stats), ret);
	ret->rx_last = 0;
	ret->tx_last = 0;
	for (i = 0; i < threads; i++) {
		uint64_t rx = ipudp_read(stats[i].rx_last), tx = ipudp_read(stats[i].tx_last);

		if (rx > ret->rx_last)
			ret->rx_last = rx;
		if (tx > ret->tx_last)
			ret->tx_last = tx;
	}
}

void ipudp_stats_device(const struct ipudp_device_stats *stats, unsigned int threads,
			struct ipudp_device_stats *ret)
{
	sum(stats, threads, sizeof(*stats), ret);
}

void ipudp_stats_listener(const struct ipudp_listener_stats *stats, unsigned int threads,
			  struct ipudp_listener_stats *ret)
{
	sum(stats, threads, sizeof(*stats), ret);
}

/* How long ago was a time of ipudp_clock_ms(); -1 if it is 0, which is never. */
static int64_t age_ms(uint64_t last)
{
	uint64_t now = ipudp_clock_ms();

	if (!last)
		return -1;
	/* A packet may have come since. */
	return now > last ? now - last : 0;
}

void ipudp_tunnel_sum(const struct ipudp_tunnel *tunnel, struct ipudp_tunnel_sums *ret)
{
	struct ipudp_tunnel_stats sum;

	ipudp_stats_tunnel(tunnel->stats, tunnel->device->home->n_workers + 1, &sum);
	ipudp_fast_counters(tunnel, &sum);
	*ret = (struct ipudp_tunnel_sums){
		.rx_packets = sum.rx_packets,
		.rx_bytes = sum.rx_bytes,
		.tx_packets = sum.tx_packets,
		.tx_bytes = sum.tx_bytes,
		.rx_dropped = sum.rx_dropped,
		.tx_dropped = sum.tx_dropped,
		.rx_keepalives = sum.rx_keepalives,
		.tx_keepalives = sum.tx_keepalives,
		.rx_age_ms = age_ms(sum.rx_last),
		.tx_age_ms = age_ms(sum.tx_last),
	};
}

void ipudp_listener_sum(const struct ipudp_listener *listener, struct ipudp_listener_sums *ret)
{
	struct ipudp_listener_stats sum;

	ipudp_stats_listener(listener->stats, listener->home->n_workers + 1, &sum);
	memcpy(ret->drops, sum.drops, sizeof(ret->drops));
	ret->rx_keepalives = sum.rx_keepalives;
	ret->rx_frames = sum.rx_frames;
	ret->tx_frames = sum.tx_frames;
}

uint64_t ipudp_clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return now.tv_sec * 1000ull + now.tv_nsec / 1000000 + 1;
}
