// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Connections. Each has so many seconds and so many messages, whatever it does; a network has a
 * share of them.
 */
#include "tsp/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <utlist.h>

#include "proto/tsp/frame.h"
#include "tsp/front_private.h"

#define STREAMS_MAX 256
#define STREAMS_SHARE 32
#define MESSAGES_MAX 64
#define LIFE_S 60
#define NULS_MAX 16

/* Stock clients stand still if the proof and the status come in one segment. */
#define GAP_MS 50

/**
 * struct stream - a connection
 * @streams: whose
 * @buffer: owned
 * @life: ends it
 * @gap: sends the status after the proof
 * @peer: who
 * @dialogue: how far it is
 * @n_messages: so far
 * @prev: in the list, the oldest first
 * @next: likewise
 */
struct stream {
	struct tsp_streams *streams;
	struct bufferevent *buffer;
	struct event *life;
	struct event *gap;
	struct tsp_peer peer;
	struct tsp_dialogue dialogue;
	unsigned int n_messages;
	struct stream *prev, *next;
};

/**
 * struct tsp_streams - all of them
 * @front: borrowed
 * @base: borrowed
 * @list: the oldest first
 * @n: how many
 * @sources: how many of each network
 */
struct tsp_streams {
	struct tsp_front *front;
	struct event_base *base;
	struct stream *list;
	unsigned int n;
	struct lvn_sources sources;
};

static void destroy(struct stream *stream)
{
	struct tsp_streams *streams = stream->streams;

	DL_DELETE(streams->list, stream);
	streams->n--;
	lvn_sources_leave(&streams->sources, &stream->peer.remote.addr);
	if (stream->life)
		event_free(stream->life);
	if (stream->gap)
		event_free(stream->gap);
	if (stream->buffer)
		bufferevent_free(stream->buffer);
	tsp_dialogue_done(&stream->dialogue);
	free(stream);
}

/* Return: 0, or negative errno if it has to end. */
static int answer(struct stream *stream, const char *text, size_t len)
{
	const struct timeval gap = { .tv_usec = GAP_MS * 1000 };
	struct tsp_front *front = stream->streams->front;
	char out[TSP_TEXT_MAX + 1];
	size_t n;

	if (++stream->n_messages > MESSAGES_MAX)
		return -EBUSY;
	if (!tsp_dialogue_is_known(&stream->dialogue) &&
	    !lvn_sources_take(&front->strangers, &stream->peer.remote.addr,
			      front->ops.clock_ms())) {
		front->stats.limited++;
		return -EBUSY;
	}
	if (tsp_front_delays(front, &stream->dialogue, &stream->peer, text, len))
		return -EBUSY;
	n = tsp_front_talk(front, &stream->dialogue, &stream->peer, text, len, out, sizeof(out));
	if (n && bufferevent_write(stream->buffer, out, n) < 0)
		return -ENOMEM;
	if (stream->dialogue.state != TSP_STATE_PROVED)
		return 0;
	bufferevent_disable(stream->buffer, EV_READ);
	return event_add(stream->gap, &gap) < 0 ? -ENOMEM : 0;
}

/* Return: 0 if there is no whole message any more, or negative errno if it has to end. */
static int serve(struct stream *stream)
{
	struct evbuffer *in = bufferevent_get_input(stream->buffer);
	char text[TSP_TEXT_MAX + 64];
	size_t skip = 0;
	ssize_t have;
	int n, ret = 0;

	while (!ret && stream->dialogue.state != TSP_STATE_PROVED) {
		have = evbuffer_copyout(in, text, sizeof(text));
		if (have <= 0)
			return 0;
		n = tsp_stream_next(text, have, tsp_dialogue_framing(&stream->dialogue), &skip);
		if (n <= 0) {
			evbuffer_drain(in, skip);
			/* stock clients send one NUL too many, not a stream of them */
			return skip > NULS_MAX ? -EBADMSG : n;
		}
		evbuffer_drain(in, skip + n);
		ret = answer(stream, text + skip, n);
	}
	return ret;
}

