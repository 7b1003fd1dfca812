// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the headers of this kernel have, whatever its version says: distributions take parts of
 * newer kernels into older ones. Nothing here is linked. probes.sh compiles this file once and
 * looks at the errors: a probe without one is defined in probed.h, with the name that its #line
 * gives it.
 */

#include <linux/netdevice.h>
#include <linux/timer.h>
#include <net/genetlink.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/rtnetlink.h>
#include <net/udp.h>
#include <net/udp_tunnel.h>
#if __has_include(<net/gro.h>)
#include <net/gro.h>
#endif
#if __has_include(<net/ipv6_stubs.h>)
#include <net/ipv6_stubs.h>
#endif

/* 5.17: what GRO needs has a header of its own. Sparse knows no __has_include(). */
#line 1 "IPUDP_HAS_NET_GRO_H"
#if !__has_include(<net/gro.h>)
#error not there
#endif

/* 6.5: and what GSO needs. */
#line 1 "IPUDP_HAS_NET_GSO_H"
#if !__has_include(<net/gso.h>)
#error not there
#endif

/* 6.2, and stable kernels: the new name of del_timer_sync(). */
#line 1 "IPUDP_HAS_TIMER_DELETE_SYNC"
static inline int timer_name(struct timer_list *timer)
{
	return timer_delete_sync(timer);
}

/* 6.7: the core allocates dev->tstats. */
#line 1 "IPUDP_HAS_PCPU_STAT_TYPE"
static inline void stat_type(struct net_device *dev)
{
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;
}

/* 6.0: its counters have a type of their own. */
#line 1 "IPUDP_HAS_TSTATS_U64_STATS"
static inline u64_stats_t *tstats(struct pcpu_sw_netstats *stats)
{
	return &stats->rx_bytes;
}

/* 6.2, and 6.1 of some: who asked for a link to be configured. */
#line 1 "IPUDP_HAS_CONFIGURE_LINK_PORTID"
static inline int configure_link(struct net_device *dev)
{
	return rtnl_configure_link(dev, NULL, 0, NULL);
}

/* 6.15: newlink() gets its parameters in a struct. */
#line 1 "IPUDP_HAS_NEWLINK_PARAMS"
static inline int newlink(struct net_device *dev, struct rtnl_newlink_params *params,
			  struct netlink_ext_ack *extack)
{
	return params->tb && params->data;
}

static inline void newlink_type(struct rtnl_link_ops *ops)
{
	ops->newlink = newlink;
}

/* 7.1: a struct sock instead of a struct socket. */
#line 1 "IPUDP_HAS_SETUP_SOCK_BY_SOCK"
static inline void setup_sock(struct net *net, struct sock *sk, struct udp_tunnel_sock_cfg *cfg)
{
	setup_udp_tunnel_sock(net, sk, cfg);
}

/* 6.0: who has a tunnel's socket may be told of errors; most kernels before ask for them. */
#line 1 "IPUDP_HAS_ENCAP_ERR_RCV"
static inline void encap_err_rcv(struct udp_tunnel_sock_cfg *cfg)
{
	cfg->encap_err_rcv = NULL;
}

/* 6.17: flags for the control block. */
#line 1 "IPUDP_HAS_XMIT6_FLAGS"
static inline void xmit6(struct dst_entry *dst, struct sock *sk, struct sk_buff *skb,
			 struct in6_addr *address)
{
	udp_tunnel6_xmit_skb(dst, sk, skb, NULL, address, address, 0, 0, 0, 0, 0, false, 0);
}

/* Until 7.1: IPv6 could be a module, and is reached through stubs. */
#line 1 "IPUDP_HAS_IPV6_STUB"
static inline struct dst_entry *stub(struct net *net, struct sock *sk, struct flowi6 *fl6)
{
	return ipv6_stub->ipv6_dst_lookup_flow(net, sk, fl6, NULL);
}

/* 5.19: reading a packet's GRO header in one step. */
#line 1 "IPUDP_HAS_SKB_GRO_HEADER"
static inline void *gro_header(struct sk_buff *skb)
{
	return skb_gro_header(skb, 1, 0);
}

/* 6.9, and stable kernels: both network headers of an aggregate are known. */
#line 1 "IPUDP_HAS_GRO_NETWORK_OFFSETS"
static inline u16 gro_offset(struct sk_buff *skb)
{
	return NAPI_GRO_CB(skb)->network_offsets[1];
}

/* 6.0: from which operation on the reserved fields of the header are checked. */
#line 1 "IPUDP_HAS_RESV_START_OP"
static inline void resv_start_op(struct genl_family *family)
{
	family->resv_start_op = 1;
}

/* 6.2: operations for requests and for dumps are two. */
#line 1 "IPUDP_HAS_SPLIT_OPS"
static inline void split_ops(struct genl_family *family, const struct genl_split_ops *ops)
{
	family->split_ops = ops;
}

/* 6.6, and 6.1 of some: the attributes of a dump are in a struct genl_info. */
#line 1 "IPUDP_HAS_DUMP_INFO"
static inline struct nlattr **dump_info(struct netlink_callback *cb)
{
	return genl_dumpit_info(cb)->info.attrs;
}
