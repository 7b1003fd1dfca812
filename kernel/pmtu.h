/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets that are too big for a tunnel's path. */
#ifndef _IPUDP_PMTU_H
#define _IPUDP_PMTU_H

#include <linux/skbuff.h>

struct ipudp_tunnel;

/** ipudp_pmtu_fits() - whether an inner packet, or each segment of an aggregate, fits @mtu */
bool ipudp_pmtu_fits(const struct sk_buff *skb, unsigned int mtu);

/**
 * ipudp_pmtu_exceeded() - deal with an inner packet that does not fit
 * @skb: at its network header; taken over: sent in fragments if it may be, else dropped with an
 *	ICMP error to its sender
 * @mtu: largest inner packet
 *
 * Context: softirq or with bottom halves disabled, under RCU.
 */
void ipudp_pmtu_exceeded(struct ipudp_tunnel *tunnel, struct sk_buff *skb, unsigned int mtu);

#endif
