// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the data plane shows: to lvnctl, and to Prometheus.
 */
#include <stdio.h>
#include <string.h>

#include <event2/buffer.h>
#include <ipudp/ipudp.h>
#include <jansson.h>

#include "hub/dataplane.h"
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

void hub_dataplane_status(struct hub_dataplane *dataplane, json_t *object)
{
	json_t *problems = json_array();
	struct ipudp_device device;

	json_object_set_new(object, "device", json_string(hub_dataplane_name(dataplane)));
	json_object_set_new(object, "datapath", json_string(hub_dataplane_datapath(dataplane)));
	hub_dataplane_problems(dataplane, add_problem, problems);
	if (!hub_dataplane_look(dataplane, &device))
		report_fast_path(&device, object, problems);
	json_object_set_new(object, "problems", problems);
}

static void count_problem(void *arg, const char *text)
{
	(void)text;
	++*(uint64_t *)arg;
}

static void add_drops(struct evbuffer *out, const struct ipudp_device *device)
{
	unsigned int i;

	control_metrics_family(out, "lvn_device_dropped_total", "counter",
			       "Packets lost at the hub's device, by reason.");
	for (i = 0; i < IPUDP_DROP_REASONS; i++) {
		const char *reason = ipudp_drop_reason_name(i);

		if (reason && (strncmp(reason, "rx-", 3) == 0 || strncmp(reason, "tx-", 3) == 0))
			evbuffer_add_printf(out, "lvn_device_dropped_total{reason=\"%s\"} %llu\n",
					    reason, (unsigned long long)device->drops[i]);
	}
}

void hub_dataplane_metrics(struct hub_dataplane *dataplane, struct evbuffer *out)
{
	struct ipudp_device device;
	uint64_t n_problems = 0;

	hub_dataplane_problems(dataplane, count_problem, &n_problems);
	control_metrics_add(out, "lvn_problems", "gauge",
			    "Problems that lvnctl status shows, without those of the fast path.",
			    n_problems);
	control_metrics_add(out, "lvn_frames_lost_total", "counter",
			    "Frames lost before they were read.", hub_dataplane_lost(dataplane));
	if (hub_dataplane_look(dataplane, &device) < 0)
		return;
	if (device.fast_path_state != IPUDP_NO_FAST_PATH)
		control_metrics_add(out, "lvn_fast_path_active", "gauge",
				    "Whether ipudpd's fast path carries all packets it can.",
				    device.fast_path_state == IPUDP_FAST_PATH_STATE_ACTIVE);
	control_metrics_add(out, "lvn_device_receive_packets_total", "counter",
			    "Packets received from spokes.", device.counters.rx_packets);
	control_metrics_add(out, "lvn_device_receive_bytes_total", "counter", "Bytes of these.",
			    device.counters.rx_bytes);
	control_metrics_add(out, "lvn_device_transmit_packets_total", "counter",
			    "Packets sent to spokes.", device.counters.tx_packets);
	control_metrics_add(out, "lvn_device_transmit_bytes_total", "counter", "Bytes of these.",
			    device.counters.tx_bytes);
	add_drops(out, &device);
}
