// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Longest-prefix match over one address family, read under RCU.
 *
 * A node looks at four bits of the address, and says in one bitmap which of the 31 prefixes within
 * these bits it has and which of the 16 ways down, so a lookup reads about log16 of the prefixes
 * and a node with few of them is small. Runs of bits in which nothing branches have no nodes.
 *
 * A published node never changes but for the pointers in its slots, each of which is replaced at
 * once; whatever adds or drops a slot publishes a copy. So a reader always sees a bitmap that fits
 * the slots. It does not own values, and does not serialise writers: their mutex is the caller's.
 */
#include "trie.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rcu.h"

#define BIT(n) (1u << (n))
#define BIT_ULL(n) (1ull << (n))

/* An address in host order, the first bit of it the highest of the first word. */
struct trie_addr {
	uint64_t word[2];
};

/**
 * struct ipudp_trie_node - four bits of the addresses that begin with @key
 * @map: which slots there are: bit i of 1...31 is a prefix, where i has the bits of the prefix
 *	within this node after a leading 1; bit 63 - n is the child for the bits n of 0...15
 * @key: the first @pos bits, the rest 0
 * @pos: place of the four bits in the address, a multiple of 4
 * @shift: of the word that holds the four bits, to bring them to its end
 * @rcu: to free the node after it was replaced
 * @next: in ipudp_trie_clear(), which is done with it before @rcu is used
 * @slot: a value or child for each bit of @map, in the order of the bits
 *
 * Prefixes of @pos + 1 to @pos + 4 bits are in this node, so a full address needs none below its
 * last four bits; the one of no bits is in the node with @pos 0. A node has a value or two
 * children, otherwise it would not be there.
 */
struct ipudp_trie_node {
	uint64_t map;
	uint64_t key[2];
	uint8_t pos;
	uint8_t shift;
	union {
		struct ipudp_rcu_head rcu;
		struct ipudp_trie_node *next;
	};
	void *slot[];
};

/**
 * struct trie_place - where a prefix is, or where it belongs
 * @node: what is there: the node of the prefix, one to be put under a new one, or NULL
 * @parent: the node above, NULL at the root
 * @grand: the node above @parent
 * @pos: place of the node of the prefix
 * @bit: of the prefix in the map of that node
 */
struct trie_place {
	struct ipudp_trie_node *node;
	struct ipudp_trie_node *parent;
	struct ipudp_trie_node *grand;
	unsigned int pos;
	unsigned int bit;
};

/* The prefixes within a node that cover four bits of an address. */
static const uint32_t covers[16] = {
	[0] = BIT(1) | BIT(2) | BIT(4) | BIT(8) | BIT(16),
	[1] = BIT(1) | BIT(2) | BIT(4) | BIT(8) | BIT(17),
	[2] = BIT(1) | BIT(2) | BIT(4) | BIT(9) | BIT(18),
	[3] = BIT(1) | BIT(2) | BIT(4) | BIT(9) | BIT(19),
	[4] = BIT(1) | BIT(2) | BIT(5) | BIT(10) | BIT(20),
	[5] = BIT(1) | BIT(2) | BIT(5) | BIT(10) | BIT(21),
	[6] = BIT(1) | BIT(2) | BIT(5) | BIT(11) | BIT(22),
	[7] = BIT(1) | BIT(2) | BIT(5) | BIT(11) | BIT(23),
	[8] = BIT(1) | BIT(3) | BIT(6) | BIT(12) | BIT(24),
	[9] = BIT(1) | BIT(3) | BIT(6) | BIT(12) | BIT(25),
	[10] = BIT(1) | BIT(3) | BIT(6) | BIT(13) | BIT(26),
	[11] = BIT(1) | BIT(3) | BIT(6) | BIT(13) | BIT(27),
	[12] = BIT(1) | BIT(3) | BIT(7) | BIT(14) | BIT(28),
	[13] = BIT(1) | BIT(3) | BIT(7) | BIT(14) | BIT(29),
	[14] = BIT(1) | BIT(3) | BIT(7) | BIT(15) | BIT(30),
	[15] = BIT(1) | BIT(3) | BIT(7) | BIT(15) | BIT(31),
};

static inline __attribute__((always_inline)) struct trie_addr addr_read(const void *bytes,
									bool wide)
{
	const uint32_t *from = bytes;
	struct trie_addr addr;

	addr.word[0] = (uint64_t)ntohl(from[0]) << 32;
	addr.word[1] = 0;
	if (wide) {
		addr.word[0] |= ntohl(from[1]);
		addr.word[1] = (uint64_t)ntohl(from[2]) << 32 | ntohl(from[3]);
	}
	return addr;
}

