/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Metrics of the broker, for the daemon around it.
 */
#ifndef _BROKER_METRICS_H
#define _BROKER_METRICS_H

struct broker;
struct evbuffer;

/** broker_metrics_write() - append leases, sessions, pools and what was counted to @out */
void broker_metrics_write(const struct broker *broker, struct evbuffer *out);

#endif
