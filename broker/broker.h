/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The broker: who may have what, and who has it. Sessions, leases and bindings, without a wire
 * protocol: front ends (hub/) speak one and call this. Single-threaded; time comes in by
 * broker_tick() and the clock functions in struct broker_clock, so that tests can turn it.
 */
#ifndef _BROKER_BROKER_H
#define _BROKER_BROKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"

#define BROKER_ADDRESSES_MAX 4
#define BROKER_PREFIXES_MAX 8
#define BROKER_BINDINGS_MAX 16
#define BROKER_IDENTITY_SIZE 256
#define BROKER_NAME_SIZE 65
#define BROKER_SESSION_SIZE 17
#define BROKER_KEY_SIZE 44
#define BROKER_TOKEN_SIZE 44
#define BROKER_CREDENTIAL_SIZE 128
/** Networks that spokes without certificates are told apart by. */
#define BROKER_SOURCES 1024

struct broker;
struct broker_binding;
struct broker_conf;
struct broker_dataplane;
struct broker_path;
struct broker_pool;
struct broker_session;
struct broker_store;

/**
 * enum broker_state - of an identity that the broker knows
 * @BROKER_GRACE: no session, its addresses are kept
 * @BROKER_LEASED: session without tunnels
 * @BROKER_BOUND: session with tunnels
 */
enum broker_state {
	BROKER_GRACE,
	BROKER_LEASED,
	BROKER_BOUND,
};

/** enum broker_reason - why a session ended or a binding was lost; see broker_reason_name() */
enum broker_reason {
	BROKER_EXIT,
	BROKER_EXPIRED,
	BROKER_KICKED,
	BROKER_DENIED,
	BROKER_REVOKED,
	BROKER_REPLACED,
	BROKER_TIMEOUT,
	BROKER_RELEASED,
	BROKER_TAKEN,
	BROKER_FAILED,
};

/** broker_reason_name() - the word for it: "exit", "expired", ... */
const char *broker_reason_name(enum broker_reason reason);

/** broker_state_name() - "grace", "leased", "bound" */
const char *broker_state_name(enum broker_state state);

/**
 * struct broker_refusal - why a request was refused
 * @code: stable word, static: "denied", "duplicate", "token", "prefix", "pool-exhausted",
 *        "limit", "busy"
 * @text: for people
 * @detail: what it is about, "" if nothing
 * @full: of the broker, the pool that had nothing left, else NULL
 */
struct broker_refusal {
	const char *code;
	char text[128];
	char detail[LVN_ADDR_TEXT_SIZE];
	struct broker_pool *full;
};

/**
 * struct broker_wish - what a spoke asks for
 * @is_present: without, what the lease has stays
 * @addresses: of @n_addresses; others are given if these cannot
 * @n_addresses: how many
 * @prefixes: of @n_prefixes; an unspecified address asks for any prefix of that length
 * @n_prefixes: how many
 */
struct broker_wish {
	bool is_present;
	const struct lvn_addr *addresses;
	unsigned int n_addresses;
	const struct lvn_prefix *prefixes;
	unsigned int n_prefixes;
};

/**
 * struct broker_claim - who wants a session
 * @identity: proved by the front end; "" for an identity made up by the broker, or proved by @token
 * @token: as given by broker_session_token(), "" if none
 * @session: id of the session to be resumed, "" if none
 * @name: label
 * @credential: told to the front end's judge() later; anything without control characters
 * @credential_ends: seconds since 1970, 0 for never
 * @source: number of the network it comes from, 1 to BROKER_SOURCES; 0 if that is unknown
 * @wish: what is wanted
 */
struct broker_claim {
	const char *identity;
	const char *token;
	const char *session;
	const char *name;
	const char *credential;
	int64_t credential_ends;
	uint32_t source;
	struct broker_wish wish;
};

/**
 * struct broker_front - what a front end is told; @owner is what broker_session_set_owner() set
 * @arg: first argument of each
 * @up: a binding has its tunnel, made, moved or adopted
 * @down: a binding has lost its tunnel
 * @ended: the session is gone after this call
 * @changed: the configuration for the session changed
 * @judge: whether a credential is still good; asked when the configuration was read again
 */
struct broker_front {
	void *arg;
	void (*up)(void *arg, struct broker_session *session, unsigned int index);
	void (*down)(void *arg, struct broker_session *session, unsigned int index,
		     enum broker_reason reason);
	void (*ended)(void *arg, struct broker_session *session, enum broker_reason reason,
		      unsigned int retry_after);
	void (*changed)(void *arg, struct broker_session *session);
	bool (*judge)(void *arg, const char *credential);
};

/**
 * struct broker_clock - the two clocks
 * @monotonic_ms: never jumps
 * @wall_s: seconds since 1970
 */
struct broker_clock {
	uint64_t (*monotonic_ms)(void);
	int64_t (*wall_s)(void);
};

