/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The TSP front end of a server: datagrams in, datagrams out, and a broker of its own in between. It
 * knows no sockets: a daemon gives it what comes to the data plane's listeners, and sends for it.
 *
 * A user has one session of the broker for as long as he comes back: a login alone changes nothing,
 * and when he accepts an offer his tunnel is moved to where he is now.
 */
#ifndef _TSP_FRONT_H
#define _TSP_FRONT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/broker.h"
#include "broker/users.h"
#include "lib/base/addr.h"
#include "proto/tsp/tunnel.h"
#include "tsp/dialogue.h"

/** The realm of the store that all of TSP is in. */
#define TSP_STORE_REALM "tsp"

/** Other brokers that clients can be sent to. */
#define TSP_REDIRECT_MAX 16

struct tsp_front;

/**
 * enum tsp_redirect - when clients are sent to other brokers
 * @TSP_REDIRECT_FULL: when there is no room here
 * @TSP_REDIRECT_ALWAYS: all of them, whoever has a tunnel keeps it
 */
enum tsp_redirect {
	TSP_REDIRECT_FULL,
	TSP_REDIRECT_ALWAYS,
};

/**
 * struct tsp_conf - what the broker's configuration has not
 * @realm: of DIGEST-MD5; keys are made for it
 * @mechanisms: TSP_BIT() of those that are offered
 * @has_pairs: each client has an address of the server to itself, its own with the first bit behind the
 *	network set, which broker_conf.kept has
 * @keepalive: seconds between the pings of clients
 * @lifetime: told to clients
 * @dns: name servers told to clients
 * @n_dns: how many
 * @brokers: where clients are sent
 * @n_brokers: how many, 0 to send them nowhere
 * @redirect: when
 * @max_dialogues: most at a time
 * @rate: most messages a second of those who have not authenticated
 * @rate_source: of one network
 */
struct tsp_conf {
	char realm[BROKER_SCOPE_SIZE];
	unsigned int mechanisms;
	bool has_pairs;
	uint32_t keepalive;
	uint32_t lifetime;
	struct lvn_addr dns[TSP_DNS_MAX];
	unsigned int n_dns;
	struct tsp_host brokers[TSP_REDIRECT_MAX];
	unsigned int n_brokers;
	enum tsp_redirect redirect;
	unsigned int max_dialogues;
	uint32_t rate;
	uint32_t rate_source;
};

/** tsp_conf_init() - what is not configured */
void tsp_conf_init(struct tsp_conf *conf);

/**
 * struct tsp_counts - what the data plane counts of a tunnel
 * @rx_packets: from the client, with @rx_bytes
 * @tx_packets: to it, with @tx_bytes
 * @rx_dropped: packets from it whose source is not its own, or that had no route
 * @tx_dropped: packets to it that did not fit or could not be sent
 * @has_heard: anything was ever received
 * @heard_ms: how long ago it was, if it was
 */
struct tsp_counts {
	uint64_t rx_packets;
	uint64_t rx_bytes;
	uint64_t tx_packets;
	uint64_t tx_bytes;
	uint64_t rx_dropped;
	uint64_t tx_dropped;
	bool has_heard;
	uint64_t heard_ms;
};

/**
 * struct tsp_front_ops - what the daemon does
 * @arg: first argument of each
 * @send: send a datagram from peer->local of peer->listener to peer->remote; errors are as losses
 * @look: read what is counted of a tunnel; 0 or negative errno. NULL if nobody counts
 * @clock_ms: monotonic
 */
struct tsp_front_ops {
	void *arg;
	int (*look)(void *arg, uint32_t tunnel, struct tsp_counts *ret);
	void (*send)(void *arg, const struct tsp_peer *peer, const void *data, size_t len);
	uint64_t (*clock_ms)(void);
};

/**
 * struct tsp_stats - totals
 * @received: datagrams
 * @malformed: those that are none of TSP
 * @dropped: out of their sequence, or of no session
 * @repeated: the last message again
 * @limited: over the rate of strangers
 * @full: of new clients for whom there was no room
 * @refused: wrong keys
 * @slowed: keys that were shown too soon after wrong ones
 * @logins: right ones, and anonymous clients
 * @offered: offers
 * @accepted: those that were accepted
 * @redirected: clients sent to other brokers
 */
struct tsp_stats {
	uint64_t received;
	uint64_t malformed;
	uint64_t dropped;
	uint64_t repeated;
	uint64_t limited;
	uint64_t full;
	uint64_t refused;
	uint64_t slowed;
	uint64_t logins;
	uint64_t offered;
	uint64_t accepted;
	uint64_t redirected;
};

/**
 * tsp_front_create() - make one
 * @conf: copied
 * @broker: borrowed; its front end is set to this, and its sessions are for nobody else
 * @users: borrowed
 * @ops: copied
 */
int tsp_front_create(const struct tsp_conf *conf, struct broker *broker, struct broker_users *users,
		     const struct tsp_front_ops *ops, struct tsp_front **ret_front);

/** tsp_front_destroy() - tunnels stay. NULL is allowed */
void tsp_front_destroy(struct tsp_front *front);

/** tsp_front_reconfigure() - from now on; dialogues go on */
void tsp_front_reconfigure(struct tsp_front *front, const struct tsp_conf *conf);

/** tsp_front_receive() - a datagram of a client, signalling only */
void tsp_front_receive(struct tsp_front *front, const struct tsp_peer *peer, const void *data,
		       size_t len);

/** tsp_front_tick() - do what is due; call about once a second */
void tsp_front_tick(struct tsp_front *front);

/**
 * tsp_front_revoke() - end what a user has by a key, or by any if @key is NULL; at once
 * @release: with all keys, and also what is kept for him while he is away
 */
void tsp_front_revoke(struct tsp_front *front, const char *user, const char *key, bool release);

/** tsp_front_limit() - take back what a user has beyond his quota; from who is away, when he comes */
void tsp_front_limit(struct tsp_front *front, const char *user);

/** tsp_front_stats() - read them */
const struct tsp_stats *tsp_front_stats(const struct tsp_front *front);

/** tsp_front_dialogues() - how many there are */
unsigned int tsp_front_dialogues(const struct tsp_front *front);

#endif
