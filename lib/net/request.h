/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of lib/net share: the sockets, requests, and the memory of others' routes.
 */
#ifndef _LVN_NET_REQUEST_H
#define _LVN_NET_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

#include "lib/net/net.h"

/**
 * struct lvn_net - connection to rtnetlink
 * @requests: socket for requests and their answers
 * @watch: socket that hears of changes, for the caller's loop
 * @routes_watch: socket that hears of routes, to know when @foreign is old
 * @seq: number of the last request
 * @foreign: routes of others, as they were when last read
 * @n_foreign: how many
 * @room: of @foreign
 * @own: device whose routes are not in @foreign
 * @is_fresh: @foreign was read
 */
struct lvn_net {
	struct mnl_socket *requests;
	struct mnl_socket *watch;
	struct mnl_socket *routes_watch;
	uint32_t seq;
	struct lvn_net_foreign *foreign;
	unsigned int n_foreign;
	unsigned int room;
	uint32_t own;
	bool is_fresh;
};

/** lvn_net_request() - send a request, wait for its answer, which @fn reads unless NULL */
int lvn_net_request(struct lvn_net *net, struct nlmsghdr *nlh, mnl_cb_t fn, void *arg);

/** lvn_net_dump() - likewise for a list; -EINTR if it changed meanwhile, and must be read again */
int lvn_net_dump(struct lvn_net *net, struct nlmsghdr *nlh, mnl_cb_t fn, void *arg);

/** lvn_net_attr_u32() - a number; 0 if it is missing or no number */
uint32_t lvn_net_attr_u32(const struct nlattr *attr);

/** lvn_net_attr_addr() - an address; AF_UNSPEC if it is missing or of another length */
void lvn_net_attr_addr(const struct nlattr *attr, int family, struct lvn_addr *ret);

/**
 * lvn_net_route_read() - a route from a message
 * @ret_protocol: who made it
 *
 * Return: false if it is none that leads or refuses packets for others: local, cached, malformed.
 */
bool lvn_net_route_read(const struct nlmsghdr *nlh, struct lvn_net_foreign *ret,
			uint8_t *ret_protocol);

/**
 * lvn_net_conflict() - the route of somebody else that a route of ours gives way to
 * @metric: of ours, 0 if it was not chosen
 *
 * Return: NULL if there is none. Valid until the next call.
 */
const struct lvn_net_foreign *lvn_net_conflict(struct lvn_net *net, uint32_t own, uint32_t table,
					       uint32_t metric, const struct lvn_prefix *prefix);

#endif
