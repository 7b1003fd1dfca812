/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Requests and their answers on the request channel. A request is built in ipudp->request between
 * a begin and an end; changes may be queued in a batch, queries are answered at once.
 */
#ifndef _IPUDP_REQUEST_H
#define _IPUDP_REQUEST_H

#include <stdint.h>

struct ipudp;
struct nlmsghdr;

/**
 * typedef ipudp_answer_fn - sees one message of an answer
 * Return: 0, or a negative errno that becomes the request's; the rest is read in any case.
 */
typedef int ipudp_answer_fn(void *arg, const struct nlmsghdr *nlh);

/**
 * typedef ipudp_receive_fn - sees one message that came in
 * Return: 0 to wait for more, 1 when all is there, or a negative errno.
 */
typedef int ipudp_receive_fn(void *arg, const struct nlmsghdr *nlh);

/** ipudp_receive() - hand on what comes in on the request channel until @fn says enough */
int ipudp_receive(struct ipudp *ipudp, ipudp_receive_fn *fn, void *arg);

/** ipudp_change_begin() - start a request that changes something */
void ipudp_change_begin(struct ipudp *ipudp, uint8_t cmd, uint16_t flags);

/**
 * ipudp_change_end() - send the request, or queue it in the batch
 * @fn: sees the reply, may be NULL; not called for a queued request
 */
int ipudp_change_end(struct ipudp *ipudp, ipudp_answer_fn *fn, void *arg);

/** ipudp_query_begin() - send what the batch has queued, then start a request that reads; 0 or
 * negative errno
 */
int ipudp_query_begin(struct ipudp *ipudp, uint8_t cmd);

/** ipudp_query_get() - send the request and read one object's answer */
int ipudp_query_get(struct ipudp *ipudp, ipudp_answer_fn *fn, void *arg);

/**
 * ipudp_query_dump() - send the request and read a list
 * @fn: sees each message; what else than 0 it returns ends the list and is returned
 *
 * Return: 0, what @fn returned, -EAGAIN when all was listed but changed meanwhile, or a negative
 * errno.
 */
int ipudp_query_dump(struct ipudp *ipudp, ipudp_answer_fn *fn, void *arg);

#endif
