// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rules. A rule for a single address is found in a hash table, all others in a trie for each
 * family: most rules of a hub are of the first kind, and their number must cost packets nothing.
 *
 * What packets read of a rule's tunnels is its choice (choice.c), which is replaced whenever the
 * targets change or a tunnel becomes idle or comes back.
 */

#include "rule.h"

#include <errno.h>
#include <stdlib.h>

#include <net/netlink.h>

#include "choice.h"
#include "device.h"
#include "event.h"
#include "home.h"
#include "refusal.h"
#include "tunnel.h"

/**
 * struct host_key - what a rule for a single address is looked up by
 * @family: AF_INET or AF_INET6
 * @addr: the address
 */
struct host_key {
	uint32_t family;
	union ipudpd_ip addr;
};

static bool host_equal(const struct ipudpd_table_node *node, const void *data)
{
	const struct ipudpd_rule *rule = container_of(node, struct ipudpd_rule, node);
	const struct host_key *key = data;

	return rule->family == key->family && ipudpd_ip_equal(&rule->prefix, &key->addr);
}

static unsigned int family_index(uint16_t family)
{
	return family == AF_INET ? 0 : 1;
}

static bool is_host(uint16_t family, uint8_t len)
{
	return len == (family == AF_INET ? 32 : 128);
}

int ipudpd_rules_init(struct ipudpd_device *device)
{
	struct ipudpd_rcu *rcu = &device->home->rcu;

	ipudpd_trie_init(&device->tries[0], 32, rcu);
	ipudpd_trie_init(&device->tries[1], 128, rcu);
	return ipudpd_table_init(&device->hosts, rcu);
}

void ipudpd_rules_done(struct ipudpd_device *device)
{
	ipudpd_table_done(&device->hosts);
}

static struct ipudpd_rule *host_lookup(const struct ipudpd_device *device, uint16_t family,
				       const union ipudpd_ip *addr)
{
	struct host_key key = { .family = family, .addr = *addr };
	struct ipudpd_table_node *node;

	node = ipudpd_table_lookup(&device->hosts,
				   ipudpd_table_hash(&device->hosts, &key, sizeof(key)), host_equal,
				   &key);
	return node ? container_of(node, struct ipudpd_rule, node) : NULL;
}

struct ipudpd_rule *ipudpd_rule_lookup(const struct ipudpd_device *device, uint16_t family,
				       const union ipudpd_ip *addr)
{
	unsigned int index = family_index(family);
	struct ipudpd_rule *rule;

	if (ipudpd_read(device->n_hosts[index])) {
		rule = host_lookup(device, family, addr);
		if (rule)
			return rule;
	}
	return ipudpd_trie_lookup(&device->tries[index], addr);
}

static void choice_replace(const struct ipudpd_device *device, struct ipudpd_rule *rule,
			   struct ipudpd_choice *choice)
{
	struct ipudpd_choice *old = rule->choice;

	ipudpd_rcu_store(rule->choice, choice);
	if (old)
		ipudpd_rcu_call(&device->home->rcu, &old->rcu, ipudpd_choice_free);
}

static void target_link(struct ipudpd_rule *rule, struct ipudpd_target *target)
{
	struct list_head *after = rule->targets.prev;

	/* Mostly all have one priority, so that this looks at one. */
	while (after != &rule->targets &&
	       list_entry(after, struct ipudpd_target, rule_node)->priority > target->priority)
		after = after->prev;
	list_add(&target->rule_node, after);
	target->rule = rule;
	list_add(&target->tunnel_node, &target->tunnel->targets);
}

static void target_free(struct ipudpd_target *target)
{
	list_del(&target->rule_node);
	list_del(&target->tunnel_node);
	free(target);
}

static void targets_free(struct list_head *targets)
{
	struct ipudpd_target *target, *next;

	list_for_each_entry_safe(target, next, targets, rule_node)
		target_free(target);
}

/*
 * The target of a rule that names a tunnel, NULL if none. A rule may have thousands of tunnels and
 * a tunnel a million rules, so both lists are walked together, to the end of the shorter.
 */
