// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The broker as a whole: making it, its clock, changing its configuration.
 */
#include "broker/broker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <utlist.h>

#include "broker/policy.h"
#include "broker/private.h"

/* Counters are written when they are so old, at most so many a second. */
#define COUNTER_AGE_MS 30000
#define COUNTERS_MAX 2000

#define CHECK_EVERY_MS 10000

/* Identities made up a second for one network, and at once. */
#define NEWCOMERS_RATE 1
#define NEWCOMERS_BURST 64

static int64_t wall_s(void)
{
	return time(NULL);
}

static const struct broker_clock system_clock = {
	.monotonic_ms = lvn_clock_ms,
	.wall_s = wall_s,
};

int broker_create(struct broker_conf *conf, const struct broker_dataplane *dataplane,
		  const struct broker_store *store, const struct broker_clock *clock,
		  struct broker **ret_broker)
{
	struct broker *broker = calloc(1, sizeof(*broker));
	unsigned int i;
	int ret;

	if (!broker)
		return -ENOMEM;
	broker->dataplane = *dataplane;
	broker->store = *store;
	broker->clock = clock ? *clock : system_clock;
	broker->next_tunnel = 1;
	lvn_ratelimit_init(&broker->store_log, 1, 3);
	for (i = 0; i < BROKER_SOURCES; i++)
		lvn_ratelimit_init(&broker->newcomers[i], NEWCOMERS_RATE, NEWCOMERS_BURST);
	ret = broker_pools_create(broker, conf);
	if (ret < 0) {
		broker_destroy(broker);
		return ret;
	}
	broker->conf = conf;
	*ret_broker = broker;
	return 0;
}

void broker_destroy(struct broker *broker)
{
	struct broker_lease *lease, *next;

	if (!broker)
		return;
	HASH_CLEAR(hh, broker->by_remote);
	broker_prefix_disown_all(broker);
	HASH_ITER(hh, broker->leases, lease, next) {
		if (lease->session)
			broker_session_destroy(broker, lease->session);
		HASH_DEL(broker->leases, lease);
		free(lease->identity);
		free(lease);
	}
	broker_policy_destroy(broker);
	broker_pools_destroy(broker);
	broker_conf_destroy(broker->conf);
	free(broker);
}

void broker_set_front(struct broker *broker, const struct broker_front *front)
{
	broker->front = *front;
}

const struct broker_conf *broker_conf(const struct broker *broker)
{
	return broker->conf;
}

static bool same_networks(const struct broker_conf *a, const struct broker_conf *b)
{
	unsigned int i;

	if (a->n_networks != b->n_networks || a->n_delegations != b->n_delegations ||
	    !lvn_prefix_equal(&a->kept, &b->kept))
		return false;
	for (i = 0; i < a->n_networks; i++)
		if (!lvn_prefix_equal(&a->networks[i], &b->networks[i]))
			return false;
	for (i = 0; i < a->n_delegations; i++)
		if (!lvn_prefix_equal(&a->delegations[i].prefix, &b->delegations[i].prefix) ||
		    a->delegations[i].len != b->delegations[i].len)
			return false;
	return true;
}

