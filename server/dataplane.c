// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The data plane over libipudp. Two handles: frames come by one of their own, so that a flood of
 * them cannot delay or drop the answers to changes. When they break, because ipudpd ended, they are
 * opened again until there is another.
 */
#include "server/dataplane.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <ipudp/ipudp.h>

#include "broker/conf.h"
#include "broker/dataplane.h"
#include "lib/base/cleanup.h"
#include "lib/base/log.h"
#include "plane/addr.h"
#include "plane/object.h"
#include "plane/watch.h"
#include "server/conf.h"
#include "server/datapath.h"
#include "server/device.h"
#include "server/listener.h"
#include "server/sysctl.h"

/**
 * struct server_dataplane - see the header
 * @conf: borrowed
 * @ipudp: handle for changes
 * @frames: handle for frames
 * @device: the interface
 * @name: of the interface
 * @watch: reads @frames, and waits for another data plane
 * @handlers: who is called
 * @ops: for the broker
 * @listeners: ids, in the order of conf->listen
 * @networks: addresses of the device
 * @n_networks: how many
 * @kept: other addresses of the device, see struct broker_conf
 * @mtu: of the device
 * @idle_ms: of tunnels
 * @lost: frames lost
 */
struct server_dataplane {
	const struct server_conf *conf;
	struct ipudp *ipudp;
	struct ipudp *frames;
	struct server_device *device;
	char name[IPUDP_IFNAME_SIZE];
	struct plane_watch *watch;
	struct server_dataplane_handlers handlers;
	struct broker_dataplane ops;
	uint32_t listeners[SERVER_LISTEN_MAX];
	struct lvn_prefix networks[BROKER_NETWORKS_MAX];
	unsigned int n_networks;
	struct lvn_prefix kept;
	uint32_t mtu;
	uint32_t idle_ms;
	uint64_t lost;
};

static int explain(struct server_dataplane *dataplane, const char *what, int error)
{
	const char *sentence = ipudp_error(dataplane->ipudp);

	lvn_debug("data plane: %s: %s%s%s", what, strerror(-error), *sentence ? ": " : "",
		  sentence);
	return error;
}

static struct ipudp_tunnel tunnel_of(const struct server_dataplane *dataplane, uint32_t id,
				     const struct broker_path *path)
{
	struct ipudp_tunnel tunnel = {
		.has = IPUDP_TUNNEL_HAS_ID | IPUDP_TUNNEL_HAS_REMOTE |
		       IPUDP_TUNNEL_HAS_REMOTE_PORT | IPUDP_TUNNEL_HAS_CHECKSUM,
		.id = id,
		.remote = plane_addr_to(&path->remote.addr),
		.remote_port = path->remote.port,
		.checksum = dataplane->conf->checksum,
	};

	if (path->local.family) {
		tunnel.has |= IPUDP_TUNNEL_HAS_LOCAL;
		tunnel.local = plane_addr_to(&path->local);
	}
	strcpy(tunnel.device, dataplane->conf->device);
	return tunnel;
}

static int tunnel_add(void *arg, uint32_t id, const struct broker_path *path)
{
	struct server_dataplane *dataplane = arg;
	struct ipudp_tunnel tunnel = tunnel_of(dataplane, id, path);
	int ret;

	tunnel.has |= IPUDP_TUNNEL_HAS_LISTENER | IPUDP_TUNNEL_HAS_IDLE;
	tunnel.listener = path->listener;
	tunnel.idle_ms = dataplane->idle_ms;
	ret = ipudp_tunnel_add(dataplane->ipudp, &tunnel);
	return ret < 0 ? explain(dataplane, "tunnel add", ret) : 0;
}

static int tunnel_move(void *arg, uint32_t id, const struct broker_path *path)
{
	struct server_dataplane *dataplane = arg;
	struct ipudp_tunnel tunnel = tunnel_of(dataplane, id, path);
	int ret = ipudp_tunnel_set(dataplane->ipudp, &tunnel);

	return ret < 0 ? explain(dataplane, "tunnel set", ret) : 0;
}

static int tunnel_del(void *arg, uint32_t id)
{
	struct server_dataplane *dataplane = arg;
	int ret = ipudp_tunnel_del(dataplane->ipudp, dataplane->conf->device, id);

	return ret < 0 ? explain(dataplane, "tunnel del", ret) : 0;
}

