/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the broker wants of a data plane: tunnels and rules of one device. Implemented over libipudp
 * by hub/dataplane.c, and in memory by the tests.
 */
#ifndef _BROKER_DATAPLANE_H
#define _BROKER_DATAPLANE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/addr.h"

/**
 * struct broker_path - how packets reach a spoke
 * @listener: id of the listener
 * @local: source address, the one that the spoke asked
 * @remote: the spoke, as its NAT shows it
 */
struct broker_path {
	uint32_t listener;
	struct lvn_addr local;
	struct lvn_endpoint remote;
};

/**
 * struct broker_target - one tunnel of a rule
 * @tunnel: id
 * @priority: lower is preferred
 * @weight: share of the flows, at least 1
 */
struct broker_target {
	uint32_t tunnel;
	uint32_t priority;
	uint16_t weight;
};

/** typedef broker_tunnel_fn - sees one tunnel of the list; must not change anything */
typedef void broker_tunnel_fn(void *arg, uint32_t id, const struct broker_path *path);

/** typedef broker_rule_fn - sees one rule of the list; must not change anything */
typedef void broker_rule_fn(void *arg, const struct lvn_prefix *prefix,
			    const struct broker_target *targets, unsigned int n_targets);

/**
 * struct broker_dataplane - the data plane; all return 0 or a negative errno
 * @arg: first argument of each
 * @tunnel_add: make the tunnel @id
 * @tunnel_move: change its path in place, without losing a packet; the listener stays
 * @tunnel_del: remove it and the rules that have no other; -ENOENT is no error to the broker
 * @rule_set: make or replace the rule of a prefix; without targets remove it
 * @tunnel_list: call @fn for each tunnel
 * @rule_list: call @fn for each rule
 * @route_set: route a delegated prefix into the device (@is_up), or no longer
 */
struct broker_dataplane {
	void *arg;
	int (*tunnel_add)(void *arg, uint32_t id, const struct broker_path *path);
	int (*tunnel_move)(void *arg, uint32_t id, const struct broker_path *path);
	int (*tunnel_del)(void *arg, uint32_t id);
	int (*rule_set)(void *arg, const struct lvn_prefix *prefix,
			const struct broker_target *targets, unsigned int n_targets);
	int (*tunnel_list)(void *arg, broker_tunnel_fn *fn, void *fn_arg);
	int (*rule_list)(void *arg, broker_rule_fn *fn, void *fn_arg);
	int (*route_set)(void *arg, const struct lvn_prefix *prefix, bool is_up);
};

#endif
