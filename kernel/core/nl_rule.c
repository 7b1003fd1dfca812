// SPDX-License-Identifier: GPL-2.0-or-later
/* Netlink requests about rules. */

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include <net/ipv6.h>

#include "device.h"
#include "home.h"
#include "netlink_gen.h"
#include "nl.h"
#include "refusal.h"
#include "rule.h"
#include "tunnel.h"

/* What is put behind the targets of a message, none today, and room for the message's end. */
#define TARGET_SIZE (nla_total_size(0) + 2 * nla_total_size(sizeof(u32)) + \
		     nla_total_size(sizeof(u16)))

static int put_target(struct sk_buff *msg, const struct ipudp_target *target)
{
	struct nlattr *nest;

	if (skb_tailroom(msg) < TARGET_SIZE)
		return -EMSGSIZE;
	nest = nla_nest_start(msg, IPUDP_A_RULE_TARGET);
	if (!nest || nla_put_u32(msg, IPUDP_A_TARGET_TUNNEL, target->tunnel->id) ||
	    nla_put_u32(msg, IPUDP_A_TARGET_PRIORITY, target->priority) ||
	    nla_put_u16(msg, IPUDP_A_TARGET_WEIGHT, target->weight))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

int ipudp_nl_rule_fill(struct sk_buff *msg, const struct ipudp_device *device,
		       const struct ipudp_rule *rule, unsigned int skip, u8 cmd, u32 portid,
		       u32 seq, int flags)
{
	const struct ipudp_target *target;
	unsigned int done = 0;
	void *header;

	header = genlmsg_put(msg, portid, seq, &ipudp_nl_family, flags, cmd);
	if (!header)
		return -EMSGSIZE;
	if (nla_put_u32(msg, IPUDP_A_RULE_IFINDEX, ipudp_device_ifindex(device)) ||
	    nla_put_string(msg, IPUDP_A_RULE_IFNAME, ipudp_device_name(device)) ||
	    nla_put(msg, IPUDP_A_RULE_PREFIX, ipudp_ip_len(rule->family), &rule->prefix) ||
	    nla_put_u8(msg, IPUDP_A_RULE_PREFIX_LEN, rule->len) ||
	    nla_put_u8(msg, IPUDP_A_RULE_ACTION, rule->action))
		goto err_cancel;
	list_for_each_entry(target, &rule->targets, rule_node) {
		if (done >= skip && put_target(msg, target)) {
			/* The rest goes into the next message, unless this one has nothing. */
			if (done == skip)
				goto err_cancel;
			break;
		}
		done++;
	}
	genlmsg_end(msg, header);
	return done;

err_cancel:
	genlmsg_cancel(msg, header);
	return -EMSGSIZE;
}

unsigned int ipudp_nl_rule_targets(const struct ipudp_rule *rule)
{
	const struct ipudp_target *target;
	unsigned int n = 0;

	list_for_each_entry(target, &rule->targets, rule_node)
		n++;
	return n;
}

static struct ipudp_device *named_device(struct genl_info *info, bool alive)
{
	return ipudp_nl_device_get(info, IPUDP_A_RULE_IFINDEX, IPUDP_A_RULE_IFNAME, alive);
}

int ipudp_nl_rule_read_prefix(struct genl_info *info, struct ipudp_rule_config *config)
{
	struct nlattr **attrs = info->attrs;
	union ipudp_ip masked;
	int ret;

	ret = ipudp_nl_missing(info, IPUDP_A_RULE_PREFIX, "prefix") ?:
	      ipudp_nl_missing(info, IPUDP_A_RULE_PREFIX_LEN, "length of the prefix");
	if (ret)
		return ret;
	ret = ipudp_nl_ip(attrs[IPUDP_A_RULE_PREFIX], &config->prefix, &config->family,
			  info->extack);
	if (ret)
		return ret;
	config->len = nla_get_u8(attrs[IPUDP_A_RULE_PREFIX_LEN]);
	if (config->len > 8 * ipudp_ip_len(config->family)) {
		ipudp_refuse(info->extack, PREFIX_LONG);
		return -ERANGE;
	}
	/* IPv4 addresses are the first bits of the union. */
	ipv6_addr_prefix(&masked.v6, &config->prefix.v6, config->len);
	if (!ipudp_ip_equal(&masked, &config->prefix)) {
		ipudp_refuse(info->extack, PREFIX_BITS);
		return -EINVAL;
	}
	return 0;
}

static int read_target(const struct nlattr *attr, struct ipudp_rule_target *target,
		       struct netlink_ext_ack *extack)
{
	struct nlattr *attrs[IPUDP_A_TARGET_MAX + 1];
	int ret;

	ret = nla_parse_nested(attrs, IPUDP_A_TARGET_MAX, attr, ipudp_target_nl_policy, extack);
	if (ret)
		return ret;
	if (!attrs[IPUDP_A_TARGET_TUNNEL]) {
		ipudp_refuse_attr(extack, IPUDP_REFUSAL_TARGET_UNNAMED, attr);
		return -EINVAL;
	}
	target->attr = attr;
	target->tunnel = nla_get_u32(attrs[IPUDP_A_TARGET_TUNNEL]);
	target->priority = 0;
	target->weight = 1;
	if (attrs[IPUDP_A_TARGET_PRIORITY])
		target->priority = nla_get_u32(attrs[IPUDP_A_TARGET_PRIORITY]);
	if (attrs[IPUDP_A_TARGET_WEIGHT])
		target->weight = nla_get_u16(attrs[IPUDP_A_TARGET_WEIGHT]);
	return 0;
}

int ipudp_nl_rule_read_targets(struct genl_info *info, struct ipudp_rule_target *one,
			       struct ipudp_rule_config *config)
{
	struct ipudp_rule_target *targets = one;
	const struct nlattr *attr;
	unsigned int n = 0;
	int rest, ret;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rest)
		n += nla_type(attr) == IPUDP_A_RULE_TARGET;
	if (n > IPUDP_TARGETS_MAX) {
		ipudp_refuse(info->extack, TARGETS_MANY);
		return -E2BIG;
	}
	if (n > 1)
		targets = kvmalloc_array(n, sizeof(*targets), GFP_KERNEL_ACCOUNT);
	if (!targets)
		return -ENOMEM;
	n = 0;
	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rest) {
		if (nla_type(attr) != IPUDP_A_RULE_TARGET)
			continue;
		ret = read_target(attr, &targets[n++], info->extack);
		if (ret) {
			if (targets != one)
				kvfree(targets);
			return ret;
		}
	}
	config->targets = targets;
	config->n_targets = n;
	return 0;
}

