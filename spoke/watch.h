/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the spoke hears of from outside: news of interfaces, addresses, routes and rules, which make
 * it look after its uplinks and its device; frames, and the end, of the data plane.
 */
#ifndef _LVN_WATCH_H
#define _LVN_WATCH_H

#include <stddef.h>

struct lvn_addr;
struct lvn_agent;
struct lvn_endpoint;

/** lvn_watch_init() - make the agent's events of these kinds; the agent frees them */
int lvn_watch_init(struct lvn_agent *agent);

/** lvn_watch_frame() - a frame for the agent @arg; see lvn_plane_open() */
void lvn_watch_frame(void *arg, unsigned int uplink, const struct lvn_endpoint *from,
		     const struct lvn_addr *local, const void *data, size_t len);

#endif
