/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way in. */
#ifndef _IPUDP_DECAP_H
#define _IPUDP_DECAP_H

struct ipudp_receiver;
struct ipudp_socket;
struct ipudp_worker;

/** ipudp_receiver_create() - buffers of a thread, NULL without memory */
struct ipudp_receiver *ipudp_receiver_create(void);

/** ipudp_receiver_destroy() - NULL is fine */
void ipudp_receiver_destroy(struct ipudp_receiver *receiver);

/** ipudp_decap_read() - take what a socket has, some at a time */
void ipudp_decap_read(struct ipudp_worker *worker, struct ipudp_socket *sock);

#endif
