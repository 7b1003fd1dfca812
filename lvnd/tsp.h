/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The TSP front end put together with a data plane, a broker, and a realm of the store.
 */
#ifndef _LVND_TSP_H
#define _LVND_TSP_H

#include <stddef.h>

struct broker_command_ops;
struct broker_store;
struct evbuffer;
struct event_base;
struct json_t;
struct lvnd_tsp;
struct lvnd_tsp_conf;
struct server_dataplane;

/**
 * lvnd_tsp_open() - device, listeners and TCP, which needs root
 * @conf: must stay until lvnd_tsp_close(), or until lvnd_tsp_reload() has another one
 * @base: must stay
 * @ret_tsp: lvnd_tsp_close() it, if it is not NULL, on failure, too
 *
 * Logs why it fails, as does the next.
 */
int lvnd_tsp_open(struct lvnd_tsp_conf *conf, struct event_base *base, struct lvnd_tsp **ret_tsp);

/** lvnd_tsp_start() - broker and front end, over @store, which must stay; and serve */
int lvnd_tsp_start(struct lvnd_tsp *tsp, const struct broker_store *store);

/** lvnd_tsp_tick() - do what is due; NULL is allowed */
void lvnd_tsp_tick(struct lvnd_tsp *tsp);

/** lvnd_tsp_close() - tunnels stay; NULL is allowed */
void lvnd_tsp_close(struct lvnd_tsp *tsp);

/** lvnd_tsp_needs_restart() - which setting has changed that a reload cannot; NULL for none */
const char *lvnd_tsp_needs_restart(const struct lvnd_tsp_conf *old,
				   const struct lvnd_tsp_conf *new);

/** lvnd_tsp_reload() - from now on @conf, which lvnd_tsp_needs_restart() let pass; logs what fails */
void lvnd_tsp_reload(struct lvnd_tsp *tsp, struct lvnd_tsp_conf *conf);

/** lvnd_tsp_command() - answer a @request of the control socket, of which @line is the text */
void lvnd_tsp_command(struct lvnd_tsp *tsp, const struct json_t *request,
		      const struct broker_command_ops *ops, const char *line, size_t len,
		      struct evbuffer *out);

/** lvnd_tsp_dataplane() - of the front end */
struct server_dataplane *lvnd_tsp_dataplane(const struct lvnd_tsp *tsp);

/** lvnd_tsp_status() - add members to the answer of lvnctl status */
void lvnd_tsp_status(struct lvnd_tsp *tsp, struct json_t *object);

/** lvnd_tsp_metrics() - add metrics */
void lvnd_tsp_metrics(struct lvnd_tsp *tsp, struct evbuffer *out);

#endif
