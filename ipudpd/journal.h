/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal: events about objects, as clients get them, in a file of the runtime folder. A daemon
 * that starts where another one died does again what they say, and takes over its interfaces.
 */
#ifndef _IPUDPD_JOURNAL_H
#define _IPUDPD_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

struct ipudpd_home;
struct ipudpd_journal;

/**
 * ipudpd_journal_open() - take over what a dead daemon left, and begin to write
 *
 * Sets home->journal. Without a folder to write to, the daemon goes on without a journal. Return: 0
 * or a negative errno, of which the journal is closed.
 */
int ipudpd_journal_open(struct ipudpd_home *home);

/** ipudpd_journal_add() - write down an event: a whole message */
void ipudpd_journal_add(struct ipudpd_home *home, const void *data, size_t len);

/** ipudpd_journal_close() - stop writing; @keep leaves the file for a successor */
void ipudpd_journal_close(struct ipudpd_home *home, bool keep);

#endif
