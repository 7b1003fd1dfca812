// SPDX-License-Identifier: GPL-2.0-or-later
/* Between the daemon's tables and the fast path's. */

#include "fast.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <net/if.h>

#include "choice.h"
#include "device.h"
#include "encap.h"
#include "event.h"
#include "fastpath.h"
#include "home.h"
#include "lib/base/log.h"
#include "listener.h"
#include "mode.h"
#include "neighbour.h"
#include "route.h"
#include "rule.h"
#include "sender.h"
#include "socket.h"
#include "tunnel.h"
#include "worker.h"

void ipudp_fast_open(struct ipudp_home *home, const struct ipudp_fast_config *config)
{
	bool adopted = false;

	/* Nothing goes fast before it is known whether it may. */
	ipudp_host_refresh(home);
	home->fast_config = config;
	if (!config->on) {
		ipudp_fastpath_remove();
		strcpy(home->fast_why, "ipudpd was started with --no-fastpath");
		return;
	}
	if (ipudp_fastpath_open(NULL, home->fast_why, &adopted, &home->fastpath)) {
		home->fastpath = NULL;
		ipudp_fastpath_remove();
		lvn_info("without the eBPF fast path: %s", home->fast_why);
	} else if (adopted) {
		lvn_info("took over the fast path of another ipudpd");
	}
}

void ipudp_fast_close(struct ipudp_home *home, bool keep)
{
	if (!home->fastpath)
		return;
	if (!keep)
		ipudp_fastpath_flush(home->fastpath);
	ipudp_fastpath_close(home->fastpath);
	home->fastpath = NULL;
}

static void set_gro(const struct ipudp_listener *listener)
{
	unsigned int family, i;

	for (family = 0; family < 2; family++)
		for (i = 0; listener->sockets[family] && i <= listener->home->n_workers; i++)
			ipudp_socket_aggregate(listener->sockets[family][i].fd, !listener->fast);
}

/* The kernel aggregates for the sockets of a listener only while no program is to see its packets. */
static void set_fast(struct ipudp_tunnel *tunnel, bool fast)
{
	struct ipudp_listener *listener = tunnel->listener;

	if (tunnel->fast == fast)
		return;
	tunnel->fast = fast;
	tunnel->was_fast = false;
	listener->fast += fast ? 1 : -1;
	if (listener->fast == fast)
		set_gro(listener);
}

static void to_addr(const union ipudp_ip *ip, uint16_t family, struct lvn_addr *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->family = family;
	memcpy(ret->bytes, ip, ipudp_ip_len(family));
}

/*
 * Whether the programs can send by a tunnel's route. A packet that the daemon sends by a VRF leaves
 * by another interface than is bound to. For IPv6, the kernel would look for the next hop of the best
 * route, whatever interface is to be used, unless it is told the next hop.
 */
static bool can_follow(struct ipudp_tunnel *tunnel, const struct ipudp_route *route,
		       bool told_nexthop)
{
	struct ipudp_home *home = tunnel->device->home;
	struct ipudp_endpoint_config config = tunnel->endpoint->config;
	struct ipudp_listener any = { 0 };
	uint32_t link = config.link ? config.link : tunnel->listener->config.bind;
	struct ipudp_route best;

	if (!link)
		return true;
	config.link = 0;
	config.local = route->source;
	return link == route->ifindex &&
	       (told_nexthop || config.family == AF_INET ||
		(ipudp_route_query(&home->workers[home->n_workers], &any, &config, &best) &&
		 best.ifindex == link));
}

/* The next hop, if the programs may name it. */
static void set_nexthop(struct ipudp_tunnel *tunnel, const struct ipudp_route *route,
			struct lvn_addr *ret)
{
	const struct ipudp_endpoint_config *config = &tunnel->endpoint->config;
	struct ipudp_neighbour_key key;

	memset(&key, 0, sizeof(key));
	key.ifindex = route->ifindex;
	key.family = route->gateway_family ? route->gateway_family : config->family;
	key.addr = route->gateway_family ? route->gateway : config->remote;
	if (ipudp_neighbour_follow(tunnel->device->home, tunnel, &key))
		to_addr(&key.addr, key.family, ret);
}

/* Rules that were told of while there was no room for the tunnel were told of without it. */
static void tell_rules(const struct ipudp_tunnel *tunnel)
{
	const struct ipudp_target *target;

	hlist_for_each_entry(target, &tunnel->targets, tunnel_node)
		ipudp_fast_rule(tunnel->device, target->rule);
}

