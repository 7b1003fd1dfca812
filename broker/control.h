/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket: UNIX, one JSON object a line in both directions (lvnctl(8)). Who may open
 * the file may do all of it.
 *
 * A request is {"command":"...", ...}. An answer is any number of objects without the member "ok",
 * one for each thing listed, and a last one {"ok":true, ...} or {"ok":false,"error":"..."}.
 */
#ifndef _BROKER_CONTROL_H
#define _BROKER_CONTROL_H

#include <stddef.h>

struct broker;
struct broker_control;
struct event_base;
struct json_t;

/**
 * struct broker_control_ops - what the daemon around the broker does
 * @arg: first argument of each
 * @reload: read the configuration again; @text gets a sentence on failure
 * @status: add members to the answer of the command "status"
 */
struct broker_control_ops {
	void *arg;
	int (*reload)(void *arg, char *text, size_t size);
	void (*status)(void *arg, struct json_t *object);
};

/**
 * broker_control_create() - listen on @path, in the place of a socket that nobody listens on
 * @ops: copied
 *
 * Return: 0, -EADDRINUSE if somebody does listen there, or another errno.
 */
int broker_control_create(struct broker *broker, struct event_base *base, const char *path,
			  const struct broker_control_ops *ops,
			  struct broker_control **ret_control);

/** broker_control_destroy() - close it and all its connections; NULL is allowed */
void broker_control_destroy(struct broker_control *control);

#endif
