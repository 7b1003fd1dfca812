// SPDX-License-Identifier: GPL-2.0-only
/* Counting packets, and adding up what the CPUs counted. */

#include "stats.h"

#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include "compat.h"
#include "flow.h"
#include "listener.h"
#include "sums.h"
#include "tunnel.h"

/* The headers that each segment of an aggregate has. */
static unsigned int headers_of(const struct sk_buff *skb)
{
	u32 at = ip_hdr(skb)->ihl * 4, offset = skb_network_offset(skb);
	const struct tcphdr *tcp;
	struct tcphdr copy;

	if (skb->protocol == htons(ETH_P_IPV6)) {
		u8 protocol = ipv6_hdr(skb)->nexthdr;

		at = ipudp_flow_transport6(skb_network_header(skb), skb_headlen(skb) - offset,
					   &protocol);
	}
	if (!(skb_shinfo(skb)->gso_type & (SKB_GSO_TCPV4 | SKB_GSO_TCPV6)))
		return at + sizeof(struct udphdr);
	tcp = skb_header_pointer(skb, offset + at, sizeof(copy), &copy);
	return at + (tcp ? tcp->doff * 4 : sizeof(copy));
}

unsigned int ipudp_stats_size(const struct sk_buff *skb, unsigned int *ret_bytes)
{
	const struct skb_shared_info *shared = skb_shinfo(skb);
	unsigned int packets = 1, headers, len = skb->len;

	if (skb_is_gso(skb)) {
		headers = headers_of(skb);
		/* Those from outside, of a virtual machine say, do not tell. */
		packets = shared->gso_segs;
		if (!packets)
			packets = len > headers ?
				  DIV_ROUND_UP(len - headers, shared->gso_size) : 1;
		len += (packets - 1) * headers;
	}
	*ret_bytes = len;
	return packets;
}

unsigned long ipudp_stats_core(const struct ipudp_drop_stats __percpu *stats)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(stats, cpu)->core);
	return sum;
}

/* Set a time, which only this CPU does and no packet interrupts; it is read as counters are. */
static void set_now(u64_stats_t *last)
{
	u64_stats_add(last, get_jiffies_64() - u64_stats_read(last));
}

void ipudp_stats_rx(struct ipudp_tunnel_stats __percpu *stats, unsigned int packets,
		    unsigned int len)
{
	struct ipudp_tunnel_stats *mine = this_cpu_ptr(stats);

	u64_stats_update_begin(&mine->syncp);
	u64_stats_add(&mine->rx_packets, packets);
	u64_stats_add(&mine->rx_bytes, len);
	set_now(&mine->rx_last);
	u64_stats_update_end(&mine->syncp);
}

void ipudp_stats_tx(struct ipudp_tunnel_stats __percpu *stats, unsigned int packets,
		    unsigned int len)
{
	struct ipudp_tunnel_stats *mine = this_cpu_ptr(stats);

	u64_stats_update_begin(&mine->syncp);
	u64_stats_add(&mine->tx_packets, packets);
	u64_stats_add(&mine->tx_bytes, len);
	set_now(&mine->tx_last);
	u64_stats_update_end(&mine->syncp);
}

void ipudp_stats_heard(struct ipudp_tunnel_stats __percpu *stats)
{
	struct ipudp_tunnel_stats *mine = this_cpu_ptr(stats);

	u64_stats_update_begin(&mine->syncp);
	set_now(&mine->rx_last);
	u64_stats_update_end(&mine->syncp);
}

void ipudp_stats_spoke(struct ipudp_tunnel_stats __percpu *stats)
{
	struct ipudp_tunnel_stats *mine = this_cpu_ptr(stats);

	u64_stats_update_begin(&mine->syncp);
	set_now(&mine->tx_last);
	u64_stats_update_end(&mine->syncp);
}

/* Those of a CPU that have 64 bits, and belong together. */
static void read_long(const struct ipudp_tunnel_stats *one, u64 *ret)
{
	unsigned int start;

	do {
		start = u64_stats_fetch_begin(&one->syncp);
		ret[0] = u64_stats_read(&one->rx_packets);
		ret[1] = u64_stats_read(&one->rx_bytes);
		ret[2] = u64_stats_read(&one->tx_packets);
		ret[3] = u64_stats_read(&one->tx_bytes);
		ret[4] = u64_stats_read(&one->rx_last);
		ret[5] = u64_stats_read(&one->tx_last);
	} while (u64_stats_fetch_retry(&one->syncp, start));
}

/* How long ago was a time in 64-bit jiffies, in ms; -1 if it is 0, which is never. */
static s64 age_ms(u64 last)
{
	u64 now = get_jiffies_64();

	if (!last)
		return -1;
	/* A packet may have come since. */
	return now > last ? div_u64((now - last) * MSEC_PER_SEC, HZ) : 0;
}

void ipudp_tunnel_sum(const struct ipudp_tunnel *tunnel, struct ipudp_tunnel_sums *ret)
{
	u64 rx_last = 0, tx_last = 0, got[6];
	int cpu;

	memset(ret, 0, sizeof(*ret));
	for_each_possible_cpu(cpu) {
		const struct ipudp_tunnel_stats *one = per_cpu_ptr(tunnel->stats, cpu);

		read_long(one, got);
		ret->rx_packets += got[0];
		ret->rx_bytes += got[1];
		ret->tx_packets += got[2];
		ret->tx_bytes += got[3];
		rx_last = max(rx_last, got[4]);
		tx_last = max(tx_last, got[5]);
		ret->rx_dropped += READ_ONCE(one->rx_dropped);
		ret->tx_dropped += READ_ONCE(one->tx_dropped);
		ret->rx_keepalives += READ_ONCE(one->rx_keepalives);
		ret->tx_keepalives += READ_ONCE(one->tx_keepalives);
	}
	ret->rx_age_ms = age_ms(rx_last);
	ret->tx_age_ms = age_ms(tx_last);
}

u64 ipudp_stats_last(const struct ipudp_tunnel_stats __percpu *stats, bool rx)
{
	u64 last = 0, got[6];
	int cpu;

	for_each_possible_cpu(cpu) {
		read_long(per_cpu_ptr(stats, cpu), got);
		last = max(last, got[rx ? 4 : 5]);
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

void ipudp_listener_sum(const struct ipudp_listener *listener, struct ipudp_listener_sums *ret)
{
	int cpu;

	memset(ret, 0, sizeof(*ret));
	ipudp_stats_drops(&listener->stats->drops, ret->drops);
	for_each_possible_cpu(cpu) {
		const struct ipudp_listener_stats *one = per_cpu_ptr(listener->stats, cpu);

		ret->rx_keepalives += READ_ONCE(one->rx_keepalives);
		ret->rx_frames += READ_ONCE(one->rx_frames);
		ret->tx_frames += READ_ONCE(one->tx_frames);
	}
}
