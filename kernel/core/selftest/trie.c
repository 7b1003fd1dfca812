// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Checks the trie against a list that is searched from end to end: random prefixes that nest and
 * collide, added, replaced and removed in random order, with lookups after each change. Part of
 * trie.c, because it looks at the nodes too. Does not check what concurrent readers see.
 */
#include <linux/prandom.h>

#define TEST_SEED 0x1ab5eed
#define TEST_OPS 6000
/* The list is slow: this bounds the run time under emulation. */
#define TEST_PREFIXES 800

/**
 * struct test_prefix - an entry of the list
 * @addr: in network byte order
 * @len: in bits
 * @value: what the trie should have, a number nothing else has
 */
struct test_prefix {
	__be32 addr[4];
	u8 len;
	void *value;
};

/**
 * struct test - one run
 * @trie: what is checked
 * @lock: of @trie
 * @list: what it should hold, room for TEST_PREFIXES
 * @used: how many it should hold
 * @random: where all decisions come from
 * @last_value: the newest number that was used as a value
 */
struct test {
	struct ipudp_trie trie;
	struct mutex lock; /* protects: trie */
	struct test_prefix *list;
	unsigned int used;
	struct rnd_state random;
	unsigned long last_value;
};

static u32 test_random(struct test *test, u32 below)
{
	return prandom_u32_state(&test->random) % below;
}

/* The bits of a word of an address that belong to a prefix. */
static __be32 test_mask(unsigned int word, unsigned int len)
{
	if (len >= 32 * (word + 1))
		return cpu_to_be32(~0U);
	return len > 32 * word ? cpu_to_be32(~(~0U >> (len - 32 * word))) : 0;
}

/* Few different bytes, so that addresses have much in common. */
static void test_random_addr(struct test *test, __be32 addr[4])
{
	static const u8 often[] = { 0, 0, 0, 1, 0x10, 0x80, 0xff, 0xff };
	u8 *bytes = (u8 *)addr;
	unsigned int i;

	memset(addr, 0, 16);
	for (i = 0; i < test->trie.bits / 8; i++) {
		if (test_random(test, 8))
			bytes[i] = often[test_random(test, ARRAY_SIZE(often))];
		else
			bytes[i] = test_random(test, 256);
	}
}

static u8 test_random_len(struct test *test)
{
	switch (test_random(test, 16)) {
	case 0:
		return 0;
	case 1:
		return test->trie.bits;
	case 2:
	case 3:
	case 4:
		return test_random(test, test->trie.bits / 8 + 1) * 8;
	default:
		return test_random(test, test->trie.bits + 1);
	}
}

static bool test_covers(const struct test_prefix *prefix, const __be32 addr[4])
{
	unsigned int i;

	for (i = 0; 32 * i < prefix->len; i++) {
		if ((prefix->addr[i] ^ addr[i]) & test_mask(i, prefix->len))
			return false;
	}
	return true;
}

static bool test_lookup(struct test *test, const __be32 addr[4])
{
	const struct test_prefix *best = NULL, *end = test->list + test->used, *prefix;
	void *value;

	for (prefix = test->list; prefix < end; prefix++) {
		if ((!best || prefix->len > best->len) && test_covers(prefix, addr))
			best = prefix;
	}

	rcu_read_lock();
	value = ipudp_trie_lookup(&test->trie, addr);
	rcu_read_unlock();
	if (value == (best ? best->value : NULL))
		return true;
	pr_err("trie selftest: lookup of %16ph gives %lu instead of %lu\n", addr,
	       (unsigned long)value, best ? (unsigned long)best->value : 0);
	return false;
}

/* Look up a random address, or the first, the last, or a neighbour of those of a prefix. */
static bool test_lookup_near(struct test *test, const __be32 from[4], u8 len)
{
	bool up = test_random(test, 2), beyond = test_random(test, 2);
	__be32 addr[4];
	unsigned int i;
	u32 word;

	if (!test_random(test, 3)) {
		test_random_addr(test, addr);
		return test_lookup(test, addr);
	}

	memcpy(addr, from, sizeof(addr));
	for (i = 0; up && i < test->trie.bits / 32; i++)
		addr[i] |= ~test_mask(i, len);
	for (i = test->trie.bits / 32; beyond && i > 0; i--) {
		word = be32_to_cpu(addr[i - 1]) + (up ? 1 : -1);
		addr[i - 1] = cpu_to_be32(word);
		beyond = word == (up ? 0 : ~0U);
	}
	return test_lookup(test, addr);
}

/* Insert, replace (when set) or remove a prefix, in the trie and in the list. */
static bool test_change(struct test *test, const struct test_prefix *key, bool insert, bool set)
{
	struct test_prefix *prefix, *end = test->list + test->used;
	void *value, *old;
	int ret, expect;

	test->last_value++;
	value = (void *)test->last_value;
	for (prefix = test->list; prefix < end; prefix++) {
		if (prefix->len == key->len && !memcmp(prefix->addr, key->addr, 16))
			break;
	}
	old = prefix < end ? prefix->value : NULL;

	if (ipudp_trie_find(&test->trie, key->addr, key->len, &test->lock) != old) {
		pr_err("trie selftest: find of %16ph/%u fails\n", key->addr, key->len);
		return false;
	}
	if (!insert && !set) {
		if (ipudp_trie_remove(&test->trie, key->addr, key->len, &test->lock) != old) {
			pr_err("trie selftest: remove of %16ph/%u fails\n", key->addr, key->len);
			return false;
		}
		if (old)
			*prefix = test->list[--test->used];
		return true;
	}

	if (insert) {
		ret = ipudp_trie_insert(&test->trie, key->addr, key->len, value, &test->lock);
		expect = old ? -EEXIST : 0;
	} else {
		ret = ipudp_trie_replace(&test->trie, key->addr, key->len, value, &test->lock);
		expect = old ? 0 : -ENOENT;
	}
	if (ret != expect) {
		pr_err("trie selftest: %s of %16ph/%u gives %d instead of %d\n",
		       insert ? "insert" : "replace", key->addr, key->len, ret, expect);
		return false;
	}
	if (insert && !old) {
		*prefix = *key;
		test->used++;
	}
	if (!ret)
		prefix->value = value;
	return true;
}

