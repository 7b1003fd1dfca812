// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The store in SQLite. Write-ahead log with synchronous=NORMAL: a crash of the daemon loses
 * nothing, a power cut at most the last moments. Addresses are kept as text, for sqlite3(1). Each
 * realm sees its own rows only: the realm is bound to its statements when they are prepared.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "broker/sqlite.h"
#include "broker/store.h"
#include "lib/base/cleanup.h"
#include "lib/base/log.h"

/* The schema, one step a version. Never change a step, add one. */
static const char *const migrations[] = {
	/* 1 */
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
	"CREATE TABLE verdict (pattern TEXT PRIMARY KEY, allowed INTEGER NOT NULL) WITHOUT ROWID;",
	/* 2: realms, users and their keys */
	"ALTER TABLE lease RENAME TO old_lease;"
	"CREATE TABLE lease (identity TEXT NOT NULL, secret TEXT NOT NULL,"
	" addresses TEXT NOT NULL, prefixes TEXT NOT NULL, free_at INTEGER NOT NULL,"
	" realm TEXT NOT NULL, PRIMARY KEY (realm, identity)) WITHOUT ROWID;"
	"INSERT INTO lease SELECT identity, secret, addresses, prefixes, free_at, 'hub'"
	" FROM old_lease;"
	"DROP TABLE old_lease;"
	"ALTER TABLE verdict RENAME TO old_verdict;"
	"CREATE TABLE verdict (pattern TEXT NOT NULL, allowed INTEGER NOT NULL,"
	" realm TEXT NOT NULL, PRIMARY KEY (realm, pattern)) WITHOUT ROWID;"
	"INSERT INTO verdict SELECT pattern, allowed, 'hub' FROM old_verdict;"
	"DROP TABLE old_verdict;"
	"ALTER TABLE session ADD COLUMN realm TEXT NOT NULL DEFAULT 'hub';"
	"ALTER TABLE binding ADD COLUMN realm TEXT NOT NULL DEFAULT 'hub';"
	"CREATE TABLE user (name TEXT NOT NULL, created_at INTEGER NOT NULL, realm TEXT NOT NULL,"
	" PRIMARY KEY (realm, name)) WITHOUT ROWID;"
	"CREATE TABLE user_key (user TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,"
	" scope TEXT NOT NULL, hash TEXT NOT NULL, created_at INTEGER NOT NULL,"
	" realm TEXT NOT NULL, PRIMARY KEY (realm, user, name),"
	" FOREIGN KEY (realm, user) REFERENCES user (realm, name) ON DELETE CASCADE)"
	" WITHOUT ROWID;",
	/* 3: users who are disabled, quotas, what operators did to users */
	"ALTER TABLE user ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE user ADD COLUMN prefixes INTEGER NOT NULL DEFAULT -1;"
	"ALTER TABLE user ADD COLUMN length INTEGER NOT NULL DEFAULT 0;"
	"CREATE TABLE audit (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, user TEXT NOT NULL,"
	" action TEXT NOT NULL, detail TEXT NOT NULL, realm TEXT NOT NULL);"
	"CREATE INDEX audit_realm ON audit (realm, id);"
	"CREATE INDEX audit_user ON audit (realm, user, id);",
};

#define N_MIGRATIONS (sizeof(migrations) / sizeof(migrations[0]))

enum statement {
	LEASE_PUT,
	LEASE_DEL,
	SESSION_PUT,
	SESSION_DEL,
	SESSION_DEL_BINDINGS,
	BINDING_PUT,
	VERDICT_PUT,
	VERDICT_DEL,
	BEGIN,
	COMMIT,
	ROLLBACK,
	READ_LEASES,
	READ_SESSIONS,
	READ_BINDINGS,
	READ_VERDICTS,
	N_STATEMENTS,
};