static void on_read(struct bufferevent *buffer, void *arg)
{
	struct stream *stream = arg;

	(void)buffer;
	if (serve(stream) < 0)
		destroy(stream);
}

static void on_event(struct bufferevent *buffer, short what, void *arg)
{
	(void)buffer;
	(void)what;
	destroy(arg);
}

static void on_life(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	destroy(arg);
}

static void on_gap(evutil_socket_t fd, short what, void *arg)
{
	struct stream *stream = arg;

	(void)fd;
	(void)what;
	bufferevent_enable(stream->buffer, EV_READ);
	/* as the empty datagram does over UDP */
	if (answer(stream, "", 0) < 0 || serve(stream) < 0)
		destroy(stream);
}

static bool make_room(struct tsp_streams *streams, const struct lvn_addr *addr)
{
	bool is_share = lvn_sources_present(&streams->sources, addr) >= STREAMS_SHARE;
	struct stream *stream;

	if (!is_share && streams->n < STREAMS_MAX)
		return true;
	DL_FOREACH(streams->list, stream) {
		if (tsp_dialogue_is_known(&stream->dialogue) ||
		    (is_share &&
		     !lvn_sources_same(&streams->sources, &stream->peer.remote.addr, addr)))
			continue;
		destroy(stream);
		return true;
	}
	return false;
}

static int open_stream(struct stream *stream, int fd)
{
	const struct timeval life = { .tv_sec = LIFE_S };
	struct event_base *base = stream->streams->base;

	stream->buffer = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!stream->buffer) {
		close(fd);
		return -ENOMEM;
	}
	stream->life = evtimer_new(base, on_life, stream);
	stream->gap = evtimer_new(base, on_gap, stream);
	if (!stream->life || !stream->gap || event_add(stream->life, &life) < 0)
		return -ENOMEM;
	bufferevent_setcb(stream->buffer, on_read, NULL, on_event, stream);
	bufferevent_setwatermark(stream->buffer, EV_READ, 0, TSP_TEXT_MAX + 64);
	return bufferevent_enable(stream->buffer, EV_READ | EV_WRITE) < 0 ? -ENOMEM : 0;
}

void tsp_streams_add(struct tsp_streams *streams, int fd, const struct lvn_endpoint *peer)
{
	struct stream *stream = make_room(streams, &peer->addr) ? calloc(1, sizeof(*stream)) : NULL;

	if (!stream) {
		streams->front->stats.full++;
		close(fd);
		return;
	}
	stream->streams = streams;
	stream->peer.is_stream = true;
	stream->peer.remote = *peer;
	DL_APPEND(streams->list, stream);
	streams->n++;
	lvn_sources_enter(&streams->sources, &peer->addr);
	if (open_stream(stream, fd) < 0)
		destroy(stream);
}

void tsp_streams_revoke(struct tsp_streams *streams, const char *user, const char *key)
{
	struct stream *stream, *next;

	DL_FOREACH_SAFE(streams->list, stream, next)
		if (strcmp(stream->dialogue.user, user) == 0 &&
		    (!key || strcmp(stream->dialogue.note, key) == 0))
			destroy(stream);
}

int tsp_streams_create(struct tsp_front *front, struct event_base *base,
		       struct tsp_streams **ret_streams)
{
	struct tsp_streams *streams = calloc(1, sizeof(*streams));

	if (!streams)
		return -ENOMEM;
	streams->front = front;
	streams->base = base;
	lvn_sources_init(&streams->sources, 0, 0, front->strangers.seed);
	front->streams = streams;
	*ret_streams = streams;
	return 0;
}

void tsp_streams_destroy(struct tsp_streams *streams)
{
	if (!streams)
		return;
	while (streams->list)
		destroy(streams->list);
	streams->front->streams = NULL;
	free(streams);
}
