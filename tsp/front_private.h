/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What front.c and desk.c share and nobody else includes.
 */
#ifndef _TSP_FRONT_PRIVATE_H
#define _TSP_FRONT_PRIVATE_H

#include "lib/base/log.h"
#include "lib/base/patience.h"
#include "lib/base/source.h"
#include "tsp/brake.h"
#include "tsp/diary.h"
#include "tsp/front.h"
#include "tsp/sessions.h"

struct evbuffer;
struct tsp_streams;

/** Sessions of nobody that can be remembered at a time; more are looked for. */
#define TSP_ORPHANS_MAX 1024

/**
 * struct tsp_orphans - sessions of nobody that have lost their tunnels
 * @ids: of @n sessions
 * @n: how many
 * @is_more: there are some for which there was no room
 */
struct tsp_orphans {
	char ids[TSP_ORPHANS_MAX][BROKER_SESSION_SIZE];
	unsigned int n;
	bool is_more;
};

/**
 * struct tsp_front - see front.h
 * @conf: in use
 * @broker: borrowed
 * @users: borrowed
 * @ops: of the daemon
 * @sessions: signalling
 * @strangers: bounds what those may ask who have shown no key
 * @returning: the same for those of them who go on, or ask again after a while
 * @patience: tells who does the latter
 * @brake: slows down who shows wrong keys
 * @diary: of the last messages
 * @why: what the answer that is being made does not say; for @diary
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
	struct lvn_sources returning;
	struct lvn_patience patience;
	struct tsp_brake brake;
	struct tsp_diary diary;
	char why[208];
	struct lvn_ratelimit log;
	struct tsp_desk desk;
	struct tsp_orphans orphans;
	struct tsp_streams *streams;
	struct tsp_stats stats;
};

/** tsp_front_delays() - whether a message shows a key too soon after wrong ones; counts it */
bool tsp_front_delays(struct tsp_front *front, const struct tsp_dialogue *dialogue,
		      const struct tsp_peer *peer, const char *text, size_t len);

/** tsp_front_talk() - tsp_dialogue_take() with the front's desk, and a note in its diary */
size_t tsp_front_talk(struct tsp_front *front, struct tsp_dialogue *dialogue,
		      const struct tsp_peer *peer, const char *text, size_t len, char *answer,
		      size_t size);

/**
 * tsp_explain() - tell @out why it does not work for a user, or at an address
 *
 * Return: 0; -EINVAL if @what is neither; -ENOENT if nothing is known of an address; -ENOMEM.
 */
int tsp_explain(struct tsp_front *front, const char *what, struct evbuffer *out);

/** tsp_desk_init() - fill front->desk */
void tsp_desk_init(struct tsp_front *front);

#endif
