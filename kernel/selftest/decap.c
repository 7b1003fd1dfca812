// SPDX-License-Identifier: GPL-2.0-only
/*
 * Self-test of what becomes of datagrams, included at the end of decap.c: everything between the
 * socket and the device, neither of which is there. Does not look up whose a datagram is.
 */

#include <linux/module.h>

#include "choice.h"
#include "datagram_vectors.h"

/* Bytes in front of the outer header, as a link's would be. */
#define TEST_HEADROOM 64

/**
 * struct test_rule - a rule and its tunnel, without what packets do not read
 * @rule: the rule; owns its choice
 * @target: its only one
 */
struct test_rule {
	struct ipudp_rule rule;
	struct ipudp_target target;
};

/**
 * struct datagram_test - what the vectors are given to
 * @device: without an interface of its own
 * @lock: protects: the tries of @device
 * @tunnels: the one that datagrams come through, and the other one
 * @rules: two of each tunnel
 * @payload: of a datagram
 * @want: what is delivered of it
 * @got: what was
 */
struct datagram_test {
	struct ipudp_device device;
	struct mutex lock; /* see above */
	struct ipudp_tunnel tunnels[2];
	struct test_rule rules[4];
	u8 payload[DATAGRAM_MAX];
	u8 want[DATAGRAM_MAX];
	u8 got[DATAGRAM_MAX];
};

static void test_outer(struct sk_buff *skb, bool outer4, u8 tos)
{
	skb_reserve(skb, TEST_HEADROOM);
	skb_reset_network_header(skb);
	if (outer4) {
		struct iphdr *ip4 = skb_put_zero(skb, sizeof(*ip4));

		ip4->version = 4;
		ip4->ihl = 5;
		ip4->tos = tos;
	} else {
		struct ipv6hdr *ip6 = skb_put_zero(skb, sizeof(*ip6));

		ip6_flow_hdr(ip6, tos, 0);
	}
}

/* A datagram as a socket gets it, at its UDP header; the payload in pages if @paged. */
static struct sk_buff *test_datagram(const struct datagram_test *test,
				     const struct datagram_vector *vector, bool outer4, bool paged)
{
	unsigned int ip = outer4 ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	unsigned int pages = paged ? vector->len : 0;
	struct sk_buff *skb;
	int ret;

	skb = alloc_skb_with_frags(TEST_HEADROOM + ip + sizeof(struct udphdr) + vector->len - pages,
				   pages, 0, &ret, GFP_KERNEL);
	if (!skb)
		return NULL;
	test_outer(skb, outer4, vector->outer_tos);
	__skb_pull(skb, ip);
	skb_reset_transport_header(skb);
	skb_put_zero(skb, sizeof(struct udphdr) + vector->len - pages);
	skb->len += pages;
	skb->data_len += pages;
	skb->protocol = outer4 ? htons(ETH_P_IP) : htons(ETH_P_IPV6);
	skb->dev = init_net.loopback_dev;
	if (skb_store_bits(skb, sizeof(struct udphdr), test->payload, vector->len)) {
		kfree_skb(skb);
		return NULL;
	}
	return skb;
}

static int test_verdict(const struct datagram_test *test, struct sk_buff *skb)
{
	int verdict;
	u8 first;

	if (!has_first(skb, &first))
		return RUNT;
	switch (ipudp_wire_kind(first, skb->len - sizeof(struct udphdr))) {
	case IPUDP_WIRE_KIND_DATA:
		rcu_read_lock();
		verdict = admit(&test->tunnels[0], skb);
		rcu_read_unlock();
		return verdict == ADMITTED ? DELIVERED : verdict;
	case IPUDP_WIRE_KIND_KEEPALIVE:
		return HEARD;
	default:
		return FRAME;
	}
}

/* What is delivered is what is to be, and said to be of the right family. */
static bool test_delivered(struct datagram_test *test, const struct datagram_vector *vector,
			   const struct sk_buff *skb)
{
	return skb->len == vector->want_len && !skb_copy_bits(skb, 0, test->got, skb->len) &&
	       !memcmp(test->got, test->want, skb->len) && skb_network_offset(skb) == 0 &&
	       skb->protocol == (vector->inner == 4 ? htons(ETH_P_IP) : htons(ETH_P_IPV6));
}

