// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libipudp, as a spoke uses it. The tunnel of uplink n has the id n + 1, so that a later run finds
 * it again.
 */
#include "spoke/plane.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <net/if.h>

#include "lib/base/log.h"
#include "plane/addr.h"
#include "plane/object.h"

/* More than any priority that can be configured. */
#define DEMOTED 0x10000u

/**
 * struct lvn_plane - connection to the data plane
 * @ipudp: requests and frames
 * @fn: takes frames
 * @arg: for @fn
 * @listeners: id of each uplink's listener
 * @has_listener: bit n is set if @listeners has that of uplink n
 */
struct lvn_plane {
	struct ipudp *ipudp;
	lvn_plane_frame_fn *fn;
	void *arg;
	uint32_t listeners[LVN_UPLINKS_MAX];
	uint32_t has_listener;
};

int lvn_plane_open(enum ipudp_datapath datapath, lvn_plane_frame_fn *fn, void *arg,
		   struct lvn_plane **ret_plane)
{
	struct lvn_plane *plane;
	int ret;

	plane = calloc(1, sizeof(*plane));
	if (!plane)
		return -ENOMEM;
	plane->fn = fn;
	plane->arg = arg;
	ret = ipudp_open(datapath, &plane->ipudp);
	if (ret) {
		free(plane);
		return ret;
	}
	*ret_plane = plane;
	return 0;
}

void lvn_plane_open_error(enum ipudp_datapath datapath, int error, char *text, size_t size)
{
	const char *sentence = ipudp_open_error(datapath, error);
	char missing[256];

	if (error == -EOPNOTSUPP && ipudp_open_missing(datapath, missing, sizeof(missing)))
		snprintf(text, size, "%s (%s)", sentence, missing);
	else
		snprintf(text, size, "%s", *sentence ? sentence : strerror(-error));
}

int lvn_plane_reopen(struct lvn_plane *plane)
{
	struct ipudp *ipudp;
	int ret;

	ret = ipudp_open(ipudp_datapath(plane->ipudp), &ipudp);
	if (ret)
		return ret;
	ipudp_close(plane->ipudp);
	plane->ipudp = ipudp;
	plane->has_listener = 0;
	return 0;
}

bool lvn_plane_is_user(const struct lvn_plane *plane)
{
	return ipudp_datapath(plane->ipudp) == IPUDP_DATAPATH_USER;
}

void lvn_plane_close(struct lvn_plane *plane)
{
	if (!plane)
		return;
	ipudp_close(plane->ipudp);
	free(plane);
}

const char *lvn_plane_error(const struct lvn_plane *plane, int error)
{
	const char *sentence = ipudp_error(plane->ipudp);

	return *sentence ? sentence : strerror(-error);
}

int lvn_plane_fd(const struct lvn_plane *plane)
{
	return ipudp_fd(plane->ipudp);
}

static void on_frame(void *arg, const struct ipudp_frame *frame)
{
	struct lvn_plane *plane = arg;
	struct lvn_endpoint from = { .addr = plane_addr_from(&frame->remote),
				     .port = frame->remote_port };
	struct lvn_addr local = plane_addr_from(&frame->local);

	lvn_addr_unmap(&from.addr);
	lvn_addr_unmap(&local);
	for (unsigned int i = 0; i < LVN_UPLINKS_MAX; i++) {
		if (!(plane->has_listener & 1u << i) || plane->listeners[i] != frame->listener)
			continue;
		plane->fn(plane->arg, i, &from, &local, frame->payload, frame->len);
		return;
	}
}

int lvn_plane_dispatch(struct lvn_plane *plane)
{
	const struct ipudp_handlers handlers = { .arg = plane, .frame = on_frame };

	return ipudp_dispatch(plane->ipudp, &handlers);
}

int lvn_plane_device(struct lvn_plane *plane, const char *name, bool is_multi, bool is_ours,
		     uint32_t *ret_ifindex)
{
	enum ipudp_mode mode = is_multi ? IPUDP_MODE_MULTI : IPUDP_MODE_FIXED;
	struct ipudp_device device;
	int ret;

	ret = plane_device_set(plane->ipudp, name, mode, is_ours ? PLANE_REPLACE : PLANE_REFUSE,
			       &device);
	if (ret)
		return ret;
	*ret_ifindex = device.ifindex ? device.ifindex : if_nametoindex(name);
	return 0;
}

int lvn_plane_device_remove(struct lvn_plane *plane, const char *name)
{
	int ret = ipudp_device_del(plane->ipudp, name);

	return ret == -ENODEV ? 0 : ret;
}

/* Take the one that a former run left, if it is still the same; else make one. */
static int make_listener(struct lvn_plane *plane, uint32_t known, struct ipudp_listener *listener)
{
	struct ipudp_listener found;
	int ret;

	if (known && listener->port && !ipudp_listener_get(plane->ipudp, known, &found) &&
	    found.port == listener->port && found.bind_ifindex == listener->bind_ifindex) {
		*listener = found;
		return 0;
	}
	ret = ipudp_listener_add(plane->ipudp, listener);
	if (ret == -EAFNOSUPPORT || ret == -EPROTONOSUPPORT) {
		/* IPv6 is off. */
		listener->family = IPUDP_FAMILY_IPV4;
		ret = ipudp_listener_add(plane->ipudp, listener);
	}
	return ret;
}

