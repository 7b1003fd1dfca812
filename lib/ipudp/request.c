// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Requests and their answers. Answers are told apart by sequence numbers, so that what a broken
 * call left unread is skipped by the next.
 */

#include "request.h"

#include <errno.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "error.h"
#include "handle.h"
#include "transport.h"

/* How often a list is asked for again that changed before anything of it was seen. */
#define DUMP_RETRIES 8

/**
 * struct call - a request that waits for its answer
 * @ipudp: the handle
 * @fn: sees the messages, may be NULL
 * @arg: its first argument
 * @result: first thing other than 0 that @fn returned
 * @answers: how many messages @fn could have seen
 * @interrupted: the list changed while it was read
 */
struct call {
	struct ipudp *ipudp;
	ipudp_answer_fn *fn;
	void *arg;
	int result;
	unsigned int answers;
	bool interrupted;
};

int ipudp_receive(struct ipudp *ipudp, ipudp_receive_fn *fn, void *arg)
{
	struct ipudp_transport *transport = ipudp->transport;
	const struct nlmsghdr *nlh;
	size_t left;
	int result;

	for (;;) {
		result = transport->ops->recv(transport, IPUDP_CHANNEL_REQUEST, ipudp->answer,
					      IPUDP_DATAGRAM_MAX, true);
		if (result == -ENOBUFS)
			return ipudp_fail(ipudp, result, NULL, "an answer was lost");
		if (result < 0)
			return result;
		left = result;
		for (nlh = (const void *)ipudp->answer; ipudp_msg_ok(nlh, left);
		     nlh = ipudp_msg_next(nlh, &left)) {
			result = fn(arg, nlh);
			if (result)
				return result < 0 ? result : 0;
		}
	}
}

static int see_message(struct call *call, const struct nlmsghdr *nlh)
{
	call->answers++;
	if (call->fn && !call->result)
		call->result = call->fn(call->arg, nlh);
	return 0;
}

static int see_answer(void *arg, const struct nlmsghdr *nlh)
{
	struct call *call = arg;
	struct ipudp *ipudp = call->ipudp;
	int errnum;

	if (nlh->nlmsg_seq != ipudp_msg_last(&ipudp->request)->nlmsg_seq)
		return 0;
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		call->interrupted = true;
	if (nlh->nlmsg_type == ipudp->transport->type)
		return see_message(call, nlh);
	if (nlh->nlmsg_type != NLMSG_ERROR && nlh->nlmsg_type != NLMSG_DONE)
		return 0;
	if (call->result)
		return 1;
	errnum = ipudp_error_read(&ipudp->error, nlh, ipudp_msg_last(&ipudp->request));
	return errnum ? errnum : 1;
}

/* Sends the request that ipudp->request has and waits for its answer. */
static int exchange(struct ipudp *ipudp, struct call *call)
{
	struct ipudp_transport *transport = ipudp->transport;
	int ret;

	ret = transport->ops->send(transport, IPUDP_CHANNEL_REQUEST, ipudp->request.data,
				   ipudp->request.len);
	if (ret == -EMSGSIZE)
		return ipudp_fail(ipudp, ret, NULL, "too much for one request");
	if (!ret)
		ret = ipudp_receive(ipudp, see_answer, call);
	return call->result ? call->result : ret;
}

/* Likewise, where @fn only reads the answer, so that what it returns tells of that. */
static int exchange_one(struct ipudp *ipudp, struct call *call)
{
	int ret = exchange(ipudp, call);

	return call->result == -EBADMSG ? ipudp_malformed(ipudp) : ret;
}

void ipudp_change_begin(struct ipudp *ipudp, uint8_t cmd, uint16_t flags)
{
	ipudp_error_clear(&ipudp->error);
	if (!ipudp->batch.open) {
		ipudp_msg_reset(&ipudp->request);
		flags |= NLM_F_ACK;
	}
	ipudp_msg_begin(&ipudp->request, ipudp->transport->type, cmd, flags, 0);
}

/* Completes the request. Only now it gets its number: a batch's have no gaps. */
static int finish(struct ipudp *ipudp)
{
	int ret = ipudp_msg_end(&ipudp->request);

	if (ret == -EMSGSIZE)
		return ipudp_fail(ipudp, ret, NULL, "too much for one request");
	if (!ret)
		ipudp_msg_last(&ipudp->request)->nlmsg_seq = ++ipudp->seq;
	return ret;
}

int ipudp_change_end(struct ipudp *ipudp, ipudp_answer_fn *fn, void *arg)
{
	struct call call = { .ipudp = ipudp, .fn = fn, .arg = arg };
	int ret = finish(ipudp);

	if (ret)
		return ret;
	if (ipudp->batch.open)
		return ipudp_batch_queue(ipudp);
	return exchange_one(ipudp, &call);
}

int ipudp_query_begin(struct ipudp *ipudp, uint8_t cmd)
{
	int ret;

	ipudp_error_clear(&ipudp->error);
	ret = ipudp_batch_flush(ipudp);
	if (ret)
		return ret;
	ipudp_error_clear(&ipudp->error);
	ipudp_msg_reset(&ipudp->request);
	ipudp_msg_begin(&ipudp->request, ipudp->transport->type, cmd, 0, 0);
	return 0;
}

/* A query leaves nothing behind that a batch would send. */
static int end_query(struct ipudp *ipudp, int result)
{
	ipudp_msg_reset(&ipudp->request);
	return result;
}

int ipudp_query_get(struct ipudp *ipudp, ipudp_answer_fn *fn, void *arg)
{
	struct call call = { .ipudp = ipudp, .fn = fn, .arg = arg };
	int ret = finish(ipudp);

	if (ret)
		return end_query(ipudp, ret);
	ipudp_msg_last(&ipudp->request)->nlmsg_flags |= NLM_F_ACK;
	ret = exchange_one(ipudp, &call);
	if (!ret && !call.answers)
		ret = ipudp_fail(ipudp, -EBADMSG, NULL, "empty answer");
	return end_query(ipudp, ret);
}

int ipudp_query_dump(struct ipudp *ipudp, ipudp_answer_fn *fn, void *arg)
{
	struct call call = { .ipudp = ipudp, .fn = fn, .arg = arg };
	int ret = finish(ipudp), tries = 0;

	if (ret)
		return end_query(ipudp, ret);
	ipudp_msg_last(&ipudp->request)->nlmsg_flags |= NLM_F_DUMP;
	ret = exchange(ipudp, &call);
	while (!ret && call.interrupted && !call.answers && ++tries < DUMP_RETRIES) {
		ipudp_msg_last(&ipudp->request)->nlmsg_seq = ++ipudp->seq;
		call.interrupted = false;
		ret = exchange(ipudp, &call);
	}
	if (!ret && call.interrupted)
		ret = ipudp_fail(ipudp, -EAGAIN, NULL, "changed while it was listed");
	return end_query(ipudp, ret);
}