/*
 * If some tunnels of a listener take any port of their remote, the others come first. But what the
 * programs do not find among the exact ones may be left to us: then they cannot tell, and those with
 * any port receive by the socket.
 */
static void follow_mix(struct ipudp_listener *listener)
{
	bool mixed = listener->flows && listener->flows < listener->tunnels;

	if (listener->mixed == mixed)
		return;
	listener->mixed = mixed;
	/* That they may receive again is for later: our caller may be going through their lists. */
	if (mixed)
		ipudp_fast_routes(listener->home);
	else
		ipudp_home_routes_changed(listener->home);
}

/* What is needed to send from any port, and to hear of path MTUs then. */
static void set_ports(const struct ipudp_tunnel *tunnel, struct ipudp_fastpath_tunnel *ret)
{
	struct ipudp_home *home = tunnel->device->home;
	unsigned int low, high;

	/* A file is read for it, which is much for many tunnels. */
	ipudp_socket_port_range(&low, &high);
	ret->port_min = (uint16_t)low;
	ret->port_max = (uint16_t)high;
	ret->leave_rx = tunnel->listener->mixed;
	/* The kernel heeds an ICMP error only if a socket has the port, or takes all. */
	ipudp_sender_raw(&home->workers[home->n_workers], tunnel->endpoint->config.family);
}

/* Leave a tunnel to user space. */
static void leave(struct ipudp_tunnel *tunnel, const char *why)
{
	const struct ipudp_device *device = tunnel->device;

	ipudp_fastpath_tunnel_leave(device->home->fastpath, device->ifindex, tunnel->id);
	set_fast(tunnel, false);
	tunnel->fast_why = why;
}

/* Why the fast path did not take a tunnel. */
static const char *why_refused(int error)
{
	switch (error) {
	case -EOPNOTSUPP:
		return "the interface to its remote is of a kind that the programs do not know";
	case -ENOSPC:
		return "the tables of the programs are full";
	case -EEXIST:
		return "another tunnel receives from the same address and port";
	default:
		return "the kernel refused it";
	}
}

/* Why the programs cannot send by a tunnel's route, and the next hop if they can name it; or NULL. */
static const char *look_at_route(struct ipudp_tunnel *tunnel, struct ipudp_route *route,
				 struct lvn_addr *ret_nexthop)
{
	struct ipudp_home *home = tunnel->device->home;
	const char *why = ipudp_host_why(&home->host, tunnel);

	if (why)
		return why;
	if (!ipudp_route_get(&home->workers[home->n_workers], tunnel->listener, tunnel->endpoint,
			     route))
		return "there is no route to its remote";
	if (route->encapsulates)
		return "the route to its remote adds headers of its own";
	set_nexthop(tunnel, route, ret_nexthop);
	if (!can_follow(tunnel, route, ret_nexthop->family))
		return "the route to its remote is not by the interface that it is bound to";
	return NULL;
}

/* Give a tunnel to the fast path. */
static void hand_over(struct ipudp_tunnel *tunnel, const struct ipudp_fastpath_tunnel *want)
{
	int ret = ipudp_fastpath_tunnel_set(tunnel->device->home->fastpath, want);
	bool had = tunnel->fast;

	set_fast(tunnel, !ret);
	tunnel->fast_why = why_refused(ret);
	if (tunnel->fast && !had)
		tell_rules(tunnel);
}

void ipudp_fast_tunnel(struct ipudp_tunnel *tunnel)
{
	const struct ipudp_endpoint_config *config = &tunnel->endpoint->config;
	const struct ipudp_listener *listener = tunnel->listener;
	struct ipudp_home *home = tunnel->device->home;
	struct ipudp_fastpath_tunnel want = {
		.ifindex = tunnel->device->ifindex,
		.id = tunnel->id,
		.local_port = ntohs(listener->config.port),
		.remote_port = ntohs(config->port),
		.bind = listener->config.bind,
		.mark = config->mark,
		.ttl = config->ttl,
		.dscp = config->dscp,
		.df = config->df,
		.checksum = config->checksum,
		.flow_port = config->flow_port,
	};
	struct ipudp_route route;
	const char *why;

	ipudp_write(tunnel->own_port, ipudp_host_wants_port(&home->host, tunnel));
	if (!home->fastpath)
		return;
	follow_mix(tunnel->listener);
	if (!tunnel->device->fast)
		return;
	why = look_at_route(tunnel, &route, &want.nexthop);
	if (why) {
		leave(tunnel, why);
		return;
	}
	/* Of our devices, only those that other tunnels go through receive datagrams. */
	if (ipudp_device_lookup(home, route.ifindex, NULL))
		ipudp_fast_link(home, route.ifindex, IPUDP_FAST_LINK_THERE);
	if (config->flow_port)
		set_ports(tunnel, &want);
	want.link = route.ifindex;
	want.strict = home->host.strict && config->family == AF_INET;
	want.mtu = ipudp_encap_mtu(tunnel);
	to_addr(&route.source, config->family, &want.local);
	to_addr(&config->remote, config->family, &want.remote);
	hand_over(tunnel, &want);
}

