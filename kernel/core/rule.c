// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rules. A rule for a single address is found in a hash table, all others in a trie for each
 * family: most rules of a hub are of the first kind, and their number must cost packets nothing.
 *
 * What packets read of a rule's tunnels is its choice (choice.c), which is replaced whenever the
 * targets change or a tunnel becomes idle or comes back.
 */

#include "rule.h"

#include <linux/err.h>
#include <linux/jhash.h>
#include <linux/slab.h>
#include <linux/xarray.h>
#include <net/ipv6.h>
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
 * @addr: network byte order, 4 or 16 bytes
 */
struct host_key {
	u16 family;
	const __be32 *addr;
};

static u32 address_hash(u16 family, const __be32 *addr, u32 seed)
{
	if (family == AF_INET)
		return jhash_1word((__force u32)*addr, seed);
	return jhash2((const u32 *)addr, 4, seed);
}

static u32 host_key_hash(const void *data, u32 len, u32 seed)
{
	const struct host_key *key = data;

	return address_hash(key->family, key->addr, seed);
}

static u32 host_hash(const void *data, u32 len, u32 seed)
{
	const struct ipudp_rule *rule = data;

	return address_hash(rule->family, rule->prefix.words, seed);
}

static int host_compare(struct rhashtable_compare_arg *arg, const void *data)
{
	const struct host_key *key = arg->key;
	const struct ipudp_rule *rule = data;

	return rule->family != key->family || rule->prefix.v4 != key->addr[0] ||
	       (key->family == AF_INET6 &&
		!ipv6_addr_equal(&rule->prefix.v6, (const struct in6_addr *)key->addr));
}

static const struct rhashtable_params host_params = {
	.head_offset = offsetof(struct ipudp_rule, node),
	.key_len = sizeof(struct host_key),
	.hashfn = host_key_hash,
	.obj_hashfn = host_hash,
	.obj_cmpfn = host_compare,
	.automatic_shrinking = true,
};

static unsigned int family_index(u16 family)
{
	return family == AF_INET ? 0 : 1;
}

static bool is_host(u16 family, u8 len)
{
	return len == (family == AF_INET ? 32 : 128);
}

int ipudp_rules_init(struct ipudp_device *device)
{
	ipudp_trie_init(&device->tries[0], 32);
	ipudp_trie_init(&device->tries[1], 128);
	return rhashtable_init(&device->hosts, &host_params);
}

void ipudp_rules_done(struct ipudp_device *device)
{
	rhashtable_destroy(&device->hosts);
}

static struct ipudp_rule *host_lookup(const struct ipudp_device *device, u16 family,
				      const void *addr)
{
	struct host_key key = { .family = family, .addr = addr };

	return rhashtable_lookup((struct rhashtable *)&device->hosts, &key, host_params);
}

struct ipudp_rule *ipudp_rule_lookup(const struct ipudp_device *device, u8 family,
				     const void *addr)
{
	unsigned int index = family_index(family);
	struct ipudp_rule *rule;

	if (READ_ONCE(device->n_hosts[index])) {
		rule = host_lookup(device, family, addr);
		if (rule)
			return rule;
	}
	return ipudp_trie_lookup(&device->tries[index], addr);
}

bool ipudp_rule_allows(const struct ipudp_device *device, const struct ipudp_tunnel *tunnel,
		       u8 family, const void *source)
{
	const struct ipudp_rule *rule = ipudp_rule_lookup(device, family, source);
	const struct ipudp_choice *choice;

	if (!rule)
		return false;
	choice = rcu_dereference(rule->choice);
	return choice && ipudp_choice_has(choice, tunnel);
}

static struct ipudp_choice *choice_of(const struct ipudp_rule *rule)
{
	/* Every caller holds the lock of the home, which a rule does not know. */
	return rcu_dereference_protected(rule->choice, true);
}

static void choice_replace(struct ipudp_rule *rule, struct ipudp_choice *choice)
{
	struct ipudp_choice *old = choice_of(rule);

	rcu_assign_pointer(rule->choice, choice);
	if (old)
		kvfree_rcu(old, rcu);
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
	hlist_add_head(&target->tunnel_node, &target->tunnel->targets);
}

