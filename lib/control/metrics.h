/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prometheus metrics over HTTP, for the loopback interface: there is no authentication.
 */
#ifndef _CONTROL_METRICS_H
#define _CONTROL_METRICS_H

#include <stdint.h>

struct control_metrics;
struct evbuffer;
struct event_base;
struct lvn_endpoint;

/** typedef control_metrics_fn - writes all metrics of the daemon to @out */
typedef void control_metrics_fn(void *arg, struct evbuffer *out);

/**
 * control_metrics_create() - answer GET /metrics at @endpoint
 * @fn: called from the event loop for each request
 * @arg: for @fn
 *
 * Return: 0, or a negative errno.
 */
int control_metrics_create(struct event_base *base, const struct lvn_endpoint *endpoint,
			   control_metrics_fn *fn, void *arg, struct control_metrics **ret_metrics);

/** control_metrics_destroy() - NULL is allowed */
void control_metrics_destroy(struct control_metrics *metrics);

/** control_metrics_family() - begin a metric with labels; its series must follow */
void control_metrics_family(struct evbuffer *out, const char *name, const char *type,
			    const char *help);

/** control_metrics_add() - write one metric without labels; @type is "gauge" or "counter" */
void control_metrics_add(struct evbuffer *out, const char *name, const char *type, const char *help,
			 uint64_t value);

#endif
