// SPDX-License-Identifier: GPL-2.0-or-later
/* Text of devices, listeners, tunnels, rules and counters. JSON is in print_json.c. */

#include "print.h"
#include "read.h"
#include "tool.h"

#include <inttypes.h>
#include <string.h>

const char *tool_time_text(uint32_t ms, char text[TOOL_TIME_TEXT_SIZE])
{
	if (!ms)
		strcpy(text, "off");
	else if (ms % 60000 == 0)
		snprintf(text, TOOL_TIME_TEXT_SIZE, "%um", ms / 60000);
	else if (ms % 1000 == 0)
		snprintf(text, TOOL_TIME_TEXT_SIZE, "%us", ms / 1000);
	else
		snprintf(text, TOOL_TIME_TEXT_SIZE, "%ums", ms);
	return text;
}

/* The name of a value, also of one that this version does not know. */
static const char *known(const char *name)
{
	return name ? name : "unknown";
}

static const char *on_off(bool is_on)
{
	return is_on ? "on" : "off";
}

static void put_bind(struct tool *tool, const char *keyword, uint32_t ifindex)
{
	if (ifindex)
		fprintf(tool->out, " %s %s", keyword, tool_ifname_of(&tool->names, ifindex));
}

static void put_direction(FILE *file, const char *direction, uint64_t packets, uint64_t bytes,
			  uint64_t dropped, uint64_t keepalives, uint64_t frames, uint64_t age_ms)
{
	fprintf(file,
		"    %s packets %" PRIu64 " bytes %" PRIu64 " dropped %" PRIu64
		" keepalives %" PRIu64 " frames %" PRIu64,
		direction, packets, bytes, dropped, keepalives, frames);
	if (age_ms != UINT64_MAX)
		fprintf(file, " last %" PRIu64 ".%03us", age_ms / 1000,
			(unsigned int)(age_ms % 1000));
	putc('\n', file);
}

void tool_print_counters(struct tool *tool, const struct ipudp_counters *c)
{
	put_direction(tool->out, "rx", c->rx_packets, c->rx_bytes, c->rx_dropped, c->rx_keepalives,
		      c->rx_frames, c->rx_age_ms);
	put_direction(tool->out, "tx", c->tx_packets, c->tx_bytes, c->tx_dropped, c->tx_keepalives,
		      c->tx_frames, c->tx_age_ms);
}

const char *tool_drop_name(unsigned int reason, char text[16])
{
	const char *name = ipudp_drop_reason_name((enum ipudp_drop_reason)reason);

	if (name)
		return name;
	snprintf(text, 16, "reason-%u", reason);
	return text;
}

void tool_print_drops(struct tool *tool, const uint64_t *drops)
{
	unsigned int i;
	char name[16];

	for (i = 0; i < IPUDP_DROP_REASONS; i++) {
		const char *text = ipudp_drop_reason_text((enum ipudp_drop_reason)i);

		if (!drops[i])
			continue;
		fprintf(tool->out, "    drop %s %" PRIu64, tool_drop_name(i, name), drops[i]);
		if (tool->options.has_details && text && *text)
			fprintf(tool->out, "  # %s", text);
		putc('\n', tool->out);
	}
}

/* Who carries the packets: the module, which is meant where nothing is said, or ipudpd and eBPF. */
static void print_plane(struct tool *tool, const struct ipudp_device *device)
{
	enum ipudp_datapath datapath = ipudp_datapath(tool->ipudp);

	if (tool->options.has_details || datapath != IPUDP_DATAPATH_MODULE)
		fprintf(tool->out, " data-plane %s", ipudp_datapath_name(datapath));
	if (device->fast_path_state == IPUDP_NO_FAST_PATH)
		return;
	fprintf(tool->out, " fast-path-state %s",
		known(ipudp_fast_path_state_name(device->fast_path_state)));
	if (device->fast_path_reason[0])
		fprintf(tool->out, ": %s", device->fast_path_reason);
}

void tool_print_device(struct tool *tool, const struct ipudp_device *device)
{
	bool is_multi = device->mode == IPUDP_MODE_MULTI;
	bool has_all = tool->options.has_details;
	FILE *out = tool->out;

	fprintf(out, "%s mode %s", device->name, known(ipudp_mode_name(device->mode)));
	if (has_all || device->lookup != IPUDP_LOOKUP_DESTINATION)
		fprintf(out, " lookup %s", known(ipudp_lookup_name(device->lookup)));
	if (has_all || device->source_check != is_multi)
		fprintf(out, " source-check %s", on_off(device->source_check));
	if (device->fast_path != IPUDP_NO_FAST_PATH &&
	    (has_all || device->fast_path != IPUDP_FAST_PATH_ON))
		fprintf(out, " fast-path %s", known(ipudp_fast_path_name(device->fast_path)));

	fprintf(out, "  # mtu %u tunnels %u rules %u", device->mtu, device->tunnels, device->rules);
	if (has_all)
		fprintf(out, " header %s ifindex %u", known(ipudp_header_name(device->header)),
			device->ifindex);
	if (device->home_netnsid >= 0)
		fprintf(out, " home-netnsid %d", device->home_netnsid);
	if (device->orphan)
		fputs(" orphan", out);
	print_plane(tool, device);
	putc('\n', out);

	if (tool->options.has_stats) {
		tool_print_counters(tool, &device->counters);
		tool_print_drops(tool, device->drops);
	}
}