void ipudp_nl_rule_free_targets(const struct ipudp_rule_target *one,
				const struct ipudp_rule_config *config)
{
	if (config->targets != one)
		kvfree(config->targets);
}

static int check_action(struct genl_info *info, const struct ipudp_rule_config *config)
{
	bool forwards = config->action == IPUDP_ACTION_FORWARD ||
			config->action == IPUDP_ACTION_FLOOD;

	if (forwards && !config->n_targets) {
		ipudp_refuse(info->extack, RULE_WITHOUT_TUNNEL);
		return -EINVAL;
	}
	if (!forwards && config->n_targets) {
		ipudp_refuse(info->extack, RULE_WITH_TUNNEL);
		return -EINVAL;
	}
	return 0;
}

static int reply_all(struct ipudp_device *device, const struct ipudp_rule *rule,
		     struct genl_info *info)
{
	unsigned int total = ipudp_nl_rule_targets(rule);
	int done = 0, ret;

	/* As many messages as the targets need. */
	do {
		struct sk_buff *msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);

		if (!msg)
			return -ENOMEM;
		done = ipudp_nl_rule_fill(msg, device, rule, done, IPUDP_CMD_RULE_GET,
					  info->snd_portid, info->snd_seq, 0);
		ret = ipudp_nl_reply(msg, done, info);
	} while (!ret && done < total);
	return ret;
}

int ipudp_nl_rule_get_doit(struct sk_buff *request, struct genl_info *info)
{
	struct ipudp_rule_config config = { };
	struct ipudp_device *device;
	struct ipudp_rule *rule;
	int ret;

	ret = ipudp_nl_rule_read_prefix(info, &config);
	if (ret)
		return ret;
	device = named_device(info, false);
	if (IS_ERR(device))
		return PTR_ERR(device);
	rule = ipudp_rule_find(device, config.family, &config.prefix, config.len);
	if (rule) {
		ret = reply_all(device, rule, info);
	} else {
		ipudp_refuse(info->extack, PREFIX_UNKNOWN);
		ret = -ENOENT;
	}
	ipudp_nl_device_put(device);
	return ret;
}

/**
 * struct dump - where a dump of rules is, in netlink_callback.args
 * @number: of the next rule
 * @skip: how many of its targets were written
 * @seq: netlink_callback.seq at that time
 */
struct dump {
	long number;
	long skip;
	unsigned long seq;
};

static bool rule_wanted(const struct ipudp_rule *rule, const struct nlattr *tunnel)
{
	const struct ipudp_target *target;

	if (!tunnel)
		return true;
	list_for_each_entry(target, &rule->targets, rule_node) {
		if (target->tunnel->id == nla_get_u32(tunnel))
			return true;
	}
	return false;
}