static int rule_set(void *arg, const struct lvn_prefix *prefix, const struct broker_target *targets,
		    unsigned int n)
{
	struct server_dataplane *dataplane = arg;
	struct ipudp_target list[BROKER_BINDINGS_MAX];
	struct ipudp_rule rule = {
		.prefix = plane_addr_to(&prefix->addr),
		.prefix_len = prefix->len,
		.action = IPUDP_ACTION_FORWARD,
		.targets = n ? list : NULL,
		.n_targets = n,
	};
	unsigned int i;
	int ret;

	for (i = 0; i < n; i++)
		list[i] = (struct ipudp_target){
			.tunnel = targets[i].tunnel,
			.priority = targets[i].priority,
			.weight = targets[i].weight,
		};
	strcpy(rule.device, dataplane->conf->device);
	ret = n ? ipudp_rule_replace(dataplane->ipudp, &rule) :
		  ipudp_rule_del(dataplane->ipudp, &rule);
	return ret < 0 ? explain(dataplane, n ? "rule replace" : "rule del", ret) : 0;
}

/**
 * struct list_arg - what the list functions need
 * @tunnel_fn: who sees tunnels
 * @rule_fn: who sees rules
 * @arg: of them
 */
struct list_arg {
	broker_tunnel_fn *tunnel_fn;
	broker_rule_fn *rule_fn;
	void *arg;
};

static struct broker_path path_of(const struct ipudp_tunnel *tunnel)
{
	return (struct broker_path){
		.listener = tunnel->listener,
		.local = plane_addr_from(&tunnel->local),
		.remote = { plane_addr_from(&tunnel->remote), tunnel->remote_port },
	};
}

static int see_tunnel(void *arg, const struct ipudp_tunnel *tunnel)
{
	const struct list_arg *list = arg;
	const struct broker_path path = path_of(tunnel);

	list->tunnel_fn(list->arg, tunnel->id, &path);
	return 0;
}

static int tunnel_list(void *arg, broker_tunnel_fn *fn, void *fn_arg)
{
	struct list_arg list = { .tunnel_fn = fn, .arg = fn_arg };
	struct server_dataplane *dataplane = arg;

	return server_uninterrupted(
		ipudp_tunnel_list(dataplane->ipudp, dataplane->conf->device, see_tunnel, &list));
}

static int see_rule(void *arg, const struct ipudp_rule *rule)
{
	struct broker_target targets[BROKER_BINDINGS_MAX];
	const struct list_arg *list = arg;
	const struct lvn_prefix prefix = { plane_addr_from(&rule->prefix), rule->prefix_len };
	unsigned int i, n = rule->n_targets;

	/* more than the broker ever makes: somebody else's, the first ones tell it */
	if (n > BROKER_BINDINGS_MAX)
		n = BROKER_BINDINGS_MAX;
	for (i = 0; i < n; i++)
		targets[i] = (struct broker_target){
			.tunnel = rule->targets[i].tunnel,
			.priority = rule->targets[i].priority,
			.weight = rule->targets[i].weight,
		};
	list->rule_fn(list->arg, &prefix, targets, n);
	return 0;
}

static int rule_list(void *arg, broker_rule_fn *fn, void *fn_arg)
{
	struct list_arg list = { .rule_fn = fn, .arg = fn_arg };
	struct server_dataplane *dataplane = arg;
	const struct ipudp_rule_filter filter = { .device = dataplane->conf->device };

	return server_uninterrupted(ipudp_rule_list(dataplane->ipudp, &filter, see_rule, &list));
}

static int route_set(void *arg, const struct lvn_prefix *prefix, bool is_up)
{
	struct server_dataplane *dataplane = arg;

	/* a route that the host has itself is not fatal: all else that the binding carries works */
	return server_device_route(dataplane->device, prefix, is_up);
}

static int open_device(struct server_dataplane *dataplane)
{
	const struct server_conf *conf = dataplane->conf;
	struct ipudp_device device = { .mode = IPUDP_MODE_MULTI };
	int ret;

	ret = plane_device_set(dataplane->ipudp, conf->device, IPUDP_MODE_MULTI, PLANE_KEEP,
			       &device);
	if (ret == -EEXIST && device.mode != IPUDP_MODE_MULTI) {
		lvn_error("device %s: exists, and its mode is not multi", conf->device);
		return -EEXIST;
	}
	if (ret < 0) {
		lvn_error("device %s: %s: %s", conf->device, strerror(-ret),
			  ipudp_error(dataplane->ipudp));
		return ret;
	}
	server_sysctl_protect(conf->device);
	if (conf->forward)
		server_sysctl_forward(conf->device);
	ret = server_device_set(dataplane->device, device.ifindex, dataplane->mtu,
				dataplane->networks, dataplane->n_networks, &dataplane->kept);
	if (ret < 0)
		lvn_error("device %s: cannot be set up with mtu %u: %s", conf->device,
			  dataplane->mtu, strerror(-ret));
	return ret;
}

