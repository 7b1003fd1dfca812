/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files that know SQLite share, and nobody else includes.
 */
#ifndef _BROKER_SQLITE_H
#define _BROKER_SQLITE_H

#include <sqlite3.h>

struct broker_store;

/** broker_sqlite_of() - the handle of a store of broker_store_open_sqlite(), which keeps it */
sqlite3 *broker_sqlite_of(const struct broker_store *store);

/** broker_sqlite_errno() - 0 or negative errno for a code; @db may be NULL */
int broker_sqlite_errno(sqlite3 *db, int code);

/**
 * broker_sqlite_prepare() - prepare a statement that is used often
 * @realm: bound to ":realm", if the statement has that
 * @ret_stmt: sqlite3_finalize() it, also after an error
 *
 * Return: 0 or a negative errno.
 */
int broker_sqlite_prepare(sqlite3 *db, const char *statement, const char *realm,
			  sqlite3_stmt **ret_stmt);

#endif
