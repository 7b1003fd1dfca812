/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Telling the fast path (fastpath.h) of the tables, and adding its counters to ours. Without a fast
 * path all of this does nothing. Control thread.
 */
#ifndef _IPUDP_FAST_H
#define _IPUDP_FAST_H

#include <stdbool.h>
#include <stdint.h>

/** Most interfaces that can be named for XDP. */
#define IPUDP_FAST_XDP_MAX 16

/**
 * struct ipudp_fast_config - what the daemon was told of the fast path when it was started
 * @on: use it; if not, what another daemon left of it is removed
 * @gro: aggregate inner TCP packets that come one by one, while there is a device to deliver to
 * @xdp: names of interfaces to receive at by XDP, too, @n_xdp of them
 * @n_xdp: how many
 */
struct ipudp_fast_config {
	bool on;
	bool gro;
	const char *xdp[IPUDP_FAST_XDP_MAX];
	unsigned int n_xdp;
};

struct ipudp_device;
struct ipudp_device_stats;
struct ipudp_event_observer;
struct ipudp_home;
struct ipudp_rule;
struct ipudp_tunnel;
struct ipudp_tunnel_stats;

/**
 * ipudp_fast_open() - load it; without it, this is said once, and all goes on
 * @config: borrowed until ipudp_fast_close()
 */
void ipudp_fast_open(struct ipudp_home *home, const struct ipudp_fast_config *config);

/** ipudp_fast_ready() - all that a dead daemon left is there again: set it, and forget the rest */
void ipudp_fast_ready(struct ipudp_home *home);

/** ipudp_fast_close() - let go; @keep leaves it working for a successor */
void ipudp_fast_close(struct ipudp_home *home, bool keep);

/** Has the fast path follow what changes. */
extern const struct ipudp_event_observer ipudp_fast_observer;

/** ipudp_fast_device() - a device was made, or changed */
void ipudp_fast_device(struct ipudp_device *device);

/** ipudp_fast_device_gone() - a device is about to go, went to another namespace, or is turned off */
void ipudp_fast_device_gone(struct ipudp_device *device);

/** ipudp_fast_tunnel() - a tunnel was made, or it or its route changed */
void ipudp_fast_tunnel(struct ipudp_tunnel *tunnel);

/** ipudp_fast_tunnel_gone() - a tunnel is about to go; no rule names it any more */
void ipudp_fast_tunnel_gone(struct ipudp_tunnel *tunnel);

/** ipudp_fast_routes() - routes changed, or may have: look at all tunnels */
void ipudp_fast_routes(struct ipudp_home *home);

/** ipudp_fast_host() - what was set beyond routes changed: look at all devices and tunnels */
void ipudp_fast_host(struct ipudp_home *home);

/** ipudp_fast_rule() - a rule was made, or it or its choice changed */
void ipudp_fast_rule(const struct ipudp_device *device, const struct ipudp_rule *rule);

/** ipudp_fast_rule_gone() - a rule is about to go */
void ipudp_fast_rule_gone(const struct ipudp_device *device, const struct ipudp_rule *rule);

/**
 * enum ipudp_fast_link_state - what is known of an interface that is no device of ours
 * @IPUDP_FAST_LINK_GONE: it is no more
 * @IPUDP_FAST_LINK_MEMBER: it belongs to another one (a bond, a bridge, a VRF ...)
 * @IPUDP_FAST_LINK_THERE: it is there
 * @IPUDP_FAST_LINK_UP: it is up, too
 */
enum ipudp_fast_link_state {
	IPUDP_FAST_LINK_GONE,
	IPUDP_FAST_LINK_MEMBER,
	IPUDP_FAST_LINK_THERE,
	IPUDP_FAST_LINK_UP,
};

/** ipudp_fast_link() - an interface that is no device of ours came, went, or changed */
void ipudp_fast_link(struct ipudp_home *home, uint32_t ifindex, enum ipudp_fast_link_state state);

/** ipudp_fast_counters() - add what the fast path counted for a tunnel to @stats */
void ipudp_fast_counters(const struct ipudp_tunnel *tunnel, struct ipudp_tunnel_stats *stats);

/** ipudp_fast_device_counters() - add what it counted for all tunnels of a device */
void ipudp_fast_device_counters(const struct ipudp_device *device,
				struct ipudp_device_stats *stats);

#endif
