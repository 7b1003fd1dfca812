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
	struct ipudp_device *device = netdev_priv(skb->dev);
	struct ipudp_tunnel *tunnel = ipudp_tunnel_lookup(device, skb->mark);

	if (tunnel) {
		ipudp_encap(tunnel, skb);
	} else {
		ipudp_device_lost(device, IPUDP_DROP_REASON_TX_NO_TUNNEL);
		kfree_skb(skb);
	}
	return 0;
}

static void fragment(struct ipudp_tunnel *tunnel, struct sk_buff *skb, unsigned int mtu)
{
	/* Packets that did not come by a route, from packet sockets say, cannot be fragmented. */
	if (!skb_dst(skb) || skb_dst(skb)->ops->family != AF_INET) {
		lost(tunnel, skb, IPUDP_DROP_REASON_TX_TOO_BIG);
		return;
	}
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	IPCB(skb)->frag_max_size = mtu;
	/*
	 * Each fragment is told its tunnel by the mark, which nobody reads any more: the outer
	 * packet gets the tunnel's. A variable of the CPU would not be ours alone with PREEMPT_RT.
	 */
	skb->dev = tunnel->device->dev;
	skb->mark = tunnel->id;
	if (ip_do_fragment(dev_net(tunnel->device->dev), NULL, skb, fragment_output)) {
		this_cpu_inc(tunnel->stats->tx_dropped);
		ipudp_device_lost(tunnel->device, IPUDP_DROP_REASON_TX_FRAGMENT);
	}
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
