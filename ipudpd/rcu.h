/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Read-copy-update by quiescent states. Threads that carry packets read the tables without locks,
 * and say at the top of their loops that they hold nothing. One thread, the control thread, changes
 * the tables; what it takes out is freed when every reader has said so since.
 */
#ifndef _IPUDP_RCU_H
#define _IPUDP_RCU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Most threads that read. */
#define IPUDP_READERS_MAX 64

/** A pointer that readers follow: load it once, and see all that was written before it was set. */
#define ipudp_rcu_load(ptr) __atomic_load_n(&(ptr), __ATOMIC_ACQUIRE)
#define ipudp_rcu_store(ptr, value) __atomic_store_n(&(ptr), value, __ATOMIC_RELEASE)

/* A plain word that one thread writes and others read; the newest value is not needed at once. */
#define ipudp_read(word) __atomic_load_n(&(word), __ATOMIC_RELAXED)
#define ipudp_write(word, value) __atomic_store_n(&(word), value, __ATOMIC_RELAXED)

/**
 * struct ipudp_rcu_head - in what is to be freed later
 * @next: in the queue
 * @fn: frees it; or a number below IPUDP_RCU_OFFSETS: where this is in memory that free() frees
 * @epoch: when it was taken out
 */
struct ipudp_rcu_head {
	struct ipudp_rcu_head *next;
	void (*fn)(struct ipudp_rcu_head *head);
	uint64_t epoch;
};

/** No function has an address below this. */
#define IPUDP_RCU_OFFSETS 4096

/**
 * struct ipudp_rcu_reader - a thread that reads
 * @seen: newest epoch at whose beginning it held nothing, UINT64_MAX while it sleeps
 */
struct ipudp_rcu_reader {
	_Alignas(64) uint64_t seen;
};

/**
 * struct ipudp_rcu - what is to be freed, and who may still read it
 * @epoch: counts what was taken out; written by the control thread
 * @readers: the threads
 * @n_readers: how many
 * @first: oldest in the queue
 * @last: where the next one is linked
 */
struct ipudp_rcu {
	uint64_t epoch;
	struct ipudp_rcu_reader readers[IPUDP_READERS_MAX];
	unsigned int n_readers;
	struct ipudp_rcu_head *first;
	struct ipudp_rcu_head **last;
};

/**
 * The one of the home, for functions of kernel/core/, which know the kernel's only one. Of several
 * that a test has, the one that was set up last.
 */
extern struct ipudp_rcu *ipudp_rcu_all;

/** ipudp_rcu_init() - @n_readers threads, all asleep */
void ipudp_rcu_init(struct ipudp_rcu *rcu, unsigned int n_readers);

/** ipudp_rcu_quiescent() - a reader holds nothing, and goes on */
void ipudp_rcu_quiescent(struct ipudp_rcu *rcu, unsigned int reader);

/** ipudp_rcu_sleep() - a reader holds nothing, and goes to sleep until ipudp_rcu_quiescent() */
void ipudp_rcu_sleep(struct ipudp_rcu *rcu, unsigned int reader);

/** ipudp_rcu_call() - free by @fn when no reader can have it any more; control thread */
void ipudp_rcu_call(struct ipudp_rcu *rcu, struct ipudp_rcu_head *head,
		    void (*fn)(struct ipudp_rcu_head *head));

/**
 * ipudp_rcu_free() - give memory to free() when no reader can have it any more; control thread
 * @offset: of @head in it, below IPUDP_RCU_OFFSETS
 */
void ipudp_rcu_free(struct ipudp_rcu *rcu, struct ipudp_rcu_head *head, size_t offset);

/** ipudp_rcu_reclaim() - free what can be; control thread. Return: whether something is left */
bool ipudp_rcu_reclaim(struct ipudp_rcu *rcu);

/** ipudp_rcu_wait() - wait until no reader has what was taken out until now; control thread */
void ipudp_rcu_wait(struct ipudp_rcu *rcu);

#endif
