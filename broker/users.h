/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Users and their keys, in the store. A user is known to front ends that authenticate people, not
 * certificates; what a key is a hash of is theirs to know. Users of one realm are unknown to others.
 */
#ifndef _BROKER_USERS_H
#define _BROKER_USERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct broker_store;
struct broker_users;

/** Names of users and of keys in bytes, with the final NUL. */
#define BROKER_USER_SIZE 65
#define BROKER_KEY_NAME_SIZE 65

/** Hash of a key as hexadecimal digits, with the final NUL; and what it was made for. */
#define BROKER_HASH_SIZE 65
#define BROKER_SCOPE_SIZE 128

/** Most keys of a user. */
#define BROKER_KEYS_MAX 32

/** A quota that sets no bound of its own: the configuration's hold. */
#define BROKER_QUOTA_NONE      \
	{                      \
		.prefixes = -1 \
	}

/**
 * struct broker_quota - what a user may have, if it is less than the configuration allows
 * @prefixes: most delegated prefixes, -1 for any number
 * @length: least length of each, 0 for any
 */
struct broker_quota {
	int prefixes;
	unsigned int length;
};

/**
 * struct broker_user - a user
 * @name: unique in the realm
 * @created_at: seconds since 1970
 * @n_keys: how many there are; of broker_user_list() only
 * @is_disabled: he has to stay out, and keeps what he has
 * @quota: his own
 */
struct broker_user {
	char name[BROKER_USER_SIZE];
	int64_t created_at;
	unsigned int n_keys;
	bool is_disabled;
	struct broker_quota quota;
};

/** Text of an entry of the audit log, with the final NUL. */
#define BROKER_AUDIT_SIZE 128

/** How many entries of a realm are kept; the oldest go. */
#define BROKER_AUDIT_MAX 10000

/**
 * struct broker_audit - something that an operator did to a user
 * @at: when, seconds since 1970
 * @user: whom
 * @action: one word or two
 * @detail: what the action needs to be understood, "" for nothing
 */
struct broker_audit {
	int64_t at;
	char user[BROKER_USER_SIZE];
	char action[BROKER_AUDIT_SIZE];
	char detail[BROKER_AUDIT_SIZE];
};

/**
 * enum broker_key_kind - what the hash of a key is
 * @BROKER_KEY_SHA256: of the key alone
 * @BROKER_KEY_MD5: of user, scope and key, as RFC 2831 section 2.1.2.1 has it
 */
enum broker_key_kind {
	BROKER_KEY_SHA256,
	BROKER_KEY_MD5,
};

/**
 * struct broker_key - a key of a user; the key itself is nowhere
 * @user: whose
 * @name: unique among the keys of the user
 * @kind: of @hash
 * @scope: realm of DIGEST-MD5 that @hash was made for, "" for other kinds
 * @hash: lower-case hexadecimal
 * @created_at: seconds since 1970
 */
struct broker_key {
	char user[BROKER_USER_SIZE];
	char name[BROKER_KEY_NAME_SIZE];
	enum broker_key_kind kind;
	char scope[BROKER_SCOPE_SIZE];
	char hash[BROKER_HASH_SIZE];
	int64_t created_at;
};

/** typedef broker_user_fn - sees one user; must not change anything */
typedef void broker_user_fn(void *arg, const struct broker_user *user);

/** typedef broker_audit_fn - sees one entry; must not change anything */
typedef void broker_audit_fn(void *arg, const struct broker_audit *audit);

/** typedef broker_key_fn - sees one key; must not change anything */
typedef void broker_key_fn(void *arg, const struct broker_key *key);

/**
 * broker_users_open_sqlite() - the users of a realm
 * @store: of broker_store_open_sqlite(); must stay open until broker_users_close()
 */
int broker_users_open_sqlite(const struct broker_store *store, const char *realm,
			     struct broker_users **ret_users);

/** broker_users_close() - NULL is allowed */
void broker_users_close(struct broker_users *users);

/**
 * broker_user_name_check() - whether a text can be the name of a user or of a key
 *
 * UTF-8 without blanks, control characters, and what has a meaning elsewhere: the colon of
 * DIGEST-MD5, quotes and backslashes, wildcards, and the tilde that begins identities without a
 * user.
 */
bool broker_user_name_check(const char *name);

/** broker_user_add() - Return: 0; -EINVAL for the name; -EEXIST; or what the store said */
int broker_user_add(struct broker_users *users, const char *name, int64_t now);

/** broker_user_del() - with all keys. Return: 0; -ENOENT; or what the store said */
int broker_user_del(struct broker_users *users, const char *name);

/** broker_user_find() - Return: 0 with @ret_user; -ENOENT; or what the store said */
int broker_user_find(struct broker_users *users, const char *name, struct broker_user *ret_user);

/** broker_user_disable() - shut a user out, or let him in again. Return: as broker_user_del() */
int broker_user_disable(struct broker_users *users, const char *name, bool is_disabled);

/** broker_user_set_quota() - Return: as broker_user_del() */
int broker_user_set_quota(struct broker_users *users, const char *name,
			  const struct broker_quota *quota);

/** broker_user_list() - call @fn for each user, in the order of their names */
int broker_user_list(struct broker_users *users, broker_user_fn *fn, void *arg);

/**
 * broker_key_add() - give a user a key
 *
 * Return: 0; -EINVAL for the name; -EEXIST if the user has one of that name; -ENOENT if there is no
 * such user; -E2BIG beyond BROKER_KEYS_MAX; or what the store said.
 */
int broker_key_add(struct broker_users *users, const struct broker_key *key);

/** broker_key_del() - Return: 0; -ENOENT; or what the store said */
int broker_key_del(struct broker_users *users, const char *user, const char *name);

/**
 * broker_key_list() - call @fn for each key of a user, or of all if @user is NULL; NULL to count them
 *
 * Return: how many, or what the store said.
 */
int broker_key_list(struct broker_users *users, const char *user, broker_key_fn *fn, void *arg);

/** broker_audit_add() - write what was done; it outlives the user. Return: 0, or what the store said */
int broker_audit_add(struct broker_users *users, const struct broker_audit *audit);

/** broker_audit_list() - call @fn for each entry of a user, or all if @user is NULL; oldest first */
int broker_audit_list(struct broker_users *users, const char *user, broker_audit_fn *fn, void *arg);

#endif
