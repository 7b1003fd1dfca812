/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ICMP errors to inner senders. */
#ifndef _IPUDPD_ICMP_H
#define _IPUDPD_ICMP_H

struct ipudpd_device;
struct ipudpd_packet;
struct ipudpd_worker;

/** ipudpd_icmp_too_big() - tell the sender of a packet what fits (RFC 1191, RFC 4443) */
void ipudpd_icmp_too_big(struct ipudpd_worker *worker, const struct ipudpd_device *device,
			 const struct ipudpd_packet *packet, unsigned int mtu);

/** ipudpd_icmp_unreachable() - tell the sender of a packet that its destination is not reached */
void ipudpd_icmp_unreachable(struct ipudpd_worker *worker, const struct ipudpd_device *device,
			     const struct ipudpd_packet *packet);

#endif