/* Only lookups promise an alignment. */
static struct trie_addr prefix_read(const struct ipudp_trie *trie, const void *bytes)
{
	uint32_t aligned[4];

	memcpy(aligned, bytes, trie->bits / 8);
	return addr_read(aligned, trie->bits > 32);
}

static unsigned int shift_at(unsigned int pos)
{
	return 60 - (pos & 63);
}

static unsigned int bits_at(const uint64_t word[2], unsigned int pos)
{
	return word[pos >> 6] >> shift_at(pos) & 15;
}

/* Place of the highest bit that is set, from 1; 0 if there is none. */
static unsigned int fls64(uint64_t word)
{
	return word ? 64 - __builtin_clzll(word) : 0;
}

static unsigned int least(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int ab = a < b ? a : b;

	return ab < c ? ab : c;
}

static void node_free(struct ipudp_rcu_head *head)
{
	free((char *)head - offsetof(struct ipudp_trie_node, rcu));
}

static void node_retire(struct ipudp_trie *trie, struct ipudp_trie_node *node)
{
	ipudp_rcu_call(trie->rcu, &node->rcu, node_free);
}

/* How many bits two addresses begin with in common. */
static unsigned int bits_in_common(const uint64_t a[2], const uint64_t b[2])
{
	if (a[0] != b[0])
		return 64 - fls64(a[0] ^ b[0]);
	return 128 - fls64(a[1] ^ b[1]);
}

/* The bit in the map of a node that leads down to an address. */
static unsigned int child_bit(const uint64_t word[2], unsigned int pos)
{
	return 63 - bits_at(word, pos);
}

static bool is_child(unsigned int bit)
{
	return bit >= 48;
}

static void **slot_of(struct ipudp_trie_node *node, unsigned int bit)
{
	return &node->slot[__builtin_popcountll(node->map & (BIT_ULL(bit) - 1))];
}

static struct ipudp_trie_node *node_create(const uint64_t word[2], unsigned int pos, uint64_t map)
{
	struct ipudp_trie_node *node;

	node = calloc(1, sizeof(*node) + __builtin_popcountll(map) * sizeof(node->slot[0]));
	if (!node)
		return NULL;

	node->map = map;
	node->pos = pos;
	node->shift = shift_at(pos);
	if (pos >= 64)
		node->key[0] = word[0];
	if (pos & 63)
		node->key[pos >> 6] = word[pos >> 6] & ~(~0ULL >> (pos & 63));
	return node;
}

/* Make a copy of a node with one more slot. */
static struct ipudp_trie_node *node_with(struct ipudp_trie_node *old, unsigned int bit, void *what)
{
	unsigned int before = __builtin_popcountll(old->map & (BIT_ULL(bit) - 1));
	unsigned int all = __builtin_popcountll(old->map);
	struct ipudp_trie_node *node;

	node = node_create(old->key, old->pos, old->map | BIT_ULL(bit));
	if (!node)
		return NULL;

	memcpy(node->slot, old->slot, before * sizeof(*node->slot));
	memcpy(node->slot + before + 1, old->slot + before, (all - before) * sizeof(*node->slot));
	node->slot[before] = what;
	return node;
}

/*
 * Make a copy of a node with one slot less. Removing must not fail, and less than a page is to be
 * had if one waits for it, so this never returns NULL.
 */
static struct ipudp_trie_node *node_without(struct ipudp_trie_node *old, unsigned int bit)
{
	unsigned int before = __builtin_popcountll(old->map & (BIT_ULL(bit) - 1));
	unsigned int all = __builtin_popcountll(old->map);
	struct ipudp_trie_node *node;

	while (!(node = node_create(old->key, old->pos, old->map & ~BIT_ULL(bit))))
		usleep(1000);
	memcpy(node->slot, old->slot, before * sizeof(*node->slot));
	memcpy(node->slot + before, old->slot + before + 1,
	       (all - before - 1) * sizeof(*node->slot));
	return node;
}

/* Put a node, complete with all below it, in the place of the one below parent on the way down. */
static void publish(struct ipudp_trie *trie, struct ipudp_trie_node *parent,
		    const struct trie_addr *addr, struct ipudp_trie_node *node)
{
	if (parent)
		ipudp_rcu_store(*slot_of(parent, child_bit(addr->word, parent->pos)), node);
	else
		ipudp_rcu_store(trie->root, node);
}

