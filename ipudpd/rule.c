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
	union ipudp_ip addr;
};

static bool host_equal(const struct ipudp_table_node *node, const void *data)
{
	const struct ipudp_rule *rule = container_of(node, struct ipudp_rule, node);
	const struct host_key *key = data;

	return rule->family == key->family && ipudp_ip_equal(&rule->prefix, &key->addr);
}

static unsigned int family_index(uint16_t family)
{
	return family == AF_INET ? 0 : 1;
}

static bool is_host(uint16_t family, uint8_t len)
{
	return len == (family == AF_INET ? 32 : 128);
}

int ipudp_rules_init(struct ipudp_device *device)
{
	ipudp_trie_init(&device->tries[0], 32);
	ipudp_trie_init(&device->tries[1], 128);
	return ipudp_table_init(&device->hosts, &device->home->rcu);
}

void ipudp_rules_done(struct ipudp_device *device)
{
	ipudp_table_done(&device->hosts);
}

static struct ipudp_rule *host_lookup(const struct ipudp_device *device, uint16_t family,
				      const union ipudp_ip *addr)
{
	struct host_key key = { .family = family, .addr = *addr };
	struct ipudp_table_node *node;

	node = ipudp_table_lookup(&device->hosts,
				  ipudp_table_hash(&device->hosts, &key, sizeof(key)), host_equal,
				  &key);
	return node ? container_of(node, struct ipudp_rule, node) : NULL;
}

struct ipudp_rule *ipudp_rule_lookup(const struct ipudp_device *device, uint16_t family,
				     const union ipudp_ip *addr)
{
	unsigned int index = family_index(family);
	struct ipudp_rule *rule;

	if (ipudp_read(device->n_hosts[index])) {
		rule = host_lookup(device, family, addr);
		if (rule)
			return rule;
	}
	return ipudp_trie_lookup(&device->tries[index], addr);
}

static void choice_replace(const struct ipudp_device *device, struct ipudp_rule *rule,
			   struct ipudp_choice *choice)
{
	struct ipudp_choice *old = rule->choice;

	ipudp_rcu_store(rule->choice, choice);
	if (old)
		ipudp_rcu_call(&device->home->rcu, &old->rcu, ipudp_choice_free);
}

static void target_link(struct ipudp_rule *rule, struct ipudp_target *target)
{
	struct list_head *after = rule->targets.prev;

	/* Mostly all have one priority, so that this looks at one. */
	while (after != &rule->targets &&
	       list_entry(after, struct ipudp_target, rule_node)->priority > target->priority)
		after = after->prev;
	list_add(&target->rule_node, after);
	target->rule = rule;
	list_add(&target->tunnel_node, &target->tunnel->targets);
}

static void target_free(struct ipudp_target *target)
{
	list_del(&target->rule_node);
	list_del(&target->tunnel_node);
	free(target);
}

static void targets_free(struct list_head *targets)
{
	struct ipudp_target *target, *next;

	list_for_each_entry_safe(target, next, targets, rule_node)
		target_free(target);
}

/*
 * The target of a rule that names a tunnel, NULL if none. A rule may have thousands of tunnels and
 * a tunnel a million rules, so both lists are walked together, to the end of the shorter.
 */
static struct ipudp_target *target_find(const struct ipudp_rule *rule,
					const struct ipudp_tunnel *tunnel)
{
	const struct list_head *of_tunnel = tunnel->targets.next;
	const struct list_head *of_rule = rule->targets.next;

	while (of_tunnel != &tunnel->targets && of_rule != &rule->targets) {
		struct ipudp_target *target;

		target = list_entry(of_tunnel, struct ipudp_target, tunnel_node);
		if (target->rule == rule)
			return target;
		target = list_entry(of_rule, struct ipudp_target, rule_node);
		if (target->tunnel == tunnel)
			return target;
		of_tunnel = of_tunnel->next;
		of_rule = of_rule->next;
	}
	return NULL;
}

/* Take from a rule the targets that @config names, as far as it has them. */
static void targets_take(const struct ipudp_device *device, struct ipudp_rule *rule,
			 const struct ipudp_rule_config *config)
{
	struct ipudp_target *target;
	uint32_t i;

	for (i = 0; i < config->n_targets; i++) {
		target = target_find(rule, ipudp_tunnel_lookup(device, config->targets[i].tunnel));
		if (target)
			target_free(target);
	}
}