/**
 * broker_create() - make a broker
 * @conf: taken over on success
 * @dataplane: copied; must work until broker_destroy()
 * @store: copied, not taken over; must work until broker_destroy()
 * @clock: NULL for the system's
 */
int broker_create(struct broker_conf *conf, const struct broker_dataplane *dataplane,
		  const struct broker_store *store, const struct broker_clock *clock,
		  struct broker **ret_broker);

/** broker_destroy() - forget all; the data plane and the store stay as they are */
void broker_destroy(struct broker *broker);

/** broker_set_front() - who is told; copied */
void broker_set_front(struct broker *broker, const struct broker_front *front);

/**
 * broker_adopt() - take over what the store and the data plane hold
 *
 * Sessions of the store live on. Tunnels and rules that are right are not touched; what is
 * missing is made, what belongs to no session is removed.
 */
int broker_adopt(struct broker *broker);

/**
 * broker_compare() - the data plane was away: see that it holds what the sessions need
 *
 * As broker_adopt(), but for what the broker knows instead of the store.
 */
int broker_compare(struct broker *broker);

/**
 * broker_reconfigure() - use another configuration from now on
 * @conf: taken over on success
 *
 * Ends the sessions that are no longer allowed, takes back what leases may no longer have, gives
 * other addresses for it, and tells the sessions that something changed.
 *
 * Return: 0, or -EINVAL if the networks differ, which only a restart can change.
 */
int broker_reconfigure(struct broker *broker, struct broker_conf *conf);

/** broker_conf() - the configuration in use */
const struct broker_conf *broker_conf(const struct broker *broker);

/** broker_tick() - do what is due; call about once a second */
void broker_tick(struct broker *broker);

/** broker_flush() - write what is not yet in the store; before a clean end */
void broker_flush(struct broker *broker);

/**
 * broker_hello() - begin or resume a session
 * @ret_session: the session, owned by the broker
 * @ret_token: BROKER_TOKEN_SIZE bytes; the token of an identity made up by the broker, else ""
 * @ret_resumed: whether it is the session that was claimed
 *
 * Return: 0, or -EPERM with @refusal.
 */
int broker_hello(struct broker *broker, const struct broker_claim *claim,
		 struct broker_session **ret_session, char *ret_token, bool *ret_resumed,
		 struct broker_refusal *refusal);

/** broker_renew() - prolong the lease. Return: 0, or -EPERM with @refusal and nothing changed */
int broker_renew(struct broker *broker, struct broker_session *session,
		 const struct broker_wish *wish, struct broker_refusal *refusal);

/**
 * broker_end() - end a session: tunnels and rules go at once
 * @retry_after: told to the spoke, 0 for nothing
 * @release: give the addresses back at once, without grace time
 */
void broker_end(struct broker *broker, struct broker_session *session, enum broker_reason reason,
		unsigned int retry_after, bool release);

/** broker_forget() - end what an identity has, session or not, and free its addresses at once */
void broker_forget(struct broker *broker, const char *identity, enum broker_reason reason);

/**
 * struct broker_bind - what a spoke has proved about one of its bindings
 * @index: which
 * @priority: of its targets
 * @weight: of its targets
 * @counter: of the request
 * @proved_ms: monotonic time at which it was asked to prove that it receives there, as it did with
 *             this request; 0 if it did not
 * @path: where it is
 */
struct broker_bind {
	unsigned int index;
	uint16_t priority;
	uint16_t weight;
	uint64_t counter;
	uint64_t proved_ms;
	const struct broker_path *path;
};

/**
 * broker_bind() - a request of the spoke: consent if it is proved, and tunnel if need be
 *
 * The caller has checked integrity and counter. A path that the binding does not have needs a proof,
 * and so does consent, which ends a timeout after the last one.
 *
 * Return: 0 with the tunnel in place, -EPERM if the path comes from inside the overlay, or what the
 * data plane said.
 */
int broker_bind(struct broker *broker, struct broker_session *session,
		const struct broker_bind *bind);

/**
 * broker_hear() - the data plane tells that a tunnel has become idle, or came back
 * @path: of the tunnel
 * @tunnel: id
 *
 * Says something to brokers that hear data only. What is no tunnel of theirs is nothing to them.
 */
void broker_hear(struct broker *broker, const struct broker_path *path, uint32_t tunnel,
		 bool is_idle);

/** broker_bind_is_change() - whether it would change a tunnel or rules, not only renew consent */
bool broker_bind_is_change(const struct broker_session *session, const struct broker_bind *bind);

/** broker_is_consent_fresh() - whether less than half of the timeout passed since the last proof */
bool broker_is_consent_fresh(const struct broker *broker, const struct broker_binding *binding);

/** broker_unbind() - remove a binding's tunnel, if it has one */
void broker_unbind(struct broker *broker, struct broker_session *session, unsigned int index,
		   uint64_t counter, enum broker_reason reason);

#endif
