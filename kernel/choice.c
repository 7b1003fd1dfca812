// SPDX-License-Identifier: GPL-2.0-only
/* Choosing among a rule's tunnels, by priority, idleness, weight and flow. */

#include "choice.h"

#include <linux/bsearch.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "rule.h"
#include "tunnel.h"

struct ipudp_tunnel *ipudp_choice_pick(const struct ipudp_choice *choice, struct sk_buff *skb)
{
	u32 low = 0, high = choice->n_active - 1, point;

	if (!high)
		return choice->active[0];
	/* The active tunnel in whose share of the weights the flow's hash falls. */
	point = reciprocal_scale(skb_get_hash(skb), choice->total);
	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (point < choice->bounds[middle])
			high = middle;
		else
			low = middle + 1;
	}
	return choice->active[low];
}

static int compare_addresses(const void *a, const void *b)
{
	unsigned long x = *(const unsigned long *)a, y = *(const unsigned long *)b;

	return x < y ? -1 : x > y;
}

bool ipudp_choice_has(const struct ipudp_choice *choice, const struct ipudp_tunnel *tunnel)
{
	if (choice->n_members == 1)
		return choice->tunnels[0] == tunnel;
	return bsearch(&tunnel, choice->tunnels, choice->n_members, sizeof(tunnel),
		       compare_addresses);
}

/* Whether a target takes traffic, when @priority is the best with a tunnel that is not idle. */
static bool target_active(const struct ipudp_target *target, u32 priority, bool all_idle)
{
	return target->priority == priority &&
	       (all_idle || !test_bit(IPUDP_TUNNEL_IDLE, &target->tunnel->flags));
}

static void fill_active(struct ipudp_choice *choice, const struct ipudp_rule *rule)
{
	const struct ipudp_target *target;
	bool all_idle = true;
	u32 priority;

	priority = list_first_entry(&rule->targets, struct ipudp_target, rule_node)->priority;
	list_for_each_entry(target, &rule->targets, rule_node) {
		if (test_bit(IPUDP_TUNNEL_IDLE, &target->tunnel->flags))
			continue;
		priority = target->priority;
		all_idle = false;
		break;
	}
	list_for_each_entry(target, &rule->targets, rule_node) {
		if (rule->action != IPUDP_ACTION_FLOOD &&
		    !target_active(target, priority, all_idle))
			continue;
		choice->active[choice->n_active] = target->tunnel;
		choice->total += target->weight;
		choice->bounds[choice->n_active++] = choice->total;
	}
}

struct ipudp_choice *ipudp_choice_create(const struct ipudp_rule *rule)
{
	const struct ipudp_target *target;
	struct ipudp_choice *choice;
	u32 n = 0, arrays;

	list_for_each_entry(target, &rule->targets, rule_node)
		n++;
	if (!n)
		return NULL;
	/* A single one is active, too. Most rules are so; this makes them fit 64 bytes. */
	arrays = n == 1 ? 1 : 2;
	choice = kvzalloc(sizeof(*choice) + n * (arrays * sizeof(choice->active[0]) +
						 sizeof(choice->bounds[0])),
			  GFP_KERNEL_ACCOUNT);
	if (!choice)
		return ERR_PTR(-ENOMEM);
	choice->active = choice->tunnels + (arrays - 1) * n;
	choice->bounds = (u32 *)(choice->active + n);
	list_for_each_entry(target, &rule->targets, rule_node)
		choice->tunnels[choice->n_members++] = target->tunnel;
	sort(choice->tunnels, n, sizeof(choice->tunnels[0]), compare_addresses, NULL);
	fill_active(choice, rule);
	return choice;
}
