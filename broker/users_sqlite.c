// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Users and their keys in SQLite. Read at each login: a lookup costs less than the digest after it,
 * and nothing of a user who never comes is kept in memory.
 */
#include "broker/users.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/sqlite.h"

enum statement {
	USER_ADD,
	USER_DEL,
	USER_FIND,
	USER_LIST,
	USER_DISABLE,
	USER_QUOTA,
	KEY_ADD,
	KEY_DEL,
	KEY_COUNT,
	KEY_LIST,
	KEY_LIST_ALL,
	AUDIT_ADD,
	AUDIT_TRIM,
	AUDIT_LIST,
	AUDIT_LIST_ALL,
	N_STATEMENTS,
};

static const char *const sql[N_STATEMENTS] = {
	[USER_ADD] = "INSERT INTO user (name,created_at,realm) VALUES (?,?,:realm)",
	[USER_DEL] = "DELETE FROM user WHERE name=? AND realm=:realm",
	[USER_FIND] = "SELECT name,created_at,0,disabled,prefixes,length FROM user"
		      " WHERE name=? AND realm=:realm",
	[USER_LIST] = "SELECT name,created_at,(SELECT count(*) FROM user_key"
		      " WHERE user_key.realm=user.realm AND user_key.user=user.name),"
		      "disabled,prefixes,length FROM user WHERE realm=:realm ORDER BY name",
	[USER_DISABLE] = "UPDATE user SET disabled=? WHERE name=? AND realm=:realm",
	[USER_QUOTA] = "UPDATE user SET prefixes=?,length=? WHERE name=? AND realm=:realm",
	[KEY_ADD] = "INSERT INTO user_key VALUES (?,?,?,?,?,?,:realm)",
	[KEY_DEL] = "DELETE FROM user_key WHERE user=? AND name=? AND realm=:realm",
	[KEY_COUNT] = "SELECT count(*) FROM user_key WHERE user=? AND realm=:realm",
	[KEY_LIST] = "SELECT user,name,kind,scope,hash,created_at FROM user_key"
		     " WHERE user=? AND realm=:realm ORDER BY name",
	[KEY_LIST_ALL] = "SELECT user,name,kind,scope,hash,created_at FROM user_key"
			 " WHERE realm=:realm ORDER BY user,name",
	[AUDIT_ADD] = "INSERT INTO audit (at,user,action,detail,realm) VALUES (?,?,?,?,:realm)",
	[AUDIT_TRIM] = "DELETE FROM audit WHERE realm=:realm AND id<=(SELECT max(id) FROM audit"
		       " WHERE realm=:realm)-?",
	[AUDIT_LIST] = "SELECT at,user,action,detail FROM audit WHERE user=? AND realm=:realm"
		       " ORDER BY id",
	[AUDIT_LIST_ALL] = "SELECT at,user,action,detail FROM audit WHERE realm=:realm"
			   " ORDER BY id",
};

static const char *const kinds[] = {
	[BROKER_KEY_SHA256] = "sha256",
	[BROKER_KEY_MD5] = "md5",
};

/**
 * struct broker_users - see users.h
 * @db: SQLite's, of the store
 * @statements: prepared ones
 */
struct broker_users {
	sqlite3 *db;
	sqlite3_stmt *statements[N_STATEMENTS];
};

static sqlite3_stmt *use(struct broker_users *users, enum statement which)
{
	sqlite3_stmt *stmt = users->statements[which];

	sqlite3_reset(stmt);
	return stmt;
}

static void bind(sqlite3_stmt *stmt, int i, const char *text)
{
	sqlite3_bind_text(stmt, i, text, -1, SQLITE_TRANSIENT);
}

/* Return: how many rows it changed. */
static int run(struct broker_users *users, sqlite3_stmt *stmt)
{
	int code = sqlite3_step(stmt), ret = broker_sqlite_errno(users->db, code);

	sqlite3_reset(stmt);
	if ((code & 0xff) == SQLITE_CONSTRAINT)
		return -EEXIST;
	return ret < 0 ? ret : sqlite3_changes(users->db);
}

/* Return: the number in the first column of the first row, 0 without rows. */
static int ask(struct broker_users *users, enum statement which, const char *name)
{
	sqlite3_stmt *stmt = use(users, which);
	int code, ret = 0;

	bind(stmt, 1, name);
	code = sqlite3_step(stmt);
	if (code == SQLITE_ROW)
		ret = sqlite3_column_int(stmt, 0);
	else
		ret = broker_sqlite_errno(users->db, code);
	sqlite3_reset(stmt);
	return ret;
}

