/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Older and newer kernels. No shim asks for a version, which says little of kernels that
 * distributions made of several: each is chosen by a macro of the kernel's, or by a probe that was
 * compiled with its headers (probes.c). It says which kernels need it, so that it can go with them.
 */
#ifndef _IPUDP_COMPAT_H
#define _IPUDP_COMPAT_H

#include <linux/icmpv6.h>
#include <linux/netdevice.h>
#include <linux/timer.h>
#include <net/addrconf.h>
#include <net/dst_cache.h>
#include <net/genetlink.h>
#include <net/ipv6.h>
#include <net/ip6_route.h>
#include <net/rtnetlink.h>
#include <net/udp.h>
#include <net/udp_tunnel.h>

#include "probed.h"

/* Before 5.17 and 6.5: parts of other headers. */
#ifdef IPUDP_HAS_NET_GRO_H
#include <net/gro.h>
#endif
#ifdef IPUDP_HAS_NET_GSO_H
#include <net/gso.h>
#endif

/* Before 6.2: timer_delete_sync() was del_timer_sync(). */
#ifndef IPUDP_HAS_TIMER_DELETE_SYNC
#define timer_delete_sync(timer) del_timer_sync(timer)
#endif

/* Before 6.16: timer_container_of() was from_timer(). */
#ifndef timer_container_of
#define timer_container_of(var, callback_timer, field) from_timer(var, callback_timer, field)
#endif

/* Before 5.12: UDP was aggregated for forwarding in lists only. */
#ifndef NETIF_F_GRO_UDP_FWD
#define NETIF_F_GRO_UDP_FWD ((netdev_features_t)0)
#endif

/* Before 6.12: lockless transmission was a feature bit. */
static inline void ipudp_compat_lltx(struct net_device *dev)
{
#ifdef NETIF_F_LLTX
	dev->features |= NETIF_F_LLTX;
#else
	dev->lltx = true;
#endif
}

/* Before 6.7: devices allocated their dev->tstats themselves. */
static inline int ipudp_compat_tstats_alloc(struct net_device *dev)
{
#ifndef IPUDP_HAS_PCPU_STAT_TYPE
	dev->tstats = __netdev_alloc_pcpu_stats(struct pcpu_sw_netstats, GFP_KERNEL_ACCOUNT);
	return dev->tstats ? 0 : -ENOMEM;
#else
	return 0;
#endif
}

static inline void ipudp_compat_tstats_free(struct net_device *dev)
{
#ifndef IPUDP_HAS_PCPU_STAT_TYPE
	free_percpu(dev->tstats);
#endif
}

static inline void ipudp_compat_tstats_setup(struct net_device *dev)
{
#ifdef IPUDP_HAS_PCPU_STAT_TYPE
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;
#endif
}

/* Every kernel's dev_sw_netstats_rx_add() counts one packet; an aggregate is several. */
static inline void ipudp_compat_rx_add(struct net_device *dev, unsigned int packets,
				       unsigned int len)
{
	struct pcpu_sw_netstats *tstats = this_cpu_ptr(dev->tstats);

	u64_stats_update_begin(&tstats->syncp);
#ifdef IPUDP_HAS_TSTATS_U64_STATS
	u64_stats_add(&tstats->rx_bytes, len);
	u64_stats_add(&tstats->rx_packets, packets);
#else
	tstats->rx_bytes += len;
	tstats->rx_packets += packets;
#endif
	u64_stats_update_end(&tstats->syncp);
}

/* Before 6.0: these counters were plain numbers, of the same shape. */
static inline void ipudp_compat_tx_add(struct net_device *dev, unsigned int packets,
				       unsigned int len)
{
	struct pcpu_sw_netstats *tstats = this_cpu_ptr(dev->tstats);

	u64_stats_update_begin(&tstats->syncp);
	u64_stats_add((u64_stats_t *)&tstats->tx_bytes, len);
	u64_stats_add((u64_stats_t *)&tstats->tx_packets, packets);
	u64_stats_update_end(&tstats->syncp);
}

/* Before 6.2: rtnl_configure_link() did not know who asked. */
static inline int ipudp_compat_configure_link(struct net_device *dev)
{
#ifdef IPUDP_HAS_CONFIGURE_LINK_PORTID
	return rtnl_configure_link(dev, NULL, 0, NULL);
#else
	return rtnl_configure_link(dev, NULL);
#endif
}

/* Before 6.15: newlink() got the namespace and the attributes one by one. */
#ifdef IPUDP_HAS_NEWLINK_PARAMS
#define IPUDP_COMPAT_NEWLINK(function)						\
static int ipudp_compat_newlink(struct net_device *dev,				\
				struct rtnl_newlink_params *params,		\
				struct netlink_ext_ack *extack)			\
{										\
	return function(dev, params->tb, params->data, extack);			\
}
#else
#define IPUDP_COMPAT_NEWLINK(function)						\
static int ipudp_compat_newlink(struct net *src_net, struct net_device *dev,	\
				struct nlattr *tb[], struct nlattr *data[],	\
				struct netlink_ext_ack *extack)			\
{										\
	return function(dev, tb, data, extack);					\
}
#endif