void tool_print_listener(struct tool *tool, const struct ipudp_listener *listener)
{
	char addr[IPUDP_ADDR_TEXT_SIZE];
	FILE *out = tool->out;

	fprintf(out, "%u: port %u", listener->id, listener->port);
	if (listener->local.family != AF_UNSPEC)
		fprintf(out, " local %s", ipudp_addr_format(&listener->local, addr));
	else
		fprintf(out, " family %s", known(ipudp_family_name(listener->family)));
	put_bind(tool, "bind", listener->bind_ifindex);
	fprintf(out, "  # %stunnels %u\n", listener->pinned ? "pinned " : "", listener->tunnels);

	if (tool->options.has_stats) {
		tool_print_counters(tool, &listener->counters);
		tool_print_drops(tool, listener->drops);
	}
}

static void put_outer_header(struct tool *tool, const struct ipudp_tunnel *tunnel)
{
	bool has_all = tool->options.has_details;
	FILE *out = tool->out;
	const char *name;

	if (tunnel->ttl == IPUDP_TTL_INHERIT)
		fputs(" ttl inherit", out);
	else if (has_all || tunnel->ttl != 64)
		fprintf(out, " ttl %u", tunnel->ttl);

	if (tunnel->dscp != IPUDP_DSCP_INHERIT) {
		name = tool_dscp_name(tunnel->dscp);
		if (name)
			fprintf(out, " dscp %s", name);
		else
			fprintf(out, " dscp %u", tunnel->dscp);
	} else if (has_all) {
		fputs(" dscp inherit", out);
	}

	if (has_all || tunnel->df != IPUDP_DF_SET)
		fprintf(out, " df %s", known(ipudp_df_name(tunnel->df)));
	if (has_all || !tunnel->checksum)
		fprintf(out, " checksum %s", on_off(tunnel->checksum));
	if (has_all || tunnel->flow_port)
		fprintf(out, " source-port %s", tunnel->flow_port ? "flow" : "fixed");
}

void tool_print_tunnel(struct tool *tool, const struct ipudp_tunnel *tunnel)
{
	bool has_all = tool->options.has_details;
	char text[IPUDP_ADDR_TEXT_SIZE];
	FILE *out = tool->out;

	fprintf(out, "dev %s id %u remote %s rport %u", tunnel->device, tunnel->id,
		ipudp_addr_format(&tunnel->remote, text), tunnel->remote_port);
	if (tunnel->local.family != AF_UNSPEC)
		fprintf(out, " local %s", ipudp_addr_format(&tunnel->local, text));
	fprintf(out, " port %u", tunnel->local_port);
	put_bind(tool, "bind", tunnel->bind_ifindex);
	put_bind(tool, "link", tunnel->link_ifindex);
	if (has_all || tunnel->mark)
		fprintf(out, " mark %#x", tunnel->mark);
	put_outer_header(tool, tunnel);
	if (has_all || tunnel->keepalive_ms)
		fprintf(out, " keepalive %s", tool_time_text(tunnel->keepalive_ms, text));
	if (has_all || tunnel->idle_ms)
		fprintf(out, " idle %s", tool_time_text(tunnel->idle_ms, text));

	fprintf(out, "  # state %s", known(ipudp_tunnel_state_name(tunnel->state)));
	if (tunnel->mtu)
		fprintf(out, " mtu %u", tunnel->mtu);
	fprintf(out, " listener %u\n", tunnel->listener);
	if (tool->options.has_stats)
		tool_print_counters(tool, &tunnel->counters);
}

void tool_print_rule(struct tool *tool, const struct ipudp_rule *rule)
{
	bool has_all = tool->options.has_details;
	char text[IPUDP_ADDR_TEXT_SIZE];
	FILE *out = tool->out;
	uint32_t i;

	fprintf(out, "dev %s %s/%u", rule->device, ipudp_addr_format(&rule->prefix, text),
		rule->prefix_len);
	if (rule->action != IPUDP_ACTION_FORWARD)
		fprintf(out, " %s", known(ipudp_action_name(rule->action)));
	for (i = 0; i < rule->n_targets; i++) {
		fprintf(out, " tunnel %u", rule->targets[i].tunnel);
		if (has_all || rule->targets[i].priority)
			fprintf(out, " priority %u", rule->targets[i].priority);
		if (has_all || rule->targets[i].weight != 1)
			fprintf(out, " weight %u", rule->targets[i].weight);
	}
	putc('\n', out);
}
