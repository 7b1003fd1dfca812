/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Closing connections in which descriptors wait that nobody asked for. They go with the connection,
 * and the end of somebody else's file may take as long as whoever made it likes: a file system in user
 * space, a socket that lingers. So that end is left to a child process, and the daemon never waits.
 */
#ifndef _IPUDP_DISCARD_H
#define _IPUDP_DISCARD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/list.h>

/** Children that may wait at once. Each has neither memory nor descriptors left, but is a process. */
#define IPUDP_DISCARD_CHILDREN 16

/**
 * struct ipudp_discard - what is to be closed
 * @waiting: that no child was given yet
 * @given: that a child is closing
 * @n: how many in both
 * @children: processes, 0 for none
 * @next_ms: when there may be another child
 */
struct ipudp_discard {
	struct list_head waiting;
	struct list_head given;
	unsigned int n;
	pid_t children[IPUDP_DISCARD_CHILDREN];
	uint64_t next_ms;
};

/** ipudp_discard_init() - nothing to close */
void ipudp_discard_init(struct ipudp_discard *discard);

/**
 * ipudp_discard_take() - drop what can be dropped of a connection that is over, and close it
 * @fd: a connection that was shut down; taken over
 * @uid: whose it was
 *
 * Closes it at once unless descriptors wait in it.
 */
void ipudp_discard_take(struct ipudp_discard *discard, int fd, uid_t uid);

/**
 * ipudp_discard_run() - give what waits to a child, and see which have ended
 * @now: give it now, however many children wait
 * Return: milliseconds until it is to be called again, -1 if there is nothing to do.
 */
int ipudp_discard_run(struct ipudp_discard *discard, bool now);

/** ipudp_discard_must() - whether descriptors wait in front in a socket; takes nothing out */
bool ipudp_discard_must(int fd);

/** ipudp_discard_count() - connections of users from @first to @last that are not closed yet */
unsigned int ipudp_discard_count(const struct ipudp_discard *discard, uid_t first, uid_t last);

/** ipudp_discard_done() - leave what is left to a last child */
void ipudp_discard_done(struct ipudp_discard *discard);

#endif