/* What does not fit was not put there by us, and is no name that anybody can log in with. */
static void copy(sqlite3_stmt *stmt, int i, char *ret, size_t size)
{
	snprintf(ret, size, "%s", (const char *)sqlite3_column_text(stmt, i) ?: "");
}

/* RFC 3629, without surrogates and overlong forms. Return: bytes, 0 for none. */
static unsigned int utf8_len(const unsigned char *text)
{
	static const unsigned int least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned int n = text[0] < 0xc2 ? 0 : text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4, i;
	unsigned int code = text[0] & (0x7f >> n);

	if (!n || text[0] > 0xf4)
		return 0;
	for (i = 1; i < n; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3f);
	}
	/* controls of Latin 1 and line separators would do to a terminal what others do */
	if (code < 0xa1 || code == 0x2028 || code == 0x2029)
		return 0;
	return code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : n;
}

bool broker_user_name_check(const char *name)
{
	const unsigned char *at = (const unsigned char *)name;
	unsigned int n;

	if (!*at || *at == '~' || *at == '-' || strlen(name) >= BROKER_USER_SIZE)
		return false;
	while (*at) {
		if (*at < 0x80) {
			if (*at <= ' ' || *at == 0x7f || strchr(":\"'\\*?[],=<>&/", *at))
				return false;
			at++;
			continue;
		}
		n = utf8_len(at);
		if (!n)
			return false;
		at += n;
	}
	return true;
}

int broker_user_add(struct broker_users *users, const char *name, int64_t now)
{
	sqlite3_stmt *stmt = use(users, USER_ADD);
	int ret;

	if (!broker_user_name_check(name))
		return -EINVAL;
	bind(stmt, 1, name);
	sqlite3_bind_int64(stmt, 2, now);
	ret = run(users, stmt);
	return ret < 0 ? ret : 0;
}

int broker_user_del(struct broker_users *users, const char *name)
{
	sqlite3_stmt *stmt = use(users, USER_DEL);
	int ret;

	bind(stmt, 1, name);
	ret = run(users, stmt);
	return ret < 0 ? ret : ret ? 0 : -ENOENT;
}

static void read_user(sqlite3_stmt *stmt, struct broker_user *ret_user)
{
	copy(stmt, 0, ret_user->name, sizeof(ret_user->name));
	ret_user->created_at = sqlite3_column_int64(stmt, 1);
	ret_user->n_keys = sqlite3_column_int(stmt, 2);
	ret_user->is_disabled = sqlite3_column_int(stmt, 3);
	ret_user->quota.prefixes = sqlite3_column_int(stmt, 4);
	ret_user->quota.length = sqlite3_column_int(stmt, 5);
}

int broker_user_find(struct broker_users *users, const char *name, struct broker_user *ret_user)
{
	sqlite3_stmt *stmt = use(users, USER_FIND);
	int code, ret;

	bind(stmt, 1, name);
	code = sqlite3_step(stmt);
	if (code == SQLITE_ROW)
		read_user(stmt, ret_user);
	ret = broker_sqlite_errno(users->db, code);
	sqlite3_reset(stmt);
	return ret < 0 || code == SQLITE_ROW ? ret : -ENOENT;
}

int broker_user_disable(struct broker_users *users, const char *name, bool is_disabled)
{
	sqlite3_stmt *stmt = use(users, USER_DISABLE);
	int ret;

	sqlite3_bind_int(stmt, 1, is_disabled);
	bind(stmt, 2, name);
	ret = run(users, stmt);
	return ret < 0 ? ret : ret ? 0 : -ENOENT;
}

int broker_user_set_quota(struct broker_users *users, const char *name,
			  const struct broker_quota *quota)
{
	sqlite3_stmt *stmt = use(users, USER_QUOTA);
	int ret;

	sqlite3_bind_int(stmt, 1, quota->prefixes);
	sqlite3_bind_int(stmt, 2, quota->length);
	bind(stmt, 3, name);
	ret = run(users, stmt);
	return ret < 0 ? ret : ret ? 0 : -ENOENT;
}

int broker_user_list(struct broker_users *users, broker_user_fn *fn, void *arg)
{
	sqlite3_stmt *stmt = use(users, USER_LIST);
	struct broker_user user;
	int code;

	while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
		read_user(stmt, &user);
		fn(arg, &user);
	}
	sqlite3_reset(stmt);
	return broker_sqlite_errno(users->db, code);
}

