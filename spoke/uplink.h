/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The uplinks of a spoke: their ports, bindings and tunnels, and how traffic is shared out.
 */
#ifndef _LVN_UPLINK_H
#define _LVN_UPLINK_H

#include <stdbool.h>
#include <stddef.h>

struct lvn_addr;
struct lvn_agent;
struct lvn_binding_status;
struct lvn_endpoint;
struct lvn_link;
struct lvn_problems;

/**
 * struct lvn_uplinks_handlers - whom uplinks tell; each is called with the agent, from the event loop
 * @is_up: at least one is bound now, or none any more
 * @moved: the hub sees one at another address or port, or it goes to another endpoint
 * @changed: the problems of one, or its way, may be others: check everything
 * @refused: the hub knows the session no more, or nobody answers: ask over the control channel
 * @saved: the agent's state has changed, and is to be kept
 */
struct lvn_uplinks_handlers {
	void (*is_up)(struct lvn_agent *agent, bool is_up);
	void (*moved)(struct lvn_agent *agent);
	void (*changed)(struct lvn_agent *agent);
	void (*refused)(struct lvn_agent *agent);
	void (*saved)(struct lvn_agent *agent);
};

/**
 * lvn_uplinks_init() - make the bindings, in state off
 * @handlers: must stay
 */
int lvn_uplinks_init(struct lvn_agent *agent, const struct lvn_uplinks_handlers *handlers);

/** lvn_uplinks_done() - free the bindings */
void lvn_uplinks_done(struct lvn_agent *agent);

/** lvn_uplinks_start() - open the ports and bind, as the lease of the agent says */
void lvn_uplinks_start(struct lvn_agent *agent);

/**
 * lvn_uplinks_stop() - bind no more; tunnels stay as they are
 * @is_released: ask the hub to remove the bindings
 */
void lvn_uplinks_stop(struct lvn_agent *agent, bool is_released);

/** lvn_uplinks_restore() - the data plane may be another one: open ports and set tunnels again */
void lvn_uplinks_restore(struct lvn_agent *agent);

/** lvn_uplinks_remake() - the device is a new one: set the tunnels that there were */
void lvn_uplinks_remake(struct lvn_agent *agent);

/** lvn_uplinks_look() - interfaces, addresses or routes may have changed: ask the hub if so */
void lvn_uplinks_look(struct lvn_agent *agent);

/** lvn_uplinks_problems() - add what is wrong with them */
void lvn_uplinks_problems(const struct lvn_agent *agent, struct lvn_problems *problems);

/** lvn_uplinks_input() - a STUN datagram came to the port of uplink @index */
void lvn_uplinks_input(struct lvn_agent *agent, unsigned int index, const struct lvn_endpoint *from,
		       const struct lvn_addr *local, const void *data, size_t len);

/** lvn_uplink_nat() - "yes", "no", or "unknown" before the first answer */
const char *lvn_uplink_nat(const struct lvn_link *link, const struct lvn_binding_status *status);

#endif
