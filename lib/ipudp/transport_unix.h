/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The transport to ipudpd, the data plane in user space: a UNIX socket. */
#ifndef _IPUDP_TRANSPORT_UNIX_H
#define _IPUDP_TRANSPORT_UNIX_H

#include <stdbool.h>
#include <stddef.h>

struct ipudp_transport;

/**
 * ipudp_transport_unix_open() - connect to the daemon of the calling thread's network namespace
 * @ret_transport: receives the transport, which its ops->close() frees
 *
 * A daemon that does not run is started, if the caller may configure the namespace.
 *
 * Return: 0; -EOPNOTSUPP when there is no daemon and none could be started; -EPERM when the socket
 * belongs to somebody who is neither root nor the caller; or another negative errno.
 */
int ipudp_transport_unix_open(struct ipudp_transport **ret_transport);

/** ipudp_transport_unix_missing() - see ipudp_open_missing(); @text is written only if it is true */
bool ipudp_transport_unix_missing(char *text, size_t size);

#endif
