/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules: what happens to packets for an inner prefix. */
#ifndef _IPUDP_RULE_H
#define _IPUDP_RULE_H

#include <linux/list.h>
#include <linux/rhashtable.h>

#include <uapi/linux/ipudp.h>

#include "addr.h"

struct ipudp_choice;
struct ipudp_device;
struct ipudp_rule;
struct ipudp_tunnel;
struct netlink_ext_ack;
struct nlattr;

/**
 * struct ipudp_target - one tunnel of a rule
 * @tunnel: the tunnel
 * @rule: the rule
 * @rule_node: in rule->targets, by priority
 * @tunnel_node: in tunnel->targets
 * @priority: lower is preferred
 * @weight: share of the flows
 */
struct ipudp_target {
	struct ipudp_tunnel *tunnel;
	struct ipudp_rule *rule;
	struct list_head rule_node;
	struct hlist_node tunnel_node;
	u32 priority;
	u16 weight;
};

/**
 * struct ipudp_rule - what happens to packets for an inner prefix
 * @node: in device->hosts, if it is for a single address
 * @prefix: network byte order, bits beyond @len are 0
 * @len: 0 to 32 or 128
 * @family: AF_INET or AF_INET6
 * @action: enum ipudp_action
 * @choice: the tunnels, NULL if it has none
 * @number: key in device->rules
 * @targets: the tunnels as configured, best priority first; under home->lock
 * @rcu: frees it
 */
struct ipudp_rule {
	struct rhash_head node;
	union ipudp_ip prefix;
	u16 family;
	u8 len;
	u8 action;
	u32 number;
	struct ipudp_choice __rcu *choice;
	struct list_head targets;
	struct rcu_head rcu;
};

/**
 * struct ipudp_rule_target - a target as user space names it
 * @tunnel: tunnel id
 * @priority: lower is preferred
 * @weight: 1 to 65535
 * @attr: what it was read from, to be blamed
 */
struct ipudp_rule_target {
	u32 tunnel;
	u32 priority;
	u16 weight;
	const struct nlattr *attr;
};

/**
 * struct ipudp_rule_config - a rule as user space wants it
 * @prefix: see struct ipudp_rule
 * @family: see struct ipudp_rule
 * @len: see struct ipudp_rule
 * @action: see struct ipudp_rule
 * @targets: array, owned by the caller
 * @n_targets: its members
 */
struct ipudp_rule_config {
	union ipudp_ip prefix;
	u16 family;
	u8 len;
	u8 action;
	const struct ipudp_rule_target *targets;
	u32 n_targets;
};

/** ipudp_rules_init() - set up a device's tables */
int ipudp_rules_init(struct ipudp_device *device);

/** ipudp_rules_done() - tear them down; they are empty by then */
void ipudp_rules_done(struct ipudp_device *device);

/**
 * ipudp_rule_lookup() - the longest rule that covers an address
 * @family: AF_INET or AF_INET6
 * @addr: network byte order, aligned to 4
 *
 * Context: under RCU. Return: valid as long; NULL if there is none.
 */
struct ipudp_rule *ipudp_rule_lookup(const struct ipudp_device *device, u8 family,
				     const void *addr);

/**
 * ipudp_rule_allows() - whether the longest rule for an inner source names a tunnel
 * @family: AF_INET or AF_INET6
 * @source: network byte order, aligned to 4
 *
 * Context: under RCU.
 */
bool ipudp_rule_allows(const struct ipudp_device *device, const struct ipudp_tunnel *tunnel,
		       u8 family, const void *source);

/** ipudp_rule_find() - the rule of exactly this prefix, NULL if none; under home->lock */
struct ipudp_rule *ipudp_rule_find(const struct ipudp_device *device, u16 family,
				   const union ipudp_ip *prefix, u8 len);

/**
 * ipudp_rule_add() - add a rule, or change the one of its prefix
 * @exists: what to do if its prefix has one
 *
 * Context: process, under home->lock. Return: 0, or a negative errno with a sentence in @extack;
 * then nothing was changed.
 */
int ipudp_rule_add(struct ipudp_device *device, const struct ipudp_rule_config *config,
		   enum ipudp_exists exists, struct netlink_ext_ack *extack);

/** ipudp_rule_remove() - take a rule out; under home->lock */
void ipudp_rule_remove(struct ipudp_device *device, struct ipudp_rule *rule);

/**
 * ipudp_rule_reduce() - take targets from a rule; without any left, the rule goes
 * @config: its targets name the tunnels
 *
 * Context: process, under home->lock. Return: 0, -ENOENT if the rule does not have one of them,
 * or -ENOMEM; then nothing was changed.
 */
int ipudp_rule_reduce(struct ipudp_device *device, struct ipudp_rule *rule,
		      const struct ipudp_rule_config *config, struct netlink_ext_ack *extack);

/** ipudp_rules_forget() - take a tunnel out of all rules; under home->lock */
void ipudp_rules_forget(struct ipudp_tunnel *tunnel);

/** ipudp_rules_flush() - take all rules out; under home->lock */
void ipudp_rules_flush(struct ipudp_device *device);

/** ipudp_rules_rechoose() - a tunnel became idle or came back; under home->lock */
void ipudp_rules_rechoose(struct ipudp_tunnel *tunnel);

#endif
