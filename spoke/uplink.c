// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From the events of a binding to its tunnel.
 */
#include "spoke/uplink.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <event2/event.h>
#include <net/if.h>

#include "spoke/agent.h"
#include "spoke/problems.h"
#include "spoke/routes.h"

static const struct lvn_uplink *uplink_of(const struct lvn_link *link)
{
	return &link->agent->config->uplinks[link->index];
}

static struct lvn_port *port_of(struct lvn_link *link)
{
	return &link->agent->state.ports[link->index];
}

/* How an uplink is called in the log. */
static const char *name_of(const struct lvn_link *link)
{
	const struct lvn_uplink *uplink = uplink_of(link);

	return *uplink->ifname ? uplink->ifname : "uplink";
}

static const char *interface_of(const struct lvn_link *link)
{
	const char *ifname = uplink_of(link)->ifname;

	return *ifname ? ifname : link->agent->config->vrf;
}

static void share(struct lvn_agent *agent)
{
	uint32_t demoted = 0;
	uint32_t used = 0;
	int ret;

	if (agent->n_links < 2)
		return;
	for (unsigned int i = 0; i < agent->n_links; i++) {
		if (agent->links[i].has_tunnel)
			used |= 1u << i;
		if (agent->links[i].is_demoted)
			demoted |= 1u << i;
	}
	ret = lvn_plane_share(agent->plane, agent->config->name, agent->config->uplinks, used,
			      demoted);
	if (ret)
		lvn_error("%s: rules: %s", agent->config->name, lvn_plane_error(agent->plane, ret));
}

/* Whether the spoke is up may have changed. */
static void judge(struct lvn_agent *agent)
{
	bool is_up = false;
	struct lvn_binding_status status;

	for (unsigned int i = 0; i < agent->n_links; i++) {
		lvn_binding_status(agent->links[i].binding, &status);
		is_up |= status.state == LVN_BINDING_BOUND || status.state == LVN_BINDING_SUSPECT;
	}
	if (is_up == agent->is_up)
		return;
	agent->is_up = is_up;
	lvn_info("%s: %s", agent->config->name, is_up ? "up" : "down");
	agent->uplinks_tell->is_up(agent, is_up);
}

static void on_bound(struct lvn_link *link)
{
	struct lvn_agent *agent = link->agent;
	struct lvn_binding_status status;
	char mapped[LVN_ADDR_TEXT_SIZE];
	char text[LVN_ADDR_TEXT_SIZE];
	int ret;

	lvn_binding_status(link->binding, &status);
	ret = lvn_plane_tunnel_set(agent->plane, agent->config->name, link->index, uplink_of(link),
				   port_of(link), &status.endpoint);
	if (ret) {
		lvn_error("%s: tunnel via %s: %s", agent->config->name, name_of(link),
			  lvn_plane_error(agent->plane, ret));
		return;
	}
	lvn_info("%s: bound via %s to %s as %s, NAT: %s", agent->config->name, name_of(link),
		 lvn_endpoint_format(&status.endpoint, text),
		 lvn_endpoint_format(&status.mapped, mapped), lvn_uplink_nat(link, &status));
	link->has_tunnel = true;
	link->is_demoted = false;
	if (link->is_silent) {
		link->is_silent = false;
		agent->uplinks_tell->changed(agent);
	}
	share(agent);
	judge(agent);
}

static bool is_all_demoted(const struct lvn_agent *agent)
{
	for (unsigned int i = 0; i < agent->n_links; i++)
		if (!agent->links[i].is_demoted)
			return false;
	return true;
}

static void demote(struct lvn_link *link)
{
	struct lvn_agent *agent = link->agent;

	if (!link->is_demoted) {
		link->is_demoted = true;
		share(agent);
	}
	/* Nobody answers any more: is it the hub that moved? Its control channel will tell. */
	if (is_all_demoted(agent))
		agent->uplinks_tell->refused(agent);
}

/* Said once, until an answer comes. */
static void on_silent(struct lvn_link *link)
{
	struct lvn_binding_status status;
	char text[LVN_ADDR_TEXT_SIZE];

	lvn_binding_status(link->binding, &status);
	if (!link->is_silent)
		lvn_warning("%s: no answer over UDP from %s (%s)", link->agent->config->name,
			    lvn_endpoint_format(&status.endpoint, text), name_of(link));
}

