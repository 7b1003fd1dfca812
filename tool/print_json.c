// SPDX-License-Identifier: GPL-2.0-or-later
/* JSON of devices, listeners, tunnels, rules and counters. Text is in print.c. */

#include "print_json.h"
#include "print.h"
#include "tool.h"

#include <stdlib.h>
#include <string.h>

/* A key whose value was not there to be allocated is missed: the object is given up as a whole. */
static json_t *checked(json_t *object, int failed)
{
	if (!failed)
		return object;
	json_decref(object);
	return NULL;
}

/*
 * A text of which not all is UTF-8, as names of interfaces may be: JSON cannot hold it as it is, so
 * U+FFFD stands for each byte that is not ASCII.
 */
static json_t *mended_text(const char *text)
{
	static const char substitute[] = "\xef\xbf\xbd";
	char *mended = malloc(strlen(text) * strlen(substitute) + 1);
	json_t *value;
	char *end = mended;

	if (!mended)
		return NULL;
	for (; *text; text++) {
		if ((unsigned char)*text < 0x80)
			*end++ = *text;
		else
			end = stpcpy(end, substitute);
	}
	*end = '\0';
	value = json_string(mended);
	free(mended);
	return value;
}

static int set_text(json_t *object, const char *key, const char *text)
{
	json_t *value = json_string(text ? text : "unknown");

	return json_object_set_new(object, key, value ? value : mended_text(text));
}

static int set_number(json_t *object, const char *key, uint64_t number)
{
	return json_object_set_new(object, key, json_integer((json_int_t)number));
}

static int set_bool(json_t *object, const char *key, bool is_true)
{
	return json_object_set_new(object, key, json_boolean(is_true));
}

static int set_addr(json_t *object, const char *key, const struct ipudp_addr *addr)
{
	char text[IPUDP_ADDR_TEXT_SIZE];

	if (addr->family == AF_UNSPEC)
		return 0;
	return set_text(object, key, ipudp_addr_format(addr, text));
}

/* An interface twice: by its index as in the spec, and by its name. */
static int set_interface(struct tool *tool, json_t *object, const char *index_key,
			 const char *name_key, uint32_t index)
{
	if (!index)
		return 0;
	return set_number(object, index_key, index) |
	       set_text(object, name_key, tool_ifname_of(&tool->names, index));
}

json_t *tool_json_counters(const struct ipudp_counters *c)
{
	json_t *object = json_object();
	int failed = 0;

	failed |= set_number(object, "rx_packets", c->rx_packets);
	failed |= set_number(object, "rx_bytes", c->rx_bytes);
	failed |= set_number(object, "tx_packets", c->tx_packets);
	failed |= set_number(object, "tx_bytes", c->tx_bytes);
	failed |= set_number(object, "rx_dropped", c->rx_dropped);
	failed |= set_number(object, "tx_dropped", c->tx_dropped);
	failed |= set_number(object, "rx_keepalives", c->rx_keepalives);
	failed |= set_number(object, "tx_keepalives", c->tx_keepalives);
	failed |= set_number(object, "rx_frames", c->rx_frames);
	failed |= set_number(object, "tx_frames", c->tx_frames);
	if (c->rx_age_ms != UINT64_MAX)
		failed |= set_number(object, "rx_age_ms", c->rx_age_ms);
	if (c->tx_age_ms != UINT64_MAX)
		failed |= set_number(object, "tx_age_ms", c->tx_age_ms);
	return checked(object, failed);
}

json_t *tool_json_drops(struct tool *tool, const uint64_t *drops)
{
	json_t *array = json_array();
	unsigned int i;
	int failed = 0;
	char name[16];

	for (i = 0; i < IPUDP_DROP_REASONS; i++) {
		const char *text = ipudp_drop_reason_text((enum ipudp_drop_reason)i);
		json_t *drop;

		if (!drops[i])
			continue;
		drop = json_object();
		failed |= set_text(drop, "reason", tool_drop_name(i, name));
		failed |= set_number(drop, "count", drops[i]);
		if (tool->options.has_details && text)
			failed |= set_text(drop, "text", text);
		failed |= json_array_append_new(array, drop);
	}
	return checked(array, failed);
}

static int set_counters(struct tool *tool, json_t *object, const struct ipudp_counters *counters,
			const uint64_t *drops)
{
	int failed;

	if (!tool->options.has_stats)
		return 0;
	failed = json_object_set_new(object, "counters", tool_json_counters(counters));
	if (drops)
		failed |= json_object_set_new(object, "drop", tool_json_drops(tool, drops));
	return failed;
}

