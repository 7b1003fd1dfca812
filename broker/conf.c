// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The broker's configuration: making, matching, checking.
 */
#include "broker/conf.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/base/cleanup.h"

int broker_conf_create(struct broker_conf **ret)
{
	struct broker_conf *conf = calloc(1, sizeof(*conf));

	if (!conf)
		return -ENOMEM;
	conf->expires = 3600;
	conf->grace = 86400;
	conf->keepalive = 25;
	conf->timeout = 80;
	conf->bindings = 4;
	conf->max_sessions = 16384;
	conf->max_leases = 65536;
	*ret = conf;
	return 0;
}

static void patterns_done(struct broker_patterns *patterns)
{
	unsigned int i;

	for (i = 0; i < patterns->n; i++)
		free(patterns->list[i]);
	free(patterns->list);
}

void broker_conf_destroy(struct broker_conf *conf)
{
	unsigned int i;

	if (!conf)
		return;
	for (i = 0; i < conf->n_identities; i++)
		free(conf->identities[i].pattern);
	free(conf->identities);
	patterns_done(&conf->allow);
	patterns_done(&conf->deny);
	free(conf);
}

int broker_patterns_add(struct broker_patterns *patterns, const char *pattern)
{
	_cleanup_free_ char *copy = strdup(pattern);
	char **list;

	if (patterns->n >= BROKER_PATTERNS_MAX)
		return -E2BIG;
	list = reallocarray(patterns->list, patterns->n + 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	patterns->list = list;
	if (!copy)
		return -ENOMEM;
	list[patterns->n++] = TAKE_PTR(copy);
	return 0;
}

bool broker_patterns_match(const struct broker_patterns *patterns, const char *identity)
{
	unsigned int i;

	for (i = 0; i < patterns->n; i++)
		if (fnmatch(patterns->list[i], identity, 0) == 0)
			return true;
	return false;
}

const struct broker_identity *broker_conf_identity(const struct broker_conf *conf,
						   const char *identity)
{
	unsigned int i;

	for (i = 0; i < conf->n_identities; i++)
		if (fnmatch(conf->identities[i].pattern, identity, 0) == 0)
			return &conf->identities[i];
	return NULL;
}

static bool overlap(const struct lvn_prefix *a, const struct lvn_prefix *b)
{
	return lvn_prefix_covers(a, b) || lvn_prefix_covers(b, a);
}

static const char *check_networks(const struct broker_conf *conf)
{
	unsigned int i, k;

	if (!conf->n_networks)
		return "no network";
	for (i = 0; i < conf->n_networks; i++) {
		const struct lvn_prefix *network = &conf->networks[i];

		if (network->len >= lvn_addr_bits(&network->addr))
			return "a network has no room for spokes";
		for (k = 0; k < i; k++)
			if (overlap(network, &conf->networks[k]))
				return "two networks overlap";
	}
	for (i = 0; i < conf->n_delegations; i++) {
		const struct broker_delegation *delegation = &conf->delegations[i];

		if (delegation->len < delegation->prefix.len || !delegation->len ||
		    delegation->len > lvn_addr_bits(&delegation->prefix.addr))
			return "a delegated length is not within its prefix";
		for (k = 0; k < conf->n_networks; k++)
			if (overlap(&delegation->prefix, &conf->networks[k]))
				return "a delegated prefix overlaps a network";
	}
	return NULL;
}

static const char *check_identity(const struct broker_conf *conf,
				  const struct broker_identity *identity)
{
	unsigned int i, k;

	if (identity->n_addresses && strpbrk(identity->pattern, "*?["))
		return "an identity with wildcards has a fixed address";
	for (i = 0; i < identity->n_addresses; i++) {
		for (k = 0; k < conf->n_networks; k++) {
			if (lvn_addr_equal(&identity->addresses[i], &conf->networks[k].addr))
				return "an identity has the hub's own address";
			if (lvn_prefix_contains(&conf->networks[k], &identity->addresses[i]))
				break;
		}
		if (k == conf->n_networks)
			return "an identity's address is in no network";
	}
	return NULL;
}

int broker_conf_check(const struct broker_conf *conf, const char **ret_text)
{
	const char *text = check_networks(conf);
	unsigned int i;

	for (i = 0; !text && i < conf->n_identities; i++)
		text = check_identity(conf, &conf->identities[i]);
	if (!text && conf->timeout <= conf->keepalive)
		text = "the timeout must exceed the keepalive";
	if (!text && (!conf->bindings || conf->bindings > BROKER_BINDINGS_MAX))
		text = "bindings must be 1 to 16";
	if (!text && (!conf->max_sessions || conf->max_leases < conf->max_sessions))
		text = "max-leases must not be less than max-sessions";
	if (!text)
		return 0;
	*ret_text = text;
	return -EINVAL;
}
