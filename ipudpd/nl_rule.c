// SPDX-License-Identifier: GPL-2.0-or-later
/* Netlink requests about rules. */

#include <limits.h>
#include <stdlib.h>

#include "device.h"
#include "home.h"
#include "netlink_gen.h"
#include "nl.h"
#include "refusal.h"
#include "rule.h"
#include "tunnel.h"

/* What is put behind the targets of a message, none today, and room for the message's end. */
#define TARGET_SIZE                                                 \
	(nla_total_size(0) + 2 * nla_total_size(sizeof(uint32_t)) + \
	 nla_total_size(sizeof(uint16_t)))

static int put_target(struct sk_buff *msg, const struct ipudp_target *target)
{
	struct nlattr *nest;

	if (skb_tailroom(msg) < (size_t)TARGET_SIZE)
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
		       const struct ipudp_rule *rule, unsigned int skip, uint8_t cmd,
		       uint32_t portid, uint32_t seq, int flags)
{
	const struct ipudp_target *target;
	unsigned int done = 0;
	void *header;

	header = genlmsg_put(msg, portid, seq, flags, cmd);
	if (!header)
		return -EMSGSIZE;
	if (nla_put_u32(msg, IPUDP_A_RULE_IFINDEX, device->ifindex) ||
	    nla_put_string(msg, IPUDP_A_RULE_IFNAME, device->name) ||
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

int ipudp_nl_rule_targets(const struct ipudp_rule *rule)
{
	const struct ipudp_target *target;
	int n = 0;

	list_for_each_entry(target, &rule->targets, rule_node)
		n++;
	return n;
}

static int named_device(struct ipudp_home *home, struct nlattr **attrs,
			struct netlink_ext_ack *extack, struct ipudp_device **ret)
{
	return ipudp_nl_device_get(home, attrs, IPUDP_A_RULE_IFINDEX, IPUDP_A_RULE_IFNAME, extack,
				   ret);
}

/* Whether an address has bits beyond a length. */
static bool has_host_bits(const union ipudp_ip *ip, unsigned int len)
{
	const uint8_t *byte = (const uint8_t *)ip;
	unsigned int i;

	/* IPv4 addresses are the first bits of the union. */
	for (i = len / 8; i < sizeof(*ip); i++)
		if (byte[i] & (i == len / 8 ? 0xff >> len % 8 : 0xff))
			return true;
	return false;
}

static int read_prefix(struct genl_info *info, struct ipudp_rule_config *config)
{
	struct nlattr **attrs = info->attrs;
	int ret;

	ret = ipudp_nl_missing(info, IPUDP_A_RULE_PREFIX, "prefix");
	if (!ret)
		ret = ipudp_nl_missing(info, IPUDP_A_RULE_PREFIX_LEN, "length of the prefix");
	if (!ret)
		ret = ipudp_nl_ip(attrs[IPUDP_A_RULE_PREFIX], &config->prefix, &config->family,
				  info->extack);
	if (ret)
		return ret;
	config->len = nla_get_u8(attrs[IPUDP_A_RULE_PREFIX_LEN]);
	if (config->len > 8 * ipudp_ip_len(config->family)) {
		ipudp_refuse_attr(info->extack, IPUDP_REFUSAL_PREFIX_LONG,
				  attrs[IPUDP_A_RULE_PREFIX_LEN]);
		return -ERANGE;
	}
	if (has_host_bits(&config->prefix, config->len)) {
		ipudp_refuse_attr(info->extack, IPUDP_REFUSAL_PREFIX_BITS,
				  attrs[IPUDP_A_RULE_PREFIX]);
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
	target->tunnel = nla_get_u32(attrs[IPUDP_A_TARGET_TUNNEL]);
	target->attr = attr;
	target->priority = 0;
	target->weight = 1;
	if (attrs[IPUDP_A_TARGET_PRIORITY])
		target->priority = nla_get_u32(attrs[IPUDP_A_TARGET_PRIORITY]);
	if (attrs[IPUDP_A_TARGET_WEIGHT])
		target->weight = nla_get_u16(attrs[IPUDP_A_TARGET_WEIGHT]);
	return 0;
}

/*
 * Read all targets of a request. One needs no memory.
 * @one: room for a single target
 * @config: receives the array, which is to be freed by free_targets()
 */
static int read_targets(const struct nlmsghdr *nlh, struct netlink_ext_ack *extack,
			struct ipudp_rule_target *one, struct ipudp_rule_config *config)
{
	struct ipudp_rule_target *targets = one;
	const struct nlattr *attr;
	unsigned int n = 0;
	int rest, ret;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rest)
		n += nla_type(attr) == IPUDP_A_RULE_TARGET;
	if (n > IPUDP_TARGETS_MAX) {
		ipudp_refuse(extack, TARGETS_MANY);
		return -E2BIG;
	}
	if (n > 1)
		targets = calloc(n, sizeof(*targets));
	if (!targets)
		return -ENOMEM;
	n = 0;
	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rest) {
		if (nla_type(attr) != IPUDP_A_RULE_TARGET)
			continue;
		ret = read_target(attr, &targets[n++], extack);
		if (ret) {
			if (targets != one)
				free(targets);
			return ret;
		}
	}
	config->targets = targets;
	config->n_targets = n;
	return 0;
}

static void free_targets(const struct ipudp_rule_target *one,
			 const struct ipudp_rule_config *config)
{
	if (config->targets != one)
		free((void *)config->targets);
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

static int reply_all(struct sk_buff *msg, struct ipudp_device *device,
		     const struct ipudp_rule *rule, struct genl_info *info)
{
	int total = ipudp_nl_rule_targets(rule), done = 0;

	/* As many messages as the targets need. */
	do {
		msg->len = 0;
		done = ipudp_nl_rule_fill(msg, device, rule, done, IPUDP_CMD_RULE_GET,
					  info->snd_portid, info->snd_seq, 0);
		if (done < 0)
			return done;
		ipudp_nl_send(info, msg);
	} while (done < total);
	return 0;
}

int ipudp_nl_rule_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ipudp_rule_config config = { 0 };
	struct ipudp_device *device;
	struct ipudp_rule *rule;
	int ret;

	ret = read_prefix(info, &config);
	if (!ret)
		ret = named_device(ipudp_nl_home(info->sk), info->attrs, info->extack, &device);
	if (ret)
		return ret;
	rule = ipudp_rule_find(device, config.family, &config.prefix, config.len);
	if (rule)
		return reply_all(skb, device, rule, info);
	ipudp_refuse_attr(info->extack, IPUDP_REFUSAL_PREFIX_UNKNOWN,
			  info->attrs[IPUDP_A_RULE_PREFIX]);
	return -ENOENT;
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
	long seq;
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
static int dump_rule(struct sk_buff *skb, struct netlink_callback *cb,
		     const struct ipudp_device *device, const struct ipudp_rule *rule)
{
	struct dump *dump = (struct dump *)cb->args;
	int total = ipudp_nl_rule_targets(rule), done = dump->skip;

	do {
		done = ipudp_nl_rule_fill(skb, device, rule, done, IPUDP_CMD_RULE_GET, cb->portid,
					  cb->nlh->nlmsg_seq, ipudp_nl_dump_flags(cb));
		if (done < 0)
			return done;
		dump->skip = done;
	} while (done < total);
	dump->skip = 0;
	return 0;
}

int ipudp_nl_rule_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dump *dump = (struct dump *)cb->args;
	struct ipudp_device *device;
	struct ipudp_rule *rule;
	uint64_t number;
	int ret;

	_Static_assert(sizeof(*dump) <= sizeof(cb->args), "no room");
	ret = named_device(ipudp_nl_home(skb->sk), cb->attrs, cb->extack, &device);
	if (ret)
		return ret;
	/* The rest of a rule that may be another now would be put together with what it was. */
	if (dump->skip && dump->seq != (long)cb->seq) {
		dump->number++;
		dump->skip = 0;
	}
	dump->seq = (long)cb->seq;
	ipudp_idmap_for_each(&device->rules, number, rule, dump->number) {
		if (number != (uint64_t)dump->number)
			dump->skip = 0;
		dump->number = number;
		if (!rule_wanted(rule, cb->attrs[IPUDP_A_RULE_TUNNEL]))
			continue;
		ret = dump_rule(skb, cb, device, rule);
		if (ret)
			break;
		dump->number = number + 1;
	}
	if (!ret)
		dump->number = LONG_MAX;
	return skb->len ? (int)skb->len : ret;
}

int ipudp_nl_rule_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	enum ipudp_exists exists = IPUDP_EXISTS_REFUSE;
	struct ipudp_rule_config config = { 0 };
	struct ipudp_rule_target one;
	struct ipudp_device *device;
	int ret;

	(void)skb;
	ret = read_prefix(info, &config);
	if (ret)
		return ret;
	if (info->attrs[IPUDP_A_RULE_ACTION])
		config.action = nla_get_u8(info->attrs[IPUDP_A_RULE_ACTION]);
	if (info->attrs[IPUDP_A_RULE_EXISTS])
		exists = nla_get_u8(info->attrs[IPUDP_A_RULE_EXISTS]);
	ret = read_targets(info->nlhdr, info->extack, &one, &config);
	if (ret)
		return ret;
	ret = check_action(info, &config);
	if (!ret)
		ret = named_device(ipudp_nl_home(info->sk), info->attrs, info->extack, &device);
	if (!ret)
		ret = ipudp_rule_add(device, &config, exists, info->extack);
	free_targets(&one, &config);
	return ret;
}

