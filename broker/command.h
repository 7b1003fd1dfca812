/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands of the control socket (lib/control/socket.h).
 */
#ifndef _BROKER_COMMAND_H
#define _BROKER_COMMAND_H

#include <stddef.h>

struct broker;
struct evbuffer;
struct json_t;

/**
 * struct broker_command_ops - what the daemon around the broker does
 * @arg: first argument of each
 * @reload: read the configuration again; @text gets a sentence on failure
 * @status: add members to the answer of the command "status"
 */
struct broker_command_ops {
	void *arg;
	int (*reload)(void *arg, char *text, size_t size);
	void (*status)(void *arg, struct json_t *object);
};

/** broker_command_run() - carry out the request in @line, and append the answer to @out */
void broker_command_run(struct broker *broker, const struct broker_command_ops *ops,
			const char *line, size_t len, struct evbuffer *out);

#endif
