// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets that are too big for a tunnel's path: the inner sender is told (RFC 1191, RFC 8201), or
 * the packet is fragmented if it may be.
 */

#include "pmtu.h"

#include <linux/netdevice.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/ip6_route.h>
#include <net/route.h>

#include "compat.h"
#include "device.h"
#include "encap.h"
#include "tunnel.h"

/*
 * The tunnel that fragments go through. ip_do_fragment() hands its output function nothing that
 * could say it; bottom halves are disabled from setting to reading. Saved and restored, because a
 * fragment may pass another device of ours on its way out.
 */
static DEFINE_PER_CPU(struct ipudp_tunnel *, fragment_tunnel);

bool ipudp_pmtu_fits(const struct sk_buff *skb, unsigned int mtu)
{
	return skb->len <= mtu || (skb_is_gso(skb) && skb_gso_validate_network_len(skb, mtu));
}

static void lost(const struct ipudp_tunnel *tunnel, struct sk_buff *skb,
		 enum ipudp_drop_reason reason)
{
	this_cpu_inc(tunnel->stats->tx_dropped);
	ipudp_device_lost(tunnel->device, reason);
	kfree_skb(skb);
}

static int fragment_output(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	ipudp_encap(this_cpu_read(fragment_tunnel), skb);
	return 0;
}

static void fragment(struct ipudp_tunnel *tunnel, struct sk_buff *skb, unsigned int mtu)
{
	struct ipudp_tunnel *outer = this_cpu_read(fragment_tunnel);

	/* Packets that did not come by a route, from packet sockets say, cannot be fragmented. */
	if (!skb_dst(skb) || skb_dst(skb)->ops->family != AF_INET) {
		lost(tunnel, skb, IPUDP_DROP_REASON_TX_TOO_BIG);
		return;
	}
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	IPCB(skb)->frag_max_size = mtu;
	this_cpu_write(fragment_tunnel, tunnel);
	if (ip_do_fragment(dev_net(tunnel->device->dev), NULL, skb, fragment_output)) {
		this_cpu_inc(tunnel->stats->tx_dropped);
		ipudp_device_lost(tunnel->device, IPUDP_DROP_REASON_TX_FRAGMENT);
	}
	this_cpu_write(fragment_tunnel, outer);
}

/* An aggregate whose segments do not fit is taken apart first. */
static void fragment_segments(struct ipudp_tunnel *tunnel, struct sk_buff *skb, unsigned int mtu)
{
	struct sk_buff *segment, *next;

	segment = skb_gso_segment(skb, tunnel->device->dev->features & ~NETIF_F_GSO_MASK);
	if (IS_ERR_OR_NULL(segment)) {
		lost(tunnel, skb, IPUDP_DROP_REASON_TX_FRAGMENT);
		return;
	}
	consume_skb(skb);
	skb_list_walk_safe(segment, segment, next) {
		skb_mark_not_on_list(segment);
		if (ipudp_pmtu_fits(segment, mtu))
			ipudp_encap(tunnel, segment);
		else
			fragment(tunnel, segment, mtu);
	}
}

void ipudp_pmtu_exceeded(struct ipudp_tunnel *tunnel, struct sk_buff *skb, unsigned int mtu)
{
	bool v4 = skb->protocol == htons(ETH_P_IP);

	if (v4 && !(ip_hdr(skb)->frag_off & htons(IP_DF))) {
		if (skb_is_gso(skb))
			fragment_segments(tunnel, skb, mtu);
		else
			fragment(tunnel, skb, mtu);
		return;
	}
	/* Local senders learn by their route too, which is all there is for some sockets. */
	if (skb_dst(skb))
		skb_dst_update_pmtu_no_confirm(skb, mtu);
	if (v4)
		icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, htonl(mtu));
	else
		icmpv6_ndo_send(skb, ICMPV6_PKT_TOOBIG, 0, mtu);
	lost(tunnel, skb, IPUDP_DROP_REASON_TX_TOO_BIG);
}
