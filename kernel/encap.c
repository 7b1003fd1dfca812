// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way out: find the tunnel for an inner packet, the route to its remote, see that the packet
 * fits, and put the outer headers before it.
 */

#include "encap.h"

#include <linux/icmp.h>
#include <net/icmp.h>
#include <net/ip_tunnels.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#include <net/ip6_route.h>
#include <net/udp_tunnel.h>

#include "choice.h"
#include "compat.h"
#include "device.h"
#include "flow.h"
#include "header.h"
#include "listener.h"
#include "mode.h"
#include "packet.h"
#include "path.h"
#include "pmtu.h"
#include "tunnel.h"
#include "wire.h"

/*
 * Tunnels within tunnels: how many interfaces a packet may have passed on this CPU's stack, which
 * has no room for more. Each tunnel counts twice, as transmission counts too. Newer kernels have
 * the same limit for their tunnels, but do not count what they drop.
 */
#define MAX_DEPTH 5

/**
 * struct outer - the outer header of one packet
 * @dst: route to the remote; a reference
 * @local: source address
 * @tos: DSCP and ECN
 * @ttl: TTL or hop limit
 * @df: Don't Fragment, in network byte order
 * @sport: source port
 */
struct outer {
	struct dst_entry *dst;
	union ipudp_ip local;
	u8 tos;
	u8 ttl;
	__be16 df;
	__be16 sport;
};

static struct dst_entry *route4(struct net *net, const struct ipudp_endpoint_config *config,
				const struct ipudp_listener *listener, union ipudp_ip *local)
{
	struct flowi4 fl4 = {
		.flowi4_oif = config->link ?: listener->config.bind,
		.flowi4_mark = config->mark,
		.flowi4_proto = IPPROTO_UDP,
		.daddr = config->remote.v4,
		.saddr = config->local.v4 ?: listener->config.local.v4,
		.fl4_dport = config->port,
		.fl4_sport = listener->config.port,
	};
	struct rtable *rt = ip_route_output_key(net, &fl4);

	if (IS_ERR(rt))
		return ERR_CAST(rt);
	local->v4 = fl4.saddr;
	return &rt->dst;
}

static struct dst_entry *route6(struct net *net, const struct ipudp_endpoint_config *config,
				const struct ipudp_listener *listener, struct sock *sk,
				union ipudp_ip *local)
{
	struct flowi6 fl6 = {
		.flowi6_oif = config->link ?: listener->config.bind,
		.flowi6_mark = config->mark,
		.flowi6_proto = IPPROTO_UDP,
		.daddr = config->remote.v6,
		.saddr = ipudp_ip_is_any(&config->local) ? listener->config.local.v6 :
							   config->local.v6,
		.fl6_dport = config->port,
		.fl6_sport = listener->config.port,
	};
	struct dst_entry *dst = ipudp_compat_route6(net, sk, &fl6);

	if (!IS_ERR(dst))
		local->v6 = fl6.saddr;
	return dst;
}

/* The route to a remote, from the cache if @cache and it has one. Bottom halves are disabled. */
static struct dst_entry *route(struct sock *sk, const struct ipudp_endpoint_config *config,
			       const struct ipudp_listener *listener, struct dst_cache *cache,
			       union ipudp_ip *local)
{
	struct net *net = sock_net(sk);
	struct dst_entry *dst;

	if (config->family == AF_INET) {
		if (cache) {
			struct rtable *rt = dst_cache_get_ip4(cache, &local->v4);

			if (rt)
				return &rt->dst;
		}
		dst = route4(net, config, listener, local);
		if (cache && !IS_ERR(dst))
			dst_cache_set_ip4(cache, dst, local->v4);
		return dst;
	}
	if (cache) {
		dst = ipudp_compat_dst_cache_get6(cache, &local->v6);
		if (dst)
			return dst;
	}
	dst = route6(net, config, listener, sk, local);
	if (cache && !IS_ERR(dst))
		ipudp_compat_dst_cache_set6(cache, dst, &local->v6);
	return dst;
}

