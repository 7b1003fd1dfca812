// SPDX-License-Identifier: GPL-2.0-or-later
/* Read-copy-update by quiescent states. */

#include "rcu.h"

#include <stdlib.h>
#include <time.h>

struct ipudp_rcu *ipudp_rcu_all;

void ipudp_rcu_init(struct ipudp_rcu *rcu, unsigned int n_readers)
{
	unsigned int i;

	rcu->epoch = 1;
	rcu->n_readers = n_readers;
	rcu->first = NULL;
	rcu->last = &rcu->first;
	ipudp_rcu_all = rcu;
	for (i = 0; i < n_readers; i++)
		rcu->readers[i].seen = UINT64_MAX;
}

void ipudp_rcu_quiescent(struct ipudp_rcu *rcu, unsigned int reader)
{
	uint64_t epoch = __atomic_load_n(&rcu->epoch, __ATOMIC_ACQUIRE);

	/* What is read from here on must not be read before the control thread can see this. */
	__atomic_store_n(&rcu->readers[reader].seen, epoch, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void ipudp_rcu_sleep(struct ipudp_rcu *rcu, unsigned int reader)
{
	__atomic_store_n(&rcu->readers[reader].seen, UINT64_MAX, __ATOMIC_RELEASE);
}

/* The oldest epoch that a reader may be in. */
static uint64_t oldest(struct ipudp_rcu *rcu)
{
	uint64_t epoch = UINT64_MAX;
	unsigned int i;

	/* Pairs with the fence of readers: who is not seen here sees what was unlinked before. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (i = 0; i < rcu->n_readers; i++) {
		uint64_t seen = __atomic_load_n(&rcu->readers[i].seen, __ATOMIC_ACQUIRE);

		if (seen < epoch)
			epoch = seen;
	}
	return epoch;
}

void ipudp_rcu_call(struct ipudp_rcu *rcu, struct ipudp_rcu_head *head,
		    void (*fn)(struct ipudp_rcu_head *head))
{
	head->next = NULL;
	head->fn = fn;
	head->epoch = rcu->epoch;
	*rcu->last = head;
	rcu->last = &head->next;
	__atomic_store_n(&rcu->epoch, rcu->epoch + 1, __ATOMIC_SEQ_CST);
}

void ipudp_rcu_free(struct ipudp_rcu *rcu, struct ipudp_rcu_head *head, size_t offset)
{
	ipudp_rcu_call(rcu, head, (void (*)(struct ipudp_rcu_head *))offset);
}

static void reclaim(struct ipudp_rcu_head *head)
{
	if ((uintptr_t)head->fn < IPUDP_RCU_OFFSETS)
		free((char *)head - (uintptr_t)head->fn);
	else
		head->fn(head);
}

bool ipudp_rcu_reclaim(struct ipudp_rcu *rcu)
{
	uint64_t epoch;

	if (!rcu->first)
		return false;
	epoch = oldest(rcu);
	while (rcu->first && rcu->first->epoch < epoch) {
		struct ipudp_rcu_head *head = rcu->first;

		rcu->first = head->next;
		if (!rcu->first)
			rcu->last = &rcu->first;
		reclaim(head);
	}
	return rcu->first;
}

void ipudp_rcu_wait(struct ipudp_rcu *rcu)
{
	const struct timespec pause = { .tv_nsec = 50000 };
	uint64_t epoch = rcu->epoch;

	__atomic_store_n(&rcu->epoch, epoch + 1, __ATOMIC_SEQ_CST);
	/* Readers never wait for the control thread, so this is short. */
	while (oldest(rcu) <= epoch)
		nanosleep(&pause, NULL);
}
