// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counters in Prometheus' text format. The samples of a metric must stand together, so all objects
 * are read first. Tunnels are left out: a hub may have a hundred thousand.
 */

#include "prometheus.h"
#include "print.h"
#include "tool.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How often a list is read again that changed meanwhile; it would have objects twice. */
#define ATTEMPTS 5

/**
 * struct sample - what is told of a device or listener
 * @labels: which it is, without braces
 * @counters: its counters
 * @drops: packets lost by reason
 * @tunnels: how many it has
 * @rules: how many it has; devices only
 */
struct sample {
	char labels[160];
	struct ipudp_counters counters;
	uint64_t drops[IPUDP_DROP_REASONS];
	uint32_t tunnels;
	uint32_t rules;
};

/**
 * struct samples - those of all objects of a kind
 * @kind: device or listener, as it stands in the names of metrics
 * @list: owned
 * @count: how many there are
 * @size: how many @list has room for
 */
struct samples {
	const char *kind;
	struct sample *list;
	size_t count;
	size_t size;
};

/* The metrics that are numbers of struct ipudp_counters. */
static const struct {
	const char *name;
	const char *help;
	size_t offset;
} counter_table[] = {
#define COUNTER(member, name, help)                                 \
	{                                                           \
		name, help, offsetof(struct ipudp_counters, member) \
	}
	COUNTER(rx_packets, "receive_packets_total", "Inner packets received."),
	COUNTER(rx_bytes, "receive_bytes_total", "Bytes of inner packets received."),
	COUNTER(tx_packets, "transmit_packets_total", "Inner packets sent."),
	COUNTER(tx_bytes, "transmit_bytes_total", "Bytes of inner packets sent."),
	COUNTER(rx_dropped, "receive_drop_total", "Packets lost while receiving."),
	COUNTER(tx_dropped, "transmit_drop_total", "Packets lost while sending."),
	COUNTER(rx_keepalives, "receive_keepalives_total", "Keepalives received."),
	COUNTER(tx_keepalives, "transmit_keepalives_total", "Keepalives sent."),
	COUNTER(rx_frames, "receive_frames_total", "Frames passed to a process."),
	COUNTER(tx_frames, "transmit_frames_total", "Frames sent by a process."),
#undef COUNTER
};

/* Append a label; an interface's name may have any byte but '/' and white space. */
static void add_label(char *labels, size_t size, const char *key, const char *value)
{
	size_t len = strlen(labels);

	len += snprintf(labels + len, size - len, "%s%s=\"", len ? "," : "", key);
	for (; *value && len + 8 < size; value++) {
		unsigned char byte = *value;

		if (byte == '"' || byte == '\\')
			len += snprintf(labels + len, size - len, "\\%c", byte);
		else if (byte < ' ' || byte >= 0x7f)
			len += snprintf(labels + len, size - len, "\\\\x%02x", byte);
		else
			labels[len++] = byte;
	}
	snprintf(labels + len, size - len, "\"");
}

static struct sample *add_sample(struct samples *samples)
{
	struct sample *list = samples->list;
	size_t size = samples->size ? 2 * samples->size : 16;

	if (samples->count == samples->size) {
		list = realloc(list, size * sizeof(*list));
		if (!list)
			return NULL;
		samples->list = list;
		samples->size = size;
	}
	memset(&list[samples->count], 0, sizeof(*list));
	return &list[samples->count++];
}

static int add_device(void *arg, const struct ipudp_device *device)
{
	struct sample *sample = add_sample(arg);

	if (!sample)
		return -ENOMEM;
	add_label(sample->labels, sizeof(sample->labels), "device", device->name);
	sample->counters = device->counters;
	memcpy(sample->drops, device->drops, sizeof(sample->drops));
	sample->tunnels = device->tunnels;
	sample->rules = device->rules;
	return 0;
}

static int add_listener(void *arg, const struct ipudp_listener *listener)
{
	struct sample *sample = add_sample(arg);
	char text[IPUDP_ADDR_TEXT_SIZE];

	if (!sample)
		return -ENOMEM;
	snprintf(text, sizeof(text), "%" PRIu32, listener->id);
	add_label(sample->labels, sizeof(sample->labels), "listener", text);
	add_label(sample->labels, sizeof(sample->labels), "local",
		  ipudp_addr_format(&listener->local, text));
	snprintf(text, sizeof(text), "%u", listener->port);
	add_label(sample->labels, sizeof(sample->labels), "port", text);
	sample->counters = listener->counters;
	memcpy(sample->drops, listener->drops, sizeof(sample->drops));
	sample->tunnels = listener->tunnels;
	return 0;
}

