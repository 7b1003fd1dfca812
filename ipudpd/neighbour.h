/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Neighbours that tunnels of the fast path send by, and whether the kernel knows where they are.
 *
 * A program that names the next hop spares the kernel a look at its routes for each packet. It may
 * do so only while the kernel has the neighbour's address: what had to wait for that would leave
 * without a link-layer header, as the packet's route is still the one into the tunnel device.
 */
#ifndef _IPUDPD_NEIGHBOUR_H
#define _IPUDPD_NEIGHBOUR_H

#include <stdbool.h>
#include <stdint.h>

#include "addr.h"

struct ipudpd_home;
struct ipudpd_tunnel;
struct nlmsghdr;

/**
 * struct ipudpd_neighbour_key - which neighbour
 * @addr: its address
 * @ifindex: on which link
 * @family: of @addr, AF_INET or AF_INET6
 */
struct ipudpd_neighbour_key {
	union ipudpd_ip addr;
	uint32_t ifindex;
	uint32_t family;
};

/**
 * ipudpd_neighbour_follow() - have a tunnel told of a neighbour, instead of the one before
 *
 * Whenever it becomes known or unknown, ipudpd_fast_tunnel() is called for the tunnel. Control
 * thread.
 *
 * Return: whether it is known now; false if memory is short.
 */
bool ipudpd_neighbour_follow(struct ipudpd_home *home, struct ipudpd_tunnel *tunnel,
			     const struct ipudpd_neighbour_key *key);

/** ipudpd_neighbour_leave() - stop that; also if there was none */
void ipudpd_neighbour_leave(struct ipudpd_home *home, struct ipudpd_tunnel *tunnel);

/** ipudpd_neighbour_news() - RTM_NEWNEIGH or RTM_DELNEIGH of the kernel's */
void ipudpd_neighbour_news(struct ipudpd_home *home, const struct nlmsghdr *nlh);

/** ipudpd_neighbour_sync() - ask for all that are followed, after news were lost */
void ipudpd_neighbour_sync(struct ipudpd_home *home);

#endif
