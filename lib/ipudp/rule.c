// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Rules. One with very many targets comes in several messages, which a list puts together again.
 */

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "../base/cleanup.h"
#include "attr.h"
#include "codec.h"
#include "handle.h"
#include "object.h"
#include "request.h"

/* Bits of our own: which members a request sends. */
#define HAS_DEVICE (1u << 0)
#define HAS_PREFIX (1u << 1)
#define HAS_ACTION (1u << 2)

/* A list may hold one rule's targets while it reads the next rule's. */
#define LIST_MAX (2 * IPUDP_TARGETS_MAX)

#define FIELD(NAME, kind, member, has) \
	[IPUDP_A_RULE_##NAME] = { IPUDP_KIND_##kind, offsetof(struct ipudp_rule, member), has }

static const struct ipudp_field rule_fields[] = {
	FIELD(IFINDEX, U32, ifindex, 0),	 FIELD(IFNAME, NAME, device, HAS_DEVICE),
	FIELD(PREFIX, ADDR, prefix, HAS_PREFIX), FIELD(PREFIX_LEN, U8, prefix_len, HAS_PREFIX),
	FIELD(ACTION, ENUM, action, HAS_ACTION),
};

static const struct ipudp_codec rule_codec = {
	.fields = rule_fields,
	.n_fields = sizeof(rule_fields) / sizeof(rule_fields[0]),
	.size = sizeof(struct ipudp_rule),
	.has_offset = SIZE_MAX,
};

void ipudp_targets_done(struct ipudp_targets *targets)
{
	free(targets->list);
	*targets = (struct ipudp_targets){ 0 };
}

static int add_target(struct ipudp_targets *targets, const struct ipudp_target *target)
{
	uint32_t size = targets->size ? 2 * targets->size : 8;
	struct ipudp_target *list;

	if (targets->count == LIST_MAX)
		return -EBADMSG;
	if (targets->count == targets->size) {
		list = realloc(targets->list, size * sizeof(*list));
		if (!list)
			return -ENOMEM;
		targets->list = list;
		targets->size = size;
	}
	targets->list[targets->count++] = *target;
	return 0;
}

static int read_target(const struct nlattr *nest, struct ipudp_target *ret)
{
	const struct nlattr *attr;
	bool ok = true;

	*ret = (struct ipudp_target){ .weight = 1 };
	mnl_attr_for_each_nested(attr, nest) {
		switch (mnl_attr_get_type(attr)) {
		case IPUDP_A_TARGET_TUNNEL:
			ok = ipudp_attr_get_u32(attr, &ret->tunnel);
			break;
		case IPUDP_A_TARGET_PRIORITY:
			ok = ipudp_attr_get_u32(attr, &ret->priority);
			break;
		case IPUDP_A_TARGET_WEIGHT:
			ok = ipudp_attr_get_u16(attr, &ret->weight);
			break;
		}
		if (!ok)
			return -EBADMSG;
	}
	return 0;
}

int ipudp_rule_read(const struct nlmsghdr *nlh, struct ipudp_rule *ret_rule,
		    struct ipudp_targets *targets)
{
	int ret = ipudp_codec_get(&rule_codec, nlh, ret_rule);
	struct ipudp_target target;
	const struct nlattr *attr;

	if (ret)
		return ret;
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) != IPUDP_A_RULE_TARGET)
			continue;
		ret = read_target(attr, &target);
		if (!ret)
			ret = add_target(targets, &target);
		if (ret)
			return ret;
	}
	return 0;
}

static void put_targets(struct ipudp_msg *msg, const struct ipudp_rule *rule)
{
	const struct ipudp_target *target;
	size_t nest;
	uint32_t i;

	for (i = 0; i < rule->n_targets; i++) {
		target = &rule->targets[i];
		nest = ipudp_msg_nest(msg, IPUDP_A_RULE_TARGET);
		ipudp_msg_put_u32(msg, IPUDP_A_TARGET_TUNNEL, target->tunnel);
		ipudp_msg_put_u32(msg, IPUDP_A_TARGET_PRIORITY, target->priority);
		ipudp_msg_put_u16(msg, IPUDP_A_TARGET_WEIGHT, target->weight);
		ipudp_msg_nest_end(msg, nest);
	}
}

static int change(struct ipudp *ipudp, const struct ipudp_rule *rule, uint8_t cmd,
		  enum ipudp_exists exists)
{
	uint32_t has = HAS_DEVICE | HAS_PREFIX;
	int ret = ipudp_check_device(ipudp, rule->device);

	if (ret)
		return ret;
	if (rule->prefix.family == AF_UNSPEC)
		return ipudp_fail(ipudp, -EINVAL, "prefix", "a rule needs a prefix");
	if (rule->n_targets > IPUDP_TARGETS_MAX)
		return ipudp_fail(ipudp, -E2BIG, "target", "too many targets");
	if (cmd == IPUDP_CMD_RULE_NEW)
		has |= HAS_ACTION;
	ipudp_change_begin(ipudp, cmd, 0);
	ipudp_codec_put(&rule_codec, &ipudp->request, rule, has);
	if (exists != IPUDP_EXISTS_REFUSE)
		ipudp_msg_put_u8(&ipudp->request, IPUDP_A_RULE_EXISTS, exists);
	put_targets(&ipudp->request, rule);
	return ipudp_change_end(ipudp, NULL, NULL);
}

