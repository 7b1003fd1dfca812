/* SPDX-License-Identifier: GPL-2.0-only */
/* What routers say about the path to a remote. */
#ifndef _IPUDP_PATH_H
#define _IPUDP_PATH_H

#include <linux/types.h>

struct dst_entry;
struct ipudp_endpoint;
struct sk_buff;
struct sock;

/* The kernel's own limit: no IPv4 path is believed to be narrower; if one is, routers fragment. */
#define IPUDP_PATH_MIN_MTU4 552

/**
 * ipudp_path_mtu() - what a router said about the path to an IPv4 endpoint's remote
 * @dst: the route to it
 * Return: the largest outer packet, as it was said; 0 if nothing was, or on another route.
 */
u32 ipudp_path_mtu(const struct ipudp_endpoint *endpoint, const struct dst_entry *dst);

/**
 * ipudp_path_is_error() - whether an ICMP error says that a packet was too big for its path
 * @skb: its network header is that of the packet that the error quotes
 */
bool ipudp_path_is_error(const struct sk_buff *skb);

/** ipudp_path_listen() - hear what a listener's socket would be told. Context: process */
void ipudp_path_listen(struct sock *sk);

/** ipudp_path_init() - hear of ICMP errors, at module load. Return: 0 or a negative errno */
int ipudp_path_init(void);

/** ipudp_path_done() - stop that; the last ones have been dealt with when it returns */
void ipudp_path_done(void);

#endif
