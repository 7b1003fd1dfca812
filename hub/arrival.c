// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Connections before TLS. A handshake costs the hub as much as a hundred bindings and a stranger
 * nothing, so it is charged to his network before it begins. Whoever comes too often waits; he is
 * not sent away, as there may be honest spokes in the same network.
 */
#include "hub/arrival.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>
#include <utlist.h>

#include "hub/connection.h"
#include "hub/hub.h"
#include "hub/stranger.h"
#include "proto/lvn/message.h"

/* Header of a record, type and length of the message in it. */
#define BEGIN_LEN 9
/* A hello of TLS, all of which OpenSSL makes room for when it has seen its beginning. */
#define HELLO_MAX 16384
/* How long to wait for the first bytes. */
#define SILENT_MS 10000
/* How long to wait for a turn: less than spokes do. */
#define TURN_MS 25000
/* How often turns are given, and how many at once: bindings are served in between. */
#define TURNS_MS 20
#define TURNS_MAX 16

/**
 * struct hub_arrival - one of them
 * @hub: whose
 * @fd: owned
 * @event: on @fd, NULL as soon as the first bytes are there
 * @peer: who
 * @accepted_ms: when it came
 * @prev: in the hub's list, the oldest first
 * @next: likewise
 */
struct hub_arrival {
	struct hub *hub;
	int fd;
	struct event *event;
	struct lvn_endpoint peer;
	uint64_t accepted_ms;
	struct hub_arrival *prev, *next;
};

/* Return: the descriptor, which is the caller's now. */
static int take_fd(struct hub_arrival *arrival)
{
	struct hub *hub = arrival->hub;
	int fd = arrival->fd;

	if (arrival->event)
		event_free(arrival->event);
	DL_DELETE(hub->arrivals, arrival);
	hub->n_arrivals--;
	lvn_sources_leave(&hub->visitors, &arrival->peer.addr);
	free(arrival);
	return fd;
}

static void destroy(struct hub_arrival *arrival)
{
	close(take_fd(arrival));
}

static void turn_away(struct hub_arrival *arrival, const char *why)
{
	char text[LVN_ADDR_TEXT_SIZE];

	arrival->hub->stats.handshakes_failed++;
	if (hub_stranger_may_log(arrival->hub))
		lvn_info("connection %s: no TLS: %s", lvn_endpoint_format(&arrival->peer, text),
			 why);
	destroy(arrival);
}

/* RFC 8446 sections 4 and 5.1: a record of handshake messages, with a client's hello. */
static bool is_hello(const uint8_t begin[BEGIN_LEN])
{
	uint32_t len = begin[6] << 16 | begin[7] << 8 | begin[8];

	return begin[0] == 22 && begin[1] == 3 && begin[5] == 1 && len <= HELLO_MAX;
}

/* Whoever gave up while he waited needs no work any more. */
static bool is_gone(int fd)
{
	struct pollfd poll_fd = { fd, POLLRDHUP, 0 };

	return poll(&poll_fd, 1, 0) == 1;
}

/* Return: whether it got its turn, or wants none, and is no more. */
static bool give_turn(struct hub_arrival *arrival)
{
	const struct lvn_endpoint peer = arrival->peer;
	struct hub *hub = arrival->hub;

	if (is_gone(arrival->fd)) {
		turn_away(arrival, "closed");
		return true;
	}
	if (!lvn_sources_take(&hub->visitors, &peer.addr, lvn_clock_ms()))
		return false;
	hub_connection_accept(hub, take_fd(arrival), &peer);
	return true;
}

static void wait_for_turn(struct hub *hub)
{
	const struct timeval soon = { .tv_usec = TURNS_MS * 1000 };

	if (!event_pending(hub->turns, EV_TIMEOUT, NULL))
		evtimer_add(hub->turns, &soon);
}