int ipudp_rule_add(struct ipudp *ipudp, const struct ipudp_rule *rule)
{
	return change(ipudp, rule, IPUDP_CMD_RULE_NEW, IPUDP_EXISTS_REFUSE);
}

int ipudp_rule_replace(struct ipudp *ipudp, const struct ipudp_rule *rule)
{
	return change(ipudp, rule, IPUDP_CMD_RULE_NEW, IPUDP_EXISTS_REPLACE);
}

int ipudp_rule_append(struct ipudp *ipudp, const struct ipudp_rule *rule)
{
	return change(ipudp, rule, IPUDP_CMD_RULE_NEW, IPUDP_EXISTS_APPEND);
}

int ipudp_rule_del(struct ipudp *ipudp, const struct ipudp_rule *rule)
{
	return change(ipudp, rule, IPUDP_CMD_RULE_DEL, IPUDP_EXISTS_REFUSE);
}

/**
 * struct list - a list in progress
 * @ipudp: the handle
 * @filter: which rules
 * @fn: sees each rule
 * @arg: its first argument
 * @rule: the one being put together
 * @targets: its targets until now
 * @pending: whether there is one
 */
struct list {
	struct ipudp *ipudp;
	const struct ipudp_rule_filter *filter;
	ipudp_rule_fn *fn;
	void *arg;
	struct ipudp_rule rule;
	struct ipudp_targets targets;
	bool pending;
};

static void list_done(struct list *list)
{
	ipudp_targets_done(&list->targets);
}

/* Hands on the rule that was put together, without its last @n_next targets, which stay. */
static int hand_on(struct list *list, uint32_t n_next)
{
	const struct ipudp_rule_filter *filter = list->filter;
	struct ipudp_targets *targets = &list->targets;
	int result = 0;

	list->rule.targets = targets->list;
	list->rule.n_targets = targets->count - n_next;
	/* A data plane may list more than it was asked for. */
	if (list->pending && (filter->prefix.family == AF_UNSPEC ||
			      (ipudp_addr_equal(&filter->prefix, &list->rule.prefix) &&
			       filter->prefix_len == list->rule.prefix_len)))
		result = list->fn(list->arg, &list->rule);
	if (n_next)
		memmove(targets->list, targets->list + targets->count - n_next,
			n_next * sizeof(*targets->list));
	targets->count = n_next;
	list->pending = false;
	return result;
}

static bool same_rule(const struct ipudp_rule *a, const struct ipudp_rule *b)
{
	return a->ifindex == b->ifindex && !strcmp(a->device, b->device) &&
	       a->prefix_len == b->prefix_len && ipudp_addr_equal(&a->prefix, &b->prefix);
}

static int list_one(void *arg, const struct nlmsghdr *nlh)
{
	struct list *list = arg;
	uint32_t before = list->targets.count;
	struct ipudp_rule rule;
	int result;

	result = ipudp_rule_read(nlh, &rule, &list->targets);
	if (result == -EBADMSG)
		return ipudp_malformed(list->ipudp);
	if (result || (list->pending && same_rule(&rule, &list->rule)))
		return result;
	result = hand_on(list, list->targets.count - before);
	list->rule = rule;
	list->pending = true;
	return result;
}

int ipudp_rule_list(struct ipudp *ipudp, const struct ipudp_rule_filter *filter, ipudp_rule_fn *fn,
		    void *arg)
{
	_cleanup_(list_done) struct list list = {
		.ipudp = ipudp,
		.filter = filter,
		.fn = fn,
		.arg = arg,
	};
	struct ipudp_msg *msg = &ipudp->request;
	int ret = ipudp_check_device(ipudp, filter->device ? filter->device : "");

	if (!ret)
		ret = ipudp_query_begin(ipudp, IPUDP_CMD_RULE_GET);
	if (ret)
		return ret;
	ipudp_msg_put_text(msg, IPUDP_A_RULE_IFNAME, filter->device);
	if (filter->prefix.family != AF_UNSPEC) {
		ipudp_msg_put_addr(msg, IPUDP_A_RULE_PREFIX, &filter->prefix);
		ipudp_msg_put_u8(msg, IPUDP_A_RULE_PREFIX_LEN, filter->prefix_len);
	}
	if (filter->has_tunnel)
		ipudp_msg_put_u32(msg, IPUDP_A_RULE_TUNNEL, filter->tunnel);
	ret = ipudp_query_dump(ipudp, list_one, &list);
	/* The last rule; when all was listed, though it may have changed, it is complete. */
	if (!ret || ret == -EAGAIN) {
		int result = hand_on(&list, 0);

		return result ? result : ret;
	}
	return ret;
}
