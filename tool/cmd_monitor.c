// SPDX-License-Identifier: GPL-2.0-or-later
/* The object monitor: what changes, as it changes. Ends by a signal or when no one reads. */

#include "json.h"
#include "objects.h"
#include "print.h"
#include "print_json.h"
#include "tool.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <time.h>

/**
 * struct monitor - what is watched
 * @tool: borrowed
 * @has_devices: events of devices are printed
 * @has_listeners: those of listeners
 * @has_tunnels: those of tunnels
 * @has_rules: those of rules
 * @error: what went wrong in a handler
 */
struct monitor {
	struct tool *tool;
	bool has_devices;
	bool has_listeners;
	bool has_tunnels;
	bool has_rules;
	int error;
};

static int read_object(struct tool_args *args, const struct tool_keyword *keyword, const char *word,
		       void *into)
{
	struct monitor *monitor = into;
	bool is_all = !strcmp(keyword->name, "all");

	(void)args;
	(void)word;
	monitor->has_devices |= is_all || keyword->name[0] == 'd';
	monitor->has_listeners |= is_all || keyword->name[0] == 'l';
	monitor->has_tunnels |= is_all || keyword->name[0] == 't';
	monitor->has_rules |= is_all || keyword->name[0] == 'r';
	return 0;
}

static const struct tool_keyword keywords[] = {
	{ "dev|device|devices", NULL, TOOL_REPEAT, read_object, NULL },
	{ "listener|listeners", NULL, TOOL_REPEAT, read_object, NULL },
	{ "tunnel|tunnels", NULL, TOOL_REPEAT, read_object, NULL },
	{ "rule|rules", NULL, TOOL_REPEAT, read_object, NULL },
	{ "all", NULL, TOOL_REPEAT, read_object, NULL },
	{ 0 }
};

/* The names of the netlink spec without "-ntf". */
static const char *event_name(int event)
{
	switch (event) {
	case IPUDP_CMD_DEV_ADD_NTF:
		return "dev-add";
	case IPUDP_CMD_DEV_CHANGE_NTF:
		return "dev-change";
	case IPUDP_CMD_DEV_DEL_NTF:
		return "dev-del";
	case IPUDP_CMD_LISTENER_ADD_NTF:
		return "listener-add";
	case IPUDP_CMD_LISTENER_CHANGE_NTF:
		return "listener-change";
	case IPUDP_CMD_LISTENER_DEL_NTF:
		return "listener-del";
	case IPUDP_CMD_TUNNEL_ADD_NTF:
		return "tunnel-add";
	case IPUDP_CMD_TUNNEL_CHANGE_NTF:
		return "tunnel-change";
	case IPUDP_CMD_TUNNEL_DEL_NTF:
		return "tunnel-del";
	case IPUDP_CMD_TUNNEL_IDLE_NTF:
		return "tunnel-idle";
	case IPUDP_CMD_TUNNEL_BACK_NTF:
		return "tunnel-back";
	case IPUDP_CMD_RULE_ADD_NTF:
		return "rule-add";
	case IPUDP_CMD_RULE_CHANGE_NTF:
		return "rule-change";
	case IPUDP_CMD_RULE_DEL_NTF:
		return "rule-del";
	default:
		return "unknown";
	}
}

static void format_now(char *text, size_t size)
{
	struct timespec now;
	struct tm tm;
	size_t len;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	len = strftime(text, size, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + len, size - len, ".%06ldZ", now.tv_nsec / 1000);
}

/* Text: the words before the object. */
static void put_lead(struct monitor *monitor, const char *event)
{
	struct tool *tool = monitor->tool;
	char now[48];

	if (tool->options.has_timestamps) {
		format_now(now, sizeof(now));
		fprintf(tool->out, "[%s] ", now);
	}
	fprintf(tool->out, "%s: ", event);
}

/* JSON: one line, with the event in front of what @object has; @object is consumed. */
static void put_json(struct monitor *monitor, const char *event, json_t *object)
{
	struct tool *tool = monitor->tool;
	json_t *line = json_object();
	char now[48];
	int failed;

	failed = json_object_set_new(line, "event", json_string(event));
	if (tool->options.has_timestamps) {
		format_now(now, sizeof(now));
		failed |= json_object_set_new(line, "timestamp", json_string(now));
	}
	failed |= !object || json_object_update(line, object);
	if (failed)
		monitor->error = -ENOMEM;
	else
		monitor->error = tool_json_write(tool->out, line, JSON_COMPACT);
	putc('\n', tool->out);
	json_decref(object);
	json_decref(line);
}

