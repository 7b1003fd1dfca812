// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The status. Keys and tokens are not part of it.
 */
#include "spoke/status.h"

#include <string.h>

#include "spoke/accept.h"
#include "spoke/agent.h"
#include "spoke/uplink.h"

static json_t *pack_prefixes(const struct lvn_prefix *prefixes, unsigned int n)
{
	char text[LVN_ADDR_TEXT_SIZE];
	json_t *array = json_array();

	for (unsigned int i = 0; i < n; i++)
		json_array_append_new(array, json_string(lvn_prefix_format(&prefixes[i], text)));
	return array;
}

static json_t *pack_addrs(const struct lvn_addr *addrs, unsigned int n)
{
	char text[LVN_ADDR_TEXT_SIZE];
	json_t *array = json_array();

	for (unsigned int i = 0; i < n; i++)
		json_array_append_new(array, json_string(lvn_addr_format(&addrs[i], text)));
	return array;
}

/* An endpoint as text, null if there is none. */
static json_t *pack_endpoint(const struct lvn_endpoint *endpoint)
{
	char text[LVN_ADDR_TEXT_SIZE];

	if (!endpoint->addr.family)
		return json_null();
	return json_string(lvn_endpoint_format(endpoint, text));
}

/* Seconds since a time, null if it never was. */
static json_t *pack_since(uint64_t then_ms)
{
	if (!then_ms)
		return json_null();
	return json_integer((json_int_t)((lvn_clock_ms() - then_ms) / 1000));
}

static json_t *pack_counters(const struct lvn_agent *agent, const struct lvn_link *link)
{
	struct ipudp_tunnel tunnel;

	if (!link->has_tunnel ||
	    lvn_plane_tunnel_get(agent->plane, agent->config->name, link->index, &tunnel))
		return json_null();
	return json_pack("{s:I,s:I,s:I,s:I,s:I,s:I}", "rx_packets",
			 (json_int_t)tunnel.counters.rx_packets, "rx_bytes",
			 (json_int_t)tunnel.counters.rx_bytes, "tx_packets",
			 (json_int_t)tunnel.counters.tx_packets, "tx_bytes",
			 (json_int_t)tunnel.counters.tx_bytes, "rx_dropped",
			 (json_int_t)tunnel.counters.rx_dropped, "tx_dropped",
			 (json_int_t)tunnel.counters.tx_dropped);
}

static json_t *pack_link(const struct lvn_agent *agent, const struct lvn_link *link)
{
	const struct lvn_uplink *uplink = &agent->config->uplinks[link->index];
	struct lvn_endpoint local = { .port = agent->state.ports[link->index].port };
	struct lvn_binding_status status;
	json_t *json;

	lvn_binding_status(link->binding, &status);
	local.addr = status.local;
	json = json_pack("{s:s,s:s,s:i,s:i,s:b,s:s}", "interface", uplink->ifname, "state",
			 lvn_binding_state_name(status.state), "priority", uplink->priority,
			 "weight", uplink->weight, "preferred", !link->is_demoted, "nat",
			 lvn_uplink_nat(link, &status));
	json_object_set_new(json, "local", pack_endpoint(&local));
	json_object_set_new(json, "mapped", pack_endpoint(&status.mapped));
	json_object_set_new(json, "remote", pack_endpoint(&status.endpoint));
	json_object_set_new(json, "rtt_ms",
			    status.rtt_us ? json_real(status.rtt_us / 1000.0) : json_null());
	json_object_set_new(json, "age_ms",
			    status.answers ? json_integer((json_int_t)status.age_ms) : json_null());
	json_object_set_new(json, "requests", json_integer((json_int_t)status.requests));
	json_object_set_new(json, "answers", json_integer((json_int_t)status.answers));
	json_object_set_new(json, "moves", json_integer((json_int_t)status.moves));
	json_object_set_new(json, "losses", json_integer((json_int_t)status.losses));
	json_object_set_new(json, "counters", pack_counters(agent, link));
	return json;
}

static json_t *pack_lease(const struct lvn_agent *agent)
{
	const struct lvn_lease *lease = &agent->lease;
	uint64_t age_s = (lvn_clock_ms() - agent->lease_ms) / 1000;

	if (!agent->has_lease)
		return json_null();
	return json_pack("{s:s,s:s,s:I,s:I,s:o,s:o,s:o,s:o,s:i,s:i,s:i}", "identity",
			 lease->identity, "session", lease->session, "expires",
			 (json_int_t)lease->expires - (json_int_t)age_s, "grace",
			 (json_int_t)lease->grace, "addresses",
			 pack_prefixes(lease->addresses, lease->n_addresses), "prefixes",
			 pack_prefixes(lease->prefixes, lease->n_prefixes), "routes",
			 pack_prefixes(lease->routes, lease->n_routes), "hub",
			 pack_addrs(lease->hub, lease->n_hub), "mtu",
			 lvn_accept_mtu(agent->config, lease), "keepalive", lease->keepalive,
			 "timeout", lease->timeout);
}

