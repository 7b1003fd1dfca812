// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Connections: TLS, lines, and what becomes of them. What the messages mean, the dialogue knows.
 *
 * state		event				action		next
 * HANDSHAKE	TLS is up			-		HELLO
 * HELLO		hello, taken			lease		OPEN
 * HELLO		10 s				error timeout	CLOSING
 * OPEN		renew				lease		OPEN
 * HELLO, OPEN	fatal mistake, bye, session over	error or bye	CLOSING
 * CLOSING	all is written				shutdown	CLOSING
 * CLOSING	the other side closed, or 2 s		close		-
 * any		end of the connection		session stays	-
 */
#include "hub/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <utlist.h>

#include "broker/session.h"
#include "hub/connection_private.h"
#include "hub/hub.h"
#include "hub/stranger.h"
#include "hub/tls.h"
#include "lib/base/cleanup.h"
#include "proto/lvn/message.h"

#define PENDING_MS 10000
/* What is left of it for the hello at least. */
#define HELLO_MS 5000
/* Longer, as long as it is the hub that is late. */
#define LATE_MS 1000
#define LATE_MAX_MS 60000
/* How many to look at for one that may be pushed out. */
#define EVICT_TRIES 16
#define LINGER_MS 2000
/* How long the kernel then goes on repeating what nobody acknowledges. */
#define LAST_WORDS_MS 5000
/* Records of TLS from a spoke: a handshake has about six, a message one. */
#define RECORDS_RATE 10
#define RECORDS_BURST 100
/* Somebody who does not read what he asked for. */
#define OUTPUT_MAX 65536

static void unlist(struct hub_connection *connection)
{
	struct hub *hub = connection->hub;

	if (connection->state == OPEN) {
		DL_DELETE(hub->connections, connection);
		hub->n_connections--;
	} else {
		DL_DELETE(hub->pending, connection);
		hub->n_pending--;
		lvn_sources_leave(&hub->visitors, &connection->from.addr);
	}
}

static void list_pending(struct hub_connection *connection)
{
	struct hub *hub = connection->hub;

	DL_APPEND(hub->pending, connection);
	hub->n_pending++;
	lvn_sources_enter(&hub->visitors, &connection->from.addr);
}

static void destroy(struct hub_connection *connection)
{
	SSL *ssl = bufferevent_openssl_get_ssl(connection->bev);
	const unsigned int last_words_ms = LAST_WORDS_MS;

	unlist(connection);
	if (connection->session)
		broker_session_set_owner(connection->hub->broker, connection->session, NULL);
	/* close_notify if it can be had without waiting; no answer is expected */
	if (connection->state != HANDSHAKE && !connection->is_lingering) {
		SSL_set_shutdown(ssl, SSL_RECEIVED_SHUTDOWN);
		SSL_shutdown(ssl);
	}
	setsockopt(bufferevent_getfd(connection->bev), IPPROTO_TCP, TCP_USER_TIMEOUT,
		   &last_words_ms, sizeof(last_words_ms));
	bufferevent_free(connection->bev);
	ERR_clear_error();
	free(connection);
}

void hub_connection_set_state(struct hub_connection *connection, enum connection_state state)
{
	struct hub *hub = connection->hub;

	if (connection->state == state)
		return;
	/* a handshake that takes long must not buy much time for the hello */
	if (connection->state == HANDSHAKE && state == HELLO) {
		uint64_t soon_ms = lvn_clock_ms() + HELLO_MS;

		if (connection->deadline_ms < soon_ms)
			connection->deadline_ms = soon_ms;
		connection->state = state;
		return;
	}
	unlist(connection);
	connection->state = state;
	if (state == OPEN) {
		DL_APPEND(hub->connections, connection);
		hub->n_connections++;
		return;
	}
	connection->deadline_ms = lvn_clock_ms() + PENDING_MS;
	list_pending(connection);
}

/*
 * To close while something unread is in the kernel would send a reset, which takes our last words
 * from the other side. So tell the end, and read away what comes until it has closed, too.
 */
static void linger(struct hub_connection *connection)
{
	if (connection->is_lingering)
		return;
	connection->is_lingering = true;
	SSL_shutdown(bufferevent_openssl_get_ssl(connection->bev));
	shutdown(bufferevent_getfd(connection->bev), SHUT_WR);
	ERR_clear_error();
}

