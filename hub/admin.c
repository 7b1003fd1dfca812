// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Administration of lvnd.
 */
#include "hub/admin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/buffer.h>
#include <jansson.h>

#include "broker/conf.h"
#include "broker/command.h"
#include "broker/metrics.h"
#include "hub/dataplane.h"
#include "hub/hub.h"
#include "hub/tls.h"
#include "hub/tsp.h"
#include "lib/base/cleanup.h"
#include "lib/base/notify.h"
#include "lib/control/metrics.h"
#include "lib/control/socket.h"

#ifndef LVN_VERSION
#define LVN_VERSION "0"
#endif

static void cleanup_conf(struct hub_conf **conf)
{
	hub_conf_destroy(*conf);
}

/* Seconds since 1970. */
static int64_t started(const struct hub *hub)
{
	return time(NULL) - (int64_t)((lvn_clock_ms() - hub->started_ms) / 1000);
}

static void on_metrics(void *arg, struct evbuffer *out)
{
	const struct hub *hub = arg;
	const struct hub_stats *s = &hub->stats;
	const struct {
		const char *name, *type, *help;
		uint64_t value;
	} metrics[] = {
		{ "lvn_connections", "gauge", "Control connections with a session.",
		  hub->n_connections },
		{ "lvn_connections_pending", "gauge", "Connections without a session.",
		  hub->n_pending + hub->n_arrivals },
		{ "lvn_connections_accepted_total", "counter", "TCP connections accepted.", s->accepted },
		{ "lvn_connections_evicted_total", "counter",
		  "Connections closed to make room for newer ones.", s->evicted },
		{ "lvn_connections_refused_total", "counter",
		  "Connections rejected because a limit or timeout was reached.", s->refused },
		{ "lvn_handshakes_total", "counter", "TLS handshakes.", s->handshakes },
		{ "lvn_handshakes_failed_total", "counter", "TLS handshakes that failed.",
		  s->handshakes_failed },
		{ "lvn_messages_bad_total", "counter", "Malformed messages.", s->bad_lines },
		{ "lvn_stun_requests_total", "counter", "Authenticated STUN requests.",
		  s->stun_good },
		{ "lvn_stun_plain_total", "counter", "Plain STUN requests answered.",
		  s->stun_plain },
		{ "lvn_stun_limited_total", "counter", "Strangers' STUN requests over the rate.",
		  s->stun_limited },
		{ "lvn_stun_unknown_total", "counter", "STUN requests of unknown sessions.",
		  s->stun_unknown },
		{ "lvn_stun_forged_total", "counter", "STUN requests with wrong integrity.",
		  s->stun_forged },
		{ "lvn_stun_replayed_total", "counter", "STUN requests with an old counter.",
		  s->stun_replayed },
		{ "lvn_stun_proofs_total", "counter", "Mappings that had to be proved.",
		  s->stun_proofs },
		{ "lvn_stun_inside_total", "counter", "Bindings from inside the overlay, refused.",
		  s->stun_inside },
		{ "lvn_stun_malformed_total", "counter", "Malformed STUN datagrams.",
		  s->stun_malformed },
	};
	size_t i;

	broker_metrics_write(hub->broker, out);
	for (i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
		control_metrics_add(out, metrics[i].name, metrics[i].type, metrics[i].help,
				    metrics[i].value);
	control_metrics_family(out, "lvn_build_info", "gauge",
			       "Always 1; what runs is in its labels.");
	evbuffer_add_printf(out, "lvn_build_info{version=\"%s\",datapath=\"%s\"} 1\n", LVN_VERSION,
			    hub_dataplane_datapath(hub->dataplane));
	control_metrics_add(out, "lvn_start_timestamp_seconds", "gauge", "When lvnd was started.",
			    started(hub));
	control_metrics_add(out, "lvn_hub_certificate_expiry_timestamp_seconds", "gauge",
			    "When the hub's certificate ends.", hub_tls_certificate_ends(hub->tls));
	if (hub_tls_crl_ends(hub->tls))
		control_metrics_add(out, "lvn_crl_expiry_timestamp_seconds", "gauge",
				    "When the revocation list should be replaced.",
				    hub_tls_crl_ends(hub->tls));
	hub_dataplane_metrics(hub->dataplane, out);
	hub_tsp_metrics(hub, out);
}

static bool same_endpoints(const struct lvn_endpoint *a, unsigned int n_a,
			   const struct lvn_endpoint *b, unsigned int n_b)
{
	unsigned int i;

	for (i = 0; n_a == n_b && i < n_a; i++)
		if (!lvn_endpoint_equal(&a[i], &b[i]))
			return false;
	return n_a == n_b;
}

/* What lvnd.conf(5) marks with (R), but for what the broker compares itself. */
static const char *needs_restart(const struct hub_conf *old, const struct hub_conf *new)
{
	const struct {
		const char *name;
		bool is_same;
	} settings[] = {
		{ "listen", same_endpoints(old->listen, old->n_listen, new->listen, new->n_listen) },
		{ "device", strcmp(old->device, new->device) == 0 },
		{ "datapath", strcmp(old->datapath, new->datapath) == 0 },
		{ "store", strcmp(old->store, new->store) == 0 },
		{ "control", strcmp(old->control, new->control) == 0 },
		{ "user", strcmp(old->user, new->user) == 0 },
		{ "auth", old->is_mutual == new->is_mutual },
		{ "sandbox", old->sandbox == new->sandbox },
	};
	size_t i;

	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (!settings[i].is_same)
			return settings[i].name;
	return NULL;
}

static int read_conf(struct hub *hub, char *text, size_t size, struct hub_conf **ret_conf)
{
	_cleanup_(cleanup_conf) struct hub_conf *conf = NULL;
	const char *what;
	int ret;

	ret = hub_conf_read(hub->path, text, size, &conf);
	if (!ret && hub->datapath)
		ret = hub_conf_set_datapath(conf, hub->datapath, text, size);
	if (ret < 0)
		return ret;
	what = needs_restart(hub->conf, conf) ?: hub_tsp_needs_restart(hub->conf, conf);
	if (what) {
		snprintf(text, size, "%s: '%s' has changed, which takes a restart of lvnd",
			 hub->path, what);
		return -EINVAL;
	}
	*ret_conf = TAKE_PTR(conf);
	return 0;
}

static int open_metrics(struct hub *hub, const struct lvn_endpoint *endpoint, char *text,
			size_t size)
{
	char name[LVN_ADDR_TEXT_SIZE];
	int ret;

	if (!endpoint->port)
		return 0;
	ret = control_metrics_create(hub->base, endpoint, on_metrics, hub, &hub->metrics);
	if (ret < 0)
		snprintf(text, size, "metrics %s: %s", lvn_endpoint_format(endpoint, name),
			 strerror(-ret));
	return ret;
}

/* The new address may be another one of the same port: the old socket has to go first. */
static int move_metrics(struct hub *hub, const struct lvn_endpoint *endpoint, char *text,
			size_t size)
{
	char again[128];
	int ret;

	if (lvn_endpoint_equal(&hub->conf->metrics, endpoint))
		return 0;
	control_metrics_destroy(hub->metrics);
	hub->metrics = NULL;
	ret = open_metrics(hub, endpoint, text, size);
	if (ret < 0 && open_metrics(hub, &hub->conf->metrics, again, sizeof(again)) < 0)
		lvn_error("%s", again);
	return ret;
}

static int use_conf(struct hub *hub, struct hub_conf *conf, struct hub_tls *tls, char *text,
		    size_t size)
{
	struct hub_tls *old_tls = hub->tls;
	struct lvn_endpoint old_metrics;
	int ret;

	ret = move_metrics(hub, &conf->metrics, text, size);
	if (ret < 0)
		return ret;
	old_metrics = hub->conf->metrics;
	hub->conf->metrics = conf->metrics;
	/* before the broker asks for judgements */
	hub->tls = tls;
	ret = broker_reconfigure(hub->broker, conf->broker);
	if (!ret)
		return 0;
	hub->tls = old_tls;
	if (ret == -EINVAL)
		snprintf(text, size, "%s: 'network' or 'delegate' has changed, which takes a "
			 "restart of lvnd", hub->path);
	else
		snprintf(text, size, "%s", strerror(-ret));
	if (move_metrics(hub, &old_metrics, (char[128]){ 0 }, 128) == 0)
		hub->conf->metrics = old_metrics;
	return ret;
}

/* Nothing of this can fail: what the broker had to agree to is done. */
static void replace_conf(struct hub *hub, struct hub_conf *conf)
{
	struct hub_conf *old = hub->conf;

	conf->broker = NULL;
	hub_dataplane_reconfigure(hub->dataplane, conf, broker_conf(hub->broker));
	hub_tsp_reload(hub, conf);
	hub->conf = conf;
	lvn_sources_set(&hub->strangers, conf->stun_rate, conf->stun_rate_source);
	lvn_sources_set(&hub->visitors, conf->handshake_rate, conf->handshake_rate_source);
	lvn_log_set_level(hub->is_verbose ? LVN_LOG_DEBUG : conf->log);
	hub_conf_destroy(old);
}

/*
 * What is wrong with the files leaves all as it was, but for the key and the certificate: what is
 * revoked or denied must not depend on them.
 */
static int try_reload(struct hub *hub, char *text, size_t size)
{
	_cleanup_(cleanup_conf) struct hub_conf *conf = NULL;
	struct hub_tls *tls, *old_tls = hub->tls;
	const char *why;
	int ret;

	ret = read_conf(hub, text, size, &conf);
	if (!ret)
		ret = hub_tls_create(conf, old_tls, text, size, &tls);
	if (ret < 0) {
		lvn_error("reload: %s; everything stays as it was", text);
		return ret;
	}
	ret = use_conf(hub, conf, tls, text, size);
	if (ret < 0) {
		hub_tls_destroy(tls);
		lvn_error("reload: %s; everything stays as it was", text);
		return ret;
	}
	hub_tls_destroy(old_tls);
	replace_conf(hub, TAKE_PTR(conf));
	ret = hub_tls_kept(tls, &why);
	if (!ret)
		return 0;
	if (ret == -EACCES) {
		lvn_warning("reload: %s; lvnd goes on with the one it read before", why);
		return 0;
	}
	snprintf(text, size, "%s; the key and certificate in use stay, all else was applied", why);
	lvn_error("reload: %s", text);
	return ret;
}

int hub_admin_reload(struct hub *hub, char *text, size_t size)
{
	int ret;

	lvn_notify("RELOADING=1");
	ret = try_reload(hub, text, size);
	if (!ret)
		lvn_info("reloaded %s", hub->path);
	lvn_notify("READY=1");
	return ret;
}

static int on_reload(void *arg, char *text, size_t size)
{
	return hub_admin_reload(arg, text, size);
}

static void on_status(void *arg, json_t *object)
{
	const struct hub *hub = arg;

	json_object_update_new(object, json_pack("{ss sI si si sI sI}",
		"version", LVN_VERSION, "started", (json_int_t)started(hub),
		"connections", hub->n_connections,
		"pending", hub->n_pending + hub->n_arrivals,
		"stun_requests", (json_int_t)hub->stats.stun_good,
		"frames_lost", (json_int_t)hub_dataplane_lost(hub->dataplane)));
	json_object_set_new(object, "certificate_ends",
			    json_integer(hub_tls_certificate_ends(hub->tls)));
	if (hub_tls_crl_ends(hub->tls))
		json_object_set_new(object, "crl_ends",
				    json_integer(hub_tls_crl_ends(hub->tls)));
	hub_dataplane_status(hub->dataplane, object);
}

static void on_line(void *arg, const char *line, size_t len, struct evbuffer *out)
{
	const struct broker_command_ops ops = {
		.arg = arg, .reload = on_reload, .status = on_status,
	};
	struct hub *hub = arg;

	if (!hub_tsp_command(hub, line, len, out))
		broker_command_run(hub->broker, &ops, line, len, out);
}

int hub_admin_start(struct hub *hub)
{
	char text[128];
	int ret;

	ret = control_socket_create(hub->base, hub->conf->control, on_line, hub, &hub->control);
	if (ret < 0) {
		lvn_error("control %s: %s", hub->conf->control,
			  ret == -EADDRINUSE ? "another lvnd is running" : strerror(-ret));
		return ret;
	}
	ret = open_metrics(hub, &hub->conf->metrics, text, sizeof(text));
	if (ret < 0)
		lvn_error("%s", text);
	return ret;
}
