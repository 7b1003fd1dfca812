// SPDX-License-Identifier: GPL-2.0-or-later
/* The server. Who does not read his answers is not read from. */

#include "server.h"

#include <errno.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "frame.h"
#include "home.h"
#include "lib/base/log.h"

#ifndef SIOCGSKNS
#define SIOCGSKNS 0x894C
#endif

/* Connections, how many of them are left to root, and how many another user can have. */
#define CONNECTIONS_MAX 1024
#define CONNECTIONS_ROOT 256
#define CONNECTIONS_USER 64

/* Bytes of the largest message of an administrator, and of anybody else. */
#define MESSAGE_MAX ((size_t)4 << 20)
#define MESSAGE_MAX_OTHERS ((size_t)64 << 10)

/* Bytes that wait for an administrator before what he did not ask for is lost. */
#define QUEUE_BYTES (8 << 20)

/* Parts of a list that are sent before others have their turn. */
#define DUMP_TURN 16

#define RECORD_SIZE ((size_t)128 << 10)

/* Descriptors with a record: all that the kernel lets anybody send. */
#define RIGHTS_MAX 253

/* Records that wait in a connection: more than net.unix.max_dgram_qlen is set to anywhere. */
#define RECORDS_MAX 1024

/**
 * struct output - bytes that wait
 * @node: in connection->out
 * @len: how many
 * @data: they
 */
struct output {
	struct list_head node;
	size_t len;
	char data[];
};

int ipudpd_server_listen(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX, .sun_path = "\0" IPUDPD_SOCKET };
	socklen_t len = offsetof(struct sockaddr_un, sun_path) + sizeof(IPUDPD_SOCKET);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&addr, len) || listen(fd, SOMAXCONN)) {
		int ret = -errno;

		close(fd);
		return ret;
	}
	return fd;
}

static int watch(struct connection *connection, int op, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = connection };

	return epoll_ctl(connection->server->epoll_fd, op, connection->fd, &event) ? -errno : 0;
}

/* Wait until there is room, or until something comes. */
static void set_waiting(struct connection *connection, bool waiting)
{
	if (connection->waiting == waiting)
		return;
	connection->waiting = waiting;
	watch(connection, EPOLL_CTL_MOD, waiting ? EPOLLOUT : EPOLLIN);
}

int ipudpd_server_init(struct ipudpd_server *server, struct ipudpd_home *home, int fd, int epoll_fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	*server = (struct ipudpd_server){
		.home = home,
		.fd = fd,
		.epoll_fd = epoll_fd,
		.next_portid = 1,
	};
	list_init(&server->connections);
	event.data.ptr = server;
	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static void connection_free(struct ipudpd_rcu_head *head)
{
	struct connection *connection = container_of(head, struct connection, rcu);

	close(connection->fd);
	free(connection);
}

/*
 * Whether a descriptor proves that whoever made it had CAP_NET_ADMIN over this namespace: a socket
 * of the namespace whose SO_TXTIME names another clock than the monotonic one, which the kernel lets
 * nobody else set. Unlike what /proc says of a process, that does not change by an exec.
 */
static bool is_proof(int fd)
{
	struct sock_txtime txtime = { .clockid = CLOCK_MONOTONIC };
	socklen_t len = sizeof(txtime);

	return !getsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, &len) && len == sizeof(txtime) &&
	       txtime.clockid == CLOCK_TAI && ipudpd_home_is(ioctl(fd, SIOCGSKNS));
}

static void *close_all(void *arg)
{
	int *fds = arg, i;

	for (i = 0; i < RIGHTS_MAX && fds[i] >= 0; i++)
		close(fds[i]);
	free(fds);
	return NULL;
}

/*
 * Close descriptors that anybody may have sent. That of a socket can wait for its remote, which it is
 * told not to; that of a file for whoever serves the file system, which is then a thread's to do.
 */
static void discard(const int *fds, size_t n)
{
	static const struct linger none;
	int *files = NULL;
	pthread_t thread;
	size_t i, used = 0;

	for (i = 0; i < n; i++) {
		if (!setsockopt(fds[i], SOL_SOCKET, SO_LINGER, &none, sizeof(none))) {
			close(fds[i]);
			continue;
		}
		if (!files)
			files = malloc(RIGHTS_MAX * sizeof(*files));
		if (files)
			files[used++] = fds[i];
		else
			close(fds[i]);
	}
	if (!files)
		return;
	if (used < RIGHTS_MAX)
		files[used] = -1;
	if (pthread_create(&thread, NULL, close_all, files))
		close_all(files);
	else
		pthread_detach(thread);
}

