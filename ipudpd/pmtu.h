/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets that are too big for a tunnel's path. */
#ifndef _IPUDP_PMTU_H
#define _IPUDP_PMTU_H

struct ipudp_outer;
struct ipudp_packet;
struct ipudp_tunnel;
struct ipudp_worker;

/**
 * ipudp_pmtu_exceeded() - deal with an inner packet that does not fit
 * @packet: sent in fragments if it may be, else dropped with an ICMP error to its sender
 * @mtu: largest inner packet
 * @outer: header of what is sent
 */
void ipudp_pmtu_exceeded(struct ipudp_worker *worker, struct ipudp_tunnel *tunnel,
			 const struct ipudp_packet *packet, unsigned int mtu,
			 struct ipudp_outer *outer);

#endif
