/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon around its front ends, of which there is one at least: the hub, TSP. They do not know each
 * other; what they share is here, the store, the control socket and the metrics.
 */
#ifndef _LVND_LVND_H
#define _LVND_LVND_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/store.h"
#include "lvnd/conf.h"

#ifndef LVN_VERSION
#define LVN_VERSION "0"
#endif

struct control_metrics;
struct control_socket;
struct event_base;
struct hub;
struct lvnd_tsp;

/**
 * struct lvnd - all of it
 * @path: of the configuration file, borrowed
 * @datapath: of the command line, borrowed, NULL for the configuration's
 * @is_verbose: of the command line, whatever the configuration says
 * @conf: as read last, but for what is in the front ends; owned
 * @base: event loop, owned
 * @store: owned
 * @hub: the front end for spokes, owned; NULL if the configuration has none
 * @tsp: the front end for TSP, owned; NULL if the configuration has none
 * @control: owned
 * @metrics: owned, may be NULL
 * @started_ms: monotonic
 */
struct lvnd {
	const char *path;
	const char *datapath;
	bool is_verbose;
	struct lvnd_conf *conf;
	struct event_base *base;
	struct broker_store store;
	struct hub *hub;
	struct lvnd_tsp *tsp;
	struct control_socket *control;
	struct control_metrics *metrics;
	uint64_t started_ms;
};

#endif
