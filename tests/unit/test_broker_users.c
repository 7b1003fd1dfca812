// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Realms of a store, users and their keys: over SQLite in memory, and the schema of version 1 in a
 * file.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "broker/store.h"
#include "broker/users.h"

/** struct seen - what was read last, and how much in all */
struct seen {
	char identity[64];
	char session[64];
	char pattern[64];
	unsigned int leases, sessions, bindings, verdicts;
};

static int see_lease(void *arg, const struct broker_lease_record *record)
{
	struct seen *seen = arg;

	snprintf(seen->identity, sizeof(seen->identity), "%s", record->identity);
	seen->leases++;
	return 0;
}

static int see_session(void *arg, const struct broker_session_record *record)
{
	struct seen *seen = arg;

	snprintf(seen->session, sizeof(seen->session), "%s", record->id);
	seen->sessions++;
	return 0;
}

static int see_binding(void *arg, const struct broker_binding_record *record)
{
	struct seen *seen = arg;

	(void)record;
	seen->bindings++;
	return 0;
}

static int see_verdict(void *arg, const char *pattern, bool is_allowed)
{
	struct seen *seen = arg;

	(void)is_allowed;
	snprintf(seen->pattern, sizeof(seen->pattern), "%s", pattern);
	seen->verdicts++;
	return 0;
}

static struct seen look(const struct broker_store *store)
{
	struct seen seen = { 0 };
	const struct broker_store_reader reader = {
		.arg = &seen,
		.lease = see_lease,
		.session = see_session,
		.binding = see_binding,
		.verdict = see_verdict,
	};

	assert_int_equal(store->read(store->arg, &reader), 0);
	return seen;
}

static void put_lease(const struct broker_store *store, const char *identity)
{
	struct broker_lease_record record = { .identity = identity, .secret = "" };

	assert_int_equal(lvn_prefix_parse("2001:db8::7/128", &record.prefixes[0]), 0);
	record.n_addresses = record.n_prefixes = 1;
	assert_int_equal(store->lease_put(store->arg, &record), 0);
}

static void put_session(const struct broker_store *store, const char *id)
{
	const struct broker_session_record record = {
		.id = id,
		.key = "key",
		.identity = "one",
		.name = "",
		.credential = "",
		.bindings = 1,
	};
	const struct broker_binding_record binding = { .session = id };

	assert_int_equal(store->session_put(store->arg, &record), 0);
	assert_int_equal(store->binding_put(store->arg, &binding), 0);
}

static void test_realms(void **state)
{
	struct broker_store hub, tsp, bad;
	struct seen seen;

	(void)state;
	assert_int_equal(broker_store_open_sqlite(":memory:", &hub), 0);
	assert_int_equal(broker_store_realm_sqlite(&hub, "tsp", &tsp), 0);
	assert_int_equal(broker_store_realm_sqlite(&hub, "", &bad), -EINVAL);
	assert_int_equal(broker_store_realm_sqlite(&hub, "0123456789012345", &bad), -EINVAL);
	/* the same identity, in both */
	put_lease(&hub, "one");
	put_lease(&tsp, "one");
	put_lease(&tsp, "two");
	put_session(&tsp, "0123456789abcdef");
	assert_int_equal(tsp.verdict_put(tsp.arg, "x*", false), 0);
	assert_int_equal(hub.verdict_put(hub.arg, "x*", true), 0);

	seen = look(&hub);
	assert_int_equal(seen.leases, 1);
	assert_int_equal(seen.sessions + seen.bindings, 0);
	assert_int_equal(seen.verdicts, 1);
	seen = look(&tsp);
	assert_int_equal(seen.leases, 2);
	assert_int_equal(seen.sessions, 1);
	assert_int_equal(seen.bindings, 1);

	assert_int_equal(tsp.lease_del(tsp.arg, "one"), 0);
	assert_int_equal(tsp.verdict_del(tsp.arg, "x*"), 0);
	assert_int_equal(look(&hub).leases, 1);
	assert_int_equal(look(&hub).verdicts, 1);
	assert_int_equal(look(&tsp).leases, 1);
	assert_int_equal(look(&tsp).verdicts, 0);
	tsp.destroy(tsp.arg);
	assert_int_equal(look(&hub).leases, 1);
	hub.destroy(hub.arg);
}

