// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Connection attempts that overlap: the next begins when the last has failed or is 250 ms old.
 */
#include "spoke/connect.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "lib/base/cleanup.h"
#include "lib/base/log.h"

#define KEEPALIVE_IDLE_S 30
#define KEEPALIVE_INTERVAL_S 10
#define KEEPALIVE_COUNT 3
#define USER_TIMEOUT_MS 60000

/**
 * struct attempt - a connection under way
 * @race: whose it is
 * @event: it is done; NULL when not begun, or over
 * @fd: its socket, -1 if none
 */
struct attempt {
	struct lvn_connect *race;
	struct event *event;
	int fd;
};

/**
 * struct lvn_connect - the race
 * @base: the loop
 * @timer: when the next attempt begins
 * @deadline: when all is given up
 * @fn: whom to tell
 * @arg: for @fn
 * @ifname: interface to leave by, "" for none
 * @mark: fwmark
 * @n: number of addresses
 * @next: the first that was not tried
 * @error: of the last that failed
 * @endpoints: the addresses
 * @attempts: one an address
 */
struct lvn_connect {
	struct event_base *base;
	struct event *timer;
	struct event *deadline;
	lvn_connect_fn *fn;
	void *arg;
	char ifname[IF_NAMESIZE];
	uint32_t mark;
	unsigned int n;
	unsigned int next;
	int error;
	struct lvn_endpoint endpoints[LVN_CONNECT_MAX];
	struct attempt attempts[LVN_CONNECT_MAX];
};

static void attempt_done(struct attempt *attempt)
{
	if (attempt->event)
		event_free(attempt->event);
	if (attempt->fd >= 0)
		close(attempt->fd);
	attempt->event = NULL;
	attempt->fd = -1;
}

static void finish(struct lvn_connect *race, int error, struct attempt *winner)
{
	struct lvn_endpoint endpoint = { 0 };
	lvn_connect_fn *fn = race->fn;
	void *arg = race->arg;
	int fd = -1;

	if (winner) {
		endpoint = race->endpoints[winner - race->attempts];
		fd = TAKE_FD(winner->fd);
	}
	lvn_connect_cancel(race);
	fn(arg, error, fd, winner ? &endpoint : NULL);
}

static int set_options(const struct lvn_connect *race, int fd)
{
	static const struct {
		int level, name, value;
	} options[] = {
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S },
		{ IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S },
		{ IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT },
		{ IPPROTO_TCP, TCP_USER_TIMEOUT, USER_TIMEOUT_MS },
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
	};

	if (race->ifname[0] && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, race->ifname,
					  (socklen_t)strlen(race->ifname)) < 0)
		return -errno;
	if (race->mark && setsockopt(fd, SOL_SOCKET, SO_MARK, &race->mark, sizeof(race->mark)) < 0)
		return -errno;
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (setsockopt(fd, options[i].level, options[i].name, &options[i].value,
			       sizeof(options[i].value)) < 0)
			return -errno;
	return 0;
}

static void on_writable(evutil_socket_t fd, short what, void *arg);

static int begin(struct lvn_connect *race, struct attempt *attempt)
{
	const struct lvn_endpoint *endpoint = &race->endpoints[attempt - race->attempts];
	struct sockaddr_storage sa;
	socklen_t len;
	int ret;

	len = (socklen_t)lvn_endpoint_to_sockaddr(endpoint, &sa);
	attempt->fd = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (attempt->fd < 0)
		return -errno;
	ret = set_options(race, attempt->fd);
	if (ret)
		return ret;
	if (connect(attempt->fd, (struct sockaddr *)&sa, len) < 0 && errno != EINPROGRESS)
		return -errno;
	attempt->event = event_new(race->base, attempt->fd, EV_WRITE, on_writable, attempt);
	if (!attempt->event)
		return -ENOMEM;
	event_add(attempt->event, NULL);
	return 0;
}

static bool is_any_under_way(const struct lvn_connect *race)
{
	for (unsigned int i = 0; i < race->n; i++)
		if (race->attempts[i].event)
			return true;
	return false;
}

/* Begin the next attempt that can be begun. */
static void begin_next(struct lvn_connect *race)
{
	struct timeval delay = { 0, LVN_CONNECT_DELAY_MS * 1000 };
	char text[LVN_ADDR_TEXT_SIZE];

	while (race->next < race->n) {
		unsigned int i = race->next++;
		int ret = begin(race, &race->attempts[i]);

		if (!ret) {
			event_add(race->timer, &delay);
			return;
		}
		lvn_debug("connect %s: %s", lvn_endpoint_format(&race->endpoints[i], text),
			  strerror(-ret));
		attempt_done(&race->attempts[i]);
		race->error = ret;
	}
	if (!is_any_under_way(race))
		finish(race, race->error, NULL);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct attempt *attempt = arg;
	struct lvn_connect *race = attempt->race;
	char text[LVN_ADDR_TEXT_SIZE];
	socklen_t len = sizeof(int);
	int ret = 0;

	(void)what;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &ret, &len) < 0)
		ret = errno;
	if (!ret) {
		finish(race, 0, attempt);
		return;
	}
	lvn_debug("connect %s: %s",
		  lvn_endpoint_format(&race->endpoints[attempt - race->attempts], text),
		  strerror(ret));
	race->error = -ret;
	attempt_done(attempt);
	begin_next(race);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	begin_next(arg);
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	finish(arg, -ETIMEDOUT, NULL);
}

int lvn_connect_start(struct event_base *base, const struct lvn_endpoint *endpoints, unsigned int n,
		      const struct lvn_connect_options *options, lvn_connect_fn *fn, void *arg,
		      struct lvn_connect **ret)
{
	struct timeval timeout = { options->timeout_ms / 1000,
				   (options->timeout_ms % 1000) * 1000 };
	struct lvn_connect *race;

	if (!n || n > LVN_CONNECT_MAX)
		return -EINVAL;
	race = calloc(1, sizeof(*race));
	if (!race)
		return -ENOMEM;
	race->base = base;
	race->fn = fn;
	race->arg = arg;
	race->n = n;
	race->mark = options->mark;
	if (options->ifname)
		strncpy(race->ifname, options->ifname, IF_NAMESIZE - 1);
	memcpy(race->endpoints, endpoints, n * sizeof(*endpoints));
	for (unsigned int i = 0; i < LVN_CONNECT_MAX; i++) {
		race->attempts[i].race = race;
		race->attempts[i].fd = -1;
	}
	race->timer = event_new(base, -1, 0, on_timer, race);
	race->deadline = event_new(base, -1, 0, on_deadline, race);
	if (!race->timer || !race->deadline) {
		lvn_connect_cancel(race);
		return -ENOMEM;
	}
	event_add(race->deadline, &timeout);
	/* From the loop, so that the call never comes before the return. */
	event_active(race->timer, EV_TIMEOUT, 0);
	*ret = race;
	return 0;
}

void lvn_connect_cancel(struct lvn_connect *race)
{
	if (!race)
		return;
	for (unsigned int i = 0; i < race->n; i++)
		attempt_done(&race->attempts[i]);
	if (race->timer)
		event_free(race->timer);
	if (race->deadline)
		event_free(race->deadline);
	free(race);
}
