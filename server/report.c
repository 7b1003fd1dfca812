// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the data plane shows: to lvnctl, and to Prometheus.
 */
#include <stdio.h>
#include <string.h>

#include <event2/buffer.h>
#include <ipudp/ipudp.h>
#include <jansson.h>

#include "server/dataplane.h"
#include "lib/control/metrics.h"

static void add_problem(void *arg, const char *text)
{
	json_array_append_new(arg, json_string(text));
}

/* The module has no fast path of its own: it is one. */
static void report_fast_path(const struct ipudp_device *device, json_t *object, json_t *problems)
{
	char text[IPUDP_SENTENCE_SIZE + 64];
	const char *state;

	if (device->fast_path_state == IPUDP_NO_FAST_PATH)
		return;
	state = ipudp_fast_path_state_name(device->fast_path_state) ?: "unknown";
	json_object_set_new(object, "fast_path", json_string(state));
	if (!*device->fast_path_reason)
		return;
	snprintf(text, sizeof(text), "fast path %s: %s", state, device->fast_path_reason);
	add_problem(problems, text);
}

void server_dataplane_status(struct server_dataplane *dataplane, json_t *object)
{
	json_t *problems = json_array();
	struct ipudp_device device;

	json_object_set_new(object, "device", json_string(server_dataplane_name(dataplane)));
	json_object_set_new(object, "datapath", json_string(server_dataplane_datapath(dataplane)));
	server_dataplane_problems(dataplane, add_problem, problems);
	if (!server_dataplane_look(dataplane, &device))
		report_fast_path(&device, object, problems);
	json_object_set_new(object, "problems", problems);
}

static void count_problem(void *arg, const char *text)
{
	(void)text;
	++*(uint64_t *)arg;
}

/* The name of a metric, good until the next. */
static const char *named(const char *prefix, const char *name)
{
	static char text[64];

	snprintf(text, sizeof(text), "%s_%s", prefix, name);
	return text;
}

static void add_drops(struct evbuffer *out, const char *prefix, const struct ipudp_device *device)
{
	const char *name = named(prefix, "device_dropped_total");
	unsigned int i;

	control_metrics_family(out, name, "counter", "Packets lost at the device, by reason.");
	for (i = 0; i < IPUDP_DROP_REASONS; i++) {
		const char *reason = ipudp_drop_reason_name(i);

		if (reason && (strncmp(reason, "rx-", 3) == 0 || strncmp(reason, "tx-", 3) == 0))
			evbuffer_add_printf(out, "%s{reason=\"%s\"} %llu\n", name, reason,
					    (unsigned long long)device->drops[i]);
	}
}

static void add_device(struct evbuffer *out, const char *prefix, const struct ipudp_device *device)
{
	const struct {
		const char *name, *help;
		uint64_t value;
	} metrics[] = {
		{ "device_receive_packets_total", "Packets received by tunnels.",
		  device->counters.rx_packets },
		{ "device_receive_bytes_total", "Bytes of these.", device->counters.rx_bytes },
		{ "device_transmit_packets_total", "Packets sent by tunnels.",
		  device->counters.tx_packets },
		{ "device_transmit_bytes_total", "Bytes of these.", device->counters.tx_bytes },
	};
	size_t i;

	if (device->fast_path_state != IPUDP_NO_FAST_PATH)
		control_metrics_add(out, named(prefix, "fast_path_active"), "gauge",
				    "Whether ipudpd's fast path carries all packets it can.",
				    device->fast_path_state == IPUDP_FAST_PATH_STATE_ACTIVE);
	for (i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
		control_metrics_add(out, named(prefix, metrics[i].name), "counter", metrics[i].help,
				    metrics[i].value);
	add_drops(out, prefix, device);
}

void server_dataplane_metrics(struct server_dataplane *dataplane, const char *prefix,
			      struct evbuffer *out)
{
	struct ipudp_device device;
	uint64_t n_problems = 0;

	server_dataplane_problems(dataplane, count_problem, &n_problems);
	control_metrics_add(out, named(prefix, "problems"), "gauge",
			    "Problems that lvnctl status shows, without those of the fast path.",
			    n_problems);
	control_metrics_add(out, named(prefix, "frames_lost_total"), "counter",
			    "Frames lost before they were read.", server_dataplane_lost(dataplane));
	if (!server_dataplane_look(dataplane, &device))
		add_device(out, prefix, &device);
}
