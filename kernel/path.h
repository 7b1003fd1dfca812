/* SPDX-License-Identifier: GPL-2.0-only */
/* What routers say about the path to a remote. */
#ifndef _IPUDP_PATH_H
#define _IPUDP_PATH_H

#include <linux/types.h>

struct dst_entry;
struct ipudp_endpoint;
struct ipudp_home;

/* The kernel's own limit: no IPv4 path is believed to be narrower; if one is, routers fragment. */
#define IPUDP_PATH_MIN_MTU4 552

/**
 * ipudp_path_mtu() - what a router said about the path to an IPv4 endpoint's remote
 * @dst: the route to it
 * Return: the largest outer packet, as it was said; 0 if nothing was, or on another route.
 */
u32 ipudp_path_mtu(const struct ipudp_endpoint *endpoint, const struct dst_entry *dst);

/**
 * ipudp_path_watch() - see the ICMP errors of a namespace, from now on
 * Context: process, under home->lock. Return: 0 or a negative errno.
 */
int ipudp_path_watch(struct ipudp_home *home);

/** ipudp_path_unwatch() - stop that; the last ones are dealt with after a grace period */
void ipudp_path_unwatch(struct ipudp_home *home);

#endif
