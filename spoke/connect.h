/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A TCP connection to the first of several addresses that answers (RFC 8305 section 5).
 */
#ifndef _LVN_CONNECT_H
#define _LVN_CONNECT_H

#include <stdint.h>

#include "lib/base/addr.h"

struct event_base;
struct lvn_connect;

#define LVN_CONNECT_MAX 16

/** The recommended "Connection Attempt Delay". */
#define LVN_CONNECT_DELAY_MS 250

/**
 * struct lvn_connect_options - how to reach them
 * @ifname: interface or VRF to leave by; NULL or "" for none
 * @mark: fwmark, 0 for none
 * @timeout_ms: give up after this
 */
struct lvn_connect_options {
	const char *ifname;
	uint32_t mark;
	uint32_t timeout_ms;
};

/**
 * typedef lvn_connect_fn - the outcome
 * @error: 0 or the error of the last address that failed; -ETIMEDOUT
 * @fd: connected, not blocking, now the callee's; -1 after an error
 * @endpoint: which one it is connected to
 *
 * The attempt is over and freed when this is called.
 */
typedef void lvn_connect_fn(void *arg, int error, int fd, const struct lvn_endpoint *endpoint);

/** lvn_connect_start() - connect to the first of @endpoints, at most LVN_CONNECT_MAX */
int lvn_connect_start(struct event_base *base, const struct lvn_endpoint *endpoints, unsigned int n,
		      const struct lvn_connect_options *options, lvn_connect_fn *fn, void *arg,
		      struct lvn_connect **ret);

/** lvn_connect_cancel() - give up without a call; NULL is allowed */
void lvn_connect_cancel(struct lvn_connect *race);

#endif