/* What lvnd 0.1 wrote. */
static const char version_1[] =
	"CREATE TABLE lease (identity TEXT PRIMARY KEY, secret TEXT NOT NULL,"
	" addresses TEXT NOT NULL, prefixes TEXT NOT NULL, free_at INTEGER NOT NULL)"
	" WITHOUT ROWID;"
	"CREATE TABLE session (id TEXT PRIMARY KEY, key TEXT NOT NULL, identity TEXT NOT NULL,"
	" name TEXT NOT NULL, credential TEXT NOT NULL, credential_ends INTEGER NOT NULL,"
	" created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, bindings INTEGER NOT NULL)"
	" WITHOUT ROWID;"
	"CREATE TABLE binding (session TEXT NOT NULL, idx INTEGER NOT NULL,"
	" tunnel INTEGER NOT NULL, listener INTEGER NOT NULL, local TEXT NOT NULL,"
	" remote TEXT NOT NULL, port INTEGER NOT NULL, priority INTEGER NOT NULL,"
	" weight INTEGER NOT NULL, counter INTEGER NOT NULL, PRIMARY KEY (session, idx))"
	" WITHOUT ROWID;"
	"CREATE TABLE verdict (pattern TEXT PRIMARY KEY, allowed INTEGER NOT NULL) WITHOUT ROWID;"
	"INSERT INTO lease VALUES ('alpha', '', '10.0.0.2/32', '', 5);"
	"INSERT INTO session VALUES ('0123456789abcdef', 'k', 'alpha', 'n', '', 0, 1, 2, 4);"
	"INSERT INTO binding VALUES ('0123456789abcdef', 0, 9, 1, '10.1.1.1', '10.1.1.2', 7, 0, 1, 3);"
	"INSERT INTO verdict VALUES ('bad*', 0);"
	"PRAGMA user_version=1;";

static void test_migration(void **state)
{
	char path[] = "/tmp/test_broker_users.XXXXXX";
	struct broker_store hub, tsp;
	struct seen seen;
	sqlite3 *db;
	int i;

	(void)state;
	close(mkstemp(path));
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, version_1, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	/* the second time there is nothing left to do */
	for (i = 0; i < 2; i++) {
		assert_int_equal(broker_store_open_sqlite(path, &hub), 0);
		assert_int_equal(broker_store_realm_sqlite(&hub, "tsp", &tsp), 0);
		seen = look(&hub);
		assert_string_equal(seen.identity, "alpha");
		assert_string_equal(seen.session, "0123456789abcdef");
		assert_string_equal(seen.pattern, "bad*");
		assert_int_equal(seen.leases + seen.sessions + seen.bindings + seen.verdicts, 4);
		seen = look(&tsp);
		assert_int_equal(seen.leases + seen.sessions + seen.bindings + seen.verdicts, 0);
		tsp.destroy(tsp.arg);
		hub.destroy(hub.arg);
	}
	unlink(path);
}

static struct broker_store store;
static struct broker_users *users;

static int setup(void **state)
{
	(void)state;
	assert_int_equal(broker_store_open_sqlite(":memory:", &store), 0);
	return broker_users_open_sqlite(&store, "tsp", &users);
}

static int teardown(void **state)
{
	(void)state;
	broker_users_close(users);
	store.destroy(store.arg);
	return 0;
}

static void keep_user(void *arg, const struct broker_user *user)
{
	struct broker_user *last = arg;

	*last = *user;
}

static void keep_key(void *arg, const struct broker_key *key)
{
	struct broker_key *last = arg;

	*last = *key;
}

