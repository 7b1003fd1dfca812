/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way out. */
#ifndef _IPUDP_ENCAP_H
#define _IPUDP_ENCAP_H

#include <stddef.h>

#include "addr.h"

struct ipudp_device;
struct ipudp_endpoint_config;
struct ipudp_listener;
struct ipudp_packet;
struct ipudp_queue;
struct ipudp_tunnel;
struct ipudp_worker;

/* Smallest MTU that IPv4 and IPv6 work with. */
#define IPUDP_MTU_MIN_V4 68
#define IPUDP_MTU_MIN_V6 1280

/** Bytes of a thread's arena; the largest packet must fit behind what was read before. */
#define IPUDP_ARENA_SIZE (1 << 20)

/** ipudp_encap_overhead() - bytes of outer headers for a family */
static inline unsigned int ipudp_encap_overhead(uint16_t family)
{
	return family == AF_INET ? 28 : 48;
}

/** ipudp_encap_read() - carry what a queue has, some at a time. Return: false if the TUN is gone */
bool ipudp_encap_read(struct ipudp_worker *worker, struct ipudp_queue *queue);

/** ipudp_encap() - send an inner packet through a tunnel; it is borrowed until the sender's flush */
void ipudp_encap(struct ipudp_worker *worker, struct ipudp_tunnel *tunnel,
		 const struct ipudp_packet *packet);

/**
 * ipudp_encap_plain() - send a datagram with a payload of our own through a listener
 * @config: where to and how
 * Return: 0 or a negative errno.
 */
int ipudp_encap_plain(struct ipudp_worker *worker, const struct ipudp_listener *listener,
		      const struct ipudp_endpoint_config *config, const void *payload, size_t len);

/**
 * ipudp_encap_mtu() - the largest inner packet that fits the path to a tunnel's remote
 * Control thread. Return: bytes, 0 if there is no route now.
 */
unsigned int ipudp_encap_mtu(struct ipudp_tunnel *tunnel);

/** ipudp_encap_lost() - count a packet that is not sent */
void ipudp_encap_lost(struct ipudp_worker *worker, const struct ipudp_tunnel *tunnel,
		      unsigned int reason, unsigned int packets);

#endif
