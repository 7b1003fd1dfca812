// SPDX-License-Identifier: GPL-2.0-or-later
/* The object rule: inner prefixes and the tunnels they lead to. */

#include "objects.h"
#include "read.h"
#include "show.h"
#include "tool.h"

#include "lib/base/cleanup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TARGETS_INLINE 8

/**
 * struct rule_request - the words of a command
 * @rule: what they say, but for its targets
 * @has_prefix: @rule.prefix was given
 * @has_action: @rule.action was given
 * @has_priority: the last target has its priority
 * @has_weight: the last target has its weight
 * @few: targets, while they fit: most rules have one
 * @many: targets, when they do not; owned
 * @count: how many targets
 * @capacity: how many @many has room for
 */
struct rule_request {
	struct ipudp_rule rule;
	bool has_prefix;
	bool has_action;
	bool has_priority;
	bool has_weight;
	struct ipudp_target few[TARGETS_INLINE];
	struct ipudp_target *many;
	size_t count;
	size_t capacity;
};

static void request_done(struct rule_request *request)
{
	free(request->many);
}

static struct ipudp_target *targets_of(struct rule_request *request)
{
	return request->many ? request->many : request->few;
}

static struct ipudp_target *last_target(struct rule_request *request)
{
	return &targets_of(request)[request->count - 1];
}

static int read_dev(struct tool_args *args, const struct tool_keyword *keyword, const char *word,
		    void *into)
{
	struct rule_request *request = into;

	(void)keyword;
	return tool_read_ifname(args, word, request->rule.device);
}

static int read_prefix(struct tool_args *args, const struct tool_keyword *keyword,
		       const char *word, void *into)
{
	struct rule_request *request = into;

	(void)keyword;
	request->has_prefix = true;
	return tool_read_prefix(args, word, &request->rule.prefix, &request->rule.prefix_len);
}

static int add_target(struct rule_request *request, uint32_t tunnel)
{
	if (request->count >= TARGETS_INLINE) {
		bool is_first = !request->many;
		int ret;

		ret = tool_array_grow(&request->many, request->count, &request->capacity,
				      sizeof(*request->many));
		if (ret)
			return ret;
		if (is_first)
			memcpy(request->many, request->few, sizeof(request->few));
	}
	request->count++;
	*last_target(request) = (struct ipudp_target){ .tunnel = tunnel, .weight = 1 };
	request->has_priority = false;
	request->has_weight = false;
	return 0;
}

static int read_tunnel(struct tool_args *args, const struct tool_keyword *keyword,
		       const char *word, void *into)
{
	struct rule_request *request = into;
	uint32_t tunnel = 0;
	int ret;

	(void)keyword;
	ret = tool_read_number(args, word, "the number of a tunnel", 0, UINT32_MAX, &tunnel);
	if (ret)
		return ret;
	if (request->count >= IPUDP_TARGETS_MAX)
		return tool_fail_usage(args->failure, "more than %d tunnels in one rule",
				       IPUDP_TARGETS_MAX);
	ret = add_target(request, tunnel);
	return ret ? tool_fail_refused(args->failure, ret, "out of memory") : 0;
}

static int read_priority(struct tool_args *args, const struct tool_keyword *keyword,
			 const char *word, void *into)
{
	struct rule_request *request = into;

	if (!request->count || request->has_priority)
		return tool_fail_usage(args->failure, "\"%s\" stands after the tunnel it is for",
				       keyword->name);
	request->has_priority = true;
	return tool_read_number(args, word, "a priority", 0, UINT32_MAX,
				&last_target(request)->priority);
}

static int read_weight(struct tool_args *args, const struct tool_keyword *keyword,
		       const char *word, void *into)
{
	struct rule_request *request = into;
	uint32_t weight = 0;
	int ret;

	if (!request->count || request->has_weight)
		return tool_fail_usage(args->failure, "\"%s\" stands after the tunnel it is for",
				       keyword->name);
	request->has_weight = true;
	ret = tool_read_number(args, word, "a weight", 1, 65535, &weight);
	if (!ret)
		last_target(request)->weight = weight;
	return ret;
}

