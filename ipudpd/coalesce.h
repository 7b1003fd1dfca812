/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Delivering: inner packets of one flow that follow each other are given to the device as one, which
 * the kernel takes for what a network card would have aggregated.
 */
#ifndef _IPUDPD_COALESCE_H
#define _IPUDPD_COALESCE_H

#include <stddef.h>
#include <stdint.h>

struct ipudpd_coalescer;
struct ipudpd_tunnel;
struct ipudpd_worker;

/** ipudpd_coalescer_create() - NULL without memory */
struct ipudpd_coalescer *ipudpd_coalescer_create(void);

/** ipudpd_coalescer_destroy() - NULL is fine */
void ipudpd_coalescer_destroy(struct ipudpd_coalescer *coalescer);

/**
 * ipudpd_deliver() - give a packet to its device, and count it
 * @data: a packet whose header is checked; its header may be changed; borrowed until the flush
 * @len: bytes, without what was behind the packet
 */
void ipudpd_deliver(struct ipudpd_worker *worker, struct ipudpd_tunnel *tunnel, uint8_t *data,
		    size_t len);

/** ipudpd_deliver_flush() - deliver all that is held back */
void ipudpd_deliver_flush(struct ipudpd_worker *worker);

#endif
