/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Batches: many requests in one datagram, acknowledged by the last of them. The data plane reports
 * each failure and, as it works in order, the last acknowledgement says that all else succeeded.
 */
#ifndef _IPUDP_BATCH_H
#define _IPUDP_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ipudp/ipudp.h>

/**
 * struct ipudp_batch - the open batch
 * @open: between begin and end
 * @fn: hears of failures, may be NULL
 * @arg: its first argument
 * @tag: of the requests to come
 * @tags: of the requests that are queued, owned
 * @tags_size: entries of @tags, the most requests a datagram has
 * @count: how many are queued
 * @seq: sequence number of the first that is queued
 * @failed: how many failed until now
 * @broken: errno that ended the connection, 0 if none
 */
struct ipudp_batch {
	bool open;
	ipudp_batch_fn *fn;
	void *arg;
	uint64_t tag;
	uint64_t *tags;
	size_t tags_size;
	size_t count;
	uint32_t seq;
	uint64_t failed;
	int broken;
};

/** ipudp_batch_done() - free what the batch owns; what is queued is lost */
void ipudp_batch_done(struct ipudp_batch *batch);

/** ipudp_batch_queue() - queue the last message of ipudp->request; 0 or why it broke */
int ipudp_batch_queue(struct ipudp *ipudp);

/** ipudp_batch_flush() - send what is queued and hear all answers; 0 or why it broke */
int ipudp_batch_flush(struct ipudp *ipudp);

#endif
