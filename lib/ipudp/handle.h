/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a handle is made of; private to the library. */
#ifndef _IPUDP_HANDLE_H
#define _IPUDP_HANDLE_H

#include <ipudp/ipudp.h>

#include "async.h"
#include "batch.h"
#include "error.h"
#include "msg.h"

struct ipudp_transport;

/**
 * struct ipudp - a connection to a data plane
 * @transport: how it is reached, owned
 * @error: the last failure
 * @seq: sequence number of the last request of the request channel
 * @request: the request under construction or, in a batch, all that are not sent yet
 * @answer: buffer of IPUDP_DATAGRAM_MAX bytes for answers, owned
 * @batch: the batch, if one is open
 * @async: frames and events
 */
struct ipudp {
	struct ipudp_transport *transport;
	struct ipudp_error error;
	uint32_t seq;
	struct ipudp_msg request;
	char *answer;
	struct ipudp_batch batch;
	struct ipudp_async async;
};

/**
 * ipudp_handle_create() - make a handle over a transport
 * @transport: taken over on success
 * @ret_ipudp: receives the handle; ipudp_close() it
 *
 * Return: 0 or a negative errno.
 */
int ipudp_handle_create(struct ipudp_transport *transport, struct ipudp **ret_ipudp);

/** ipudp_fail() - as ipudp_error_set() on the handle's error */
int ipudp_fail(struct ipudp *ipudp, int errnum, const char *attr, const char *text);

/** ipudp_malformed() - as ipudp_fail(), for an answer that cannot be read. Return: -EBADMSG */
int ipudp_malformed(struct ipudp *ipudp);

/** ipudp_check_device() - 0 if a device name can be one, else -EINVAL with a sentence */
int ipudp_check_device(struct ipudp *ipudp, const char *name);

#endif
