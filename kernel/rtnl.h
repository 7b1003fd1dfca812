/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices by rtnetlink: ip link add NAME type ipudp, with IFLA_INFO_DATA or without. */
#ifndef _IPUDP_RTNL_H
#define _IPUDP_RTNL_H

struct rtnl_link_ops;

/** ipudp_rtnl_ops - the kind of link; devices that generic netlink makes are of it, too */
extern struct rtnl_link_ops ipudp_rtnl_ops;

/** ipudp_rtnl_init() - register the kind, at module load. Return: 0 or a negative errno. */
int ipudp_rtnl_init(void);

/** ipudp_rtnl_done() - unregister it; its devices are gone then */
void ipudp_rtnl_done(void);

#endif
