// SPDX-License-Identifier: GPL-2.0-or-later
/* The object tunnel: remote UDP addresses and ports. Its words are read in tunnel_words.c. */

#include "objects.h"
#include "show.h"
#include "tool.h"
#include "tunnel_words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/**
 * struct id_list - ids of the tunnels of a device
 * @ids: owned
 * @count: how many
 * @capacity: how many there is room for
 */
struct id_list {
	uint32_t *ids;
	size_t count;
	size_t capacity;
};

static int collect_id(void *arg, const struct ipudp_tunnel *tunnel)
{
	struct id_list *list = arg;
	int ret;

	ret = tool_array_grow(&list->ids, list->count, &list->capacity, sizeof(*list->ids));
	if (!ret)
		list->ids[list->count++] = tunnel->id;
	return ret;
}

static int resolve_interfaces(struct tool *tool, struct tool_tunnel_request *request)
{
	struct ipudp_tunnel *tunnel = &request->tunnel;
	const char *bind = request->vrf ? request->vrf : request->bind;
	const char *link = request->vrf ? request->vrf : request->link;
	int ret;

	if (bind) {
		ret = tool_resolve(tool, request->vrf ? "vrf" : "bind", bind,
				   &tunnel->bind_ifindex);
		if (ret)
			return ret;
		tunnel->has |= IPUDP_TUNNEL_HAS_BIND;
	}
	if (link) {
		if (strcmp(link, "none")) {
			ret = tool_resolve(tool, request->vrf ? "vrf" : "link", link,
					   &tunnel->link_ifindex);
			if (ret)
				return ret;
		}
		tunnel->has |= IPUDP_TUNNEL_HAS_LINK;
	}
	return 0;
}

/* The tunnel of a fixed device needs no name. */
static int find_only_tunnel(struct tool *tool, struct ipudp_tunnel *tunnel)
{
	struct ipudp_device device = { 0 };
	struct id_list list = { 0 };
	unsigned int tries = 0;
	int ret;

	ret = ipudp_device_get(tool->ipudp, tunnel->device, &device);
	if (ret)
		return tool_refused(tool, ret);
	if (device.mode != IPUDP_MODE_FIXED)
		return tool_fail_usage(
			&tool->failure,
			"\"id\" is missing: %s is of mode %s and may have many tunnels",
			tunnel->device, ipudp_mode_name(device.mode));

	do {
		list.count = 0;
		ret = ipudp_tunnel_list(tool->ipudp, tunnel->device, collect_id, &list);
	} while (tool_list_again(ret, &tries));
	if (!ret && list.count)
		tunnel->id = list.ids[0];
	free(list.ids);
	if (ret)
		return tool_refused(tool, ret);
	if (!list.count)
		return tool_fail_refused(&tool->failure, -ENOENT, "%s has no tunnel",
					 tunnel->device);
	return 0;
}

/* A change says "any" by the unspecified address of the remote's family. */
static int set_any_local(struct tool *tool, struct ipudp_tunnel *tunnel)
{
	struct ipudp_tunnel old = { 0 };
	int ret;

	if (!(tunnel->has & IPUDP_TUNNEL_HAS_LOCAL) || tunnel->local.family != AF_UNSPEC)
		return 0;
	tunnel->local.family = tunnel->remote.family;
	if (tunnel->has & IPUDP_TUNNEL_HAS_REMOTE)
		return 0;
	ret = ipudp_tunnel_get(tool->ipudp, tunnel->device, tunnel->id, &old);
	if (ret)
		return tool_refused(tool, ret);
	tunnel->local.family = old.remote.family;
	return 0;
}

static int default_ports(struct tool *tool, struct ipudp_tunnel *tunnel)
{
	if (tunnel->has & IPUDP_TUNNEL_HAS_REMOTE_PORT)
		return 0;
	if (!(tunnel->has & IPUDP_TUNNEL_HAS_LOCAL_PORT))
		return tool_fail_usage(
			&tool->failure,
			"\"rport\" is missing: it needs a UDP port (1 to 65535); or give port, which is used for both ends");
	tunnel->remote_port = tunnel->local_port;
	tunnel->has |= IPUDP_TUNNEL_HAS_REMOTE_PORT;
	return 0;
}

static int tunnel_add(struct tool *tool, struct tool_args *args)
{
	struct tool_tunnel_request request = { 0 };
	struct tool_show show;
	bool has_id;
	int ret;

	ret = tool_args_parse(args, tool_tunnel_add_keywords, &request);
	if (!ret)
		ret = default_ports(tool, &request.tunnel);
	if (!ret)
		ret = tool_open(tool);
	if (!ret)
		ret = resolve_interfaces(tool, &request);
	if (ret)
		return ret;

	/* nothing to say: the route chooses unless told otherwise */
	if (request.tunnel.local.family == AF_UNSPEC)
		request.tunnel.has &= ~IPUDP_TUNNEL_HAS_LOCAL;
	has_id = request.tunnel.has & IPUDP_TUNNEL_HAS_ID;
	ret = ipudp_tunnel_add(tool->ipudp, &request.tunnel);
	if (ret)
		return tool_refused(tool, ret);
	if (tool->batch || (has_id && !tool->options.is_json))
		return 0;

	tool_show_begin(&show, tool);
	return tool_show_end(&show, tool_show_tunnel(&show, &request.tunnel));
}

