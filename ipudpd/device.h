/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtual interface: a TUN with one queue for each thread that carries packets. */
#ifndef _IPUDP_DEVICE_H
#define _IPUDP_DEVICE_H

#include <net/if.h>

#include "home.h"
#include "stats.h"
#include "trie.h"

struct ipudp_mode_ops;
struct ipudp_tunnel;
struct netlink_ext_ack;

/**
 * struct ipudp_queue - a descriptor of a TUN
 * @device: whose
 * @fd: it
 */
struct ipudp_queue {
	struct ipudp_device *device;
	int fd;
};

/**
 * struct ipudp_device - a device
 * @home: where its tunnels live
 * @home_node: in home->devices
 * @ifindex: of the TUN, where it was made
 * @name: of the TUN, wherever it is
 * @mtu: of the TUN, as far as is known; read by packets
 * @mtu_set: what we set the MTU to last, 0 for never
 * @mtu_auto: nobody set the MTU, so it follows the tunnels
 * @away: the TUN is in another namespace; read by packets
 * @link_local: IPUDP_LINK_LOCAL_*, of which families it has a link-local address; read by packets
 * @visited: number of the namespace that it was made quiet in last, while @away
 * @fast: the fast path has it
 * @fast_why: why it leaves all that is sent to user space nevertheless, a constant, or NULL
 * @bypassed: its datagrams reach the socket without having been seen by a program
 * @controlled: somebody's qdisc or filter is on its way out
 * @was_controlled: it was, before that was read again
 * @down: it is not up, as far as is known
 * @watched: somebody captures what it carries (it is promiscuous)
 * @udp_aggregates: the TUN knows aggregates of UDP (Linux 6.2), and refuses them otherwise
 * @mode: how tunnels are found; read by packets, as are the next ones
 * @lookup: enum ipudp_lookup
 * @source_check: whether inner sources must be covered by a rule of their tunnel
 * @fast_path: enum ipudp_fast_path, whether @fast is wanted
 * @only: the one tunnel of a fixed device
 * @hosts: rules for single addresses, by address
 * @n_hosts: how many of them are IPv4 [0] and IPv6 [1], to skip the search
 * @tries: all other rules, IPv4 [0] and IPv6 [1]
 * @stats: counters, by thread
 * @queues: home->n_workers descriptors
 * @tunnels: by id
 * @n_tunnels: how many
 * @rules: all rules by a number that only orders dumps
 * @n_rules: how many
 * @next_rule: the next rule's number
 * @rcu: frees it
 */
struct ipudp_device {
	struct ipudp_home *home;
	struct list_head home_node;
	uint32_t ifindex;
	char name[IFNAMSIZ];
	uint32_t mtu;
	uint32_t mtu_set;
	bool mtu_auto;
	bool away;
	uint8_t link_local;
	ino_t visited;
	bool fast;
	const char *fast_why;
	bool bypassed;
	bool controlled;
	bool was_controlled;
	bool down;
	bool watched;
	bool udp_aggregates;
	const struct ipudp_mode_ops *mode;
	uint8_t lookup;
	bool source_check;
	uint8_t fast_path;
	struct ipudp_tunnel *only;
	struct ipudp_table hosts;
	uint32_t n_hosts[2];
	struct ipudp_trie tries[2];
	struct ipudp_device_stats *stats;
	struct ipudp_queue *queues;
	struct ipudp_idmap tunnels;
	uint32_t n_tunnels;
	struct ipudp_idmap rules;
	uint32_t n_rules;
	uint32_t next_rule;
	struct ipudp_rcu_head rcu;
};

/**
 * struct ipudp_device_config - what a device can be told
 * @has_mode: whether @mode is given, likewise the others
 * @mode: enum ipudp_mode
 * @has_lookup: see @has_mode
 * @lookup: enum ipudp_lookup
 * @has_source_check: see @has_mode
 * @source_check: whether inner sources are checked
 * @has_fast_path: see @has_mode
 * @fast_path: enum ipudp_fast_path
 */
struct ipudp_device_config {
	bool has_mode;
	uint8_t mode;
	bool has_lookup;
	uint8_t lookup;
	bool has_source_check;
	bool source_check;
	bool has_fast_path;
	uint8_t fast_path;
};

/** ipudp_device_ifindex() - its index, where it was made */
static inline int ipudp_device_ifindex(const struct ipudp_device *device)
{
	return device->ifindex;
}

/** ipudp_device_name() - its name, wherever it is */
static inline const char *ipudp_device_name(const struct ipudp_device *device)
{
	return device->name;
}

/* While the control thread deals with a request, no device goes but by it. */
#define ipudp_device_hold(device) ((void)(device))
#define ipudp_device_release(device) ((void)(device))

/** ipudp_device_valid_name() - whether the kernel would take a name for an interface */
bool ipudp_device_valid_name(const char *name);

/**
 * ipudp_device_create() - make an interface
 * @name: NULL for ipudp%d
 * @mtu: 0 lets it follow the tunnels
 * @ret: receives the device, owned by the home
 *
 * Return: 0 or a negative errno with a sentence in @extack if there is one.
 */
int ipudp_device_create(struct ipudp_home *home, const char *name,
			const struct ipudp_device_config *config, uint32_t mtu,
			struct netlink_ext_ack *extack, struct ipudp_device **ret);

/**
 * ipudp_device_adopt() - take over an interface that a daemon left which died
 * @ifindex: it has this index still
 * @mtu_fixed: somebody had set the MTU
 * Return: 0, -ENODEV if there is no such TUN, or another negative errno.
 */
int ipudp_device_adopt(struct ipudp_home *home, uint32_t ifindex, const char *name,
		       const struct ipudp_device_config *config, bool mtu_fixed);

/** ipudp_device_configure() - change a device; on failure, nothing was changed */
int ipudp_device_configure(struct ipudp_device *device, const struct ipudp_device_config *config,
			   struct netlink_ext_ack *extack);

/** ipudp_device_remove() - remove an interface with all it holds */
void ipudp_device_remove(struct ipudp_device *device);

/** ipudp_device_lookup() - the device of an index, or of a name if @ifindex is 0; NULL if none */
struct ipudp_device *ipudp_device_lookup(struct ipudp_home *home, uint32_t ifindex,
					 const char *name);

/** ipudp_device_next() - the device with the smallest index at or behind @ifindex, NULL if none */
struct ipudp_device *ipudp_device_next(struct ipudp_home *home, uint32_t ifindex);

/**
 * ipudp_device_fit() - give a device an MTU that fits a new or changed tunnel
 * @mtu: the tunnel's, 0 if unknown
 * @first: it is the device's only tunnel, so the MTU may grow
 *
 * Does nothing if somebody set the MTU.
 */
void ipudp_device_fit(struct ipudp_device *device, unsigned int mtu, bool first);

/** ipudp_device_news() - the kernel says what has become of an interface of ours */
void ipudp_device_news(struct ipudp_device *device, const char *name, uint32_t mtu);

/** ipudp_devices_check() - notice devices that went with another namespace they were moved to */
void ipudp_devices_check(struct ipudp_home *home);

/** ipudp_device_lost() - the interface is not here any more: it was deleted, or moved elsewhere */
void ipudp_device_lost(struct ipudp_device *device);

/**
 * ipudp_device_back() - an interface has the index of a device that is away: see whether it is that one
 *
 * One that comes home with another index, as its own was taken, stays away for us.
 */
void ipudp_device_back(struct ipudp_device *device);

#endif