static struct sock *socket_of(const struct ipudp_listener *listener, u16 family)
{
	return rcu_dereference(*(family == AF_INET ? &listener->sock4 : &listener->sock6));
}

struct dst_entry *ipudp_encap_route(struct ipudp_endpoint *endpoint, union ipudp_ip *ret_local)
{
	const struct ipudp_endpoint_config *config = &endpoint->config;
	const struct ipudp_listener *listener = endpoint->tunnel->listener;
	struct sock *sk = socket_of(listener, config->family);

	if (!sk)
		return ERR_PTR(-ENETDOWN);
	return route(sk, config, listener, &endpoint->dst_cache, ret_local);
}

static void lost(const struct ipudp_tunnel *tunnel, struct sk_buff *skb,
		 enum ipudp_drop_reason reason)
{
	unsigned int packets = ipudp_stats_packets(skb);

	this_cpu_add(tunnel->stats->tx_dropped, packets);
	ipudp_device_lost_packets(tunnel->device, reason, packets);
	kfree_skb(skb);
}

/* DSCP, ECN, TTL and DF of the outer header. */
static void outer_fields(const struct ipudp_endpoint_config *config, const struct sk_buff *skb,
			 struct outer *outer)
{
	u8 tos, ttl;
	__be16 df;

	if (skb->protocol == htons(ETH_P_IP)) {
		tos = ip_hdr(skb)->tos;
		ttl = ip_hdr(skb)->ttl;
		df = ip_hdr(skb)->frag_off & htons(IP_DF);
	} else {
		tos = ipv6_get_dsfield(ipv6_hdr(skb));
		ttl = ipv6_hdr(skb)->hop_limit;
		df = htons(IP_DF);
	}
	outer->tos = ipudp_wire_tos(tos, config->dscp);
	outer->ttl = ipudp_wire_ttl(ttl, config->ttl);
	if (config->df == IPUDP_DF_INHERIT)
		outer->df = df;
	else
		outer->df = config->df == IPUDP_DF_SET ? htons(IP_DF) : 0;
}

static __be16 flow_port(struct net *net, const struct sk_buff *skb)
{
	int min, max;

	inet_get_local_port_range(net, &min, &max);
	return htons(ipudp_flow_port(ipudp_packet_hash(ipudp_packet_of(skb)), min,
				     max - min + 1));
}

/* What a router said that the path takes, 0 if nothing. */
static u32 said_mtu(const struct ipudp_endpoint *endpoint, const struct dst_entry *dst)
{
	return likely(!READ_ONCE(endpoint->path.mtu)) ? 0 : ipudp_path_mtu(endpoint, dst);
}

/* Whether the path is too narrow to be believed, so that routers had better fragment. */
static bool is_tiny(const struct ipudp_endpoint *endpoint, const struct dst_entry *dst)
{
	u32 said = said_mtu(endpoint, dst);

	return said && said < IPUDP_PATH_MIN_MTU4;
}

/* The largest inner packet that the path takes. */
static unsigned int inner_mtu(const struct ipudp_endpoint *endpoint, const struct dst_entry *dst,
			      unsigned int header_len)
{
	unsigned int overhead = ipudp_encap_overhead(endpoint->config.family) + header_len;
	unsigned int mtu = dst_mtu(dst);
	u32 said = said_mtu(endpoint, dst);

	if (unlikely(said))
		mtu = min(mtu, max_t(u32, said, IPUDP_PATH_MIN_MTU4));
	return mtu > overhead + IPV4_MIN_MTU ? mtu - overhead : IPV4_MIN_MTU;
}

/*
 * Whether a packet may go as it is. IPv6 inside is never told of less than 1280 bytes (RFC 8200,
 * section 5): up to that, outer packets are fragmented instead.
 */
static bool fits(const struct ipudp_endpoint_config *config, struct sk_buff *skb,
		 struct outer *outer, unsigned int *mtu)
{
	if (likely(ipudp_pmtu_fits(skb, *mtu)))
		return true;
	if (config->family == AF_INET && !outer->df)
		return true;
	if (skb->protocol == htons(ETH_P_IPV6) && *mtu < IPV6_MIN_MTU) {
		*mtu = IPV6_MIN_MTU;
		outer->df = 0;
		return ipudp_pmtu_fits(skb, IPV6_MIN_MTU);
	}
	return false;
}

