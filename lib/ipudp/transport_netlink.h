/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The transport to the kernel module, generic netlink. */
#ifndef _IPUDP_TRANSPORT_NETLINK_H
#define _IPUDP_TRANSPORT_NETLINK_H

struct ipudp_transport;

/**
 * ipudp_transport_netlink_open() - connect to the module in the calling thread's network namespace
 * @ret_transport: receives the transport, which its ops->close() frees
 *
 * Return: 0, -EOPNOTSUPP when there is no module, or another negative errno.
 */
int ipudp_transport_netlink_open(struct ipudp_transport **ret_transport);

#endif
