/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Listeners: local UDP addresses and ports, shared by tunnels. */
#ifndef _IPUDP_LISTENER_H
#define _IPUDP_LISTENER_H

#include "addr.h"
#include "frame.h"
#include "home.h"
#include "stats.h"

struct netlink_ext_ack;

/**
 * struct ipudp_listener_config - which listener
 * @local: address, any for all addresses of @family
 * @family: enum ipudp_family
 * @port: in network byte order, 0 for the kernel's choice
 * @bind: interface or VRF the sockets are bound to, 0 for none
 */
struct ipudp_listener_config {
	union ipudp_ip local;
	uint8_t family;
	in_port_t port;
	uint32_t bind;
};

/**
 * struct ipudp_socket - a UDP socket; one thread reads it and writes to it
 * @listener: whose
 * @fd: it, -1 if there is none
 * @family: AF_INET or AF_INET6
 * @fragments: outer packets may be fragmented (IPv4); what the socket is set to
 * @unchecked: UDP checksums are zero; what the socket is set to
 * @bound: interface that it is bound to; of a socket that sends from any port
 * @lost: datagrams that its queue had no room for, as far as the kernel has said
 */
struct ipudp_socket {
	struct ipudp_listener *listener;
	int fd;
	uint16_t family;
	bool fragments;
	bool unchecked;
	uint32_t bound;
	uint32_t lost;
};

/**
 * struct ipudp_listener - sockets on one address and port, for each thread one a family
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
struct ipudp_listener {
	struct ipudp_home *home;
	struct ipudp_listener_config config;
	uint32_t id;
	uint32_t tunnels;
	uint32_t flows;
	bool mixed;
	uint32_t fast;
	bool pinned;
	struct ipudp_frame_owner frames[IPUDP_FRAME_CLASSES];
	struct ipudp_listener_stats *stats;
	struct ipudp_socket *sockets[2];
	struct ipudp_rcu_head rcu;
};

/** ipudp_listener_covers() - whether it has sockets of an address family */
static inline bool ipudp_listener_covers(const struct ipudp_listener *listener, uint16_t family)
{
	return listener->config.family == IPUDP_FAMILY_DUAL ||
	       listener->config.family ==
		       (family == AF_INET ? IPUDP_FAMILY_IPV4 : IPUDP_FAMILY_IPV6);
}

/**
 * ipudp_listener_find() - an existing listener that serves an address and port
 *
 * One for exactly this address, else one for any address. Return: borrowed; NULL if there is none.
 */
struct ipudp_listener *ipudp_listener_find(struct ipudp_home *home,
					   const struct ipudp_listener_config *config);

/**
 * ipudp_listener_create() - open a listener
 *
 * Return: a listener without users, to be given one by ipudp_listener_get() or pinned, else
 * destroyed by ipudp_listener_put(); or an ERR_PTR with a sentence in @extack.
 */
struct ipudp_listener *ipudp_listener_create(struct ipudp_home *home,
					     const struct ipudp_listener_config *config,
					     struct netlink_ext_ack *extack);

/** ipudp_listener_restore() - open the listener of a number again, 0 for any; or an ERR_PTR */
struct ipudp_listener *ipudp_listener_restore(struct ipudp_home *home,
					      const struct ipudp_listener_config *config,
					      uint32_t id);

/** ipudp_listener_get() - a tunnel uses it */
void ipudp_listener_get(struct ipudp_listener *listener);

/** ipudp_listener_put() - a tunnel stops using it; goes unless used or pinned */
void ipudp_listener_put(struct ipudp_listener *listener);

/** ipudp_listener_reap() - close it if nothing uses it and it is not pinned */
void ipudp_listener_reap(struct ipudp_listener *listener);

/**
 * ipudp_listener_rebind() - the interface that it is bound to came back as another one
 * @bind: its index now
 *
 * Return: 0 or a negative errno, after which it is as it was.
 */
int ipudp_listener_rebind(struct ipudp_listener *listener, uint32_t bind);

/** ipudp_listener_flush() - close all listeners of a home; no tunnel uses any by then */
void ipudp_listener_flush(struct ipudp_home *home);

#endif