void ipudp_fast_routes(struct ipudp_home *home)
{
	struct ipudp_worker *worker = &home->workers[home->n_workers];
	struct ipudp_device *device;
	struct ipudp_tunnel *tunnel;
	uint64_t id;

	ipudp_route_begin_run(worker);
	list_for_each_entry(device, &home->devices, home_node)
		ipudp_idmap_for_each(&device->tunnels, id, tunnel, 0)
			ipudp_fast_tunnel(tunnel);
	ipudp_route_end_run(worker);
}

void ipudp_fast_host(struct ipudp_home *home)
{
	struct ipudp_device *device;

	list_for_each_entry(device, &home->devices, home_node)
		ipudp_fast_device(device);
	ipudp_fast_routes(home);
}

static bool is_active(const struct ipudp_choice *choice, const struct ipudp_tunnel *tunnel)
{
	uint32_t i;

	for (i = 0; choice && i < choice->n_active; i++)
		if (choice->active[i] == tunnel)
			return true;
	return false;
}

static void to_prefix(const struct ipudp_rule *rule, struct lvn_prefix *ret)
{
	to_addr(&rule->prefix, rule->family, &ret->addr);
	ret->len = rule->len;
}

void ipudp_fast_rule(const struct ipudp_device *device, const struct ipudp_rule *rule)
{
	/* One more than fits tells that there are too many. */
	struct ipudp_fastpath_target targets[IPUDP_FASTPATH_TARGETS + 1];
	struct ipudp_fastpath_rule want = {
		.ifindex = device->ifindex,
		.action = rule->action,
		.targets = targets,
	};
	const struct ipudp_target *target;

	if (!device->home->fastpath || !device->fast)
		return;
	to_prefix(rule, &want.prefix);
	list_for_each_entry(target, &rule->targets, rule_node) {
		if (want.n_targets > IPUDP_FASTPATH_TARGETS)
			break;
		targets[want.n_targets++] = (struct ipudp_fastpath_target){
			.tunnel = target->tunnel->id,
			.weight = target->weight,
			.active = is_active(rule->choice, target->tunnel),
		};
	}
	/* What does not fit is left to us, as the fast path sees to. */
	ipudp_fastpath_rule_set(device->home->fastpath, &want);
}

void ipudp_fast_rule_gone(const struct ipudp_device *device, const struct ipudp_rule *rule)
{
	struct lvn_prefix prefix;

	if (!device->home->fastpath || !device->fast)
		return;
	to_prefix(rule, &prefix);
	ipudp_fastpath_rule_del(device->home->fastpath, device->ifindex, &prefix);
}

/* Which of the interfaces for XDP an interface is, by its name; n_xdp if it is none. */
static unsigned int find_xdp(const struct ipudp_fast_config *config, uint32_t ifindex)
{
	char name[IF_NAMESIZE];
	unsigned int i = 0;

	if (!if_indextoname(ifindex, name))
		return config->n_xdp;
	while (i < config->n_xdp && strcmp(config->xdp[i], name) != 0)
		i++;
	return i;
}

void ipudp_fast_link(struct ipudp_home *home, uint32_t ifindex, enum ipudp_fast_link_state state)
{
	const struct ipudp_fast_config *config = home->fast_config;
	unsigned int i;
	bool xdp;

	if (!home->fastpath)
		return;
	i = state == IPUDP_FAST_LINK_GONE ? config->n_xdp : find_xdp(config, ifindex);
	xdp = i < config->n_xdp;
	if (state == IPUDP_FAST_LINK_MEMBER && xdp && !(home->fast_told & 1u << i)) {
		lvn_warning("%s: receiving without XDP, as it is a member of another interface",
			    config->xdp[i]);
		home->fast_told |= 1u << i;
	}
	if (state == IPUDP_FAST_LINK_GONE || state == IPUDP_FAST_LINK_MEMBER) {
		ipudp_fastpath_link_del(home->fastpath, ifindex);
		return;
	}
	/* There is news of an interface before it can be used, and often. */
	if (!ipudp_fastpath_link_set(home->fastpath, ifindex, xdp) || !xdp ||
	    state != IPUDP_FAST_LINK_UP || home->fast_told & 1u << i)
		return;
	lvn_warning("%s: receiving without XDP, as its driver has none or another program is there",
		    config->xdp[i]);
	home->fast_told |= 1u << i;
}

