// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From the lease to the kernel. Bindings and tunnels are uplink.c's.
 */
#include "hub/client/session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hub/client/agent.h"
#include "hub/client/uplink.h"

#define LIST_SIZE 2048

void lvn_session_save(struct lvn_agent *agent)
{
	int ret = lvn_state_save(agent->config->run_dir, agent->config->name, &agent->state);

	if (ret)
		lvn_warning("%s: state is not saved: %s", agent->config->name, strerror(-ret));
}

/* Append to a list separated by spaces, as far as there is room. */
static void list_add(char *list, const char *text)
{
	size_t len = strlen(list);

	if (len + strlen(text) + 2 > LIST_SIZE)
		return;
	snprintf(list + len, LIST_SIZE - len, "%s%s", len ? " " : "", text);
}

static void env_add_prefixes(struct lvn_hook_env *env, const char *name,
			     const struct lvn_prefix *prefixes, unsigned int n)
{
	char text[LVN_ADDR_TEXT_SIZE];
	char list[LIST_SIZE] = "";

	for (unsigned int i = 0; i < n; i++)
		list_add(list, lvn_prefix_format(&prefixes[i], text));
	lvn_hook_env_add(env, name, list);
}

void lvn_session_hook(struct lvn_agent *agent, enum lvn_hook hook)
{
	const struct hub_lease *lease = &agent->lease;
	struct lvn_hook_env env = { .n = 0 };
	struct lvn_binding_status status;
	char text[LVN_ADDR_TEXT_SIZE];
	char list[LIST_SIZE] = "";

	lvn_hook_env_add(&env, "LVN_EVENT", lvn_hook_name(hook));
	lvn_hook_env_add(&env, "LVN_DEVICE", agent->config->name);
	lvn_hook_env_add(&env, "LVN_HUB", agent->config->hubs[agent->hub].host);
	lvn_hook_env_add(&env, "LVN_IDENTITY", lease->identity);
	env_add_prefixes(&env, "LVN_ADDRESSES", lease->addresses, lease->n_addresses);
	env_add_prefixes(&env, "LVN_PREFIXES", lease->prefixes, lease->n_prefixes);
	env_add_prefixes(&env, "LVN_ROUTES", lease->routes, lease->n_routes);
	for (unsigned int i = 0; i < lease->n_hub; i++)
		list_add(list, lvn_addr_format(&lease->hub[i], text));
	lvn_hook_env_add(&env, "LVN_HUB_ADDRESSES", list);
	snprintf(text, sizeof(text), "%u", agent->config->mtu ? agent->config->mtu : lease->mtu);
	lvn_hook_env_add(&env, "LVN_MTU", text);
	for (unsigned int i = 0; i < agent->n_links; i++) {
		lvn_binding_status(agent->links[i].binding, &status);
		if (status.state != LVN_BINDING_BOUND)
			continue;
		lvn_hook_env_add(&env, "LVN_REMOTE", lvn_endpoint_format(&status.endpoint, text));
		lvn_hook_env_add(&env, "LVN_MAPPED", lvn_endpoint_format(&status.mapped, text));
		lvn_hook_env_add(&env, "LVN_NAT", lvn_uplink_nat(&agent->links[i], &status));
		break;
	}
	lvn_hooks_run(agent->hooks, hook, &env);
}

/* Whether a route could lead the way to the hub into the device. */
static bool is_dangerous(const struct lvn_agent *agent, const struct lvn_prefix *prefix,
			 struct lvn_addr *ret_hub)
{
	const struct hub_lease *lease = &agent->lease;

	*ret_hub = agent->control_endpoint.addr;
	if (lvn_prefix_contains(prefix, ret_hub))
		return true;
	for (unsigned int i = 0; i < lease->n_endpoints; i++) {
		*ret_hub = lease->endpoints[i].addr;
		if (lvn_prefix_contains(prefix, ret_hub))
			return true;
	}
	return false;
}

/* Take routes back that hide the hub; the others stay. */
static void remove_loops(struct lvn_agent *agent, struct lvn_netset *set)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < set->n_routes; i++) {
		const struct lvn_route *route = &set->routes[i];
		char text[LVN_ADDR_TEXT_SIZE];
		struct lvn_addr hub;
		uint32_t ifindex;

		if (!route->is_unreachable && is_dangerous(agent, &route->prefix, &hub) &&
		    !lvn_net_route_to(agent->net, &hub, agent->config->uplinks[0].mark, &ifindex) &&
		    ifindex == agent->ifindex) {
			lvn_warning("%s: route %s would lead to the hub itself and is left out; "
				    "give a table, a mark or a route to the hub",
				    agent->config->name, lvn_prefix_format(&route->prefix, text));
			lvn_net_route_set(agent->net, agent->ifindex, set, route, false);
			continue;
		}
		set->routes[kept++] = *route;
	}
	set->n_routes = kept;
}

