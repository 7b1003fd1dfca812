/* SPDX-License-Identifier: GPL-2.0-only */
/* The way in. */
#ifndef _IPUDP_DECAP_H
#define _IPUDP_DECAP_H

#include <linux/list.h>
#include <linux/skbuff.h>

struct sock;

/** ipudp_decap_receive() - encap_rcv of the sockets: takes every datagram. Return: 0 */
int ipudp_decap_receive(struct sock *sk, struct sk_buff *skb);

/**
 * ipudp_decap_error() - encap_err_lookup of the sockets: is an ICMP error about one of our packets
 * @skb: its network and transport headers are those of the packet that we sent
 * Return: 0 if it is, -ENOENT if not, or if it is about the path MTU.
 */
int ipudp_decap_error(struct sock *sk, struct sk_buff *skb);

/* gro.c: called by the UDP layer for packets to the sockets, in softirq under RCU. */
struct sk_buff *ipudp_gro_receive(struct sock *sk, struct list_head *head, struct sk_buff *skb);
int ipudp_gro_complete(struct sock *sk, struct sk_buff *skb, int nhoff);

#ifdef CONFIG_IPUDP_SELFTEST
/** ipudp_decap_selftest() - check what becomes of datagrams; logs what is wrong */
int ipudp_decap_selftest(void);
#endif

#endif