static int read_action(struct tool_args *args, const struct tool_keyword *keyword,
		       const char *word, void *into)
{
	struct rule_request *request = into;

	(void)word;
	if (request->has_action)
		return tool_fail_usage(args->failure,
				       "\"%s\" comes on top of \"%s\"; a rule does one thing",
				       keyword->name, ipudp_action_name(request->rule.action));
	request->has_action = true;
	ipudp_action_parse(keyword->name, &request->rule.action);
	return 0;
}

#define DEV		{ "dev", "NAME", TOOL_REQUIRED, read_dev, "ifname|ifindex" }
#define TUNNEL(flags)	{ "tunnel", "N", (flags), read_tunnel, "tunnel|target" }
#define PREFIX(flags)	{ "prefix", "PREFIX", TOOL_BARE | (flags), read_prefix, "prefix|prefix-len" }

static const struct tool_keyword add_keywords[] = {
	DEV,
	TUNNEL(TOOL_REPEAT),
	{ "priority", "P", TOOL_REPEAT, read_priority, NULL },
	{ "weight", "W", TOOL_REPEAT, read_weight, NULL },
	{ "flood", NULL, 0, read_action, "action" },
	{ "drop", NULL, 0, read_action, NULL },
	{ "unreachable", NULL, 0, read_action, NULL },
	{ "forward", NULL, TOOL_HIDDEN, read_action, NULL },
	PREFIX(TOOL_REQUIRED),
	{ 0 }
};

static const struct tool_keyword del_keywords[] = {
	DEV,
	TUNNEL(TOOL_REPEAT),
	PREFIX(TOOL_REQUIRED),
	{ 0 }
};

static const struct tool_keyword show_keywords[] = {
	DEV,
	TUNNEL(0),
	PREFIX(0),
	{ 0 }
};

static const struct tool_keyword flush_keywords[] = {
	DEV,
	TUNNEL(0),
	{ 0 }
};

/* The struct of the library borrows the targets of the request. */
static void finish(struct rule_request *request)
{
	request->rule.targets = request->count ? targets_of(request) : NULL;
	request->rule.n_targets = request->count;
}

static int check_targets(struct tool *tool, struct rule_request *request)
{
	bool needs_targets = request->rule.action == IPUDP_ACTION_FORWARD ||
			     request->rule.action == IPUDP_ACTION_FLOOD;

	if (needs_targets && !request->count)
		return tool_fail_usage(&tool->failure,
				       "\"tunnel\" is missing: it needs the number of a tunnel; or say drop or unreachable");
	if (!needs_targets && request->count)
		return tool_fail_usage(&tool->failure,
				       "\"%s\" sends nothing; leave the tunnels out",
				       ipudp_action_name(request->rule.action));
	return 0;
}

typedef int put_fn(struct ipudp *ipudp, const struct ipudp_rule *rule);

static int rule_put(struct tool *tool, struct tool_args *args, put_fn *put)
{
	_cleanup_(request_done) struct rule_request request = { 0 };
	int ret;

	ret = tool_args_parse(args, add_keywords, &request);
	if (!ret)
		ret = check_targets(tool, &request);
	if (!ret)
		ret = tool_open(tool);
	if (ret)
		return ret;
	finish(&request);
	ret = put(tool->ipudp, &request.rule);
	return ret ? tool_refused(tool, ret) : 0;
}

static int rule_add(struct tool *tool, struct tool_args *args)
{
	return rule_put(tool, args, ipudp_rule_add);
}

static int rule_replace(struct tool *tool, struct tool_args *args)
{
	return rule_put(tool, args, ipudp_rule_replace);
}

static int rule_append(struct tool *tool, struct tool_args *args)
{
	return rule_put(tool, args, ipudp_rule_append);
}

static int rule_del(struct tool *tool, struct tool_args *args)
{
	_cleanup_(request_done) struct rule_request request = { 0 };
	int ret;

	ret = tool_args_parse(args, del_keywords, &request);
	if (!ret)
		ret = tool_open(tool);
	if (ret)
		return ret;
	finish(&request);
	ret = ipudp_rule_del(tool->ipudp, &request.rule);
	return ret ? tool_refused(tool, ret) : 0;
}