/* Before 7.1: setup_udp_tunnel_sock() took the socket, not the sock. */
static inline void ipudp_compat_setup_sock(struct net *net, struct socket *sock,
					   struct udp_tunnel_sock_cfg *cfg)
{
#ifdef IPUDP_HAS_SETUP_SOCK_BY_SOCK
	setup_udp_tunnel_sock(net, sock->sk, cfg);
#else
	setup_udp_tunnel_sock(net, sock, cfg);
#endif
}

/* Without IPv6: no sockets, no routes, and nothing that is sent or forwarded. */
static inline int ipudp_compat_udp6_create(struct net *net, struct udp_port_cfg *cfg,
					   const struct in6_addr *local, struct socket **ret_sock)
{
#if IS_ENABLED(CONFIG_IPV6)
	cfg->local_ip6 = *local;
	return udp_sock_create(net, cfg, ret_sock);
#else
	return -EAFNOSUPPORT;
#endif
}

static inline struct dst_entry *ipudp_compat_dst_cache_get6(struct dst_cache *cache,
							    struct in6_addr *ret_local)
{
#if IS_ENABLED(CONFIG_IPV6)
	return dst_cache_get_ip6(cache, ret_local);
#else
	return NULL;
#endif
}

static inline void ipudp_compat_dst_cache_set6(struct dst_cache *cache, struct dst_entry *dst,
					       const struct in6_addr *local)
{
#if IS_ENABLED(CONFIG_IPV6)
	dst_cache_set_ip6(cache, dst, local);
#endif
}

static inline bool ipudp_compat_is_forwarded6(struct net_device *dev, const struct in6_addr *to)
{
#if IS_ENABLED(CONFIG_IPV6)
	const struct inet6_dev *in6_dev = __in6_dev_get(dev);

	return in6_dev && READ_ONCE(in6_dev->cnf.forwarding) &&
	       !ipv6_chk_addr(dev_net(dev), to, NULL, 0);
#else
	return false;
#endif
}

/* Before 7.1: IPv6 could be a module and was reached through stubs. */
#ifdef IPUDP_HAS_IPV6_STUB
#include <net/ipv6_stubs.h>
#endif
static inline struct dst_entry *ipudp_compat_route6(struct net *net, struct sock *sk,
						    struct flowi6 *fl6)
{
#if !IS_ENABLED(CONFIG_IPV6)
	return ERR_PTR(-EAFNOSUPPORT);
#elif defined(IPUDP_HAS_IPV6_STUB)
	return ipv6_stub->ipv6_dst_lookup_flow(net, sk, fl6, NULL);
#else
	return ip6_dst_lookup_flow(net, sk, fl6, NULL);
#endif
}

/* Before 5.19: reading a packet's GRO header took three steps. */
#ifndef IPUDP_HAS_SKB_GRO_HEADER
static inline void *ipudp_compat_gro_header(struct sk_buff *skb, unsigned int hlen,
					    unsigned int offset)
{
	void *data = skb_gro_header_fast(skb, offset);

	if (skb_gro_header_hard(skb, hlen))
		data = skb_gro_header_slow(skb, hlen, offset);
	return data;
}

#define skb_gro_header ipudp_compat_gro_header
#endif

/*
 * Before 6.9: skb->network_header was all that told those who complete an aggregate where its IP
 * header is. The UDP layer needs the outer one, or it looks for a socket by inner addresses, finds
 * none that is bound to an address, and makes an aggregate that is dropped later. TCP needs the
 * inner one.
 */
static inline void ipudp_compat_gro_network(struct sk_buff *skb, int offset)
{
#ifndef IPUDP_HAS_GRO_NETWORK_OFFSETS
	skb_set_network_header(skb, offset);
#endif
}

/* Before 6.0: no minimum of operations that check the reserved fields of the header. */
#ifdef IPUDP_HAS_RESV_START_OP
#define IPUDP_COMPAT_RESV_START_OP .resv_start_op = 1,
#else
#define IPUDP_COMPAT_RESV_START_OP
#endif

/* Before 6.2: one kind of operations for requests and dumps. */
#ifdef IPUDP_HAS_SPLIT_OPS
#define ipudp_compat_nl_ops genl_split_ops
#else
#define ipudp_compat_nl_ops genl_ops
#endif

/* Before 6.1: an answer could not say which attribute was missing. */
#ifdef NL_SET_ERR_ATTR_MISS
#define ipudp_compat_attr_miss(info, type) NL_SET_ERR_ATTR_MISS((info)->extack, NULL, type)
#else
#define ipudp_compat_attr_miss(info, type) do { } while (0)
#endif

/* Before 6.6: the attributes of a dump were not in a struct genl_info. */
static inline struct nlattr **ipudp_compat_dump_attrs(struct netlink_callback *cb)
{
#ifdef IPUDP_HAS_DUMP_INFO
	return genl_dumpit_info(cb)->info.attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

#endif
