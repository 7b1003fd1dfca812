// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Metrics in Prometheus' text format.
 */
#include "broker/metrics.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/http.h>

#include "broker/private.h"
#include "lib/base/cleanup.h"

struct broker_metrics {
	struct broker *broker;
	struct evhttp *http;
	broker_metrics_fn *fn;
	void *arg;
};

void broker_metrics_family(struct evbuffer *out, const char *name, const char *type,
			   const char *help)
{
	evbuffer_add_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void broker_metrics_add(struct evbuffer *out, const char *name, const char *type, const char *help,
			uint64_t value)
{
	broker_metrics_family(out, name, type, help);
	evbuffer_add_printf(out, "%s %llu\n", name, (unsigned long long)value);
}

static void add_by_reason(struct evbuffer *out, const char *name, const char *help,
			  const uint64_t values[BROKER_REASONS])
{
	unsigned int i;

	broker_metrics_family(out, name, "counter", help);
	for (i = 0; i < BROKER_REASONS; i++)
		evbuffer_add_printf(out, "%s{reason=\"%s\"} %llu\n", name, broker_reason_name(i),
				    (unsigned long long)values[i]);
}

static void add_refusals(struct evbuffer *out, const struct broker_stats *s)
{
	unsigned int i;

	broker_metrics_family(out, "lvn_refusals_total", "counter",
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
		broker_metrics_add(out, "lvn_spoke_certificate_expiry_timestamp_seconds", "gauge",
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
		broker_metrics_family(out, name, "gauge", help);
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
	broker_metrics_add(out, "lvn_leases", "gauge", "Leases, with those in grace.", s.leases);
	broker_metrics_add(out, "lvn_sessions", "gauge", "Sessions.", s.sessions);
	broker_metrics_add(out, "lvn_bindings", "gauge", "Bindings with tunnels.", s.bindings);
	broker_metrics_add(out, "lvn_sessions_begun_total", "counter", "Sessions begun.", s.begun);
	broker_metrics_add(out, "lvn_sessions_resumed_total", "counter", "Sessions resumed.",
			   s.resumed);
	broker_metrics_add(out, "lvn_sessions_adopted_total", "counter",
			   "Sessions taken over at the start.", s.adopted);
	broker_metrics_add(out, "lvn_renewals_total", "counter", "Renewals.", s.renewed);
	add_refusals(out, &s);
	broker_metrics_add(out, "lvn_tunnels_made_total", "counter", "Tunnels made.", s.made);
	broker_metrics_add(out, "lvn_tunnels_moved_total", "counter",
			   "Tunnels moved to another mapping.", s.moved);
	add_by_reason(out, "lvn_sessions_ended_total", "Sessions ended.", s.ended);
	add_by_reason(out, "lvn_tunnels_lost_total", "Tunnels removed.", s.lost);
	broker_metrics_add(out, "lvn_dataplane_errors_total", "counter",
			   "Requests that the data plane refused.", s.dataplane_errors);
	broker_metrics_add(out, "lvn_store_errors_total", "counter",
			   "Writes that the store refused.", s.store_errors);
}

static void on_request(struct evhttp_request *request, void *arg)
{
	struct broker_metrics *metrics = arg;
	struct evbuffer *out = evbuffer_new();

	if (!out) {
		evhttp_send_error(request, HTTP_SERVUNAVAIL, NULL);
		return;
	}
	add_stats(out, metrics->broker);
	add_all_pools(out, metrics->broker);
	add_certificates(out, metrics->broker);
	if (metrics->fn)
		metrics->fn(metrics->arg, out);
	evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type",
			  "text/plain; version=0.0.4");
	evhttp_send_reply(request, HTTP_OK, "OK", out);
	evbuffer_free(out);
}

static int open_socket(const struct lvn_endpoint *endpoint)
{
	struct sockaddr_storage ss;
	socklen_t len = lvn_endpoint_to_sockaddr(endpoint, &ss);
	_cleanup_close_ int fd =
		socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const int one = 1;

	if (fd < 0)
		return -errno;
	/* a restart must not wait for connections that have ended */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    bind(fd, (struct sockaddr *)&ss, len) < 0 || listen(fd, 16) < 0)
		return -errno;
	return TAKE_FD(fd);
}

int broker_metrics_create(struct broker *broker, struct event_base *base,
			  const struct lvn_endpoint *endpoint, broker_metrics_fn *fn, void *arg,
			  struct broker_metrics **ret_metrics)
{
	_cleanup_close_ int fd = open_socket(endpoint);
	struct broker_metrics *metrics;

	if (fd < 0)
		return fd;
	metrics = calloc(1, sizeof(*metrics));
	if (!metrics)
		return -ENOMEM;
	metrics->broker = broker;
	metrics->fn = fn;
	metrics->arg = arg;
	metrics->http = evhttp_new(base);
	if (!metrics->http) {
		free(metrics);
		return -ENOMEM;
	}
	evhttp_set_allowed_methods(metrics->http, EVHTTP_REQ_GET);
	evhttp_set_max_headers_size(metrics->http, 8192);
	evhttp_set_max_body_size(metrics->http, 0);
	evhttp_set_timeout(metrics->http, 10);
	evhttp_set_cb(metrics->http, "/metrics", on_request, metrics);
	if (evhttp_accept_socket(metrics->http, fd) < 0) {
		broker_metrics_destroy(metrics);
		return -ENOMEM;
	}
	TAKE_FD(fd);
	*ret_metrics = metrics;
	return 0;
}

void broker_metrics_destroy(struct broker_metrics *metrics)
{
	if (!metrics)
		return;
	evhttp_free(metrics->http);
	free(metrics);
}
