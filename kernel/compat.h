/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Older and newer kernels. The rest of the module knows no version; each shim says which kernels
 * need it, so that it can go with them.
 */
#ifndef _IPUDP_COMPAT_H
#define _IPUDP_COMPAT_H

#include <linux/icmpv6.h>
#include <linux/netdevice.h>
#include <linux/timer.h>
#include <linux/version.h>
#include <net/genetlink.h>
#include <net/ipv6.h>
#include <net/ip6_route.h>
#include <net/rtnetlink.h>
#include <net/udp.h>
#include <net/udp_tunnel.h>

#define IPUDP_KERNEL_FROM(major, minor) (LINUX_VERSION_CODE >= KERNEL_VERSION(major, minor, 0))

#if IPUDP_KERNEL_FROM(5, 17)
#include <net/gro.h>
#endif
#if IPUDP_KERNEL_FROM(6, 5)
#include <net/gso.h>
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
#if !IPUDP_KERNEL_FROM(6, 7)
	dev->tstats = netdev_alloc_pcpu_stats(struct pcpu_sw_netstats);
	return dev->tstats ? 0 : -ENOMEM;
#else
	return 0;
#endif
}

static inline void ipudp_compat_tstats_free(struct net_device *dev)
{
#if !IPUDP_KERNEL_FROM(6, 7)
	free_percpu(dev->tstats);
#endif
}

static inline void ipudp_compat_tstats_setup(struct net_device *dev)
{
#if IPUDP_KERNEL_FROM(6, 7)
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;
#endif
}

/* Every kernel's dev_sw_netstats_rx_add() counts one packet; an aggregate is several. */
static inline void ipudp_compat_rx_add(struct net_device *dev, unsigned int packets,
				       unsigned int len)
{
	struct pcpu_sw_netstats *tstats = this_cpu_ptr(dev->tstats);

	u64_stats_update_begin(&tstats->syncp);
#if IPUDP_KERNEL_FROM(6, 0)
	u64_stats_add(&tstats->rx_bytes, len);
	u64_stats_add(&tstats->rx_packets, packets);
#else
	tstats->rx_bytes += len;
	tstats->rx_packets += packets;
#endif
	u64_stats_update_end(&tstats->syncp);
}

/* Before 6.2: rtnl_configure_link() did not know who asked. */
static inline int ipudp_compat_configure_link(struct net_device *dev)
{
#if IPUDP_KERNEL_FROM(6, 2) || defined(RTNL_FLAG_DUMP_UNLOCKED) || \
	LINUX_VERSION_CODE >= KERNEL_VERSION(6, 1, 0)
	return rtnl_configure_link(dev, NULL, 0, NULL);
#else
	return rtnl_configure_link(dev, NULL);
#endif
}

/* Before 6.15: newlink() got the namespace and the attributes one by one. */
#if IPUDP_KERNEL_FROM(6, 15)
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
#if IPUDP_KERNEL_FROM(7, 0)
	setup_udp_tunnel_sock(net, sock->sk, cfg);
#else
	setup_udp_tunnel_sock(net, sock, cfg);
#endif
}

/* Before 6.17: no flags for the control block. */
static inline void ipudp_compat_xmit6(struct dst_entry *dst, struct sock *sk, struct sk_buff *skb,
				      struct net_device *dev, struct in6_addr *src,
				      const struct in6_addr *to, u8 tos, u8 ttl, __be16 sport,
				      __be16 dport, bool nocheck)
{
	/* Before 6.8 the addresses were not const, though never changed. */
#if IPUDP_KERNEL_FROM(6, 17)
	udp_tunnel6_xmit_skb(dst, sk, skb, dev, src, to, tos, ttl, 0, sport, dport, nocheck, 0);
#else
	udp_tunnel6_xmit_skb(dst, sk, skb, dev, src, (struct in6_addr *)to, tos, ttl, 0, sport,
			     dport, nocheck);
#endif
}

/* Before 7.1: IPv6 could be a module and was reached through stubs. */
#if !IPUDP_KERNEL_FROM(7, 0)
#include <net/ipv6_stubs.h>
#endif
static inline struct dst_entry *ipudp_compat_route6(struct net *net, struct sock *sk,
						    struct flowi6 *fl6)
{
#if IPUDP_KERNEL_FROM(7, 0)
	return ip6_dst_lookup_flow(net, sk, fl6, NULL);
#else
	return ipv6_stub->ipv6_dst_lookup_flow(net, sk, fl6, NULL);
#endif
}

/* Before 5.19: reading a packet's GRO header took three steps. */
#if !IPUDP_KERNEL_FROM(6, 0)
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
#if !IPUDP_KERNEL_FROM(6, 9)
	skb_set_network_header(skb, offset);
#endif
}

/* Before 6.0: no minimum of operations that check the reserved fields of the header. */
#if IPUDP_KERNEL_FROM(6, 1)
#define IPUDP_COMPAT_RESV_START_OP .resv_start_op = 1,
#else
#define IPUDP_COMPAT_RESV_START_OP
#endif

/* Before 6.2: one kind of operations for requests and dumps. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
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

/* Since 6.4, and in 6.1: the attributes of a dump are in a struct genl_info. */
static inline struct nlattr **ipudp_compat_dump_attrs(struct netlink_callback *cb)
{
#if IPUDP_KERNEL_FROM(6, 6)
	return genl_dumpit_info(cb)->info.attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

#endif