int broker_key_add(struct broker_users *users, const struct broker_key *key)
{
	sqlite3_stmt *stmt = use(users, KEY_ADD);
	struct broker_user user;
	int ret;

	if (!broker_user_name_check(key->name))
		return -EINVAL;
	ret = broker_user_find(users, key->user, &user);
	if (ret < 0)
		return ret;
	ret = ask(users, KEY_COUNT, key->user);
	if (ret < 0)
		return ret;
	if (ret >= BROKER_KEYS_MAX)
		return -E2BIG;
	bind(stmt, 1, key->user);
	bind(stmt, 2, key->name);
	bind(stmt, 3, kinds[key->kind]);
	bind(stmt, 4, key->scope);
	bind(stmt, 5, key->hash);
	sqlite3_bind_int64(stmt, 6, key->created_at);
	ret = run(users, stmt);
	return ret < 0 ? ret : 0;
}

int broker_key_del(struct broker_users *users, const char *user, const char *name)
{
	sqlite3_stmt *stmt = use(users, KEY_DEL);
	int ret;

	bind(stmt, 1, user);
	bind(stmt, 2, name);
	ret = run(users, stmt);
	return ret < 0 ? ret : ret ? 0 : -ENOENT;
}

int broker_key_list(struct broker_users *users, const char *user, broker_key_fn *fn, void *arg)
{
	sqlite3_stmt *stmt = use(users, user ? KEY_LIST : KEY_LIST_ALL);
	struct broker_key key;
	int code, ret, n = 0;
	char kind[8];

	if (user)
		bind(stmt, 1, user);
	while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
		copy(stmt, 0, key.user, sizeof(key.user));
		copy(stmt, 1, key.name, sizeof(key.name));
		copy(stmt, 2, kind, sizeof(kind));
		key.kind = strcmp(kind, kinds[BROKER_KEY_MD5]) ? BROKER_KEY_SHA256 : BROKER_KEY_MD5;
		copy(stmt, 3, key.scope, sizeof(key.scope));
		copy(stmt, 4, key.hash, sizeof(key.hash));
		key.created_at = sqlite3_column_int64(stmt, 5);
		if (fn)
			fn(arg, &key);
		n++;
	}
	sqlite3_reset(stmt);
	ret = broker_sqlite_errno(users->db, code);
	return ret < 0 ? ret : n;
}

int broker_audit_add(struct broker_users *users, const struct broker_audit *audit)
{
	sqlite3_stmt *stmt = use(users, AUDIT_ADD);
	int ret;

	sqlite3_bind_int64(stmt, 1, audit->at);
	bind(stmt, 2, audit->user);
	bind(stmt, 3, audit->action);
	bind(stmt, 4, audit->detail);
	ret = run(users, stmt);
	if (ret < 0)
		return ret;
	stmt = use(users, AUDIT_TRIM);
	sqlite3_bind_int64(stmt, 2, BROKER_AUDIT_MAX);
	ret = run(users, stmt);
	return ret < 0 ? ret : 0;
}

int broker_audit_list(struct broker_users *users, const char *user, broker_audit_fn *fn, void *arg)
{
	sqlite3_stmt *stmt = use(users, user ? AUDIT_LIST : AUDIT_LIST_ALL);
	struct broker_audit audit;
	int code;

	if (user)
		bind(stmt, 1, user);
	while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
		audit.at = sqlite3_column_int64(stmt, 0);
		copy(stmt, 1, audit.user, sizeof(audit.user));
		copy(stmt, 2, audit.action, sizeof(audit.action));
		copy(stmt, 3, audit.detail, sizeof(audit.detail));
		fn(arg, &audit);
	}
	sqlite3_reset(stmt);
	return broker_sqlite_errno(users->db, code);
}

int broker_users_open_sqlite(const struct broker_store *store, const char *realm,
			     struct broker_users **ret_users)
{
	struct broker_users *users = calloc(1, sizeof(*users));
	unsigned int i;
	int ret = 0;

	if (!users)
		return -ENOMEM;
	users->db = broker_sqlite_of(store);
	for (i = 0; !ret && i < N_STATEMENTS; i++)
		ret = broker_sqlite_prepare(users->db, sql[i], realm, &users->statements[i]);
	if (ret < 0) {
		broker_users_close(users);
		return ret;
	}
	*ret_users = users;
	return 0;
}

void broker_users_close(struct broker_users *users)
{
	unsigned int i;

	if (!users)
		return;
	for (i = 0; i < N_STATEMENTS; i++)
		sqlite3_finalize(users->statements[i]);
	free(users);
}