/* Fixed addresses come and go: a set of pools as if they had always been so. */
static int remake_pools(struct broker *broker, struct broker_conf *conf)
{
	struct broker_pool *addresses[BROKER_NETWORKS_MAX];
	struct broker_pool *delegations[BROKER_DELEGATIONS_MAX];
	struct broker_conf *old_conf = broker->conf;
	struct broker_lease *lease;
	struct broker old;
	int ret;

	memcpy(addresses, broker->addresses, sizeof(addresses));
	memcpy(delegations, broker->delegations, sizeof(delegations));
	memset(broker->addresses, 0, sizeof(addresses));
	memset(broker->delegations, 0, sizeof(delegations));
	ret = broker_pools_create(broker, conf);
	memset(&old, 0, sizeof(old));
	if (ret < 0) {
		memcpy(old.addresses, broker->addresses, sizeof(addresses));
		memcpy(old.delegations, broker->delegations, sizeof(delegations));
		memcpy(broker->addresses, addresses, sizeof(addresses));
		memcpy(broker->delegations, delegations, sizeof(delegations));
		broker_pools_destroy(&old);
		return ret;
	}
	memcpy(old.addresses, addresses, sizeof(addresses));
	memcpy(old.delegations, delegations, sizeof(delegations));
	broker_pools_destroy(&old);
	broker->conf = conf;
	broker_prefix_disown_all(broker);
	for (lease = broker->leases; lease; lease = lease->hh.next) {
		struct broker_lease before = *lease;

		broker_lease_reclaim(broker, lease);
		if (lease->session)
			broker_binding_update(broker, lease->session, &before);
	}
	broker_lease_refill(broker);
	broker_conf_destroy(old_conf);
	return 0;
}

int broker_reconfigure(struct broker *broker, struct broker_conf *conf)
{
	struct broker_session *session;
	int ret;

	if (!same_networks(broker->conf, conf))
		return -EINVAL;
	ret = remake_pools(broker, conf);
	if (ret < 0)
		return ret;
	broker_policy_enforce(broker);
	for (session = broker->sessions; session; session = session->hh.next)
		if (broker->front.changed)
			broker->front.changed(broker->front.arg, session);
	return 0;
}

static void expire(struct broker *broker, uint64_t now_ms, int64_t wall)
{
	struct broker_session *session;
	struct broker_binding *binding;
	struct broker_lease *lease;

	while ((binding = broker->consent) &&
	       now_ms - binding->seen_ms >= broker->conf->timeout * 1000ull)
		broker_unbind(broker, binding->session, binding->index, 0, BROKER_TIMEOUT);
	while ((session = broker->expiring) && session->expires_ms <= now_ms) {
		if (broker->conf->hears_data && session->n_bound)
			broker_session_prolong(broker, session, broker->conf->expires * 1000ull);
		else
			broker_end(broker, session, BROKER_EXPIRED, 0, false);
	}
	while ((lease = broker->grace) && lease->free_at <= wall)
		broker_lease_forget(broker, lease);
}

void broker_tick(struct broker *broker)
{
	uint64_t now_ms = broker->clock.monotonic_ms();

	expire(broker, now_ms, broker->clock.wall_s());
	if (now_ms >= broker->next_check_ms) {
		broker->next_check_ms = now_ms + CHECK_EVERY_MS;
		broker_policy_expire(broker);
	}
	if (broker->n_unsaved)
		broker_save_retry(broker);
	if (now_ms > COUNTER_AGE_MS)
		broker_save_counters(broker, now_ms - COUNTER_AGE_MS, COUNTERS_MAX);
}

void broker_flush(struct broker *broker)
{
	struct broker_session *session;

	broker->store.begin(broker->store.arg);
	for (session = broker->sessions; session; session = session->hh.next)
		broker_save_session(broker, session);
	broker->store.commit(broker->store.arg);
	broker_save_retry(broker);
	broker_save_counters(broker, UINT64_MAX, UINT32_MAX);
}

void broker_stats_get(const struct broker *broker, struct broker_stats *ret)
{
	unsigned int i;

	*ret = broker->stats;
	ret->leases = HASH_COUNT(broker->leases);
	ret->sessions = HASH_COUNT(broker->sessions);
	ret->bindings = HASH_COUNT(broker->by_remote);
	for (i = 0; i < broker->conf->n_networks; i++) {
		ret->addresses_used += broker_pool_used(broker->addresses[i]);
		ret->addresses_size += broker_pool_size(broker->addresses[i]);
	}
	for (i = 0; i < broker->conf->n_delegations; i++) {
		ret->prefixes_used += broker_pool_used(broker->delegations[i]);
		ret->prefixes_size += broker_pool_size(broker->delegations[i]);
	}
}
