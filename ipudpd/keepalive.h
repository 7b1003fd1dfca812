/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keepalives (RFC 3948, section 2.3) and idleness of tunnels. */
#ifndef _IPUDPD_KEEPALIVE_H
#define _IPUDPD_KEEPALIVE_H

struct ipudpd_home;
struct ipudpd_tunnel;
struct ipudpd_worker;

/** ipudpd_keepalive_init() - prepare a new tunnel's timer */
void ipudpd_keepalive_init(struct ipudpd_tunnel *tunnel);

/** ipudpd_keepalive_start() - the tunnel is new, or its intervals changed; a timer is reserved */
void ipudpd_keepalive_start(struct ipudpd_tunnel *tunnel);

/** ipudpd_keepalive_stop() - the tunnel goes */
void ipudpd_keepalive_stop(struct ipudpd_tunnel *tunnel);

/** ipudpd_keepalive_heard() - a tunnel's remote was heard of by this thread, any */
void ipudpd_keepalive_heard(const struct ipudpd_worker *worker, struct ipudpd_tunnel *tunnel);

/** ipudpd_keepalive_work() - deal with tunnels that became idle or came back */
void ipudpd_keepalive_work(struct ipudpd_home *home);

#endif