json_t *tool_json_device(struct tool *tool, const struct ipudp_device *device)
{
	json_t *object = json_object();
	int failed = 0;

	failed |= set_number(object, "ifindex", device->ifindex);
	failed |= set_text(object, "ifname", device->name);
	failed |= set_text(object, "mode", ipudp_mode_name(device->mode));
	failed |= set_text(object, "lookup", ipudp_lookup_name(device->lookup));
	failed |= set_text(object, "header", ipudp_header_name(device->header));
	failed |= set_bool(object, "source_check", device->source_check);
	if (device->fast_path != IPUDP_NO_FAST_PATH)
		failed |= set_text(object, "fast_path", ipudp_fast_path_name(device->fast_path));
	failed |= set_text(object, "data_plane", ipudp_datapath_name(ipudp_datapath(tool->ipudp)));
	if (device->fast_path_state != IPUDP_NO_FAST_PATH)
		failed |= set_text(object, "fast_path_state",
				   ipudp_fast_path_state_name(device->fast_path_state));
	if (device->fast_path_reason[0])
		failed |= set_text(object, "fast_path_reason", device->fast_path_reason);
	failed |= set_number(object, "mtu", device->mtu);
	failed |= set_number(object, "tunnels", device->tunnels);
	failed |= set_number(object, "rules", device->rules);
	if (device->home_netnsid >= 0)
		failed |= set_number(object, "home_netnsid", device->home_netnsid);
	failed |= set_bool(object, "orphan", device->orphan);
	failed |= set_counters(tool, object, &device->counters, device->drops);
	return checked(object, failed);
}

json_t *tool_json_listener(struct tool *tool, const struct ipudp_listener *listener)
{
	json_t *object = json_object();
	int failed = 0;

	failed |= set_number(object, "id", listener->id);
	failed |= set_text(object, "family", ipudp_family_name(listener->family));
	failed |= set_addr(object, "local", &listener->local);
	failed |= set_number(object, "port", listener->port);
	failed |= set_interface(tool, object, "bind_ifindex", "bind", listener->bind_ifindex);
	failed |= set_bool(object, "pinned", listener->pinned);
	failed |= set_number(object, "tunnels", listener->tunnels);
	failed |= set_counters(tool, object, &listener->counters, listener->drops);
	return checked(object, failed);
}

json_t *tool_json_tunnel(struct tool *tool, const struct ipudp_tunnel *tunnel)
{
	json_t *object = json_object();
	int failed = 0;

	failed |= set_number(object, "ifindex", tunnel->ifindex);
	failed |= set_text(object, "ifname", tunnel->device);
	failed |= set_number(object, "id", tunnel->id);
	failed |= set_number(object, "listener", tunnel->listener);
	failed |= set_addr(object, "local", &tunnel->local);
	failed |= set_number(object, "local_port", tunnel->local_port);
	failed |= set_addr(object, "remote", &tunnel->remote);
	failed |= set_number(object, "remote_port", tunnel->remote_port);
	failed |= set_interface(tool, object, "bind_ifindex", "bind", tunnel->bind_ifindex);
	failed |= set_interface(tool, object, "link_ifindex", "link", tunnel->link_ifindex);
	failed |= set_number(object, "mark", tunnel->mark);
	failed |= set_number(object, "ttl", tunnel->ttl);
	failed |= set_number(object, "dscp", tunnel->dscp);
	failed |= set_text(object, "df", ipudp_df_name(tunnel->df));
	failed |= set_bool(object, "checksum", tunnel->checksum);
	failed |= set_bool(object, "flow_port", tunnel->flow_port);
	failed |= set_number(object, "keepalive_ms", tunnel->keepalive_ms);
	failed |= set_number(object, "idle_ms", tunnel->idle_ms);
	failed |= set_text(object, "state", ipudp_tunnel_state_name(tunnel->state));
	if (tunnel->mtu)
		failed |= set_number(object, "mtu", tunnel->mtu);
	failed |= set_counters(tool, object, &tunnel->counters, NULL);
	return checked(object, failed);
}

static json_t *json_targets(const struct ipudp_rule *rule)
{
	json_t *array = json_array();
	int failed = 0;
	uint32_t i;

	for (i = 0; i < rule->n_targets; i++) {
		json_t *target = json_object();

		failed |= set_number(target, "tunnel", rule->targets[i].tunnel);
		failed |= set_number(target, "priority", rule->targets[i].priority);
		failed |= set_number(target, "weight", rule->targets[i].weight);
		failed |= json_array_append_new(array, target);
	}
	return checked(array, failed);
}

json_t *tool_json_rule(struct tool *tool, const struct ipudp_rule *rule)
{
	char prefix[IPUDP_ADDR_TEXT_SIZE + 4];
	char addr[IPUDP_ADDR_TEXT_SIZE];
	json_t *object = json_object();
	int failed = 0;

	(void)tool;
	snprintf(prefix, sizeof(prefix), "%s/%u", ipudp_addr_format(&rule->prefix, addr),
		 rule->prefix_len);
	failed |= set_number(object, "ifindex", rule->ifindex);
	failed |= set_text(object, "ifname", rule->device);
	failed |= set_text(object, "prefix", prefix);
	failed |= set_number(object, "prefix_len", rule->prefix_len);
	failed |= set_text(object, "action", ipudp_action_name(rule->action));
	failed |= json_object_set_new(object, "target", json_targets(rule));
	return checked(object, failed);
}
