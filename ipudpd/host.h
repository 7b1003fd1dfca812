/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the administrator of this namespace set beyond routes, and what the stack obeys while programs
 * that go past it do not. Control thread, but for what packets read.
 */
#ifndef _IPUDP_HOST_H
#define _IPUDP_HOST_H

#include <stdbool.h>

#include "ipsec.h"

struct ipudp_home;
struct ipudp_tunnel;
struct nlmsghdr;

/**
 * struct ipudp_host - what was set
 * @ipsec: policies
 * @by_dscp: a routing rule looks at the DSCP
 * @by_port: a routing rule looks at ports
 * @strict: an interface takes IPv4 packets only from where they would be sent to (rp_filter 1)
 * @rules_stale: there were news of routing rules since they were read
 * @conf_stale: likewise of rp_filter
 * @control_stale: likewise of qdiscs and filters of our devices
 */
struct ipudp_host {
	struct ipudp_ipsec ipsec;
	bool by_dscp;
	bool by_port;
	bool strict;
	bool rules_stale;
	bool conf_stale;
	bool control_stale;
};

/** ipudp_host_open() - begin; all is read at the first refresh */
void ipudp_host_open(struct ipudp_host *host);

/** ipudp_host_close() - free it */
void ipudp_host_close(struct ipudp_host *host);

/** ipudp_host_lost() - news were lost, or interfaces are new to us: read all at the next refresh */
void ipudp_host_lost(struct ipudp_host *host);

/**
 * ipudp_host_news() - a message of rtnetlink's
 * Return: whether it is no news of routes.
 */
bool ipudp_host_news(struct ipudp_home *home, const struct nlmsghdr *nlh);

/** ipudp_host_refresh() - read what changed, and tell the fast path */
void ipudp_host_refresh(struct ipudp_home *home);

/**
 * ipudp_host_wants_port() - whether a tunnel has to send by its listener's socket
 *
 * For what comes from any other port, the stack looks for routes and policies that name no ports.
 */
bool ipudp_host_wants_port(const struct ipudp_host *host, const struct ipudp_tunnel *tunnel);

/** ipudp_host_why() - why a tunnel's datagrams are for the stack alone; NULL if they are not */
const char *ipudp_host_why(const struct ipudp_host *host, const struct ipudp_tunnel *tunnel);

#endif
