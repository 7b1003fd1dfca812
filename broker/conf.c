// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The broker's configuration: making, matching, checking.
 */
#include "broker/conf.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

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
	conf->max_leases_source = 64;
	conf->delegate_limit = 4;
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