static struct ipudpd_target *target_find(const struct ipudpd_rule *rule,
					 const struct ipudpd_tunnel *tunnel)
{
	const struct list_head *of_tunnel = tunnel->targets.next;
	const struct list_head *of_rule = rule->targets.next;

	while (of_tunnel != &tunnel->targets && of_rule != &rule->targets) {
		struct ipudpd_target *target;

		target = list_entry(of_tunnel, struct ipudpd_target, tunnel_node);
		if (target->rule == rule)
			return target;
		target = list_entry(of_rule, struct ipudpd_target, rule_node);
		if (target->tunnel == tunnel)
			return target;
		of_tunnel = of_tunnel->next;
		of_rule = of_rule->next;
	}
	return NULL;
}

/* Take from a rule the targets that @config names, as far as it has them. */
static void targets_take(const struct ipudpd_device *device, struct ipudpd_rule *rule,
			 const struct ipudpd_rule_config *config)
{
	struct ipudpd_target *target;
	uint32_t i;

	for (i = 0; i < config->n_targets; i++) {
		target = target_find(rule, ipudpd_tunnel_lookup(device, config->targets[i].tunnel));
		if (target)
			target_free(target);
	}
}

/* Make targets for @rule, which they are not yet in. On failure nothing is left. */
static int targets_create(const struct ipudpd_device *device, struct ipudpd_rule *rule,
			  const struct ipudpd_rule_config *config, struct netlink_ext_ack *extack)
{
	uint32_t i;

	for (i = 0; i < config->n_targets; i++) {
		const struct ipudpd_rule_target *wish = &config->targets[i];
		struct ipudpd_tunnel *tunnel = ipudpd_tunnel_lookup(device, wish->tunnel);
		struct ipudpd_target *target;

		if (!tunnel) {
			ipudpd_refuse_attr(extack, IPUDPD_REFUSAL_TUNNEL_UNKNOWN, wish->attr);
			targets_free(&rule->targets);
			return -ENOENT;
		}
		if (target_find(rule, tunnel)) {
			ipudpd_refuse_attr(extack, IPUDPD_REFUSAL_TARGET_TWICE, wish->attr);
			targets_free(&rule->targets);
			return -EINVAL;
		}
		target = malloc(sizeof(*target));
		if (!target) {
			targets_free(&rule->targets);
			return -ENOMEM;
		}
		target->tunnel = tunnel;
		target->priority = wish->priority;
		target->weight = wish->weight;
		target_link(rule, target);
	}
	return 0;
}

static void rule_free(struct ipudpd_rcu_head *head)
{
	free(container_of(head, struct ipudpd_rule, rcu));
}

static int rule_create(const struct ipudpd_device *device, const struct ipudpd_rule_config *config,
		       struct netlink_ext_ack *extack, struct ipudpd_rule **ret_rule)
{
	struct host_key key = { .family = config->family, .addr = config->prefix };
	struct ipudpd_rule *rule;
	int ret;

	rule = calloc(1, sizeof(*rule));
	if (!rule)
		return -ENOMEM;
	rule->prefix = config->prefix;
	rule->family = config->family;
	rule->len = config->len;
	rule->action = config->action;
	rule->node.hash = ipudpd_table_hash(&device->hosts, &key, sizeof(key));
	list_init(&rule->targets);
	ret = targets_create(device, rule, config, extack);
	if (!ret)
		ret = ipudpd_choice_create(rule, &rule->choice);
	if (ret) {
		targets_free(&rule->targets);
		free(rule);
		return ret;
	}
	*ret_rule = rule;
	return 0;
}

/* Free a rule that packets may still see. */
static void rule_destroy(const struct ipudpd_device *device, struct ipudpd_rule *rule)
{
	targets_free(&rule->targets);
	choice_replace(device, rule, NULL);
	ipudpd_rcu_call(&device->home->rcu, &rule->rcu, rule_free);
}

struct ipudpd_rule *ipudpd_rule_find(const struct ipudpd_device *device, uint16_t family,
				     const union ipudpd_ip *prefix, uint8_t len)
{
	if (!is_host(family, len))
		return ipudpd_trie_find(&device->tries[family_index(family)], prefix, len);
	return host_lookup(device, family, prefix);
}