void lvn_uplinks_problems(const struct lvn_agent *agent, struct lvn_problems *problems)
{
	/* Without control it may be anything, and control's own error says more. */
	for (unsigned int i = 0; agent->phase == LVN_AGENT_ONLINE && i < agent->n_links; i++)
		if (agent->links[i].is_silent)
			lvn_problems_add(problems,
					 "no endpoint of the hub answers over UDP (%s), though "
					 "control over TCP works; a firewall on the way may block "
					 "UDP port %u",
					 name_of(&agent->links[i]), agent->lease.endpoints[0].port);
}

static void on_event(void *arg, enum lvn_binding_event event)
{
	struct lvn_link *link = arg;
	struct lvn_agent *agent = link->agent;
	const char *name = agent->config->name;

	switch (event) {
	case LVN_BINDING_EVENT_BOUND:
		on_bound(link);
		return;
	case LVN_BINDING_EVENT_MOVED:
		on_bound(link);
		agent->uplinks_tell->moved(agent);
		return;
	case LVN_BINDING_EVENT_SUSPECT:
		lvn_debug("%s: no answer by %s", name, name_of(link));
		demote(link);
		return;
	case LVN_BINDING_EVENT_LOST:
		lvn_warning("%s: the binding via %s is lost", name, name_of(link));
		demote(link);
		judge(agent);
		return;
	case LVN_BINDING_EVENT_SILENT:
		on_silent(link);
		return;
	case LVN_BINDING_EVENT_ROUND:
		link->is_silent = true;
		agent->uplinks_tell->changed(agent);
		demote(link);
		return;
	case LVN_BINDING_EVENT_REFUSED:
		if (lvn_ratelimit_take(&agent->limit_refused, lvn_clock_ms() / 5))
			agent->uplinks_tell->refused(agent);
		return;
	}
}

static int send_frame(void *arg, const struct lvn_endpoint *to, const void *data, size_t len)
{
	struct lvn_link *link = arg;

	if (!link->has_port)
		return -ENODEV;
	return lvn_plane_send(link->agent->plane, uplink_of(link), port_of(link), to, data, len);
}

int lvn_uplinks_init(struct lvn_agent *agent, const struct lvn_uplinks_handlers *handlers)
{
	struct lvn_binding_owner owner = { .send = send_frame, .tell = on_event };

	agent->uplinks_tell = handlers;
	for (unsigned int i = 0; i < agent->config->n_uplinks; i++) {
		struct lvn_link *link = &agent->links[i];
		int ret;

		link->agent = agent;
		link->index = i;
		owner.arg = link;
		ret = lvn_binding_create(agent->base, &owner, &link->binding);
		if (ret)
			return ret;
		agent->n_links++;
	}
	/* Five seconds are one tick of its clock: see on_event(). */
	lvn_ratelimit_init(&agent->limit_refused, 1, 1);
	return 0;
}

void lvn_uplinks_done(struct lvn_agent *agent)
{
	for (unsigned int i = 0; i < agent->n_links; i++)
		lvn_binding_destroy(agent->links[i].binding);
	agent->n_links = 0;
}

static int open_port(struct lvn_link *link)
{
	struct lvn_agent *agent = link->agent;
	struct lvn_state *state = &agent->state;
	uint16_t wanted = agent->config->port;
	struct lvn_port port;
	uint32_t known = 0;
	int ret;

	if (link->has_port)
		return 0;
	if (link->index < state->n_ports)
		known = port_of(link)->id;
	if (wanted)
		wanted = (uint16_t)(wanted + link->index);
	/* The port of the last run, so that NATs on the way see nothing new. */
	else if (link->index < state->n_ports)
		wanted = state->ports[link->index].port;
	ret = lvn_plane_port_open(agent->plane, agent->config, link->index, wanted, known, &port);
	if ((ret == -EADDRINUSE || ret == -EEXIST) && !agent->config->port)
		ret = lvn_plane_port_open(agent->plane, agent->config, link->index, 0, 0, &port);
	if (ret) {
		if (ret != -ENODEV)
			lvn_error("%s: port via %s: %s", agent->config->name, name_of(link),
				  lvn_plane_error(agent->plane, ret));
		return ret;
	}
	/* That of a former interface of this name, or of another port. */
	if (link->index < state->n_ports && port_of(link)->port && port_of(link)->id != port.id) {
		lvn_plane_tunnel_remove(agent->plane, agent->config->name, link->index);
		lvn_plane_port_close(agent->plane, port_of(link)->id);
		link->has_tunnel = false;
	}
	*port_of(link) = port;
	if (state->n_ports <= link->index)
		state->n_ports = link->index + 1;
	link->has_port = true;
	agent->uplinks_tell->saved(agent);
	return 0;
}

