// SPDX-License-Identifier: GPL-2.0-or-later
/* A hash table under RCU. */

#include "table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define BITS_MIN 4
#define BITS_MAX 24

static struct ipudp_table_buckets *buckets_create(unsigned int bits, unsigned int link)
{
	struct ipudp_table_buckets *buckets;

	buckets = calloc(1, sizeof(*buckets) + (sizeof(buckets->bucket[0]) << bits));
	if (!buckets)
		return NULL;
	buckets->bits = bits;
	buckets->link = link;
	return buckets;
}

int ipudp_table_init(struct ipudp_table *table, struct ipudp_rcu *rcu)
{
	*table = (struct ipudp_table){ .rcu = rcu };
	/* Without randomness the table works, only its worst case can be found by strangers. */
	if (getrandom(&table->seed, sizeof(table->seed), GRND_NONBLOCK) < 0)
		table->seed = (uint32_t)(uintptr_t)table;
	table->buckets = buckets_create(BITS_MIN, 0);
	return table->buckets ? 0 : -ENOMEM;
}

void ipudp_table_done(struct ipudp_table *table)
{
	free(table->buckets);
	table->buckets = NULL;
}

/* MurmurHash3, 32 bits. */
uint32_t ipudp_table_hash(const struct ipudp_table *table, const void *key, size_t len)
{
	const char *at = key;
	uint32_t hash = table->seed, word;
	size_t left;

	for (left = len; left >= sizeof(word); left -= sizeof(word), at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		word *= 0xcc9e2d51;
		word = word << 15 | word >> 17;
		hash ^= word * 0x1b873593;
		hash = (hash << 13 | hash >> 19) * 5 + 0xe6546b64;
	}
	hash ^= len;
	hash = (hash ^ hash >> 16) * 0x85ebca6b;
	hash = (hash ^ hash >> 13) * 0xc2b2ae35;
	return hash ^ hash >> 16;
}

struct ipudp_table_node *ipudp_table_lookup(const struct ipudp_table *table, uint32_t hash,
					    ipudp_table_equal *equal, const void *key)
{
	struct ipudp_table_buckets *buckets = ipudp_rcu_load(table->buckets);
	struct ipudp_table_node *node = ipudp_rcu_load(*ipudp_table_bucket(buckets, hash));

	while (node && (node->hash != hash || !equal(node, key)))
		node = ipudp_rcu_load(node->next[buckets->link]);
	return node;
}

static void buckets_free(struct ipudp_rcu_head *head)
{
	free(head);
}

/* Without memory it stays as it is, and becomes slower. */
static void grow(struct ipudp_table *table)
{
	struct ipudp_table_buckets *old = table->buckets, *buckets;
	size_t i;

	buckets = buckets_create(old->bits + 2, !old->link);
	if (!buckets)
		return;
	/* Those who still read the table before the last one use the same links. */
	ipudp_rcu_wait(table->rcu);
	for (i = 0; i < (size_t)1 << old->bits; i++) {
		struct ipudp_table_node *node;

		for (node = old->bucket[i]; node; node = node->next[old->link]) {
			struct ipudp_table_node **where = ipudp_table_bucket(buckets, node->hash);

			node->next[buckets->link] = *where;
			*where = node;
		}
	}
	ipudp_rcu_store(table->buckets, buckets);
	ipudp_rcu_call(table->rcu, &old->rcu, buckets_free);
}

void ipudp_table_insert(struct ipudp_table *table, struct ipudp_table_node *node)
{
	struct ipudp_table_buckets *buckets = table->buckets;
	struct ipudp_table_node **where = ipudp_table_bucket(buckets, node->hash);

	node->next[buckets->link] = *where;
	ipudp_rcu_store(*where, node);
	if (++table->count > (uint64_t)1 << buckets->bits && buckets->bits + 2 <= BITS_MAX)
		grow(table);
}

/* Where a node is linked. It must be in the table. */
static struct ipudp_table_node **find_link(struct ipudp_table *table,
					   const struct ipudp_table_node *node)
{
	struct ipudp_table_node **where = ipudp_table_bucket(table->buckets, node->hash);

	while (*where != node)
		where = &(*where)->next[table->buckets->link];
	return where;
}

void ipudp_table_remove(struct ipudp_table *table, struct ipudp_table_node *node)
{
	ipudp_rcu_store(*find_link(table, node), node->next[table->buckets->link]);
	table->count--;
}

void ipudp_table_replace(struct ipudp_table *table, struct ipudp_table_node *old,
			 struct ipudp_table_node *node)
{
	unsigned int link = table->buckets->link;

	node->next[link] = old->next[link];
	ipudp_rcu_store(*find_link(table, old), node);
}
