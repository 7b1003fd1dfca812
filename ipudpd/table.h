/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hash table that packets read while the control thread changes it. Each node has two links, so
 * that a larger table is built beside the one that is read.
 */
#ifndef _IPUDPD_TABLE_H
#define _IPUDPD_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ipudpd_rcu;

/**
 * struct ipudpd_table_node - in what is in a table
 * @next: in the bucket, by the generation of the table
 * @hash: of the key
 */
struct ipudpd_table_node {
	struct ipudpd_table_node *next[2];
	uint32_t hash;
};

/**
 * struct ipudpd_table - a hash table
 * @buckets: read by packets, replaced when it grows
 * @rcu: who reads
 * @count: nodes
 * @seed: of hashes
 */
struct ipudpd_table {
	struct ipudpd_table_buckets *buckets;
	struct ipudpd_rcu *rcu;
	uint32_t count;
	uint32_t seed;
};

/** typedef ipudpd_table_equal - whether a node has a key */
typedef bool ipudpd_table_equal(const struct ipudpd_table_node *node, const void *key);

/** ipudpd_table_init() - an empty table; 0 or -ENOMEM */
int ipudpd_table_init(struct ipudpd_table *table, struct ipudpd_rcu *rcu);

/** ipudpd_table_done() - free it; it is empty, and nobody reads it any more */
void ipudpd_table_done(struct ipudpd_table *table);

/** ipudpd_table_hash() - hash @len bytes, a multiple of 4 */
uint32_t ipudpd_table_hash(const struct ipudpd_table *table, const void *key, size_t len);

/** ipudpd_table_lookup() - the node of a key, NULL if there is none; any thread that reads */
struct ipudpd_table_node *ipudpd_table_lookup(const struct ipudpd_table *table, uint32_t hash,
					      ipudpd_table_equal *equal, const void *key);

/** ipudpd_table_insert() - enter a node, whose hash is set */
void ipudpd_table_insert(struct ipudpd_table *table, struct ipudpd_table_node *node);

/** ipudpd_table_remove() - take a node out; it is to be freed by RCU */
void ipudpd_table_remove(struct ipudpd_table *table, struct ipudpd_table_node *node);

/** ipudpd_table_replace() - put @node in the place of @old, of the same key */
void ipudpd_table_replace(struct ipudpd_table *table, struct ipudpd_table_node *old,
			  struct ipudpd_table_node *node);

#endif
