/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signalling sessions over UDP (RFC 5572 section 4.4.1.2): which datagram is a new message, which
 * one is the last again, and what was answered to that. A session is told apart by listener and
 * remote; it says nothing about tunnels, which live on without it.
 */
#ifndef _TSP_SESSIONS_H
#define _TSP_SESSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uthash.h>

#include "lib/base/addr.h"
#include "lib/base/source.h"
#include "proto/tsp/frame.h"
#include "tsp/dialogue.h"

/** How long a session is kept after its last message: stock clients repeat one for 66 s. */
#define TSP_SESSION_MS 75000

/** How long a VERSION that came already is a copy on its way, not a client that starts over. */
#define TSP_STRAY_MS 3500

/**
 * struct tsp_session_key - what sessions are told apart by; without holes
 * @listener: id
 * @family: of @bytes
 * @port: of the remote
 * @bytes: its address, zeros behind
 */
struct tsp_session_key {
	uint32_t listener;
	uint16_t family;
	uint16_t port;
	uint8_t bytes[16];
};

/**
 * struct tsp_session - one of them
 * @key: of @hh
 * @addr: of the remote
 * @dialogue: how far it is
 * @sequence: of the last message
 * @digest: hash of the last message
 * @first: sequence of the VERSION that began it
 * @first_digest: hash of that
 * @began_ms: when that came
 * @used_ms: when the last message came
 * @reply: the answer to the last message, without header; owned, NULL for none
 * @reply_len: its length in bytes
 * @prev: in the table's list, the longest silent first
 * @next: likewise
 * @hh: in the table by @key
 */
struct tsp_session {
	struct tsp_session_key key;
	struct lvn_addr addr;
	struct tsp_dialogue dialogue;
	uint32_t sequence;
	uint32_t first;
	uint64_t digest;
	uint64_t first_digest;
	uint64_t began_ms;
	uint64_t used_ms;
	char *reply;
	size_t reply_len;
	struct tsp_session *prev, *next;
	UT_hash_handle hh;
};

/**
 * struct tsp_sessions - the table
 * @table: by key
 * @list: the longest silent first
 * @n: how many
 * @max: most
 * @sources: how many of each network are here
 * @evicted: strangers who made room
 */
struct tsp_sessions {
	struct tsp_session *table;
	struct tsp_session *list;
	unsigned int n;
	unsigned int max;
	struct lvn_sources sources;
	uint64_t evicted;
};

/**
 * enum tsp_verdict - what a datagram is
 * @TSP_DROP: nothing to be answered
 * @TSP_NEW: the next message of a session
 * @TSP_BEGIN: a VERSION; the session is as new
 * @TSP_AGAIN: the last message again: the same answer, and nothing else
 * @TSP_STRANGER: a VERSION that we do not speak, and no session: answered without one
 * @TSP_FULL: a VERSION of somebody for whom there is no room
 */
enum tsp_verdict {
	TSP_DROP,
	TSP_NEW,
	TSP_BEGIN,
	TSP_AGAIN,
	TSP_STRANGER,
	TSP_FULL,
};

/**
 * tsp_sessions_init() - an empty table
 * @max: most sessions; a network has an eighth of them, but 16 at least
 * @seed: secret
 */
void tsp_sessions_init(struct tsp_sessions *sessions, unsigned int max, uint64_t seed);

/** tsp_sessions_destroy() - free all */
void tsp_sessions_destroy(struct tsp_sessions *sessions);

/**
 * tsp_sessions_take() - say what a datagram is, and find or make its session
 * @text: of the message
 * @ret_session: NULL for TSP_DROP without session, TSP_STRANGER and TSP_FULL; valid until the next
 *	call
 *
 * After TSP_NEW and TSP_BEGIN the caller answers and tells by tsp_session_reply().
 */
enum tsp_verdict tsp_sessions_take(struct tsp_sessions *sessions, uint32_t listener,
				   const struct lvn_endpoint *remote,
				   const struct tsp_header *header, const char *text, size_t len,
				   uint64_t now_ms, struct tsp_session **ret_session);

/** tsp_sessions_find() - the session of a remote, NULL if there is none */
struct tsp_session *tsp_sessions_find(struct tsp_sessions *sessions, uint32_t listener,
				      const struct lvn_endpoint *remote);

/**
 * enum tsp_move - what a datagram is to its session
 * @TSP_MOVE_NONE: nothing: it will not be answered
 * @TSP_MOVE_BEGIN: a VERSION
 * @TSP_MOVE_ON: the next message, or the last again
 */
enum tsp_move {
	TSP_MOVE_NONE,
	TSP_MOVE_BEGIN,
	TSP_MOVE_ON,
};

/**
 * tsp_sessions_move() - what tsp_sessions_take() would make of a datagram; changes nothing
 * @session: of the remote, NULL if there is none
 */
enum tsp_move tsp_sessions_move(const struct tsp_session *session, const struct tsp_header *header,
				const char *text, size_t len);

/** tsp_session_reply() - keep a copy of the answer. Return: 0, or -ENOMEM: then it is repeated empty */
int tsp_session_reply(struct tsp_session *session, const char *text, size_t len);

/** tsp_sessions_forget() - free one */
void tsp_sessions_forget(struct tsp_sessions *sessions, struct tsp_session *session);

/** tsp_sessions_expire() - free those that have been silent for TSP_SESSION_MS */
void tsp_sessions_expire(struct tsp_sessions *sessions, uint64_t now_ms);

#endif
