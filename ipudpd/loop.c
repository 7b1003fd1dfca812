// SPDX-License-Identifier: GPL-2.0-or-later
/* The control thread's loop. */

#include "loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "device.h"
#include "fast.h"
#include "fast_state.h"
#include "home.h"
#include "keepalive.h"
#include "lib/base/log.h"
#include "lib/base/notify.h"
#include "link.h"
#include "quiet.h"
#include "server.h"
#include "worker.h"

#define EVENTS 32

/* How often memory is freed that packets may still read. */
#define RECLAIM_MS 20

/*
 * The fast path is told of routes so long after a change, and so often without; so much longer if
 * telling takes long.
 */
#define ROUTES_MS 1
#define ROUTES_AGE_MS 5000
#define ROUTES_FACTOR 8

/**
 * struct loop - the loop
 * @home: what it serves
 * @config: how
 * @server: clients
 * @epoll_fd: watches all
 * @routes: home->routes when the fast path was told last
 * @routes_due: when it is to be told, 0 if nothing changed
 * @routes_took: milliseconds that telling took last
 * @routes_age: when it is told without a change, because path MTUs end silently
 * @idle_since: since when there is nothing to serve, 0 if there is
 * @end: a signal came
 */
struct loop {
	struct ipudp_home *home;
	const struct ipudp_loop_config *config;
	struct ipudp_server server;
	int epoll_fd;
	uint32_t routes;
	uint64_t routes_due;
	uint64_t routes_took;
	uint64_t routes_age;
	uint64_t idle_since;
	bool end;
};

static int watch(struct loop *loop, int fd, void *what)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = what };

	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static void drain(int fd)
{
	uint64_t count;
	ssize_t len = read(fd, &count, sizeof(count));

	(void)len;
}

/* The members of the home say which of its descriptors it is. */
static void handle(struct loop *loop, const struct epoll_event *event)
{
	struct ipudp_home *home = loop->home;
	void *what = event->data.ptr;

	if (what == &loop->end) {
		loop->end = true;
	} else if (what == &loop->server) {
		ipudp_server_accept(&loop->server);
	} else if (what == &loop->server.proof_fd) {
		ipudp_server_read_proofs(&loop->server);
	} else if (what == &home->wake_fd) {
		drain(home->wake_fd);
		if (__atomic_exchange_n(&home->news_lost, false, __ATOMIC_ACQ_REL))
			ipudp_link_sync(home);
		ipudp_link_read(home);
		ipudp_devices_check(home);
		ipudp_server_poke(&loop->server);
	} else if (what == &home->link_fd || what == &home->host) {
		ipudp_link_read(home);
	} else if (what == &home->workers) {
		ipudp_worker_poll(&home->workers[home->n_workers], 0);
	} else {
		ipudp_connection_event(what, event->events);
	}
}

/* Whether the time without anything to serve is over. */
static bool lingered(struct loop *loop)
{
	struct ipudp_home *home = loop->home;
	uint64_t first = 0;

	if (!loop->config->linger_ms)
		return false;
	if (loop->server.n_connections || !list_empty(&home->devices) ||
	    ipudp_idmap_find(&home->listeners, &first)) {
		loop->idle_since = 0;
		return false;
	}
	if (!loop->idle_since)
		loop->idle_since = ipudp_clock_ms();
	return ipudp_clock_ms() - loop->idle_since >= loop->config->linger_ms;
}

static int shorter(int a, int b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* Tell the fast path of routes, some time after the first of several changes. */
static int follow_routes(struct loop *loop)
{
	uint32_t routes = __atomic_load_n(&loop->home->routes, __ATOMIC_ACQUIRE);
	uint64_t now = ipudp_clock_ms();

	if (!loop->home->fastpath)
		return -1;
	if (!loop->routes_due && (routes != loop->routes || now >= loop->routes_age))
		loop->routes_due = now + ROUTES_MS + ROUTES_FACTOR * loop->routes_took;
	if (!loop->routes_due)
		return loop->routes_age - now;
	if (now < loop->routes_due)
		return loop->routes_due - now;
	loop->routes_due = 0;
	loop->routes = routes;
	loop->routes_age = now + ROUTES_AGE_MS;
	ipudp_fast_routes(loop->home);
	ipudp_fast_look(loop->home);
	loop->routes_took = ipudp_clock_ms() - now;
	return ROUTES_AGE_MS;
}

static int start(struct loop *loop)
{
	struct ipudp_home *home = loop->home;
	unsigned int i;
	int ret;

	ret = ipudp_server_init(&loop->server, home, loop->config->listen_fd, loop->epoll_fd);
	if (!ret)
		ret = watch(loop, loop->config->signal_fd, &loop->end);
	if (!ret)
		ret = watch(loop, home->wake_fd, &home->wake_fd);
	if (!ret)
		ret = watch(loop, home->link_fd, &home->link_fd);
	if (!ret && home->host.ipsec.fd >= 0)
		ret = watch(loop, home->host.ipsec.fd, &home->host);
	if (!ret)
		ret = watch(loop, home->workers[home->n_workers].epoll_fd, &home->workers);
	for (i = 0; i < home->n_workers && !ret; i++)
		ret = ipudp_worker_start(&home->workers[i]);
	home->server = &loop->server;
	if (ret)
		return ret;
	lvn_info("serving this network namespace with %u threads", home->n_workers);
	lvn_notify("READY=1");
	return 0;
}

int ipudp_loop_run(struct ipudp_home *home, const struct ipudp_loop_config *config)
{
	struct loop loop = {
		.home = home,
		.config = config,
		.epoll_fd = epoll_create1(EPOLL_CLOEXEC),
	};
	struct epoll_event events[EVENTS];
	int ret, n, i, timeout;

	if (loop.epoll_fd < 0)
		return -errno;
	ret = start(&loop);
	while (!ret && !loop.end && !lingered(&loop)) {
		timeout = ipudp_timers_run(&home->timers);
		ipudp_keepalive_work(home);
		timeout = shorter(timeout, follow_routes(&loop));
		timeout = shorter(timeout, ipudp_server_run(&loop.server));
		timeout = shorter(timeout, ipudp_quiet_run(home, false));
		if (ipudp_rcu_reclaim(&home->rcu))
			timeout = shorter(timeout, RECLAIM_MS);
		if (config->linger_ms)
			timeout = shorter(timeout, config->linger_ms);
		n = epoll_wait(loop.epoll_fd, events, EVENTS, timeout);
		home->workers[home->n_workers].now_ms = ipudp_clock_ms();
		for (i = 0; i < n; i++)
			handle(&loop, &events[i]);
	}
	home->server = NULL;
	ipudp_server_done(&loop.server);
	close(loop.epoll_fd);
	return ret;
}
