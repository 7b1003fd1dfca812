/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal: events about objects, as clients get them, in a file of the runtime folder. A daemon
 * that starts where another one died does again what they say, and takes over its interfaces.
 */
#ifndef _IPUDP_JOURNAL_H
#define _IPUDP_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

struct ipudp_home;
struct ipudp_journal;

/**
 * ipudp_journal_open() - take over what a dead daemon left, and begin to write
 *
 * Sets home->journal. Without a folder to write to, the daemon goes on without a journal. Return: 0
 * or a negative errno, of which the journal is closed.
 */
int ipudp_journal_open(struct ipudp_home *home);

/** ipudp_journal_add() - write down an event: a whole message */
void ipudp_journal_add(struct ipudp_home *home, const void *data, size_t len);

/** ipudp_journal_close() - stop writing; @keep leaves the file for a successor */
void ipudp_journal_close(struct ipudp_home *home, bool keep);

#endif