static const char *const sql[N_STATEMENTS] = {
	[LEASE_PUT] = "INSERT OR REPLACE INTO lease VALUES (?,?,?,?,?,:realm)",
	[LEASE_DEL] = "DELETE FROM lease WHERE identity=? AND realm=:realm",
	[SESSION_PUT] = "INSERT OR REPLACE INTO session VALUES (?,?,?,?,?,?,?,?,?,:realm)",
	[SESSION_DEL] = "DELETE FROM session WHERE id=?",
	[SESSION_DEL_BINDINGS] = "DELETE FROM binding WHERE session=?",
	[BINDING_PUT] = "INSERT OR REPLACE INTO binding VALUES (?,?,?,?,?,?,?,?,?,?,:realm)",
	[VERDICT_PUT] = "INSERT OR REPLACE INTO verdict VALUES (?,?,:realm)",
	[VERDICT_DEL] = "DELETE FROM verdict WHERE pattern=? AND realm=:realm",
	[BEGIN] = "BEGIN",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
	[READ_LEASES] = "SELECT identity,secret,addresses,prefixes,free_at FROM lease"
			" WHERE realm=:realm",
	[READ_SESSIONS] = "SELECT id,key,identity,name,credential,credential_ends,created_at,"
			  "expires_at,bindings FROM session WHERE realm=:realm",
	[READ_BINDINGS] = "SELECT session,idx,tunnel,listener,local,remote,port,priority,weight,"
			  "counter FROM binding WHERE realm=:realm",
	[READ_VERDICTS] = "SELECT pattern,allowed FROM verdict WHERE realm=:realm",
};

/**
 * struct database - a realm of an open store
 * @db: SQLite's
 * @is_owner: whether @db is closed with it
 * @realm: whose rows; all statements are bound to it
 * @statements: prepared ones
 */
struct database {
	sqlite3 *db;
	bool is_owner;
	char realm[BROKER_REALM_SIZE];
	sqlite3_stmt *statements[N_STATEMENTS];
};

/* SQLite's codes say what it could not do; the system's error, if there was one, says why. */
int broker_sqlite_errno(sqlite3 *db, int code)
{
	int why = db ? sqlite3_system_errno(db) : 0;

	switch (code & 0xff) {
	case SQLITE_OK:
	case SQLITE_DONE:
	case SQLITE_ROW:
		return 0;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_READONLY:
		return -EROFS;
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EACCES;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_CANTOPEN:
		return why ? -why : -ENOENT;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EUCLEAN;
	}
	return why ? -why : -EIO;
}

static sqlite3_stmt *use(struct database *database, enum statement which)
{
	sqlite3_stmt *stmt = database->statements[which];

	sqlite3_reset(stmt);
	return stmt;
}

static void text(sqlite3_stmt *stmt, int i, const char *value)
{
	sqlite3_bind_text(stmt, i, value, -1, SQLITE_TRANSIENT);
}

static void addr(sqlite3_stmt *stmt, int i, const struct lvn_addr *value)
{
	char buf[LVN_ADDR_TEXT_SIZE];

	text(stmt, i, lvn_addr_format(value, buf));
}

static int run(sqlite3_stmt *stmt)
{
	int code = sqlite3_step(stmt);

	sqlite3_reset(stmt);
	return broker_sqlite_errno(sqlite3_db_handle(stmt), code);
}

static int run_text(struct database *database, enum statement which, const char *value)
{
	sqlite3_stmt *stmt = use(database, which);

	text(stmt, 1, value);
	return run(stmt);
}

static void join(const struct lvn_prefix *list, unsigned int n, char *buf, size_t size)
{
	char one[LVN_ADDR_TEXT_SIZE];
	size_t len = 0;
	unsigned int i;

	*buf = '\0';
	for (i = 0; i < n && len < size; i++)
		len += snprintf(buf + len, size - len, "%s%s", i ? " " : "",
				lvn_prefix_format(&list[i], one));
}

static int lease_put(void *arg, const struct broker_lease_record *record)
{
	sqlite3_stmt *stmt = use(arg, LEASE_PUT);
	char buf[BROKER_PREFIXES_MAX * LVN_ADDR_TEXT_SIZE];

	text(stmt, 1, record->identity);
	text(stmt, 2, record->secret);
	join(record->prefixes, record->n_addresses, buf, sizeof(buf));
	text(stmt, 3, buf);
	join(record->prefixes + record->n_addresses, record->n_prefixes - record->n_addresses, buf,
	     sizeof(buf));
	text(stmt, 4, buf);
	sqlite3_bind_int64(stmt, 5, record->free_at);
	return run(stmt);
}

static int lease_del(void *arg, const char *identity)
{
	return run_text(arg, LEASE_DEL, identity);
}

