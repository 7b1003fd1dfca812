// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From the lease to the kernel. Bindings and tunnels are uplink.c's.
 */
#include "spoke/session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "spoke/accept.h"
#include "spoke/agent.h"
#include "spoke/problems.h"
#include "spoke/routes.h"
#include "spoke/uplink.h"

/* All routes of a lease. */
#define LIST_SIZE (LVN_ROUTES_MAX * LVN_ADDR_TEXT_SIZE)

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
	const struct lvn_lease *lease = &agent->lease;
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
	snprintf(text, sizeof(text), "%u", lvn_accept_mtu(agent->config, lease));
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

static int make_device(struct lvn_agent *agent, struct lvn_problems *problems)
{
	const struct lvn_config *config = agent->config;
	bool was_there = agent->state.has_device;
	int ret;

	ret = lvn_plane_device(agent->plane, config->name, config->n_uplinks > 1, was_there,
			       &agent->ifindex);
	if (ret == -EEXIST) {
		lvn_problems_add(problems,
				 "there is a device %s already, and it is not ours; give "
				 "another --name",
				 config->name);
		return ret;
	}
	if (ret) {
		lvn_problems_add(problems, "device %s cannot be made: %s", config->name,
				 lvn_plane_error(agent->plane, ret));
		return ret;
	}
	if (!was_there) {
		agent->state.has_device = true;
		agent->state.is_user = lvn_plane_is_user(agent->plane);
		lvn_session_save(agent);
	}
	return 0;
}

/* Up, and with the MTU of the lease, whatever others made of it. */
static int set_link(struct lvn_agent *agent, struct lvn_problems *problems)
{
	uint32_t mtu = lvn_accept_mtu(agent->config, &agent->lease);
	struct lvn_net_link link;
	int ret;

	ret = lvn_net_link_get(agent->net, agent->ifindex, &link);
	if (!ret && strcmp(link.name, agent->config->name))
		lvn_problems_add(problems, "device %s was renamed to %s; give it its name back",
				 agent->config->name, link.name);
	if (ret || (link.is_up && (!mtu || mtu == link.mtu)))
		return ret;
	ret = lvn_net_link_set(agent->net, agent->ifindex, mtu);
	if (!ret || ret == -ENODEV)
		return ret;
	lvn_problems_add(problems, "device %s cannot be set up with MTU %u: %s",
			 agent->config->name, mtu, strerror(-ret));
	return lvn_net_link_set(agent->net, agent->ifindex, 0);
}

/* The device was deleted by somebody else; the data plane may still think that it has it. */
static int make_again(struct lvn_agent *agent, struct lvn_problems *problems)
{
	int ret;

	lvn_warning("%s: the device is gone; making it again", agent->config->name);
	agent->ifindex = 0;
	memset(&agent->state.set, 0, sizeof(agent->state.set));
	lvn_plane_device_remove(agent->plane, agent->config->name);
	ret = make_device(agent, problems);
	if (!ret)
		ret = set_link(agent, problems);
	if (!ret)
		lvn_uplinks_remake(agent);
	return ret;
}

int lvn_session_check(struct lvn_agent *agent)
{
	struct lvn_problems problems = { .n = 0 };
	int ret;

	if (!agent->has_lease || agent->phase == LVN_AGENT_STOPPING)
		return 0;
	ret = agent->ifindex ? set_link(agent, &problems) : -ENODEV;
	/* Without a data plane there is nobody to ask; it is set right when one is back. */
	if (!plane_watch_is_up(agent->plane_watch))
		lvn_problems_add(&problems, "the data plane is gone; waiting for another");
	else if (ret == -ENODEV)
		ret = make_again(agent, &problems);
	if (!ret)
		lvn_routes_sync(agent, &problems);
	lvn_uplinks_problems(agent, &problems);
	for (unsigned int i = 0; i < agent->refused.n; i++)
		lvn_problems_add(&problems, "%s", agent->refused.texts[i]);
	lvn_problems_replace(&agent->problems, &problems, agent->config->name);
	return plane_watch_is_up(agent->plane_watch) ? ret : 0;
}

/* Whether the scripts want to know of it. */
static bool is_lease_changed(const struct lvn_lease *a, const struct lvn_lease *b)
{
	return a->n_addresses != b->n_addresses || a->n_prefixes != b->n_prefixes ||
	       a->n_routes != b->n_routes || a->n_hub != b->n_hub || a->mtu != b->mtu ||
	       memcmp(a->addresses, b->addresses, a->n_addresses * sizeof(a->addresses[0])) ||
	       memcmp(a->prefixes, b->prefixes, a->n_prefixes * sizeof(a->prefixes[0])) ||
	       memcmp(a->routes, b->routes, a->n_routes * sizeof(a->routes[0])) ||
	       memcmp(a->hub, b->hub, a->n_hub * sizeof(a->hub[0]));
}

static void take_lease(struct lvn_agent *agent, const struct lvn_lease *lease)
{
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
}

int lvn_session_apply(struct lvn_agent *agent, const struct lvn_lease *lease)
{
	struct lvn_problems refused = { .n = 0 };
	struct lvn_lease accepted = *lease;
	bool is_changed;
	int ret;

	ret = lvn_accept_lease(agent->config, &agent->control_endpoint.addr, &accepted, &refused);
	is_changed = agent->is_up && is_lease_changed(&agent->lease, &accepted);
	take_lease(agent, &accepted);
	agent->refused = refused;
	OPENSSL_cleanse(&accepted, sizeof(accepted));
	if (ret) {
		lvn_problems_replace(&agent->problems, &refused, agent->config->name);
		return ret;
	}
	if (!agent->ifindex) {
		struct lvn_problems problems = { .n = 0 };

		ret = make_device(agent, &problems);
		if (ret) {
			lvn_problems_replace(&agent->problems, &problems, agent->config->name);
			return ret;
		}
	}
	ret = lvn_session_check(agent);
	if (ret)
		return ret;
	lvn_session_save(agent);
	lvn_uplinks_start(agent);
	if (is_changed)
		lvn_session_hook(agent, LVN_HOOK_CHANGED);
	return 0;
}

int lvn_session_restore(struct lvn_agent *agent)
{
	struct lvn_problems problems = { .n = 0 };
	int ret;

	if (!agent->has_lease)
		return 0;
	ret = make_device(agent, &problems);
	if (ret) {
		lvn_problems_replace(&agent->problems, &problems, agent->config->name);
		return ret;
	}
	ret = lvn_session_check(agent);
	if (ret)
		return ret;
	lvn_uplinks_restore(agent);
	return 0;
}

static void withdraw(struct lvn_agent *agent)
{
	struct lvn_netset nothing = { .n_routes = 0,
				      .table = agent->state.set.table,
				      .metric = agent->state.set.metric };
	char what[LVN_NET_WHAT_SIZE];

	if (lvn_net_apply(agent->net, agent->ifindex, &agent->state.set, &nothing, what))
		lvn_warning("%s: %s", agent->config->name, what);
	agent->state.set = nothing;
}

void lvn_session_forget(struct lvn_agent *agent, bool is_withdrawn)
{
	lvn_uplinks_stop(agent, false);
	agent->state.session[0] = '\0';
	agent->has_lease = false;
	agent->refused = (struct lvn_problems){ .n = 0 };
	agent->problems = agent->refused;
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