void hub_connection_close(struct hub_connection *connection)
{
	if (connection->session)
		broker_session_set_owner(connection->hub->broker, connection->session, NULL);
	connection->session = NULL;
	hub_connection_set_state(connection, CLOSING);
	connection->deadline_ms = lvn_clock_ms() + LINGER_MS;
	if (!evbuffer_get_length(bufferevent_get_output(connection->bev)))
		linger(connection);
}

void hub_connection_send(struct hub_connection *connection, const struct lvn_message *message)
{
	struct evbuffer *out = bufferevent_get_output(connection->bev);
	_cleanup_free_ char *line = NULL;
	size_t len;
	int ret;

	if (evbuffer_get_length(out) > OUTPUT_MAX) {
		connection->is_done = true;
		return;
	}
	ret = lvn_message_write(message, &line, &len);
	if (ret < 0) {
		lvn_error("connection %s: cannot write %s: %s", connection->peer,
			  lvn_message_type_name(message->type), strerror(-ret));
		return;
	}
	bufferevent_write(connection->bev, line, len);
	OPENSSL_cleanse(line, len);
}

/* libevent's callbacks must not free what their caller still uses; end them by this. */
static void finish(struct hub_connection *connection)
{
	if (connection->is_done)
		destroy(connection);
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	struct hub_connection *connection = arg;
	size_t len;

	while (connection->state == HELLO || connection->state == OPEN) {
		_cleanup_free_ char *line = NULL;

		if (evbuffer_search_eol(in, NULL, NULL, EVBUFFER_EOL_LF).pos >=
		    LVN_LINE_FROM_SPOKE_MAX) {
			connection->dialogue->refuse(connection, "too-long", "");
			break;
		}
		line = evbuffer_readln(in, &len, EVBUFFER_EOL_LF);
		if (!line) {
			if (evbuffer_get_length(in) >= LVN_LINE_FROM_SPOKE_MAX)
				connection->dialogue->refuse(connection, "too-long", "");
			break;
		}
		if (len && strcmp(line, "\r") != 0)
			connection->dialogue->line(connection, line, len);
		OPENSSL_cleanse(line, len);
	}
	if (connection->state == CLOSING)
		evbuffer_drain(in, evbuffer_get_length(in));
	finish(connection);
}

static void on_written(struct bufferevent *bev, void *arg)
{
	struct hub_connection *connection = arg;

	/* libevent defers this: since then, more may have been written */
	if (connection->state == CLOSING && !evbuffer_get_length(bufferevent_get_output(bev)))
		linger(connection);
	finish(connection);
}

static void log_failure(struct hub_connection *connection)
{
	unsigned long error = bufferevent_get_openssl_error(connection->bev);
	const char *refusal = hub_tls_refusal(bufferevent_openssl_get_ssl(connection->bev));
	bool is_verify = ERR_GET_REASON(error) == SSL_R_CERTIFICATE_VERIFY_FAILED;

	connection->hub->stats.handshakes_failed++;
	if (!hub_stranger_may_log(connection->hub))
		return;
	lvn_info("connection %s: no TLS: %s", connection->peer,
		 is_verify ? refusal :
		 error	   ? ERR_reason_error_string(error) :
			     "closed");
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct hub_connection *connection = arg;

	(void)bev;
	if (what & BEV_EVENT_CONNECTED) {
		connection->hub->stats.handshakes++;
		hub_connection_set_state(connection, HELLO);
		return;
	}
	if (connection->state == HANDSHAKE)
		log_failure(connection);
	connection->is_done = true;
	finish(connection);
}

static struct bufferevent *make_bev(struct hub *hub, int fd)
{
	SSL *ssl = hub_tls_connection(hub->tls);
	struct bufferevent *bev;

	if (!ssl)
		return NULL;
	bev = bufferevent_openssl_socket_new(hub->base, fd, ssl, BUFFEREVENT_SSL_ACCEPTING,
					     BEV_OPT_CLOSE_ON_FREE);
	if (!bev) {
		SSL_free(ssl);
		return NULL;
	}
	/* a spoke that vanishes is the binding's business, not an error of the stream */
	bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	return bev;
}

/*
 * When more come than the hub can serve, those that wait for it should not be sent away, to come
 * again and make even more work. What they have sent is still unread then; who has sent nothing,
 * or half of something, is late himself.
 */
