/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sending: outer datagrams are gathered, those of one tunnel and size in one message that the kernel
 * takes apart again (UDP_SEGMENT), and sent with as few system calls as may be.
 */
#ifndef _IPUDP_SENDER_H
#define _IPUDP_SENDER_H

#include "addr.h"

struct ipudp_endpoint;
struct ipudp_packet;
struct ipudp_sender;
struct ipudp_socket;
struct ipudp_tunnel;
struct ipudp_worker;

/**
 * struct ipudp_outer - the outer header of one packet
 * @tunnel: whose
 * @endpoint: where to
 * @tos: DSCP and ECN
 * @ttl: TTL or hop limit
 * @df: Don't Fragment
 * @port: source port in network byte order, 0 for the listener's
 * @source: source address, for @port
 */
struct ipudp_outer {
	struct ipudp_tunnel *tunnel;
	struct ipudp_endpoint *endpoint;
	uint8_t tos;
	uint8_t ttl;
	bool df;
	in_port_t port;
	union ipudp_ip source;
};

/** ipudp_sender_create() - NULL without memory */
struct ipudp_sender *ipudp_sender_create(void);

/** ipudp_sender_destroy() - NULL is fine */
void ipudp_sender_destroy(struct ipudp_sender *sender);

/** ipudp_send() - gather an inner packet, which is borrowed until the flush */
void ipudp_send(struct ipudp_worker *worker, const struct ipudp_outer *outer,
		const struct ipudp_packet *packet);

/**
 * ipudp_send_parts() - likewise for one made of headers, which are copied, and a payload, which is
 * borrowed
 */
void ipudp_send_parts(struct ipudp_worker *worker, const struct ipudp_outer *outer,
		      const uint8_t *headers, size_t headers_len, const uint8_t *payload,
		      size_t payload_len);

/**
 * ipudp_sender_raw() - the thread's socket that sends from any port, opened if need be; NULL if that
 * fails. The kernel tells it of ICMP errors, which are news of routes
 */
struct ipudp_socket *ipudp_sender_raw(struct ipudp_worker *worker, uint16_t family);

/** ipudp_send_flush() - send all that is gathered */
void ipudp_send_flush(struct ipudp_worker *worker);

#endif
