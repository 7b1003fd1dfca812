/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The listeners of a front end.
 */
#ifndef _SERVER_LISTENER_H
#define _SERVER_LISTENER_H

#include <errno.h>
#include <stdint.h>

struct ipudp;
struct server_conf;

/**
 * server_listeners_open() - make those of @conf, or adopt the ones that an lvnd before us has pinned
 * @ret_ids: in the order of conf->listen
 *
 * Return: 0, or why there is one that cannot be had, which is logged.
 */
int server_listeners_open(struct ipudp *ipudp, const struct server_conf *conf, uint32_t *ret_ids);

/**
 * server_uninterrupted() - the result @ret of a list, if interruptions do no harm
 *
 * A list is interrupted by whatever changes in the namespace, such as tunnels that fall idle. Only
 * we add and remove what is on our device, so that of it nothing is missing.
 */
static inline int server_uninterrupted(int ret)
{
	return ret == -EAGAIN ? 0 : ret;
}

#endif
