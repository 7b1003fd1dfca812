/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What connection.c lets dialogue.c do with a connection.
 */
#ifndef _HUB_CONNECTION_PRIVATE_H
#define _HUB_CONNECTION_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"
#include "lib/base/log.h"

struct broker_session;
struct bufferevent;
struct hub;
struct hub_dialogue;
struct lvn_message;

/** enum connection_state - see the table in connection.c */
enum connection_state {
	HANDSHAKE,
	HELLO,
	OPEN,
	CLOSING,
};

/**
 * struct hub_connection - a TCP connection of somebody
 * @hub: whose
 * @dialogue: who is called for what comes
 * @bev: owned
 * @session: borrowed from the broker, only in OPEN
 * @state: which of the hub's lists it is in, too: OPEN in connections, else in pending
 * @is_done: to be destroyed at the end of the callback, or at the next tick
 * @is_refused: its hello was, and it may say another
 * @is_lingering: all is said, waiting for the other side to close
 * @features: LVN_FEATURE_* in use
 * @warned_s: when the end of its certificate was told last, wall clock
 * @accepted_ms: when it began
 * @deadline_ms: when to give up, unless OPEN
 * @limit: of messages
 * @records: of TLS
 * @from: address and port
 * @peer: the same as text, for the log
 * @prev: in a list of the hub
 * @next: likewise
 */
struct hub_connection {
	struct hub *hub;
	const struct hub_dialogue *dialogue;
	struct bufferevent *bev;
	struct broker_session *session;
	enum connection_state state;
	bool is_done;
	bool is_refused;
	bool is_lingering;
	uint32_t features;
	int64_t warned_s;
	uint64_t accepted_ms;
	uint64_t deadline_ms;
	struct lvn_ratelimit limit;
	struct lvn_ratelimit records;
	struct lvn_endpoint from;
	char peer[LVN_ADDR_TEXT_SIZE];
	struct hub_connection *prev, *next;
};

/* connection.c */
void hub_connection_set_state(struct hub_connection *connection, enum connection_state state);
void hub_connection_send(struct hub_connection *connection, const struct lvn_message *message);
/** hub_connection_close() - when all is written; the session is somebody else's from now on */
void hub_connection_close(struct hub_connection *connection);

#endif