static void target_free(struct ipudp_target *target)
{
	list_del(&target->rule_node);
	hlist_del(&target->tunnel_node);
	kfree(target);
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
	struct hlist_node *of_tunnel = tunnel->targets.first;
	const struct list_head *of_rule = rule->targets.next;

	while (of_tunnel && of_rule != &rule->targets) {
		struct ipudp_target *target;

		target = hlist_entry(of_tunnel, struct ipudp_target, tunnel_node);
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
	u32 i;

	for (i = 0; i < config->n_targets; i++) {
		target = target_find(rule, ipudp_tunnel_lookup(device,
							       config->targets[i].tunnel));
		if (target)
			target_free(target);
	}
}

/* Make targets for @rule, which they are not yet in. On failure nothing is left. */
static int targets_create(const struct ipudp_device *device, struct ipudp_rule *rule,
			  const struct ipudp_rule_config *config, struct netlink_ext_ack *extack)
{
	u32 i;

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
		target = kmalloc(sizeof(*target), GFP_KERNEL_ACCOUNT);
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

static void rule_free(struct rcu_head *rcu)
{
	struct ipudp_rule *rule = container_of(rcu, struct ipudp_rule, rcu);

	kfree(rule);
}

static struct ipudp_rule *rule_create(const struct ipudp_device *device,
				      const struct ipudp_rule_config *config,
				      struct netlink_ext_ack *extack)
{
	struct ipudp_choice *choice;
	struct ipudp_rule *rule;
	int ret;

	rule = kzalloc(sizeof(*rule), GFP_KERNEL_ACCOUNT);
	if (!rule)
		return ERR_PTR(-ENOMEM);
	rule->prefix = config->prefix;
	rule->family = config->family;
	rule->len = config->len;
	rule->action = config->action;
	INIT_LIST_HEAD(&rule->targets);
	ret = targets_create(device, rule, config, extack);
	if (ret)
		goto err_free;
	choice = ipudp_choice_create(rule);
	if (IS_ERR(choice)) {
		ret = PTR_ERR(choice);
		goto err_targets;
	}
	RCU_INIT_POINTER(rule->choice, choice);
	return rule;

err_targets:
	targets_free(&rule->targets);
err_free:
	kfree(rule);
	return ERR_PTR(ret);
}

/* Free a rule that packets may still see. */
static void rule_destroy(struct ipudp_rule *rule)
{
	targets_free(&rule->targets);
	choice_replace(rule, NULL);
	call_rcu(&rule->rcu, rule_free);
}

struct ipudp_rule *ipudp_rule_find(const struct ipudp_device *device, u16 family,
				   const union ipudp_ip *prefix, u8 len)
{
	unsigned int index = family_index(family);
	struct ipudp_rule *rule;

	lockdep_assert_held(&device->home->lock);
	if (!is_host(family, len))
		return ipudp_trie_find(&device->tries[index], prefix, len, &device->home->lock);
	rcu_read_lock();
	rule = host_lookup(device, family, prefix);
	rcu_read_unlock();
	/* The lock keeps it. */
	return rule;
}

/* Put a new rule into the tables, in the place of @old if there is one. */
static int rule_enter(struct ipudp_device *device, struct ipudp_rule *rule, struct ipudp_rule *old)
{
	unsigned int index = family_index(rule->family);
	struct ipudp_trie *trie = &device->tries[index];
	struct mutex *lock = &device->home->lock;
	int ret;

	if (is_host(rule->family, rule->len)) {
		if (old)
			return rhashtable_replace_fast(&device->hosts, &old->node, &rule->node,
						       host_params);
		ret = rhashtable_insert_fast(&device->hosts, &rule->node, host_params);
		if (!ret)
			WRITE_ONCE(device->n_hosts[index], device->n_hosts[index] + 1);
		return ret;
	}
	if (old)
		return ipudp_trie_replace(trie, &rule->prefix, rule->len, rule, lock);
	return ipudp_trie_insert(trie, &rule->prefix, rule->len, rule, lock);
}

static int rule_insert(struct ipudp_device *device, struct ipudp_rule *rule)
{
	int ret;

	ret = xa_alloc_cyclic(&device->rules, &rule->number, rule, xa_limit_32b,
			      &device->next_rule, GFP_KERNEL);
	if (ret < 0)
		return ret;
	ret = rule_enter(device, rule, NULL);
	if (ret) {
		xa_erase(&device->rules, rule->number);
		return ret;
	}
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
	xa_store(&device->rules, rule->number, rule, GFP_KERNEL);
	rule_destroy(old);
	return 0;
}

static u32 targets_count(const struct ipudp_rule *rule)
{
	const struct ipudp_target *target;
	u32 n = 0;

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
		hlist_del(&target->tunnel_node);
		target_link(rule, target);
	}
	choice = ipudp_choice_create(rule);
	if (IS_ERR(choice)) {
		targets_take(device, rule, config);
		return PTR_ERR(choice);
	}
	choice_replace(rule, choice);
	return 0;
}

int ipudp_rule_add(struct ipudp_device *device, const struct ipudp_rule_config *config,
		   enum ipudp_exists exists, struct netlink_ext_ack *extack)
{
	struct ipudp_rule *old, *rule;
	u8 event = IPUDP_CMD_RULE_CHANGE_NTF;
	int ret;

	lockdep_assert_held(&device->home->lock);
	old = ipudp_rule_find(device, config->family, &config->prefix, config->len);
	if (old && exists == IPUDP_EXISTS_REFUSE) {
		ipudp_refuse(extack, PREFIX_TAKEN);
		return -EEXIST;
	}
	if (old && exists == IPUDP_EXISTS_APPEND && old->action != config->action) {
		ipudp_refuse(extack, RULE_ACTION_OTHER);
		return -EEXIST;
	}
	rule = rule_create(device, config, extack);
	if (IS_ERR(rule))
		return PTR_ERR(rule);
	if (old && exists == IPUDP_EXISTS_APPEND) {
		ret = rule_extend(device, old, rule, config, extack);
		rule_destroy(rule);
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
		rule_destroy(rule);
	return ret;
}

void ipudp_rule_remove(struct ipudp_device *device, struct ipudp_rule *rule)
{
	unsigned int index = family_index(rule->family);

	lockdep_assert_held(&device->home->lock);
	if (is_host(rule->family, rule->len)) {
		rhashtable_remove_fast(&device->hosts, &rule->node, host_params);
		WRITE_ONCE(device->n_hosts[index], device->n_hosts[index] - 1);
	} else {
		ipudp_trie_remove(&device->tries[index], &rule->prefix, rule->len,
				  &device->home->lock);
	}
	xa_erase(&device->rules, rule->number);
	device->n_rules--;
	ipudp_event_rule(device, rule, IPUDP_CMD_RULE_DEL_NTF);
	rule_destroy(rule);
}

/*
 * Choose anew. Without memory, the old choice may stay only while all its tunnels do; else the
 * rule is left without one, and drops, until the next change.
 */
static void rule_rechoose(struct ipudp_rule *rule, bool members_same)
{
	struct ipudp_choice *choice = ipudp_choice_create(rule);

	if (!IS_ERR(choice))
		choice_replace(rule, choice);
	else if (!members_same)
		choice_replace(rule, NULL);
}

int ipudp_rule_reduce(struct ipudp_device *device, struct ipudp_rule *rule,
		      const struct ipudp_rule_config *config, struct netlink_ext_ack *extack)
{
	struct ipudp_tunnel *tunnel;
	u32 i;

	lockdep_assert_held(&device->home->lock);
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
	rule_rechoose(rule, false);
	ipudp_event_rule(device, rule, IPUDP_CMD_RULE_CHANGE_NTF);
	return 0;
}

void ipudp_rules_forget(struct ipudp_tunnel *tunnel)
{
	struct ipudp_device *device = tunnel->device;
	struct ipudp_target *target;
	struct hlist_node *next;

	hlist_for_each_entry_safe(target, next, &tunnel->targets, tunnel_node) {
		struct ipudp_rule *rule = target->rule;

		if (list_is_singular(&rule->targets)) {
			ipudp_rule_remove(device, rule);
			continue;
		}
		target_free(target);
		rule_rechoose(rule, false);
		ipudp_event_rule(device, rule, IPUDP_CMD_RULE_CHANGE_NTF);
	}
}

void ipudp_rules_flush(struct ipudp_device *device)
{
	struct ipudp_rule *rule;
	unsigned long number;

	xa_for_each(&device->rules, number, rule)
		ipudp_rule_remove(device, rule);
}

void ipudp_rules_rechoose(struct ipudp_tunnel *tunnel)
{
	struct ipudp_target *target;

	lockdep_assert_held(&tunnel->device->home->lock);
	hlist_for_each_entry(target, &tunnel->targets, tunnel_node) {
		if (list_is_singular(&target->rule->targets))
			continue;
		rule_rechoose(target->rule, true);
		ipudp_event_choice(tunnel->device, target->rule);
	}
}