static void on_frame(void *arg, const struct ipudp_frame *in)
{
	struct server_dataplane *dataplane = arg;
	const struct server_frame frame = {
		.listener = in->listener,
		.local = plane_addr_from(&in->local),
		.remote = { plane_addr_from(&in->remote), in->remote_port },
		.ifindex = in->ifindex,
		.payload = in->payload,
		.len = in->len,
	};

	dataplane->lost += in->lost;
	dataplane->handlers.frame(dataplane->handlers.arg, &frame);
}

static int tell_state(void *arg, const struct ipudp_tunnel *tunnel)
{
	const struct broker_path path = path_of(tunnel);
	struct server_dataplane *dataplane = arg;

	dataplane->handlers.idle(dataplane->handlers.arg, &path, tunnel->id,
				 tunnel->state == IPUDP_TUNNEL_STATE_IDLE);
	return 0;
}

/* Of all tunnels, when events may have been missed. */
static void tell_states(void *arg)
{
	struct server_dataplane *dataplane = arg;
	int ret;

	if (!dataplane->handlers.idle)
		return;
	ret = server_uninterrupted(ipudp_tunnel_list(dataplane->ipudp, dataplane->conf->device,
						     tell_state, dataplane));
	if (ret < 0)
		explain(dataplane, "tunnel list", ret);
}

static void on_tunnel(void *arg, int event, const struct ipudp_tunnel *tunnel)
{
	const struct broker_path path = path_of(tunnel);
	struct server_dataplane *dataplane = arg;

	if (event == IPUDP_CMD_TUNNEL_IDLE_NTF || event == IPUDP_CMD_TUNNEL_BACK_NTF)
		dataplane->handlers.idle(dataplane->handlers.arg, &path, tunnel->id,
					 event == IPUDP_CMD_TUNNEL_IDLE_NTF);
}

static int on_fd(void *arg)
{
	const struct server_dataplane *dataplane = arg;

	return ipudp_fd(dataplane->frames);
}

static int on_readable(void *arg)
{
	struct server_dataplane *dataplane = arg;
	const struct ipudp_handlers handlers = {
		.arg = dataplane,
		.frame = on_frame,
		.tunnel = dataplane->handlers.idle ? on_tunnel : NULL,
		.overrun = tell_states,
	};

	return ipudp_dispatch(dataplane->frames, &handlers);
}

static int open_handles(struct server_dataplane *dataplane, enum ipudp_datapath datapath)
{
	struct ipudp *ipudp, *frames;
	int ret;

	ret = ipudp_open(datapath, &ipudp);
	if (ret < 0)
		return ret;
	ret = ipudp_open(datapath, &frames);
	if (ret < 0) {
		ipudp_close(ipudp);
		return ret;
	}
	ipudp_close(dataplane->ipudp);
	ipudp_close(dataplane->frames);
	dataplane->ipudp = ipudp;
	dataplane->frames = frames;
	return 0;
}

static int open_first(struct server_dataplane *dataplane)
{
	enum ipudp_datapath datapath;
	int ret;

	ret = server_datapath_choose(dataplane->conf, &datapath);
	if (ret < 0)
		return ret;
	ret = open_handles(dataplane, datapath);
	if (ret < 0)
		server_datapath_complain(datapath, ret);
	return ret;
}

/* All that there must be before the broker adds its own. */
static int set_up(struct server_dataplane *dataplane)
{
	int ret;

	ret = open_device(dataplane);
	return ret   ?:
		       server_listeners_open(dataplane->ipudp, dataplane->conf,
					     dataplane->listeners);
}

static int register_frames(struct server_dataplane *dataplane)
{
	bool is_tsp = dataplane->handlers.frames == SERVER_FRAMES_TSP;
	unsigned int i;
	int ret;

	ret = dataplane->handlers.idle ? ipudp_subscribe(dataplane->frames) : 0;
	if (ret < 0) {
		lvn_error("data plane: no events: %s: %s", strerror(-ret),
			  ipudp_error(dataplane->frames));
		return ret;
	}
	for (i = 0; i < dataplane->conf->n_listen; i++) {
		ret = ipudp_frame_register(dataplane->frames, dataplane->listeners[i],
					   is_tsp ? IPUDP_FRAME_CLASS_TSP : IPUDP_FRAME_CLASS_STUN);
		if (ret < 0) {
			lvn_error("listener %u: cannot register for %s: %s: %s",
				  dataplane->listeners[i], is_tsp ? "TSP" : "STUN", strerror(-ret),
				  ipudp_error(dataplane->frames));
			return ret;
		}
	}
	return 0;
}