static void make_set(const struct lvn_agent *agent, struct lvn_netset *set)
{
	const struct hub_lease *lease = &agent->lease;

	memset(set, 0, sizeof(*set));
	set->table = agent->config->table;
	set->metric = agent->config->metric;
	memcpy(set->addresses, lease->addresses, sizeof(lease->addresses));
	set->n_addresses = lease->n_addresses;
	if (agent->config->no_routes)
		return;
	for (unsigned int i = 0; i < lease->n_routes; i++) {
		struct lvn_route *route = &set->routes[set->n_routes++];

		route->prefix = lease->routes[i];
		lvn_addr_mask(&route->prefix.addr, route->prefix.len);
	}
	/* What nobody here has of our own prefixes must not go back to the hub. */
	for (unsigned int i = 0; i < lease->n_prefixes; i++) {
		struct lvn_route *route = &set->routes[set->n_routes++];

		route->prefix = lease->prefixes[i];
		route->is_unreachable = true;
	}
}

static int make_device(struct lvn_agent *agent)
{
	const struct lvn_config *config = agent->config;
	uint32_t mtu = config->mtu ? config->mtu : agent->lease.mtu;
	bool was_there = agent->state.has_device;
	int ret;

	ret = lvn_plane_device(agent->plane, config->name, config->n_uplinks > 1, was_there,
			       &agent->ifindex);
	if (ret == -EEXIST) {
		lvn_error("%s: there is such a device, and it is not ours", config->name);
		return ret;
	}
	if (ret) {
		lvn_error("%s: device: %s", config->name, lvn_plane_error(agent->plane, ret));
		return ret;
	}
	if (!was_there) {
		agent->state.has_device = true;
		agent->state.is_user = lvn_plane_is_user(agent->plane);
		lvn_session_save(agent);
	}
	ret = lvn_net_link_set(agent->net, agent->ifindex, mtu);
	if (ret)
		lvn_error("%s: link: %s", config->name, strerror(-ret));
	return ret;
}

static bool is_set_equal(const struct lvn_netset *a, const struct lvn_netset *b)
{
	return a->n_addresses == b->n_addresses && a->n_routes == b->n_routes &&
	       !memcmp(a->addresses, b->addresses, a->n_addresses * sizeof(a->addresses[0])) &&
	       !memcmp(a->routes, b->routes, a->n_routes * sizeof(a->routes[0]));
}

int lvn_session_apply(struct lvn_agent *agent, const struct hub_lease *lease)
{
	struct lvn_netset set;
	bool is_changed;
	char what[96];
	int ret;

	agent->lease = *lease;
	agent->has_lease = true;
	agent->lease_ms = lvn_clock_ms();
	if (!lease->resumed || strcmp(agent->state.session, lease->session)) {
		strcpy(agent->state.session, lease->session);
		agent->counter = lease->counter;
	}
	if (agent->counter < lease->counter)
		agent->counter = lease->counter;
	strcpy(agent->state.token, lease->token);
	strcpy(agent->state.hub, agent->config->hubs[agent->hub].host);
	ret = make_device(agent);
	if (ret)
		return ret;
	make_set(agent, &set);
	ret = lvn_net_apply(agent->net, agent->ifindex, &agent->state.set, &set, what);
	if (ret)
		lvn_warning("%s: %s: %s", agent->config->name, what, strerror(-ret));
	remove_loops(agent, &set);
	is_changed = agent->is_up && !is_set_equal(&agent->state.set, &set);
	agent->state.set = set;
	lvn_session_save(agent);
	lvn_uplinks_start(agent);
	if (is_changed)
		lvn_session_hook(agent, LVN_HOOK_CHANGED);
	return 0;
}

int lvn_session_restore(struct lvn_agent *agent)
{
	char what[96];
	int ret;

	if (!agent->has_lease)
		return 0;
	ret = make_device(agent);
	if (ret)
		return ret;
	ret = lvn_net_apply(agent->net, agent->ifindex, NULL, &agent->state.set, what);
	if (ret)
		lvn_warning("%s: %s: %s", agent->config->name, what, strerror(-ret));
	lvn_uplinks_restore(agent);
	return 0;
}

static void withdraw(struct lvn_agent *agent)
{
	struct lvn_netset nothing = { .n_routes = 0,
				      .table = agent->state.set.table,
				      .metric = agent->state.set.metric };
	char what[96];
	int ret;

	ret = lvn_net_apply(agent->net, agent->ifindex, &agent->state.set, &nothing, what);
	if (ret)
		lvn_warning("%s: %s: %s", agent->config->name, what, strerror(-ret));
	agent->state.set = nothing;
}

void lvn_session_forget(struct lvn_agent *agent, bool is_withdrawn)
{
	lvn_uplinks_stop(agent, false);
	agent->state.session[0] = '\0';
	agent->has_lease = false;
	if (is_withdrawn && agent->ifindex)
		withdraw(agent);
	lvn_session_save(agent);
}

int lvn_session_undo(struct lvn_agent *agent)
{
	const char *name = agent->config->name;
	int ret = 0;

	lvn_uplinks_stop(agent, true);
	withdraw(agent);
	if (agent->state.has_device) {
		ret = lvn_plane_device_remove(agent->plane, name);
		if (ret)
			lvn_warning("%s: device: %s", name, lvn_plane_error(agent->plane, ret));
	}
	for (unsigned int i = 0; i < agent->state.n_ports; i++)
		if (agent->state.ports[i].port)
			lvn_plane_port_close(agent->plane, agent->state.ports[i].id);
	/* What could not be removed is ours still, for the next run. */
	if (ret)
		lvn_session_save(agent);
	else
		lvn_state_remove(agent->config->run_dir, name);
	return ret;
}