/* Deal with the descriptors of a record. Return: whether one proves that the client may change. */
static bool take_rights(struct msghdr *msg)
{
	struct cmsghdr *cmsg;
	bool proved = false;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {
		size_t n = (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int), i;
		int fds[RIGHTS_MAX];

		if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		memcpy(fds, CMSG_DATA(cmsg), n * sizeof(int));
		for (i = 0; i < n; i++)
			proved |= is_proof(fds[i]);
		discard(fds, n);
	}
	return proved;
}

static ssize_t receive(int fd, void *data, size_t size, int *flags, bool *proved)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(RIGHTS_MAX * sizeof(int))];
	struct iovec iov = { data, size };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t len = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	/* An empty record can have some, too. */
	if (len >= 0)
		*proved |= take_rights(&msg);
	*flags = msg.msg_flags;
	return len;
}

/*
 * What is left in a connection that is over can have descriptors, which the kernel would close. Its
 * end looks like one more empty record.
 */
static void drain(int fd)
{
	bool proved = false;
	int flags, i;
	char byte;

	for (i = 0; i < RECORDS_MAX; i++)
		if (receive(fd, &byte, sizeof(byte), &flags, &proved) < 0)
			break;
}

/* End a connection. Threads may still be sending frames by it, so that it is freed later. */
static void connection_end(struct connection *connection)
{
	struct ipudpd_home *home = connection->server->home;
	struct output *output, *next;

	ipudpd_frame_forget(home, connection);
	ipudpd_nl_dump_done(&connection->dump);
	list_for_each_entry_safe(output, next, &connection->out, node) {
		list_del(&output->node);
		free(output);
	}
	free(connection->in);
	list_del(&connection->node);
	connection->server->n_connections--;
	epoll_ctl(connection->server->epoll_fd, EPOLL_CTL_DEL, connection->fd, NULL);
	shutdown(connection->fd, SHUT_RDWR);
	drain(connection->fd);
	ipudpd_rcu_call(&home->rcu, &connection->rcu, connection_free);
}

static unsigned int count_of(const struct ipudpd_server *server, uid_t uid)
{
	const struct connection *connection;
	unsigned int n = 0;

	list_for_each_entry(connection, &server->connections, node)
		n += connection->uid == uid;
	return n;
}

/* Nobody can lock out root, who has the last places, nor another user. */
static bool has_room(const struct ipudpd_server *server, uid_t uid)
{
	if (!uid)
		return server->n_connections < CONNECTIONS_MAX;
	return server->n_connections < CONNECTIONS_MAX - CONNECTIONS_ROOT &&
	       count_of(server, uid) < CONNECTIONS_USER;
}

static int connection_create(struct ipudpd_server *server, int fd)
{
	struct connection *connection = calloc(1, sizeof(*connection));
	struct ucred creds = { .uid = (uid_t)-1 };
	socklen_t len = sizeof(creds);

	if (!connection)
		return -ENOMEM;
	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &creds, &len);
	if (!has_room(server, creds.uid)) {
		free(connection);
		return -EUSERS;
	}
	connection->server = server;
	connection->fd = fd;
	connection->portid = server->next_portid++;
	connection->uid = creds.uid;
	list_init(&connection->out);
	if (watch(connection, EPOLL_CTL_ADD, EPOLLIN)) {
		free(connection);
		return -ENOMEM;
	}
	list_add_tail(&connection->node, &server->connections);
	server->n_connections++;
	return 0;
}

void ipudpd_server_accept(struct ipudpd_server *server)
{
	for (;;) {
		int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0)
			return;
		if (connection_create(server, fd)) {
			drain(fd);
			close(fd);
		}
	}
}

void ipudpd_server_done(struct ipudpd_server *server)
{
	struct connection *connection, *next;

	list_for_each_entry_safe(connection, next, &server->connections, node)
		connection_end(connection);
	close(server->fd);
}

static void queue(struct connection *connection, const void *data, size_t len)
{
	struct output *output = malloc(sizeof(*output) + len);

	/* Without memory the client waits for an answer in vain: better to let it know. */
	if (!output) {
		shutdown(connection->fd, SHUT_RDWR);
		return;
	}
	output->len = len;
	memcpy(output->data, data, len);
	list_add_tail(&output->node, &connection->out);
	set_waiting(connection, true);
}

