// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way in: what a datagram is, whose it is, whether the inner packet may enter, and its
 * delivery as if it had been received by the device.
 */

#include "decap.h"

#include <linux/inetdevice.h>
#include <net/addrconf.h>
#include <net/gro_cells.h>
#include <net/inet_ecn.h>
#include <net/ip_tunnels.h>
#include <net/route.h>
#include <net/udp.h>

#include "compat.h"
#include "device.h"
#include "frame.h"
#include "header.h"
#include "home.h"
#include "keepalive.h"
#include "listener.h"
#include "mode.h"
#include "path.h"
#include "quiet.h"
#include "rule.h"
#include "tunnel.h"
#include "wire.h"

/* No enum ipudp_drop_reason: the inner packet may enter. */
#define ADMITTED (-1)

/*
 * A packet is being delivered on this CPU, further up the stack. Bottom halves are disabled from
 * setting to clearing.
 */
static DEFINE_PER_CPU(bool, delivering);

static struct ipudp_endpoint *endpoint_of(const struct ipudp_listener *listener,
					  const struct sk_buff *skb)
{
	struct ipudp_endpoint_key key = {
		.listener = listener->id,
		.port = udp_hdr(skb)->source,
	};

	if (ip_hdr(skb)->version == 4) {
		key.family = AF_INET;
		key.remote.v4 = ip_hdr(skb)->saddr;
	} else {
		key.family = AF_INET6;
		key.remote.v6 = ipv6_hdr(skb)->saddr;
	}
	return ipudp_endpoint_lookup(listener->home, &key);
}

/* Something came from the remote. */
static void heard(struct ipudp_tunnel *tunnel)
{
	if (unlikely(test_bit(IPUDP_TUNNEL_IDLE, &tunnel->flags)))
		ipudp_keepalive_heard(tunnel);
}

static void lost(const struct ipudp_tunnel *tunnel, struct sk_buff *skb,
		 enum ipudp_drop_reason reason)
{
	unsigned int packets = ipudp_stats_packets(skb);

	this_cpu_add(tunnel->stats->rx_dropped, packets);
	ipudp_device_lost_packets(tunnel->device, reason, packets);
	kfree_skb(skb);
}

/*
 * Check the header of the inner packet at skb->data + @offset and bring it into the linear part.
 * Return: its ETH_P_*, 0 if it is malformed; and in @ret_len its length, which may be less than the
 * datagram has.
 */
static __be16 inner_protocol(struct sk_buff *skb, unsigned int offset, unsigned int *ret_len)
{
	const struct ipv6hdr *ip6;
	const struct iphdr *ip4;
	unsigned int len = skb->len - offset, said;
	__be16 protocol;

	if (!pskb_may_pull(skb, offset + sizeof(*ip4)))
		return 0;
	ip4 = (const struct iphdr *)(skb->data + offset);
	if (ip4->version == 4) {
		said = ntohs(ip4->tot_len);
		if (ip4->ihl < 5 || said < ip4->ihl * 4u)
			return 0;
		protocol = htons(ETH_P_IP);
	} else {
		if (ip4->version != 6 || !pskb_may_pull(skb, offset + sizeof(*ip6)))
			return 0;
		ip6 = (const struct ipv6hdr *)(skb->data + offset);
		said = ntohs(ip6->payload_len) + sizeof(*ip6);
		protocol = htons(ETH_P_IPV6);
	}
	/* The length field of an aggregate may say nothing. */
	if (skb_is_gso(skb))
		said = len;
	if (said > len)
		return 0;
	*ret_len = said;
	return protocol;
}

/* RFC 6040, section 4.2. The outer header is @outer bytes behind skb->head. */
static bool ecn_allows(struct sk_buff *skb, unsigned int outer, bool outer4)
{
	bool inner4 = skb->protocol == htons(ETH_P_IP);
	const void *header = skb->head + outer;
	u8 was, tos;

	was = inner4 ? ip_hdr(skb)->tos : ipv6_get_dsfield(ipv6_hdr(skb));
	tos = was;
	if (!ipudp_wire_ecn(outer4 ? ((const struct iphdr *)header)->tos :
				     ipv6_get_dsfield(header), &tos))
		return false;
	if (likely(tos == was))
		return true;
	/* These mind checksums, which those that change the whole byte do not. */
	if ((tos & INET_ECN_MASK) == INET_ECN_CE)
		INET_ECN_set_ce(skb);
	else
		INET_ECN_set_ect1(skb);
	return true;
}

/* Whether the longest rule for the inner source names the tunnel. */
static bool source_allowed(const struct ipudp_device *device, const struct ipudp_tunnel *tunnel,
			   const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		return ipudp_rule_allows(device, tunnel, AF_INET, &ip_hdr(skb)->saddr);
	return ipudp_rule_allows(device, tunnel, AF_INET6, &ipv6_hdr(skb)->saddr);
}

/*
 * What a source that no rule covers is: a lie, or the noise of a host that takes the tunnel for a
 * link. Such a host looks for neighbours, routers and queriers, also before it has an address.
 */
