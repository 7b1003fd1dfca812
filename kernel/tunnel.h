/* SPDX-License-Identifier: GPL-2.0-only */
/* Tunnels, and their endpoints. */
#ifndef _IPUDP_TUNNEL_H
#define _IPUDP_TUNNEL_H

#include <linux/rhashtable.h>
#include <linux/timer.h>
#include <net/dst_cache.h>

#include "addr.h"
#include "stats.h"
#include "tunnel_config.h"

struct ipudp_device;
struct ipudp_home;
struct ipudp_listener;
struct netlink_ext_ack;

/**
 * struct ipudp_path - what a router said about the path to an IPv4 remote
 * @mtu: largest outer packet, as it was said; 0 if nothing was
 * @link: interface of the route at that time
 * @gateway: its next hop; a route with another one is another path
 * @expires: when it is forgotten, in jiffies
 *
 * Written by whoever hears of it. One who reads it meanwhile may err for one packet.
 */
struct ipudp_path {
	u32 mtu;
	int link;
	__be32 gateway;
	unsigned long expires;
};

/**
 * struct ipudp_endpoint - the half of a tunnel that packets read; never changed, only replaced
 * @node: in home->endpoints
 * @key: what it is found by there
 * @tunnel: whose it is
 * @config: how outer packets are made
 * @dst_cache: route to the remote
 * @path: the one part that does change: what was learned of an IPv4 path
 * @rcu: frees it
 */
struct ipudp_endpoint {
	struct rhash_head node;
	struct ipudp_endpoint_key key;
	struct ipudp_tunnel *tunnel;
	struct ipudp_endpoint_config config;
	struct dst_cache dst_cache;
	struct ipudp_path path;
	struct rcu_head rcu;
};

/* Bits of ipudp_tunnel.flags. */
enum {
	IPUDP_TUNNEL_IDLE,	/* nothing was received for the idle time */
	IPUDP_TUNNEL_WATCHED,	/* there is an idle time, so that receiving must look at IDLE */
};

/**
 * struct ipudp_tunnel - a remote reached through a listener
 * @endpoint: what packets need to know
 * @device: whose it is; constant
 * @listener: a reference, constant
 * @stats: counters
 * @flags: bits of the enum above
 * @keepalive_ms: silence after which a keepalive is sent, 0 for never
 * @idle_ms: time without receiving after which it is idle, 0 for never
 * @since: 64-bit jiffies when the idle time began to count
 * @id: within the device; constant
 * @dead: it is being removed, no timer may be started; under home->lock
 * @told_idle: whether it is idle, as far as rules and user space know; under home->lock
 * @timer: keepalives and idleness; runs only if there is an interval
 * @state_node: in home->state_changes, or empty; under home->state_lock
 * @targets: the rules' targets that name it; under home->lock
 * @rcu: frees it
 */
struct ipudp_tunnel {
	struct ipudp_endpoint __rcu *endpoint;
	struct ipudp_device *device;
	struct ipudp_listener *listener;
	struct ipudp_tunnel_stats __percpu *stats;
	unsigned long flags;
	u32 keepalive_ms;
	u32 idle_ms;
	atomic64_t since;
	u32 id;
	bool dead;
	bool told_idle;
	struct timer_list timer;
	struct list_head state_node;
	struct hlist_head targets;
	struct rcu_head rcu;
};

/** ipudp_tunnel_config_of() - a live tunnel's; under home->lock */
void ipudp_tunnel_config_of(const struct ipudp_tunnel *tunnel, struct ipudp_tunnel_config *ret);

/**
 * ipudp_tunnel_add() - add a tunnel to a device
 * @listener: a reference, which the tunnel takes over on success
 * @id: the wished id, or NULL for any
 *
 * Context: process, under home->lock. Return: the tunnel, owned by the device, or an ERR_PTR with
 * a sentence in @extack.
 */
struct ipudp_tunnel *ipudp_tunnel_add(struct ipudp_device *device, struct ipudp_listener *listener,
				      const u32 *id, const struct ipudp_tunnel_config *config,
				      struct netlink_ext_ack *extack);

/**
 * ipudp_tunnel_set() - change a live tunnel; packets see the old or the new, never none
 *
 * Context: process, under home->lock. Return: 0 or a negative errno with a sentence in @extack.
 */
int ipudp_tunnel_set(struct ipudp_tunnel *tunnel, const struct ipudp_tunnel_config *config,
		     struct netlink_ext_ack *extack);

/**
 * ipudp_tunnel_remove() - take a tunnel out of the device and out of all rules
 *
 * Rules without another tunnel are removed first. Context: process, under home->lock.
 */
void ipudp_tunnel_remove(struct ipudp_tunnel *tunnel);

/** ipudp_tunnel_lookup() - the tunnel of an id, NULL if none; under home->lock or RCU */
struct ipudp_tunnel *ipudp_tunnel_lookup(const struct ipudp_device *device, u32 id);

/**
 * ipudp_endpoint_lookup() - whose is a datagram
 * Context: under RCU. Return: valid as long; NULL if it is from no tunnel's remote.
 */
struct ipudp_endpoint *ipudp_endpoint_lookup(struct ipudp_home *home,
					     const struct ipudp_endpoint_key *key);

/** ipudp_endpoint_init() - set up a home's table */
int ipudp_endpoint_init(struct ipudp_home *home);

/** ipudp_endpoint_done() - tear it down; it is empty by then */
void ipudp_endpoint_done(struct ipudp_home *home);

#endif
