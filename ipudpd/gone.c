// SPDX-License-Identifier: GPL-2.0-or-later
/* Interfaces that are gone, by name. */

#include "gone.h"

#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include <net/netlink.h>

#include "device.h"
#include "event.h"
#include "home.h"
#include "lib/base/log.h"
#include "listener.h"
#include "tunnel.h"

/**
 * struct ipudpd_gone - an interface that is gone
 * @node: in home->gone
 * @ifindex: which it was
 * @name: what it was called
 */
struct ipudpd_gone {
	struct list_head node;
	uint32_t ifindex;
	char name[IF_NAMESIZE];
};

static bool is_named(struct ipudpd_home *home, uint32_t ifindex)
{
	struct ipudpd_listener *listener;
	struct ipudpd_device *device;
	struct ipudpd_tunnel *tunnel;
	uint64_t id;

	ipudpd_idmap_for_each(&home->listeners, id, listener, 0)
		if (listener->config.bind == ifindex)
			return true;
	list_for_each_entry(device, &home->devices, home_node)
		ipudpd_idmap_for_each(&device->tunnels, id, tunnel, 0)
			if (tunnel->endpoint->config.link == ifindex)
				return true;
	return false;
}

void ipudpd_gone_note(struct ipudpd_home *home, uint32_t ifindex, const char *name)
{
	struct ipudpd_gone *gone;

	if (!is_named(home, ifindex))
		return;
	gone = calloc(1, sizeof(*gone));
	if (!gone)
		return;
	gone->ifindex = ifindex;
	strncpy(gone->name, name, sizeof(gone->name) - 1);
	list_add_tail(&gone->node, &home->gone);
}

static void move_listeners(struct ipudpd_home *home, uint32_t from, uint32_t to, const char *name)
{
	struct ipudpd_listener *listener;
	uint64_t id;
	int ret;

	ipudpd_idmap_for_each(&home->listeners, id, listener, 0) {
		if (listener->config.bind != from)
			continue;
		ret = ipudpd_listener_rebind(listener, to);
		if (ret)
			lvn_warning("listener %u cannot be bound to %s again: %s", listener->id,
				    name, strerror(-ret));
		else
			ipudpd_event_listener(listener, IPUDP_CMD_LISTENER_CHANGE_NTF);
	}
}

static void move_tunnel(struct ipudpd_tunnel *tunnel, uint32_t from, uint32_t to)
{
	struct ipudpd_tunnel_config config;

	memset(&config, 0, sizeof(config));
	ipudpd_tunnel_config_of(tunnel, &config);
	if (config.endpoint.link == from) {
		config.endpoint.link = to;
		/* Without memory it stays without a route. */
		if (ipudpd_tunnel_set(tunnel, &config, NULL))
			return;
	} else if (tunnel->listener->config.bind != to) {
		return;
	}
	ipudpd_event_tunnel(tunnel, IPUDP_CMD_TUNNEL_CHANGE_NTF);
}

void ipudpd_gone_back(struct ipudpd_home *home, uint32_t ifindex, const char *name)
{
	struct ipudpd_gone *gone, *next;
	struct ipudpd_device *device;
	struct ipudpd_tunnel *tunnel;
	uint64_t id;

	list_for_each_entry_safe(gone, next, &home->gone, node) {
		if (strcmp(gone->name, name) != 0)
			continue;
		lvn_info("%s is back, and used again by what named it", name);
		list_del(&gone->node);
		move_listeners(home, gone->ifindex, ifindex, name);
		list_for_each_entry(device, &home->devices, home_node)
			ipudpd_idmap_for_each(&device->tunnels, id, tunnel, 0)
				move_tunnel(tunnel, gone->ifindex, ifindex);
		free(gone);
	}
}

void ipudpd_gone_free(struct ipudpd_home *home)
{
	struct ipudpd_gone *gone, *next;

	list_for_each_entry_safe(gone, next, &home->gone, node) {
		list_del(&gone->node);
		free(gone);
	}
}
