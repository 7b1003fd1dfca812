/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The async channel: what comes in unasked, and the few requests that must be made on the same
 * connection. What arrives while such a request waits for its answer is kept for ipudp_dispatch().
 */
#ifndef _IPUDP_ASYNC_H
#define _IPUDP_ASYNC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "msg.h"

struct ipudp;
struct ipudp_datagram;

/**
 * struct ipudp_async - state of the async channel
 * @request: buffer for requests
 * @buffer: IPUDP_DATAGRAM_MAX bytes for what comes in, owned
 * @seq: sequence number of the last request
 * @first: what is kept, oldest first, owned
 * @last: where the next one is linked
 * @kept_bytes: bytes of what is kept
 * @overrun: something was lost and the user was not told yet
 * @dispatching: within ipudp_dispatch()
 * @event_fd: readable while something is kept or @overrun is set
 * @epoll_fd: watches @event_fd and the transport
 */
struct ipudp_async {
	struct ipudp_msg request;
	char *buffer;
	uint32_t seq;
	struct ipudp_datagram *first;
	struct ipudp_datagram **last;
	size_t kept_bytes;
	bool overrun;
	bool dispatching;
	int event_fd;
	int epoll_fd;
};

/** ipudp_async_init() - set up; on failure ipudp_async_done() is due as well */
int ipudp_async_init(struct ipudp *ipudp);

/** ipudp_async_done() - free what the channel owns, not the transport */
void ipudp_async_done(struct ipudp_async *async);

/** ipudp_async_begin() - start a request in ipudp->async.request */
void ipudp_async_begin(struct ipudp *ipudp, uint8_t cmd, uint16_t flags);

/** ipudp_async_send() - send the request and do not wait */
int ipudp_async_send(struct ipudp *ipudp);

/** ipudp_async_call() - send the request, which asked for an acknowledgement, and wait for it */
int ipudp_async_call(struct ipudp *ipudp);

/**
 * ipudp_async_next() - the next datagram into async->buffer, those that were kept first
 *
 * Return: its length, -EAGAIN if there is none, -ENOBUFS if some were lost here.
 */
int ipudp_async_next(struct ipudp *ipudp);

#endif
