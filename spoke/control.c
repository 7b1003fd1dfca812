// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The steps of a control connection. Each step has its time limit.
 */
#include "spoke/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/crypto.h>
#include <openssl/ssl.h>

#include "lib/base/cleanup.h"
#include "lib/base/log.h"
#include "spoke/connect.h"
#include "spoke/resolve.h"
#include "spoke/tls.h"

#define RESOLVE_TIMEOUT_MS 10000
#define CONNECT_TIMEOUT_MS 10000
/* Long, as a hub that all its spokes come back to at once needs that. */
#define HANDSHAKE_TIMEOUT_S 30
/* How long the kernel repeats the last words of a closed connection that nobody acknowledges. */
#define LAST_WORDS_MS 5000

/**
 * struct lvn_control - a connection
 * @base: the loop
 * @tls: borrowed
 * @handlers: whom to tell
 * @host: the hub
 * @port: TCP port
 * @ifname: interface to leave by, "" for none
 * @mark: fwmark
 * @accept_unset_clock: see lvn_tls_client()
 * @resolve: the question, in state resolving
 * @connect: the race, in state connecting
 * @stream: in states handshaking and open
 * @deadline: end of the handshake
 * @endpoint: where @stream goes
 * @is_open: the handshake is over
 * @freed: set to true when this is freed; NULL if nobody asks
 */
struct lvn_control {
	struct event_base *base;
	SSL_CTX *tls;
	struct lvn_control_handlers handlers;
	char host[LVN_TEXT_SIZE];
	uint16_t port;
	char ifname[IF_NAMESIZE];
	uint32_t mark;
	bool accept_unset_clock;
	struct lvn_resolve *resolve;
	struct lvn_connect *connect;
	struct bufferevent *stream;
	struct event *deadline;
	struct lvn_endpoint endpoint;
	bool is_open;
	bool *freed;
};

void lvn_control_close(struct lvn_control *control)
{
	if (!control)
		return;
	if (control->freed)
		*control->freed = true;
	lvn_resolve_cancel(control->resolve);
	lvn_connect_cancel(control->connect);
	if (control->deadline)
		event_free(control->deadline);
	if (control->stream) {
		SSL *ssl = bufferevent_openssl_get_ssl(control->stream);
		const unsigned int last_words_ms = LAST_WORDS_MS;

		/* Says goodbye as far as that needs no waiting. */
		if (ssl && control->is_open)
			SSL_shutdown(ssl);
		setsockopt(bufferevent_getfd(control->stream), IPPROTO_TCP, TCP_USER_TIMEOUT,
			   &last_words_ms, sizeof(last_words_ms));
		bufferevent_free(control->stream);
	}
	free(control);
}

static void fail(struct lvn_control *control, const char *why)
{
	struct lvn_control_handlers handlers = control->handlers;

	lvn_control_close(control);
	handlers.closed(handlers.arg, why);
}

static void fail_errno(struct lvn_control *control, const char *step, int error)
{
	char why[160];

	snprintf(why, sizeof(why), "%s: %s", step, strerror(-error));
	fail(control, why);
}

/* One line. Return: whether the connection still is. */
static bool take_line(struct lvn_control *control, const char *line, size_t len)
{
	struct lvn_message message;
	struct lvn_fault fault;
	bool freed = false;
	char why[128];
	int ret;

	ret = lvn_message_parse(line, len, &message, &fault);
	if (ret == -EBADMSG) {
		snprintf(why, sizeof(why), "the hub sent nonsense: %s %s", fault.code,
			 fault.detail);
		fail(control, why);
		return false;
	}
	if (ret) {
		fail_errno(control, "message", ret);
		return false;
	}
	control->freed = &freed;
	control->handlers.message(control->handlers.arg, &message);
	OPENSSL_cleanse(&message, sizeof(message));
	if (freed)
		return false;
	control->freed = NULL;
	return true;
}

static void on_readable(struct bufferevent *stream, void *arg)
{
	struct evbuffer *input = bufferevent_get_input(stream);
	struct lvn_control *control = arg;
	bool is_alive = true;
	size_t len;

	while (is_alive) {
		struct evbuffer_ptr end = evbuffer_search_eol(input, NULL, NULL, EVBUFFER_EOL_LF);
		char *line;

		if (end.pos < 0) {
			if (evbuffer_get_length(input) >= LVN_LINE_FROM_HUB_MAX)
				fail(control, "the hub sent a line that is too long");
			return;
		}
		line = evbuffer_readln(input, &len, EVBUFFER_EOL_LF);
		if (!line) {
			fail_errno(control, "message", -ENOMEM);
			return;
		}
		if (len && line[len - 1] == '\r')
			len--;
		if (len)
			is_alive = take_line(control, line, len);
		OPENSSL_cleanse(line, len);
		free(line);
	}
}

