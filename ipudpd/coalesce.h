/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Delivering: inner packets of one flow that follow each other are given to the device as one, which
 * the kernel takes for what a network card would have aggregated.
 */
#ifndef _IPUDP_COALESCE_H
#define _IPUDP_COALESCE_H

#include <stddef.h>
#include <stdint.h>

struct ipudp_coalescer;
struct ipudp_tunnel;
struct ipudp_worker;

/** ipudp_coalescer_create() - NULL without memory */
struct ipudp_coalescer *ipudp_coalescer_create(void);

/** ipudp_coalescer_destroy() - NULL is fine */
void ipudp_coalescer_destroy(struct ipudp_coalescer *coalescer);

/**
 * ipudp_deliver() - give a packet to its device, and count it
 * @data: a packet whose header is checked; its header may be changed; borrowed until the flush
 * @len: bytes, without what was behind the packet
 */
void ipudp_deliver(struct ipudp_worker *worker, struct ipudp_tunnel *tunnel, uint8_t *data,
		   size_t len);

/** ipudp_deliver_flush() - deliver all that is held back */
void ipudp_deliver_flush(struct ipudp_worker *worker);

#endif
