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

/** ipudpd_fast_counters() - add what the fast path counted for a tunnel to @stats */
void ipudpd_fast_counters(const struct ipudpd_tunnel *tunnel, struct ipudpd_tunnel_stats *stats);

/** ipudpd_fast_device_counters() - add what it counted for all tunnels of a device */
void ipudpd_fast_device_counters(const struct ipudpd_device *device,
				 struct ipudpd_device_stats *stats);

/** ipudpd_fast_link() - an interface that is no device of ours is up, or not */
void ipudpd_fast_link(struct ipudpd_home *home, uint32_t ifindex, bool up);

#endif
