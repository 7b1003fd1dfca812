// SPDX-License-Identifier: GPL-2.0-or-later
/* The object stats: counters of devices and listeners, and why packets were lost. */

#include "objects.h"
#include "print.h"
#include "print_json.h"
#include "prometheus.h"
#include "read.h"
#include "show.h"
#include "tool.h"

/**
 * struct stats_words - what stood after the object
 * @name: of the device, or ""
 * @is_prometheus: print what Prometheus reads
 */
struct stats_words {
	char name[IPUDP_IFNAME_SIZE];
	bool is_prometheus;
};

static int read_dev(struct tool_args *args, const struct tool_keyword *keyword, const char *word,
		    void *into)
{
	struct stats_words *words = into;

	(void)keyword;
	return tool_read_ifname(args, word, words->name);
}

static int read_prometheus(struct tool_args *args, const struct tool_keyword *keyword,
			   const char *word, void *into)
{
	struct stats_words *words = into;

	(void)args;
	(void)keyword;
	(void)word;
	words->is_prometheus = true;
	return 0;
}

static const struct tool_keyword keywords[] = {
	{ "dev|name", "NAME", TOOL_BARE, read_dev, "ifname|ifindex" },
	{ "-prometheus|--prometheus", NULL, 0, read_prometheus, NULL },
	{ 0 }
};

/* The same objects that "show" prints with -statistics, told apart by one key more. */
static int put_json(struct tool_show *show, const char *kind, json_t *object)
{
	if (!object || json_object_set_new(object, "object", json_string(kind))) {
		json_decref(object);
		return tool_json_put(&show->json, NULL);
	}
	return tool_json_put(&show->json, object);
}

static int show_device(void *arg, const struct ipudp_device *device)
{
	struct tool_show *show = arg;
	struct tool *tool = show->tool;

	if (tool->options.is_json)
		return put_json(show, "dev", tool_json_device(tool, device));
	fprintf(tool->out, "dev %s\n", device->name);
	tool_print_counters(tool, &device->counters);
	tool_print_drops(tool, device->drops);
	return 0;
}

static int show_listener(void *arg, const struct ipudp_listener *listener)
{
	struct tool_show *show = arg;
	struct tool *tool = show->tool;
	char text[IPUDP_ADDR_TEXT_SIZE];

	if (tool->options.is_json)
		return put_json(show, "listener", tool_json_listener(tool, listener));
	fprintf(tool->out, "listener %u local %s port %u\n", listener->id,
		ipudp_addr_format(&listener->local, text), listener->port);
	tool_print_counters(tool, &listener->counters);
	tool_print_drops(tool, listener->drops);
	return 0;
}

static int list_all(struct tool *tool, const char *name, struct tool_show *show)
{
	struct ipudp_device device;
	int ret;

	if (*name) {
		ret = ipudp_device_get(tool->ipudp, name, &device);
		return ret ? ret : show_device(show, &device);
	}
	ret = ipudp_device_list(tool->ipudp, show_device, show);
	return ret ? ret : ipudp_listener_list(tool->ipudp, show_listener, show);
}

static int stats(struct tool *tool, struct tool_args *args)
{
	bool has_stats = tool->options.has_stats;
	struct stats_words words = { 0 };
	struct tool_show show;
	int ret;

	ret = tool_args_parse(args, keywords, &words);
	if (!ret && words.is_prometheus && tool->options.is_json)
		ret = tool_fail_usage(&tool->failure, "-json and -prometheus exclude each other");
	if (!ret)
		ret = tool_open(tool);
	if (ret)
		return ret;

	if (words.is_prometheus) {
		ret = tool_prometheus(tool, words.name);
		return ret ? tool_refused(tool, ret) : 0;
	}
	tool->options.has_stats = true;
	tool_show_begin(&show, tool);
	ret = list_all(tool, words.name, &show);
	tool->options.has_stats = has_stats;
	return tool_show_end(&show, ret);
}

static const struct tool_command command = { "stats", keywords, NULL, stats };

const struct tool_object tool_object_stats = {
	.name = "stats|statistics",
	.summary = "counters, and why packets were lost",
	.only = &command,
};