/* Make targets for @rule, which they are not yet in. On failure nothing is left. */
static int targets_create(const struct ipudp_device *device, struct ipudp_rule *rule,
			  const struct ipudp_rule_config *config, struct netlink_ext_ack *extack)
{
	uint32_t i;

	for (i = 0; i < config->n_targets; i++) {
		const struct ipudp_rule_target *wish = &config->targets[i];
		struct ipudp_tunnel *tunnel = ipudp_tunnel_lookup(device, wish->tunnel);
		struct ipudp_target *target;

		if (!tunnel) {
			ipudp_refuse_attr(extack, IPUDP_REFUSAL_TUNNEL_UNKNOWN, wish->attr);
			targets_free(&rule->targets);
			return -ENOENT;
		}
		if (target_find(rule, tunnel)) {
			ipudp_refuse_attr(extack, IPUDP_REFUSAL_TARGET_TWICE, wish->attr);
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

static void rule_free(struct ipudp_rcu_head *head)
{
	free(container_of(head, struct ipudp_rule, rcu));
}

static int rule_create(const struct ipudp_device *device, const struct ipudp_rule_config *config,
		       struct netlink_ext_ack *extack, struct ipudp_rule **ret_rule)
{
	struct host_key key = { .family = config->family, .addr = config->prefix };
	struct ipudp_rule *rule;
	int ret;

	rule = calloc(1, sizeof(*rule));
	if (!rule)
		return -ENOMEM;
	rule->prefix = config->prefix;
	rule->family = config->family;
	rule->len = config->len;
	rule->action = config->action;
	rule->node.hash = ipudp_table_hash(&device->hosts, &key, sizeof(key));
	list_init(&rule->targets);
	ret = targets_create(device, rule, config, extack);
	if (!ret)
		ret = ipudp_choice_create(rule, &rule->choice);
	if (ret) {
		targets_free(&rule->targets);
		free(rule);
		return ret;
	}
	*ret_rule = rule;
	return 0;
}

/* Free a rule that packets may still see. */
static void rule_destroy(const struct ipudp_device *device, struct ipudp_rule *rule)
{
	targets_free(&rule->targets);
	choice_replace(device, rule, NULL);
	ipudp_rcu_call(&device->home->rcu, &rule->rcu, rule_free);
}

struct ipudp_rule *ipudp_rule_find(const struct ipudp_device *device, uint16_t family,
				   const union ipudp_ip *prefix, uint8_t len)
{
	if (!is_host(family, len))
		return ipudp_trie_find(&device->tries[family_index(family)], prefix, len,
				       &device->home->lock);
	return host_lookup(device, family, prefix);
}

/* Put a new rule into the tables, in the place of @old if there is one. */
static int rule_enter(struct ipudp_device *device, struct ipudp_rule *rule, struct ipudp_rule *old)
{
	unsigned int index = family_index(rule->family);
	struct ipudp_trie *trie = &device->tries[index];
	struct mutex *lock = &device->home->lock;

	if (!is_host(rule->family, rule->len)) {
		if (old)
			return ipudp_trie_replace(trie, &rule->prefix, rule->len, rule, lock);
		return ipudp_trie_insert(trie, &rule->prefix, rule->len, rule, lock);
	}
	if (old) {
		ipudp_table_replace(&device->hosts, &old->node, &rule->node);
		return 0;
	}
	ipudp_table_insert(&device->hosts, &rule->node);
	ipudp_write(device->n_hosts[index], device->n_hosts[index] + 1);
	return 0;
}

static int rule_insert(struct ipudp_device *device, struct ipudp_rule *rule)
{
	int ret;

	/* Numbers only order dumps: a new rule comes behind all that are listed already. */
	while (ipudp_idmap_load(&device->rules, device->next_rule))
		device->next_rule++;
	rule->number = device->next_rule;
	ret = ipudp_idmap_store(&device->rules, rule->number, rule);
	if (ret)
		return ret;
	ret = rule_enter(device, rule, NULL);
	if (ret) {
		ipudp_idmap_erase(&device->rules, rule->number);
		return ret;
	}
	device->next_rule++;
	device->n_rules++;
	return 0;
}

static int rule_replace(struct ipudp_device *device, struct ipudp_rule *rule,
			struct ipudp_rule *old)
{
	int ret;

	rule->number = old->number;
	ret = rule_enter(device, rule, old);
	if (ret)
		return ret;
	/* The entry exists, so that storing needs no memory. */
	ipudp_idmap_store(&device->rules, rule->number, rule);
	rule_destroy(device, old);
	return 0;
}

static uint32_t targets_count(const struct ipudp_rule *rule)
{
	const struct ipudp_target *target;
	uint32_t n = 0;

	list_for_each_entry(target, &rule->targets, rule_node)
		n++;
	return n;
}

/* Move the targets of @from, made from @config, to @rule. */
static int rule_extend(const struct ipudp_device *device, struct ipudp_rule *rule,
		       struct ipudp_rule *from, const struct ipudp_rule_config *config,
		       struct netlink_ext_ack *extack)
{
	struct ipudp_target *target, *next;
	struct ipudp_choice *choice;
	int ret;

	if (targets_count(rule) + targets_count(from) > IPUDP_TARGETS_MAX) {
		ipudp_refuse(extack, TARGETS_MANY);
		return -E2BIG;
	}
	list_for_each_entry(target, &from->targets, rule_node) {
		if (target_find(rule, target->tunnel)) {
			ipudp_refuse(extack, TARGET_TAKEN);
			return -EEXIST;
		}
	}
	list_for_each_entry_safe(target, next, &from->targets, rule_node) {
		list_del(&target->rule_node);
		list_del(&target->tunnel_node);
		target_link(rule, target);
	}
	ret = ipudp_choice_create(rule, &choice);
	if (ret) {
		targets_take(device, rule, config);
		return ret;
	}
	choice_replace(device, rule, choice);
	return 0;
}

int ipudp_rule_add(struct ipudp_device *device, const struct ipudp_rule_config *config,
		   enum ipudp_exists exists, struct netlink_ext_ack *extack)
{
	struct ipudp_rule *old, *rule;
	uint8_t event = IPUDP_CMD_RULE_CHANGE_NTF;
	int ret;

	old = ipudp_rule_find(device, config->family, &config->prefix, config->len);
	if (old && exists == IPUDP_EXISTS_REFUSE) {
		ipudp_refuse(extack, PREFIX_TAKEN);
		return -EEXIST;
	}
	if (old && exists == IPUDP_EXISTS_APPEND && old->action != config->action) {
		ipudp_refuse(extack, RULE_ACTION_OTHER);
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
		ipudp_event_rule(device, rule, event);
	else if (rule != old)
		rule_destroy(device, rule);
	return ret;
}

void ipudp_rule_remove(struct ipudp_device *device, struct ipudp_rule *rule)
{
	unsigned int index = family_index(rule->family);

	if (is_host(rule->family, rule->len)) {
		ipudp_table_remove(&device->hosts, &rule->node);
		ipudp_write(device->n_hosts[index], device->n_hosts[index] - 1);
	} else {
		ipudp_trie_remove(&device->tries[index], &rule->prefix, rule->len,
				  &device->home->lock);
	}
	ipudp_idmap_erase(&device->rules, rule->number);
	device->n_rules--;
	ipudp_event_rule(device, rule, IPUDP_CMD_RULE_DEL_NTF);
	rule_destroy(device, rule);
}

/*
 * Choose anew. Without memory, the old choice may stay only while all its tunnels do; else the
 * rule is left without one, and drops, until the next change.
 */
static void rule_rechoose(const struct ipudp_device *device, struct ipudp_rule *rule,
			  bool members_same)
{
	struct ipudp_choice *choice;

	if (!ipudp_choice_create(rule, &choice))
		choice_replace(device, rule, choice);
	else if (!members_same)
		choice_replace(device, rule, NULL);
}

int ipudp_rule_reduce(struct ipudp_device *device, struct ipudp_rule *rule,
		      const struct ipudp_rule_config *config, struct netlink_ext_ack *extack)
{
	struct ipudp_tunnel *tunnel;
	uint32_t i;

	for (i = 0; i < config->n_targets; i++) {
		tunnel = ipudp_tunnel_lookup(device, config->targets[i].tunnel);
		if (!tunnel || !target_find(rule, tunnel)) {
			ipudp_refuse_attr(extack, IPUDP_REFUSAL_TARGET_ABSENT,
					  config->targets[i].attr);
			return -ENOENT;
		}
	}
	targets_take(device, rule, config);
	if (list_empty(&rule->targets)) {
		ipudp_rule_remove(device, rule);
		return 0;
	}
	rule_rechoose(device, rule, false);
	ipudp_event_rule(device, rule, IPUDP_CMD_RULE_CHANGE_NTF);
	return 0;
}

void ipudp_rules_forget(struct ipudp_tunnel *tunnel)
{
	struct ipudp_device *device = tunnel->device;
	struct ipudp_target *target, *next;

	list_for_each_entry_safe(target, next, &tunnel->targets, tunnel_node) {
		struct ipudp_rule *rule = target->rule;

		if (list_is_singular(&rule->targets)) {
			ipudp_rule_remove(device, rule);
			continue;
		}
		target_free(target);
		rule_rechoose(device, rule, false);
		ipudp_event_rule(device, rule, IPUDP_CMD_RULE_CHANGE_NTF);
	}
}

void ipudp_rules_flush(struct ipudp_device *device)
{
	struct ipudp_rule *rule;
	uint64_t number;

	ipudp_idmap_for_each(&device->rules, number, rule, 0)
		ipudp_rule_remove(device, rule);
}

void ipudp_rules_rechoose(struct ipudp_tunnel *tunnel)
{
	struct ipudp_target *target;

	list_for_each_entry(target, &tunnel->targets, tunnel_node) {
		if (list_is_singular(&target->rule->targets))
			continue;
		rule_rechoose(tunnel->device, target->rule, true);
		ipudp_event_choice(tunnel->device, target->rule);
	}
}