/* Not one that is in the list, nor one that packets would reach through the tunnel only. */
static void add_endpoint(const struct lvn_agent *agent, struct lvn_binding_params *params,
			 const struct lvn_endpoint *endpoint)
{
	if (params->n_endpoints == LVN_ENDPOINTS_MAX)
		return;
	for (unsigned int i = 0; i < params->n_endpoints; i++)
		if (lvn_endpoint_equal(&params->endpoints[i], endpoint))
			return;
	if (lvn_addr_equal(&endpoint->addr, &agent->control_endpoint.addr) ||
	    !lvn_routes_is_inside(agent, &endpoint->addr))
		params->endpoints[params->n_endpoints++] = *endpoint;
}

/*
 * Where the hub may answer, the most likely first: at the address that control uses, at others that
 * it names, at others that its name has. Both families: UDP may be blocked over one only.
 */
static void fill_endpoints(const struct lvn_agent *agent, struct lvn_binding_params *params)
{
	const struct lvn_addr *control = &agent->control_endpoint.addr;
	const struct lvn_known *known = &agent->known[agent->hub];
	const struct lvn_lease *lease = &agent->lease;

	for (int pass = 0; pass < 2; pass++) {
		for (unsigned int i = 0; i < lease->n_endpoints; i++) {
			struct lvn_endpoint endpoint = lease->endpoints[i];

			if (!endpoint.addr.family)
				endpoint.addr = *control;
			if ((endpoint.addr.family == control->family) == !pass)
				add_endpoint(agent, params, &endpoint);
		}
	}
	for (unsigned int i = 0; i < lease->n_endpoints; i++) {
		struct lvn_endpoint endpoint = lease->endpoints[i];

		for (unsigned int j = 0; !lease->endpoints[i].addr.family && j < known->n; j++) {
			endpoint.addr = known->addrs[j];
			add_endpoint(agent, params, &endpoint);
		}
	}
}

/* The address that packets to the hub leave from now; AF_UNSPEC if there is no way. */
static struct lvn_addr find_source(const struct lvn_link *link)
{
	struct lvn_addr source = { .family = AF_UNSPEC };
	const char *ifname = interface_of(link);
	struct lvn_binding_status status;

	lvn_binding_status(link->binding, &status);
	lvn_net_source(&status.endpoint, *ifname ? ifname : NULL, uplink_of(link)->mark, &source);
	return source;
}

static void start(struct lvn_link *link)
{
	struct lvn_agent *agent = link->agent;
	const struct lvn_lease *lease = &agent->lease;
	const struct lvn_uplink *uplink = uplink_of(link);
	struct lvn_binding_params params = {
		.index = (uint16_t)link->index,
		.priority = uplink->priority,
		.weight = uplink->weight,
		.timeout_ms = lease->timeout * 1000,
		.counter = &agent->counter,
	};
	uint32_t keepalive = agent->config->keepalive;

	if (!keepalive || keepalive > lease->keepalive)
		keepalive = lease->keepalive;
	params.keepalive_ms = keepalive * 1000;
	strcpy(params.session, lease->session);
	strcpy(params.key, lease->key);
	fill_endpoints(agent, &params);
	if (!params.n_endpoints || open_port(link))
		return;
	lvn_binding_start(link->binding, &params);
	/* without it the first look would not see that the way is gone */
	if (!link->source.family)
		link->source = find_source(link);
}