static int source_verdict(const struct sk_buff *skb)
{
	bool is_noise = skb->protocol == htons(ETH_P_IP) ?
				ipv4_is_linklocal_169(ip_hdr(skb)->saddr) ||
					!ip_hdr(skb)->saddr :
				ipudp_ip6_is_link_local(&ipv6_hdr(skb)->saddr) ||
					ipv6_addr_any(&ipv6_hdr(skb)->saddr);

	return is_noise ? IPUDP_DROP_REASON_RX_LINK_LOCAL : IPUDP_DROP_REASON_RX_SOURCE;
}

/*
 * Whether a packet speaks for the link itself: neighbours, routers and queriers do, with addresses
 * that are valid there only. A fixed device without such an address takes part in none of that.
 */
static bool link_allowed(const struct ipudp_device *device, const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP) ?
	    likely(!ipv4_is_linklocal_169(ip_hdr(skb)->saddr)) :
	    likely(!ipudp_ip6_is_link_local(&ipv6_hdr(skb)->saddr)))
		return true;
	return READ_ONCE(device->mode)->mode != IPUDP_MODE_FIXED ||
	       ipudp_quiet_has_link_local(device->dev, skb->protocol);
}

/* Whether a packet is for somebody else, as far as that can be told for less than its route. */
static bool is_forwarded(struct net_device *dev, const struct sk_buff *skb)
{
	struct in_device *in_dev;

	if (skb->protocol == htons(ETH_P_IP)) {
		in_dev = __in_dev_get_rcu(dev);
		return in_dev && IN_DEV_FORWARD(in_dev) &&
		       inet_addr_type_dev_table(dev_net(dev), dev, ip_hdr(skb)->daddr) != RTN_LOCAL;
	}
	return ipudp_compat_is_forwarded6(dev, &ipv6_hdr(skb)->daddr);
}

/*
 * Whether aggregation may make something of a packet. All packets of a flow get the same answer,
 * so that none overtakes another. What is only forwarded is not aggregated if it is UDP, unless
 * the interface was told to (rx-gro-list, rx-udp-gro-forwarding of ethtool).
 */
static bool may_aggregate(struct net_device *dev, const struct sk_buff *skb)
{
	u8 proto = skb->protocol == htons(ETH_P_IP) ? ip_hdr(skb)->protocol :
						      ipv6_hdr(skb)->nexthdr;

	switch (proto) {
	case IPPROTO_UDP:
		return dev->features & (NETIF_F_GRO_FRAGLIST | NETIF_F_GRO_UDP_FWD) ||
		       !is_forwarded(dev, skb);
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return false;
	default:
		return true;
	}
}

static void count(struct ipudp_tunnel *tunnel, unsigned int packets, unsigned int len)
{
	ipudp_stats_rx(tunnel->stats, packets, len);
	ipudp_compat_rx_add(tunnel->device->dev, packets, len);
}

static void deliver(struct ipudp_tunnel *tunnel, struct sk_buff *skb)
{
	struct ipudp_device *device = tunnel->device;
	struct net_device *dev = device->dev;
	unsigned int packets, len;

	packets = ipudp_stats_size(skb, &len);
	skb->dev = dev;
	skb_reset_mac_header(skb);
	skb->pkt_type = PACKET_HOST;
	/* Packets within packets, for tunnels within tunnels, wait: the stack has an end. */
	if (!may_aggregate(dev, skb) && likely(!this_cpu_read(delivering))) {
		/* A segment of an aggregate comes with the list that it was in. */
		skb_mark_not_on_list(skb);
		count(tunnel, packets, len);
		this_cpu_write(delivering, true);
		netif_receive_skb(skb);
		this_cpu_write(delivering, false);
		return;
	}
	/* May free the packet at once, if too many wait, and counts that itself. */
	if (gro_cells_receive(&device->gro_cells, skb) == NET_RX_SUCCESS) {
		count(tunnel, packets, len);
		return;
	}
	this_cpu_inc(device->drops->core);
	this_cpu_add(tunnel->stats->rx_dropped, packets);
	ipudp_device_lost_packets(device, IPUDP_DROP_REASON_RX_NOMEM, packets);
}

/*
 * Take the outer headers off a datagram of a tunnel, if the inner packet may enter.
 * Return: ADMITTED, or why it may not, enum ipudp_drop_reason.
 */
