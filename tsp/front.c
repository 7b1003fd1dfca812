// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Datagrams of TSP: told apart by the table of sessions, answered by their dialogues. What the
 * dialogues ask is in desk.c.
 */
#include "tsp/front.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>
#include <utlist.h>

#include "broker/session.h"
#include "proto/tsp/frame.h"
#include "tsp/front_private.h"
#include "tsp/stream.h"

void tsp_conf_init(struct tsp_conf *conf)
{
	*conf = (struct tsp_conf){
		.realm = "lvn",
		.mechanisms = TSP_BIT(TSP_MECHANISM_PLAIN) | TSP_BIT(TSP_MECHANISM_DIGEST_MD5),
		.keepalive = 30,
		/* long, whether it is read as seconds or as minutes */
		.lifetime = 604800,
		.max_dialogues = 4096,
		.rate = 2000,
		.rate_source = 50,
	};
}

static void add_orphan(struct tsp_orphans *orphans, const struct broker_session *session)
{
	if (orphans->n == TSP_ORPHANS_MAX)
		orphans->is_more = true;
	else
		memcpy(orphans->ids[orphans->n++], session->id, sizeof(session->id));
}

/* Whoever has no name has nothing to come back to: his session ends with his tunnel. */
static void on_down(void *arg, struct broker_session *session, unsigned int index,
		    enum broker_reason reason)
{
	struct tsp_front *front = arg;

	(void)index;
	(void)reason;
	/* the broker is in the middle of something: at the next tick */
	if (session->lease->identity[0] == '~')
		add_orphan(&front->orphans, session);
}

/* Keys are looked at when they are used, and sessions end when keys go. */
static bool on_judge(void *arg, const char *credential)
{
	(void)arg;
	(void)credential;
	return true;
}

static void see_lease(void *arg, const struct broker_lease *lease)
{
	const struct broker_session *session = lease->session;

	if (lease->identity[0] == '~' && session && session->was_bound && !session->n_bound)
		add_orphan(arg, session);
}

static void end_orphans(struct tsp_front *front)
{
	struct tsp_orphans *orphans = &front->orphans;
	struct broker_session *session;
	unsigned int i;

	while (orphans->n) {
		for (i = 0; i < orphans->n; i++) {
			session = broker_session_lookup(front->broker, orphans->ids[i],
							strlen(orphans->ids[i]));
			if (session && !session->n_bound)
				broker_end(front->broker, session, BROKER_EXPIRED, 0, true);
		}
		orphans->n = 0;
		if (!orphans->is_more)
			break;
		orphans->is_more = false;
		broker_lease_list(front->broker, see_lease, orphans);
	}
}

void tsp_front_tick(struct tsp_front *front)
{
	end_orphans(front);
	tsp_sessions_expire(&front->sessions, front->ops.clock_ms());
}

/* Return: whether the session is the user's, and came by that key. */
static bool is_by(const struct broker_session *session, const char *user, const char *key)
{
	return strcmp(session->lease->identity, user) == 0 &&
	       (!key || strcmp(session->credential, key) == 0);
}

void tsp_front_revoke(struct tsp_front *front, const char *user, const char *key, bool release)
{
	struct broker_lease *lease = broker_lease_lookup(front->broker, user);
	struct tsp_session *session, *next;

	/* those who have shown it, but have no tunnel yet, begin again */
	DL_FOREACH_SAFE(front->sessions.list, session, next)
		if (strcmp(session->dialogue.user, user) == 0 &&
		    (!key || strcmp(session->dialogue.note, key) == 0))
			tsp_sessions_forget(&front->sessions, session);
	if (front->streams)
		tsp_streams_revoke(front->streams, user, key);
	if (release)
		tsp_diary_forget(&front->diary, user);
	if (release)
		broker_forget(front->broker, user, BROKER_REVOKED);
	else if (lease && lease->session && is_by(lease->session, user, key))
		broker_end(front->broker, lease->session, BROKER_REVOKED, 0, false);
}

static void reply(struct tsp_front *front, const struct tsp_peer *peer,
		  const struct tsp_header *header, const char *text, size_t len)
{
	uint8_t data[TSP_HEADER_SIZE + TSP_TEXT_MAX];

	if (len > TSP_TEXT_MAX)
		return;
	tsp_header_write(header, data);
	if (len)
		memcpy(data + TSP_HEADER_SIZE, text, len);
	front->ops.send(front->ops.arg, peer, data, TSP_HEADER_SIZE + len);
}

static void answer(struct tsp_front *front, const struct tsp_peer *peer,
		   const struct tsp_header *header, struct tsp_dialogue *dialogue,
		   struct tsp_session *session, const char *text, size_t len)
{
	char out[TSP_TEXT_MAX + 1];
	size_t n = tsp_front_talk(front, dialogue, peer, text, len, out, sizeof(out));

	if (session)
		tsp_session_reply(session, out, n);
	reply(front, peer, header, out, n);
}

/*
 * Sources can be forged as long as nobody has shown a key: what they get is bounded. What is not
 * answered anyway takes nothing from honest clients of the same network. A flood with many forged
 * sources takes all there is for strangers, but it neither goes on nor asks again.
 */
