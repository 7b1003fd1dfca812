/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket of a daemon: UNIX, one JSON object a line in both directions (lvnctl(8)). Who
 * may open the file may do all of it.
 *
 * A request is {"command":"...", ...}. An answer is any number of objects without the member "ok",
 * one for each thing listed, and a last one {"ok":true, ...} or {"ok":false,"error":"..."}.
 */
#ifndef _CONTROL_SOCKET_H
#define _CONTROL_SOCKET_H

#include <stddef.h>

struct control_socket;
struct evbuffer;
struct event_base;

/**
 * typedef control_line_fn - carries out the request in @line, and appends the answer to @out
 * @line: without the end of the line, valid during the call
 * @len: bytes of @line
 */
typedef void control_line_fn(void *arg, const char *line, size_t len, struct evbuffer *out);

/**
 * control_socket_create() - listen on @path, in the place of a socket that nobody listens on
 * @fn: called from the event loop for each line
 * @arg: for @fn
 *
 * Return: 0, -EADDRINUSE if somebody does listen there, or another errno.
 */
int control_socket_create(struct event_base *base, const char *path, control_line_fn *fn, void *arg,
			  struct control_socket **ret_control);

/** control_socket_destroy() - close it and all its connections; NULL is allowed */
void control_socket_destroy(struct control_socket *control);

#endif
