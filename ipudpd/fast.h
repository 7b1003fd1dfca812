/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Telling the fast path (fastpath.h) of the tables, and adding its counters to ours. Without a fast
 * path all of this does nothing. Control thread.
 */
#ifndef _IPUDPD_FAST_H
#define _IPUDPD_FAST_H

#include <stdbool.h>
#include <stdint.h>

/** Most interfaces that can be named for XDP. */
#define IPUDPD_FAST_XDP_MAX 16

/**
 * struct ipudpd_fast_config - what the daemon was told of the fast path when it was started
 * @on: use it; if not, what another daemon left of it is removed
 * @gro: aggregate inner TCP packets that come one by one, while there is a device to deliver to
 * @xdp: names of interfaces to receive at by XDP, too, @n_xdp of them
 * @n_xdp: how many
 */
struct ipudpd_fast_config {
	bool on;
	bool gro;
	const char *xdp[IPUDPD_FAST_XDP_MAX];
	unsigned int n_xdp;
};

struct ipudpd_device;
struct ipudpd_device_stats;
struct ipudpd_home;
struct ipudpd_rule;
struct ipudpd_tunnel;
struct ipudpd_tunnel_stats;

/**
 * ipudpd_fast_open() - load it; without it, this is said once, and all goes on
 * @config: borrowed until ipudpd_fast_close()
 */
void ipudpd_fast_open(struct ipudpd_home *home, const struct ipudpd_fast_config *config);

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

/** ipudpd_fast_host() - what was set beyond routes changed: look at all devices and tunnels */
void ipudpd_fast_host(struct ipudpd_home *home);

/** ipudpd_fast_rule() - a rule was made, or it or its choice changed */
void ipudpd_fast_rule(struct ipudpd_device *device, const struct ipudpd_rule *rule);

/** ipudpd_fast_rule_gone() - a rule is about to go */
void ipudpd_fast_rule_gone(struct ipudpd_device *device, const struct ipudpd_rule *rule);

/**
 * enum ipudpd_fast_link_state - what is known of an interface that is no device of ours
 * @IPUDPD_FAST_LINK_GONE: it is no more
 * @IPUDPD_FAST_LINK_MEMBER: it belongs to another one (a bond, a bridge, a VRF ...)
 * @IPUDPD_FAST_LINK_THERE: it is there
 * @IPUDPD_FAST_LINK_UP: it is up, too
 */
enum ipudpd_fast_link_state {
	IPUDPD_FAST_LINK_GONE,
	IPUDPD_FAST_LINK_MEMBER,
	IPUDPD_FAST_LINK_THERE,
	IPUDPD_FAST_LINK_UP,
};

/** ipudpd_fast_link() - an interface that is no device of ours came, went, or changed */
void ipudpd_fast_link(struct ipudpd_home *home, uint32_t ifindex,
		      enum ipudpd_fast_link_state state);

/** ipudpd_fast_counters() - add what the fast path counted for a tunnel to @stats */
void ipudpd_fast_counters(const struct ipudpd_tunnel *tunnel, struct ipudpd_tunnel_stats *stats);

/** ipudpd_fast_device_counters() - add what it counted for all tunnels of a device */
void ipudpd_fast_device_counters(const struct ipudpd_device *device,
				 struct ipudpd_device_stats *stats);

#endif