/*
 * Let those who make or copy packets for the device leave room for the outer headers. Not more than
 * was needed: what a network card leaves is enough for most, and asking for more means a copy of
 * each forwarded packet.
 */
static void remember_room(struct net_device *dev, unsigned int room)
{
	if (unlikely(room > READ_ONCE(dev->needed_headroom) && room <= IPUDP_ENCAP_MAX_HEADROOM))
		WRITE_ONCE(dev->needed_headroom, room);
}

/* Make room, and tell the stack how to segment. On failure the packet is gone, and counted. */
static bool prepare(const struct ipudp_tunnel *tunnel, const struct ipudp_endpoint_config *config,
		    struct sk_buff *skb, const struct outer *outer)
{
	const struct ipudp_header_ops *header = tunnel->device->header;
	unsigned int room = LL_RESERVED_SPACE(outer->dst->dev) + outer->dst->header_len +
			    ipudp_encap_overhead(config->family) + header->len;

	remember_room(tunnel->device->dev, room);
	if (skb_cow_head(skb, room) || udp_tunnel_handle_offloads(skb, config->checksum)) {
		lost(tunnel, skb, IPUDP_DROP_REASON_TX_NOMEM);
		return false;
	}
	skb_set_inner_protocol(skb, skb->protocol);
	skb_reset_inner_mac_header(skb);
	if (header->push)
		header->push(tunnel, skb);
	return true;
}

/*
 * udp_tunnel_xmit_skb() would clear the mark, not say what became of the packet, and draw an
 * identification for each: one that may not be fragmented needs none (RFC 6864, section 4.1).
 */
static int transmit4(const struct ipudp_endpoint_config *config, struct sock *sk,
		     struct sk_buff *skb, const struct outer *outer)
{
	struct net *net = sock_net(sk);
	struct iphdr *ip;

	udp_set_csum(!config->checksum, skb, outer->local.v4, config->remote.v4, skb->len);
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));

	ip = __skb_push(skb, sizeof(*ip));
	skb_reset_network_header(skb);
	ip->version = 4;
	ip->ihl = sizeof(*ip) / 4;
	ip->tos = outer->tos;
	ip->frag_off = ip_mtu_locked(outer->dst) ? 0 : outer->df;
	ip->ttl = outer->ttl;
	ip->protocol = IPPROTO_UDP;
	ip->saddr = outer->local.v4;
	ip->daddr = config->remote.v4;
	ip_select_ident_segs(net, skb, NULL, skb_shinfo(skb)->gso_segs ?: 1);
	return ip_local_out(net, sk, skb);
}

#if IS_ENABLED(CONFIG_IPV6)
static int transmit6(const struct ipudp_endpoint_config *config, struct sock *sk,
		     struct sk_buff *skb, const struct outer *outer)
{
	struct ipv6hdr *ip6;

	udp6_set_csum(!config->checksum, skb, &outer->local.v6, &config->remote.v6, skb->len);
	memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));
	skb->ignore_df = !outer->df;

	ip6 = __skb_push(skb, sizeof(*ip6));
	skb_reset_network_header(skb);
	ip6_flow_hdr(ip6, outer->tos, 0);
	ip6->nexthdr = IPPROTO_UDP;
	ip6->hop_limit = outer->ttl;
	ip6->saddr = outer->local.v6;
	ip6->daddr = config->remote.v6;
	return ip6_local_out(sock_net(sk), sk, skb);
}
#else
static int transmit6(const struct ipudp_endpoint_config *config, struct sock *sk,
		     struct sk_buff *skb, const struct outer *outer)
{
	kfree_skb(skb);
	return -EAFNOSUPPORT;
}
#endif

/*
 * Put the outer headers before a packet and send it; the packet and the route are gone then.
 * Return: 0, or a negative errno if the underlay is known to have lost it.
 */
static int transmit(const struct ipudp_endpoint_config *config, struct sock *sk,
		    struct sk_buff *skb, const struct outer *outer, bool xnet)
{
	struct udphdr *udp;
	int ret;

