/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keepalives (RFC 3948, section 2.3) and idleness of tunnels. */
#ifndef _IPUDP_KEEPALIVE_H
#define _IPUDP_KEEPALIVE_H

struct ipudp_home;
struct ipudp_tunnel;
struct ipudp_worker;

/** ipudp_keepalive_init() - prepare a new tunnel's timer */
void ipudp_keepalive_init(struct ipudp_tunnel *tunnel);

/** ipudp_keepalive_start() - the tunnel is new, or its intervals changed; a timer is reserved */
void ipudp_keepalive_start(struct ipudp_tunnel *tunnel);

/** ipudp_keepalive_stop() - the tunnel goes */
void ipudp_keepalive_stop(struct ipudp_tunnel *tunnel);

/** ipudp_keepalive_heard() - a tunnel's remote was heard of by this thread, any */
void ipudp_keepalive_heard(const struct ipudp_worker *worker, struct ipudp_tunnel *tunnel);

/** ipudp_keepalive_work() - deal with tunnels that became idle or came back */
void ipudp_keepalive_work(struct ipudp_home *home);

#endif
