/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon: what hub/ shares. One thread, one event loop.
 */
#ifndef _HUB_HUB_H
#define _HUB_HUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/broker.h"
#include "broker/store.h"
#include "hub/conf.h"
#include "lib/base/log.h"
#include "lib/base/source.h"

struct control_metrics;
struct control_socket;
struct event;
struct event_base;
struct evconnlistener;
struct hub_arrival;
struct hub_connection;
struct hub_dataplane;
struct hub_dialogue;
struct hub_tls;
struct hub_tsp;

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
 * @path: of the configuration file, borrowed
 * @datapath: of the command line, borrowed, NULL for the configuration's
 * @is_verbose: of the command line, whatever the configuration says
 * @conf: as read last, but for what is in @broker and @tls
 * @base: event loop
 * @broker: owned
 * @store: owned
 * @dataplane: owned
 * @dialogue: what new connections call, static
 * @tls: for new connections, owned
 * @tsp: the front end for TSP, owned; NULL without section
 * @control: owned
 * @metrics: owned, may be NULL
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
 * @started_ms: monotonic
 */
struct hub {
	const char *path;
	const char *datapath;
	bool is_verbose;
	struct hub_conf *conf;
	struct event_base *base;
	struct broker *broker;
	struct broker_store store;
	struct hub_dataplane *dataplane;
	const struct hub_dialogue *dialogue;
	struct hub_tls *tls;
	struct hub_tsp *tsp;
	struct control_socket *control;
	struct control_metrics *metrics;
	struct evconnlistener *listeners[2 * HUB_LISTEN_MAX];
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
	uint64_t started_ms;
};

#endif