int lvn_plane_port_open(struct lvn_plane *plane, const struct lvn_config *config,
			unsigned int uplink, uint16_t port, uint32_t known,
			struct lvn_port *ret_port)
{
	const char *ifname = config->uplinks[uplink].ifname;
	struct ipudp_listener listener = { .family = IPUDP_FAMILY_DUAL, .port = port };
	int ret;

	if (!*ifname)
		ifname = config->vrf;
	if (*ifname) {
		listener.bind_ifindex = if_nametoindex(ifname);
		if (!listener.bind_ifindex)
			return -ENODEV;
	}
	ret = make_listener(plane, known, &listener);
	if (ret)
		return ret;
	ret = ipudp_frame_register(plane->ipudp, listener.id, IPUDP_FRAME_CLASS_STUN);
	if (ret) {
		ipudp_listener_del(plane->ipudp, listener.id);
		return ret;
	}
	plane->listeners[uplink] = listener.id;
	plane->has_listener |= 1u << uplink;
	ret_port->id = listener.id;
	ret_port->port = listener.port;
	ret_port->ifindex = listener.bind_ifindex;
	return 0;
}

int lvn_plane_port_close(struct lvn_plane *plane, uint32_t id)
{
	int ret;

	for (unsigned int i = 0; i < LVN_UPLINKS_MAX; i++) {
		if (!(plane->has_listener & 1u << i) || plane->listeners[i] != id)
			continue;
		plane->has_listener &= ~(1u << i);
		ipudp_frame_unregister(plane->ipudp, id, IPUDP_FRAME_CLASS_STUN);
	}
	ret = ipudp_listener_del(plane->ipudp, id);
	return ret == -ENOENT ? 0 : ret;
}

int lvn_plane_send(struct lvn_plane *plane, const struct lvn_uplink *config,
		   const struct lvn_port *port, const struct lvn_endpoint *to, const void *data,
		   size_t len)
{
	struct ipudp_frame frame = {
		.listener = port->id,
		.remote = plane_addr_to(&to->addr),
		.remote_port = to->port,
		.ifindex = *config->ifname ? port->ifindex : 0,
		.mark = config->mark,
		.payload = data,
		.len = len,
	};

	return ipudp_frame_send(plane->ipudp, &frame);
}

int lvn_plane_tunnel_set(struct lvn_plane *plane, const char *device, unsigned int uplink,
			 const struct lvn_uplink *config, const struct lvn_port *port,
			 const struct lvn_endpoint *remote)
{
	struct ipudp_tunnel tunnel = {
		.has = IPUDP_TUNNEL_HAS_REMOTE | IPUDP_TUNNEL_HAS_REMOTE_PORT |
		       IPUDP_TUNNEL_HAS_MARK | IPUDP_TUNNEL_HAS_LINK | IPUDP_TUNNEL_HAS_CHECKSUM,
		.id = uplink + 1,
		.listener = port->id,
		.remote = plane_addr_to(&remote->addr),
		.remote_port = remote->port,
		.mark = config->mark,
		.link_ifindex = *config->ifname ? port->ifindex : 0,
		.checksum = !config->no_checksum,
	};

	strcpy(tunnel.device, device);
	return plane_tunnel_set(plane->ipudp, &tunnel);
}

int lvn_plane_tunnel_remove(struct lvn_plane *plane, const char *device, unsigned int uplink)
{
	int ret = ipudp_tunnel_del(plane->ipudp, device, uplink + 1);

	return ret == -ENOENT || ret == -ENODEV ? 0 : ret;
}

const char *lvn_plane_datapath(const struct lvn_plane *plane)
{
	return ipudp_datapath_name(ipudp_datapath(plane->ipudp));
}

int lvn_plane_device_get(struct lvn_plane *plane, const char *device, struct ipudp_device *ret)
{
	return ipudp_device_get(plane->ipudp, device, ret);
}

int lvn_plane_tunnel_get(struct lvn_plane *plane, const char *device, unsigned int uplink,
			 struct ipudp_tunnel *ret)
{
	return ipudp_tunnel_get(plane->ipudp, device, uplink + 1, ret);
}

int lvn_plane_share(struct lvn_plane *plane, const char *device, const struct lvn_uplink *uplinks,
		    uint32_t used, uint32_t demoted)
{
	struct ipudp_target targets[LVN_UPLINKS_MAX];
	struct ipudp_rule rule = { .action = IPUDP_ACTION_FORWARD, .targets = targets };
	int ret;

	strcpy(rule.device, device);
	for (unsigned int i = 0; i < LVN_UPLINKS_MAX; i++) {
		if (!(used & 1u << i))
			continue;
		targets[rule.n_targets].tunnel = i + 1;
		targets[rule.n_targets].priority = uplinks[i].priority;
		if (demoted & 1u << i)
			targets[rule.n_targets].priority += DEMOTED;
		targets[rule.n_targets].weight = uplinks[i].weight;
		rule.n_targets++;
	}
	if (!rule.n_targets)
		return 0;
	rule.prefix.family = AF_INET;
	ret = ipudp_rule_replace(plane->ipudp, &rule);
	if (ret)
		return ret;
	rule.prefix.family = AF_INET6;
	return ipudp_rule_replace(plane->ipudp, &rule);
}
