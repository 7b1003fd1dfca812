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
 * struct ipudp_gone - an interface that is gone
 * @node: in home->gone
 * @ifindex: which it was
 * @name: what it was called
 */
struct ipudp_gone {
	struct list_head node;
	uint32_t ifindex;
	char name[IF_NAMESIZE];
};

static bool is_named(struct ipudp_home *home, uint32_t ifindex)
{
	struct ipudp_listener *listener;
	struct ipudp_device *device;
	struct ipudp_tunnel *tunnel;
	uint64_t id;

	ipudp_idmap_for_each(&home->listeners, id, listener, 0)
		if (listener->config.bind == ifindex)
			return true;
	list_for_each_entry(device, &home->devices, home_node)
		ipudp_idmap_for_each(&device->tunnels, id, tunnel, 0)
			if (tunnel->endpoint->config.link == ifindex)
				return true;
	return false;
}

void ipudp_gone_note(struct ipudp_home *home, uint32_t ifindex, const char *name)
{
	struct ipudp_gone *gone;

	if (!is_named(home, ifindex))
		return;
	gone = calloc(1, sizeof(*gone));
	if (!gone)
		return;
	gone->ifindex = ifindex;
	strncpy(gone->name, name, sizeof(gone->name) - 1);
	list_add_tail(&gone->node, &home->gone);
}

static void move_listeners(struct ipudp_home *home, uint32_t from, uint32_t to, const char *name)
{
	struct ipudp_listener *listener;
	uint64_t id;
	int ret;

	ipudp_idmap_for_each(&home->listeners, id, listener, 0) {
		if (listener->config.bind != from)
			continue;
		ret = ipudp_listener_rebind(listener, to);
		if (ret)
			lvn_warning("listener %u cannot be bound to %s again: %s", listener->id,
				    name, strerror(-ret));
		else
			ipudp_event_listener(listener, IPUDP_CMD_LISTENER_CHANGE_NTF);
	}
}

static void move_tunnel(struct ipudp_tunnel *tunnel, uint32_t from, uint32_t to)
{
	struct ipudp_tunnel_config config;

	memset(&config, 0, sizeof(config));
	ipudp_tunnel_config_of(tunnel, &config);
	if (config.endpoint.link == from) {
		config.endpoint.link = to;
		/* Without memory it stays without a route. */
		if (ipudp_tunnel_set(tunnel, &config, NULL))
			return;
	} else if (tunnel->listener->config.bind != to) {
		return;
	}
	ipudp_event_tunnel(tunnel, IPUDP_CMD_TUNNEL_CHANGE_NTF);
}

void ipudp_gone_back(struct ipudp_home *home, uint32_t ifindex, const char *name)
{
	struct ipudp_gone *gone, *next;
	struct ipudp_device *device;
	struct ipudp_tunnel *tunnel;
	uint64_t id;

	list_for_each_entry_safe(gone, next, &home->gone, node) {
		if (strcmp(gone->name, name) != 0)
			continue;
		lvn_info("%s is back; the tunnels and listeners that name it use it again", name);
		list_del(&gone->node);
		move_listeners(home, gone->ifindex, ifindex, name);
		list_for_each_entry(device, &home->devices, home_node)
			ipudp_idmap_for_each(&device->tunnels, id, tunnel, 0)
				move_tunnel(tunnel, gone->ifindex, ifindex);
		free(gone);
	}
}

void ipudp_gone_free(struct ipudp_home *home)
{
	struct ipudp_gone *gone, *next;

	list_for_each_entry_safe(gone, next, &home->gone, node) {
		list_del(&gone->node);
		free(gone);
	}
}