static int session_put(void *arg, const struct broker_session_record *record)
{
	sqlite3_stmt *stmt = use(arg, SESSION_PUT);

	text(stmt, 1, record->id);
	text(stmt, 2, record->key);
	text(stmt, 3, record->identity);
	text(stmt, 4, record->name);
	text(stmt, 5, record->credential);
	sqlite3_bind_int64(stmt, 6, record->credential_ends);
	sqlite3_bind_int64(stmt, 7, record->created_at);
	sqlite3_bind_int64(stmt, 8, record->expires_at);
	sqlite3_bind_int64(stmt, 9, record->bindings);
	return run(stmt);
}

static int session_del(void *arg, const char *id)
{
	int ret = run_text(arg, SESSION_DEL_BINDINGS, id);

	return ret ?: run_text(arg, SESSION_DEL, id);
}

static int binding_put(void *arg, const struct broker_binding_record *record)
{
	sqlite3_stmt *stmt = use(arg, BINDING_PUT);

	text(stmt, 1, record->session);
	sqlite3_bind_int64(stmt, 2, record->index);
	sqlite3_bind_int64(stmt, 3, record->tunnel);
	sqlite3_bind_int64(stmt, 4, record->path.listener);
	addr(stmt, 5, &record->path.local);
	addr(stmt, 6, &record->path.remote.addr);
	sqlite3_bind_int64(stmt, 7, record->path.remote.port);
	sqlite3_bind_int64(stmt, 8, record->priority);
	sqlite3_bind_int64(stmt, 9, record->weight);
	sqlite3_bind_int64(stmt, 10, record->counter);
	return run(stmt);
}

static int verdict_put(void *arg, const char *pattern, bool is_allowed)
{
	sqlite3_stmt *stmt = use(arg, VERDICT_PUT);

	text(stmt, 1, pattern);
	sqlite3_bind_int64(stmt, 2, is_allowed);
	return run(stmt);
}

static int verdict_del(void *arg, const char *pattern)
{
	return run_text(arg, VERDICT_DEL, pattern);
}

static int begin(void *arg)
{
	return run(use(arg, BEGIN));
}

static int commit(void *arg)
{
	int ret = run(use(arg, COMMIT));

	if (ret < 0)
		run(use(arg, ROLLBACK));
	return ret;
}

static const char *column(sqlite3_stmt *stmt, int i)
{
	return (const char *)sqlite3_column_text(stmt, i) ?: "";
}

static int split(const char *list, struct lvn_prefix *ret_prefix, unsigned int max, unsigned int *n)
{
	_cleanup_free_ char *copy = strdup(list);
	char *rest = copy, *word;
	int ret;

	if (!copy)
		return -ENOMEM;
	while ((word = strtok_r(rest, " ", &rest))) {
		if (*n == max)
			return -EUCLEAN;
		ret = lvn_prefix_parse(word, &ret_prefix[*n]);
		if (ret < 0)
			return -EUCLEAN;
		(*n)++;
	}
	return 0;
}

static int read_lease(sqlite3_stmt *stmt, const struct broker_store_reader *reader)
{
	struct broker_lease_record record = {
		.identity = column(stmt, 0),
		.secret = column(stmt, 1),
		.free_at = sqlite3_column_int64(stmt, 4),
	};
	int ret;

	ret = split(column(stmt, 2), record.prefixes, BROKER_ADDRESSES_MAX, &record.n_prefixes);
	record.n_addresses = record.n_prefixes;
	if (!ret)
		ret = split(column(stmt, 3), record.prefixes,
			    record.n_addresses + BROKER_PREFIXES_MAX, &record.n_prefixes);
	return ret ?: reader->lease(reader->arg, &record);
}

static int read_session(sqlite3_stmt *stmt, const struct broker_store_reader *reader)
{
	const struct broker_session_record record = {
		.id = column(stmt, 0),
		.key = column(stmt, 1),
		.identity = column(stmt, 2),
		.name = column(stmt, 3),
		.credential = column(stmt, 4),
		.credential_ends = sqlite3_column_int64(stmt, 5),
		.created_at = sqlite3_column_int64(stmt, 6),
		.expires_at = sqlite3_column_int64(stmt, 7),
		.bindings = sqlite3_column_int64(stmt, 8),
	};

	return reader->session(reader->arg, &record);
}