static void test_names(void **state)
{
	static const char *const good[] = {
		"a",
		"Ann.B-c_d@example.org",
		"j\xc3\xbcrgen",
		"\xe6\x97\xa5\xe6\x9c\xac",
	};
	static const char *const bad[] = {
		"",
		"~x",
		"-x",
		"a b",
		"a:b",
		"a\"b",
		"a\\b",
		"a*",
		"a?",
		"[a]",
		"a\n",
		"a\x7f",
		"\xff",
		"\xc3",
		"\xc0\x80",
		"\xed\xa0\x80",
		"\xc2\x85",
		"\xe2\x80\xa8",
		"\xf4\x90\x80\x80",
		"a,b",
		"a=b",
		"0123456789012345678901234567890123456789012345678901234567890123x",
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(broker_user_name_check(good[i]));
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(broker_user_name_check(bad[i]));
		assert_int_equal(broker_user_add(users, bad[i], 1), -EINVAL);
	}
}

static void test_users(void **state)
{
	struct broker_users *others;
	struct broker_user user;

	(void)state;
	assert_int_equal(broker_user_add(users, "ann", 100), 0);
	assert_int_equal(broker_user_add(users, "ann", 101), -EEXIST);
	assert_int_equal(broker_user_add(users, "Ann", 102), 0);
	assert_int_equal(broker_user_list(users, keep_user, &user), 0);
	assert_string_equal(user.name, "ann");
	assert_int_equal(user.created_at, 100);
	assert_int_equal(user.n_keys, 0);

	assert_int_equal(broker_users_open_sqlite(&store, "other", &others), 0);
	assert_int_equal(broker_user_del(others, "ann"), -ENOENT);
	assert_int_equal(broker_user_add(others, "ann", 103), 0);
	broker_users_close(others);

	assert_int_equal(broker_user_del(users, "ann"), 0);
	assert_int_equal(broker_user_del(users, "ann"), -ENOENT);
}

static void test_quota(void **state)
{
	const struct broker_quota quota = { .prefixes = 0, .length = 56 };
	struct broker_user user;

	(void)state;
	assert_int_equal(broker_user_find(users, "ann", &user), -ENOENT);
	assert_int_equal(broker_user_disable(users, "ann", true), -ENOENT);
	assert_int_equal(broker_user_set_quota(users, "ann", &quota), -ENOENT);
	assert_int_equal(broker_user_add(users, "bob", 1), 0);
	assert_int_equal(broker_user_add(users, "ann", 100), 0);
	assert_int_equal(broker_user_find(users, "ann", &user), 0);
	assert_string_equal(user.name, "ann");
	assert_int_equal(user.created_at, 100);
	assert_false(user.is_disabled);
	assert_int_equal(user.quota.prefixes, -1);
	assert_int_equal(user.quota.length, 0);
	assert_int_equal(broker_user_disable(users, "ann", true), 0);
	assert_int_equal(broker_user_set_quota(users, "ann", &quota), 0);
	assert_int_equal(broker_user_find(users, "ann", &user), 0);
	assert_true(user.is_disabled);
	assert_int_equal(user.quota.prefixes, 0);
	assert_int_equal(user.quota.length, 56);
	assert_int_equal(broker_user_find(users, "bob", &user), 0);
	assert_false(user.is_disabled);
	assert_int_equal(user.quota.prefixes, -1);
	assert_int_equal(broker_user_disable(users, "ann", false), 0);
	assert_int_equal(broker_user_find(users, "ann", &user), 0);
	assert_false(user.is_disabled);
}

/** struct log - what was read of the audit log */
struct log {
	struct broker_audit first, last;
	unsigned int n;
};

static void keep_audit(void *arg, const struct broker_audit *audit)
{
	struct log *log = arg;

	if (!log->n++)
		log->first = *audit;
	log->last = *audit;
}

