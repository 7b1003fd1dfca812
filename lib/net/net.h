/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses, routes and MTU of the device of a hub or spoke, using rtnetlink; and news of the host.
 *
 * What others have set is never replaced or removed. Our routes are told from theirs by protocol and
 * device, our addresses by the device and by what the caller remembers. Where both want the same,
 * ours give way.
 */
#ifndef _LVN_NET_H
#define _LVN_NET_H

#include <stdbool.h>
#include <stdint.h>

#include <net/if.h>

#include "lib/base/addr.h"

/** Protocol number of the routes that lvn sets, as `ip route` shows it. */
#define LVN_ROUTE_PROTOCOL 76

#define LVN_NET_ADDRESSES_MAX 8
#define LVN_NET_ROUTES_MAX 272
#define LVN_NET_WHAT_SIZE 192

struct lvn_net;

/**
 * struct lvn_route - one route
 * @prefix: destination, no bits beyond its length
 * @is_unreachable: refuses instead of leading to the device
 * @is_local: all its addresses are the host's own, as if the device had them; IPv6
 */
struct lvn_route {
	struct lvn_prefix prefix;
	bool is_unreachable;
	bool is_local;
};

/**
 * struct lvn_netset - what a device is to have, or has
 * @addresses: with the length of their network, whose route is not made by them
 * @n_addresses: how many
 * @routes: in @table
 * @n_routes: how many
 * @table: routing table, 0 for main
 * @metric: of the routes, 0 for the kernel's choice. Without one, a route also gives way to others'
 *	routes to the same prefix that have another metric
 */
struct lvn_netset {
	struct lvn_prefix addresses[LVN_NET_ADDRESSES_MAX];
	unsigned int n_addresses;
	struct lvn_route routes[LVN_NET_ROUTES_MAX];
	unsigned int n_routes;
	uint32_t table;
	uint32_t metric;
};

/**
 * struct lvn_net_foreign - a route of somebody else
 * @prefix: destination
 * @table: routing table
 * @metric: as `ip route` shows it
 * @ifindex: interface, 0 if there is none or several
 * @is_onlink: the kernel or a network manager made it for an address of the interface, so that the
 *	hosts of the prefix are on that link
 */
struct lvn_net_foreign {
	struct lvn_prefix prefix;
	uint32_t table;
	uint32_t metric;
	uint32_t ifindex;
	bool is_onlink;
};

/**
 * struct lvn_net_link - an interface
 * @name: now
 * @mtu: now
 * @kind: as in `ip link add type`, "" for hardware
 * @is_up: the operator's flag, not the carrier
 */
struct lvn_net_link {
	char name[IF_NAMESIZE];
	char kind[IF_NAMESIZE];
	uint32_t mtu;
	bool is_up;
};

/**
 * struct lvn_net_way - where a packet would go
 * @ifindex: interface, 0 if the route leads nowhere
 * @table: where the route was found
 * @len: length of the route's prefix
 */
struct lvn_net_way {
	uint32_t ifindex;
	uint32_t table;
	uint8_t len;
};

/** What lvn_net_watch_read() saw: something of the own device, or of anything else. */
#define LVN_NET_NEWS_OWN (1u << 0)
#define LVN_NET_NEWS_OTHERS (1u << 1)

/**
 * typedef lvn_net_remark_fn - something that is wanted cannot be had
 * @error: negative errno; -EEXIST where it gave way to somebody else's
 * @text: a sentence without full stop that names both
 */
typedef void lvn_net_remark_fn(void *arg, int error, const char *text);

/** lvn_net_open() - for the namespace of the calling process; lvn_net_close() it */
int lvn_net_open(struct lvn_net **ret_net);

/** lvn_net_close() - NULL is allowed; nothing is undone */
void lvn_net_close(struct lvn_net *net);

/** lvn_net_link_set() - bring the interface up; set its MTU unless 0 */
int lvn_net_link_set(struct lvn_net *net, uint32_t ifindex, uint32_t mtu);

