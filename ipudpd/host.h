/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the administrator of this namespace set beyond routes, and what the stack obeys while programs
 * that go past it do not. Control thread, but for what packets read.
 */
#ifndef _IPUDPD_HOST_H
#define _IPUDPD_HOST_H

#include <stdbool.h>

#include "ipsec.h"

struct ipudpd_home;
struct ipudpd_tunnel;
struct nlmsghdr;

/**
 * struct ipudpd_host - what was set
 * @ipsec: policies
 * @by_dscp: a routing rule looks at the DSCP
 * @by_port: a routing rule looks at ports
 * @strict: an interface takes IPv4 packets only from where they would be sent to (rp_filter 1)
 * @rules_stale: there were news of routing rules since they were read
 * @conf_stale: likewise of rp_filter
 * @control_stale: likewise of qdiscs and filters of our devices
 */
struct ipudpd_host {
	struct ipudpd_ipsec ipsec;
	bool by_dscp;
	bool by_port;
	bool strict;
	bool rules_stale;
	bool conf_stale;
	bool control_stale;
};

/** ipudpd_host_open() - begin; all is read at the first refresh */
void ipudpd_host_open(struct ipudpd_host *host);

/** ipudpd_host_close() - free it */
void ipudpd_host_close(struct ipudpd_host *host);

/** ipudpd_host_lost() - news were lost, or interfaces are new to us: read all at the next refresh */
void ipudpd_host_lost(struct ipudpd_host *host);

/**
 * ipudpd_host_news() - a message of rtnetlink's
 * Return: whether it is no news of routes.
 */
bool ipudpd_host_news(struct ipudpd_home *home, const struct nlmsghdr *nlh);

/** ipudpd_host_refresh() - read what changed, and tell the fast path */
void ipudpd_host_refresh(struct ipudpd_home *home);

/**
 * ipudpd_host_wants_port() - whether a tunnel has to send by its listener's socket
 *
 * For what comes from any other port, the stack looks for routes and policies that name no ports.
 */
bool ipudpd_host_wants_port(const struct ipudpd_host *host, const struct ipudpd_tunnel *tunnel);

/** ipudpd_host_why() - why a tunnel's datagrams are for the stack alone; NULL if they are not */
const char *ipudpd_host_why(const struct ipudpd_host *host, const struct ipudpd_tunnel *tunnel);

#endif
