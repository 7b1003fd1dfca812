// SPDX-License-Identifier: GPL-2.0-or-later
/* Choosing among a rule's tunnels, by priority, idleness, weight and flow. */

#include "choice.h"

#include <linux/bsearch.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "flow.h"
#include "packet.h"
#include "rule.h"
#include "tunnel.h"

static struct ipudp_tunnel *pick(const struct ipudp_choice *choice, u32 hash)
{
	u32 low = 0, high = choice->n_active - 1, point;

	/* The active tunnel in whose share of the weights the flow's hash falls. */
	point = ipudp_flow_scale(hash, choice->total);
	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (point < choice->bounds[middle])
			high = middle;
		else
			low = middle + 1;
	}
	return choice->active[low];
}

struct ipudp_tunnel *ipudp_choice_pick(const struct ipudp_choice *choice,
				       const struct ipudp_packet *packet)
{
	if (choice->n_active == 1)
		return choice->active[0];
	return pick(choice, ipudp_packet_hash(packet));
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

static void activate(struct ipudp_choice *choice, const struct ipudp_target *target)
{
	choice->active[choice->n_active] = target->tunnel;
	choice->total += target->weight;
	choice->bounds[choice->n_active++] = choice->total;
}

static void fill_flood(struct ipudp_choice *choice, const struct ipudp_rule *rule)
{
	const struct ipudp_target *target;

	list_for_each_entry(target, &rule->targets, rule_node)
		activate(choice, target);
}

/* What the rest of the configuration goes by, too; not the bit, which changes at any time. */
static bool is_idle(const struct ipudp_tunnel *tunnel)
{
	return tunnel->told_idle;
}

/*
 * One walk, which asks each tunnel once: an answer that changed between two walks could leave none
 * active, and packets rely on one. Until a tunnel is found that is not idle, the idle ones of the
 * best priority stand in.
 */
static void fill_active(struct ipudp_choice *choice, const struct ipudp_rule *rule,
			bool (*idle)(const struct ipudp_tunnel *))
{
	const struct ipudp_target *target;
	bool all_idle = true;
	u32 priority;

	priority = list_first_entry(&rule->targets, struct ipudp_target, rule_node)->priority;
	list_for_each_entry(target, &rule->targets, rule_node) {
		if (!all_idle && target->priority != priority)
			break;
		if (!idle(target->tunnel)) {
			if (all_idle) {
				all_idle = false;
				priority = target->priority;
				choice->n_active = 0;
				choice->total = 0;
			}
			activate(choice, target);
		} else if (all_idle && target->priority == priority) {
			activate(choice, target);
		}
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
	if (rule->action == IPUDP_ACTION_FLOOD)
		fill_flood(choice, rule);
	else
		fill_active(choice, rule, is_idle);
	return choice;
}

#ifdef CONFIG_IPUDP_SELFTEST
#include "selftest/choice.c"
#endif
