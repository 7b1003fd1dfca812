/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Longest-prefix match over one address family: a path-compressed trie under RCU. */
#ifndef _IPUDP_TRIE_H
#define _IPUDP_TRIE_H

#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

struct ipudp_trie_node;

/**
 * struct ipudp_trie - set of prefixes of one address family, each with a value
 * @root: top of the tree, NULL if empty
 * @bits: length of an address, 32 or 128
 */
struct ipudp_trie {
	struct ipudp_trie_node __rcu *root;
	u8 bits;
};

/** ipudp_trie_init() - start with an empty set; @bits is 32 or 128 */
void ipudp_trie_init(struct ipudp_trie *trie, u8 bits);

/**
 * ipudp_trie_insert() - add a prefix
 * @addr: 4 or 16 bytes in network byte order, bits beyond @len are 0
 * @value: what lookups return, not NULL; the trie does not own it
 * @lock: held by the caller; serialises all changes of the trie
 *
 * Context: process, may sleep. Return: 0, -EEXIST or -ENOMEM.
 */
int ipudp_trie_insert(struct ipudp_trie *trie, const void *addr, u8 len, void *value,
		      struct mutex *lock);

/**
 * ipudp_trie_replace() - give an existing prefix another value
 *
 * Readers see the old or the new value, never none. Return: 0 or -ENOENT.
 */
int ipudp_trie_replace(struct ipudp_trie *trie, const void *addr, u8 len, void *value,
		       struct mutex *lock);

/**
 * ipudp_trie_remove() - take a prefix out
 *
 * Nodes are freed after a grace period; the value is the caller's to free, after one as well.
 * This does not fail: it waits for memory if it must.
 *
 * Context: process, may sleep. Return: the value it had, NULL if it was not there.
 */
void *ipudp_trie_remove(struct ipudp_trie *trie, const void *addr, u8 len, struct mutex *lock);

/** ipudp_trie_find() - the value of exactly this prefix, NULL if none; under @lock */
void *ipudp_trie_find(const struct ipudp_trie *trie, const void *addr, u8 len,
		      struct mutex *lock);

/**
 * ipudp_trie_lookup() - the value of the longest prefix that covers an address
 * @addr: 4 or 16 bytes in network byte order, aligned to 4
 *
 * Context: any, under rcu_read_lock(_bh). Return: value valid as long as the caller's RCU
 * section if its owner frees it after a grace period; NULL if nothing covers the address.
 */
void *ipudp_trie_lookup(const struct ipudp_trie *trie, const void *addr);

/** ipudp_trie_clear() - take all prefixes out; under @lock */
void ipudp_trie_clear(struct ipudp_trie *trie, struct mutex *lock);

#ifdef CONFIG_IPUDP_SELFTEST
/** ipudp_trie_selftest() - check against a naive list; logs what is wrong and returns -EINVAL */
int ipudp_trie_selftest(void);
#endif

#endif