/* Which data plane carries the packets, and whether eBPF does where that is ipudpd. */
static void pack_data_plane(const struct lvn_agent *agent, json_t *json)
{
	struct ipudp_device device;
	const char *state;

	json_object_set_new(json, "data_plane", json_string(lvn_plane_datapath(agent->plane)));
	if (lvn_plane_device_get(agent->plane, agent->config->name, &device) ||
	    device.fast_path_state == IPUDP_NO_FAST_PATH)
		return;
	state = ipudp_fast_path_state_name(device.fast_path_state);
	json_object_set_new(json, "fast_path", json_string(state ? state : "unknown"));
	if (device.fast_path_reason[0])
		json_object_set_new(json, "fast_path_reason", json_string(device.fast_path_reason));
}

static json_t *pack_problems(const struct lvn_problems *problems)
{
	json_t *array = json_array();

	for (unsigned int i = 0; i < problems->n; i++)
		json_array_append_new(array, json_string(problems->texts[i]));
	return array;
}

json_t *lvn_status_json(const struct lvn_agent *agent)
{
	const struct lvn_hub_address *hub = &agent->config->hubs[agent->hub];
	bool is_online = agent->phase == LVN_AGENT_ONLINE;
	json_t *links = json_array();
	json_t *json;

	for (unsigned int i = 0; i < agent->n_links; i++)
		json_array_append_new(links, pack_link(agent, &agent->links[i]));
	json = json_pack("{s:s,s:b,s:o,s:I,s:{s:s,s:i,s:s,s:o,s:o,s:s},s:o,s:o,s:o}", "device",
			 agent->config->name, "up", agent->is_up, "up_seconds",
			 agent->is_up ? pack_since(agent->up_ms) : json_null(), "ups",
			 (json_int_t)agent->ups, "control", "hub", hub->host, "port", hub->port,
			 "state", lvn_agent_state_name(agent->phase), "address",
			 is_online ? pack_endpoint(&agent->control_endpoint) : json_null(),
			 "connected_seconds",
			 is_online ? pack_since(agent->connected_ms) : json_null(), "error",
			 agent->last_error, "lease", pack_lease(agent), "uplinks", links,
			 "problems", pack_problems(&agent->problems));
	pack_data_plane(agent, json);
	return json;
}

static const char *text_of(const json_t *object, const char *member)
{
	const char *text = json_string_value(json_object_get(object, member));

	return text && *text ? text : "-";
}

static void print_list(FILE *out, const char *label, const json_t *array)
{
	const json_t *item;
	size_t i;

	if (!json_array_size(array))
		return;
	fprintf(out, "  %-10s", label);
	json_array_foreach(array, i, item)
		fprintf(out, " %s", json_string_value(item));
	fputc('\n', out);
}

static void print_link(FILE *out, const json_t *link)
{
	const json_t *counters = json_object_get(link, "counters");
	const char *ifname = text_of(link, "interface");

	fprintf(out, "  uplink     %s%s%s%s, %s -> %s\n", strcmp(ifname, "-") ? ifname : "",
		strcmp(ifname, "-") ? " " : "", text_of(link, "state"),
		json_is_true(json_object_get(link, "preferred")) ? "" : " (avoided)",
		text_of(link, "local"), text_of(link, "remote"));
	fprintf(out, "             seen as %s, NAT: %s", text_of(link, "mapped"),
		text_of(link, "nat"));
	if (json_is_number(json_object_get(link, "rtt_ms")))
		fprintf(out, ", rtt %.1f ms", json_number_value(json_object_get(link, "rtt_ms")));
	fputc('\n', out);
	if (json_is_object(counters))
		fprintf(out,
			"             received %lld packets, %lld bytes; "
			"sent %lld packets, %lld bytes\n",
			json_integer_value(json_object_get(counters, "rx_packets")),
			json_integer_value(json_object_get(counters, "rx_bytes")),
			json_integer_value(json_object_get(counters, "tx_packets")),
			json_integer_value(json_object_get(counters, "tx_bytes")));
}

static void print_data_plane(FILE *out, const json_t *status)
{
	fprintf(out, "  data plane %s", text_of(status, "data_plane"));
	if (json_object_get(status, "fast_path"))
		fprintf(out, ", fast path %s", text_of(status, "fast_path"));
	if (json_object_get(status, "fast_path_reason"))
		fprintf(out, ": %s", text_of(status, "fast_path_reason"));
	fputc('\n', out);
}

void lvn_status_print(FILE *out, const json_t *status)
{
	const json_t *control = json_object_get(status, "control");
	const json_t *lease = json_object_get(status, "lease");
	const json_t *link, *problem;
	size_t i;

	fprintf(out, "%s: %s\n", text_of(status, "device"),
		json_is_true(json_object_get(status, "up")) ? "up" : "down");
	fprintf(out, "  hub        %s, %s", text_of(control, "hub"), text_of(control, "state"));
	if (strcmp(text_of(control, "error"), "-"))
		fprintf(out, ": %s", text_of(control, "error"));
	fputc('\n', out);
	if (json_is_object(lease)) {
		fprintf(out, "  identity   %s\n", text_of(lease, "identity"));
		print_list(out, "addresses", json_object_get(lease, "addresses"));
		print_list(out, "prefixes", json_object_get(lease, "prefixes"));
		print_list(out, "routes", json_object_get(lease, "routes"));
	}
	json_array_foreach(json_object_get(status, "uplinks"), i, link)
		print_link(out, link);
	print_data_plane(out, status);
	json_array_foreach(json_object_get(status, "problems"), i, problem)
		fprintf(out, "  problem    %s\n", json_string_value(problem));
}
