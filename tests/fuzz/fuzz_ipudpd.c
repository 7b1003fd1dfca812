// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ipudpd: no crash on any message of a client who may change everything. The daemon serves an own
 * network namespace where the machine allows one, and has no thread that carries packets.
 */
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipudpd/event.h"
#include "ipudpd/fast.h"
#include "ipudpd/home.h"
#include "ipudpd/server.h"
#include "ipudpd/tell.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ipudp_home home;
static struct ipudp_server server;

static void set_up(void)
{
	if (unshare(CLONE_NEWNET) && unshare(CLONE_NEWUSER | CLONE_NEWNET))
		exit(0);
	if (ipudp_home_init(&home, 1))
		exit(1);
	server.home = &home;
	server.fd = -1;
	server.proof_fd = -1;
	server.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	INIT_LIST_HEAD(&server.connections);
	home.server = &server;
	ipudp_event_observe(&home, &ipudp_fast_observer);
	ipudp_event_observe(&home, &ipudp_tell_observer);
}

static struct connection *connect_client(int fd)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct connection *connection = calloc(1, sizeof(*connection));

	if (!connection)
		exit(1);
	connection->server = &server;
	connection->home = &home;
	connection->fd = fd;
	connection->portid = 1;
	connection->admin = true;
	connection->subscribed = true;
	INIT_LIST_HEAD(&connection->out);
	list_add_tail(&connection->node, &server.connections);
	server.n_connections++;
	event.data.ptr = connection;
	epoll_ctl(server.epoll_fd, EPOLL_CTL_ADD, fd, &event);
	return connection;
}

/* Read all answers, so that lists go on. */
static void drain(int fd)
{
	static char buffer[1 << 16];

	while (recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT) > 0)
		;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct connection *connection;
	int fds[2], turn;

	if (!home.server)
		set_up();
	if (size > 30000 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
		return 0;
	connection = connect_client(fds[0]);
	if (size && send(fds[1], data, size, 0) < 0)
		abort();
	for (turn = 0; turn < 3 && !list_empty(&server.connections); turn++) {
		ipudp_connection_event(connection, EPOLLIN | EPOLLOUT);
		drain(fds[1]);
	}
	close(fds[1]);
	if (!list_empty(&server.connections))
		ipudp_connection_event(connection, EPOLLIN | EPOLLHUP);
	ipudp_home_flush(&home);
	ipudp_rcu_reclaim(&home.rcu);
	return 0;
}
