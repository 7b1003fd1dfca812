/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The TSP front end in lvnd: its section of the configuration, its data plane and its broker. All of
 * it is there only if the configuration has a section "tsp"; spokes and TSP's clients have nothing
 * to do with each other.
 */
#ifndef _HUB_TSP_H
#define _HUB_TSP_H

#include <stdbool.h>
#include <stddef.h>

#include "hub/conf.h"
#include "tsp/front.h"

struct evbuffer;
struct hub;

/**
 * struct hub_tsp_conf - the section "tsp"
 * @plane: what the data plane needs, as if it were a hub of its own; nothing else of it is set
 * @front: the rest
 */
struct hub_tsp_conf {
	struct hub_conf plane;
	struct tsp_conf front;
};

/** hub_tsp_open() - device and listeners, which needs root. Return: 0 without section */
int hub_tsp_open(struct hub *hub);

/** hub_tsp_start() - broker and front end, over the hub's store; and serve. 0 without section */
int hub_tsp_start(struct hub *hub);

/** hub_tsp_tick() - do what is due */
void hub_tsp_tick(struct hub *hub);

/** hub_tsp_close() - tunnels stay */
void hub_tsp_close(struct hub *hub);

/** hub_tsp_needs_restart() - which setting has changed that a reload cannot; NULL for none */
const char *hub_tsp_needs_restart(const struct hub_conf *old, const struct hub_conf *new);

/** hub_tsp_reload() - from now on @conf, which hub_tsp_needs_restart() let pass; logs what fails */
void hub_tsp_reload(struct hub *hub, struct hub_conf *conf);

/**
 * hub_tsp_command() - a line of the control socket
 *
 * Return: whether it was for the realm "tsp", and was answered.
 */
bool hub_tsp_command(struct hub *hub, const char *line, size_t len, struct evbuffer *out);

/** hub_tsp_metrics() - add metrics, if there is a section */
void hub_tsp_metrics(const struct hub *hub, struct evbuffer *out);

#endif
