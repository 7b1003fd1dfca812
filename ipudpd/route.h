/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel's routes say. The kernel routes each outer packet itself; what is asked for here
 * is what it does not tell then: the path's MTU, the interface, the source address.
 */
#ifndef _IPUDP_ROUTE_H
#define _IPUDP_ROUTE_H

#include <stdbool.h>

#include "addr.h"

struct ipudp_device;
struct ipudp_endpoint;
struct ipudp_endpoint_config;
struct ipudp_home;
struct ipudp_listener;
struct ipudp_worker;

/**
 * struct ipudp_route - a route to a remote, as it was when it was asked for
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
struct ipudp_route {
	uint32_t lock; /* protects: all of the struct; odd while it is written */
	uint32_t generation;
	uint64_t checked_ms;
	uint32_t mtu;
	uint32_t ifindex;
	uint16_t gateway_family;
	bool encapsulates;
	union ipudp_ip source;
	union ipudp_ip gateway;
};

/**
 * struct ipudp_nexthop - the next hop of an inner packet's route
 * @generation: home->routes when it was asked for, 0 for never
 * @checked_ms: when that was
 * @ifindex: of the device
 * @family: of the destination, AF_INET or AF_INET6
 * @destination: what it was asked for
 * @gateway_family: of the gateway, 0 if there is none
 * @gateway: where the packet goes
 */
struct ipudp_nexthop {
	uint32_t generation;
	uint64_t checked_ms;
	uint32_t ifindex;
	uint16_t family;
	uint16_t gateway_family;
	union ipudp_ip destination;
	union ipudp_ip gateway;
};

/** Places in a thread's cache of next hops; a power of two. */
#define IPUDP_NEXTHOPS 1024

/** ipudp_route_open() - a socket for requests, or a negative errno */
int ipudp_route_open(void);

/**
 * ipudp_route_get() - the route to an endpoint's remote
 * @ret: receives a copy
 *
 * Asks the kernel when the endpoint's copy is old. Return: false if there is no route.
 */
bool ipudp_route_get(struct ipudp_worker *worker, const struct ipudp_listener *listener,
		     struct ipudp_endpoint *endpoint, struct ipudp_route *ret);

/** ipudp_route_query() - likewise without an endpoint */
bool ipudp_route_query(struct ipudp_worker *worker, const struct ipudp_listener *listener,
		       const struct ipudp_endpoint_config *config, struct ipudp_route *ret);

/**
 * ipudp_route_begin_run() - ask about each link once, until ipudp_route_end_run()
 *
 * For many questions in a row. A link that changes meanwhile brings news, which end the validity of
 * all answers.
 */
void ipudp_route_begin_run(struct ipudp_worker *worker);

/** ipudp_route_end_run() - from here on ask about links each time again */
void ipudp_route_end_run(struct ipudp_worker *worker);

/**
 * ipudp_route_nexthop() - the next hop of the route that a packet takes into a device
 * @ip: its destination; receives the next hop if there is one
 * @family: of @ip, before and after
 */
void ipudp_route_nexthop(struct ipudp_worker *worker, const struct ipudp_device *device,
			 union ipudp_ip *ip, uint16_t *family);

/**
 * ipudp_route_takes() - whether an error to an inner sender is to come out of the device
 * @from: address that the error would come from
 * @to: the inner sender
 *
 * So it goes wherever answers out of the tunnel go: to a local sender without a loopback interface,
 * in a VRF, by rules for what comes in. Otherwise the host can send it itself.
 * Return: false as well if the kernel would not take it from there.
 */
bool ipudp_route_takes(struct ipudp_worker *worker, const struct ipudp_device *device,
		       const union ipudp_ip *from, const union ipudp_ip *to, uint16_t family);

#endif
