/* SPDX-License-Identifier: GPL-2.0-only */
/* The virtual interface. */
#ifndef _IPUDP_DEVICE_H
#define _IPUDP_DEVICE_H

#include <linux/netdevice.h>
#include <linux/rhashtable.h>
#include <linux/xarray.h>
#include <net/gro_cells.h>

#include "stats.h"
#include "trie.h"

struct ipudp_header_ops;
struct ipudp_home;
struct ipudp_mode_ops;
struct ipudp_tunnel;
struct netlink_ext_ack;

/**
 * struct ipudp_device - private part of a net_device of kind ipudp
 * @dev: the interface
 * @home: namespace it was made in; a reference, constant
 * @home_node: in home->devices while @alive
 * @mode: how tunnels are found; changes only while there are neither tunnels nor rules
 * @header: what stands before the inner packet; constant
 * @only: the one tunnel of a fixed device
 * @tunnels: tunnels by id
 * @n_tunnels: how many
 * @hosts: rules for single addresses, by address
 * @n_hosts: how many of them are IPv4 [0] and IPv6 [1]; read by packets to skip the search
 * @tries: all other rules, IPv4 [0] and IPv6 [1]
 * @rules: all rules by a number that only orders dumps
 * @n_rules: how many
 * @next_rule: where to look for a free number
 * @lookup: enum ipudp_lookup
 * @source_check: whether inner sources must be covered by a rule of their tunnel
 * @alive: registered, and its home has not gone away
 * @mtu_auto: nobody set the MTU, so it follows the tunnels
 * @mtu_changing: the change under way is our own; under the RTNL
 * @quiet: the IPv6 part of the interface that was told to be quiet, only to be compared with; under
 *	the RTNL
 * @drops: packets lost, by reason
 * @gro_cells: aggregates inner packets that the underlay did not
 *
 * All but the counters is changed under home->lock, and read by packets under RCU.
 */
struct ipudp_device {
	struct net_device *dev;
	struct ipudp_home *home;
	const struct ipudp_mode_ops *mode;
	const struct ipudp_header_ops *header;
	struct ipudp_tunnel __rcu *only;
	u8 lookup;
	bool source_check;
	bool alive;
	bool mtu_auto;
	bool mtu_changing;
	const void *quiet;
	unsigned int n_hosts[2];
	struct ipudp_trie tries[2];
	struct rhashtable hosts;
	struct ipudp_drop_stats __percpu *drops;
	struct gro_cells gro_cells;
	struct list_head home_node;
	struct xarray tunnels;
	struct xarray rules;
	u32 n_tunnels;
	u32 n_rules;
	u32 next_rule;
};

/**
 * struct ipudp_device_config - what a device can be told
 * @has_mode: whether @mode is given, likewise the others
 * @mode: enum ipudp_mode
 * @has_lookup: see @has_mode
 * @lookup: enum ipudp_lookup
 * @has_source_check: see @has_mode
 * @source_check: whether inner sources are checked
 */
struct ipudp_device_config {
	bool has_mode;
	u8 mode;
	bool has_lookup;
	u8 lookup;
	bool has_source_check;
	bool source_check;
};

/** ipudp_device_lost_packets() - count packets that this device lost */
static inline void ipudp_device_lost_packets(const struct ipudp_device *device,
					     enum ipudp_drop_reason reason, unsigned int packets)
{
	this_cpu_add(device->drops->count[reason], packets);
}

/** ipudp_device_lost() - count a packet that this device lost */
static inline void ipudp_device_lost(const struct ipudp_device *device,
				     enum ipudp_drop_reason reason)
{
	ipudp_device_lost_packets(device, reason, 1);
}

/** ipudp_device_ifindex() - its index, where it is now */
static inline int ipudp_device_ifindex(const struct ipudp_device *device)
{
	return device->dev->ifindex;
}

/** ipudp_device_name() - its name, where it is now */
static inline const char *ipudp_device_name(const struct ipudp_device *device)
{
	return device->dev->name;
}

/** ipudp_device_hold() - keep it, whatever becomes of the interface */
static inline void ipudp_device_hold(struct ipudp_device *device)
{
	dev_hold(device->dev);
}

/** ipudp_device_release() - let it go */
static inline void ipudp_device_release(struct ipudp_device *device)
{
	dev_put(device->dev);
}

/** ipudp_device_is() - whether an interface is one of ours */
bool ipudp_device_is(const struct net_device *dev);

/**
 * ipudp_device_create() - make and register an interface
 * @net: namespace, which becomes the home
 * @name: name or pattern, NULL for ipudp%d
 * @mtu: 0 lets it follow the tunnels
 *
 * Context: process, under the RTNL. Return: the interface or an ERR_PTR.
 */
struct net_device *ipudp_device_create(struct net *net, const char *name,
				       const struct ipudp_device_config *config, u32 mtu,
				       struct netlink_ext_ack *extack);

/**
 * ipudp_device_configure() - change a device
 *
 * Context: process, under home->lock, or before the device is registered. Return: 0 or a negative
 * errno with a sentence in @extack; then nothing was changed.
 */
int ipudp_device_configure(struct ipudp_device *device, const struct ipudp_device_config *config,
			   struct netlink_ext_ack *extack);

/**
 * ipudp_device_flush() - remove all tunnels and rules and leave the home
 *
 * Context: process, under home->lock.
 */
void ipudp_device_flush(struct ipudp_device *device);

/**
 * ipudp_device_fit() - give a device an MTU that fits a new or changed tunnel
 * @mtu: the tunnel's, 0 if unknown
 * @first: it is the device's only tunnel, so the MTU may grow
 *
 * Does nothing if somebody set the MTU. Context: process, without locks.
 */
void ipudp_device_fit(struct ipudp_device *device, unsigned int mtu, bool first);

/** ipudp_device_setup() - what each interface starts with; for the link kind */
void ipudp_device_setup(struct net_device *dev);

#endif
