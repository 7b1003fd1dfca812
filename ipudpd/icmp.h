/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ICMP errors to inner senders. */
#ifndef _IPUDP_ICMP_H
#define _IPUDP_ICMP_H

struct ipudp_device;
struct ipudp_packet;
struct ipudp_worker;

/** ipudp_icmp_too_big() - tell the sender of a packet what fits (RFC 1191, RFC 4443) */
void ipudp_icmp_too_big(struct ipudp_worker *worker, const struct ipudp_device *device,
			const struct ipudp_packet *packet, unsigned int mtu);

/** ipudp_icmp_unreachable() - tell the sender of a packet that its destination is not reached */
void ipudp_icmp_unreachable(struct ipudp_worker *worker, const struct ipudp_device *device,
			    const struct ipudp_packet *packet);

#endif
