/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connection to the data plane: it is read when something comes, and when it breaks, because
 * ipudpd ended, another one is looked for until it is there.
 */
#ifndef _PLANE_WATCH_H
#define _PLANE_WATCH_H

#include <stdbool.h>

struct event_base;
struct plane_watch;

/**
 * struct plane_watch_ops - what the owner of the connection does
 * @arg: first argument of each
 * @name: which daemon's it is, for the log, borrowed; NULL if that is clear
 * @fd: to wait for; asked each time after the connection was made
 * @dispatch: read what came; negative errno when the connection broke
 * @reopen: connect again, and make what must be there before anything is read; 0 or negative errno
 * @lost: it broke, and is away from now on; may be NULL
 * @back: there is another, and what was changed meanwhile is not in it
 */
struct plane_watch_ops {
	void *arg;
	const char *name;
	int (*fd)(void *arg);
	int (*dispatch)(void *arg);
	int (*reopen)(void *arg);
	void (*lost)(void *arg);
	void (*back)(void *arg);
};

/**
 * plane_watch_create() - for a connection that was made; nothing is read yet
 * @ops: copied
 */
int plane_watch_create(struct event_base *base, const struct plane_watch_ops *ops,
		       struct plane_watch **ret_watch);

/** plane_watch_destroy() - NULL is allowed; the connection is its owner's to close */
void plane_watch_destroy(struct plane_watch *watch);

/** plane_watch_start() - read from now on. Return: 0, or -ENOMEM */
int plane_watch_start(struct plane_watch *watch);

/** plane_watch_stop() - if it breaks or has broken, no other is looked for any more */
void plane_watch_stop(struct plane_watch *watch);

/** plane_watch_is_up() - whether it was started and has not broken since; false for NULL */
bool plane_watch_is_up(const struct plane_watch *watch);

#endif
