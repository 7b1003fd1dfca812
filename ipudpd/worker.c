// SPDX-License-Identifier: GPL-2.0-or-later
/* The threads that carry packets: what they wait for, and in which order they do it. */

#include "worker.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "coalesce.h"
#include "decap.h"
#include "device.h"
#include "encap.h"
#include "home.h"
#include "route.h"
#include "sender.h"
#include "socket.h"

#define EVENTS 32

/* ICMP errors a second, of each thread. */
#define ICMP_RATE 1000
#define ICMP_BURST 1000

/* Queues are told from sockets by the lowest bit of their addresses. */
#define QUEUE_BIT ((uintptr_t)1)

static int add(struct ipudp_worker *worker, int fd, uintptr_t data)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = data };

	return epoll_ctl(worker->epoll_fd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

int ipudp_worker_init(struct ipudp_worker *worker, struct ipudp_home *home, unsigned int index)
{
	int ret;

	*worker = (struct ipudp_worker){
		.home = home,
		.index = index,
		.raw = { { .fd = -1 }, { .fd = -1 } },
		.icmp_fds = { -1, -1 },
		.epoll_fd = -1,
		.stop_fd = -1,
		.query_fd = -1,
		.now_ms = ipudp_clock_ms(),
	};
	lvn_ratelimit_init(&worker->icmp_limit, ICMP_RATE, ICMP_BURST);
	worker->sender = ipudp_sender_create();
	worker->receiver = ipudp_receiver_create();
	worker->coalescer = ipudp_coalescer_create();
	worker->nexthops = calloc(IPUDP_NEXTHOPS, sizeof(*worker->nexthops));
	worker->arena = malloc(IPUDP_ARENA_SIZE);
	if (!worker->sender || !worker->receiver || !worker->coalescer || !worker->nexthops ||
	    !worker->arena)
		return -ENOMEM;
	worker->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (worker->epoll_fd < 0)
		return -errno;
	worker->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (worker->stop_fd < 0)
		return -errno;
	ret = add(worker, worker->stop_fd, 0);
	if (ret)
		return ret;
	worker->query_fd = ipudp_route_open();
	return worker->query_fd < 0 ? worker->query_fd : 0;
}

int ipudp_worker_add_queue(struct ipudp_worker *worker, struct ipudp_queue *queue)
{
	return add(worker, queue->fd, (uintptr_t)queue | QUEUE_BIT);
}

int ipudp_worker_add_socket(struct ipudp_worker *worker, struct ipudp_socket *socket)
{
	return add(worker, socket->fd, (uintptr_t)socket);
}

void ipudp_worker_remove(struct ipudp_worker *worker, int fd)
{
	epoll_ctl(worker->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

static void serve_queue(struct ipudp_worker *worker, struct ipudp_queue *queue, uint32_t events)
{
	if (events & EPOLLIN && ipudp_encap_read(worker, queue))
		return;
	if (!(events & EPOLLIN) && !(events & EPOLLERR))
		return;
	/* The interface is gone: the control thread has or will have news of that. */
	ipudp_worker_remove(worker, queue->fd);
	ipudp_home_wake(worker->home);
}

static void serve_socket(struct ipudp_worker *worker, struct ipudp_socket *sock, uint32_t events)
{
	if (events & EPOLLERR && ipudp_socket_errors(sock->fd))
		ipudp_home_routes_changed(worker->home);
	/* The sockets that send from any port are listeners of nobody. */
	if (events & EPOLLIN && sock->listener)
		ipudp_decap_read(worker, sock);
}

void ipudp_worker_poll(struct ipudp_worker *worker, int timeout_ms)
{
	struct ipudp_rcu *rcu = &worker->home->rcu;
	bool control = worker->index == worker->home->n_workers;
	struct epoll_event events[EVENTS];
	int n, i;

	if (!control)
		ipudp_rcu_quiescent(rcu, worker->index);
	n = epoll_wait(worker->epoll_fd, events, EVENTS, 0);
	if (!n && timeout_ms) {
		/* What is told while asleep may be gone by the time it is looked at: ask again. */
		ipudp_rcu_sleep(rcu, worker->index);
		epoll_wait(worker->epoll_fd, events, 1, timeout_ms);
		ipudp_rcu_quiescent(rcu, worker->index);
		n = epoll_wait(worker->epoll_fd, events, EVENTS, 0);
	}
	worker->now_ms = ipudp_clock_ms();
	for (i = 0; i < n; i++) {
		uintptr_t data = events[i].data.u64;

		/* Told to stop, which the thread sees itself. */
		if (!data)
			continue;
		if (data & QUEUE_BIT)
			serve_queue(worker, (void *)(data & ~QUEUE_BIT), events[i].events);
		else
			serve_socket(worker, (void *)data, events[i].events);
	}
}

static void *run(void *arg)
{
	struct ipudp_worker *worker = arg;
	char name[16];

	snprintf(name, sizeof(name), "packets/%u", worker->index);
	pthread_setname_np(pthread_self(), name);
	while (!__atomic_load_n(&worker->stop, __ATOMIC_ACQUIRE))
		ipudp_worker_poll(worker, 1000);
	ipudp_rcu_sleep(&worker->home->rcu, worker->index);
	return NULL;
}

int ipudp_worker_start(struct ipudp_worker *worker)
{
	sigset_t all, before;
	int ret;

	/* Signals are the control thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ret = pthread_create(&worker->thread, NULL, run, worker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	worker->started = !ret;
	return -ret;
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

void ipudp_worker_done(struct ipudp_worker *worker)
{
	unsigned int i;

	if (worker->started) {
		__atomic_store_n(&worker->stop, true, __ATOMIC_RELEASE);
		/* Only a full counter could refuse it. */
		eventfd_write(worker->stop_fd, 1);
		pthread_join(worker->thread, NULL);
	}
	for (i = 0; i < 2; i++) {
		close_fd(worker->raw[i].fd);
		close_fd(worker->icmp_fds[i]);
	}
	close_fd(worker->query_fd);
	close_fd(worker->stop_fd);
	close_fd(worker->epoll_fd);
	ipudp_sender_destroy(worker->sender);
	ipudp_receiver_destroy(worker->receiver);
	ipudp_coalescer_destroy(worker->coalescer);
	free(worker->nexthops);
	free(worker->arena);
}