static bool may_ask(struct tsp_front *front, const struct tsp_peer *peer,
		    const struct tsp_session *session, enum tsp_move move)
{
	uint64_t now_ms = front->ops.clock_ms();

	if (move == TSP_MOVE_NONE || (session && tsp_dialogue_is_known(&session->dialogue)))
		return true;
	if (lvn_sources_take(&front->strangers, &peer->remote.addr, now_ms))
		return true;
	if ((move == TSP_MOVE_ON || lvn_patience_ask(&front->patience, &peer->remote, now_ms)) &&
	    lvn_sources_take(&front->returning, &peer->remote.addr, now_ms))
		return true;
	front->stats.limited++;
	return false;
}

/* Return: whether the user's tunnel is there. */
static bool is_home(const struct tsp_front *front, const char *user, const struct lvn_addr *addr)
{
	const struct broker_lease *lease = broker_lease_lookup(front->broker, user);
	const struct broker_session *session = lease ? lease->session : NULL;

	return session && session->n_bound &&
	       lvn_addr_equal(&session->bindings[0].path.remote.addr, addr);
}

bool tsp_front_delays(struct tsp_front *front, const struct tsp_dialogue *dialogue,
		      const struct tsp_peer *peer, const char *text, size_t len)
{
	char user[TSP_USER_SIZE];
	struct tsp_try try = { .addr = &peer->remote.addr, .user = user };

	if (!tsp_dialogue_claims(dialogue, peer, text, len, user, &try.is_proved) ||
	    tsp_brake_allows(&front->brake, &try, front->ops.clock_ms()) ||
	    is_home(front, user, &peer->remote.addr))
		return false;
	front->stats.slowed++;
	return true;
}

void tsp_front_receive(struct tsp_front *front, const struct tsp_peer *peer, const void *data,
		       size_t size)
{
	uint64_t now_ms = front->ops.clock_ms();
	struct tsp_dialogue nobody = { 0 };
	struct tsp_session *session;
	struct tsp_header header;
	const char *text;
	size_t len;

	front->stats.received++;
	if (tsp_header_read(data, size, &header, &text, &len) < 0) {
		front->stats.malformed++;
		return;
	}
	session = tsp_sessions_find(&front->sessions, peer->listener, &peer->remote);
	if (!may_ask(front, peer, session, tsp_sessions_move(session, &header, text, len)))
		return;
	if (session && header.sequence != session->sequence &&
	    tsp_front_delays(front, &session->dialogue, peer, text, len))
		return;
	switch (tsp_sessions_take(&front->sessions, peer->listener, &peer->remote, &header, text,
				  len, now_ms, &session)) {
	case TSP_NEW:
	case TSP_BEGIN:
		answer(front, peer, &header, &session->dialogue, session, text, len);
		break;
	case TSP_AGAIN:
		front->stats.repeated++;
		reply(front, peer, &header, session->reply, session->reply_len);
		break;
	case TSP_STRANGER:
		answer(front, peer, &header, &nobody, NULL, text, len);
		break;
	case TSP_FULL:
		front->stats.full++;
		break;
	case TSP_DROP:
		front->stats.dropped++;
		break;
	}
}

void tsp_front_reconfigure(struct tsp_front *front, const struct tsp_conf *conf)
{
	front->conf = *conf;
	front->desk.capability.mechanisms = conf->mechanisms;
	front->sessions.max = conf->max_dialogues;
	lvn_sources_set(&front->strangers, conf->rate, conf->rate_source);
	lvn_sources_set(&front->returning, conf->rate, conf->rate_source);
}

int tsp_front_create(const struct tsp_conf *conf, struct broker *broker, struct broker_users *users,
		     const struct tsp_front_ops *ops, struct tsp_front **ret_front)
{
	struct tsp_front *front = calloc(1, sizeof(*front));
	const struct broker_front told = { .arg = front, .down = on_down, .judge = on_judge };
	uint64_t seed;

	if (!front)
		return -ENOMEM;
	if (RAND_bytes((uint8_t *)&seed, sizeof(seed)) != 1) {
		free(front);
		return -EIO;
	}
	front->broker = broker;
	front->users = users;
	front->ops = *ops;
	tsp_sessions_init(&front->sessions, conf->max_dialogues, seed);
	lvn_sources_init(&front->strangers, conf->rate, conf->rate_source, seed);
	lvn_sources_init(&front->returning, conf->rate, conf->rate_source, seed);
	lvn_patience_init(&front->patience, seed);
	tsp_brake_init(&front->brake, seed);
	lvn_ratelimit_init(&front->log, 5, 20);
	tsp_desk_init(front);
	tsp_front_reconfigure(front, conf);
	broker_set_front(broker, &told);
	*ret_front = front;
	return 0;
}

void tsp_front_destroy(struct tsp_front *front)
{
	if (!front)
		return;
	broker_set_front(front->broker, &(struct broker_front){ 0 });
	tsp_sessions_destroy(&front->sessions);
	tsp_diary_destroy(&front->diary);
	lvn_patience_destroy(&front->patience);
	free(front);
}

const struct tsp_stats *tsp_front_stats(const struct tsp_front *front)
{
	return &front->stats;
}

unsigned int tsp_front_dialogues(const struct tsp_front *front)
{
	return front->sessions.n;
}
