/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel's routes say. The kernel routes each outer packet itself; what is asked for here
 * is what it does not tell then: the path's MTU, the interface, the source address.
 */
#ifndef _IPUDPD_ROUTE_H
#define _IPUDPD_ROUTE_H

#include <stdbool.h>

#include "addr.h"

struct ipudpd_device;
struct ipudpd_endpoint;
struct ipudpd_endpoint_config;
struct ipudpd_home;
struct ipudpd_listener;
struct ipudpd_worker;

/**
 * struct ipudpd_route - a route to a remote, as it was when it was asked for
 * @generation: home->routes then, 0 for never
 * @checked_ms: when that was
 * @mtu: of the path, 0 if there is no route
 * @ifindex: where it leads
 * @encapsulates: it adds headers (MPLS, IPv6 segments ...)
 * @gateway_family: of @gateway, 0 if the remote is on that link
 * @source: source address that it chooses
 * @gateway: next hop
 *
 * Written by any thread under @lock, which readers retry on; all write what the kernel says.
 */
struct ipudpd_route {
	uint32_t lock; /* protects: all of the struct; odd while it is written */
	uint32_t generation;
	uint64_t checked_ms;
	uint32_t mtu;
	uint32_t ifindex;
	uint16_t gateway_family;
	bool encapsulates;
	union ipudpd_ip source;
	union ipudpd_ip gateway;
};

/**
 * struct ipudpd_nexthop - the next hop of an inner packet's route
 * @generation: home->routes when it was asked for, 0 for never
 * @checked_ms: when that was
 * @ifindex: of the device
 * @family: of the destination, AF_INET or AF_INET6
 * @destination: what it was asked for
 * @gateway_family: of the gateway, 0 if there is none
 * @gateway: where the packet goes
 */
struct ipudpd_nexthop {
	uint32_t generation;
	uint64_t checked_ms;
	uint32_t ifindex;
	uint16_t family;
	uint16_t gateway_family;
	union ipudpd_ip destination;
	union ipudpd_ip gateway;
};

/** Places in a thread's cache of next hops; a power of two. */
#define IPUDPD_NEXTHOPS 1024

/** ipudpd_route_open() - a socket for requests, or a negative errno */
int ipudpd_route_open(void);

/**
 * ipudpd_route_get() - the route to an endpoint's remote
 * @ret: receives a copy
 *
 * Asks the kernel when the endpoint's copy is old. Return: false if there is no route.
 */
bool ipudpd_route_get(struct ipudpd_worker *worker, const struct ipudpd_listener *listener,
		      struct ipudpd_endpoint *endpoint, struct ipudpd_route *ret);

/** ipudpd_route_query() - likewise without an endpoint */
bool ipudpd_route_query(struct ipudpd_worker *worker, const struct ipudpd_listener *listener,
			const struct ipudpd_endpoint_config *config, struct ipudpd_route *ret);

/**
 * ipudpd_route_begin_run() - ask about each link once, until ipudpd_route_end_run()
 *
 * For many questions in a row. A link that changes meanwhile brings news, which end the validity of
 * all answers.
 */
void ipudpd_route_begin_run(struct ipudpd_worker *worker);

/** ipudpd_route_end_run() - from here on ask about links each time again */
void ipudpd_route_end_run(struct ipudpd_worker *worker);

/**
 * ipudpd_route_nexthop() - the next hop of the route that a packet takes into a device
 * @ip: its destination; receives the next hop if there is one
 * @family: of @ip, before and after
 */
void ipudpd_route_nexthop(struct ipudpd_worker *worker, const struct ipudpd_device *device,
			  union ipudpd_ip *ip, uint16_t *family);

/**
 * ipudpd_route_takes() - whether an error to an inner sender is to come out of the device
 * @from: address that the error would come from
 * @to: the inner sender
 *
 * So it goes wherever answers out of the tunnel go: to a local sender without a loopback interface,
 * in a VRF, by rules for what comes in. Otherwise the host can send it itself.
 * Return: false as well if the kernel would not take it from there.
 */
bool ipudpd_route_takes(struct ipudpd_worker *worker, const struct ipudpd_device *device,
			const union ipudpd_ip *from, const union ipudpd_ip *to, uint16_t family);

#endif
