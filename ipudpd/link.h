/* SPDX-License-Identifier: GPL-2.0-or-later */
/* News of interfaces, addresses and routes, and changing interfaces. Control thread. */
#ifndef _IPUDPD_LINK_H
#define _IPUDPD_LINK_H

#include <stdbool.h>
#include <stdint.h>

struct ipudpd_home;

/** ipudpd_link_open() - a socket with news, or a negative errno */
int ipudpd_link_open(void);

/** ipudpd_link_read() - deal with all news that are there */
void ipudpd_link_read(struct ipudpd_home *home);

/** ipudpd_link_sync() - ask for all interfaces, after news were lost or at the start */
void ipudpd_link_sync(struct ipudpd_home *home);

/** ipudpd_link_mtu() - the MTU of an interface, 0 if that is unknown */
uint32_t ipudpd_link_mtu(const char *name);

/** ipudpd_link_set_mtu() - change the MTU of an interface; 0 or a negative errno */
int ipudpd_link_set_mtu(const char *name, uint32_t mtu);

/** ipudpd_link_delete() - remove an interface of this namespace; 0 or a negative errno */
int ipudpd_link_delete(struct ipudpd_home *home, uint32_t ifindex);

#endif
