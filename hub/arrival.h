/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TCP connections that were accepted and have no TLS yet. Each waits here, at the cost of a
 * descriptor and a few hundred bytes, until the first bytes of a hello of TLS are there, and until
 * it is its network's turn.
 */
#ifndef _HUB_ARRIVAL_H
#define _HUB_ARRIVAL_H

#include <stdbool.h>

#include "lib/base/addr.h"

struct hub;

/** hub_arrival_add() - take over an accepted TCP connection; others may have to go for it */
void hub_arrival_add(struct hub *hub, int fd, const struct lvn_endpoint *peer);

/** hub_arrival_make_room() - close the one that has waited longest. Return: whether there was one */
bool hub_arrival_make_room(struct hub *hub);

/** hub_arrival_tick() - close those that said nothing; call about once a second */
void hub_arrival_tick(struct hub *hub);

/** hub_arrival_close_all() - and forget the timer */
void hub_arrival_close_all(struct hub *hub);

#endif
