// SPDX-License-Identifier: GPL-2.0-or-later
/* Self-test of choices, included at the end of choice.c. */

#include <linux/kernel.h>

#include "choice_vectors.h"

/**
 * struct choice_test - a rule as the vectors want it
 * @rule: without a prefix
 * @targets: those of @rule
 * @tunnels: one of each target
 */
struct choice_test {
	struct ipudp_rule rule;
	struct ipudp_target targets[CHOICE_TARGETS_MAX];
	struct ipudp_tunnel tunnels[CHOICE_TARGETS_MAX];
};

static void test_set(struct choice_test *test, const struct choice_set *set)
{
	unsigned int i;

	memset(test, 0, sizeof(*test));
	test->rule.action = IPUDP_ACTION_FORWARD;
	INIT_LIST_HEAD(&test->rule.targets);
	for (i = 0; i < set->n_targets; i++) {
		struct ipudp_target *target = &test->targets[i];

		target->tunnel = &test->tunnels[i];
		target->tunnel->told_idle = set->targets[i].idle;
		target->priority = set->targets[i].priority;
		target->weight = set->targets[i].weight;
		list_add_tail(&target->rule_node, &test->rule.targets);
	}
}

static int test_choice(struct choice_test *test, const struct choice_set *set)
{
	struct ipudp_choice *choice;
	unsigned int i, got = 0;

	test_set(test, set);
	choice = ipudp_choice_create(&test->rule);
	if (IS_ERR(choice))
		return PTR_ERR(choice);
	for (i = 0; i < CHOICE_FLOWS; i++) {
		got = pick(choice, choice_flows[i].hash) - test->tunnels;
		if (got != set->want[i])
			break;
	}
	kvfree(choice);
	if (i == CHOICE_FLOWS)
		return 0;
	pr_err("ipudp: self-test \"%s\", \"%s\": tunnel %u, not %u\n", set->what,
	       choice_flows[i].what, got, set->want[i]);
	return -EINVAL;
}

/* What tunnels answer that change their state all the time: a bit for each question. */
static unsigned long flipping;

static bool is_idle_flipping(const struct ipudp_tunnel *tunnel)
{
	bool idle = flipping & 1;

	flipping >>= 1;
	return idle;
}

/* Whatever the tunnels answer, and however often they are asked, somebody takes the traffic. */
static int test_flipping(struct choice_test *test, const struct choice_set *set)
{
	struct ipudp_choice *choice;
	unsigned long answers;
	int ret = 0;

	test_set(test, set);
	choice = ipudp_choice_create(&test->rule);
	if (IS_ERR(choice))
		return PTR_ERR(choice);
	for (answers = 0; answers < 1 << 2 * CHOICE_TARGETS_MAX && !ret; answers++) {
		flipping = answers;
		choice->n_active = 0;
		choice->total = 0;
		fill_active(choice, &test->rule, is_idle_flipping);
		if (!choice->n_active || choice->n_active > set->n_targets || !choice->total ||
		    choice->bounds[choice->n_active - 1] != choice->total) {
			pr_err("ipudp: self-test \"%s\", answers %#lx: %u active, of weight %u\n",
			       set->what, answers, choice->n_active, choice->total);
			ret = -EINVAL;
		}
	}
	kvfree(choice);
	return ret;
}

int ipudp_choice_selftest(void)
{
	struct choice_test *test = kzalloc(sizeof(*test), GFP_KERNEL);
	unsigned int i;
	int ret = 0;

	if (!test)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(choice_sets) && !ret; i++)
		ret = test_choice(test, &choice_sets[i]) ?: test_flipping(test, &choice_sets[i]);
	kfree(test);
	return ret;
}
