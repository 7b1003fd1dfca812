/* SPDX-License-Identifier: GPL-2.0-only */
/* The way out. */
#ifndef _IPUDP_ENCAP_H
#define _IPUDP_ENCAP_H

#include <linux/netdevice.h>

#include "addr.h"

struct ipudp_endpoint;
struct ipudp_endpoint_config;
struct ipudp_listener;
struct ipudp_tunnel;
struct dst_entry;

/* Tunnels within tunnels may ask for more and more room; this is where it ends. */
#define IPUDP_ENCAP_MAX_HEADROOM 512

/** ipudp_encap_overhead() - bytes of outer headers for a family, without ipudp_header_ops.len */
static inline unsigned int ipudp_encap_overhead(u16 family)
{
	return (family == AF_INET ? sizeof(struct iphdr) : sizeof(struct ipv6hdr)) +
	       sizeof(struct udphdr);
}

/**
 * ipudp_encap_route() - the route that packets to an endpoint take now
 * @ret_local: receives the source address
 * Context: bottom halves disabled, under RCU. Return: a reference, or an ERR_PTR.
 */
struct dst_entry *ipudp_encap_route(struct ipudp_endpoint *endpoint, union ipudp_ip *ret_local);

/** ipudp_encap_xmit() - ndo_start_xmit: find the way for an inner packet, and send it */
netdev_tx_t ipudp_encap_xmit(struct sk_buff *skb, struct net_device *dev);

/**
 * ipudp_encap() - send an inner packet through a tunnel
 * @skb: at its network header; taken over
 *
 * Context: softirq or with bottom halves disabled, under RCU.
 */
void ipudp_encap(struct ipudp_tunnel *tunnel, struct sk_buff *skb);

/**
 * ipudp_encap_plain() - send a datagram with a payload of our own through a listener
 * @config: where to and how
 * @endpoint: whose cached route to use, or NULL
 * @payload: @len bytes, copied
 *
 * Context: any but hard interrupt; under RCU. Return: 0 or a negative errno.
 */
int ipudp_encap_plain(const struct ipudp_listener *listener,
		      const struct ipudp_endpoint_config *config, struct ipudp_endpoint *endpoint,
		      const void *payload, unsigned int len);

/**
 * ipudp_encap_mtu() - the largest inner packet that fits the path to a tunnel's remote
 * Context: process, under home->lock. Return: bytes, 0 if there is no route now.
 */
unsigned int ipudp_encap_mtu(struct ipudp_tunnel *tunnel);

#ifdef CONFIG_IPUDP_SELFTEST
/** ipudp_encap_selftest() - check the outer header's fields; logs what is wrong */
int ipudp_encap_selftest(void);
#endif

#endif