/* There is a pair of interfaces for it, which is there only while it is of use. */
static void follow_gro(struct ipudp_home *home)
{
	struct ipudp_device *device;
	bool want = false;
	int ret;

	list_for_each_entry(device, &home->devices, home_node)
		want |= device->fast;
	want &= home->fast_config->gro;
	if (want == home->fast_gro)
		return;
	home->fast_gro = want;
	ret = ipudp_fastpath_gro(home->fastpath, want);
	if (ret)
		lvn_info("inner TCP packets are not aggregated: %s", strerror(-ret));
}

static uint64_t later(uint64_t a, uint64_t last_ns)
{
	uint64_t b = last_ns ? last_ns / 1000000 + 1 : 0;

	return a > b ? a : b;
}

static void add_counters(const struct ipudp_fastpath_counters *counters,
			 struct ipudp_tunnel_stats *stats)
{
	ipudp_count(stats->rx_packets, counters->rx_packets);
	ipudp_count(stats->rx_bytes, counters->rx_bytes);
	ipudp_count(stats->tx_packets, counters->tx_packets);
	ipudp_count(stats->tx_bytes, counters->tx_bytes);
	ipudp_write(stats->rx_last, later(stats->rx_last, counters->rx_last_ns));
	ipudp_write(stats->tx_last, later(stats->tx_last, counters->tx_last_ns));
}

static void add_device_counters(const struct ipudp_fastpath_counters *counters,
				struct ipudp_device_stats *stats)
{
	ipudp_count(stats->rx_packets, counters->rx_packets);
	ipudp_count(stats->rx_bytes, counters->rx_bytes);
	ipudp_count(stats->tx_packets, counters->tx_packets);
	ipudp_count(stats->tx_bytes, counters->tx_bytes);
}

static void add_drops(const struct ipudp_device *device, struct ipudp_device_stats *stats)
{
	uint64_t rx, tx;

	ipudp_fastpath_drops(device->home->fastpath, device->ifindex, &rx, &tx);
	ipudp_count(stats->drops[IPUDP_DROP_REASON_RX_NOMEM], rx);
	ipudp_count(stats->drops[IPUDP_DROP_REASON_TX_NOMEM], tx);
}

/* What a tunnel has in the fast path goes: what was counted there is ours from now on. */
static void keep_counters(struct ipudp_tunnel *tunnel)
{
	struct ipudp_device *device = tunnel->device;
	struct ipudp_home *home = device->home;
	struct ipudp_fastpath_counters counters;

	ipudp_fastpath_tunnel_leave(home->fastpath, device->ifindex, tunnel->id);
	ipudp_fastpath_tunnel_counters(home->fastpath, device->ifindex, tunnel->id, &counters);
	add_counters(&counters, &tunnel->stats[home->n_workers]);
	add_device_counters(&counters, &device->stats[home->n_workers]);
}

void ipudp_fast_tunnel_gone(struct ipudp_tunnel *tunnel)
{
	struct ipudp_home *home = tunnel->device->home;

	ipudp_neighbour_leave(home, tunnel);
	if (!home->fastpath || !tunnel->device->fast)
		return;
	keep_counters(tunnel);
	ipudp_fastpath_tunnel_del(home->fastpath, tunnel->device->ifindex, tunnel->id);
	set_fast(tunnel, false);
}

/* Before a device goes: its counters are ours, and its tunnels receive by their sockets. */
static void unset_contents(struct ipudp_device *device)
{
	struct ipudp_home *home = device->home;
	struct ipudp_tunnel *tunnel;
	uint64_t id;

	ipudp_idmap_for_each(&device->tunnels, id, tunnel, 0) {
		keep_counters(tunnel);
		ipudp_neighbour_leave(home, tunnel);
		set_fast(tunnel, false);
	}
	add_drops(device, &device->stats[home->n_workers]);
}

void ipudp_fast_device_gone(struct ipudp_device *device)
{
	struct ipudp_home *home = device->home;

	if (!home->fastpath || !device->fast)
		return;
	unset_contents(device);
	ipudp_fastpath_device_del(home->fastpath, device->ifindex);
	device->fast = false;
	follow_gro(home);
}

