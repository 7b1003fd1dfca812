// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What operators see of the hub.
 */
#include <event2/buffer.h>
#include <jansson.h>

#include "broker/metrics.h"
#include "hub/hub.h"
#include "hub/tls.h"
#include "lib/control/metrics.h"
#include "server/dataplane.h"

void hub_metrics(struct hub *hub, struct evbuffer *out)
{
	const struct hub_stats *s = &hub->stats;
	const struct {
		const char *name, *type, *help;
		uint64_t value;
	} metrics[] = {
		{ "lvn_connections", "gauge", "Control connections with a session.",
		  hub->n_connections },
		{ "lvn_connections_pending", "gauge", "Connections without a session.",
		  hub->n_pending + hub->n_arrivals },
		{ "lvn_connections_accepted_total", "counter", "TCP connections accepted.",
		  s->accepted },
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
	control_metrics_add(out, "lvn_hub_certificate_expiry_timestamp_seconds", "gauge",
			    "When the hub's certificate ends.", hub_tls_certificate_ends(hub->tls));
	if (hub_tls_crl_ends(hub->tls))
		control_metrics_add(out, "lvn_crl_expiry_timestamp_seconds", "gauge",
				    "When the revocation list should be replaced.",
				    hub_tls_crl_ends(hub->tls));
	server_dataplane_metrics(hub->dataplane, "lvn", out);
}

void hub_status(struct hub *hub, json_t *object)
{
	json_object_update_new(
		object, json_pack("{si si sI sI}", "connections", hub->n_connections, "pending",
				  hub->n_pending + hub->n_arrivals, "stun_requests",
				  (json_int_t)hub->stats.stun_good, "frames_lost",
				  (json_int_t)server_dataplane_lost(hub->dataplane)));
	json_object_set_new(object, "certificate_ends",
			    json_integer(hub_tls_certificate_ends(hub->tls)));
	if (hub_tls_crl_ends(hub->tls))
		json_object_set_new(object, "crl_ends", json_integer(hub_tls_crl_ends(hub->tls)));
	server_dataplane_status(hub->dataplane, object);
}