static bool is_hub_late(const struct hub_connection *connection)
{
	struct pollfd fd = { bufferevent_getfd(connection->bev), POLLIN, 0 };

	return connection->state != CLOSING && poll(&fd, 1, 0) == 1 && fd.revents == POLLIN;
}

static bool make_room_of(struct hub *hub, const struct lvn_addr *addr)
{
	struct hub_connection *connection;

	DL_FOREACH(hub->pending, connection) {
		if (!lvn_sources_same(&hub->visitors, &connection->from.addr, addr))
			continue;
		hub->stats.evicted++;
		destroy(connection);
		return true;
	}
	return false;
}

bool hub_connection_make_room(struct hub *hub, const struct lvn_addr *addr)
{
	struct hub_connection *connection = hub->pending;
	unsigned int i;

	if (addr)
		return make_room_of(hub, addr);
	/* who came first has had most time: a flood of half-open ones pushes out itself */
	for (i = 0; connection && i < EVICT_TRIES; i++, connection = connection->next) {
		if (is_hub_late(connection))
			continue;
		hub->stats.evicted++;
		destroy(connection);
		return true;
	}
	return false;
}

/*
 * Called for each record of TLS that comes in. Those without data (new keys, alerts, nothing) cost
 * no less than others, and no message is read of them that could be counted.
 */
static void on_record(int is_written, int version, int type, const void *data, size_t len, SSL *ssl,
		      void *arg)
{
	struct hub_connection *connection = arg;

	(void)version;
	(void)data;
	(void)len;
	(void)ssl;
	if (is_written || type != SSL3_RT_HEADER || connection->is_done ||
	    lvn_ratelimit_take(&connection->records, lvn_clock_ms()))
		return;
	connection->hub->stats.bad_lines++;
	/* OpenSSL is at work with it: nothing more is read, and soon it is destroyed */
	bufferevent_disable(connection->bev, EV_READ);
	connection->is_done = true;
}

void hub_connection_accept(struct hub *hub, int fd, const struct lvn_endpoint *peer)
{
	struct hub_connection *connection = calloc(1, sizeof(*connection));
	SSL *ssl;

	if (connection)
		connection->bev = make_bev(hub, fd);
	if (!connection || !connection->bev) {
		free(connection);
		close(fd);
		return;
	}
	connection->hub = hub;
	connection->dialogue = hub->dialogue;
	connection->state = HANDSHAKE;
	connection->accepted_ms = lvn_clock_ms();
	connection->deadline_ms = connection->accepted_ms + PENDING_MS;
	lvn_ratelimit_init(&connection->limit, 1, 10);
	lvn_ratelimit_init(&connection->records, RECORDS_RATE, RECORDS_BURST);
	ssl = bufferevent_openssl_get_ssl(connection->bev);
	SSL_set_msg_callback(ssl, on_record);
	SSL_set_msg_callback_arg(ssl, connection);
	connection->from = *peer;
	lvn_endpoint_format(peer, connection->peer);
	list_pending(connection);
	bufferevent_setcb(connection->bev, on_read, on_written, on_event, connection);
	bufferevent_setwatermark(connection->bev, EV_READ, 0, 2 * LVN_LINE_FROM_SPOKE_MAX);
	bufferevent_enable(connection->bev, EV_READ | EV_WRITE);
}

void hub_connection_tick(struct hub *hub)
{
	struct hub_connection *connection, *next;
	uint64_t now = lvn_clock_ms();

	DL_FOREACH_SAFE(hub->connections, connection, next)
		finish(connection);
	DL_FOREACH_SAFE(hub->pending, connection, next) {
		if (connection->deadline_ms > now && !connection->is_done)
			continue;
		if (!connection->is_done && is_hub_late(connection) &&
		    now < connection->accepted_ms + LATE_MAX_MS) {
			connection->deadline_ms = now + LATE_MS;
			continue;
		}
		if (connection->state == HELLO) {
			connection->dialogue->refuse(connection, "timeout", "");
			continue;
		}
		destroy(connection);
	}
}

void hub_connection_close_all(struct hub *hub)
{
	while (hub->pending)
		destroy(hub->pending);
	while (hub->connections)
		destroy(hub->connections);
}
