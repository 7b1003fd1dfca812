/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What front.c and desk.c share and nobody else includes.
 */
#ifndef _TSP_FRONT_PRIVATE_H
#define _TSP_FRONT_PRIVATE_H

#include "lib/base/log.h"
#include "lib/base/source.h"
#include "tsp/front.h"
#include "tsp/sessions.h"

struct tsp_streams;

/**
 * struct tsp_orphan - a session of nobody that has lost its tunnel
 * @id: of the session
 * @next: in the list
 */
struct tsp_orphan {
	char id[BROKER_SESSION_SIZE];
	struct tsp_orphan *next;
};

/**
 * struct tsp_front - see front.h
 * @conf: in use
 * @broker: borrowed
 * @users: borrowed
 * @ops: of the daemon
 * @sessions: signalling
 * @strangers: bounds what those may ask who have shown no key
 * @log: bounds what they can put into the log
 * @desk: whom dialogues ask
 * @orphans: to be ended
 * @streams: connections by TCP, NULL if there are none; borrowed
 * @stats: totals
 */
struct tsp_front {
	struct tsp_conf conf;
	struct broker *broker;
	struct broker_users *users;
	struct tsp_front_ops ops;
	struct tsp_sessions sessions;
	struct lvn_sources strangers;
	struct lvn_ratelimit log;
	struct tsp_desk desk;
	struct tsp_orphan *orphans;
	struct tsp_streams *streams;
	struct tsp_stats stats;
};

/** tsp_desk_init() - fill front->desk */
void tsp_desk_init(struct tsp_front *front);

#endif
