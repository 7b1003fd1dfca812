/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hash table that packets read while the control thread changes it. Each node has two links, so
 * that a larger table is built beside the one that is read.
 */
#ifndef _IPUDP_TABLE_H
#define _IPUDP_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rcu.h"

/**
 * struct ipudp_table_node - in what is in a table
 * @next: in the bucket, by the generation of the table
 * @hash: of the key
 */
struct ipudp_table_node {
	struct ipudp_table_node *next[2];
	uint32_t hash;
};

/**
 * struct ipudp_table - a hash table
 * @buckets: read by packets, replaced when it grows
 * @rcu: who reads
 * @count: nodes
 * @seed: of hashes
 */
struct ipudp_table {
	struct ipudp_table_buckets *buckets;
	struct ipudp_rcu *rcu;
	uint32_t count;
	uint32_t seed;
};

/**
 * struct ipudp_table_buckets - what is replaced when a table grows
 * @rcu: frees it
 * @bits: of the number of buckets
 * @link: which of the nodes' links it uses
 * @bucket: the lists
 */
struct ipudp_table_buckets {
	struct ipudp_rcu_head rcu;
	unsigned int bits;
	unsigned int link;
	struct ipudp_table_node *bucket[];
};

/** ipudp_table_bucket() - the list that nodes of a hash are in */
static inline struct ipudp_table_node **ipudp_table_bucket(struct ipudp_table_buckets *buckets,
							   uint32_t hash)
{
	return &buckets->bucket[hash >> (32 - buckets->bits)];
}

/** typedef ipudp_table_equal - whether a node has a key */
typedef bool ipudp_table_equal(const struct ipudp_table_node *node, const void *key);

/** ipudp_table_init() - an empty table; 0 or -ENOMEM */
int ipudp_table_init(struct ipudp_table *table, struct ipudp_rcu *rcu);

/** ipudp_table_done() - free it; it is empty, and nobody reads it any more */
void ipudp_table_done(struct ipudp_table *table);

/** ipudp_table_hash() - hash @len bytes, a multiple of 4 */
uint32_t ipudp_table_hash(const struct ipudp_table *table, const void *key, size_t len);

/** ipudp_table_lookup() - the node of a key, NULL if there is none; any thread that reads */
struct ipudp_table_node *ipudp_table_lookup(const struct ipudp_table *table, uint32_t hash,
					    ipudp_table_equal *equal, const void *key);

/** ipudp_table_insert() - enter a node, whose hash is set */
void ipudp_table_insert(struct ipudp_table *table, struct ipudp_table_node *node);

/** ipudp_table_remove() - take a node out; it is to be freed by RCU */
void ipudp_table_remove(struct ipudp_table *table, struct ipudp_table_node *node);

/** ipudp_table_replace() - put @node in the place of @old, of the same key */
void ipudp_table_replace(struct ipudp_table *table, struct ipudp_table_node *old,
			 struct ipudp_table_node *node);

#endif
