// SPDX-License-Identifier: GPL-2.0-or-later
/* The object listener: local UDP addresses and ports that the data plane receives on. */

#include "objects.h"
#include "read.h"
#include "show.h"
#include "tool.h"

#include <string.h>

/**
 * struct listener_request - the words of a command
 * @listener: what they say
 * @has_id: @listener.id was given
 * @has_family: @listener.family was given
 * @bind: interface or VRF to bind to, or NULL
 * @bind_keyword: how that was said
 */
struct listener_request {
	struct ipudp_listener listener;
	bool has_id;
	bool has_family;
	const char *bind;
	const char *bind_keyword;
};

static int read_port(struct tool_args *args, const struct tool_keyword *keyword,
		     const char *word, void *into)
{
	struct listener_request *request = into;

	(void)keyword;
	if (!strcmp(word, "0"))
		return 0;
	return tool_read_port(args, word, &request->listener.port);
}

static int read_local(struct tool_args *args, const struct tool_keyword *keyword,
		      const char *word, void *into)
{
	struct listener_request *request = into;

	(void)keyword;
	if (!strcmp(word, "any"))
		return 0;
	return tool_read_addr(args, word, &request->listener.local);
}

static int read_family(struct tool_args *args, const struct tool_keyword *keyword,
		       const char *word, void *into)
{
	struct listener_request *request = into;
	int choice = 0;
	int ret;

	ret = tool_read_choice(args, keyword, word, &choice);
	if (ret)
		return ret;
	request->listener.family = (enum ipudp_family)choice;
	request->has_family = true;
	return 0;
}

static int read_bind(struct tool_args *args, const struct tool_keyword *keyword,
		     const char *word, void *into)
{
	struct listener_request *request = into;

	if (request->bind)
		return tool_fail_usage(args->failure, "bind and vrf exclude each other");
	request->bind = word;
	request->bind_keyword = keyword->name;
	return 0;
}

static int read_id(struct tool_args *args, const struct tool_keyword *keyword,
		   const char *word, void *into)
{
	struct listener_request *request = into;

	(void)keyword;
	request->has_id = true;
	return tool_read_number(args, word, "the number of a listener", 0, UINT32_MAX,
				&request->listener.id);
}

static const struct tool_keyword add_keywords[] = {
	{ "port", "PORT", TOOL_BARE | TOOL_REQUIRED, read_port, NULL },
	{ "local", "ADDR", 0, read_local, NULL },
	{ "family", "ipv4|ipv6|dual", 0, read_family, NULL },
	{ "bind", "IFNAME", 0, read_bind, "bind-ifindex" },
	{ "vrf", "VRF", 0, read_bind, NULL },
	{ 0 }
};

static const struct tool_keyword del_keywords[] = {
	{ "id", "ID", TOOL_BARE | TOOL_REQUIRED, read_id, NULL },
	{ 0 }
};

static const struct tool_keyword show_keywords[] = {
	{ "id", "ID", TOOL_BARE, read_id, NULL },
	{ 0 }
};

static int check_family(struct tool *tool, struct listener_request *request)
{
	int local = request->listener.local.family;

	if (!request->has_family) {
		request->listener.family = local == AF_INET ? IPUDP_FAMILY_IPV4 :
					   local == AF_INET6 ? IPUDP_FAMILY_IPV6 :
					   IPUDP_FAMILY_DUAL;
		return 0;
	}
	if ((local == AF_INET && request->listener.family != IPUDP_FAMILY_IPV4) ||
	    (local == AF_INET6 && request->listener.family != IPUDP_FAMILY_IPV6))
		return tool_fail_usage(&tool->failure,
				       "the local address is of another family than \"%s\"; leave family out",
				       ipudp_family_name(request->listener.family));
	return 0;
}

static int listener_add(struct tool *tool, struct tool_args *args)
{
	struct listener_request request = { 0 };
	struct tool_show show;
	int ret;

	ret = tool_args_parse(args, add_keywords, &request);
	if (!ret)
		ret = check_family(tool, &request);
	if (!ret)
		ret = tool_open(tool);
	if (!ret && request.bind)
		ret = tool_resolve(tool, request.bind_keyword, request.bind,
				   &request.listener.bind_ifindex);
	if (ret)
		return ret;

	ret = ipudp_listener_add(tool->ipudp, &request.listener);
	if (ret)
		return tool_refused(tool, ret);
	if (tool->batch)
		return 0;

	tool_show_begin(&show, tool);
	return tool_show_end(&show, tool_show_listener(&show, &request.listener));
}

static int listener_del(struct tool *tool, struct tool_args *args)
{
	struct listener_request request = { 0 };
	int ret;

	ret = tool_args_parse(args, del_keywords, &request);
	if (!ret)
		ret = tool_open(tool);
	if (ret)
		return ret;
	ret = ipudp_listener_del(tool->ipudp, request.listener.id);
	return ret ? tool_refused(tool, ret) : 0;
}

static int listener_show(struct tool *tool, struct tool_args *args)
{
	struct listener_request request = { 0 };
	struct tool_show show;
	int ret;

	ret = tool_args_parse(args, show_keywords, &request);
	if (!ret)
		ret = tool_open(tool);
	if (ret)
		return ret;

	tool_show_begin(&show, tool);
	if (request.has_id) {
		ret = ipudp_listener_get(tool->ipudp, request.listener.id, &request.listener);
		if (!ret)
			ret = tool_show_listener(&show, &request.listener);
	} else {
		ret = ipudp_listener_list(tool->ipudp, tool_show_listener, &show);
	}
	return tool_show_end(&show, ret);
}

static const struct tool_command commands[] = {
	{ "add|new|create", add_keywords, NULL, listener_add },
	{ "del|delete|remove", del_keywords, NULL, listener_del },
	{ "show|list|lst|ls|get", show_keywords, NULL, listener_show },
	{ 0 }
};

const struct tool_object tool_object_listener = {
	.name = "listener|listeners",
	.summary = "local UDP ports",
	.commands = commands,
};