static bool test_node(const struct ipudp_trie_node *node, const struct ipudp_trie_node *parent)
{
	if (!(u32)node->map && hweight64(node->map) < 2)
		return false;
	if (node->pos & 3 || node->shift != shift_at(node->pos))
		return false;
	return !parent || (node->pos > parent->pos &&
			   bits_in_common(node->key, parent->key) >= parent->pos);
}

/* Check that the nodes are as few as possible, each is in its place, and none is lost. */
static bool test_nodes(struct test *test)
{
	struct ipudp_trie_node *list, *node, *child;
	unsigned int bit, used = 0;

	list = rcu_dereference_protected(test->trie.root, lockdep_is_held(&test->lock));
	if (list) {
		list->next = NULL;
		if (!test_node(list, NULL))
			goto err;
	}
	while (list) {
		node = list;
		list = node->next;
		used += hweight32((u32)node->map);
		for (bit = 48; bit < 64; bit++) {
			if (!(node->map & BIT_ULL(bit)))
				continue;
			child = rcu_dereference_protected(*slot_of(node, bit),
							  lockdep_is_held(&test->lock));
			if (!test_node(child, node) || child_bit(child->key, node->pos) != bit)
				goto err;
			child->next = list;
			list = child;
		}
	}
	if (used == test->used)
		return true;
err:
	pr_err("trie selftest: nodes are out of order\n");
	return false;
}

/* Grow to TEST_PREFIXES, shrink to nearly none, grow again. */
static bool test_random_ops(struct test *test)
{
	bool grow = true, insert, set;
	struct test_prefix key;
	unsigned int op, i;

	for (op = 0; op < TEST_OPS; op++) {
		if (test->used < 2 || test->used >= TEST_PREFIXES - 1)
			grow = test->used < 2;
		insert = test_random(test, 8) ? grow : !grow;
		set = !test_random(test, 8);

		/* what is there is hit by chance only at the ends of the tree */
		if (test->used && test_random(test, 8) < (insert ? 1 : 7)) {
			key = test->list[test_random(test, test->used)];
		} else {
			test_random_addr(test, key.addr);
			key.len = test_random_len(test);
			for (i = 0; i < 4; i++)
				key.addr[i] &= test_mask(i, key.len);
		}

		if (!test_change(test, &key, insert && !set, set) ||
		    !test_lookup_near(test, key.addr, key.len))
			return false;
		if (op % 256 == 0 && !test_nodes(test))
			return false;
		cond_resched();
	}
	return test_nodes(test);
}

/* One prefix of each length, the longest chain there is. */
static bool test_ladder(struct test *test)
{
	struct test_prefix key;
	unsigned int len, i;

	for (len = 0; len <= test->trie.bits; len++) {
		for (i = 0; i < 4; i++)
			key.addr[i] = test_mask(i, len);
		key.len = len;
		if (!test_change(test, &key, true, false))
			return false;
	}
	for (len = 0; len <= test->trie.bits; len++) {
		for (i = 0; i < 4; i++)
			key.addr[i] = test_mask(i, len);
		key.len = len;
		if (!test_lookup(test, key.addr) || !test_change(test, &key, false, false) ||
		    !test_lookup(test, key.addr) || !test_nodes(test))
			return false;
	}
	return true;
}

static bool test_is_empty(struct test *test)
{
	if (!rcu_access_pointer(test->trie.root))
		return true;
	pr_err("trie selftest: nodes remain\n");
	return false;
}

static bool test_all(struct test *test)
{
	if (!test_random_ops(test))
		return false;

	ipudp_trie_clear(&test->trie, &test->lock);
	test->used = 0;
	if (!test_is_empty(test) || !test_ladder(test))
		return false;
	return test_is_empty(test);
}

static int test_run(struct test *test, u8 bits)
{
	int ret = 0;

	ipudp_trie_init(&test->trie, bits);
	test->used = 0;

	mutex_lock(&test->lock);
	if (!test_all(test)) {
		pr_err("trie selftest: failed with %u bits, seed %#x, %u prefixes, change %lu\n",
		       bits, TEST_SEED, test->used, test->last_value);
		ret = -EINVAL;
	}
	ipudp_trie_clear(&test->trie, &test->lock);
	mutex_unlock(&test->lock);
	return ret;
}

int ipudp_trie_selftest(void)
{
	struct test *test;
	int ret = -ENOMEM;

	test = kzalloc(sizeof(*test), GFP_KERNEL);
	if (!test)
		return -ENOMEM;
	test->list = kcalloc(TEST_PREFIXES, sizeof(*test->list), GFP_KERNEL);
	if (!test->list)
		goto err_free_test;

	mutex_init(&test->lock);
	prandom_seed_state(&test->random, TEST_SEED);
	ret = test_run(test, 32);
	if (!ret)
		ret = test_run(test, 128);

	mutex_destroy(&test->lock);
	kfree(test->list);
err_free_test:
	kfree(test);
	return ret;
}
