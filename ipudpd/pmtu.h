/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets that are too big for a tunnel's path. */
#ifndef _IPUDPD_PMTU_H
#define _IPUDPD_PMTU_H

struct ipudpd_outer;
struct ipudpd_packet;
struct ipudpd_tunnel;
struct ipudpd_worker;

/**
 * ipudpd_pmtu_exceeded() - deal with an inner packet that does not fit
 * @packet: sent in fragments if it may be, else dropped with an ICMP error to its sender
 * @mtu: largest inner packet
 * @outer: header of what is sent
 */
void ipudpd_pmtu_exceeded(struct ipudpd_worker *worker, struct ipudpd_tunnel *tunnel,
			  const struct ipudpd_packet *packet, unsigned int mtu,
			  struct ipudpd_outer *outer);

#endif