/* Somebody removed the interface, with its tunnels and rules: all of it again. */
static void on_gone(void *arg)
{
	struct server_dataplane *dataplane = arg;
	int ret;

	/* the data plane itself is away: then it is made when that is back */
	if (!plane_watch_is_up(dataplane->watch))
		return;
	ret = set_up(dataplane);
	if (ret < 0) {
		lvn_debug("data plane: the device cannot be made yet: %s", strerror(-ret));
		return;
	}
	lvn_info("device %s: made again", dataplane->conf->device);
	dataplane->handlers.back(dataplane->handlers.arg);
	tell_states(dataplane);
}

static int on_reopen(void *arg)
{
	struct server_dataplane *dataplane = arg;
	int ret;

	ret = open_handles(dataplane, ipudp_datapath(dataplane->frames));
	if (!ret)
		ret = set_up(dataplane);
	return ret ?: register_frames(dataplane);
}

static void on_back(void *arg)
{
	struct server_dataplane *dataplane = arg;

	dataplane->handlers.back(dataplane->handlers.arg);
	tell_states(dataplane);
}

static int create_watch(struct server_dataplane *dataplane, struct event_base *base)
{
	const struct plane_watch_ops ops = {
		.arg = dataplane,
		.fd = on_fd,
		.dispatch = on_readable,
		.reopen = on_reopen,
		.back = on_back,
	};

	return plane_watch_create(base, &ops, &dataplane->watch);
}

/* After two lost keepalives another binding takes over, before this one is given up. */
static uint32_t idle_of(const struct broker_conf *conf)
{
	return conf->keepalive * 2200;
}

int server_dataplane_open(const struct server_conf *conf, const struct broker_conf *broker_conf,
			  struct event_base *base, const struct server_dataplane_handlers *handlers,
			  struct server_dataplane **ret_dataplane)
{
	struct server_dataplane *dataplane = calloc(1, sizeof(*dataplane));
	int ret;

	if (!dataplane)
		return -ENOMEM;
	dataplane->conf = conf;
	strcpy(dataplane->name, conf->device);
	/* The broker takes its part of the configuration over, and this is needed later. */
	memcpy(dataplane->networks, broker_conf->networks, sizeof(dataplane->networks));
	dataplane->n_networks = broker_conf->n_networks;
	dataplane->kept = broker_conf->kept;
	dataplane->mtu = broker_conf->mtu;
	dataplane->idle_ms = idle_of(broker_conf);
	dataplane->handlers = *handlers;
	dataplane->ops = (struct broker_dataplane){
		.arg = dataplane,
		.tunnel_add = tunnel_add,
		.tunnel_move = tunnel_move,
		.tunnel_del = tunnel_del,
		.rule_set = rule_set,
		.tunnel_list = tunnel_list,
		.rule_list = rule_list,
		.route_set = route_set,
	};
	ret = create_watch(dataplane, base);
	if (!ret)
		ret = open_first(dataplane);
	if (!ret)
		ret = server_device_create(dataplane->name, base, on_gone, dataplane,
					   &dataplane->device);
	if (!ret)
		ret = set_up(dataplane);
	if (ret < 0) {
		server_dataplane_close(dataplane);
		return ret;
	}
	lvn_info("data plane %s, device %s", server_dataplane_datapath(dataplane), dataplane->name);
	*ret_dataplane = dataplane;
	return 0;
}

/**
 * struct tunnel_ids - of the tunnels of the device
 * @list: of @n, owned
 * @n: how many
 */
struct tunnel_ids {
	uint32_t *list;
	size_t n;
};

static int collect_tunnel(void *arg, const struct ipudp_tunnel *tunnel)
{
	struct tunnel_ids *ids = arg;
	uint32_t *list = reallocarray(ids->list, ids->n + 1, sizeof(*list));

	if (!list)
		return -ENOMEM;
	ids->list = list;
	list[ids->n++] = tunnel->id;
	return 0;
}

/* Those that there are; others are made as the configuration says. */
static int tune_tunnels(struct server_dataplane *dataplane)
{
	struct ipudp_tunnel tunnel = {
		.has = IPUDP_TUNNEL_HAS_ID | IPUDP_TUNNEL_HAS_CHECKSUM | IPUDP_TUNNEL_HAS_IDLE,
		.checksum = dataplane->conf->checksum,
		.idle_ms = dataplane->idle_ms,
	};
	struct tunnel_ids ids = { 0 };
	size_t i;
	int ret;

	ret = server_uninterrupted(
		ipudp_tunnel_list(dataplane->ipudp, dataplane->conf->device, collect_tunnel, &ids));
	strcpy(tunnel.device, dataplane->conf->device);
	for (i = 0; !ret && i < ids.n; i++) {
		tunnel.id = ids.list[i];
		ret = ipudp_tunnel_set(dataplane->ipudp, &tunnel);
	}
	free(ids.list);
	return ret;
}

