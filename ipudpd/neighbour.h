/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Neighbours that tunnels of the fast path send by, and whether the kernel knows where they are.
 *
 * A program that names the next hop spares the kernel a look at its routes for each packet. It may
 * do so only while the kernel has the neighbour's address: what had to wait for that would leave
 * without a link-layer header, as the packet's route is still the one into the tunnel device.
 */
#ifndef _IPUDP_NEIGHBOUR_H
#define _IPUDP_NEIGHBOUR_H

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"

struct ipudp_home;
struct ipudp_tunnel;
struct nlmsghdr;

/**
 * struct ipudp_neighbour_key - which neighbour
 * @addr: its address
 * @ifindex: on which link
 * @family: of @addr, AF_INET or AF_INET6
 */
struct ipudp_neighbour_key {
	union ipudp_ip addr;
	uint32_t ifindex;
	uint32_t family;
};

/**
 * ipudp_neighbour_follow() - have a tunnel told of a neighbour, instead of the one before
 *
 * Whenever it becomes known or unknown, ipudp_fast_tunnel() is called for the tunnel. Control
 * thread.
 *
 * Return: whether it is known now; false if memory is short.
 */
bool ipudp_neighbour_follow(struct ipudp_home *home, struct ipudp_tunnel *tunnel,
			    const struct ipudp_neighbour_key *key);

/** ipudp_neighbour_leave() - stop that; also if there was none */
void ipudp_neighbour_leave(struct ipudp_home *home, struct ipudp_tunnel *tunnel);

/** ipudp_neighbour_news() - RTM_NEWNEIGH or RTM_DELNEIGH of the kernel's */
void ipudp_neighbour_news(struct ipudp_home *home, const struct nlmsghdr *nlh);

/** ipudp_neighbour_sync() - ask for all that are followed, after news were lost */
void ipudp_neighbour_sync(struct ipudp_home *home);

#endif