static int read_binding(sqlite3_stmt *stmt, const struct broker_store_reader *reader)
{
	struct broker_binding_record record = {
		.session = column(stmt, 0),
		.index = sqlite3_column_int64(stmt, 1),
		.tunnel = sqlite3_column_int64(stmt, 2),
		.path.listener = sqlite3_column_int64(stmt, 3),
		.path.remote.port = sqlite3_column_int64(stmt, 6),
		.priority = sqlite3_column_int64(stmt, 7),
		.weight = sqlite3_column_int64(stmt, 8),
		.counter = sqlite3_column_int64(stmt, 9),
	};

	/* "any", for a binding that never had a tunnel, stays AF_UNSPEC */
	lvn_addr_parse(column(stmt, 4), &record.path.local);
	if (lvn_addr_parse(column(stmt, 5), &record.path.remote.addr) < 0)
		record.tunnel = 0;
	return reader->binding(reader->arg, &record);
}

static int read_verdict(sqlite3_stmt *stmt, const struct broker_store_reader *reader)
{
	return reader->verdict(reader->arg, column(stmt, 0), sqlite3_column_int64(stmt, 1));
}

static int read_table(struct database *database, enum statement which,
		      const struct broker_store_reader *reader,
		      int (*fn)(sqlite3_stmt *, const struct broker_store_reader *))
{
	sqlite3_stmt *stmt = use(database, which);
	int code, ret = 0;

	while (!ret && (code = sqlite3_step(stmt)) == SQLITE_ROW)
		ret = fn(stmt, reader);
	sqlite3_reset(stmt);
	return ret ?: broker_sqlite_errno(database->db, code);
}

static int read_all(void *arg, const struct broker_store_reader *reader)
{
	int ret = read_table(arg, READ_LEASES, reader, read_lease);

	if (!ret)
		ret = read_table(arg, READ_SESSIONS, reader, read_session);
	if (!ret)
		ret = read_table(arg, READ_BINDINGS, reader, read_binding);
	return ret ?: read_table(arg, READ_VERDICTS, reader, read_verdict);
}

static void destroy(void *arg)
{
	struct database *database = arg;
	unsigned int i;

	for (i = 0; i < N_STATEMENTS; i++)
		sqlite3_finalize(database->statements[i]);
	if (database->is_owner)
		sqlite3_close(database->db);
	free(database);
}

static int exec(struct database *database, const char *statements)
{
	return broker_sqlite_errno(database->db,
				   sqlite3_exec(database->db, statements, NULL, NULL, NULL));
}

static int get_version(sqlite3 *db, unsigned int *ret_version)
{
	sqlite3_stmt *stmt = NULL;
	int ret;

	*ret_version = 0;
	ret = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &stmt, NULL);
	if (ret == SQLITE_OK)
		ret = sqlite3_step(stmt);
	if (ret == SQLITE_ROW)
		*ret_version = sqlite3_column_int(stmt, 0);
	sqlite3_finalize(stmt);
	return ret == SQLITE_ROW ? 0 : broker_sqlite_errno(db, ret);
}

static int migrate(struct database *database)
{
	char version_sql[64];
	unsigned int version;
	int ret = get_version(database->db, &version);

	if (ret < 0)
		return ret;
	if (version > N_MIGRATIONS)
		return -EPROTO;
	for (; version < N_MIGRATIONS; version++) {
		snprintf(version_sql, sizeof(version_sql), "PRAGMA user_version=%u", version + 1);
		ret = exec(database, "BEGIN IMMEDIATE");
		if (!ret)
			ret = exec(database, migrations[version]);
		if (!ret)
			ret = exec(database, version_sql);
		if (!ret)
			ret = exec(database, "COMMIT");
		if (ret < 0)
			return ret;
	}
	return 0;
}

/*
 * The keys of the sessions are in it, and SQLite gives its journals the mode of the database; those
 * of an older run may be there.
 */
static int make_private(const char *path, const char *suffix, int flags)
{
	_cleanup_close_ int fd = -1;
	char name[PATH_MAX];
	struct stat st;

	if (snprintf(name, sizeof(name), "%s%s", path, suffix) >= (int)sizeof(name))
		return -ENAMETOOLONG;
	fd = open(name, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_mode & 077 && fchmod(fd, 0600) < 0)
		lvn_warning("store %s: others may read it, and its mode cannot be changed: %s",
			    name, strerror(errno));
	return 0;
}