static int delete (struct ipudp_device *device, const struct ipudp_rule_config *config,
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

int ipudp_nl_rule_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ipudp_rule_config config = { 0 };
	struct ipudp_rule_target one;
	struct ipudp_device *device;
	int ret;

	(void)skb;
	ret = read_prefix(info, &config);
	if (!ret)
		ret = read_targets(info->nlhdr, info->extack, &one, &config);
	if (ret)
		return ret;
	ret = named_device(ipudp_nl_home(info->sk), info->attrs, info->extack, &device);
	if (!ret)
		ret = delete (device, &config, info->extack);
	free_targets(&one, &config);
	return ret;
}

int ipudp_nl_rule_restore(struct ipudp_home *home, const struct nlmsghdr *nlh,
			  struct nlattr **attrs, uint8_t cmd)
{
	struct genl_info info = { .attrs = attrs };
	enum ipudp_exists exists = IPUDP_EXISTS_REPLACE;
	struct ipudp_rule_config config = { 0 };
	struct ipudp_rule_target one;
	struct ipudp_device *device;
	struct ipudp_rule *rule;
	int ret;

	ret = read_prefix(&info, &config);
	if (!ret)
		ret = named_device(home, attrs, NULL, &device);
	if (ret)
		return ret;
	if (cmd == IPUDP_CMD_RULE_DEL_NTF) {
		rule = ipudp_rule_find(device, config.family, &config.prefix, config.len);
		if (rule)
			ipudp_rule_remove(device, rule);
		return 0;
	}
	/* Of a rule with more targets than one message has, the others follow. */
	if (attrs[IPUDP_A_RULE_EXISTS])
		exists = nla_get_u8(attrs[IPUDP_A_RULE_EXISTS]);
	if (attrs[IPUDP_A_RULE_ACTION])
		config.action = nla_get_u8(attrs[IPUDP_A_RULE_ACTION]);
	ret = read_targets(nlh, NULL, &one, &config);
	if (ret)
		return ret;
	ret = ipudp_rule_add(device, &config, exists, NULL);
	free_targets(&one, &config);
	return ret;
}
