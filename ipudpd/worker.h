/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads that carry packets. Each serves one queue of every device and one socket of every
 * listener and family, and shares nothing it writes with others but routes. The control thread has
 * the same for the packets that reach it: frames, keepalives, and data now and then.
 */
#ifndef _IPUDP_WORKER_H
#define _IPUDP_WORKER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/log.h"
#include "listener.h"

struct ipudp_coalescer;
struct ipudp_nexthop;
struct ipudp_queue;
struct ipudp_receiver;
struct ipudp_sender;

/**
 * struct ipudp_worker - a thread that carries packets
 * @home: whose
 * @index: which, in home->workers
 * @thread: it; not the control thread's
 * @started: @thread is there
 * @epoll_fd: watches its queues and sockets
 * @stop_fd: wakes it to stop
 * @now_ms: when it woke up, by ipudp_clock_ms()
 * @sender: what it is about to send
 * @receiver: buffers for what it receives
 * @coalescer: what it is about to deliver
 * @query_fd: netlink socket for questions about routes
 * @query_seq: sequence number of the last question
 * @in_run: a run of questions about routes is on
 * @run_ifindex: link that was asked about last, 0 for none
 * @run_mtu: its MTU then
 * @raw: sockets that send from any port, IPv4 [0] and IPv6 [1]; fd -1 until they are needed
 * @icmp_fds: sockets for errors to inner senders; likewise
 * @icmp_limit: of errors to inner senders
 * @nexthops: cache of IPUDP_NEXTHOPS places
 * @arena: what is read from a TUN
 * @stop: it is to end
 */
struct ipudp_worker {
	struct ipudp_home *home;
	unsigned int index;
	pthread_t thread;
	bool started;
	int epoll_fd;
	int stop_fd;
	uint64_t now_ms;
	struct ipudp_sender *sender;
	struct ipudp_receiver *receiver;
	struct ipudp_coalescer *coalescer;
	int query_fd;
	uint32_t query_seq;
	bool in_run;
	uint32_t run_ifindex;
	uint32_t run_mtu;
	struct ipudp_socket raw[2];
	int icmp_fds[2];
	struct lvn_ratelimit icmp_limit;
	struct ipudp_nexthop *nexthops;
	uint8_t *arena;
	bool stop;
};

/** ipudp_worker_init() - set up what a thread needs; 0 or negative errno */
int ipudp_worker_init(struct ipudp_worker *worker, struct ipudp_home *home, unsigned int index);

/** ipudp_worker_start() - start the thread */
int ipudp_worker_start(struct ipudp_worker *worker);

/** ipudp_worker_done() - end the thread if it runs, and free what it has; NULL members are fine */
void ipudp_worker_done(struct ipudp_worker *worker);

/** ipudp_worker_poll() - carry what is there, or comes within @timeout_ms (0 in the control thread) */
void ipudp_worker_poll(struct ipudp_worker *worker, int timeout_ms);

/* Have a thread serve a queue or socket, or no more. Any thread, and the control thread. */
int ipudp_worker_add_queue(struct ipudp_worker *worker, struct ipudp_queue *queue);
int ipudp_worker_add_socket(struct ipudp_worker *worker, struct ipudp_socket *socket);
void ipudp_worker_remove(struct ipudp_worker *worker, int fd);

#endif
