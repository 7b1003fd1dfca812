/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses and routes of the spoke's device: what the lease wants of them, as far as the host's own
 * allow it and the way to the hub stays outside of the tunnel.
 */
#ifndef _LVN_ROUTES_H
#define _LVN_ROUTES_H

#include <stdbool.h>

struct lvn_addr;
struct lvn_agent;
struct lvn_problems;

/**
 * lvn_routes_sync() - set what is missing, remove what must not be there
 * @problems: gets a sentence for each thing of the lease that is not there afterwards
 *
 * Looks at the host's routes anew each time, and changes nothing if nothing has changed.
 */
void lvn_routes_sync(struct lvn_agent *agent, struct lvn_problems *problems);

/** lvn_routes_is_inside() - whether packets to @addr would go through our own device */
bool lvn_routes_is_inside(const struct lvn_agent *agent, const struct lvn_addr *addr);

#endif