static void test_audit(void **state)
{
	struct broker_audit audit = { .at = 5, .user = "ann", .action = "add" };
	struct log log = { .n = 0 };
	int i;

	(void)state;
	assert_int_equal(broker_audit_list(users, NULL, keep_audit, &log), 0);
	assert_int_equal(log.n, 0);
	assert_int_equal(broker_audit_add(users, &audit), 0);
	strcpy(audit.user, "bob");
	strcpy(audit.detail, "prefixes 1");
	for (i = 0; i < BROKER_AUDIT_MAX - 1; i++) {
		audit.at = 10 + i;
		assert_int_equal(broker_audit_add(users, &audit), 0);
	}
	assert_int_equal(broker_audit_list(users, "ann", keep_audit, &log), 0);
	assert_int_equal(log.n, 1);
	assert_int_equal(log.first.at, 5);
	assert_string_equal(log.first.action, "add");
	assert_string_equal(log.first.detail, "");
	/* one more, and the oldest goes */
	assert_int_equal(broker_audit_add(users, &audit), 0);
	log.n = 0;
	assert_int_equal(broker_audit_list(users, NULL, keep_audit, &log), 0);
	assert_int_equal(log.n, BROKER_AUDIT_MAX);
	assert_int_equal(log.first.at, 10);
	assert_string_equal(log.last.user, "bob");
	assert_string_equal(log.last.detail, "prefixes 1");
}

static void test_keys(void **state)
{
	struct broker_key key = {
		.user = "ann",
		.name = "home",
		.kind = BROKER_KEY_MD5,
		.scope = "lvn",
		.hash = "00112233445566778899aabbccddeeff",
		.created_at = 7,
	};
	struct broker_user user;
	struct broker_key last;
	int i;

	(void)state;
	assert_int_equal(broker_key_add(users, &key), -ENOENT);
	assert_int_equal(broker_user_add(users, "ann", 1), 0);
	assert_int_equal(broker_user_add(users, "bob", 1), 0);
	assert_int_equal(broker_key_add(users, &key), 0);
	assert_int_equal(broker_key_add(users, &key), -EEXIST);
	assert_int_equal(broker_key_list(users, "ann", keep_key, &last), 1);
	assert_string_equal(last.user, "ann");
	assert_string_equal(last.name, "home");
	assert_int_equal(last.kind, BROKER_KEY_MD5);
	assert_string_equal(last.scope, "lvn");
	assert_string_equal(last.hash, key.hash);
	assert_int_equal(last.created_at, 7);
	assert_int_equal(broker_key_list(users, "bob", keep_key, &last), 0);

	strcpy(key.user, "bob");
	strcpy(key.scope, "");
	key.kind = BROKER_KEY_SHA256;
	for (i = 0; i < BROKER_KEYS_MAX; i++) {
		snprintf(key.name, sizeof(key.name), "k%d", i);
		assert_int_equal(broker_key_add(users, &key), 0);
	}
	strcpy(key.name, "beyond");
	assert_int_equal(broker_key_add(users, &key), -E2BIG);
	strcpy(key.name, "a b");
	assert_int_equal(broker_key_add(users, &key), -EINVAL);
	assert_int_equal(broker_user_list(users, keep_user, &user), 0);
	assert_int_equal(user.n_keys, BROKER_KEYS_MAX);
	assert_int_equal(broker_key_list(users, NULL, keep_key, &last), BROKER_KEYS_MAX + 1);
	assert_int_equal(last.kind, BROKER_KEY_SHA256);

	assert_int_equal(broker_key_del(users, "bob", "k3"), 0);
	assert_int_equal(broker_key_del(users, "bob", "k3"), -ENOENT);
	/* keys go with their user, and do not come back with the name */
	assert_int_equal(broker_user_del(users, "bob"), 0);
	assert_int_equal(broker_user_add(users, "bob", 2), 0);
	assert_int_equal(broker_key_list(users, "bob", keep_key, &last), 0);
	assert_int_equal(broker_key_list(users, "ann", keep_key, &last), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_realms),
		cmocka_unit_test(test_migration),
		cmocka_unit_test_setup_teardown(test_names, setup, teardown),
		cmocka_unit_test_setup_teardown(test_users, setup, teardown),
		cmocka_unit_test_setup_teardown(test_quota, setup, teardown),
		cmocka_unit_test_setup_teardown(test_audit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_keys, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
