/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TSP over TCP (RFC 5572 section 4.4.1.1): the same dialogues, told apart by connections. Tunnels of
 * UDP cannot be set up this way, since nobody knows the mapping of a NAT; clients are told so, and can look
 * and delete.
 */
#ifndef _TSP_STREAM_H
#define _TSP_STREAM_H

#include "lib/base/addr.h"

struct event_base;
struct tsp_front;
struct tsp_streams;

/** tsp_streams_create() - none yet. @front is borrowed, and ends those whose keys are revoked */
int tsp_streams_create(struct tsp_front *front, struct event_base *base,
		       struct tsp_streams **ret_streams);

/** tsp_streams_destroy() - close all, before the front end goes. NULL is allowed */
void tsp_streams_destroy(struct tsp_streams *streams);

/** tsp_streams_add() - serve a connection; @fd is closed if there is no room for it */
void tsp_streams_add(struct tsp_streams *streams, int fd, const struct lvn_endpoint *peer);

/** tsp_streams_revoke() - close those that @user opened with @key, or with any if that is NULL */
void tsp_streams_revoke(struct tsp_streams *streams, const char *user, const char *key);

#endif
