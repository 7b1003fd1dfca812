/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Listeners: local UDP addresses and ports, shared by tunnels. */
#ifndef _IPUDPD_LISTENER_H
#define _IPUDPD_LISTENER_H

#include "addr.h"
#include "frame.h"
#include "home.h"
#include "stats.h"

struct netlink_ext_ack;

/**
 * struct ipudpd_listener_config - which listener
 * @local: address, any for all addresses of @family
 * @family: enum ipudp_family
 * @port: in network byte order, 0 for the kernel's choice
 * @bind: interface or VRF the sockets are bound to, 0 for none
 */
struct ipudpd_listener_config {
	union ipudpd_ip local;
	uint8_t family;
	in_port_t port;
	uint32_t bind;
};

/**
 * struct ipudpd_socket - a UDP socket; one thread reads it and writes to it
 * @listener: whose
 * @fd: it, -1 if there is none
 * @family: AF_INET or AF_INET6
 * @fragments: outer packets may be fragmented (IPv4); what the socket is set to
 * @unchecked: UDP checksums are zero; what the socket is set to
 * @bound: interface that it is bound to; of a socket that sends from any port
 * @lost: datagrams that its queue had no room for, as far as the kernel has said
 */
struct ipudpd_socket {
	struct ipudpd_listener *listener;
	int fd;
	uint16_t family;
	bool fragments;
	bool unchecked;
	uint32_t bound;
	uint32_t lost;
};

/**
 * struct ipudpd_listener - sockets on one address and port, for each thread one a family
 * @home: whose
 * @config: which it is; the port is the real one; constant
 * @id: within the home; constant
 * @tunnels: how many use it
 * @flows: how many of these take datagrams from any port of their remote
 * @mixed: some do and some do not, as the fast path was told
 * @fast: how many of these the fast path has
 * @pinned: a client made it
 * @frames: who gets the frames, by class; read by packets
 * @stats: counters, by thread
 * @sockets: IPv4 [0] and IPv6 [1], each for home->n_workers + 1 threads
 * @rcu: frees it
 */
struct ipudpd_listener {
	struct ipudpd_home *home;
	struct ipudpd_listener_config config;
	uint32_t id;
	uint32_t tunnels;
	uint32_t flows;
	bool mixed;
	uint32_t fast;
	bool pinned;
	struct ipudpd_frame_owner frames[IPUDPD_FRAME_CLASSES];
	struct ipudpd_listener_stats *stats;
	struct ipudpd_socket *sockets[2];
	struct ipudpd_rcu_head rcu;
};

/** ipudpd_listener_covers() - whether it has sockets of an address family */
static inline bool ipudpd_listener_covers(const struct ipudpd_listener *listener, uint16_t family)
{
	return listener->config.family == IPUDP_FAMILY_DUAL ||
	       listener->config.family ==
		       (family == AF_INET ? IPUDP_FAMILY_IPV4 : IPUDP_FAMILY_IPV6);
}

/**
 * ipudpd_listener_find() - an existing listener that serves an address and port
 *
 * One for exactly this address, else one for any address. Return: borrowed; NULL if there is none.
 */
struct ipudpd_listener *ipudpd_listener_find(struct ipudpd_home *home,
					     const struct ipudpd_listener_config *config);

/**
 * ipudpd_listener_create() - open a listener
 * @id: which number it gets, 0 for any
 * @ret: receives a listener without users, to be given one by ipudpd_listener_get() or pinned, else
 *	destroyed by ipudpd_listener_put()
 *
 * Return: 0 or a negative errno with a sentence in @extack.
 */
int ipudpd_listener_create(struct ipudpd_home *home, const struct ipudpd_listener_config *config,
			   uint32_t id, struct netlink_ext_ack *extack,
			   struct ipudpd_listener **ret);

/** ipudpd_listener_get() - a tunnel uses it */
void ipudpd_listener_get(struct ipudpd_listener *listener);

/** ipudpd_listener_put() - a tunnel stops using it; goes unless used or pinned */
void ipudpd_listener_put(struct ipudpd_listener *listener);

/** ipudpd_listener_reap() - close it if nothing uses it and it is not pinned */
void ipudpd_listener_reap(struct ipudpd_listener *listener);

/**
 * ipudpd_listener_rebind() - the interface that it is bound to came back as another one
 * @bind: its index now
 *
 * Return: 0 or a negative errno, after which it is as it was.
 */
int ipudpd_listener_rebind(struct ipudpd_listener *listener, uint32_t bind);

/** ipudpd_listener_flush() - close all listeners of a home; no tunnel uses any by then */
void ipudpd_listener_flush(struct ipudpd_home *home);

#endif
