// SPDX-License-Identifier: GPL-2.0-or-later
/* The object dev: devices. */

#include "objects.h"
#include "read.h"
#include "show.h"
#include "tool.h"

static int read_name(struct tool_args *args, const struct tool_keyword *keyword,
		     const char *word, void *into)
{
	struct ipudp_device *device = into;

	(void)keyword;
	return tool_read_ifname(args, word, device->name);
}

static int read_mode(struct tool_args *args, const struct tool_keyword *keyword,
		     const char *word, void *into)
{
	struct ipudp_device *device = into;
	int choice = 0;
	int ret;

	ret = tool_read_choice(args, keyword, word, &choice);
	if (ret)
		return ret;
	device->mode = (enum ipudp_mode)choice;
	device->has |= IPUDP_DEVICE_HAS_MODE;
	return 0;
}

static int read_lookup(struct tool_args *args, const struct tool_keyword *keyword,
		       const char *word, void *into)
{
	struct ipudp_device *device = into;
	int choice = 0;
	int ret;

	ret = tool_read_choice(args, keyword, word, &choice);
	if (ret)
		return ret;
	device->lookup = (enum ipudp_lookup)choice;
	device->has |= IPUDP_DEVICE_HAS_LOOKUP;
	return 0;
}

static int read_source_check(struct tool_args *args, const struct tool_keyword *keyword,
			     const char *word, void *into)
{
	struct ipudp_device *device = into;

	device->has |= IPUDP_DEVICE_HAS_SOURCE_CHECK;
	return tool_read_on_off(args, keyword, word, &device->source_check);
}

static int read_fast_path(struct tool_args *args, const struct tool_keyword *keyword,
			  const char *word, void *into)
{
	struct ipudp_device *device = into;
	int choice = 0;
	int ret;

	ret = tool_read_choice(args, keyword, word, &choice);
	if (ret)
		return ret;
	device->fast_path = (uint8_t)choice;
	device->has |= IPUDP_DEVICE_HAS_FAST_PATH;
	return 0;
}

static int read_mtu(struct tool_args *args, const struct tool_keyword *keyword,
		    const char *word, void *into)
{
	struct ipudp_device *device = into;

	(void)keyword;
	device->has |= IPUDP_DEVICE_HAS_MTU;
	return tool_read_number(args, word, "an mtu", 68, 65535, &device->mtu);
}

static int refuse_mtu(struct tool_args *args, const struct tool_keyword *keyword,
		      const char *word, void *into)
{
	const struct ipudp_device *device = into;

	(void)keyword;
	return tool_fail_usage(args->failure, "the mtu is set by \"ip link set dev %s mtu %s\"",
			       device->name, word);
}

/* In the order of the netlink spec's enumerations, as the readers need it. */
#define MODE		{ "mode", "fixed|multi", 0, read_mode, NULL }
#define LOOKUP		{ "lookup", "destination|nexthop", 0, read_lookup, NULL }
#define SOURCE_CHECK	{ "source-check", "on|off", 0, read_source_check, NULL }
#define FAST_PATH	{ "fast-path", "off|on|rewrite", 0, read_fast_path, NULL }
#define NAME(flags)	{ "name|dev", "NAME", (flags), read_name, "ifname|ifindex" }

static const struct tool_keyword add_keywords[] = {
	NAME(TOOL_BARE),
	MODE,
	LOOKUP,
	SOURCE_CHECK,
	FAST_PATH,
	{ "mtu", "MTU", 0, read_mtu, NULL },
	{ 0 }
};

static const struct tool_keyword set_keywords[] = {
	NAME(TOOL_FIRST | TOOL_REQUIRED),
	MODE,
	LOOKUP,
	SOURCE_CHECK,
	FAST_PATH,
	{ "mtu", "MTU", TOOL_HIDDEN, refuse_mtu, NULL },
	{ 0 }
};

static const struct tool_keyword del_keywords[] = {
	NAME(TOOL_FIRST | TOOL_REQUIRED),
	{ 0 }
};

static const struct tool_keyword show_keywords[] = {
	NAME(TOOL_FIRST),
	{ 0 }
};

static int parse(struct tool *tool, struct tool_args *args, struct ipudp_device *device)
{
	int ret;

	ret = tool_args_parse(args, tool->command->keywords, device);
	return ret ? ret : tool_open(tool);
}

static int dev_add(struct tool *tool, struct tool_args *args)
{
	struct ipudp_device device = { 0 };
	struct tool_show show;
	bool is_named;
	int ret;

	ret = parse(tool, args, &device);
	if (ret)
		return ret;

	is_named = device.name[0];
	ret = ipudp_device_add(tool->ipudp, &device);
	if (ret)
		return tool_refused(tool, ret);
	tool_ifnames_clear(&tool->names);
	if (tool->batch || (is_named && !tool->options.is_json))
		return 0;

	tool_show_begin(&show, tool);
	return tool_show_end(&show, tool_show_device(&show, &device));
}

static int dev_set(struct tool *tool, struct tool_args *args)
{
	struct ipudp_device device = { 0 };
	int ret;

	ret = tool_args_parse(args, tool->command->keywords, &device);
	if (ret)
		return ret;
	if (!device.has)
		return tool_fail_usage(&tool->failure,
				       "nothing to change; try mode, lookup, source-check or fast-path");

	ret = tool_open(tool);
	if (ret)
		return ret;
	ret = ipudp_device_set(tool->ipudp, &device);
	return ret ? tool_refused(tool, ret) : 0;
}

static int dev_del(struct tool *tool, struct tool_args *args)
{
	struct ipudp_device device = { 0 };
	int ret;

	ret = parse(tool, args, &device);
	if (ret)
		return ret;
	tool_ifnames_clear(&tool->names);
	ret = ipudp_device_del(tool->ipudp, device.name);
	return ret ? tool_refused(tool, ret) : 0;
}

static int dev_show(struct tool *tool, struct tool_args *args)
{
	struct ipudp_device device = { 0 };
	struct tool_show show;
	int ret;

	ret = parse(tool, args, &device);
	if (ret)
		return ret;

	tool_show_begin(&show, tool);
	if (device.name[0]) {
		ret = ipudp_device_get(tool->ipudp, device.name, &device);
		if (!ret)
			ret = tool_show_device(&show, &device);
	} else {
		ret = ipudp_device_list(tool->ipudp, tool_show_device, &show);
	}
	return tool_show_end(&show, ret);
}

static const struct tool_command commands[] = {
	{ "add|new|create", add_keywords, NULL, dev_add },
	{ "set|change", set_keywords, NULL, dev_set },
	{ "del|delete|remove", del_keywords, NULL, dev_del },
	{ "show|list|lst|ls|get", show_keywords, NULL, dev_show },
	{ 0 }
};

const struct tool_object tool_object_dev = {
	.name = "dev|device|devices",
	.summary = "virtual interfaces",
	.commands = commands,
};
