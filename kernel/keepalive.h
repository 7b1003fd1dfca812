/* SPDX-License-Identifier: GPL-2.0-only */
/* Keepalives (RFC 3948, section 2.3) and idleness of tunnels. */
#ifndef _IPUDP_KEEPALIVE_H
#define _IPUDP_KEEPALIVE_H

struct ipudp_home;
struct ipudp_tunnel;
struct work_struct;

/** ipudp_keepalive_init() - prepare a new tunnel's timer */
void ipudp_keepalive_init(struct ipudp_tunnel *tunnel);

/** ipudp_keepalive_start() - the tunnel is new, or its intervals changed; under home->lock */
void ipudp_keepalive_start(struct ipudp_tunnel *tunnel);

/** ipudp_keepalive_stop() - the tunnel goes; waits for its timer; under home->lock */
void ipudp_keepalive_stop(struct ipudp_tunnel *tunnel);

/** ipudp_keepalive_heard() - an idle tunnel's remote was heard of; in softirq, under RCU */
void ipudp_keepalive_heard(struct ipudp_tunnel *tunnel);

/** ipudp_keepalive_work() - home->state_work: deal with tunnels that became idle or came back */
void ipudp_keepalive_work(struct work_struct *work);

#endif
