/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way out. */
#ifndef _IPUDPD_ENCAP_H
#define _IPUDPD_ENCAP_H

#include <stddef.h>

#include "addr.h"

struct ipudpd_device;
struct ipudpd_endpoint_config;
struct ipudpd_listener;
struct ipudpd_packet;
struct ipudpd_queue;
struct ipudpd_tunnel;
struct ipudpd_worker;

/* Smallest MTU that IPv4 and IPv6 work with. */
#define IPUDPD_MTU_MIN_V4 68
#define IPUDPD_MTU_MIN_V6 1280

/** Bytes of a thread's arena; the largest packet must fit behind what was read before. */
#define IPUDPD_ARENA_SIZE (1 << 20)

/** ipudpd_encap_overhead() - bytes of outer headers for a family */
static inline unsigned int ipudpd_encap_overhead(uint16_t family)
{
	return family == AF_INET ? 28 : 48;
}

/** ipudpd_encap_read() - carry what a queue has, some at a time. Return: false if the TUN is gone */
bool ipudpd_encap_read(struct ipudpd_worker *worker, struct ipudpd_queue *queue);

/** ipudpd_encap() - send an inner packet through a tunnel; it is borrowed until the sender's flush */
void ipudpd_encap(struct ipudpd_worker *worker, struct ipudpd_tunnel *tunnel,
		  const struct ipudpd_packet *packet);

/**
 * ipudpd_encap_plain() - send a datagram with a payload of our own through a listener
 * @config: where to and how
 * Return: 0 or a negative errno.
 */
int ipudpd_encap_plain(struct ipudpd_worker *worker, const struct ipudpd_listener *listener,
		       const struct ipudpd_endpoint_config *config, const void *payload,
		       size_t len);

/**
 * ipudpd_encap_mtu() - the largest inner packet that fits the path to a tunnel's remote
 * Control thread. Return: bytes, 0 if there is no route now.
 */
unsigned int ipudpd_encap_mtu(struct ipudpd_tunnel *tunnel);

/** ipudpd_encap_lost() - count a packet that is not sent */
void ipudpd_encap_lost(struct ipudpd_worker *worker, const struct ipudpd_tunnel *tunnel,
		       unsigned int reason, unsigned int packets);

#endif
