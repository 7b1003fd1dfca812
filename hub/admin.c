// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Administration of lvnd.
 */
#include "hub/admin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "broker/conf.h"
#include "broker/control.h"
#include "broker/metrics.h"
#include "hub/dataplane.h"
#include "hub/hub.h"
#include "hub/tls.h"
#include "lib/base/cleanup.h"
#include "lib/base/notify.h"

static void cleanup_conf(struct hub_conf **conf)
{
	hub_conf_destroy(*conf);
}

/* What only a restart can change is compared by hand: these are all. */
static const char *needs_restart(const struct hub_conf *old, const struct hub_conf *new)
{
	unsigned int i;

	if (old->n_listen != new->n_listen)
		return "listen";
	for (i = 0; i < old->n_listen; i++)
		if (!lvn_endpoint_equal(&old->listen[i], &new->listen[i]))
			return "listen";
	if (strcmp(old->device, new->device) != 0)
		return "device";
	if (strcmp(old->datapath, new->datapath) != 0)
		return "datapath";
	if (strcmp(old->store, new->store) != 0)
		return "store";
	if (old->is_mutual != new->is_mutual)
		return "auth";
	return NULL;
}

static int try_reload(struct hub *hub, char *text, size_t size)
{
	_cleanup_(cleanup_conf) struct hub_conf *conf = NULL;
	struct hub_tls *tls, *old_tls = hub->tls;
	const char *what;
	int ret;

	ret = hub_conf_read(hub->path, text, size, &conf);
	if (!ret && hub->datapath)
		ret = hub_conf_set_datapath(conf, hub->datapath, text, size);
	if (ret < 0)
		return ret;
	what = needs_restart(hub->conf, conf);
	if (what) {
		snprintf(text, size, "%s: needs a restart", what);
		return -EINVAL;
	}
	ret = hub_tls_create(conf, text, size, &tls);
	if (ret < 0)
		return ret;
	/* before the broker asks for judgements */
	hub->tls = tls;
	ret = broker_reconfigure(hub->broker, conf->broker);
	if (ret < 0) {
		hub->tls = old_tls;
		hub_tls_destroy(tls);
		snprintf(text, size, "%s", ret == -EINVAL ? "network, delegate: need a restart" :
			 strerror(-ret));
		return ret;
	}
	conf->broker = NULL;
	hub_tls_destroy(old_tls);
	memcpy(hub->conf->endpoints, conf->endpoints, sizeof(conf->endpoints));
	hub->conf->n_endpoints = conf->n_endpoints;
	hub->conf->stun = conf->stun;
	hub->conf->max_pending = conf->max_pending;
	hub_sources_set(&hub->strangers, conf->stun_rate, conf->stun_rate_source);
	hub_sources_set(&hub->visitors, conf->handshake_rate, conf->handshake_rate_source);
	return 0;
}

int hub_admin_reload(struct hub *hub, char *text, size_t size)
{
	int ret;

	lvn_notify("RELOADING=1");
	ret = try_reload(hub, text, size);
	if (ret < 0)
		lvn_error("reload: %s; all stays as it was", text);
	else
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

	json_object_update_new(object, json_pack("{sI si si sI sI sI sI}",
		"uptime", (json_int_t)((lvn_clock_ms() - hub->started_ms) / 1000),
		"connections", hub->n_connections,
		"pending", hub->n_pending + hub->n_arrivals,
		"certificate_ends", (json_int_t)hub_tls_certificate_ends(hub->tls),
		"crl_ends", (json_int_t)hub_tls_crl_ends(hub->tls),
		"stun_requests", (json_int_t)hub->stats.stun_good,
		"frames_lost", (json_int_t)hub_dataplane_lost(hub->dataplane)));
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
		{ "lvn_connections_total", "counter", "TCP connections accepted.", s->accepted },
		{ "lvn_connections_evicted_total", "counter",
		  "Connections closed to make room for newer ones.", s->evicted },
		{ "lvn_connections_refused_total", "counter",
		  "Connections closed at once, for lack of room or of patience.", s->refused },
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
		{ "lvn_stun_malformed_total", "counter", "STUN datagrams that are none.",
		  s->stun_malformed },
		{ "lvn_frames_lost_total", "counter", "Frames lost before they were read.",
		  hub_dataplane_lost(hub->dataplane) },
		{ "lvn_hub_certificate_expiry_seconds", "gauge", "When the hub's certificate ends.",
		  hub_tls_certificate_ends(hub->tls) },
		{ "lvn_crl_expiry_seconds", "gauge",
		  "When the revocation list must be replaced, 0 without.",
		  hub_tls_crl_ends(hub->tls) },
	};
	size_t i;

	for (i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
		broker_metrics_add(out, metrics[i].name, metrics[i].type, metrics[i].help,
				   metrics[i].value);
}

int hub_admin_start(struct hub *hub)
{
	const struct broker_control_ops ops = {
		.arg = hub, .reload = on_reload, .status = on_status,
	};
	char text[LVN_ADDR_TEXT_SIZE];
	int ret;

	ret = broker_control_create(hub->broker, hub->base, hub->conf->control, &ops, &hub->control);
	if (ret < 0) {
		lvn_error("control %s: %s", hub->conf->control,
			  ret == -EADDRINUSE ? "another lvnd is running" : strerror(-ret));
		return ret;
	}
	if (!hub->conf->metrics.port)
		return 0;
	ret = broker_metrics_create(hub->broker, hub->base, &hub->conf->metrics, on_metrics, hub,
				  &hub->metrics);
	if (ret < 0)
		lvn_error("metrics %s: %s", lvn_endpoint_format(&hub->conf->metrics, text),
			  strerror(-ret));
	return ret;
}
