/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses, routes and MTU of the device of a hub or spoke, by rtnetlink; and news of the uplinks.
 */
#ifndef _LVN_NET_H
#define _LVN_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/addr.h"

/** Protocol number of the routes that lvn sets, as `ip route` shows it. */
#define LVN_ROUTE_PROTOCOL 76

#define LVN_NET_ADDRESSES_MAX 8
#define LVN_NET_ROUTES_MAX 272

struct lvn_net;

/**
 * struct lvn_route - one route
 * @prefix: destination, no bits beyond its length
 * @is_unreachable: refuses instead of leading to the device
 */
struct lvn_route {
	struct lvn_prefix prefix;
	bool is_unreachable;
};

/**
 * struct lvn_netset - what a device is to have, or has
 * @addresses: with the length of their network, whose route is not made by them
 * @n_addresses: how many
 * @routes: in @table
 * @n_routes: how many
 * @table: routing table, 0 for main
 * @metric: of the routes, 0 for the kernel's choice
 */
struct lvn_netset {
	struct lvn_prefix addresses[LVN_NET_ADDRESSES_MAX];
	unsigned int n_addresses;
	struct lvn_route routes[LVN_NET_ROUTES_MAX];
	unsigned int n_routes;
	uint32_t table;
	uint32_t metric;
};

/** lvn_net_open() - for the namespace of the calling process; lvn_net_close() it */
int lvn_net_open(struct lvn_net **ret_net);

/** lvn_net_close() - NULL is allowed; nothing is undone */
void lvn_net_close(struct lvn_net *net);

/** lvn_net_link_set() - bring the interface up; set its MTU unless 0 */
int lvn_net_link_set(struct lvn_net *net, uint32_t ifindex, uint32_t mtu);

/**
 * lvn_net_apply() - set what is in @want, remove what is in @have and not in @want
 * @have: what was set before; may be NULL
 *
 * Goes on after errors.
 *
 * Return: 0 or the first error, which @ret_what, of at least 96 bytes, names; it is "" else.
 */
int lvn_net_apply(struct lvn_net *net, uint32_t ifindex, const struct lvn_netset *have,
		  const struct lvn_netset *want, char *ret_what);

/** lvn_net_watch_fd() - readable when uplinks may have changed */
int lvn_net_watch_fd(const struct lvn_net *net);

/**
 * lvn_net_watch_read() - empty the queue of news
 * @except: interface that is not meant, the spoke's own
 *
 * Return: whether a link, address or route of another interface changed.
 */
bool lvn_net_watch_read(struct lvn_net *net, uint32_t except);

/**
 * lvn_net_route_to() - the interface that packets to @to leave by
 * @mark: their fwmark
 */
int lvn_net_route_to(struct lvn_net *net, const struct lvn_addr *to, uint32_t mark,
		     uint32_t *ret_ifindex);

/** lvn_net_route_set() - add or remove one route of @set */
int lvn_net_route_set(struct lvn_net *net, uint32_t ifindex, const struct lvn_netset *set,
		      const struct lvn_route *route, bool is_wanted);

/**
 * lvn_net_source() - the source address the kernel takes towards @to
 * @ifname: leave by this interface; may be NULL
 * @mark: fwmark
 */
int lvn_net_source(const struct lvn_endpoint *to, const char *ifname, uint32_t mark,
		   struct lvn_addr *ret_addr);

#endif
