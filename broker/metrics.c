// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What metrics show of the broker.
 */
#include "broker/metrics.h"

#include <event2/buffer.h>

#include "broker/private.h"
#include "lib/control/metrics.h"

static void add_by_reason(struct evbuffer *out, const char *name, const char *help,
			  const uint64_t values[BROKER_REASONS])
{
	unsigned int i;

	control_metrics_family(out, name, "counter", help);
	for (i = 0; i < BROKER_REASONS; i++)
		evbuffer_add_printf(out, "%s{reason=\"%s\"} %llu\n", name, broker_reason_name(i),
				    (unsigned long long)values[i]);
}

static void add_refusals(struct evbuffer *out, const struct broker_stats *s)
{
	unsigned int i;

	control_metrics_family(out, "lvn_refusals_total", "counter",
			       "Requests of spokes refused, by reason.");
	for (i = 0; i < BROKER_REFUSALS; i++)
		evbuffer_add_printf(out, "lvn_refusals_total{reason=\"%s\"} %llu\n",
				    broker_refusal_names[i], (unsigned long long)s->refused[i]);
}

/* Expiry of the certificate that ends first: what an operator wants to be woken by. */
static void add_certificates(struct evbuffer *out, const struct broker *broker)
{
	const struct broker_session *session;
	int64_t first = 0;

	for (session = broker->sessions; session; session = session->hh.next)
		if (session->credential_ends && (!first || session->credential_ends < first))
			first = session->credential_ends;
	if (first)
		control_metrics_add(out, "lvn_spoke_certificate_expiry_timestamp_seconds", "gauge",
				    "When the first certificate of a session ends.", first);
}

/**
 * struct pools - one kind of them
 * @prefixes: of @n, what each gives from
 * @pools: of @n
 * @n: how many
 */
struct pools {
	struct lvn_prefix prefixes[BROKER_NETWORKS_MAX];
	struct broker_pool *const *pools;
	unsigned int n;
};

static void add_pools(struct evbuffer *out, const char *name, const char *help,
		      const struct pools *pools, uint64_t (*fn)(const struct broker_pool *pool))
{
	char text[LVN_ADDR_TEXT_SIZE];
	unsigned int i;

	if (pools->n)
		control_metrics_family(out, name, "gauge", help);
	for (i = 0; i < pools->n; i++)
		evbuffer_add_printf(out, "%s{pool=\"%s\"} %llu\n", name,
				    lvn_prefix_format(&pools->prefixes[i], text),
				    (unsigned long long)fn(pools->pools[i]));
}

static uint64_t pool_used(const struct broker_pool *pool)
{
	return broker_pool_used(pool);
}

static uint64_t pool_size(const struct broker_pool *pool)
{
	return broker_pool_size(pool);
}

static void add_all_pools(struct evbuffer *out, const struct broker *broker)
{
	const struct broker_conf *conf = broker->conf;
	struct pools addresses = { .pools = broker->addresses, .n = conf->n_networks };
	struct pools prefixes = { .pools = broker->delegations, .n = conf->n_delegations };
	unsigned int i;

	for (i = 0; i < conf->n_networks; i++) {
		addresses.prefixes[i] = conf->networks[i];
		lvn_addr_mask(&addresses.prefixes[i].addr, conf->networks[i].len);
	}
	for (i = 0; i < conf->n_delegations; i++)
		prefixes.prefixes[i] = conf->delegations[i].prefix;
	add_pools(out, "lvn_pool_addresses_used",
		  "Addresses taken, with those that are never given.", &addresses, pool_used);
	add_pools(out, "lvn_pool_addresses", "Addresses in the pool.", &addresses, pool_size);
	add_pools(out, "lvn_pool_prefixes_used", "Delegated prefixes taken.", &prefixes, pool_used);
	add_pools(out, "lvn_pool_prefixes", "Prefixes in the pool.", &prefixes, pool_size);
}

static void add_stats(struct evbuffer *out, const struct broker *broker)
{
	struct broker_stats s;

	broker_stats_get(broker, &s);
	control_metrics_add(out, "lvn_leases", "gauge", "Leases, with those in grace.", s.leases);
	control_metrics_add(out, "lvn_sessions", "gauge", "Sessions.", s.sessions);
	control_metrics_add(out, "lvn_bindings", "gauge", "Bindings with tunnels.", s.bindings);
	control_metrics_add(out, "lvn_sessions_begun_total", "counter", "Sessions begun.", s.begun);
	control_metrics_add(out, "lvn_sessions_resumed_total", "counter", "Sessions resumed.",
			    s.resumed);
	control_metrics_add(out, "lvn_sessions_adopted_total", "counter",
			    "Sessions taken over at the start.", s.adopted);
	control_metrics_add(out, "lvn_renewals_total", "counter", "Renewals.", s.renewed);
	add_refusals(out, &s);
	control_metrics_add(out, "lvn_tunnels_made_total", "counter", "Tunnels made.", s.made);
	control_metrics_add(out, "lvn_tunnels_moved_total", "counter",
			    "Tunnels moved to another mapping.", s.moved);
	add_by_reason(out, "lvn_sessions_ended_total", "Sessions ended.", s.ended);
	add_by_reason(out, "lvn_tunnels_lost_total", "Tunnels removed.", s.lost);
	control_metrics_add(out, "lvn_dataplane_errors_total", "counter",
			    "Requests that the data plane refused.", s.dataplane_errors);
	control_metrics_add(out, "lvn_store_errors_total", "counter",
			    "Writes that the store refused.", s.store_errors);
}

void broker_metrics_write(const struct broker *broker, struct evbuffer *out)
{
	add_stats(out, broker);
	add_all_pools(out, broker);
	add_certificates(out, broker);
}