/* Go down to where a prefix is or belongs. */
static void place_find(struct trie_place *at, const struct ipudp_trie *trie,
		       const struct trie_addr *addr, uint8_t len)
{
	unsigned int pos = len ? (len - 1) & ~3 : 0;
	unsigned int bit;

	at->pos = pos;
	at->bit = BIT(len - pos) | bits_at(addr->word, pos) >> (4 - (len - pos));
	at->grand = NULL;
	at->parent = NULL;
	at->node = trie->root;

	while (at->node && at->node->pos < pos &&
	       bits_in_common(at->node->key, addr->word) >= at->node->pos) {
		at->grand = at->parent;
		at->parent = at->node;
		at->node = NULL;
		bit = child_bit(addr->word, at->parent->pos);
		if (at->parent->map & BIT_ULL(bit))
			at->node = *slot_of(at->parent, bit);
	}
}

/* Is there the node a prefix belongs in? */
static bool place_has_node(const struct trie_place *at, const struct trie_addr *addr)
{
	return at->node && at->node->pos == at->pos &&
	       bits_in_common(at->node->key, addr->word) >= at->pos;
}

/* Find the slot of a prefix, NULL if it is not there. */
static void **prefix_slot(const struct trie_place *at, const struct trie_addr *addr)
{
	if (!place_has_node(at, addr) || !(at->node->map & BIT_ULL(at->bit)))
		return NULL;
	return slot_of(at->node, at->bit);
}

/* Add a prefix whose node is there. */
static int add_to_node(struct ipudp_trie *trie, const struct trie_place *at,
		       const struct trie_addr *addr, void *value)
{
	struct ipudp_trie_node *node;

	if (at->node->map & BIT_ULL(at->bit))
		return -EEXIST;

	node = node_with(at->node, at->bit, value);
	if (!node)
		return -ENOMEM;
	publish(trie, at->parent, addr, node);
	node_retire(trie, at->node);
	return 0;
}

/* Add a prefix above a node: its own node is the one that branches. */
static int add_above(struct ipudp_trie *trie, const struct trie_place *at,
		     const struct trie_addr *addr, void *value)
{
	unsigned int bit = child_bit(at->node->key, at->pos);
	uint64_t map = BIT_ULL(at->bit) | BIT_ULL(bit);
	struct ipudp_trie_node *node;

	node = node_create(addr->word, at->pos, map);
	if (!node)
		return -ENOMEM;
	*slot_of(node, at->bit) = value;
	*slot_of(node, bit) = at->node;
	publish(trie, at->parent, addr, node);
	return 0;
}

/* Add a prefix in a node of its own: in the parent's free slot, or beside another node. */
static int add_leaf(struct ipudp_trie *trie, const struct trie_place *at, unsigned int fork_pos,
		    const struct trie_addr *addr, void *value)
{
	struct ipudp_trie_node *leaf, *fork;
	unsigned int bit, other;

	leaf = node_create(addr->word, at->pos, BIT_ULL(at->bit));
	if (!leaf)
		return -ENOMEM;
	leaf->slot[0] = value;

	if (at->node) {
		bit = child_bit(addr->word, fork_pos);
		other = child_bit(at->node->key, fork_pos);
		fork = node_create(addr->word, fork_pos, BIT_ULL(bit) | BIT_ULL(other));
		if (!fork)
			goto err_free_leaf;
		*slot_of(fork, bit) = leaf;
		*slot_of(fork, other) = at->node;
		publish(trie, at->parent, addr, fork);
	} else if (at->parent) {
		fork = node_with(at->parent, child_bit(addr->word, at->parent->pos), leaf);
		if (!fork)
			goto err_free_leaf;
		publish(trie, at->grand, addr, fork);
		node_retire(trie, at->parent);
	} else {
		publish(trie, NULL, addr, leaf);
	}
	return 0;

err_free_leaf:
	free(leaf);
	return -ENOMEM;
}

/*
 * Take a slot out of a node below parent, and the node itself if it has no purpose any more: a
 * single child takes its place. Readers that are on their way through the node find in it what
 * they would have found before.
 */
static void drop_slot(struct ipudp_trie *trie, struct ipudp_trie_node *parent,
		      struct ipudp_trie_node *node, unsigned int bit, const struct trie_addr *addr)
{
	uint64_t rest = node->map & ~BIT_ULL(bit);
	struct ipudp_trie_node *heir = NULL;

	if (!(rest & (rest - 1)) && rest && is_child(fls64(rest) - 1))
		heir = *slot_of(node, fls64(rest) - 1);
	else if (rest)
		heir = node_without(node, bit);
	publish(trie, parent, addr, heir);
	node_retire(trie, node);
}

void ipudp_trie_init(struct ipudp_trie *trie, uint8_t bits, struct ipudp_rcu *rcu)
{
	trie->rcu = rcu;
	trie->root = NULL;
	trie->bits = bits;
}

