/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Telling the fast path (fastpath.h) of the tables, and adding its counters to ours. Without a fast
 * path all of this does nothing. Control thread.
 */
#ifndef _IPUDPD_FAST_H
#define _IPUDPD_FAST_H

#include <stdbool.h>
#include <stdint.h>

struct ipudpd_device;
struct ipudpd_device_stats;
struct ipudpd_home;
struct ipudpd_rule;
struct ipudpd_tunnel;
struct ipudpd_tunnel_stats;

/** ipudpd_fast_open() - load it; without it, this is said once, and all goes on */
void ipudpd_fast_open(struct ipudpd_home *home);

/** ipudpd_fast_ready() - all that a dead daemon left is there again: set it, and forget the rest */
void ipudpd_fast_ready(struct ipudpd_home *home);

/** ipudpd_fast_close() - let go; @keep leaves it working for a successor */
void ipudpd_fast_close(struct ipudpd_home *home, bool keep);

/** ipudpd_fast_device() - a device was made, or changed */
void ipudpd_fast_device(struct ipudpd_device *device);

/** ipudpd_fast_device_gone() - a device is about to go, went to another namespace, or is turned off */
void ipudpd_fast_device_gone(struct ipudpd_device *device);

/** ipudpd_fast_tunnel() - a tunnel was made, or it or its route changed */
void ipudpd_fast_tunnel(struct ipudpd_tunnel *tunnel);

/** ipudpd_fast_tunnel_gone() - a tunnel is about to go; no rule names it any more */
void ipudpd_fast_tunnel_gone(struct ipudpd_tunnel *tunnel);

/** ipudpd_fast_routes() - routes changed, or may have: look at all tunnels */
void ipudpd_fast_routes(struct ipudpd_home *home);

/** ipudpd_fast_rule() - a rule was made, or it or its choice changed */
void ipudpd_fast_rule(struct ipudpd_device *device, const struct ipudpd_rule *rule);

/** ipudpd_fast_rule_gone() - a rule is about to go */
void ipudpd_fast_rule_gone(struct ipudpd_device *device, const struct ipudpd_rule *rule);

/** ipudpd_fast_link() - an interface that is no device of ours is there, or not any more */
void ipudpd_fast_link(struct ipudpd_home *home, uint32_t ifindex, bool there);

/** ipudpd_fast_counters() - add what the fast path counted for a tunnel to @stats */
void ipudpd_fast_counters(const struct ipudpd_tunnel *tunnel, struct ipudpd_tunnel_stats *stats);

/** ipudpd_fast_device_counters() - add what it counted for all tunnels of a device */
void ipudpd_fast_device_counters(const struct ipudpd_device *device,
				 struct ipudpd_device_stats *stats);

#endif