/* Write one rule, over several messages if need be. Return: 0 when it is all written. */
static int dump_rule(struct sk_buff *msg, struct netlink_callback *cb,
		     const struct ipudp_device *device, const struct ipudp_rule *rule)
{
	struct dump *dump = (struct dump *)cb->args;
	unsigned int total = ipudp_nl_rule_targets(rule);
	int done = dump->skip;

	do {
		done = ipudp_nl_rule_fill(msg, device, rule, done, IPUDP_CMD_RULE_GET,
					  ipudp_nl_dump_portid(cb), cb->nlh->nlmsg_seq,
					  ipudp_nl_dump_flags(cb));
		if (done < 0)
			return done;
		dump->skip = done;
	} while (done < total);
	dump->skip = 0;
	return 0;
}

int ipudp_nl_rule_get_dumpit(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct nlattr **attrs = ipudp_nl_dump_attrs(cb);
	struct dump *dump = (struct dump *)cb->args;
	struct ipudp_device *device;
	struct ipudp_rule *rule;
	unsigned long number;
	int ret = 0;

	BUILD_BUG_ON(sizeof(*dump) > sizeof(cb->args));
	device = ipudp_nl_dump_device(cb, msg, IPUDP_A_RULE_IFINDEX, IPUDP_A_RULE_IFNAME);
	if (IS_ERR(device))
		return PTR_ERR(device);
	ipudp_nl_dump_begin(cb, msg);
	/* The rest of a rule that may be another now would be put together with what it was. */
	if (dump->skip && dump->seq != cb->seq) {
		dump->number++;
		dump->skip = 0;
	}
	dump->seq = cb->seq;
	xa_for_each_start(&device->rules, number, rule, dump->number) {
		if (number != dump->number)
			dump->skip = 0;
		dump->number = number;
		if (!rule_wanted(rule, attrs[IPUDP_A_RULE_TUNNEL]))
			continue;
		ret = dump_rule(msg, cb, device, rule);
		if (ret)
			break;
		dump->number = number + 1;
	}
	if (!ret)
		dump->number = LONG_MAX;
	ipudp_nl_device_put(device);
	return msg->len ?: ret;
}

int ipudp_nl_rule_new_doit(struct sk_buff *request, struct genl_info *info)
{
	enum ipudp_exists exists = IPUDP_EXISTS_REFUSE;
	struct ipudp_rule_config config = { };
	struct ipudp_rule_target one;
	struct ipudp_device *device;
	int ret;

	ret = ipudp_nl_rule_read_prefix(info, &config);
	if (ret)
		return ret;
	if (info->attrs[IPUDP_A_RULE_ACTION])
		config.action = nla_get_u8(info->attrs[IPUDP_A_RULE_ACTION]);
	if (info->attrs[IPUDP_A_RULE_EXISTS])
		exists = nla_get_u8(info->attrs[IPUDP_A_RULE_EXISTS]);
	ret = ipudp_nl_rule_read_targets(info, &one, &config);
	if (ret)
		return ret;
	ret = check_action(info, &config);
	if (ret)
		goto out;
	device = named_device(info, true);
	if (IS_ERR(device)) {
		ret = PTR_ERR(device);
		goto out;
	}
	ret = ipudp_rule_add(device, &config, exists, info->extack);
	ipudp_nl_device_put(device);
out:
	ipudp_nl_rule_free_targets(&one, &config);
	return ret;
}

static int delete(struct ipudp_device *device, const struct ipudp_rule_config *config,
		  struct netlink_ext_ack *extack)
{
	struct ipudp_rule *rule;

	rule = ipudp_rule_find(device, config->family, &config->prefix, config->len);
	if (!rule) {
		ipudp_refuse(extack, PREFIX_UNKNOWN);
		return -ENOENT;
	}
	if (config->n_targets)
		return ipudp_rule_reduce(device, rule, config, extack);
	ipudp_rule_remove(device, rule);
	return 0;
}

int ipudp_nl_rule_del_doit(struct sk_buff *request, struct genl_info *info)
{
	struct ipudp_rule_config config = { };
	struct ipudp_rule_target one;
	struct ipudp_device *device;
	int ret;

	ret = ipudp_nl_rule_read_prefix(info, &config) ?:
	      ipudp_nl_rule_read_targets(info, &one, &config);
	if (ret)
		return ret;
	device = named_device(info, true);
	if (IS_ERR(device)) {
		ret = PTR_ERR(device);
	} else {
		ret = delete(device, &config, info->extack);
		ipudp_nl_device_put(device);
	}
	ipudp_nl_rule_free_targets(&one, &config);
	return ret;
}
