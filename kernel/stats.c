// SPDX-License-Identifier: GPL-2.0-only
/* Counting packets, and adding up what the CPUs counted. */

#include "stats.h"

#include "compat.h"

void ipudp_stats_rx(struct ipudp_tunnel_stats __percpu *stats, unsigned int packets,
		    unsigned int len)
{
	struct ipudp_tunnel_stats *mine = this_cpu_ptr(stats);

	u64_stats_update_begin(&mine->syncp);
	u64_stats_add(&mine->rx_packets, packets);
	u64_stats_add(&mine->rx_bytes, len);
	u64_stats_update_end(&mine->syncp);
	WRITE_ONCE(mine->rx_last, ipudp_stats_now());
}

void ipudp_stats_tx(struct ipudp_tunnel_stats __percpu *stats, unsigned int packets,
		    unsigned int len)
{
	struct ipudp_tunnel_stats *mine = this_cpu_ptr(stats);

	u64_stats_update_begin(&mine->syncp);
	u64_stats_add(&mine->tx_packets, packets);
	u64_stats_add(&mine->tx_bytes, len);
	u64_stats_update_end(&mine->syncp);
	WRITE_ONCE(mine->tx_last, ipudp_stats_now());
}

/* The later of two times, of which 0 is none at all. */
static unsigned long later(unsigned long a, unsigned long b)
{
	if (!a || !b)
		return a ?: b;
	return time_after(a, b) ? a : b;
}

void ipudp_stats_sum(const struct ipudp_tunnel_stats __percpu *stats,
		     struct ipudp_tunnel_stats *ret)
{
	int cpu;

	memset(ret, 0, sizeof(*ret));
	for_each_possible_cpu(cpu) {
		const struct ipudp_tunnel_stats *one = per_cpu_ptr(stats, cpu);
		u64 rx_packets, rx_bytes, tx_packets, tx_bytes;
		unsigned int start;

		do {
			start = u64_stats_fetch_begin(&one->syncp);
			rx_packets = u64_stats_read(&one->rx_packets);
			rx_bytes = u64_stats_read(&one->rx_bytes);
			tx_packets = u64_stats_read(&one->tx_packets);
			tx_bytes = u64_stats_read(&one->tx_bytes);
		} while (u64_stats_fetch_retry(&one->syncp, start));
		u64_stats_add(&ret->rx_packets, rx_packets);
		u64_stats_add(&ret->rx_bytes, rx_bytes);
		u64_stats_add(&ret->tx_packets, tx_packets);
		u64_stats_add(&ret->tx_bytes, tx_bytes);
		ret->rx_dropped += READ_ONCE(one->rx_dropped);
		ret->tx_dropped += READ_ONCE(one->tx_dropped);
		ret->rx_keepalives += READ_ONCE(one->rx_keepalives);
		ret->tx_keepalives += READ_ONCE(one->tx_keepalives);
		ret->rx_last = later(ret->rx_last, READ_ONCE(one->rx_last));
		ret->tx_last = later(ret->tx_last, READ_ONCE(one->tx_last));
	}
}

unsigned long ipudp_stats_last(const struct ipudp_tunnel_stats __percpu *stats, bool rx)
{
	unsigned long last = 0;
	int cpu;

	for_each_possible_cpu(cpu) {
		const struct ipudp_tunnel_stats *one = per_cpu_ptr(stats, cpu);

		last = later(last, rx ? READ_ONCE(one->rx_last) : READ_ONCE(one->tx_last));
	}
	return last;
}

void ipudp_stats_drops(const struct ipudp_drop_stats __percpu *stats, u64 *ret)
{
	int cpu, reason;

	memset(ret, 0, IPUDP_DROP_REASONS * sizeof(*ret));
	for_each_possible_cpu(cpu) {
		const struct ipudp_drop_stats *one = per_cpu_ptr(stats, cpu);

		for (reason = 0; reason < IPUDP_DROP_REASONS; reason++)
			ret[reason] += READ_ONCE(one->count[reason]);
	}
}
