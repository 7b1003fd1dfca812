/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names to addresses without waiting: getaddrinfo() in a process of its own for each question, so
 * that it follows /etc/nsswitch.conf, sees a new /etc/resolv.conf, and can be given up.
 */
#ifndef _LVN_RESOLVE_H
#define _LVN_RESOLVE_H

#include <stdint.h>

struct event_base;
struct lvn_endpoint;
struct lvn_resolve;

#define LVN_RESOLVE_MAX 16

/**
 * typedef lvn_resolve_fn - the answer
 * @error: 0, -ENOENT if there is no such name, -ETIMEDOUT, -EAGAIN (try later) or another errno
 * @endpoints: in the order to try them, families alternating (RFC 8305 section 4)
 * @n: how many, at least 1 if @error is 0
 *
 * The question is over and freed when this is called.
 */
typedef void lvn_resolve_fn(void *arg, int error, const struct lvn_endpoint *endpoints,
			    unsigned int n);

/**
 * lvn_resolve_start() - ask
 * @host: name or address; an address is not asked for, but answered all the same by a call
 * @timeout_ms: give up after this
 * @ret_resolve: the question, until it is answered; lvn_resolve_cancel() ends it
 */
int lvn_resolve_start(struct event_base *base, const char *host, uint16_t port, uint32_t timeout_ms,
		      lvn_resolve_fn *fn, void *arg, struct lvn_resolve **ret_resolve);

/** lvn_resolve_cancel() - forget the question, without a call; NULL is allowed */
void lvn_resolve_cancel(struct lvn_resolve *resolve);

/** lvn_resolve_interleave() - put families in turn, the first one's first; order else kept */
void lvn_resolve_interleave(struct lvn_endpoint *endpoints, unsigned int n);

#endif