void ipudp_fast_counters(const struct ipudp_tunnel *tunnel, struct ipudp_tunnel_stats *stats)
{
	const struct ipudp_device *device = tunnel->device;
	struct ipudp_fastpath_counters counters;

	if (!device->home->fastpath || !device->fast)
		return;
	ipudp_fastpath_tunnel_counters(device->home->fastpath, device->ifindex, tunnel->id,
				       &counters);
	add_counters(&counters, stats);
}

void ipudp_fast_device_counters(const struct ipudp_device *device, struct ipudp_device_stats *stats)
{
	struct ipudp_fastpath_counters counters;
	struct ipudp_tunnel *tunnel;
	uint64_t id;

	if (!device->home->fastpath || !device->fast)
		return;
	ipudp_idmap_for_each(&device->tunnels, id, tunnel, 0) {
		ipudp_fastpath_tunnel_counters(device->home->fastpath, device->ifindex, tunnel->id,
					       &counters);
		add_device_counters(&counters, stats);
	}
	add_drops(device, stats);
}

/* What a device had before it came to the fast path. */
static void set_contents(struct ipudp_device *device)
{
	struct ipudp_tunnel *tunnel;
	struct ipudp_rule *rule;
	uint64_t id;

	ipudp_idmap_for_each(&device->tunnels, id, tunnel, 0)
		ipudp_fast_tunnel(tunnel);
	ipudp_idmap_for_each(&device->rules, id, rule, 0)
		ipudp_fast_rule(device, rule);
}

/* Why all that a device sends is left to user space; NULL if it is not. */
static const char *why_leave(const struct ipudp_device *device)
{
	if (device->controlled)
		return "the device has a qdisc or filter on its way out (tc), which is to see it";
	if (device->watched)
		return "somebody captures on the device (it is promiscuous)";
	if (device->mode->mode == IPUDP_MODE_MULTI && device->lookup == IPUDP_LOOKUP_NEXTHOP)
		return "with lookup nexthop the route of each packet is looked at";
	return NULL;
}

void ipudp_fast_device(struct ipudp_device *device)
{
	struct ipudp_home *home = device->home;
	bool had = device->fast;
	struct ipudp_fastpath_device config = {
		.ifindex = device->ifindex,
		.mode = device->mode->mode,
		.lookup = device->lookup,
		.source_check = device->source_check,
		.off = device->fast_path == IPUDP_FAST_PATH_OFF,
		/* What is forwarded has policies to obey of its own. */
		.rewrite = device->fast_path == IPUDP_FAST_PATH_REWRITE &&
			   !ipudp_ipsec_any(&home->host.ipsec),
		.filling = !had,
		.mtu = device->mtu,
	};

	if (!home->fastpath || device->away)
		return;
	device->fast_why = why_leave(device);
	config.leave = device->fast_why;
	config.down = device->down;
	if (config.off && had)
		unset_contents(device);
	device->fast = !ipudp_fastpath_device_set(home->fastpath, &config) && !config.off;
	if (device->fast && !had) {
		set_contents(device);
		config.filling = false;
		ipudp_fastpath_device_set(home->fastpath, &config);
	} else if (!device->fast && had && !config.off) {
		unset_contents(device);
	}
	follow_gro(home);
}

void ipudp_fast_ready(struct ipudp_home *home)
{
	struct ipudp_device *device;

	if (!home->fastpath)
		return;
	list_for_each_entry(device, &home->devices, home_node)
		ipudp_fast_device(device);
	ipudp_fastpath_sweep(home->fastpath);
}

static void on_device(struct ipudp_device *device, uint8_t cmd)
{
	if (cmd != IPUDP_CMD_DEV_DEL_NTF)
		ipudp_fast_device(device);
}

static void on_tunnel(struct ipudp_tunnel *tunnel, uint8_t cmd)
{
	if (cmd == IPUDP_CMD_TUNNEL_ADD_NTF || cmd == IPUDP_CMD_TUNNEL_CHANGE_NTF)
		ipudp_fast_tunnel(tunnel);
}

static void on_rule(const struct ipudp_device *device, const struct ipudp_rule *rule, uint8_t cmd)
{
	if (cmd == IPUDP_CMD_RULE_DEL_NTF)
		ipudp_fast_rule_gone(device, rule);
	else
		ipudp_fast_rule(device, rule);
}

static void on_choice(const struct ipudp_device *device, const struct ipudp_rule *rule)
{
	ipudp_fast_rule(device, rule);
}

const struct ipudp_event_observer ipudp_fast_observer = {
	.device = on_device,
	.tunnel = on_tunnel,
	.tunnel_gone = ipudp_fast_tunnel_gone,
	.rule = on_rule,
	.choice = on_choice,
};
