/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way in. */
#ifndef _IPUDPD_DECAP_H
#define _IPUDPD_DECAP_H

struct ipudpd_receiver;
struct ipudpd_socket;
struct ipudpd_worker;

/** ipudpd_receiver_create() - buffers of a thread, NULL without memory */
struct ipudpd_receiver *ipudpd_receiver_create(void);

/** ipudpd_receiver_destroy() - NULL is fine */
void ipudpd_receiver_destroy(struct ipudpd_receiver *receiver);

/** ipudpd_decap_read() - take what a socket has, some at a time */
void ipudpd_decap_read(struct ipudpd_worker *worker, struct ipudpd_socket *sock);

#endif
