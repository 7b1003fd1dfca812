/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The choice of a data plane.
 */
#ifndef _SERVER_DATAPATH_H
#define _SERVER_DATAPATH_H

#include <ipudp/ipudp.h>

struct server_conf;

/**
 * server_datapath_choose() - as the configuration says, else the environment
 *
 * Return: 0, or -EINVAL, of which it says why.
 */
int server_datapath_choose(const struct server_conf *conf, enum ipudp_datapath *ret);

/** server_datapath_complain() - log why a data plane cannot be opened */
void server_datapath_complain(enum ipudp_datapath datapath, int error);

#endif
