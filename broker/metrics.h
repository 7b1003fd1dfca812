/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prometheus metrics over HTTP, for the loopback interface: there is no authentication.
 */
#ifndef _BROKER_METRICS_H
#define _BROKER_METRICS_H

#include <stdint.h>

struct broker;
struct broker_metrics;
struct evbuffer;
struct event_base;
struct lvn_endpoint;

/** typedef broker_metrics_fn - adds metrics of the daemon around the broker */
typedef void broker_metrics_fn(void *arg, struct evbuffer *out);

/**
 * broker_metrics_create() - answer GET /metrics at @endpoint
 * @fn: may be NULL
 */
int broker_metrics_create(struct broker *broker, struct event_base *base,
			  const struct lvn_endpoint *endpoint, broker_metrics_fn *fn, void *arg,
			  struct broker_metrics **ret);

/** broker_metrics_destroy() - NULL is allowed */
void broker_metrics_destroy(struct broker_metrics *metrics);

/** broker_metrics_family() - begin a metric with labels; its series must follow */
void broker_metrics_family(struct evbuffer *out, const char *name, const char *type,
			   const char *help);

/** broker_metrics_add() - write one metric without labels; @type is "gauge" or "counter" */
void broker_metrics_add(struct evbuffer *out, const char *name, const char *type, const char *help,
			uint64_t value);

#endif
