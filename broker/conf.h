/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The broker's configuration, as data: built by a front end from its file (hub/conf.c) and not
 * changed afterwards.
 */
#ifndef _BROKER_CONF_H
#define _BROKER_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/broker.h"
#include "lib/base/addr.h"

#define BROKER_NETWORKS_MAX BROKER_ADDRESSES_MAX
#define BROKER_DELEGATIONS_MAX 4
#define BROKER_ROUTES_MAX 256
#define BROKER_PATTERNS_MAX 4096

/**
 * struct broker_delegation - a pool of prefixes for the networks behind spokes
 * @prefix: the whole
 * @len: of each that is given
 */
struct broker_delegation {
	struct lvn_prefix prefix;
	unsigned int len;
};

/**
 * struct broker_identity - settings for identities that match a pattern; the first match counts
 * @pattern: as of fnmatch(3); owned
 * @addresses: it has always; only where @pattern has no wildcard
 * @n_addresses: how many
 * @prefixes: it has always, delegated
 * @n_prefixes: how many
 * @permitted: it may ask for these prefixes and for parts of them
 * @n_permitted: how many
 */
struct broker_identity {
	char *pattern;
	struct lvn_addr addresses[BROKER_ADDRESSES_MAX];
	unsigned int n_addresses;
	struct lvn_prefix prefixes[BROKER_PREFIXES_MAX];
	unsigned int n_prefixes;
	struct lvn_prefix permitted[BROKER_PREFIXES_MAX];
	unsigned int n_permitted;
};

/**
 * struct broker_patterns - a list of patterns as of fnmatch(3)
 * @list: of @n, owned
 * @n: how many
 */
struct broker_patterns {
	char **list;
	unsigned int n;
};

/**
 * struct broker_conf - all of it; times in seconds
 * @networks: the hub's overlay addresses with the lengths of their networks; spokes get addresses
 *            from these
 * @n_networks: how many
 * @kept: the part of a network whose addresses are all the server's own; of no family for none
 * @delegations: pools of prefixes
 * @n_delegations: how many
 * @routes: told to spokes, beside the networks
 * @n_routes: how many
 * @identities: settings of some, owned
 * @n_identities: how many
 * @allow: if not empty, only these
 * @deny: not these, whatever @allow says
 * @mtu: for the spokes' devices, 0 if they decide
 * @expires: life of a lease unless renewed
 * @grace: how long addresses are kept after the session
 * @keepalive: between binding requests
 * @timeout: without a binding request before the tunnel goes
 * @bindings: most for a session
 * @max_sessions: most in all
 * @max_leases: most in all, with those in grace
 * @max_leases_source: most of spokes without certificates from one network
 * @delegate_limit: most prefixes of pools for one identity
 * @refuse_duplicate: the older of two sessions of an identity stays, not the newer
 * @hears_data: tunnels live as long as something is received from them (broker_hear()), without
 *	binding requests; @timeout begins when they fall silent, and sessions with tunnels do not expire
 * @keeps_leases: identities never lose what they have to others
 */
struct broker_conf {
	struct lvn_prefix networks[BROKER_NETWORKS_MAX];
	unsigned int n_networks;
	struct lvn_prefix kept;
	struct broker_delegation delegations[BROKER_DELEGATIONS_MAX];
	unsigned int n_delegations;
	struct lvn_prefix routes[BROKER_ROUTES_MAX];
	unsigned int n_routes;
	struct broker_identity *identities;
	unsigned int n_identities;
	struct broker_patterns allow;
	struct broker_patterns deny;
	uint32_t mtu;
	uint32_t expires;
	uint32_t grace;
	uint32_t keepalive;
	uint32_t timeout;
	unsigned int bindings;
	unsigned int max_sessions;
	unsigned int max_leases;
	unsigned int max_leases_source;
	unsigned int delegate_limit;
	bool refuse_duplicate;
	bool hears_data;
	bool keeps_leases;
};

/** broker_conf_create() - a configuration with default times and bounds, without networks */
int broker_conf_create(struct broker_conf **ret);

/** broker_conf_destroy() - free it; NULL is allowed */
void broker_conf_destroy(struct broker_conf *conf);

/** broker_patterns_add() - add a copy of @pattern; -E2BIG beyond the bound, -ENOMEM */
int broker_patterns_add(struct broker_patterns *patterns, const char *pattern);

/** broker_patterns_match() - whether one of them matches */
bool broker_patterns_match(const struct broker_patterns *patterns, const char *identity);

/** broker_conf_identity() - the settings for an identity, NULL if there are none */
const struct broker_identity *broker_conf_identity(const struct broker_conf *conf,
						   const char *identity);

/**
 * broker_conf_check() - whether the parts fit together
 * @text: gets a sentence that says what is wrong, and of whom
 * @size: of @text
 *
 * Each address and each prefix has one owner at most: networks, pools, and what is fixed to
 * identities are compared with each other. What identities may ask for (permit) may overlap all of
 * it; it is compared when they ask.
 */
int broker_conf_check(const struct broker_conf *conf, char *text, size_t size);

#endif
