/* SPDX-License-Identifier: GPL-2.0-only */
/* Listeners: local UDP addresses and ports, shared by tunnels. */
#ifndef _IPUDP_LISTENER_H
#define _IPUDP_LISTENER_H

#include <linux/list.h>
#include <net/sock.h>

#include "addr.h"
#include "frame.h"
#include "stats.h"

struct ipudp_home;
struct netlink_ext_ack;

/**
 * struct ipudp_listener_config - which listener
 * @local: address, any for all addresses of @family
 * @family: enum ipudp_family
 * @port: 0 for the kernel's choice
 * @bind: interface or VRF the sockets are bound to, 0 for none
 */
struct ipudp_listener_config {
	union ipudp_ip local;
	u8 family;
	__be16 port;
	u32 bind;
};

/**
 * struct ipudp_listener - one or two UDP sockets of the kernel's
 * @home: borrowed; outlives it
 * @sock4: IPv4 socket, or NULL; constant until it is closed, as the next
 * @sock6: IPv6 socket, or NULL
 * @config: which it is; the port is the real one; constant
 * @id: within the home; constant
 * @tunnels: how many use it; under home->lock
 * @pinned: user space made it; under home->lock
 * @frames: who gets the frames, by class
 * @stats: counters
 * @node: in home->listener_hash
 * @rcu: frees it
 */
struct ipudp_listener {
	struct ipudp_home *home;
	struct sock __rcu *sock4;
	struct sock __rcu *sock6;
	struct ipudp_listener_config config;
	u32 id;
	u32 tunnels;
	bool pinned;
	struct ipudp_frame_owner frames[IPUDP_FRAME_CLASSES];
	struct ipudp_listener_stats __percpu *stats;
	struct hlist_node node;
	struct rcu_head rcu;
};

/** ipudp_listener_lost() - count a datagram that this listener lost */
static inline void ipudp_listener_lost(const struct ipudp_listener *listener,
				       enum ipudp_drop_reason reason)
{
	this_cpu_inc(listener->stats->drops.count[reason]);
}

/** ipudp_listener_covers() - whether it has a socket of an address family */
static inline bool ipudp_listener_covers(const struct ipudp_listener *listener, u16 family)
{
	return listener->config.family == IPUDP_FAMILY_DUAL ||
	       listener->config.family == (family == AF_INET ? IPUDP_FAMILY_IPV4 :
							       IPUDP_FAMILY_IPV6);
}

/**
 * ipudp_listener_find() - an existing listener that serves an address and port
 *
 * One for exactly this address, else one for any address. Context: under home->lock. Return:
 * borrowed; NULL if there is none.
 */
struct ipudp_listener *ipudp_listener_find(struct ipudp_home *home,
					   const struct ipudp_listener_config *config);

/**
 * ipudp_listener_create() - open a listener
 *
 * Context: process, under home->lock. Return: a listener without users, to be given one by
 * ipudp_listener_get() or @pinned, else destroyed by ipudp_listener_put(); or an ERR_PTR with a
 * sentence in @extack.
 */
struct ipudp_listener *ipudp_listener_create(struct ipudp_home *home,
					     const struct ipudp_listener_config *config,
					     struct netlink_ext_ack *extack);

/** ipudp_listener_get() - a tunnel uses it; under home->lock */
void ipudp_listener_get(struct ipudp_listener *listener);

/** ipudp_listener_put() - a tunnel stops using it; goes unless used or pinned; under home->lock */
void ipudp_listener_put(struct ipudp_listener *listener);

/** ipudp_listener_reap() - close it if nothing uses it and it is not pinned; under home->lock */
void ipudp_listener_reap(struct ipudp_listener *listener);

/** ipudp_listener_flush() - close all listeners of a home; no tunnel uses any by then */
void ipudp_listener_flush(struct ipudp_home *home);

#endif