void lvn_uplinks_start(struct lvn_agent *agent)
{
	for (unsigned int i = 0; i < agent->n_links; i++) {
		if (i < agent->lease.bindings) {
			start(&agent->links[i]);
			continue;
		}
		lvn_warning("%s: the hub allows %u uplinks only, %s is not used",
			    agent->config->name, agent->lease.bindings, name_of(&agent->links[i]));
		agent->links[i].is_demoted = true;
	}
}

/* A new device has no tunnels yet. */
static void make_tunnel(struct lvn_link *link)
{
	struct lvn_agent *agent = link->agent;
	struct lvn_binding_status status;
	int ret;

	lvn_binding_status(link->binding, &status);
	ret = lvn_plane_tunnel_set(agent->plane, agent->config->name, link->index, uplink_of(link),
				   port_of(link), &status.endpoint);
	if (ret)
		lvn_error("%s: tunnel via %s: %s", agent->config->name, name_of(link),
			  lvn_plane_error(agent->plane, ret));
	link->has_tunnel = !ret;
	lvn_binding_poke(link->binding);
}

void lvn_uplinks_remake(struct lvn_agent *agent)
{
	for (unsigned int i = 0; i < agent->n_links; i++)
		if (agent->links[i].has_tunnel)
			make_tunnel(&agent->links[i]);
	share(agent);
}

/* The data plane may be another one: its port and its tunnel, if they are not there any more. */
static void restore(struct lvn_link *link)
{
	bool had_tunnel = link->has_tunnel;

	link->has_port = false;
	start(link);
	if (link->has_port && had_tunnel)
		make_tunnel(link);
}

void lvn_uplinks_restore(struct lvn_agent *agent)
{
	for (unsigned int i = 0; i < agent->n_links && i < agent->lease.bindings; i++)
		restore(&agent->links[i]);
	share(agent);
}

void lvn_uplinks_stop(struct lvn_agent *agent, bool is_released)
{
	for (unsigned int i = 0; i < agent->n_links; i++) {
		if (is_released)
			lvn_binding_release(agent->links[i].binding);
		else
			lvn_binding_stop(agent->links[i].binding);
	}
	judge(agent);
}

/* The binding may be none the wiser: without its doubt nobody would hear that all is well again. */
static void avoid(struct lvn_link *link)
{
	lvn_binding_doubt(link->binding);
	demote(link);
}

static void look(struct lvn_link *link)
{
	struct lvn_agent *agent = link->agent;
	const char *ifname = interface_of(link);
	struct lvn_addr source;

	if (link->has_port && *ifname && if_nametoindex(ifname) != port_of(link)->ifindex) {
		lvn_info("%s: interface %s is %s", agent->config->name, ifname,
			 if_nametoindex(ifname) ? "another now" : "gone");
		link->has_port = false;
		/* the tunnel is to be made again when an answer comes by the other interface */
		lvn_binding_doubt(link->binding);
	}
	if (!link->has_port) {
		if (*ifname && !if_nametoindex(ifname))
			avoid(link);
		else
			start(link);
		return;
	}
	source = find_source(link);
	if (lvn_addr_equal(&source, &link->source))
		return;
	link->source = source;
	if (source.family)
		lvn_binding_poke(link->binding);
	else
		avoid(link);
}

void lvn_uplinks_look(struct lvn_agent *agent)
{
	if (!agent->has_lease)
		return;
	for (unsigned int i = 0; i < agent->n_links && i < agent->lease.bindings; i++)
		look(&agent->links[i]);
}

void lvn_uplinks_input(struct lvn_agent *agent, unsigned int index, const struct lvn_endpoint *from,
		       const struct lvn_addr *local, const void *data, size_t len)
{
	if (index < agent->n_links)
		lvn_binding_input(agent->links[index].binding, from, local, data, len);
}

const char *lvn_uplink_nat(const struct lvn_link *link, const struct lvn_binding_status *status)
{
	const struct lvn_port *port = &link->agent->state.ports[link->index];

	if (!status->mapped.addr.family || !status->local.family)
		return "unknown";
	if (status->mapped.port == port->port &&
	    lvn_addr_equal(&status->mapped.addr, &status->local))
		return "no";
	return "yes";
}
