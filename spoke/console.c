// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Commands to a running spoke.
 */
#include "spoke/console.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "lib/base/cleanup.h"
#include "spoke/agent.h"
#include "spoke/reload.h"
#include "spoke/status.h"

#define REQUEST_MAX 1024
#define ANSWER_TIMEOUT_S 5
#define PEERS_MAX 16

/**
 * struct lvn_console - the socket
 * @agent: whom it is about
 * @listener: takes connections
 * @path: of the socket
 * @is_down_asked: the spoke ends when the answer is written
 * @peers: connections now, NULL where there is none
 */
struct lvn_console {
	struct lvn_agent *agent;
	struct evconnlistener *listener;
	struct sockaddr_un path;
	bool is_down_asked;
	struct bufferevent *peers[PEERS_MAX];
};

static int fill_path(const char *run_dir, const char *name, struct sockaddr_un *ret)
{
	int len;

	memset(ret, 0, sizeof(*ret));
	ret->sun_family = AF_UNIX;
	len = snprintf(ret->sun_path, sizeof(ret->sun_path), "%s/%s.sock", run_dir, name);
	return len < 0 || (size_t)len >= sizeof(ret->sun_path) ? -ENAMETOOLONG : 0;
}

/* Where a connection is kept; with NULL, a free place. NULL if there is none. */
static struct bufferevent **find_peer(struct lvn_console *console, const struct bufferevent *peer)
{
	for (unsigned int i = 0; i < PEERS_MAX; i++)
		if (console->peers[i] == peer)
			return &console->peers[i];
	return NULL;
}

static void free_peer(struct bufferevent *peer, struct lvn_console *console)
{
	*find_peer(console, peer) = NULL;
	bufferevent_free(peer);
}

static void on_written(struct bufferevent *peer, void *arg)
{
	struct lvn_console *console = arg;
	bool is_down_asked = console->is_down_asked;

	free_peer(peer, console);
	console->is_down_asked = false;
	if (is_down_asked)
		lvn_agent_stop(console->agent);
}

static void on_event(struct bufferevent *peer, short what, void *arg)
{
	(void)what;
	free_peer(peer, arg);
}

static void put_json(json_t **json)
{
	json_decref(*json);
}

static json_t *obey(struct lvn_console *console, const char *command)
{
	struct lvn_agent *agent = console->agent;

	if (!strcmp(command, "status"))
		return lvn_status_json(agent);
	if (!strcmp(command, "renew")) {
		lvn_agent_renew(agent);
		return json_pack("{s:b}", "ok", 1);
	}
	if (!strcmp(command, "reload")) {
		char text[LVN_RELOAD_TEXT_SIZE] = "";
		int ret = agent->on_reload(agent->on_up_arg, text);

		return json_pack("{s:b,s:s}", "ok", !ret, ret ? "error" : "warning", text);
	}
	if (!strcmp(command, "down")) {
		console->is_down_asked = true;
		return json_pack("{s:b}", "ok", 1);
	}
	return json_pack("{s:b,s:s}", "ok", 0, "error", "no such command");
}

static void on_readable(struct bufferevent *peer, void *arg)
{
	struct evbuffer *input = bufferevent_get_input(peer);
	_cleanup_(put_json) json_t *request = NULL;
	_cleanup_(put_json) json_t *answer = NULL;
	struct lvn_console *console = arg;
	_cleanup_free_ char *line = NULL;
	_cleanup_free_ char *text = NULL;
	const char *command;

	line = evbuffer_readln(input, NULL, EVBUFFER_EOL_LF);
	if (!line) {
		if (evbuffer_get_length(input) > REQUEST_MAX)
			free_peer(peer, console);
		return;
	}
	bufferevent_disable(peer, EV_READ);
	request = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	command = json_string_value(json_object_get(request, "command"));
	answer = obey(console, command ? command : "");
	text = json_dumps(answer, JSON_COMPACT | JSON_REAL_PRECISION(6));
	if (!text) {
		free_peer(peer, console);
		return;
	}
	bufferevent_setcb(peer, NULL, on_written, on_event, console);
	bufferevent_write(peer, text, strlen(text));
	bufferevent_write(peer, "\n", 1);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *addr,
		      int len, void *arg)
{
	const struct timeval limit = { ANSWER_TIMEOUT_S, 0 };
	struct lvn_console *console = arg;
	struct bufferevent **place = find_peer(console, NULL);
	struct bufferevent *peer;

	(void)addr;
	(void)len;
	peer = place ? bufferevent_socket_new(evconnlistener_get_base(listener), fd,
					      BEV_OPT_CLOSE_ON_FREE) :
		       NULL;
	if (!peer) {
		close(fd);
		return;
	}
	*place = peer;
	bufferevent_setcb(peer, on_readable, NULL, on_event, console);
	bufferevent_set_timeouts(peer, &limit, &limit);
	bufferevent_enable(peer, EV_READ | EV_WRITE);
}

int lvn_console_create(struct lvn_agent *agent, uid_t owner, struct lvn_console **ret_console)
{
	struct lvn_console *console;
	int ret;

	console = calloc(1, sizeof(*console));
	if (!console)
		return -ENOMEM;
	console->agent = agent;
	ret = fill_path(agent->config->run_dir, agent->config->name, &console->path);
	if (ret) {
		free(console);
		return ret;
	}
	/* We hold the lock, so that this is what a killed run left. */
	unlink(console->path.sun_path);
	console->listener = evconnlistener_new_bind(agent->base, on_accept, console,
						    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC,
						    4, (struct sockaddr *)&console->path,
						    sizeof(console->path));
	if (!console->listener) {
		ret = -errno;
		free(console);
		return ret ? ret : -EIO;
	}
	if (chmod(console->path.sun_path, 0600) < 0 ||
	    (!geteuid() && chown(console->path.sun_path, owner, (gid_t)-1) < 0)) {
		ret = -errno;
		lvn_console_destroy(console);
		return ret;
	}
	*ret_console = console;
	return 0;
}

void lvn_console_destroy(struct lvn_console *console)
{
	if (!console)
		return;
	for (unsigned int i = 0; i < PEERS_MAX; i++)
		if (console->peers[i])
			bufferevent_free(console->peers[i]);
	evconnlistener_free(console->listener);
	unlink(console->path.sun_path);
	free(console);
}

int lvn_console_ask(const char *run_dir, const char *name, const char *command, json_t **ret_answer)
{
	const struct timeval limit = { ANSWER_TIMEOUT_S, 0 };
	_cleanup_(put_json) json_t *answer = NULL;
	_cleanup_close_ int fd = -1;
	struct sockaddr_un path;
	char request[64];
	int ret, len;

	ret = fill_path(run_dir, name, &path);
	if (ret)
		return ret;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0 ||
	    connect(fd, (struct sockaddr *)&path, sizeof(path)) < 0)
		return -errno;
	len = snprintf(request, sizeof(request), "{\"command\":\"%s\"}\n", command);
	if (write(fd, request, (size_t)len) != len)
		return -EIO;
	answer = json_loadfd(fd, JSON_DISABLE_EOF_CHECK, NULL);
	if (!json_is_object(answer))
		return -EBADMSG;
	*ret_answer = TAKE_PTR(answer);
	return 0;
}
