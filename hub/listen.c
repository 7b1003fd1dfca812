// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Listening on TCP.
 */
#include "hub/listen.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/tcp.h>

#include "hub/arrival.h"
#include "hub/connection.h"
#include "hub/hub.h"
#include "hub/stranger.h"
#include "lib/base/cleanup.h"

/*
 * When all spokes come at once, those accepted should get their handshakes done before others are
 * let in, or all run into their timeouts together. So only some are accepted each time around the
 * event loop, which takes the longer the more there is to do; the rest waits in a queue of the
 * kernel's (net.core.somaxconn bounds it, too), or repeats its SYN.
 */
#define BACKLOG		4096
#define ACCEPT_MAX	8

static void on_resume(evutil_socket_t fd, short what, void *arg)
{
	struct hub *hub = arg;
	unsigned int i;

	(void)fd;
	(void)what;
	hub->n_accepted = 0;
	for (i = 0; i < hub->n_listeners; i++)
		evconnlistener_enable(hub->listeners[i]);
}

static void pause_accept(struct hub *hub)
{
	const struct timeval soon = { .tv_usec = 500 };
	unsigned int i;

	if (evtimer_add(hub->resume, &soon) < 0)
		return;
	for (i = 0; i < hub->n_listeners; i++)
		evconnlistener_disable(hub->listeners[i]);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *sa,
		      int len, void *arg)
{
	struct lvn_endpoint peer;
	struct hub *hub = arg;

	(void)listener;
	(void)len;
	if (++hub->n_accepted >= ACCEPT_MAX)
		pause_accept(hub);
	if (lvn_endpoint_from_sockaddr(sa, &peer) < 0) {
		close(fd);
		return;
	}
	hub_arrival_add(hub, fd, &peer);
}

/* Mostly EMFILE: those without session have to make room, else this would spin. */
static void on_error(struct evconnlistener *listener, void *arg)
{
	struct hub *hub = arg;

	(void)listener;
	if (hub_stranger_may_log(hub))
		lvn_warning("accept: %s", strerror(errno));
	if (!hub_arrival_make_room(hub) && !hub_connection_make_room(hub, NULL))
		pause_accept(hub);
}

/* Accepted connections inherit these. */
static void set_options(int fd)
{
	static const struct {
		int level, name, value;
	} options[] = {
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, 120 },
		{ IPPROTO_TCP, TCP_KEEPINTVL, 20 },
		{ IPPROTO_TCP, TCP_KEEPCNT, 4 },
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
		{ IPPROTO_TCP, TCP_USER_TIMEOUT, 60000 },
	};
	size_t i;

	/* without them it works less well, but it works */
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (setsockopt(fd, options[i].level, options[i].name, &options[i].value,
			       sizeof(options[i].value)) < 0)
			lvn_debug("listen: socket option: %s", strerror(errno));
}

static int bind_one(struct hub *hub, const struct lvn_endpoint *endpoint)
{
	struct sockaddr_storage ss;
	socklen_t len = lvn_endpoint_to_sockaddr(endpoint, &ss);
	int one = 1, v6only = endpoint->addr.family == AF_INET6;
	_cleanup_close_ int fd = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct evconnlistener *listener;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (ss.ss_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof(v6only)) < 0)
		return -errno;
	set_options(fd);
	if (bind(fd, (struct sockaddr *)&ss, len) < 0)
		return -errno;
	listener = evconnlistener_new(hub->base, on_accept, hub, LEV_OPT_CLOSE_ON_FREE |
				      LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_DISABLED, BACKLOG, fd);
	if (!listener)
		return -errno;
	TAKE_FD(fd);
	evconnlistener_set_error_cb(listener, on_error);
	hub->listeners[hub->n_listeners++] = listener;
	return 0;
}

int hub_listen_bind(struct hub *hub)
{
	char text[LVN_ADDR_TEXT_SIZE];
	unsigned int i;
	int ret;

	for (i = 0; i < hub->conf->plane.n_listen; i++) {
		ret = bind_one(hub, &hub->conf->plane.listen[i]);
		if (ret < 0) {
			lvn_error("listen %s: TCP: %s%s",
				  lvn_endpoint_format(&hub->conf->plane.listen[i], text), strerror(-ret),
				  ret == -EADDRINUSE ? "; 'ss -ltnp' shows the other program" :
				  ret == -EADDRNOTAVAIL ? "; no interface has this address" : "");
			return ret;
		}
		lvn_info("listening on %s", lvn_endpoint_format(&hub->conf->plane.listen[i], text));
	}
	return 0;
}

int hub_listen_start(struct hub *hub)
{
	unsigned int i;

	hub->resume = evtimer_new(hub->base, on_resume, hub);
	if (!hub->resume)
		return -ENOMEM;
	for (i = 0; i < hub->n_listeners; i++)
		if (evconnlistener_enable(hub->listeners[i]) < 0)
			return -ENOMEM;
	return 0;
}

void hub_listen_close(struct hub *hub)
{
	if (hub->resume)
		event_free(hub->resume);
	hub->resume = NULL;
	while (hub->n_listeners)
		evconnlistener_free(hub->listeners[--hub->n_listeners]);
}
