// SPDX-License-Identifier: GPL-2.0-or-later
/* Choosing among a rule's tunnels, by priority, idleness, weight and flow. */

#include "choice.h"

#include <errno.h>
#include <stdlib.h>

#include "kernel/core/flow.h"
#include "packet.h"
#include "rule.h"
#include "tunnel.h"

struct ipudp_tunnel *ipudp_choice_pick(const struct ipudp_choice *choice,
				       const struct ipudp_packet *packet)
{
	uint32_t low = 0, high = choice->n_active - 1, point;

	if (!high)
		return choice->active[0];
	/* The active tunnel in whose share of the weights the flow's hash falls. */
	point = ipudp_flow_scale(ipudp_packet_hash(packet), choice->total);
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (point < choice->bounds[middle])
			high = middle;
		else
			low = middle + 1;
	}
	return choice->active[low];
}

static int compare_addresses(const void *a, const void *b)
{
	uintptr_t x = *(const uintptr_t *)a, y = *(const uintptr_t *)b;

	return x < y ? -1 : x > y;
}

bool ipudp_choice_has(const struct ipudp_choice *choice, const struct ipudp_tunnel *tunnel)
{
	if (choice->n_members == 1)
		return choice->tunnels[0] == tunnel;
	return bsearch(&tunnel, choice->tunnels, choice->n_members, sizeof(choice->tunnels[0]),
		       compare_addresses);
}

/* What the rest of the configuration goes by, too; not the bit, which changes at any time. */
static bool is_idle(const struct ipudp_target *target)
{
	return target->tunnel->told_idle;
}

static void fill_active(struct ipudp_choice *choice, const struct ipudp_rule *rule)
{
	const struct ipudp_target *target;
	bool all_idle = true;
	uint32_t priority;

	priority = list_first_entry(&rule->targets, struct ipudp_target, rule_node)->priority;
	list_for_each_entry(target, &rule->targets, rule_node) {
		if (is_idle(target))
			continue;
		priority = target->priority;
		all_idle = false;
		break;
	}
	list_for_each_entry(target, &rule->targets, rule_node) {
		if (rule->action != IPUDP_ACTION_FLOOD &&
		    (target->priority != priority || (!all_idle && is_idle(target))))
			continue;
		choice->active[choice->n_active] = target->tunnel;
		choice->total += target->weight;
		choice->bounds[choice->n_active++] = choice->total;
	}
}

int ipudp_choice_create(const struct ipudp_rule *rule, struct ipudp_choice **ret)
{
	const struct ipudp_target *target;
	struct ipudp_choice *choice;
	size_t n = 0;

	list_for_each_entry(target, &rule->targets, rule_node)
		n++;
	*ret = NULL;
	if (!n)
		return 0;
	choice = calloc(1, sizeof(*choice) +
				   n * (2 * sizeof(choice->active[0]) + sizeof(choice->bounds[0])));
	if (!choice)
		return -ENOMEM;
	choice->active = choice->tunnels + n;
	choice->bounds = (uint32_t *)(choice->active + n);
	list_for_each_entry(target, &rule->targets, rule_node)
		choice->tunnels[choice->n_members++] = target->tunnel;
	qsort(choice->tunnels, n, sizeof(choice->tunnels[0]), compare_addresses);
	fill_active(choice, rule);
	*ret = choice;
	return 0;
}

void ipudp_choice_free(struct ipudp_rcu_head *head)
{
	free(container_of(head, struct ipudp_choice, rcu));
}