	udp = __skb_push(skb, sizeof(*udp));
	skb_reset_transport_header(skb);
	udp->source = outer->sport;
	udp->dest = config->port;
	udp->len = htons(skb->len);
	skb_scrub_packet(skb, xnet);
	skb_clear_hash_if_not_l4(skb);
	skb->mark = config->mark;
	skb_dst_set(skb, outer->dst);

	dev_xmit_recursion_inc();
	if (config->family == AF_INET)
		ret = transmit4(config, sk, skb, outer);
	else
		ret = transmit6(config, sk, skb, outer);
	dev_xmit_recursion_dec();
	/* A queue that is full says so in another way. */
	return ret > 0 ? net_xmit_errno(ret) : ret;
}

/* Send a packet that is to go, and count what became of it. */
static void transmit_inner(struct ipudp_tunnel *tunnel, struct ipudp_endpoint *endpoint,
			   struct sock *sk, struct sk_buff *skb, const struct outer *outer)
{
	const struct ipudp_endpoint_config *config = &endpoint->config;
	struct net_device *dev = tunnel->device->dev;
	unsigned int packets, len;

	packets = ipudp_stats_size(skb, &len);
	if (!prepare(tunnel, config, skb, outer)) {
		dst_release(outer->dst);
		return;
	}
	if (likely(!transmit(config, sk, skb, outer, !net_eq(sock_net(sk), dev_net(dev))))) {
		ipudp_stats_tx(tunnel->stats, packets, len);
		ipudp_compat_tx_add(dev, packets, len);
		return;
	}
	this_cpu_add(tunnel->stats->tx_dropped, packets);
	ipudp_device_lost_packets(tunnel->device, IPUDP_DROP_REASON_TX_UNDERLAY, packets);
}

void ipudp_encap(struct ipudp_tunnel *tunnel, struct sk_buff *skb)
{
	struct ipudp_endpoint *endpoint = rcu_dereference(tunnel->endpoint);
	const struct ipudp_endpoint_config *config = &endpoint->config;
	const struct ipudp_device *device = tunnel->device;
	const struct ipudp_listener *listener = tunnel->listener;
	struct sock *sk = socket_of(listener, config->family);
	struct outer outer;
	unsigned int mtu;

	if (unlikely(!sk)) {
		/* The listener is being closed. */
		lost(tunnel, skb, IPUDP_DROP_REASON_TX_NO_TUNNEL);
		return;
	}
	if (unlikely(dev_recursion_level() > MAX_DEPTH)) {
		lost(tunnel, skb, IPUDP_DROP_REASON_TX_LOOP);
		return;
	}
	outer.dst = route(sk, config, listener, &endpoint->dst_cache, &outer.local);
	if (IS_ERR(outer.dst)) {
		lost(tunnel, skb, IPUDP_DROP_REASON_TX_NO_ROUTE);
		return;
	}
	if (unlikely(outer.dst->dev == device->dev)) {
		dst_release(outer.dst);
		lost(tunnel, skb, IPUDP_DROP_REASON_TX_LOOP);
		return;
	}
	outer_fields(config, skb, &outer);
	if (unlikely(is_tiny(endpoint, outer.dst)))
		outer.df = 0;
	mtu = inner_mtu(endpoint, outer.dst, device->header->len);
	if (unlikely(!fits(config, skb, &outer, &mtu))) {
		dst_release(outer.dst);
		ipudp_pmtu_exceeded(tunnel, skb, mtu);
		return;
	}
	outer.sport = config->flow_port ? flow_port(sock_net(sk), skb) : listener->config.port;
	transmit_inner(tunnel, endpoint, sk, skb, &outer);
}

static void flood(const struct ipudp_choice *choice, struct sk_buff *skb)
{
	u32 i;

	for (i = 0; i + 1 < choice->n_active; i++) {
		struct sk_buff *copy = skb_clone(skb, GFP_ATOMIC);

		if (copy)
			ipudp_encap(choice->active[i], copy);
		else
			ipudp_device_lost(choice->active[i]->device, IPUDP_DROP_REASON_TX_NOMEM);
	}
	ipudp_encap(choice->active[i], skb);
}