static void put_head(FILE *out, const char *kind, const char *name, const char *type,
		     const char *help)
{
	fprintf(out, "# HELP ipudp_%s_%s %s\n# TYPE ipudp_%s_%s %s\n", kind, name, help, kind, name,
		type);
}

static void put_gauge(FILE *out, const struct samples *samples, const char *name, size_t offset,
		      const char *help)
{
	size_t i;

	put_head(out, samples->kind, name, "gauge", help);
	for (i = 0; i < samples->count; i++)
		fprintf(out, "ipudp_%s_%s{%s} %" PRIu32 "\n", samples->kind, name,
			samples->list[i].labels,
			*(const uint32_t *)((const char *)&samples->list[i] + offset));
}

static void put_drops(FILE *out, const struct samples *samples)
{
	unsigned int reason;
	char name[16];
	size_t i;

	put_head(out, samples->kind, "drops_total", "counter", "Packets lost, by reason.");
	for (i = 0; i < samples->count; i++)
		for (reason = 0; reason < IPUDP_DROP_REASONS; reason++)
			if (samples->list[i].drops[reason])
				fprintf(out, "ipudp_%s_drops_total{%s,reason=\"%s\"} %" PRIu64 "\n",
					samples->kind, samples->list[i].labels,
					tool_drop_name(reason, name),
					samples->list[i].drops[reason]);
}

/* When the last packet came or went: nothing where there was none. */
static void put_times(FILE *out, const struct samples *samples, const char *name, size_t offset,
		      const char *help)
{
	struct timespec now;
	size_t i;

	clock_gettime(CLOCK_REALTIME, &now);
	put_head(out, samples->kind, name, "gauge", help);
	for (i = 0; i < samples->count; i++) {
		uint64_t age =
			*(const uint64_t *)((const char *)&samples->list[i].counters + offset);

		if (age != UINT64_MAX)
			fprintf(out, "ipudp_%s_%s{%s} %.3f\n", samples->kind, name,
				samples->list[i].labels,
				now.tv_sec + now.tv_nsec / 1e9 - age / 1e3);
	}
}

static void put_samples(FILE *out, const struct samples *samples)
{
	size_t i, n;

	if (!samples->count)
		return;
	for (n = 0; n < sizeof(counter_table) / sizeof(*counter_table); n++) {
		put_head(out, samples->kind, counter_table[n].name, "counter",
			 counter_table[n].help);
		for (i = 0; i < samples->count; i++)
			fprintf(out, "ipudp_%s_%s{%s} %" PRIu64 "\n", samples->kind,
				counter_table[n].name, samples->list[i].labels,
				*(const uint64_t *)((const char *)&samples->list[i].counters +
						    counter_table[n].offset));
	}
	put_drops(out, samples);
	put_times(out, samples, "last_receive_timestamp_seconds",
		  offsetof(struct ipudp_counters, rx_age_ms), "When a packet last came.");
	put_times(out, samples, "last_transmit_timestamp_seconds",
		  offsetof(struct ipudp_counters, tx_age_ms), "When a packet was last sent.");
	put_gauge(out, samples, "tunnels", offsetof(struct sample, tunnels), "Tunnels.");
	if (!strcmp(samples->kind, "device"))
		put_gauge(out, samples, "rules", offsetof(struct sample, rules), "Rules.");
}

static int read_all(struct tool *tool, const char *name, struct samples *devices,
		    struct samples *listeners)
{
	struct ipudp_device device;
	int ret = -EAGAIN;
	int i;

	if (*name) {
		ret = ipudp_device_get(tool->ipudp, name, &device);
		return ret ? ret : add_device(devices, &device);
	}
	for (i = 0; i < ATTEMPTS && ret == -EAGAIN; i++) {
		devices->count = 0;
		listeners->count = 0;
		ret = ipudp_device_list(tool->ipudp, add_device, devices);
		if (!ret)
			ret = ipudp_listener_list(tool->ipudp, add_listener, listeners);
	}
	return ret;
}

int tool_prometheus(struct tool *tool, const char *name)
{
	struct samples listeners = { .kind = "listener" };
	struct samples devices = { .kind = "device" };
	int ret = read_all(tool, name, &devices, &listeners);

	if (!ret) {
		fprintf(tool->out,
			"# HELP ipudp_build_info The program that wrote this, and the data plane.\n"
			"# TYPE ipudp_build_info gauge\n"
			"ipudp_build_info{version=\"%s\",data_plane=\"%s\"} 1\n",
			IPUDP_VERSION, ipudp_datapath_name(ipudp_datapath(tool->ipudp)));
		put_samples(tool->out, &devices);
		put_samples(tool->out, &listeners);
	}
	free(devices.list);
	free(listeners.list);
	return ret;
}
