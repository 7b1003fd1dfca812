/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The choice of a data plane.
 */
#ifndef _HUB_DATAPATH_H
#define _HUB_DATAPATH_H

#include <ipudp/ipudp.h>

struct hub_conf;

/**
 * hub_datapath_choose() - as the configuration says, else the environment
 *
 * Return: 0, or -EINVAL, of which it says why.
 */
int hub_datapath_choose(const struct hub_conf *conf, enum ipudp_datapath *ret);

/** hub_datapath_complain() - log why a data plane cannot be opened */
void hub_datapath_complain(enum ipudp_datapath datapath, int error);

#endif
