/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The section "tsp" of lvnd.conf(5); between conf.c and conf_tsp.c.
 */
#ifndef _HUB_CONF_TSP_H
#define _HUB_CONF_TSP_H

#include <stddef.h>

#include <confuse.h>

struct hub_conf;
struct hub_tsp_conf;

/** hub_tsp_opts - what may be in it */
extern cfg_opt_t hub_tsp_opts[];

/**
 * hub_conf_read_tsp() - read the section
 * @hub: what was read outside of it
 * @text: gets a sentence on failure
 * @ret_conf: hub_conf_destroy_tsp() it
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int hub_conf_read_tsp(cfg_t *cfg, const struct hub_conf *hub, char *text, size_t size,
		      struct hub_tsp_conf **ret_conf);

/** hub_conf_destroy_tsp() - free it; NULL is allowed */
void hub_conf_destroy_tsp(struct hub_tsp_conf *conf);

#endif
