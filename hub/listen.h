/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The TCP sockets of the control channel.
 */
#ifndef _HUB_LISTEN_H
#define _HUB_LISTEN_H

struct hub;

/** hub_listen_bind() - bind and listen; nothing is accepted yet */
int hub_listen_bind(struct hub *hub);

/** hub_listen_start() - accept */
int hub_listen_start(struct hub *hub);

/** hub_listen_close() - close them */
void hub_listen_close(struct hub *hub);

#endif