/* Put a new rule into the tables, in the place of @old if there is one. */
static int rule_enter(struct ipudpd_device *device, struct ipudpd_rule *rule,
		      struct ipudpd_rule *old)
{
	unsigned int index = family_index(rule->family);
	struct ipudpd_trie *trie = &device->tries[index];

	if (!is_host(rule->family, rule->len)) {
		if (old)
			return ipudpd_trie_replace(trie, &rule->prefix, rule->len, rule);
		return ipudpd_trie_insert(trie, &rule->prefix, rule->len, rule);
	}
	if (old) {
		ipudpd_table_replace(&device->hosts, &old->node, &rule->node);
		return 0;
	}
	ipudpd_table_insert(&device->hosts, &rule->node);
	ipudpd_write(device->n_hosts[index], device->n_hosts[index] + 1);
	return 0;
}

static int rule_insert(struct ipudpd_device *device, struct ipudpd_rule *rule)
{
	int ret;

	/* Numbers only order dumps: a new rule comes behind all that are listed already. */
	while (ipudpd_idmap_load(&device->rules, device->next_rule))
		device->next_rule++;
	rule->number = device->next_rule;
	ret = ipudpd_idmap_store(&device->rules, rule->number, rule);
	if (ret)
		return ret;
	ret = rule_enter(device, rule, NULL);
	if (ret) {
		ipudpd_idmap_erase(&device->rules, rule->number);
		return ret;
	}
	device->next_rule++;
	device->n_rules++;
	return 0;
}

static int rule_replace(struct ipudpd_device *device, struct ipudpd_rule *rule,
			struct ipudpd_rule *old)
{
	int ret;

	rule->number = old->number;
	ret = rule_enter(device, rule, old);
	if (ret)
		return ret;
	/* The entry exists, so that storing needs no memory. */
	ipudpd_idmap_store(&device->rules, rule->number, rule);
	rule_destroy(device, old);
	return 0;
}

static uint32_t targets_count(const struct ipudpd_rule *rule)
{
	const struct ipudpd_target *target;
	uint32_t n = 0;

	list_for_each_entry(target, &rule->targets, rule_node)
		n++;
	return n;
}

/* Move the targets of @from, made from @config, to @rule. */
static int rule_extend(const struct ipudpd_device *device, struct ipudpd_rule *rule,
		       struct ipudpd_rule *from, const struct ipudpd_rule_config *config,
		       struct netlink_ext_ack *extack)
{
	struct ipudpd_target *target, *next;
	struct ipudpd_choice *choice;
	int ret;

	if (targets_count(rule) + targets_count(from) > IPUDP_TARGETS_MAX) {
		ipudpd_refuse(extack, TARGETS_MANY);
		return -E2BIG;
	}
	list_for_each_entry(target, &from->targets, rule_node) {
		if (target_find(rule, target->tunnel)) {
			ipudpd_refuse(extack, TARGET_TAKEN);
			return -EEXIST;
		}
	}
	list_for_each_entry_safe(target, next, &from->targets, rule_node) {
		list_del(&target->rule_node);
		list_del(&target->tunnel_node);
		target_link(rule, target);
	}
	ret = ipudpd_choice_create(rule, &choice);
	if (ret) {
		targets_take(device, rule, config);
		return ret;
	}
	choice_replace(device, rule, choice);
	return 0;
}

int ipudpd_rule_add(struct ipudpd_device *device, const struct ipudpd_rule_config *config,
		    enum ipudp_exists exists, struct netlink_ext_ack *extack)
{
	struct ipudpd_rule *old, *rule;
	uint8_t event = IPUDP_CMD_RULE_CHANGE_NTF;
	int ret;

