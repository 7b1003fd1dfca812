/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands of the control socket that are about users and their keys.
 */
#ifndef _TSP_COMMAND_H
#define _TSP_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "broker/users.h"

struct evbuffer;
struct json_t;
struct tsp_front;

/**
 * tsp_command_run() - carry out "users" or "keys"
 * @request: as the control socket got it
 * @out: gets the answer
 *
 * What is removed ends at once: the tunnels that were made by it, too.
 *
 * Return: whether it was one of these commands.
 */
bool tsp_command_run(struct tsp_front *front, const struct json_t *request, struct evbuffer *out);

#endif