static void refuse(struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
	else
		icmpv6_ndo_send(skb, ICMPV6_DEST_UNREACH, ICMPV6_ADDR_UNREACH, 0);
}

/* Whether it is what it says, with its header in the linear part. */
static bool well_formed(struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		return pskb_network_may_pull(skb, sizeof(struct iphdr)) &&
		       ip_hdr(skb)->version == 4;
	if (skb->protocol == htons(ETH_P_IPV6))
		return pskb_network_may_pull(skb, sizeof(struct ipv6hdr)) &&
		       ipv6_hdr(skb)->version == 6;
	return false;
}

netdev_tx_t ipudp_encap_xmit(struct sk_buff *skb, struct net_device *dev)
{
	const struct ipudp_device *device = netdev_priv(dev);
	struct ipudp_verdict verdict = { };

	if (unlikely(!well_formed(skb))) {
		ipudp_device_lost(device, IPUDP_DROP_REASON_TX_MALFORMED);
		kfree_skb(skb);
		return NETDEV_TX_OK;
	}
	rcu_read_lock();
	READ_ONCE(device->mode)->find(device, ipudp_packet_of(skb), &verdict);
	if (likely(verdict.tunnel)) {
		ipudp_encap(verdict.tunnel, skb);
	} else if (verdict.flood) {
		flood(verdict.flood, skb);
	} else {
		if (verdict.refuse)
			refuse(skb);
		ipudp_device_lost(device, verdict.reason);
		kfree_skb(skb);
	}
	rcu_read_unlock();
	return NETDEV_TX_OK;
}

int ipudp_encap_plain(const struct ipudp_listener *listener,
		      const struct ipudp_endpoint_config *config, struct ipudp_endpoint *endpoint,
		      const void *payload, unsigned int len)
{
	struct sock *sk = socket_of(listener, config->family);
	struct outer outer = { .sport = listener->config.port, .ttl = config->ttl,
			       .df = config->df == IPUDP_DF_UNSET ? 0 : htons(IP_DF) };
	struct sk_buff *skb;
	unsigned int room;
	int ret;

	if (!sk)
		return -ENETDOWN;
	outer.tos = ipudp_wire_plain_tos(config->dscp);
	local_bh_disable();
	outer.dst = route(sk, config, listener, endpoint ? &endpoint->dst_cache : NULL,
			  &outer.local);
	if (IS_ERR(outer.dst)) {
		local_bh_enable();
		return PTR_ERR(outer.dst);
	}
	if (!outer.ttl)
		outer.ttl = IPDEFTTL;
	room = LL_RESERVED_SPACE(outer.dst->dev) + outer.dst->header_len +
	       ipudp_encap_overhead(config->family);
	skb = alloc_skb(room + len, GFP_ATOMIC);
	if (!skb) {
		dst_release(outer.dst);
		local_bh_enable();
		return -ENOMEM;
	}
	skb_reserve(skb, room);
	skb_put_data(skb, payload, len);
	skb_reset_inner_headers(skb);
	skb->protocol = config->family == AF_INET ? htons(ETH_P_IP) : htons(ETH_P_IPV6);
	ret = transmit(config, sk, skb, &outer, false);
	local_bh_enable();
	return ret;
}

unsigned int ipudp_encap_mtu(struct ipudp_tunnel *tunnel)
{
	struct ipudp_endpoint *endpoint;
	union ipudp_ip local;
	struct dst_entry *dst;
	unsigned int mtu = 0;

	rcu_read_lock_bh();
	rcu_read_lock();
	endpoint = rcu_dereference(tunnel->endpoint);
	dst = ipudp_encap_route(endpoint, &local);
	if (!IS_ERR(dst)) {
		mtu = inner_mtu(endpoint, dst, tunnel->device->header->len);
		dst_release(dst);
	}
	rcu_read_unlock();
	rcu_read_unlock_bh();
	return mtu;
}

#ifdef CONFIG_IPUDP_SELFTEST
#include "selftest/encap.c"
#endif
