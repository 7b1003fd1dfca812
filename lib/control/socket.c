// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The control socket: connections and lines. What these ask for is the business of its owner.
 */
#include "lib/control/socket.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <utlist.h>

#include "lib/base/cleanup.h"
#include "lib/base/log.h"

#define LINE_MAX_BYTES 4096
#define CLIENTS_MAX 32
#define IDLE_S 60

/**
 * struct client - one connection
 * @control: whose
 * @bev: owned
 * @is_ending: close when all is written
 */
struct client {
	struct control_socket *control;
	struct bufferevent *bev;
	bool is_ending;
	struct client *prev, *next;
};

/**
 * struct control_socket - see the header
 * @fn: who carries out requests
 * @arg: for @fn
 * @listener: owned
 * @clients: all connections, oldest first
 * @path: of the socket
 */
struct control_socket {
	control_line_fn *fn;
	void *arg;
	struct evconnlistener *listener;
	struct client *clients;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

static void client_destroy(struct client *client)
{
	DL_DELETE(client->control->clients, client);
	bufferevent_free(client->bev);
	free(client);
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev), *out = bufferevent_get_output(bev);
	struct client *client = arg;
	size_t len;

	while (!client->is_ending) {
		_cleanup_free_ char *line = evbuffer_readln(in, &len, EVBUFFER_EOL_LF);

		if (!line)
			break;
		client->control->fn(client->control->arg, line, len, out);
	}
	if (evbuffer_get_length(in) >= LINE_MAX_BYTES) {
		evbuffer_add_printf(out, "{\"ok\":false,\"error\":\"line too long\"}\n");
		bufferevent_disable(bev, EV_READ);
		client->is_ending = true;
	}
}

static void on_written(struct bufferevent *bev, void *arg)
{
	struct client *client = arg;

	(void)bev;
	if (client->is_ending)
		client_destroy(client);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct client *client = arg;

	/* who closes after his request still wants the answer */
	if (what & BEV_EVENT_EOF && evbuffer_get_length(bufferevent_get_output(bev))) {
		client->is_ending = true;
		return;
	}
	client_destroy(client);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *sa,
		      int len, void *arg)
{
	const struct timeval idle = { .tv_sec = IDLE_S };
	struct control_socket *control = arg;
	struct client *client, *oldest;
	int n;

	(void)sa;
	(void)len;
	DL_COUNT(control->clients, oldest, n);
	client = n < CLIENTS_MAX ? calloc(1, sizeof(*client)) : NULL;
	if (!client) {
		close(fd);
		return;
	}
	client->control = control;
	client->bev = bufferevent_socket_new(evconnlistener_get_base(listener), fd,
					     BEV_OPT_CLOSE_ON_FREE);
	if (!client->bev) {
		close(fd);
		free(client);
		return;
	}
	DL_APPEND(control->clients, client);
	bufferevent_setcb(client->bev, on_read, on_written, on_event, client);
	bufferevent_set_timeouts(client->bev, &idle, &idle);
	bufferevent_setwatermark(client->bev, EV_READ, 0, LINE_MAX_BYTES);
	bufferevent_enable(client->bev, EV_READ | EV_WRITE);
}

/* A socket file outlives a killed daemon; one that answers belongs to a living one. */
static int bind_socket(int fd, const struct sockaddr_un *sun)
{
	_cleanup_close_ int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	mode_t mask;
	int ret;

	if (probe < 0)
		return -errno;
	if (connect(probe, (const struct sockaddr *)sun, sizeof(*sun)) == 0)
		return -EADDRINUSE;
	if (unlink(sun->sun_path) < 0 && errno != ENOENT)
		return -errno;
	mask = umask(0177);
	ret = bind(fd, (const struct sockaddr *)sun, sizeof(*sun)) < 0 ? -errno : 0;
	umask(mask);
	return ret;
}

int control_socket_create(struct event_base *base, const char *path, control_line_fn *fn, void *arg,
			  struct control_socket **ret_control)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct control_socket *control;
	int ret;

	if (fd < 0)
		return -errno;
	if (strlen(path) >= sizeof(sun.sun_path))
		return -ENAMETOOLONG;
	strcpy(sun.sun_path, path);
	ret = bind_socket(fd, &sun);
	if (ret < 0)
		return ret;
	control = calloc(1, sizeof(*control));
	if (!control)
		return -ENOMEM;
	control->fn = fn;
	control->arg = arg;
	strcpy(control->path, path);
	control->listener = evconnlistener_new(
		base, on_accept, control, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 16, fd);
	if (!control->listener) {
		free(control);
		return -ENOMEM;
	}
	fd = -1;
	*ret_control = control;
	return 0;
}

void control_socket_destroy(struct control_socket *control)
{
	struct client *client, *next;

	if (!control)
		return;
	DL_FOREACH_SAFE(control->clients, client, next)
		client_destroy(client);
	evconnlistener_free(control->listener);
	/* may be in a folder that we cannot write to any more; the next start removes it */
	if (unlink(control->path) < 0)
		lvn_debug("control: cannot remove %s", control->path);
	free(control);
}
