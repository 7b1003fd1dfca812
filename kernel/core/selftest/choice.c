// SPDX-License-Identifier: GPL-2.0-or-later
/* Self-test of the hash of flows and of choices, included at the end of choice.c. */

#include <linux/module.h>

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

/* A packet, of which all that may be is in pages if @paged. */
static struct sk_buff *test_packet(const struct choice_flow *flow, bool paged)
{
	u32 linear = flow->packet[0] >> 4 == 4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	struct sk_buff *skb;
	int ret;

	if (!paged)
		linear = flow->len;
	skb = alloc_skb_with_frags(linear, flow->len - linear, 0, &ret, GFP_KERNEL);
	if (!skb)
		return NULL;
	skb_reset_network_header(skb);
	skb_put(skb, linear);
	skb->len = flow->len;
	skb->data_len = flow->len - linear;
	if (skb_store_bits(skb, 0, flow->packet, flow->len)) {
		kfree_skb(skb);
		return NULL;
	}
	return skb;
}

static int test_flow(const struct choice_flow *flow, bool paged)
{
	struct sk_buff *skb = test_packet(flow, paged);
	u16 port;
	u32 hash;

	if (!skb)
		return -ENOMEM;
	hash = ipudp_choice_hash(skb);
	kfree_skb(skb);
	port = ipudp_flow_port(hash, CHOICE_PORT_MIN, CHOICE_PORT_RANGE);
	if (hash == flow->hash && port == flow->port)
		return 0;
	pr_err("ipudp: self-test \"%s\"%s: hash %#x, not %#x, port %u, not %u\n", flow->what,
	       paged ? ", in pages" : "", hash, flow->hash, port, flow->port);
	return -EINVAL;
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
	for (i = 0; i < ARRAY_SIZE(choice_flows) && !ret; i++)
		ret = test_flow(&choice_flows[i], false) ?: test_flow(&choice_flows[i], true);
	for (i = 0; i < ARRAY_SIZE(choice_sets) && !ret; i++)
		ret = test_choice(test, &choice_sets[i]) ?: test_flipping(test, &choice_sets[i]);
	kfree(test);
	return ret;
}
