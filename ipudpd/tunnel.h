/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tunnels, and their endpoints. */
#ifndef _IPUDP_TUNNEL_H
#define _IPUDP_TUNNEL_H

#include <linux/list.h>

#include "addr.h"
#include "route.h"
#include "stats.h"
#include "table.h"
#include "timer.h"
#include "tunnel_config.h"

struct ipudp_device;
struct ipudp_home;
struct ipudp_listener;
struct ipudp_neighbour;
struct netlink_ext_ack;

/**
 * struct ipudp_endpoint - the half of a tunnel that packets read; never changed, only replaced
 * @node: in home->endpoints
 * @key: what it is found by there
 * @tunnel: whose it is
 * @config: how outer packets are made
 * @route: to the remote; a cache that any thread fills
 * @single_until_ms: until then datagrams are sent each by itself, as the link there cuts no messages
 * @rcu: frees it
 */
struct ipudp_endpoint {
	struct ipudp_table_node node;
	struct ipudp_endpoint_key key;
	struct ipudp_tunnel *tunnel;
	struct ipudp_endpoint_config config;
	struct ipudp_route route;
	uint64_t single_until_ms;
	struct ipudp_rcu_head rcu;
};

/**
 * struct ipudp_tunnel - a remote reached through a listener
 * @endpoint: what packets need to know; read by packets
 * @device: whose it is; constant
 * @listener: a reference, constant
 * @stats: counters, by thread
 * @idle_bit: nothing was received for the idle time; set by the control thread, cleared by packets
 * @keepalive: ms of silence after which a keepalive is sent, 0 for never
 * @idle: ms without receiving after which it is idle, 0 for never
 * @since: when the idle time began to count
 * @idle_since: when it was heard of last before it became idle
 * @id: within the device; constant
 * @dead: it is being removed; under home->state_lock
 * @told_idle: whether it is idle, as far as rules and clients know; control thread
 * @fast: the fast path has it
 * @fast_why: why it has not, a constant
 * @slow_rx: packets that user space had received for it when that was last looked at
 * @fast_rx: likewise the programs
 * @was_fast: the fast path had it then
 * @own_port: it sends from its listener's port whatever it is told; read by packets
 * @neighbour: that the fast path sends by, NULL if it does not; control thread
 * @neighbour_node: in @neighbour
 * @timer: keepalives and idleness; runs only if there is an interval
 * @state_node: in home->state_changes, or empty; under home->state_lock
 * @targets: the rules' targets that name it
 * @rcu: frees it
 */
struct ipudp_tunnel {
	struct ipudp_endpoint *endpoint;
	struct ipudp_device *device;
	struct ipudp_listener *listener;
	struct ipudp_tunnel_stats *stats;
	uint32_t idle_bit;
	uint32_t keepalive;
	uint32_t idle;
	uint64_t since;
	uint64_t idle_since;
	uint32_t id;
	bool dead;
	bool told_idle;
	bool fast;
	const char *fast_why;
	uint64_t slow_rx;
	uint64_t fast_rx;
	bool was_fast;
	bool own_port;
	struct ipudp_neighbour *neighbour;
	struct list_head neighbour_node;
	struct ipudp_timer timer;
	struct list_head state_node;
	struct hlist_head targets;
	struct ipudp_rcu_head rcu;
};

/** ipudp_tunnel_config_of() - a live tunnel's */
void ipudp_tunnel_config_of(const struct ipudp_tunnel *tunnel, struct ipudp_tunnel_config *ret);

/**
 * ipudp_tunnel_add() - add a tunnel to a device
 * @listener: a reference, which the tunnel takes over on success
 * @id: the wished id, or NULL for any
 *
 * Return: the tunnel, owned by the device, or an ERR_PTR with a sentence in @extack.
 */
struct ipudp_tunnel *ipudp_tunnel_add(struct ipudp_device *device, struct ipudp_listener *listener,
				      const uint32_t *id, const struct ipudp_tunnel_config *config,
				      struct netlink_ext_ack *extack);

/** ipudp_tunnel_set() - change a live tunnel; packets see the old or the new, never none */
int ipudp_tunnel_set(struct ipudp_tunnel *tunnel, const struct ipudp_tunnel_config *config,
		     struct netlink_ext_ack *extack);

/**
 * ipudp_tunnel_remove() - take a tunnel out of the device and out of all rules
 *
 * Rules without another tunnel are removed first.
 */
void ipudp_tunnel_remove(struct ipudp_tunnel *tunnel);

/** ipudp_tunnel_lookup() - the tunnel of an id, NULL if none */
struct ipudp_tunnel *ipudp_tunnel_lookup(const struct ipudp_device *device, uint32_t id);

/** ipudp_endpoint_lookup() - whose is a datagram; NULL if it is from no tunnel's remote */
struct ipudp_endpoint *ipudp_endpoint_lookup(struct ipudp_home *home,
					     const struct ipudp_endpoint_key *key);

#endif