static void on_event(struct bufferevent *stream, short what, void *arg)
{
	struct lvn_control *control = arg;
	char why[LVN_TLS_ERROR_SIZE];
	int ret = errno;

	if (what & BEV_EVENT_CONNECTED) {
		event_del(control->deadline);
		control->is_open = true;
		control->handlers.open(control->handlers.arg, &control->endpoint);
		return;
	}
	if (what & (BEV_EVENT_ERROR | BEV_EVENT_EOF)) {
		lvn_tls_failure(bufferevent_openssl_get_ssl(stream),
				bufferevent_get_openssl_error(stream), why);
		if (what & BEV_EVENT_ERROR && control->is_open && ret &&
		    !strncmp(why, "the hub closed", 14))
			snprintf(why, sizeof(why), "connection: %s", strerror(ret));
		fail(control, why);
	}
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	fail(arg, "TLS: the hub does not answer");
}

static void on_connected(void *arg, int error, int fd, const struct lvn_endpoint *endpoint)
{
	struct timeval limit = { HANDSHAKE_TIMEOUT_S, 0 };
	struct lvn_control *control = arg;
	char text[LVN_ADDR_TEXT_SIZE];
	SSL *ssl;
	int ret;

	control->connect = NULL;
	if (error) {
		fail_errno(control, "connect", error);
		return;
	}
	control->endpoint = *endpoint;
	lvn_debug("hub %s: connected to %s", control->host, lvn_endpoint_format(endpoint, text));
	ret = lvn_tls_client(control->tls, control->host, control->accept_unset_clock, &ssl);
	if (ret) {
		close(fd);
		fail_errno(control, "TLS", ret);
		return;
	}
	control->deadline = event_new(control->base, -1, 0, on_deadline, control);
	control->stream = bufferevent_openssl_socket_new(
		control->base, fd, ssl, BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE);
	if (!control->stream) {
		SSL_free(ssl);
		close(fd);
	}
	if (!control->stream || !control->deadline) {
		fail_errno(control, "TLS", -ENOMEM);
		return;
	}
	bufferevent_openssl_set_allow_dirty_shutdown(control->stream, 1);
	bufferevent_setcb(control->stream, on_readable, NULL, on_event, control);
	/* Bounds what a bad hub can make us hold. */
	bufferevent_setwatermark(control->stream, EV_READ, 0, 2 * LVN_LINE_FROM_HUB_MAX);
	bufferevent_enable(control->stream, EV_READ | EV_WRITE);
	event_add(control->deadline, &limit);
}

static void on_resolved(void *arg, int error, const struct lvn_endpoint *endpoints, unsigned int n)
{
	struct lvn_control *control = arg;
	struct lvn_connect_options options = {
		.ifname = control->ifname,
		.mark = control->mark,
		.timeout_ms = CONNECT_TIMEOUT_MS,
	};
	struct lvn_endpoint usable[LVN_RESOLVE_MAX];
	int ret;

	control->resolve = NULL;
	if (error) {
		char why[LVN_TEXT_SIZE + 64];

		snprintf(why, sizeof(why), "%s: %s", control->host,
			 error == -ENOENT ? "no such name" :
			 error == -EAGAIN ? "the name service does not answer" :
					    strerror(-error));
		fail(control, why);
		return;
	}
	memcpy(usable, endpoints, n * sizeof(*endpoints));
	if (control->handlers.resolved)
		n = control->handlers.resolved(control->handlers.arg, usable, n);
	if (!n) {
		fail(control,
		     "its addresses are link-local, or the routes to them lead into our own tunnel");
		return;
	}
	ret = lvn_connect_start(control->base, usable, n, &options, on_connected, control,
				&control->connect);
	if (ret)
		fail_errno(control, "connect", ret);
}

int lvn_control_start(struct event_base *base, const struct lvn_control_target *target,
		      const struct lvn_control_handlers *handlers, struct lvn_control **ret_control)
{
	struct lvn_control *control;
	int ret;

	control = calloc(1, sizeof(*control));
	if (!control)
		return -ENOMEM;
	control->base = base;
	control->tls = target->tls;
	control->handlers = *handlers;
	control->port = target->port;
	control->mark = target->mark;
	control->accept_unset_clock = target->accept_unset_clock;
	snprintf(control->host, sizeof(control->host), "%s", target->host);
	snprintf(control->ifname, sizeof(control->ifname), "%s", target->ifname);
	ret = lvn_resolve_start(base, control->host, control->port, RESOLVE_TIMEOUT_MS, on_resolved,
				control, &control->resolve);
	if (ret) {
		lvn_control_close(control);
		return ret;
	}
	*ret_control = control;
	return 0;
}

int lvn_control_send(struct lvn_control *control, const struct lvn_message *message)
{
	char *line;
	size_t len;
	int ret;

	if (!control || !control->is_open)
		return -ENOTCONN;
	ret = lvn_message_write(message, &line, &len);
	if (ret)
		return ret;
	ret = bufferevent_write(control->stream, line, len) ? -ENOMEM : 0;
	OPENSSL_cleanse(line, len);
	free(line);
	return ret;
}

const char *lvn_control_state(const struct lvn_control *control)
{
	if (!control)
		return "closed";
	if (control->resolve)
		return "resolving";
	if (control->connect)
		return "connecting";
	return control->is_open ? "open" : "handshaking";
}
