/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The broker's objects. Ownership is a tree: broker, lease, session, binding. Front ends and the
 * control socket read the fields; only broker/ changes them.
 */
#ifndef _BROKER_SESSION_H
#define _BROKER_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include <uthash.h>

#include "broker/broker.h"
#include "broker/dataplane.h"
#include "lib/base/addr.h"
#include "lib/base/log.h"

/**
 * struct broker_remote - key of a binding by what the data plane tells it apart by
 * @listener: id
 * @family: of @bytes
 * @port: of the remote
 * @bytes: its address, zeros behind
 */
struct broker_remote {
	uint32_t listener;
	uint16_t family;
	uint16_t port;
	uint8_t bytes[16];
};

/**
 * struct broker_binding - one way to reach a spoke
 * @session: whose
 * @index: in the session
 * @weight: of its targets
 * @priority: of its targets
 * @tunnel: id, 0 without one
 * @path: of the tunnel
 * @remote: key of @hh
 * @counter: highest one seen, also of tunnels before
 * @seen_ms: last proof that the spoke receives there, monotonic
 * @is_idle: the data plane receives nothing from there; of brokers that hear data
 * @unsaved_ms: since when @counter is not in the store, 0 if it is
 * @prev: in the list by @seen_ms
 * @next: likewise
 * @unsaved_prev: in the list by @unsaved_ms
 * @unsaved_next: likewise
 * @hh: in the broker's table by @remote
 */
struct broker_binding {
	struct broker_session *session;
	uint16_t index;
	uint16_t weight;
	uint16_t priority;
	uint32_t tunnel;
	struct broker_path path;
	struct broker_remote remote;
	uint64_t counter;
	uint64_t seen_ms;
	bool is_idle;
	uint64_t unsaved_ms;
	struct broker_binding *prev, *next;
	struct broker_binding *unsaved_prev, *unsaved_next;
	UT_hash_handle hh;
};

/**
 * struct broker_lease - what an identity has
 * @identity: whose; owned
 * @secret: hexadecimal SHA-256 of its token, "" unless the broker made the identity up
 * @state: GRACE without session
 * @session: owned, NULL in GRACE
 * @addresses: of @n_addresses
 * @prefixes: of @n_prefixes, delegated
 * @n_addresses: how many
 * @n_prefixes: how many
 * @source: network it came from if the broker made it up, 0 for none
 * @was_bound: it has had a tunnel once
 * @free_at: end of the grace time, wall clock
 * @prev: in the list of those in GRACE, by @free_at
 * @next: likewise
 * @hh: in the broker's table by @identity
 */
struct broker_lease {
	char *identity;
	char secret[65];
	enum broker_state state;
	struct broker_session *session;
	struct lvn_addr addresses[BROKER_ADDRESSES_MAX];
	struct lvn_prefix prefixes[BROKER_PREFIXES_MAX];
	unsigned int n_addresses;
	unsigned int n_prefixes;
	uint32_t source;
	bool was_bound;
	int64_t free_at;
	struct broker_lease *prev, *next;
	UT_hash_handle hh;
};

/**
 * struct broker_session - see broker.h
 * @lease: its owner
 * @owner: the front end's, NULL without control connection
 * @id: hexadecimal
 * @key: secret
 * @name: label; owned
 * @credential: for the front end's judge(); owned
 * @credential_ends: wall clock, 0 for never
 * @created_at: wall clock
 * @expires_ms: monotonic
 * @was_bound: it has had a tunnel; until then it lives a minute only
 * @changes: bounds what it may change
 * @is_unsaved: the store does not have its current state
 * @is_checked: its credential's end was told
 * @bindings: of @n_bindings; owned
 * @n_bindings: most it may have
 * @n_bound: how many have tunnels
 * @prev: in the list by @expires_ms
 * @next: likewise
 * @hh: in the broker's table by @id
 */
struct broker_session {
	struct broker_lease *lease;
	void *owner;
	char id[BROKER_SESSION_SIZE];
	char key[BROKER_KEY_SIZE];
	char *name;
	char *credential;
	int64_t credential_ends;
	int64_t created_at;
	uint64_t expires_ms;
	bool was_bound;
	struct lvn_ratelimit changes;
	bool is_unsaved;
	bool is_checked;
	struct broker_binding *bindings;
	unsigned int n_bindings;
	unsigned int n_bound;
	struct broker_session *prev, *next;
	UT_hash_handle hh;
};

/** broker_session_lookup() - the session of an id; @id need not be terminated. NULL if none */
struct broker_session *broker_session_lookup(struct broker *broker, const char *id, size_t len);

/** broker_lease_lookup() - the lease of an identity, NULL if none */
struct broker_lease *broker_lease_lookup(struct broker *broker, const char *identity);

/**
 * broker_session_set_owner() - say who is told of the session; NULL for nobody
 *
 * One without a certificate that never had a tunnel does not live long without owner.
 */
void broker_session_set_owner(struct broker *broker, struct broker_session *session, void *owner);

/** broker_session_may_change() - whether it may cause work now: of data plane, store and log */
bool broker_session_may_change(const struct broker *broker, struct broker_session *session);

/** broker_session_counter() - the highest counter of all its bindings */
uint64_t broker_session_counter(const struct broker_session *session);

/** broker_session_expires() - seconds until it ends unless renewed */
uint32_t broker_session_expires(const struct broker *broker, const struct broker_session *session);

/** typedef broker_lease_fn - sees one lease; must not change anything */
typedef void broker_lease_fn(void *arg, const struct broker_lease *lease);

/** broker_lease_list() - call @fn for each lease */
void broker_lease_list(const struct broker *broker, broker_lease_fn *fn, void *arg);

#endif