void server_dataplane_reconfigure(struct server_dataplane *dataplane,
				  const struct server_conf *conf,
				  const struct broker_conf *broker_conf)
{
	const struct server_conf *old = dataplane->conf;
	uint32_t idle_ms = idle_of(broker_conf);
	int ret;

	dataplane->conf = conf;
	dataplane->mtu = broker_conf->mtu;
	server_device_set_mtu(dataplane->device, dataplane->mtu);
	if (conf->forward && !old->forward)
		server_sysctl_forward(conf->device);
	if (conf->checksum == old->checksum && idle_ms == dataplane->idle_ms)
		return;
	dataplane->idle_ms = idle_ms;
	/* while the data plane is away there is nothing to tune */
	ret = plane_watch_is_up(dataplane->watch) ? tune_tunnels(dataplane) : 0;
	if (ret < 0)
		lvn_warning("device %s: cannot change all tunnels: %s", conf->device,
			    strerror(-ret));
}

int server_dataplane_start(struct server_dataplane *dataplane)
{
	int ret;

	ret = register_frames(dataplane);
	if (!ret)
		ret = plane_watch_start(dataplane->watch);
	if (!ret)
		tell_states(dataplane);
	return ret ?: server_device_watch(dataplane->device);
}

void server_dataplane_close(struct server_dataplane *dataplane)
{
	if (!dataplane)
		return;
	plane_watch_destroy(dataplane->watch);
	server_device_destroy(dataplane->device);
	ipudp_close(dataplane->frames);
	ipudp_close(dataplane->ipudp);
	free(dataplane);
}

const struct broker_dataplane *server_dataplane_broker(struct server_dataplane *dataplane)
{
	return &dataplane->ops;
}

int server_dataplane_send(struct server_dataplane *dataplane, const struct server_frame *frame)
{
	const struct ipudp_frame out = {
		.listener = frame->listener,
		.remote = plane_addr_to(&frame->remote.addr),
		.remote_port = frame->remote.port,
		.local = plane_addr_to(&frame->local),
		.payload = frame->payload,
		.len = frame->len,
	};

	return ipudp_frame_send(dataplane->frames, &out);
}

bool server_dataplane_is_own(const struct server_dataplane *dataplane,
			     const struct server_frame *frame)
{
	return frame->ifindex && frame->ifindex == server_device_index(dataplane->device);
}

uint64_t server_dataplane_lost(const struct server_dataplane *dataplane)
{
	return dataplane->lost;
}

const char *server_dataplane_name(const struct server_dataplane *dataplane)
{
	return dataplane->name;
}

const char *server_dataplane_datapath(const struct server_dataplane *dataplane)
{
	return ipudp_datapath_name(ipudp_datapath(dataplane->ipudp));
}

int server_dataplane_look(struct server_dataplane *dataplane, struct ipudp_device *ret)
{
	if (!plane_watch_is_up(dataplane->watch))
		return -EAGAIN;
	return ipudp_device_get(dataplane->ipudp, dataplane->name, ret);
}

int server_dataplane_count(struct server_dataplane *dataplane, uint32_t id,
			   struct server_counts *ret)
{
	struct ipudp_tunnel tunnel;
	int error;

	if (!plane_watch_is_up(dataplane->watch))
		return -EAGAIN;
	error = ipudp_tunnel_get(dataplane->ipudp, dataplane->name, id, &tunnel);
	if (error < 0)
		return error;
	*ret = (struct server_counts){
		.rx_packets = tunnel.counters.rx_packets,
		.rx_bytes = tunnel.counters.rx_bytes,
		.tx_packets = tunnel.counters.tx_packets,
		.tx_bytes = tunnel.counters.tx_bytes,
		.rx_dropped = tunnel.counters.rx_dropped,
		.tx_dropped = tunnel.counters.tx_dropped,
		.heard_ms = tunnel.counters.rx_age_ms,
	};
	return 0;
}

void server_dataplane_problems(const struct server_dataplane *dataplane,
			       void (*fn)(void *arg, const char *text), void *arg)
{
	if (!plane_watch_is_up(dataplane->watch))
		fn(arg, "the data plane is away; is ipudpd running?");
	server_device_problems(dataplane->device, fn, arg);
}
