/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the broker remembers over a restart. Records are flat and hold no pointers into the broker;
 * times are seconds since 1970, because they outlive the machine's uptime.
 */
#ifndef _BROKER_STORE_H
#define _BROKER_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/broker.h"
#include "broker/dataplane.h"
#include "lib/base/addr.h"

/** Name of a realm with the final NUL. */
#define BROKER_REALM_SIZE 16

/** The realm of a store as it is opened. */
#define BROKER_REALM_HUB "hub"

/**
 * struct broker_lease_record - what an identity has been given
 * @identity: whose
 * @secret: hexadecimal SHA-256 of the token of an identity that has no certificate, "" if it has
 * @prefixes: addresses first, at full length, then delegated prefixes
 * @n_addresses: how many of @prefixes are addresses
 * @n_prefixes: how many @prefixes in all
 * @free_at: end of the grace time, 0 while there is a session
 */
struct broker_lease_record {
	const char *identity;
	const char *secret;
	struct lvn_prefix prefixes[BROKER_ADDRESSES_MAX + BROKER_PREFIXES_MAX];
	unsigned int n_addresses;
	unsigned int n_prefixes;
	int64_t free_at;
};

/**
 * struct broker_session_record - a session
 * @id: hexadecimal
 * @key: secret of its bindings
 * @identity: whose lease it uses
 * @name: label
 * @credential: what the front end needs to judge it again
 * @credential_ends: when that becomes invalid, 0 for never
 * @created_at: when it began
 * @expires_at: when it ends unless renewed
 * @bindings: how many it may have
 */
struct broker_session_record {
	const char *id;
	const char *key;
	const char *identity;
	const char *name;
	const char *credential;
	int64_t credential_ends;
	int64_t created_at;
	int64_t expires_at;
	unsigned int bindings;
};

/**
 * struct broker_binding_record - one binding of a session
 * @session: id
 * @index: which
 * @tunnel: id of its tunnel, 0 if it is only remembered for its counter
 * @path: of the tunnel
 * @priority: of its targets
 * @weight: of its targets
 * @counter: highest one seen
 */
struct broker_binding_record {
	const char *session;
	unsigned int index;
	uint32_t tunnel;
	struct broker_path path;
	uint16_t priority;
	uint16_t weight;
	uint64_t counter;
};

/**
 * struct broker_store_reader - who hears of the records; leases first, then sessions, then bindings
 * @arg: first argument of each
 * @lease: a lease
 * @session: a session
 * @binding: a binding
 * @verdict: an entry of the allow and deny list
 *
 * A negative errno from any ends the reading and is returned by it.
 */
struct broker_store_reader {
	void *arg;
	int (*lease)(void *arg, const struct broker_lease_record *record);
	int (*session)(void *arg, const struct broker_session_record *record);
	int (*binding)(void *arg, const struct broker_binding_record *record);
	int (*verdict)(void *arg, const char *pattern, bool is_allowed);
};

/**
 * struct broker_store - a store; all functions return 0 or a negative errno and do not wait long
 * @arg: first argument of each
 * @destroy: close it
 * @read: tell all records to @reader
 * @begin: collect what follows
 * @commit: write what was collected, all or nothing
 * @lease_put: add or replace by identity
 * @lease_del: remove with its session
 * @session_put: add or replace by id
 * @session_del: remove with its bindings
 * @binding_put: add or replace by session and index
 * @verdict_put: add or replace an entry of the allow and deny list
 * @verdict_del: remove it
 */
struct broker_store {
	void *arg;
	void (*destroy)(void *arg);
	int (*read)(void *arg, const struct broker_store_reader *reader);
	int (*begin)(void *arg);
	int (*commit)(void *arg);
	int (*lease_put)(void *arg, const struct broker_lease_record *record);
	int (*lease_del)(void *arg, const char *identity);
	int (*session_put)(void *arg, const struct broker_session_record *record);
	int (*session_del)(void *arg, const char *id);
	int (*binding_put)(void *arg, const struct broker_binding_record *record);
	int (*verdict_put)(void *arg, const char *pattern, bool is_allowed);
	int (*verdict_del)(void *arg, const char *pattern);
};

/**
 * broker_store_open_sqlite() - open or make a database, and bring it to this version's schema
 * @path: of the file, ":memory:" for one that is forgotten
 * @ret_store: its destroy() closes it
 *
 * Return: 0; -EBUSY if another process has it locked; -EPROTO if a newer version made it; -EIO or
 * another errno.
 */
int broker_store_open_sqlite(const char *path, struct broker_store *ret_store);

/**
 * broker_store_check_sqlite() - whether broker_store_open_sqlite() could read a file; changes nothing
 * @path: of a file that no process has open
 *
 * Return: 0, also if there is no file yet; -EUCLEAN if it is damaged or no database; -EPROTO if a newer
 * version made it; or another errno.
 */
int broker_store_check_sqlite(const char *path);

/**
 * broker_store_realm_sqlite() - another realm of a database that is open
 * @store: of broker_store_open_sqlite(); must stay open until the destroy() of @ret_store
 * @realm: shorter than BROKER_REALM_SIZE
 *
 * What one realm puts the others do not read, even under the same identity. Transactions of realms
 * must not overlap.
 *
 * Return: 0, -EINVAL for a name that does not fit, or another errno.
 */
int broker_store_realm_sqlite(const struct broker_store *store, const char *realm,
			      struct broker_store *ret_store);

#endif
