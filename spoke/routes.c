// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What of the lease is set. A route that takes the way to the hub would carry the tunnel's own
 * packets into the tunnel: whether one does is asked of the kernel, for each address of a hub that is
 * known and for each uplink, whenever routes change.
 */
#include "spoke/routes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/rtnetlink.h>
#include <net/if.h>

#include "spoke/accept.h"
#include "spoke/agent.h"
#include "spoke/problems.h"
#include "spoke/session.h"

#define ENDS_MAX (1 + LVN_ENDPOINTS_MAX + LVN_HUBS_MAX * (1 + LVN_RESOLVE_MAX))
/* A route that was found to lead the hub's packets astray is not tried again for so long. */
#define ASTRAY_MS 60000

/**
 * struct end - an address of a hub
 * @addr: it
 * @is_in_use: packets go there now
 * @error: why there is no way to it; 0 else
 * @way: to it, over the uplink that is most in danger
 */
struct end {
	struct lvn_addr addr;
	bool is_in_use;
	int error;
	struct lvn_net_way way;
};

/**
 * struct ends - of all hubs that are known
 * @n: how many
 * @list: each once
 */
struct ends {
	unsigned int n;
	struct end list[ENDS_MAX];
};

static void add_end(struct ends *ends, const struct lvn_addr *addr, bool is_in_use)
{
	if (!addr->family)
		return;
	for (unsigned int i = 0; i < ends->n; i++) {
		if (!lvn_addr_equal(&ends->list[i].addr, addr))
			continue;
		ends->list[i].is_in_use |= is_in_use;
		return;
	}
	if (ends->n < ENDS_MAX)
		ends->list[ends->n++] = (struct end){ .addr = *addr, .is_in_use = is_in_use };
}

static void collect_ends(const struct lvn_agent *agent, struct ends *ends)
{
	struct lvn_binding_status status;
	struct lvn_addr literal;

	add_end(ends, &agent->control_endpoint.addr, true);
	for (unsigned int i = 0; i < agent->n_links; i++) {
		lvn_binding_status(agent->links[i].binding, &status);
		if (status.state == LVN_BINDING_BOUND || status.state == LVN_BINDING_SUSPECT)
			add_end(ends, &status.endpoint.addr, true);
	}
	for (unsigned int i = 0; i < agent->lease.n_endpoints; i++)
		add_end(ends, &agent->lease.endpoints[i].addr, false);
	for (unsigned int i = 0; i < agent->config->n_hubs; i++) {
		if (!lvn_addr_parse(agent->config->hubs[i].host, &literal))
			add_end(ends, &literal, false);
		for (unsigned int j = 0; j < agent->known[i].n; j++)
			add_end(ends, &agent->known[i].addrs[j], false);
	}
}

static uint32_t interface_of(const struct lvn_agent *agent, const struct lvn_uplink *uplink)
{
	const char *ifname = *uplink->ifname ? uplink->ifname : agent->config->vrf;

	return *ifname ? if_nametoindex(ifname) : 0;
}

/* Uplinks that are bound to an interface cannot be led into another, so the others count more. */
static void find_way(const struct lvn_agent *agent, struct end *end)
{
	const struct lvn_config *config = agent->config;

	for (unsigned int i = 0; i < config->n_uplinks; i++) {
		struct lvn_net_way way = { .ifindex = 0 };
		int error;

		error = lvn_net_way_to(agent->net, &end->addr,
				       interface_of(agent, &config->uplinks[i]),
				       config->uplinks[i].mark, &way);
		if (!i || way.ifindex == agent->ifindex || !*config->uplinks[i].ifname) {
			end->error = error;
			end->way = way;
		}
		if (!error && way.ifindex == agent->ifindex)
			return;
	}
}

bool lvn_routes_is_inside(const struct lvn_agent *agent, const struct lvn_addr *addr)
{
	struct end end = { .addr = *addr };

	if (!agent->ifindex)
		return false;
	find_way(agent, &end);
	return !end.error && end.way.ifindex == agent->ifindex;
}

static uint32_t table_of(const struct lvn_config *config)
{
	return config->table ? config->table : (uint32_t)RT_TABLE_MAIN;
}

/* Whether no packet can be led astray, because each uplink leaves by its interface only. */
static bool is_tied(const struct lvn_config *config)
{
	for (unsigned int i = 0; i < config->n_uplinks; i++)
		if (!*config->uplinks[i].ifname && !*config->vrf)
			return false;
	return true;
}

/* Whether a route to @prefix takes, or would take, the way to an address of a hub. */
static bool is_capturing(const struct lvn_agent *agent, const struct end *end,
			 const struct lvn_prefix *prefix)
{
	const struct lvn_config *config = agent->config;

	if (!lvn_prefix_contains(prefix, &end->addr))
		return false;
	if (end->error)
		return end->is_in_use;
	if (end->way.ifindex == agent->ifindex)
		return end->is_in_use ||
		       lvn_net_has_other_way(agent->net, agent->ifindex, config->table, &end->addr);
	if (end->way.table != table_of(config))
		return agent->astray_ms && lvn_clock_ms() - agent->astray_ms < ASTRAY_MS;
	return prefix->len > end->way.len || (prefix->len == end->way.len && config->metric);
}