static struct ipudp_rule_filter filter_of(const struct rule_request *request)
{
	struct ipudp_rule_filter filter = { .device = request->rule.device };

	if (request->count) {
		filter.has_tunnel = true;
		filter.tunnel = request->few[0].tunnel;
	}
	if (request->has_prefix) {
		filter.prefix = request->rule.prefix;
		filter.prefix_len = request->rule.prefix_len;
	}
	return filter;
}

static int rule_show(struct tool *tool, struct tool_args *args)
{
	struct rule_request request = { 0 };
	struct ipudp_rule_filter filter;
	struct tool_show show;
	int ret;

	ret = tool_args_parse(args, show_keywords, &request);
	if (!ret)
		ret = tool_open(tool);
	if (ret)
		return ret;
	filter = filter_of(&request);
	tool_show_begin(&show, tool);
	return tool_show_end(&show,
			     ipudp_rule_list(tool->ipudp, &filter, tool_show_rule, &show));
}

/**
 * struct prefix_list - prefixes of the rules of a device
 * @prefixes: owned
 * @count: how many
 * @capacity: how many there is room for
 */
struct prefix_list {
	struct prefix {
		struct ipudp_addr addr;
		uint8_t len;
	} *prefixes;
	size_t count;
	size_t capacity;
};

static int collect_prefix(void *arg, const struct ipudp_rule *rule)
{
	struct prefix_list *list = arg;
	int ret;

	ret = tool_array_grow(&list->prefixes, list->count, &list->capacity,
			      sizeof(*list->prefixes));
	if (ret)
		return ret;
	list->prefixes[list->count].addr = rule->prefix;
	list->prefixes[list->count++].len = rule->prefix_len;
	return 0;
}

/* With a tunnel named, only this target goes; a rule that has no other goes with it. */
static int rule_flush(struct tool *tool, struct tool_args *args)
{
	struct rule_request request = { 0 };
	struct prefix_list list = { 0 };
	struct ipudp_rule_filter filter;
	struct tool_flush flush;
	unsigned int tries = 0;
	size_t i;
	int ret;

	ret = tool_args_parse(args, flush_keywords, &request);
	if (!ret)
		ret = tool_open(tool);
	if (ret)
		return ret;

	finish(&request);
	filter = filter_of(&request);
	do {
		list.count = 0;
		ret = ipudp_rule_list(tool->ipudp, &filter, collect_prefix, &list);
	} while (tool_list_again(ret, &tries));
	if (ret)
		ret = tool_refused(tool, ret);
	else
		ret = tool_flush_begin(&flush, tool);
	if (!ret) {
		for (i = 0; i < list.count && !ret; i++) {
			request.rule.prefix = list.prefixes[i].addr;
			request.rule.prefix_len = list.prefixes[i].len;
			ret = ipudp_rule_del(tool->ipudp, &request.rule);
		}
		ret = tool_flush_end(&flush, ret);
	}
	free(list.prefixes);
	return ret;
}

/* Pieces between which a help line may be broken. */
#define PUT_USAGE "dev NAME\nPREFIX\n{ tunnel N\n[ priority P ]\n[ weight W ] }...\n" \
		  "| flood tunnel N...\n| drop\n| unreachable"

static const struct tool_command commands[] = {
	{ "add|new|create", add_keywords, PUT_USAGE, rule_add },
	{ "replace", add_keywords, PUT_USAGE, rule_replace },
	{ "append", add_keywords, PUT_USAGE, rule_append },
	{ "del|delete|remove", del_keywords, "dev NAME\nPREFIX\n[ tunnel N ]...", rule_del },
	{ "show|list|lst|ls|get", show_keywords, "dev NAME\n[ PREFIX ]\n[ tunnel N ]", rule_show },
	{ "flush", flush_keywords, NULL, rule_flush },
	{ 0 }
};

const struct tool_object tool_object_rule = {
	.name = "rule|rules",
	.summary = "inner prefixes and the tunnels they lead to",
	.commands = commands,
};
