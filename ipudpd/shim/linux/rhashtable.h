/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hash tables under the kernel's names, over ipudpd/table.h. */
#ifndef _IPUDP_SHIM_RHASHTABLE_H
#define _IPUDP_SHIM_RHASHTABLE_H

#include <linux/rcupdate.h>
#include <linux/types.h>

#include "ipudpd/table.h"

#define rhash_head ipudp_table_node
#define rhashtable ipudp_table

/**
 * struct rhashtable_compare_arg - what an object is compared with
 * @ht: the table
 * @key: what is looked for
 */
struct rhashtable_compare_arg {
	struct rhashtable *ht;
	const void *key;
};

/**
 * struct rhashtable_params - how objects are found
 * @head_offset: of their struct rhash_head
 * @key_len: given to the functions that hash
 * @hashfn: hash of a key
 * @obj_hashfn: hash of an object's
 * @obj_cmpfn: 0 if an object has a key
 * @automatic_shrinking: ignored, tables only grow
 */
struct rhashtable_params {
	size_t head_offset;
	size_t key_len;
	u32 (*hashfn)(const void *key, u32 len, u32 seed);
	u32 (*obj_hashfn)(const void *object, u32 len, u32 seed);
	int (*obj_cmpfn)(struct rhashtable_compare_arg *arg, const void *object);
	bool automatic_shrinking;
};

/** rhashtable_init() - an empty table; 0 or -ENOMEM */
static inline int rhashtable_init(struct rhashtable *table, const struct rhashtable_params *params)
{
	(void)params;
	return ipudp_table_init(table, ipudp_rcu_all);
}

#define rhashtable_destroy ipudp_table_done

/*
 * The object of a key, NULL if there is none; any thread that reads. Inline, so that what @params
 * name is called directly.
 */
static __always_inline void *rhashtable_lookup(struct rhashtable *table, const void *key,
					       const struct rhashtable_params params)
{
	struct rhashtable_compare_arg arg = { .ht = table, .key = key };
	u32 hash = params.hashfn(key, params.key_len, table->seed);
	struct ipudp_table_buckets *buckets = ipudp_rcu_load(table->buckets);
	struct ipudp_table_node *node = ipudp_rcu_load(*ipudp_table_bucket(buckets, hash));

	for (; node; node = ipudp_rcu_load(node->next[buckets->link])) {
		void *object = (char *)node - params.head_offset;

		if (node->hash == hash && !params.obj_cmpfn(&arg, object))
			return object;
	}
	return NULL;
}

/* Enter an object whose key is not in the table. Return: 0. */
static __always_inline int rhashtable_insert_fast(struct rhashtable *table, struct rhash_head *node,
						  const struct rhashtable_params params)
{
	node->hash =
		params.obj_hashfn((char *)node - params.head_offset, params.key_len, table->seed);
	ipudp_table_insert(table, node);
	return 0;
}

/* Put an object in the place of @old, of the same key. Return: 0. */
static inline int rhashtable_replace_fast(struct rhashtable *table, struct rhash_head *old,
					  struct rhash_head *node,
					  const struct rhashtable_params params)
{
	(void)params;
	node->hash = old->hash;
	ipudp_table_replace(table, old, node);
	return 0;
}

/* Take out an object that is in the table. Return: 0. */
static inline int rhashtable_remove_fast(struct rhashtable *table, struct rhash_head *node,
					 const struct rhashtable_params params)
{
	(void)params;
	ipudp_table_remove(table, node);
	return 0;
}

#endif