/* A stranger to the table of objects: "ready" and "overrun". */
static void put_note(struct monitor *monitor, const char *event, const char *text)
{
	if (monitor->tool->options.is_json) {
		put_json(monitor, event, json_object());
		return;
	}
	put_lead(monitor, event);
	fprintf(monitor->tool->out, "%s\n", text);
}

static void on_device(void *arg, int event, const struct ipudp_device *device)
{
	struct monitor *monitor = arg;

	/* devices come and go: an index may have another name now */
	tool_ifnames_clear(&monitor->tool->names);
	if (!monitor->has_devices)
		return;
	if (monitor->tool->options.is_json) {
		put_json(monitor, event_name(event), tool_json_device(monitor->tool, device));
		return;
	}
	put_lead(monitor, event_name(event));
	tool_print_device(monitor->tool, device);
}

static void on_listener(void *arg, int event, const struct ipudp_listener *listener)
{
	struct monitor *monitor = arg;

	if (!monitor->has_listeners)
		return;
	if (monitor->tool->options.is_json) {
		put_json(monitor, event_name(event), tool_json_listener(monitor->tool, listener));
		return;
	}
	put_lead(monitor, event_name(event));
	tool_print_listener(monitor->tool, listener);
}

static void on_tunnel(void *arg, int event, const struct ipudp_tunnel *tunnel)
{
	struct monitor *monitor = arg;

	if (!monitor->has_tunnels)
		return;
	if (monitor->tool->options.is_json) {
		put_json(monitor, event_name(event), tool_json_tunnel(monitor->tool, tunnel));
		return;
	}
	put_lead(monitor, event_name(event));
	tool_print_tunnel(monitor->tool, tunnel);
}

static void on_rule(void *arg, int event, const struct ipudp_rule *rule)
{
	struct monitor *monitor = arg;

	if (!monitor->has_rules)
		return;
	if (monitor->tool->options.is_json) {
		put_json(monitor, event_name(event), tool_json_rule(monitor->tool, rule));
		return;
	}
	put_lead(monitor, event_name(event));
	tool_print_rule(monitor->tool, rule);
}

static void on_overrun(void *arg)
{
	put_note(arg, "overrun", "events were lost, they came faster than they were read");
}

static int watch(struct tool *tool, struct monitor *monitor)
{
	const struct ipudp_handlers handlers = {
		.arg = monitor,
		.device = on_device,
		.listener = on_listener,
		.tunnel = on_tunnel,
		.rule = on_rule,
		.overrun = on_overrun,
	};
	struct pollfd pollfd = { .fd = ipudp_fd(tool->ipudp), .events = POLLIN };

	for (;;) {
		int ret;

		ret = ipudp_dispatch(tool->ipudp, &handlers);
		if (ret < 0)
			return tool_refused(tool, ret);
		if (fflush(tool->out) || ferror(tool->out) || monitor->error)
			return tool_fail_refused(&tool->failure, -EIO, "cannot write");
		if (poll(&pollfd, 1, -1) < 0 && errno != EINTR)
			return tool_fail_refused(&tool->failure, -errno, "cannot wait: %m");
	}
}

static int monitor_run(struct tool *tool, struct tool_args *args)
{
	struct monitor monitor = { .tool = tool };
	bool is_all = !tool_args_left(args);
	int ret;

	if (tool->batch)
		return tool_fail_usage(&tool->failure,
				       "it never ends, so it has no place in a batch");
	ret = tool_args_parse(args, keywords, &monitor);
	if (!ret)
		ret = tool_open(tool);
	if (ret)
		return ret;
	if (is_all)
		monitor.has_devices = monitor.has_listeners = monitor.has_tunnels =
			monitor.has_rules = true;

	ret = ipudp_subscribe(tool->ipudp);
	if (ret)
		return tool_refused(tool, ret);
	if (tool->options.has_details)
		put_note(&monitor, "ready", "events follow");
	return watch(tool, &monitor);
}

static const struct tool_command command = { "monitor", keywords, NULL, monitor_run };

const struct tool_object tool_object_monitor = {
	.name = "monitor",
	.summary = "print what changes, as it changes",
	.only = &command,
};
