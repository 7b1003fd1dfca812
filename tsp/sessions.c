// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of signalling sessions. Strangers get into it by one datagram, so it is bounded, and
 * those who have not proved anything make room first, each for his own network.
 */
#include "tsp/sessions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <utlist.h>

/* FNV-1a: tells copies from others; nobody gains by a collision with his own message. */
static uint64_t hash(const char *text, size_t len)
{
	uint64_t value = 0xcbf29ce484222325ull;
	size_t i;

	for (i = 0; i < len; i++)
		value = (value ^ (uint8_t)text[i]) * 0x100000001b3ull;
	return value;
}

static struct tsp_session_key key_of(uint32_t listener, const struct lvn_endpoint *remote)
{
	struct tsp_session_key key;

	memset(&key, 0, sizeof(key));
	key.listener = listener;
	key.family = remote->addr.family;
	key.port = remote->port;
	memcpy(key.bytes, remote->addr.bytes, lvn_addr_bits(&remote->addr) / 8);
	return key;
}

struct tsp_session *tsp_sessions_find(struct tsp_sessions *sessions, uint32_t listener,
				      const struct lvn_endpoint *remote)
{
	struct tsp_session_key key = key_of(listener, remote);
	struct tsp_session *session;

	HASH_FIND(hh, sessions->table, &key, sizeof(key), session);
	return session;
}

void tsp_sessions_init(struct tsp_sessions *sessions, unsigned int max, uint64_t seed)
{
	*sessions = (struct tsp_sessions){ .max = max };
	lvn_sources_init(&sessions->sources, 0, 0, seed);
}

void tsp_sessions_forget(struct tsp_sessions *sessions, struct tsp_session *session)
{
	HASH_DEL(sessions->table, session);
	DL_DELETE(sessions->list, session);
	lvn_sources_leave(&sessions->sources, &session->addr);
	sessions->n--;
	tsp_dialogue_done(&session->dialogue);
	free(session->reply);
	free(session);
}

void tsp_sessions_destroy(struct tsp_sessions *sessions)
{
	while (sessions->list)
		tsp_sessions_forget(sessions, sessions->list);
}

void tsp_sessions_expire(struct tsp_sessions *sessions, uint64_t now_ms)
{
	while (sessions->list && now_ms - sessions->list->used_ms >= TSP_SESSION_MS)
		tsp_sessions_forget(sessions, sessions->list);
}

/*
 * The longest silent who is nobody yet; of one network if @addr is given. Rather one who has only
 * begun: a flood does not go on.
 */
static bool make_room(struct tsp_sessions *sessions, const struct lvn_addr *addr)
{
	struct tsp_session *session, *found = NULL;

	DL_FOREACH(sessions->list, session) {
		if (tsp_dialogue_is_known(&session->dialogue))
			continue;
		if (addr && !lvn_sources_same(&sessions->sources, &session->addr, addr))
			continue;
		if (!found)
			found = session;
		if (session->sequence != session->first)
			continue;
		found = session;
		break;
	}
	if (!found)
		return false;
	tsp_sessions_forget(sessions, found);
	sessions->evicted++;
	return true;
}

static bool has_room(struct tsp_sessions *sessions, const struct lvn_addr *addr)
{
	unsigned int share = sessions->max / 8 > 16 ? sessions->max / 8 : 16;

	if (lvn_sources_present(&sessions->sources, addr) >= share && !make_room(sessions, addr))
		return false;
	return sessions->n < sessions->max || make_room(sessions, addr) ||
	       make_room(sessions, NULL);
}

static struct tsp_session *make(struct tsp_sessions *sessions, const struct tsp_session_key *key,
				const struct lvn_addr *addr)
{
	struct tsp_session *session;

	session = has_room(sessions, addr) ? calloc(1, sizeof(*session)) : NULL;
	if (!session)
		return NULL;
	session->key = *key;
	session->addr = *addr;
	HASH_ADD(hh, sessions->table, key, sizeof(session->key), session);
	DL_APPEND(sessions->list, session);
	lvn_sources_enter(&sessions->sources, addr);
	sessions->n++;
	return session;
}

static void use(struct tsp_sessions *sessions, struct tsp_session *session, uint64_t now_ms)
{
	session->used_ms = now_ms;
	DL_DELETE(sessions->list, session);
	DL_APPEND(sessions->list, session);
}

static void begin(struct tsp_session *session, uint32_t sequence, uint64_t digest, uint64_t now_ms)
{
	tsp_dialogue_done(&session->dialogue);
	session->sequence = session->first = sequence;
	session->digest = session->first_digest = digest;
	session->began_ms = now_ms;
	tsp_session_reply(session, NULL, 0);
}

/* The network delivers copies late and out of order; a client that starts over asks again. */
static bool is_stray(const struct tsp_session *session, uint32_t sequence, uint64_t digest,
		     uint64_t now_ms)
{
	return sequence == session->first && digest == session->first_digest &&
	       now_ms - session->began_ms < TSP_STRAY_MS;
}

enum tsp_move tsp_sessions_move(const struct tsp_session *session, const struct tsp_header *header,
				const char *text, size_t len)
{
	unsigned int minor;

	if (tsp_version_read(text, len, &minor) != -EBADMSG)
		return TSP_MOVE_BEGIN;
	if (session && (header->sequence == session->sequence ||
			header->sequence == tsp_sequence_next(session->sequence)))
		return TSP_MOVE_ON;
	return TSP_MOVE_NONE;
}

enum tsp_verdict tsp_sessions_take(struct tsp_sessions *sessions, uint32_t listener,
				   const struct lvn_endpoint *remote,
				   const struct tsp_header *header, const char *text, size_t len,
				   uint64_t now_ms, struct tsp_session **ret_session)
{
	struct tsp_session_key key = key_of(listener, remote);
	struct tsp_session *session;
	unsigned int minor;
	uint64_t digest = hash(text, len);
	int version = tsp_version_read(text, len, &minor);

	tsp_sessions_expire(sessions, now_ms);
	HASH_FIND(hh, sessions->table, &key, sizeof(key), session);
	*ret_session = session;
	if (session && header->sequence == session->sequence && digest == session->digest) {
		use(sessions, session, now_ms);
		return TSP_AGAIN;
	}
	if (!version && session && is_stray(session, header->sequence, digest, now_ms))
		return TSP_DROP;
	if (!version && !session)
		*ret_session = session = make(sessions, &key, &remote->addr);
	if (!version) {
		if (!session)
			return TSP_FULL;
		begin(session, header->sequence, digest, now_ms);
		use(sessions, session, now_ms);
		return TSP_BEGIN;
	}
	if (!session)
		return version == -EPROTONOSUPPORT ? TSP_STRANGER : TSP_DROP;
	if (header->sequence != tsp_sequence_next(session->sequence))
		return TSP_DROP;
	session->sequence = header->sequence;
	session->digest = digest;
	tsp_session_reply(session, NULL, 0);
	use(sessions, session, now_ms);
	return TSP_NEW;
}

int tsp_session_reply(struct tsp_session *session, const char *text, size_t len)
{
	free(session->reply);
	session->reply = len ? malloc(len) : NULL;
	session->reply_len = session->reply ? len : 0;
	if (session->reply)
		memcpy(session->reply, text, len);
	return len && !session->reply ? -ENOMEM : 0;
}
