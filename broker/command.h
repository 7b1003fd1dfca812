/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands of the control socket.
 */
#ifndef _BROKER_COMMAND_H
#define _BROKER_COMMAND_H

#include <stddef.h>

struct broker;
struct broker_control_ops;
struct evbuffer;

/** broker_command_run() - carry out the request in @line, and append the answer to @out */
void broker_command_run(struct broker *broker, const struct broker_control_ops *ops,
			const char *line, size_t len, struct evbuffer *out);

#endif