int broker_sqlite_prepare(sqlite3 *db, const char *statement, const char *realm,
			  sqlite3_stmt **ret_stmt)
{
	int code = sqlite3_prepare_v3(db, statement, -1, SQLITE_PREPARE_PERSISTENT, ret_stmt, NULL);
	int at;

	if (code != SQLITE_OK)
		return broker_sqlite_errno(db, code);
	at = sqlite3_bind_parameter_index(*ret_stmt, ":realm");
	if (at)
		code = sqlite3_bind_text(*ret_stmt, at, realm, -1, SQLITE_TRANSIENT);
	return broker_sqlite_errno(db, code);
}

static int prepare(struct database *database)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < N_STATEMENTS; i++)
		ret = broker_sqlite_prepare(database->db, sql[i], database->realm,
					    &database->statements[i]);
	return ret;
}

static int open_database(struct database *database, const char *path)
{
	int ret;

	if (strcmp(path, ":memory:") != 0) {
		ret = make_private(path, "", O_RDWR | O_CREAT);
		if (ret < 0)
			return ret;
		make_private(path, "-wal", O_RDWR);
		make_private(path, "-shm", O_RDWR);
	}
	ret = sqlite3_open_v2(path, &database->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
			      NULL);
	if (ret != SQLITE_OK)
		return broker_sqlite_errno(database->db, ret);
	/* the event loop must not stand still for somebody's sqlite3 shell */
	sqlite3_busy_timeout(database->db, 50);
	ret = exec(database, "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
			     " PRAGMA foreign_keys=ON;");
	if (!ret)
		ret = migrate(database);
	return ret ?: prepare(database);
}

static void fill_store(struct database *database, struct broker_store *ret_store)
{
	*ret_store = (struct broker_store){
		.arg = database,
		.destroy = destroy,
		.read = read_all,
		.begin = begin,
		.commit = commit,
		.lease_put = lease_put,
		.lease_del = lease_del,
		.session_put = session_put,
		.session_del = session_del,
		.binding_put = binding_put,
		.verdict_put = verdict_put,
		.verdict_del = verdict_del,
	};
}

int broker_store_open_sqlite(const char *path, struct broker_store *ret_store)
{
	struct database *database = calloc(1, sizeof(*database));
	int ret;

	if (!database)
		return -ENOMEM;
	database->is_owner = true;
	strcpy(database->realm, BROKER_REALM_HUB);
	ret = open_database(database, path);
	if (ret < 0) {
		lvn_debug("store: %s", database->db ? sqlite3_errmsg(database->db) : "no memory");
		destroy(database);
		return ret;
	}
	fill_store(database, ret_store);
	return 0;
}

/* A file as a URI that is read without locks and journals, which would be made. */
static int make_uri(const char *path, char *ret, size_t size)
{
	size_t len = (size_t)snprintf(ret, size, "file:");

	for (; *path; path++) {
		if (len + 4 + sizeof("?immutable=1") > size)
			return -ENAMETOOLONG;
		len += snprintf(ret + len, 4, strchr("?#%", *path) ? "%%%02x" : "%c", *path);
	}
	strcpy(ret + len, "?immutable=1");
	return 0;
}

int broker_store_check_sqlite(const char *path)
{
	unsigned int version = 0;
	struct stat stat_;
	sqlite3 *db = NULL;
	char uri[4096];
	int ret;

	if (strcmp(path, ":memory:") == 0)
		return 0;
	if (stat(path, &stat_) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (S_ISDIR(stat_.st_mode))
		return -EISDIR;
	ret = make_uri(path, uri, sizeof(uri));
	if (ret < 0)
		return ret;
	ret = sqlite3_open_v2(uri, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
	ret = ret == SQLITE_OK ? get_version(db, &version) : broker_sqlite_errno(db, ret);
	sqlite3_close(db);
	return ret ?: version > N_MIGRATIONS ? -EPROTO : 0;
}

int broker_store_realm_sqlite(const struct broker_store *store, const char *realm,
			      struct broker_store *ret_store)
{
	struct database *database;
	int ret;

	if (!*realm || strlen(realm) >= BROKER_REALM_SIZE)
		return -EINVAL;
	database = calloc(1, sizeof(*database));
	if (!database)
		return -ENOMEM;
	database->db = broker_sqlite_of(store);
	strcpy(database->realm, realm);
	ret = prepare(database);
	if (ret < 0) {
		destroy(database);
		return ret;
	}
	fill_store(database, ret_store);
	return 0;
}

sqlite3 *broker_sqlite_of(const struct broker_store *store)
{
	const struct database *database = store->arg;

	return database->db;
}
