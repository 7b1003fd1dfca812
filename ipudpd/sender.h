/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sending: outer datagrams are gathered, those of one tunnel and size in one message that the kernel
 * takes apart again (UDP_SEGMENT), and sent with as few system calls as may be.
 */
#ifndef _IPUDPD_SENDER_H
#define _IPUDPD_SENDER_H

#include "addr.h"

struct ipudpd_endpoint;
struct ipudpd_packet;
struct ipudpd_sender;
struct ipudpd_socket;
struct ipudpd_tunnel;
struct ipudpd_worker;

/**
 * struct ipudpd_outer - the outer header of one packet
 * @tunnel: whose
 * @endpoint: where to
 * @tos: DSCP and ECN
 * @ttl: TTL or hop limit
 * @df: Don't Fragment
 * @port: source port in network byte order, 0 for the listener's
 * @source: source address, for @port
 */
struct ipudpd_outer {
	struct ipudpd_tunnel *tunnel;
	struct ipudpd_endpoint *endpoint;
	uint8_t tos;
	uint8_t ttl;
	bool df;
	in_port_t port;
	union ipudpd_ip source;
};

/** ipudpd_sender_create() - NULL without memory */
struct ipudpd_sender *ipudpd_sender_create(void);

/** ipudpd_sender_destroy() - NULL is fine */
void ipudpd_sender_destroy(struct ipudpd_sender *sender);

/** ipudpd_send() - gather an inner packet, which is borrowed until the flush */
void ipudpd_send(struct ipudpd_worker *worker, const struct ipudpd_outer *outer,
		 const struct ipudpd_packet *packet);

/**
 * ipudpd_send_parts() - likewise for one made of headers, which are copied, and a payload, which is
 * borrowed
 */
void ipudpd_send_parts(struct ipudpd_worker *worker, const struct ipudpd_outer *outer,
		       const uint8_t *headers, size_t headers_len, const uint8_t *payload,
		       size_t payload_len);

/**
 * ipudpd_sender_raw() - the thread's socket that sends from any port, opened if need be; NULL if that
 * fails. The kernel tells it of ICMP errors, which are news of routes
 */
struct ipudpd_socket *ipudpd_sender_raw(struct ipudpd_worker *worker, uint16_t family);

/** ipudpd_send_flush() - send all that is gathered */
void ipudpd_send_flush(struct ipudpd_worker *worker);

#endif