static int admit(const struct ipudp_tunnel *tunnel, struct sk_buff *skb)
{
	const struct ipudp_device *device = tunnel->device;
	unsigned int headers = sizeof(struct udphdr) + device->header->len, outer, len;
	bool outer4 = ip_hdr(skb)->version == 4;
	__be16 protocol = inner_protocol(skb, headers, &len);

	if (unlikely(!protocol))
		return IPUDP_DROP_REASON_RX_MALFORMED;
	outer = skb_network_header(skb) - skb->head;
	/* What a datagram has behind its packet is nobody's, and not counted. */
	if (iptunnel_pull_header(skb, headers, protocol,
				 !net_eq(dev_net(skb->dev), dev_net(device->dev))) ||
	    pskb_trim_rcsum(skb, len))
		return IPUDP_DROP_REASON_RX_NOMEM;
	skb_reset_network_header(skb);
	/* The hash is of the outer flow, and all inner flows of a tunnel have the same. */
	skb_clear_hash(skb);
	if (unlikely(!ecn_allows(skb, outer, outer4)))
		return IPUDP_DROP_REASON_RX_ECN;
	if (READ_ONCE(device->source_check) && unlikely(!source_allowed(device, tunnel, skb)))
		return source_verdict(skb);
	if (unlikely(!link_allowed(device, skb)))
		return IPUDP_DROP_REASON_RX_LINK_LOCAL;
	return ADMITTED;
}

static void receive_data(struct ipudp_listener *listener, struct sk_buff *skb)
{
	struct ipudp_endpoint *endpoint = endpoint_of(listener, skb);
	struct ipudp_tunnel *tunnel;
	int verdict;

	if (unlikely(!endpoint)) {
		this_cpu_add(listener->stats->drops.count[IPUDP_DROP_REASON_RX_NO_TUNNEL],
			     ipudp_stats_packets(skb));
		kfree_skb(skb);
		return;
	}
	tunnel = endpoint->tunnel;
	if (unlikely(!(tunnel->device->dev->flags & IFF_UP))) {
		lost(tunnel, skb, IPUDP_DROP_REASON_RX_DOWN);
		return;
	}
	verdict = admit(tunnel, skb);
	if (unlikely(verdict != ADMITTED)) {
		lost(tunnel, skb, verdict);
		return;
	}
	/* Only what may enter is a sign of life, whose time is taken, or the state would flap. */
	heard(tunnel);
	deliver(tunnel, skb);
}

static void receive_keepalive(const struct ipudp_listener *listener, struct sk_buff *skb)
{
	struct ipudp_endpoint *endpoint = endpoint_of(listener, skb);

	this_cpu_inc(listener->stats->rx_keepalives);
	if (endpoint) {
		struct ipudp_tunnel *tunnel = endpoint->tunnel;

		heard(tunnel);
		this_cpu_inc(tunnel->stats->rx_keepalives);
		ipudp_stats_heard(tunnel->stats);
	}
	consume_skb(skb);
}

static void receive_frame(struct ipudp_listener *listener, struct sk_buff *skb, u8 first)
{
	struct ipudp_endpoint *endpoint = endpoint_of(listener, skb);

	if (endpoint) {
		heard(endpoint->tunnel);
		ipudp_stats_heard(endpoint->tunnel->stats);
	}
	ipudp_frame_receive(listener, skb, first);
	consume_skb(skb);
}

/* Whether a datagram has a payload, and its first byte. */
static bool has_first(struct sk_buff *skb, u8 *ret_first)
{
	if (unlikely(!pskb_may_pull(skb, sizeof(struct udphdr) + 1)))
		return false;
	*ret_first = skb->data[sizeof(struct udphdr)];
	return true;
}

int ipudp_decap_receive(struct sock *sk, struct sk_buff *skb)
{
	struct ipudp_listener *listener = rcu_dereference_sk_user_data(sk);
	u8 first;

	if (unlikely(!listener)) {
		/* The socket is being closed. */
		kfree_skb(skb);
		return 0;
	}
	if (!has_first(skb, &first)) {
		ipudp_listener_lost(listener, IPUDP_DROP_REASON_RX_RUNT);
		kfree_skb(skb);
		return 0;
	}
	switch (ipudp_wire_kind(first, skb->len - sizeof(struct udphdr))) {
	case IPUDP_WIRE_KIND_DATA:
		receive_data(listener, skb);
		break;
	case IPUDP_WIRE_KIND_KEEPALIVE:
		receive_keepalive(listener, skb);
		break;
	case IPUDP_WIRE_KIND_FRAME:
		receive_frame(listener, skb, first);
		break;
	}
	return 0;
}

int ipudp_decap_error(struct sock *sk, struct sk_buff *skb)
{
	struct ipudp_listener *listener = rcu_dereference_sk_user_data(sk);
	struct ipudp_endpoint_key key = { };

	/* Path MTUs are not the socket's: path.c is asked next. */
	if (!listener || !pskb_may_pull(skb, skb_transport_offset(skb) + sizeof(struct udphdr)) ||
	    ipudp_path_is_error(skb))
		return -ENOENT;
	key.listener = listener->id;
	key.port = udp_hdr(skb)->dest;
	if (ip_hdr(skb)->version == 4) {
		key.family = AF_INET;
		key.remote.v4 = ip_hdr(skb)->daddr;
	} else {
		key.family = AF_INET6;
		key.remote.v6 = ipv6_hdr(skb)->daddr;
	}
	return ipudp_endpoint_lookup(listener->home, &key) ? 0 : -ENOENT;
}

#ifdef CONFIG_IPUDP_SELFTEST
#include "selftest/decap.c"
#endif