static void on_turns(evutil_socket_t fd, short what, void *arg)
{
	struct hub_arrival *arrival, *next;
	struct hub *hub = arg;
	bool is_waiting = false;
	unsigned int n = 0;

	(void)fd;
	(void)what;
	DL_FOREACH_SAFE(hub->arrivals, arrival, next) {
		if (arrival->event)
			continue;
		if (n < TURNS_MAX && give_turn(arrival))
			n++;
		else
			is_waiting = true;
	}
	if (is_waiting)
		wait_for_turn(hub);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct hub_arrival *arrival = arg;
	struct hub *hub = arrival->hub;
	uint8_t begin[BEGIN_LEN];
	ssize_t len = recv(fd, begin, sizeof(begin), MSG_PEEK | MSG_DONTWAIT);
	int one = 1;

	(void)what;
	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (len < BEGIN_LEN)
		return turn_away(arrival, "closed");
	if (!is_hello(begin))
		return turn_away(arrival, "not TLS");
	/* from now on a single byte counts again */
	setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &one, sizeof(one));
	event_free(arrival->event);
	arrival->event = NULL;
	if (!give_turn(arrival))
		wait_for_turn(hub);
}

static bool make_room_for(struct hub *hub, const struct lvn_addr *addr)
{
	struct hub_arrival *arrival;

	DL_FOREACH(hub->arrivals, arrival) {
		if (!lvn_sources_same(&hub->visitors, &arrival->peer.addr, addr))
			continue;
		hub->stats.evicted++;
		destroy(arrival);
		return true;
	}
	return hub_connection_make_room(hub, addr);
}

bool hub_arrival_make_room(struct hub *hub)
{
	if (!hub->arrivals)
		return false;
	hub->stats.evicted++;
	destroy(hub->arrivals);
	return true;
}

/* A network has a share of the room; beyond, and when all is full, the oldest goes. */
static bool has_room(struct hub *hub, const struct lvn_addr *addr)
{
	unsigned int max = hub->conf->max_pending, share = max / 8 > 16 ? max / 8 : 16;

	if (lvn_sources_present(&hub->visitors, addr) >= share && !make_room_for(hub, addr))
		return false;
	return hub->n_arrivals + hub->n_pending < max || hub_arrival_make_room(hub) ||
	       hub_connection_make_room(hub, NULL);
}

void hub_arrival_add(struct hub *hub, int fd, const struct lvn_endpoint *peer)
{
	const int enough = BEGIN_LEN;
	struct hub_arrival *arrival;

	hub->stats.accepted++;
	if (!hub->turns)
		hub->turns = evtimer_new(hub->base, on_turns, hub);
	arrival = hub->turns && !is_gone(fd) && has_room(hub, &peer->addr) ?
			  calloc(1, sizeof(*arrival)) :
			  NULL;
	if (!arrival) {
		hub->stats.refused++;
		close(fd);
		return;
	}
	arrival->hub = hub;
	arrival->fd = fd;
	arrival->peer = *peer;
	arrival->accepted_ms = lvn_clock_ms();
	DL_APPEND(hub->arrivals, arrival);
	hub->n_arrivals++;
	lvn_sources_enter(&hub->visitors, &peer->addr);
	/* less than that would wake us again and again */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &enough, sizeof(enough)) == 0)
		arrival->event =
			event_new(hub->base, fd, EV_READ | EV_PERSIST, on_readable, arrival);
	if (!arrival->event || event_add(arrival->event, NULL) < 0) {
		hub->stats.refused++;
		destroy(arrival);
	}
}

void hub_arrival_tick(struct hub *hub)
{
	struct hub_arrival *arrival, *next;
	uint64_t now = lvn_clock_ms();

	DL_FOREACH_SAFE(hub->arrivals, arrival, next)
		if (now - arrival->accepted_ms >= (arrival->event ? SILENT_MS : TURN_MS))
			turn_away(arrival, arrival->event ? "silent" : "too many from there");
}

void hub_arrival_close_all(struct hub *hub)
{
	while (hub->arrivals)
		destroy(hub->arrivals);
	if (hub->turns)
		event_free(hub->turns);
	hub->turns = NULL;
}
