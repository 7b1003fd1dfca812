/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Longest-prefix match over one address family: a path-compressed trie under RCU. */
#ifndef _IPUDP_TRIE_H
#define _IPUDP_TRIE_H

#include <stdint.h>

struct ipudp_rcu;
struct ipudp_trie_node;

/**
 * struct ipudp_trie - set of prefixes of one address family, each with a value
 * @root: top of the tree, NULL if empty
 * @rcu: who reads it
 * @bits: length of an address, 32 or 128
 */
struct ipudp_trie {
	struct ipudp_trie_node *root;
	struct ipudp_rcu *rcu;
	uint8_t bits;
};

/** ipudp_trie_init() - start with an empty set; @bits is 32 or 128 */
void ipudp_trie_init(struct ipudp_trie *trie, uint8_t bits, struct ipudp_rcu *rcu);

/**
 * ipudp_trie_insert() - add a prefix
 * @addr: 4 or 16 bytes in network byte order, bits beyond @len are 0
 * @value: what lookups return, not NULL; the trie does not own it
 *
 * Context: control thread. Return: 0, -EEXIST or -ENOMEM.
 */
int ipudp_trie_insert(struct ipudp_trie *trie, const void *addr, uint8_t len, void *value);

/**
 * ipudp_trie_replace() - give an existing prefix another value
 *
 * Readers see the old or the new value, never none. Return: 0 or -ENOENT.
 */
int ipudp_trie_replace(struct ipudp_trie *trie, const void *addr, uint8_t len, void *value);

/**
 * ipudp_trie_remove() - take a prefix out
 *
 * Nodes are freed after a grace period; the value is the caller's to free, after one as well.
 * This does not fail: it waits for memory if it must.
 *
 * Context: control thread. Return: the value it had, NULL if it was not there.
 */
void *ipudp_trie_remove(struct ipudp_trie *trie, const void *addr, uint8_t len);

/** ipudp_trie_find() - the value of exactly this prefix, NULL if none; control thread */
void *ipudp_trie_find(const struct ipudp_trie *trie, const void *addr, uint8_t len);

/**
 * ipudp_trie_lookup() - the value of the longest prefix that covers an address
 * @addr: 4 or 16 bytes in network byte order, aligned to 4
 *
 * Context: any thread that reads. Return: value valid until its next quiescent state if its owner
 * frees it by RCU; NULL if nothing covers the address.
 */
void *ipudp_trie_lookup(const struct ipudp_trie *trie, const void *addr);

/** ipudp_trie_clear() - take all prefixes out; control thread */
void ipudp_trie_clear(struct ipudp_trie *trie);

#endif
