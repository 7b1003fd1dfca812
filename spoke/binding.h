/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One binding: the exchange of STUN with the hub over one uplink (docs/protocol/lvn.md section 2).
 * It is keepalive, liveness and roaming. Sends through whoever owns the port; makes no tunnels.
 *
 * | state | event | action | next |
 * |---|---|---|---|
 * | off | start | request to the first endpoint | searching |
 * | searching | 480 | repeat with the cookie | searching |
 * | searching | success | tell BOUND | bound |
 * | searching | no answer to 7 requests | tell SILENT, next endpoint; after the last tell ROUND | searching |
 * | bound | keepalive is due | request | bound |
 * | bound | success | tell MOVED if the mapping changed | bound |
 * | bound | 480 | repeat with the cookie | bound |
 * | bound | no answer to 3 requests | tell SUSPECT | suspect |
 * | suspect | success | tell BOUND | bound |
 * | bound, suspect | no answer for the timeout | tell LOST, next endpoint | searching |
 * | any but off | poke | request at once | same |
 * | bound | doubt | answers to what was sent before no longer count | suspect |
 * | any but off | 401 | tell REFUSED | same |
 * | any | stop | | off |
 */
#ifndef _LVN_BINDING_H
#define _LVN_BINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/lvn/message.h"

struct event_base;
struct lvn_binding;

/** enum lvn_binding_state - see the table above */
enum lvn_binding_state {
	LVN_BINDING_OFF,
	LVN_BINDING_SEARCHING,
	LVN_BINDING_BOUND,
	LVN_BINDING_SUSPECT,
};

/** enum lvn_binding_event - what the owner is told */
enum lvn_binding_event {
	LVN_BINDING_EVENT_BOUND,
	LVN_BINDING_EVENT_MOVED,
	LVN_BINDING_EVENT_SUSPECT,
	LVN_BINDING_EVENT_LOST,
	LVN_BINDING_EVENT_SILENT,
	LVN_BINDING_EVENT_ROUND,
	LVN_BINDING_EVENT_REFUSED,
};

/**
 * struct lvn_binding_owner - what a binding needs
 * @arg: first argument of each
 * @send: send a datagram from the binding's port; negative errno if that fails at once
 * @tell: something happened. May start and stop the binding
 */
struct lvn_binding_owner {
	void *arg;
	int (*send)(void *arg, const struct lvn_endpoint *to, const void *data, size_t len);
	void (*tell)(void *arg, enum lvn_binding_event event);
};

/**
 * struct lvn_binding_params - what the lease and the configuration say
 * @session: USERNAME
 * @key: of the session
 * @endpoints: the hub's, in the order to try them, all with addresses
 * @n_endpoints: at least 1
 * @index: of LVN-BINDING
 * @priority: likewise
 * @weight: likewise
 * @keepalive_ms: between requests
 * @timeout_ms: until the binding is lost
 * @counter: of the session, shared by its bindings; must outlive the binding
 */
struct lvn_binding_params {
	char session[LVN_SESSION_SIZE];
	char key[LVN_KEY_SIZE];
	struct lvn_endpoint endpoints[LVN_ENDPOINTS_MAX];
	unsigned int n_endpoints;
	uint16_t index;
	uint16_t priority;
	uint16_t weight;
	uint32_t keepalive_ms;
	uint32_t timeout_ms;
	uint64_t *counter;
};

/**
 * struct lvn_binding_status - for people and the tunnel
 * @state: see there
 * @endpoint: the hub's, that answered last or is tried
 * @mapped: how the hub sees us; AF_UNSPEC before the first answer
 * @local: the address that the last answer came to; AF_UNSPEC before
 * @rtt_us: of the last answer, 0 before
 * @age_ms: since the last answer, UINT64_MAX before
 * @requests: sent
 * @answers: good ones
 * @moves: changes of the mapping
 * @losses: how often it was lost
 */
struct lvn_binding_status {
	enum lvn_binding_state state;
	struct lvn_endpoint endpoint;
	struct lvn_endpoint mapped;
	struct lvn_addr local;
	uint32_t rtt_us;
	uint64_t age_ms;
	uint64_t requests;
	uint64_t answers;
	uint64_t moves;
	uint64_t losses;
};

/** lvn_binding_create() - in state off */
int lvn_binding_create(struct event_base *base, const struct lvn_binding_owner *owner,
		       struct lvn_binding **ret);

/** lvn_binding_destroy() - NULL is allowed; sends nothing */
void lvn_binding_destroy(struct lvn_binding *binding);

/**
 * lvn_binding_start() - begin, or go on with other parameters
 *
 * A bound binding stays bound if session and key are the same and its endpoint is still there.
 */
void lvn_binding_start(struct lvn_binding *binding, const struct lvn_binding_params *params);

/** lvn_binding_stop() - send nothing more */
void lvn_binding_stop(struct lvn_binding *binding);

/** lvn_binding_poke() - something changed here: ask at once */
void lvn_binding_poke(struct lvn_binding *binding);

/**
 * lvn_binding_doubt() - the way to the hub is gone, whatever was answered so far
 *
 * Tells nothing now. The next answer tells BOUND, even if it comes before any request was lost.
 */
void lvn_binding_doubt(struct lvn_binding *binding);

/** lvn_binding_release() - ask the hub once to remove the binding, and stop */
void lvn_binding_release(struct lvn_binding *binding);

/**
 * lvn_binding_input() - a STUN datagram came in on the binding's port
 * @local: the address it came to
 *
 * Return: whether it was an answer to a request of this binding.
 */
bool lvn_binding_input(struct lvn_binding *binding, const struct lvn_endpoint *from,
		       const struct lvn_addr *local, const void *data, size_t len);

/** lvn_binding_status() - how it is */
void lvn_binding_status(const struct lvn_binding *binding, struct lvn_binding_status *ret);

/** lvn_binding_state_name() - "off", "searching", "bound", "suspect" */
const char *lvn_binding_state_name(enum lvn_binding_state state);

#endif
