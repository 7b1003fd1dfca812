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

/**
 * struct broker_user - a user
 * @name: unique in the realm
 * @created_at: seconds since 1970
 * @n_keys: how many there are
 */
struct broker_user {
	char name[BROKER_USER_SIZE];
	int64_t created_at;
	unsigned int n_keys;
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
 * broker_key_list() - call @fn for each key of a user, or of all if @user is NULL
 *
 * Return: how many, or what the store said.
 */
int broker_key_list(struct broker_users *users, const char *user, broker_key_fn *fn, void *arg);

#endif
