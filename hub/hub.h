/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The front end for spokes: what hub/ shares, and what the daemon around it calls. One thread, one
 * event loop.
 */
#ifndef _HUB_HUB_H
#define _HUB_HUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/broker.h"
#include "hub/conf.h"
#include "lib/base/log.h"
#include "lib/base/source.h"

struct evbuffer;
struct event;
struct event_base;
struct evconnlistener;
struct hub_arrival;
struct hub_connection;
struct hub_dialogue;
struct hub_tls;
struct json_t;
struct server_dataplane;

/** Bytes of the secret that cookies are made with. */
#define HUB_SECRET_LEN 32

/**
 * struct hub_stats - totals for metrics
 * @accepted: TCP connections
 * @evicted: connections closed to make room for newer ones
 * @refused: connections closed at once, as there was no room or nobody waited any more
 * @handshakes: TLS handshakes that succeeded
 * @handshakes_failed: that did not
 * @bad_lines: messages refused as malformed
 * @stun_good: authenticated STUN requests
 * @stun_plain: plain STUN requests answered
 * @stun_limited: plain and unauthenticated requests not answered for the rate
 * @stun_unknown: requests of unknown sessions
 * @stun_forged: requests with wrong integrity
 * @stun_replayed: requests with an old counter
 * @stun_proofs: answers that asked for a proof
 * @stun_inside: bindings refused, as they came from inside the overlay
 * @stun_malformed: datagrams that are no STUN request for us
 */
struct hub_stats {
	uint64_t accepted;
	uint64_t evicted;
	uint64_t refused;
	uint64_t handshakes;
	uint64_t handshakes_failed;
	uint64_t bad_lines;
	uint64_t stun_good;
	uint64_t stun_plain;
	uint64_t stun_limited;
	uint64_t stun_unknown;
	uint64_t stun_forged;
	uint64_t stun_replayed;
	uint64_t stun_proofs;
	uint64_t stun_inside;
	uint64_t stun_malformed;
};

/**
 * struct hub - all of it
 * @conf: as read last, but for what is in @broker and @tls; borrowed
 * @base: event loop, borrowed
 * @broker: owned
 * @dataplane: owned
 * @dialogue: what new connections call, static
 * @tls: for new connections, owned
 * @listeners: of @n_listeners, owned
 * @n_listeners: how many
 * @resume: accepts again, owned
 * @n_accepted: since it did last
 * @arrivals: connections without TLS, oldest first
 * @n_arrivals: how many
 * @turns: lets some of them begin it, owned
 * @visitors: bounds TLS handshakes; counts those in @arrivals and @pending
 * @names: bounds hellos of each identity
 * @pending: connections without session, oldest first
 * @n_pending: how many
 * @connections: those with session
 * @n_connections: how many
 * @stranger_log: bounds what strangers can put into the log
 * @strangers: bounds answers to them
 * @secret: of cookies
 * @stats: totals
 */
struct hub {
	struct hub_conf *conf;
	struct event_base *base;
	struct broker *broker;
	struct server_dataplane *dataplane;
	const struct hub_dialogue *dialogue;
	struct hub_tls *tls;
	struct evconnlistener *listeners[2 * SERVER_LISTEN_MAX];
	unsigned int n_listeners;
	struct event *resume;
	unsigned int n_accepted;
	struct hub_arrival *arrivals;
	unsigned int n_arrivals;
	struct event *turns;
	struct lvn_sources visitors;
	struct lvn_sources names;
	struct hub_connection *pending;
	unsigned int n_pending;
	struct hub_connection *connections;
	unsigned int n_connections;
	struct lvn_ratelimit stranger_log;
	struct lvn_sources strangers;
	uint8_t secret[HUB_SECRET_LEN];
	struct hub_stats stats;
};

/**
 * hub_open() - all that needs root: keys, device and listeners, TCP
 * @conf: must stay until hub_close(), or until hub_replace() has another one
 * @base: must stay
 * @ret_hub: hub_close() it, if it is not NULL, on failure, too
 *
 * Logs why it fails, as do the next two.
 */
int hub_open(struct hub_conf *conf, struct event_base *base, struct hub **ret_hub);

/** hub_adopt() - the broker, with what there is from a run before; @store must stay */
int hub_adopt(struct hub *hub, const struct broker_store *store);

/** hub_start() - serve */
int hub_start(struct hub *hub);

/** hub_tick() - do what is due, about once a second */
void hub_tick(struct hub *hub);

/** hub_close() - connections end, sessions go on; NULL is allowed */
void hub_close(struct hub *hub);

/** hub_needs_restart() - which setting has changed that a reload cannot; NULL for none */
const char *hub_needs_restart(const struct hub_conf *old, const struct hub_conf *new);

/**
 * hub_reload() - all of @conf that can be wrong, from now on
 * @conf: its broker's part is taken
 * @text: gets a sentence on failure
 * @size: of @text
 *
 * hub_replace() must follow, unless it failed, and all is as before.
 */
int hub_reload(struct hub *hub, struct hub_conf *conf, char *text, size_t size);

/**
 * hub_replace() - the rest of @conf, in the place of the one before
 * @text: gets a sentence on failure
 * @size: of @text
 *
 * Return: 0, or why the key and the certificate in use had to stay.
 */
int hub_replace(struct hub *hub, struct hub_conf *conf, char *text, size_t size);

/** hub_status() - add members to the answer of lvnctl status */
void hub_status(struct hub *hub, struct json_t *object);

/** hub_metrics() - add metrics */
void hub_metrics(struct hub *hub, struct evbuffer *out);

#endif
