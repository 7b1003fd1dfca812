/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A data plane in memory under the TSP front end, for its unit tests and its fuzz target. It aborts
 * when it is asked for what no broker may ask for.
 */
#ifndef _TESTS_UNIT_TSP_PLANE_H
#define _TESTS_UNIT_TSP_PLANE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "broker/dataplane.h"

/** Most tunnels, and most rules. */
#define TSP_PLANE_MAX 1200

/** must() - abort unless it is so */
#define must(condition)                                                                 \
	do {                                                                            \
		if (!(condition)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                        \
		}                                                                       \
	} while (0)

/** struct tsp_plane - what is in it */
struct tsp_plane {
	struct {
		uint32_t id;
		struct broker_path path;
	} tunnels[TSP_PLANE_MAX];
	struct {
		struct lvn_prefix prefix;
		uint32_t tunnel;
	} rules[TSP_PLANE_MAX];
	unsigned int n_tunnels, n_rules, n_routes;
};

extern struct tsp_plane plane;

/** tsp_plane_ops - what brokers call */
extern const struct broker_dataplane tsp_plane_ops;

/** tsp_plane_clear() - empty it */
void tsp_plane_clear(void);

/** tsp_plane_find() - index of a tunnel, -1 if there is none of that id */
int tsp_plane_find(uint32_t id);

#endif