	old = ipudpd_rule_find(device, config->family, &config->prefix, config->len);
	if (old && exists == IPUDP_EXISTS_REFUSE) {
		ipudpd_refuse(extack, PREFIX_TAKEN);
		return -EEXIST;
	}
	if (old && exists == IPUDP_EXISTS_APPEND && old->action != config->action) {
		ipudpd_refuse(extack, RULE_ACTION_OTHER);
		return -EEXIST;
	}
	ret = rule_create(device, config, extack, &rule);
	if (ret)
		return ret;
	if (old && exists == IPUDP_EXISTS_APPEND) {
		ret = rule_extend(device, old, rule, config, extack);
		rule_destroy(device, rule);
		rule = old;
	} else if (old) {
		ret = rule_replace(device, rule, old);
	} else {
		ret = rule_insert(device, rule);
		event = IPUDP_CMD_RULE_ADD_NTF;
	}
	if (!ret)
		ipudpd_event_rule(device, rule, event);
	else if (rule != old)
		rule_destroy(device, rule);
	return ret;
}

void ipudpd_rule_remove(struct ipudpd_device *device, struct ipudpd_rule *rule)
{
	unsigned int index = family_index(rule->family);

	if (is_host(rule->family, rule->len)) {
		ipudpd_table_remove(&device->hosts, &rule->node);
		ipudpd_write(device->n_hosts[index], device->n_hosts[index] - 1);
	} else {
		ipudpd_trie_remove(&device->tries[index], &rule->prefix, rule->len);
	}
	ipudpd_idmap_erase(&device->rules, rule->number);
	device->n_rules--;
	ipudpd_event_rule(device, rule, IPUDP_CMD_RULE_DEL_NTF);
	rule_destroy(device, rule);
}

/*
 * Choose anew. Without memory, the old choice may stay only while all its tunnels do; else the
 * rule is left without one, and drops, until the next change.
 */
static void rule_rechoose(const struct ipudpd_device *device, struct ipudpd_rule *rule,
			  bool members_same)
{
	struct ipudpd_choice *choice;

	if (!ipudpd_choice_create(rule, &choice))
		choice_replace(device, rule, choice);
	else if (!members_same)
		choice_replace(device, rule, NULL);
}

int ipudpd_rule_reduce(struct ipudpd_device *device, struct ipudpd_rule *rule,
		       const struct ipudpd_rule_config *config, struct netlink_ext_ack *extack)
{
	struct ipudpd_tunnel *tunnel;
	uint32_t i;

	for (i = 0; i < config->n_targets; i++) {
		tunnel = ipudpd_tunnel_lookup(device, config->targets[i].tunnel);
		if (!tunnel || !target_find(rule, tunnel)) {
			ipudpd_refuse_attr(extack, IPUDPD_REFUSAL_TARGET_ABSENT,
					   config->targets[i].attr);
			return -ENOENT;
		}
	}
	targets_take(device, rule, config);
	if (list_empty(&rule->targets)) {
		ipudpd_rule_remove(device, rule);
		return 0;
	}
	rule_rechoose(device, rule, false);
	ipudpd_event_rule(device, rule, IPUDP_CMD_RULE_CHANGE_NTF);
	return 0;
}

void ipudpd_rules_forget(struct ipudpd_tunnel *tunnel)
{
	struct ipudpd_device *device = tunnel->device;
	struct ipudpd_target *target, *next;

	list_for_each_entry_safe(target, next, &tunnel->targets, tunnel_node) {
		struct ipudpd_rule *rule = target->rule;

		if (list_is_singular(&rule->targets)) {
			ipudpd_rule_remove(device, rule);
			continue;
		}
		target_free(target);
		rule_rechoose(device, rule, false);
		ipudpd_event_rule(device, rule, IPUDP_CMD_RULE_CHANGE_NTF);
	}
}

void ipudpd_rules_flush(struct ipudpd_device *device)
{
	struct ipudpd_rule *rule;
	uint64_t number;

	ipudpd_idmap_for_each(&device->rules, number, rule, 0)
		ipudpd_rule_remove(device, rule);
}

void ipudpd_rules_rechoose(struct ipudpd_tunnel *tunnel)
{
	struct ipudpd_target *target;

	list_for_each_entry(target, &tunnel->targets, tunnel_node) {
		if (list_is_singular(&target->rule->targets))
			continue;
		rule_rechoose(tunnel->device, target->rule, true);
		ipudpd_event_choice(tunnel->device, target->rule);
	}
}