/** lvn_net_link_get() - look at an interface; -ENODEV if there is none */
int lvn_net_link_get(struct lvn_net *net, uint32_t ifindex, struct lvn_net_link *ret);

/**
 * lvn_net_apply() - set what is in @want, remove what is in @have and not in @want
 * @have: what was set before; may be NULL
 *
 * Goes on after errors. Others' routes and addresses stay; see lvn_net_sync().
 *
 * Return: 0 or the first error, which @ret_what, of at least LVN_NET_WHAT_SIZE bytes, explains; it
 * is "" else.
 */
int lvn_net_apply(struct lvn_net *net, uint32_t ifindex, const struct lvn_netset *have,
		  const struct lvn_netset *want, char *ret_what);

/**
 * lvn_net_sync() - as lvn_net_apply(), for all that the device has
 * @have: addresses and unreachable routes that were set before; may be NULL
 * @fn: told of everything in @want that is not there afterwards; may be NULL
 * @ret_done: what is there of @want
 *
 * Routes of the device that have our protocol and are not wanted are removed whether or not they are
 * in @have, so that what a killed run left goes, too. Changes nothing if all is as it should be, so
 * that it may be called at each news.
 */
void lvn_net_sync(struct lvn_net *net, uint32_t ifindex, const struct lvn_netset *have,
		  const struct lvn_netset *want, lvn_net_remark_fn *fn, void *arg,
		  struct lvn_netset *ret_done);

/** typedef lvn_net_prefix_fn - sees an address or route; @is_ours: it looks as we make them */
typedef void lvn_net_prefix_fn(void *arg, const struct lvn_prefix *prefix, bool is_ours);

/**
 * lvn_net_own_addresses() - list the addresses of a device, with the length of their network
 *
 * Return: 0, -EINTR if they changed meanwhile, and some may be missing, or another errno.
 */
int lvn_net_own_addresses(struct lvn_net *net, uint32_t ifindex, lvn_net_prefix_fn *fn, void *arg);

/** lvn_net_own_routes() - the same for the routes of the main table with our protocol */
int lvn_net_own_routes(struct lvn_net *net, uint32_t ifindex, lvn_net_prefix_fn *fn, void *arg);

/** lvn_net_watch_fd() - readable when lvn_net_watch_read() has something to say */
int lvn_net_watch_fd(const struct lvn_net *net);

/**
 * lvn_net_watch_read() - empty the queue of news
 * @own: our device
 *
 * Return: LVN_NET_NEWS_* of what changed: links, addresses, routes, rules; 0 for nothing.
 */
unsigned int lvn_net_watch_read(struct lvn_net *net, uint32_t own);

/**
 * lvn_net_onlink() - the route of another interface whose link all of @prefix is on
 * @own: our device
 *
 * Return: NULL if there is none. Valid until the next call here.
 */
const struct lvn_net_foreign *lvn_net_onlink(struct lvn_net *net, uint32_t own,
					     const struct lvn_prefix *prefix);

/** lvn_net_has_other_way() - whether another's route in @table (0 for main) leads to @to */
bool lvn_net_has_other_way(struct lvn_net *net, uint32_t own, uint32_t table,
			   const struct lvn_addr *to);

/**
 * lvn_net_way_to() - the route that packets to @to take
 * @oif: interface they must leave by, 0 for any
 * @mark: their fwmark
 *
 * Return: 0, or why there is none.
 */
int lvn_net_way_to(struct lvn_net *net, const struct lvn_addr *to, uint32_t oif, uint32_t mark,
		   struct lvn_net_way *ret);

/**
 * lvn_net_source() - the source address the kernel takes towards @to
 * @ifname: leave by this interface; may be NULL
 * @mark: fwmark
 */
int lvn_net_source(const struct lvn_endpoint *to, const char *ifname, uint32_t mark,
		   struct lvn_addr *ret_addr);

#endif