static int tunnel_set(struct tool *tool, struct tool_args *args)
{
	struct tool_tunnel_request request = { 0 };
	int ret;

	ret = tool_args_parse(args, tool_tunnel_set_keywords, &request);
	if (ret)
		return ret;
	if (!(request.tunnel.has & ~IPUDP_TUNNEL_HAS_ID) && !request.link)
		return tool_fail_usage(
			&tool->failure,
			"nothing to change; try remote, rport, local, link, mark, ttl, keepalive ...");

	ret = tool_open(tool);
	if (!ret)
		ret = resolve_interfaces(tool, &request);
	if (!ret && !(request.tunnel.has & IPUDP_TUNNEL_HAS_ID))
		ret = find_only_tunnel(tool, &request.tunnel);
	if (!ret)
		ret = set_any_local(tool, &request.tunnel);
	if (ret)
		return ret;
	request.tunnel.has |= IPUDP_TUNNEL_HAS_ID;
	ret = ipudp_tunnel_set(tool->ipudp, &request.tunnel);
	return ret ? tool_refused(tool, ret) : 0;
}

static int tunnel_del(struct tool *tool, struct tool_args *args)
{
	struct tool_tunnel_request request = { 0 };
	int ret;

	ret = tool_args_parse(args, tool_tunnel_del_keywords, &request);
	if (!ret)
		ret = tool_open(tool);
	if (!ret && !(request.tunnel.has & IPUDP_TUNNEL_HAS_ID))
		ret = find_only_tunnel(tool, &request.tunnel);
	if (ret)
		return ret;
	ret = ipudp_tunnel_del(tool->ipudp, request.tunnel.device, request.tunnel.id);
	return ret ? tool_refused(tool, ret) : 0;
}

static int tunnel_show(struct tool *tool, struct tool_args *args)
{
	struct tool_tunnel_request request = { 0 };
	struct ipudp_tunnel *tunnel = &request.tunnel;
	struct tool_show show;
	int ret;

	ret = tool_args_parse(args, tool_tunnel_show_keywords, &request);
	if (ret)
		return ret;
	if (tunnel->has & IPUDP_TUNNEL_HAS_ID && !tunnel->device[0])
		return tool_fail_usage(&tool->failure,
				       "\"dev\" is missing: an id counts within its device");
	ret = tool_open(tool);
	if (ret)
		return ret;

	tool_show_begin(&show, tool);
	if (tunnel->has & IPUDP_TUNNEL_HAS_ID) {
		ret = ipudp_tunnel_get(tool->ipudp, tunnel->device, tunnel->id, tunnel);
		if (!ret)
			ret = tool_show_tunnel(&show, tunnel);
	} else {
		ret = ipudp_tunnel_list(tool->ipudp, tunnel->device[0] ? tunnel->device : NULL,
					tool_show_tunnel, &show);
	}
	return tool_show_end(&show, ret);
}

static int tunnel_flush(struct tool *tool, struct tool_args *args)
{
	struct tool_tunnel_request request = { 0 };
	struct id_list list = { 0 };
	struct tool_flush flush;
	unsigned int tries = 0;
	size_t i;
	int ret;

	ret = tool_args_parse(args, tool_tunnel_flush_keywords, &request);
	if (!ret)
		ret = tool_open(tool);
	if (ret)
		return ret;

	do {
		list.count = 0;
		ret = ipudp_tunnel_list(tool->ipudp, request.tunnel.device, collect_id, &list);
	} while (tool_list_again(ret, &tries));
	if (ret)
		ret = tool_refused(tool, ret);
	else
		ret = tool_flush_begin(&flush, tool);
	if (!ret) {
		for (i = 0; i < list.count && !ret; i++)
			ret = ipudp_tunnel_del(tool->ipudp, request.tunnel.device, list.ids[i]);
		ret = tool_flush_end(&flush, ret);
	}
	free(list.ids);
	return ret;
}

static const struct tool_command commands[] = {
	{ "add|new|create", tool_tunnel_add_keywords, NULL, tunnel_add },
	{ "set|change", tool_tunnel_set_keywords, NULL, tunnel_set },
	{ "del|delete|remove", tool_tunnel_del_keywords, NULL, tunnel_del },
	{ "show|list|lst|ls|get", tool_tunnel_show_keywords, NULL, tunnel_show },
	{ "flush", tool_tunnel_flush_keywords, NULL, tunnel_flush },
	{ 0 }
};

const struct tool_object tool_object_tunnel = {
	.name = "tunnel|tunnels",
	.summary = "remote ends",
	.commands = commands,
};
