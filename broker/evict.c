// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who has to go when something is full. Identities that came with a certificate go for each other;
 * those that the broker made up cost a stranger nothing, so they go for others of the same network
 * only, and each network has so many of them.
 */
#include <errno.h>

#include <utlist.h>

#include "broker/private.h"

/* How long an identity without a certificate has been away before its own network may replace it. */
#define AWAY_MIN_S 600

static bool is_made_up(const struct broker_lease *lease)
{
	return lease->identity[0] == '~';
}

static bool holds(const struct broker_lease *lease, const struct broker_pool *pool)
{
	struct lvn_prefix prefix;
	unsigned int i;

	for (i = 0; broker_binding_prefix(lease, i, &prefix); i++)
		if (broker_pool_len(pool) == prefix.len && broker_pool_has(pool, &prefix.addr))
			return true;
	return false;
}

static bool is_long_away(const struct broker *broker, const struct broker_lease *lease)
{
	int64_t since = lease->free_at - broker->conf->grace;

	return broker->clock.wall_s() - since >= AWAY_MIN_S;
}

/**
 * struct need - what has to become free
 * @pool: a piece of it, NULL for any lease
 * @lease: whose need it is, NULL if it has none yet
 * @is_made_up: whether the broker has made its identity up
 * @source: its network
 */
struct need {
	const struct broker_pool *pool;
	const struct broker_lease *lease;
	bool is_made_up;
	uint32_t source;
};

static bool evict(struct broker *broker, const struct need *need)
{
	struct broker_lease *lease, *chosen = NULL;

	/* the list has first who has been away longest */
	DL_FOREACH(broker->grace, lease) {
		if (lease == need->lease || (need->pool && !holds(lease, need->pool)))
			continue;
		if (broker->conf->keeps_leases && !is_made_up(lease))
			continue;
		if (need->is_made_up && (!is_made_up(lease) || lease->source != need->source ||
					 !need->source || !is_long_away(broker, lease)))
			continue;
		if (!chosen || (is_made_up(lease) && !is_made_up(chosen)))
			chosen = lease;
		if (is_made_up(chosen))
			break;
	}
	if (!chosen)
		return false;
	broker_lease_forget(broker, chosen);
	return true;
}

bool broker_evict_for(struct broker *broker, const struct broker_lease *lease,
		      const struct broker_pool *pool)
{
	const struct need need = { pool, lease, is_made_up(lease), lease->source };

	return evict(broker, &need);
}

bool broker_evict_lease(struct broker *broker, const char *identity, uint32_t source)
{
	const struct need need = { .is_made_up = identity[0] == '~', .source = source };

	return evict(broker, &need);
}

int broker_admit(struct broker *broker, uint32_t source, struct broker_refusal *refusal)
{
	const struct need need = { .is_made_up = true, .source = source };

	if (!source || source > BROKER_SOURCES)
		return 0;
	if (!lvn_ratelimit_take(&broker->newcomers[source - 1], broker->clock.monotonic_ms()) ||
	    (broker->n_from[source - 1] >= broker->conf->max_leases_source &&
	     !evict(broker, &need)))
		return broker_refuse(broker, refusal, "limit",
				     "too many spokes without certificates from this network");
	return 0;
}
