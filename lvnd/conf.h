/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lvnd.conf(5) as data: what is the daemon's, and what its front ends have of it.
 */
#ifndef _LVND_CONF_H
#define _LVND_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/addr.h"
#include "lib/base/log.h"

struct hub_conf;
struct lvnd_tsp_conf;

/**
 * struct lvnd_conf - all of it; strings are owned
 * @datapath: auto, module or user; "" for what the environment says
 * @store: file
 * @control: socket
 * @metrics: port 0 for none
 * @user: to become, "" to stay
 * @log: level
 * @checksum: send data with UDP checksums
 * @forward: turn forwarding on
 * @sandbox: forbid system calls that are not needed
 * @hub: owned; NULL if the file says nothing of the hub, but has a section "tsp"
 * @tsp: the section "tsp", owned; NULL if there is none
 */
struct lvnd_conf {
	char *datapath;
	char *store;
	char *control;
	struct lvn_endpoint metrics;
	char *user;
	enum lvn_log_level log;
	bool checksum;
	bool forward;
	bool sandbox;
	struct hub_conf *hub;
	struct lvnd_tsp_conf *tsp;
};

/**
 * lvnd_conf_read() - read a file
 * @text: gets a sentence with file and line on failure
 * @size: of @text
 * @ret_conf: lvnd_conf_destroy() it
 *
 * Return: 0, -EINVAL, -ENOMEM, or why the file cannot be read.
 */
int lvnd_conf_read(const char *path, char *text, size_t size, struct lvnd_conf **ret_conf);

/**
 * lvnd_conf_set_datapath() - what the command line says of the data path overrides the file
 * @text: gets a sentence on failure
 * @size: of @text
 */
int lvnd_conf_set_datapath(struct lvnd_conf *conf, const char *value, char *text, size_t size);

/** lvnd_conf_destroy() - free it; NULL is allowed */
void lvnd_conf_destroy(struct lvnd_conf *conf);

#endif