static const struct end *find_captured(const struct lvn_agent *agent, const struct ends *ends,
				       const struct lvn_prefix *prefix)
{
	if (is_tied(agent->config))
		return NULL;
	for (unsigned int i = 0; i < ends->n; i++)
		if (is_capturing(agent, &ends->list[i], prefix))
			return &ends->list[i];
	return NULL;
}

/* Whether a route is for hosts that are on another link of this host; says so. */
static bool is_onlink(struct lvn_agent *agent, const char *noun, const struct lvn_prefix *prefix,
		      bool is_equal_good, struct lvn_problems *problems)
{
	const struct lvn_net_foreign *link;
	char text[LVN_ADDR_TEXT_SIZE], name[IF_NAMESIZE], of[LVN_ADDR_TEXT_SIZE];

	if (agent->config->table)
		return false;
	link = lvn_net_onlink(agent->net, agent->ifindex, prefix);
	if (!link || (is_equal_good && link->prefix.len == prefix->len) ||
	    lvn_accept_is_vouched(agent->config, prefix, &link->prefix))
		return false;
	lvn_problems_add(problems, "the hub's %s %s is refused: %s is on the link of %s", noun,
			 lvn_prefix_format(prefix, text), lvn_prefix_format(&link->prefix, of),
			 if_indextoname(link->ifindex, name) ? name : "another interface");
	return true;
}

static void add_addresses(struct lvn_agent *agent, struct lvn_netset *set,
			  struct lvn_problems *problems)
{
	const struct lvn_lease *lease = &agent->lease;

	for (unsigned int i = 0; i < lease->n_addresses; i++) {
		struct lvn_prefix host = lease->addresses[i];

		host.len = (uint8_t)lvn_addr_bits(&host.addr);
		if (!is_onlink(agent, "address", &host, false, problems))
			set->addresses[set->n_addresses++] = lease->addresses[i];
	}
}

static void add_routes(struct lvn_agent *agent, struct lvn_netset *set, const struct ends *ends,
		       const struct lvn_prefix *prefixes, unsigned int n, bool is_unreachable,
		       struct lvn_problems *problems)
{
	const char *noun = is_unreachable ? "prefix" : "route";
	char text[LVN_ADDR_TEXT_SIZE], addr[LVN_ADDR_TEXT_SIZE];

	for (unsigned int i = 0; i < n; i++) {
		struct lvn_route route = { .prefix = prefixes[i],
					   .is_unreachable = is_unreachable };
		const struct end *end;

		lvn_addr_mask(&route.prefix.addr, route.prefix.len);
		/* What is behind this spoke may well be its own link. */
		if (is_onlink(agent, noun, &route.prefix, is_unreachable, problems))
			continue;
		end = find_captured(agent, ends, &route.prefix);
		if (!end) {
			set->routes[set->n_routes++] = route;
			continue;
		}
		lvn_problems_add(problems,
				 "%s %s would lead to the hub itself (%s) and is left out; give a "
				 "table, a mark or a route to the hub",
				 noun, lvn_prefix_format(&route.prefix, text),
				 lvn_addr_format(&end->addr, addr));
	}
}

static void make_set(struct lvn_agent *agent, struct lvn_netset *set, struct lvn_problems *problems)
{
	const struct lvn_config *config = agent->config;
	const struct lvn_lease *lease = &agent->lease;
	struct ends ends = { .n = 0 };

	memset(set, 0, sizeof(*set));
	set->table = config->table;
	set->metric = config->metric;
	add_addresses(agent, set, problems);
	if (config->no_routes)
		return;
	collect_ends(agent, &ends);
	for (unsigned int i = 0; i < ends.n; i++) {
		struct end *end = &ends.list[i];

		find_way(agent, end);
		if (!end->error && end->is_in_use && end->way.ifindex == agent->ifindex)
			agent->astray_ms = lvn_clock_ms();
	}
	add_routes(agent, set, &ends, lease->routes, lease->n_routes, false, problems);
	/* What nobody here has of our own prefixes must not go back to the hub. */
	add_routes(agent, set, &ends, lease->prefixes, lease->n_prefixes, true, problems);
}

static void on_remark(void *arg, int error, const char *text)
{
	(void)error;
	lvn_problems_add(arg, "%s", text);
}

static bool is_set_equal(const struct lvn_netset *a, const struct lvn_netset *b)
{
	return a->n_addresses == b->n_addresses && a->n_routes == b->n_routes &&
	       a->table == b->table && a->metric == b->metric &&
	       !memcmp(a->addresses, b->addresses, a->n_addresses * sizeof(a->addresses[0])) &&
	       !memcmp(a->routes, b->routes, a->n_routes * sizeof(a->routes[0]));
}

void lvn_routes_sync(struct lvn_agent *agent, struct lvn_problems *problems)
{
	struct lvn_netset want, done;

	make_set(agent, &want, problems);
	lvn_net_sync(agent->net, agent->ifindex, &agent->state.set, &want, on_remark, problems,
		     &done);
	if (is_set_equal(&agent->state.set, &done))
		return;
	agent->state.set = done;
	lvn_session_save(agent);
}