int ipudp_trie_insert(struct ipudp_trie *trie, const void *addr, uint8_t len, void *value)
{
	struct trie_addr key = prefix_read(trie, addr);
	struct trie_place at;
	unsigned int fork_pos;

	place_find(&at, trie, &key, len);
	if (place_has_node(&at, &key))
		return add_to_node(trie, &at, &key, value);
	if (!at.node)
		return add_leaf(trie, &at, at.pos, &key, value);

	fork_pos = least(bits_in_common(at.node->key, key.word), at.pos, at.node->pos) & ~3u;
	if (fork_pos == at.pos)
		return add_above(trie, &at, &key, value);
	return add_leaf(trie, &at, fork_pos, &key, value);
}

int ipudp_trie_replace(struct ipudp_trie *trie, const void *addr, uint8_t len, void *value)
{
	struct trie_addr key = prefix_read(trie, addr);
	struct trie_place at;
	void **slot;

	place_find(&at, trie, &key, len);
	slot = prefix_slot(&at, &key);
	if (!slot)
		return -ENOENT;
	ipudp_rcu_store(*slot, value);
	return 0;
}

void *ipudp_trie_remove(struct ipudp_trie *trie, const void *addr, uint8_t len)
{
	struct trie_addr key = prefix_read(trie, addr);
	struct trie_place at;
	void **slot;
	unsigned int bit;
	void *value;

	place_find(&at, trie, &key, len);
	slot = prefix_slot(&at, &key);
	if (!slot)
		return NULL;

	value = *slot;
	if (at.parent && at.node->map == BIT_ULL(at.bit)) {
		bit = child_bit(key.word, at.parent->pos);
		drop_slot(trie, at.grand, at.parent, bit, &key);
		node_retire(trie, at.node);
	} else {
		drop_slot(trie, at.parent, at.node, at.bit, &key);
	}
	return value;
}

void *ipudp_trie_find(const struct ipudp_trie *trie, const void *addr, uint8_t len)
{
	struct trie_addr key = prefix_read(trie, addr);
	struct trie_place at;
	void **slot;

	place_find(&at, trie, &key, len);
	slot = prefix_slot(&at, &key);
	return slot ? *slot : NULL;
}

/*
 * The way of a packet. As the bits after a node's key are 0, the difference to the address is
 * above 15 where they do not match, and otherwise the four bits. The value is fetched at the end,
 * from the deepest node that had one: copies of nodes keep their slots, so it is there even if a
 * writer came in between.
 */
static inline __attribute__((always_inline)) void *lookup(const struct ipudp_trie *trie,
							  const void *bytes, bool wide)
{
	const struct ipudp_trie_node *node, *best = NULL;
	struct trie_addr addr = addr_read(bytes, wide);
	uint32_t best_hits = 0, hits;
	uint64_t bits, rest;

	node = ipudp_rcu_load(trie->root);
	if (!node)
		return NULL;

	for (;;) {
		if (wide && node->pos >= 64) {
			if (addr.word[0] != node->key[0])
				break;
			bits = (addr.word[1] ^ node->key[1]) >> node->shift;
		} else {
			bits = (addr.word[0] ^ node->key[0]) >> node->shift;
		}
		if (bits > 15)
			break;

		hits = (uint32_t)node->map & covers[bits];
		if (hits) {
			best = node;
			best_hits = hits;
		}

		/* Now the first bit is this child, and the others that are left come before it. */
		rest = node->map << bits;
		if (!(rest & BIT_ULL(63)))
			break;
		node = ipudp_rcu_load(node->slot[__builtin_popcountll(rest) - 1]);
	}

	if (!best)
		return NULL;
	hits = (uint32_t)best->map & (BIT((31 - __builtin_clz(best_hits))) - 1);
	return ipudp_rcu_load(best->slot[__builtin_popcount(hits)]);
}

void *ipudp_trie_lookup(const struct ipudp_trie *trie, const void *addr)
{
	return trie->bits == 32 ? lookup(trie, addr, false) : lookup(trie, addr, true);
}

void ipudp_trie_clear(struct ipudp_trie *trie)
{
	struct ipudp_trie_node *list, *node, *child;
	unsigned int i;

	list = trie->root;
	trie->root = NULL;
	if (list)
		list->next = NULL;

	/* Readers may still be in there: leave alone what they read. */
	while (list) {
		node = list;
		list = node->next;
		for (i = __builtin_popcount((uint32_t)node->map);
		     i < (unsigned int)__builtin_popcountll(node->map); i++) {
			child = node->slot[i];
			child->next = list;
			list = child;
		}
		node_retire(trie, node);
	}
}