void ipudpd_connection_send(struct connection *connection, const void *data, size_t len)
{
	/* Of a client that is gone, epoll tells. */
	if (list_empty(&connection->out) &&
	    (send(connection->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 || errno != EAGAIN))
		return;
	queue(connection, data, len);
}

bool ipudpd_connection_post(struct connection *connection, const void *data, size_t len)
{
	if (!ipudpd_read(connection->lost) &&
	    send(connection->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return true;
	if (!__atomic_exchange_n(&connection->lost, true, __ATOMIC_ACQ_REL))
		ipudpd_home_wake(connection->server->home);
	return false;
}

void ipudpd_server_broadcast(struct ipudpd_server *server, const void *data, size_t len)
{
	struct connection *connection;

	list_for_each_entry(connection, &server->connections, node)
		if (connection->subscribed)
			ipudpd_connection_post(connection, data, len);
}

bool ipudpd_server_heard(const struct ipudpd_server *server)
{
	const struct connection *connection;

	list_for_each_entry(connection, &server->connections, node)
		if (connection->subscribed)
			return true;
	return false;
}

void ipudpd_server_poke(struct ipudpd_server *server)
{
	struct connection *connection;

	list_for_each_entry(connection, &server->connections, node)
		if (ipudpd_read(connection->lost))
			set_waiting(connection, true);
}

static bool make_room(struct connection *connection)
{
	size_t most = connection->admin ? MESSAGE_MAX : MESSAGE_MAX_OTHERS;
	size_t size = connection->in_len + RECORD_SIZE;
	char *in;

	if (connection->in_size >= size)
		return true;
	if (connection->in_len > most)
		return false;
	in = realloc(connection->in, 2 * size);
	if (!in)
		return false;
	connection->in = in;
	connection->in_size = 2 * size;
	return true;
}

/* The client may make changes. */
static void promote(struct connection *connection)
{
	int size = QUEUE_BYTES;

	connection->admin = true;
	if (setsockopt(connection->fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		setsockopt(connection->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

/* Read one record. Return: false if there is none; the connection may be at its end then. */
static bool read_record(struct connection *connection, bool *end)
{
	bool proved = false;
	ssize_t len;
	int flags;

	*end = !make_room(connection);
	if (*end)
		return false;
	len = receive(connection->fd, connection->in + connection->in_len, RECORD_SIZE, &flags,
		      &proved);
	if (len <= 0) {
		*end = !len || (errno != EAGAIN && errno != EINTR);
		return false;
	}
	if (proved)
		promote(connection);
	*end = flags & MSG_TRUNC;
	connection->in_len += len;
	return !*end;
}

/* Whether the client has to read before it is listened to. */
static bool is_busy(const struct connection *connection)
{
	return connection->dump.ops || !list_empty(&connection->out);
}

/* Handle what came in. Return: false if it is no netlink. */
static bool handle_input(struct connection *connection)
{
	size_t done = 0;
	bool good = true;

	while (!is_busy(connection) && connection->in_len - done >= sizeof(struct nlmsghdr)) {
		const struct nlmsghdr *nlh = (void *)(connection->in + done);
		size_t step = NLMSG_ALIGN((size_t)nlh->nlmsg_len);

		good = nlh->nlmsg_len >= sizeof(*nlh) && nlh->nlmsg_len <= MESSAGE_MAX;
		if (!good || nlh->nlmsg_len > connection->in_len - done)
			break;
		ipudpd_nl_receive(connection, nlh);
		done += step < connection->in_len - done ? step : connection->in_len - done;
	}
	connection->in_len -= done;
	if (done)
		memmove(connection->in, connection->in + done, connection->in_len);
	return good;
}

/* Send what waits, then go on with a list, for some time. */
static void go_on(struct connection *connection)
{
	struct output *output, *next;
	int turn;

	list_for_each_entry_safe(output, next, &connection->out, node) {
		if (send(connection->fd, output->data, output->len, MSG_DONTWAIT | MSG_NOSIGNAL) <
			    0 &&
		    errno == EAGAIN)
			break;
		list_del(&output->node);
		free(output);
	}
	for (turn = 0; connection->dump.ops && list_empty(&connection->out); turn++) {
		if (turn == DUMP_TURN)
			break;
		ipudpd_nl_dump(connection);
	}
}

/* Say that something was lost, if it was. Return: whether that is said. */
static bool tell_lost(struct connection *connection)
{
	const struct nlmsghdr overrun = {
		.nlmsg_len = sizeof(overrun),
		.nlmsg_type = NLMSG_OVERRUN,
		.nlmsg_pid = connection->portid,
	};

	if (!ipudpd_read(connection->lost))
		return true;
	if (send(connection->fd, &overrun, sizeof(overrun), MSG_DONTWAIT | MSG_NOSIGNAL) < 0 &&
	    errno == EAGAIN)
		return false;
	__atomic_store_n(&connection->lost, false, __ATOMIC_RELEASE);
	return true;
}

void ipudpd_connection_event(struct connection *connection, uint32_t events)
{
	bool end = false, told = true;

	if (events & EPOLLOUT)
		told = tell_lost(connection);
	do {
		go_on(connection);
		if (!handle_input(connection)) {
			connection_end(connection);
			return;
		}
	} while (!is_busy(connection) && read_record(connection, &end));
	if (end || events & (EPOLLERR | EPOLLHUP)) {
		connection_end(connection);
		return;
	}
	set_waiting(connection, is_busy(connection) || !told);
}