static int test_vector(struct datagram_test *test, const struct datagram_vector *vector,
		       bool outer4, bool paged)
{
	int want = vector->want, verdict;
	struct sk_buff *skb;
	bool good;

	if (!test->device.source_check && want == WRONG_SOURCE)
		want = DELIVERED;
	datagram_make(vector, test->payload, test->want);
	skb = test_datagram(test, vector, outer4, paged);
	if (!skb)
		return -ENOMEM;
	verdict = test_verdict(test, skb);
	good = verdict == want && (want != DELIVERED || test_delivered(test, vector, skb));
	if (!good)
		pr_err("ipudp: self-test \"%s\", IPv%u in IPv%u%s%s: %d, not %d; %u bytes: %*ph\n",
		       vector->what, vector->inner, outer4 ? 4 : 6, paged ? ", in pages" : "",
		       test->device.source_check ? "" : ", sources unchecked", verdict, want,
		       skb->len, (int)min_t(unsigned int, skb_headlen(skb), 64), skb->data);
	kfree_skb(skb);
	return good ? 0 : -EINVAL;
}

/* Each vector, in each family, in one piece and in pages, with and without the check of sources. */
static int test_vectors(struct datagram_test *test)
{
	unsigned int i, way;
	int ret;

	for (i = 0; i < ARRAY_SIZE(datagram_vectors); i++) {
		for (way = 0; way < 8; way++) {
			test->device.source_check = way & 4;
			ret = test_vector(test, &datagram_vectors[i], way & 1, way & 2);
			if (ret)
				return ret;
		}
	}
	return 0;
}

static int test_rule_add(struct datagram_test *test, struct test_rule *one, u16 family,
			 const void *prefix, u8 len)
{
	struct ipudp_choice *choice;
	int ret;

	INIT_LIST_HEAD(&one->rule.targets);
	one->target.tunnel = &test->tunnels[one - test->rules >= 2];
	one->target.weight = 1;
	list_add(&one->target.rule_node, &one->rule.targets);
	choice = ipudp_choice_create(&one->rule);
	if (IS_ERR(choice))
		return PTR_ERR(choice);
	RCU_INIT_POINTER(one->rule.choice, choice);
	mutex_lock(&test->lock);
	ret = ipudp_trie_insert(&test->device.tries[family == AF_INET6], prefix, len, &one->rule,
				&test->lock);
	mutex_unlock(&test->lock);
	return ret;
}

/* Those that the vectors are made for, the other tunnel's last. */
static int test_rules_add(struct datagram_test *test)
{
	const struct in6_addr net6 = { { { 0xfd, 0x09 } } };
	const struct in6_addr host6 = { { { 0xfd, 0x09, [15] = 3 } } };
	const __be32 net4 = htonl(0x0a090000), host4 = htonl(0x0a090003);

	ipudp_trie_init(&test->device.tries[0], 32);
	ipudp_trie_init(&test->device.tries[1], 128);
	return test_rule_add(test, &test->rules[0], AF_INET, &net4, 29) ?:
	       test_rule_add(test, &test->rules[1], AF_INET6, &net6, 124) ?:
	       test_rule_add(test, &test->rules[2], AF_INET, &host4, 32) ?:
	       test_rule_add(test, &test->rules[3], AF_INET6, &host6, 128);
}

static void test_rules_clear(struct datagram_test *test)
{
	unsigned int i;

	mutex_lock(&test->lock);
	ipudp_trie_clear(&test->device.tries[0], &test->lock);
	ipudp_trie_clear(&test->device.tries[1], &test->lock);
	mutex_unlock(&test->lock);
	for (i = 0; i < ARRAY_SIZE(test->rules); i++)
		kvfree(rcu_dereference_protected(test->rules[i].rule.choice, true));
}

int ipudp_decap_selftest(void)
{
	struct datagram_test *test = kzalloc(sizeof(*test), GFP_KERNEL);
	int ret;

	if (!test)
		return -ENOMEM;
	mutex_init(&test->lock);
	/* It is asked for its namespace alone. */
	test->device.dev = init_net.loopback_dev;
	test->device.header = &ipudp_header_bare;
	test->device.mode = &ipudp_mode_multi;
	test->tunnels[0].device = &test->device;
	test->tunnels[1].device = &test->device;
	ret = test_rules_add(test);
	if (!ret)
		ret = test_vectors(test);
	test_rules_clear(test);
	mutex_destroy(&test->lock);
	kfree(test);
	return ret;
}
