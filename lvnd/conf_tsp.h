/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The section "tsp" of lvnd.conf(5).
 */
#ifndef _LVND_CONF_TSP_H
#define _LVND_CONF_TSP_H

#include <confuse.h>

#include "server/conf.h"
#include "tsp/front.h"

struct broker_conf;
struct hub_conf;
struct server_section;

/**
 * struct lvnd_tsp_conf - all of it
 * @plane: of the data plane, where TCP listens, too
 * @broker: the broker's part, owned; set it to NULL when somebody took it over
 * @front: the rest
 */
struct lvnd_tsp_conf {
	struct server_conf plane;
	struct broker_conf *broker;
	struct tsp_conf front;
};

/** lvnd_tsp_opts - what may be in it */
extern cfg_opt_t lvnd_tsp_opts[];

/**
 * lvnd_conf_read_tsp() - read the section
 * @section: gets a sentence on failure
 * @hub: with which it must not collide, NULL for none
 * @ret_conf: lvnd_conf_destroy_tsp() it
 *
 * What @plane has of the daemon is not set.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int lvnd_conf_read_tsp(struct server_section *section, const struct hub_conf *hub,
		       struct lvnd_tsp_conf **ret_conf);

/** lvnd_conf_destroy_tsp() - free it; NULL is allowed */
void lvnd_conf_destroy_tsp(struct lvnd_tsp_conf *conf);

#endif
