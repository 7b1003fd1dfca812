// SPDX-License-Identifier: LGPL-2.1-or-later
/* Batches of changes: queueing, sending, and telling failures. */

#include "batch.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include <libmnl/libmnl.h>

#include "handle.h"
#include "request.h"
#include "transport.h"

/* Bytes of requests that are sent at once. */
#define CHUNK_BYTES ((size_t)64 << 10)

/*
 * What one request may take of the socket's receive buffer: an object's reply with its
 * acknowledgement, or an error with its sentence, each with what the kernel adds.
 */
#define ANSWER_BYTES ((size_t)4 << 10)

#define CHUNK_COUNT_MIN ((size_t)8)
#define CHUNK_COUNT_MAX ((size_t)2048)

void ipudp_batch_done(struct ipudp_batch *batch)
{
	free(batch->tags);
	*batch = (struct ipudp_batch){ 0 };
}

int ipudp_batch_begin(struct ipudp *ipudp, ipudp_batch_fn *fn, void *arg)
{
	size_t size = ipudp->transport->window / ANSWER_BYTES;
	uint64_t *tags;

	ipudp_error_clear(&ipudp->error);
	if (ipudp->batch.open)
		return ipudp_fail(ipudp, -EBUSY, NULL, "a batch is open");
	if (size < CHUNK_COUNT_MIN)
		size = CHUNK_COUNT_MIN;
	if (size > CHUNK_COUNT_MAX)
		size = CHUNK_COUNT_MAX;
	tags = calloc(size, sizeof(*tags));
	if (!tags)
		return -ENOMEM;
	ipudp_msg_reset(&ipudp->request);
	ipudp->batch = (struct ipudp_batch){
		.open = true,
		.fn = fn,
		.arg = arg,
		.tags = tags,
		.tags_size = size,
	};
	return 0;
}

void ipudp_batch_tag(struct ipudp *ipudp, uint64_t tag)
{
	ipudp->batch.tag = tag;
}

/* The request with this number, counted from the first that is queued. */
static const struct nlmsghdr *lookup_request(const struct ipudp *ipudp, size_t index)
{
	const struct nlmsghdr *nlh = (const void *)ipudp->request.data;
	int left = ipudp->request.len;

	while (index--)
		nlh = mnl_nlmsg_next(nlh, &left);
	return nlh;
}

static int see_answer(void *arg, const struct nlmsghdr *nlh)
{
	struct ipudp *ipudp = arg;
	struct ipudp_batch *batch = &ipudp->batch;
	size_t index = nlh->nlmsg_seq - batch->seq;
	int errnum;

	if (nlh->nlmsg_type != NLMSG_ERROR || index >= batch->count)
		return 0;
	errnum = ipudp_error_read(&ipudp->error, nlh, lookup_request(ipudp, index));
	if (errnum) {
		batch->failed++;
		if (batch->fn)
			batch->fn(batch->arg, batch->tags[index], errnum, ipudp->error.text);
	}
	return index == batch->count - 1;
}

int ipudp_batch_flush(struct ipudp *ipudp)
{
	struct ipudp_transport *transport = ipudp->transport;
	struct ipudp_batch *batch = &ipudp->batch;
	int ret = 0;

	if (!batch->open || batch->broken)
		return batch->broken;
	if (batch->count) {
		ipudp_msg_last(&ipudp->request)->nlmsg_flags |= NLM_F_ACK;
		ret = transport->ops->send(transport, IPUDP_CHANNEL_REQUEST, ipudp->request.data,
					   ipudp->request.len);
		if (!ret)
			ret = ipudp_receive(ipudp, see_answer, ipudp);
	}
	ipudp_msg_reset(&ipudp->request);
	batch->count = 0;
	batch->broken = ret;
	return ret;
}

int ipudp_batch_queue(struct ipudp *ipudp)
{
	struct ipudp_batch *batch = &ipudp->batch;

	if (batch->broken) {
		ipudp_msg_reset(&ipudp->request);
		return batch->broken;
	}
	if (!batch->count)
		batch->seq = ipudp_msg_last(&ipudp->request)->nlmsg_seq;
	batch->tags[batch->count++] = batch->tag;
	if (batch->count < batch->tags_size && ipudp->request.len < CHUNK_BYTES)
		return 0;
	return ipudp_batch_flush(ipudp);
}

int ipudp_batch_end(struct ipudp *ipudp)
{
	uint64_t failed;
	int ret;

	ipudp_error_clear(&ipudp->error);
	if (!ipudp->batch.open)
		return ipudp_fail(ipudp, -EINVAL, NULL, "no batch is open");
	ret = ipudp_batch_flush(ipudp);
	failed = ipudp->batch.failed;
	ipudp_batch_done(&ipudp->batch);
	if (ret)
		return ret;
	return failed > INT_MAX ? INT_MAX : (int)failed;
}
