/* SPDX-License-Identifier: GPL-2.0-or-later */
/* News of interfaces, addresses and routes, and changing interfaces. Control thread. */
#ifndef _IPUDP_LINK_H
#define _IPUDP_LINK_H

#include <stdbool.h>
#include <stdint.h>

struct ipudp_home;

/** ipudp_link_open() - a socket with news, or a negative errno */
int ipudp_link_open(void);

/** ipudp_link_read() - deal with all news that are there */
void ipudp_link_read(struct ipudp_home *home);

/** ipudp_link_sync() - ask for all interfaces, after news were lost or at the start */
void ipudp_link_sync(struct ipudp_home *home);

/** ipudp_link_mtu() - the MTU of an interface, 0 if that is unknown */
uint32_t ipudp_link_mtu(const char *name);

/** ipudp_link_set_mtu() - change the MTU of an interface; 0 or a negative errno */
int ipudp_link_set_mtu(const char *name, uint32_t mtu);

/** ipudp_link_delete() - remove an interface of this namespace; 0 or a negative errno */
int ipudp_link_delete(struct ipudp_home *home, uint32_t ifindex);

#endif
