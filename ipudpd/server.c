// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The server. A client that does not read its answers is not read from, and nobody is served for long
 * while others wait. Nothing is ever received in which descriptors come: see discard.h.
 */

#include "server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "frame.h"
#include "home.h"
#include "lib/base/log.h"
#include "stats.h"

/*
 * Connections: all of them, those left to root, those of one other user, and those of all users
 * together that are no system users. Of the last somebody can have as many as there are numbers.
 */
#define CONNECTIONS_MAX 1024
#define CONNECTIONS_ROOT 256
#define CONNECTIONS_USER 64
#define CONNECTIONS_OTHERS 256

/* The first user that is no system user, and the last. */
#define UID_OTHERS ((uid_t)1000)
#define UID_LAST ((uid_t)-1)

/* Bytes of the largest message of an administrator, and of anybody else. */
#define MESSAGE_MAX ((size_t)4 << 20)
#define MESSAGE_MAX_OTHERS ((size_t)64 << 10)

/* Bytes that wait for an administrator before what he did not ask for is lost. */
#define QUEUE_BYTES (8 << 20)

/* Parts of a list that are sent before others have their turn. */
#define DUMP_TURN 16

#define RECORD_SIZE ((size_t)128 << 10)

/* What is taken before others have their turn: connections; records, of an administrator and of others. */
#define ACCEPT_TURN 16
#define RECORD_TURN 8
#define RECORD_TURN_OTHERS 1

/* How long nobody is accepted when there are no descriptors left. */
#define PAUSE_MS 100

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

int ipudp_server_listen(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX, .sun_path = "\0" IPUDP_SOCKET };
	socklen_t len = offsetof(struct sockaddr_un, sun_path) + sizeof(IPUDP_SOCKET);
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

int ipudp_server_init(struct ipudp_server *server, struct ipudp_home *home, int fd, int epoll_fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	*server = (struct ipudp_server){
		.home = home,
		.fd = fd,
		.epoll_fd = epoll_fd,
		.next_portid = 1,
	};
	INIT_LIST_HEAD(&server->connections);
	server->proof_fd = ipudp_proof_open(&server->proof_portid);
	if (server->proof_fd < 0)
		return server->proof_fd;
	event.data.ptr = &server->proof_fd;
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, server->proof_fd, &event))
		return -errno;
	event.data.ptr = server;
	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static void connection_free(struct ipudp_rcu_head *head)
{
	struct connection *connection = container_of(head, struct connection, rcu);

	ipudp_discard_take(&connection->home->discard, connection->fd, connection->uid);
	free(connection);
}

/* End a connection. Threads may still be sending frames by it, so that it is freed later. */
static void connection_end(struct connection *connection)
{
	struct ipudp_home *home = connection->home;
	struct output *output, *next;

	ipudp_frame_forget(home, connection);
	ipudp_nl_dump_done(&connection->dump);
	list_for_each_entry_safe(output, next, &connection->out, node) {
		list_del(&output->node);
		free(output);
	}
	free(connection->in);
	list_del(&connection->node);
	connection->ended = true;
	connection->server->n_connections--;
	epoll_ctl(connection->server->epoll_fd, EPOLL_CTL_DEL, connection->fd, NULL);
	shutdown(connection->fd, SHUT_RDWR);
	ipudp_rcu_call(&home->rcu, &connection->rcu, connection_free);
}

/* Connections of some users that have proved nothing. */
static unsigned int count_of(const struct ipudp_server *server, uid_t first, uid_t last)
{
	const struct connection *connection;
	unsigned int n = ipudp_discard_count(&server->home->discard, first, last);

	list_for_each_entry(connection, &server->connections, node)
		n += !connection->admin && connection->uid >= first && connection->uid <= last;
	return n;
}

/* End the oldest connection of those that have no place of their own. */
static bool make_place(struct ipudp_server *server)
{
	struct connection *connection;

	list_for_each_entry(connection, &server->connections, node) {
		if (connection->admin || connection->uid < UID_OTHERS)
			continue;
		connection_end(connection);
		return true;
	}
	return false;
}

/*
 * Nobody can lock out root, who has the last places, nor another user: one with many numbers can take
 * the places of others that are no system users, but only for as long as it goes on connecting.
 */
static bool has_room(struct ipudp_server *server, uid_t uid)
{
	if (!uid)
		return server->n_connections < CONNECTIONS_MAX;
	if (server->n_connections >= CONNECTIONS_MAX - CONNECTIONS_ROOT ||
	    count_of(server, uid, uid) >= CONNECTIONS_USER)
		return false;
	return uid < UID_OTHERS || count_of(server, UID_OTHERS, UID_LAST) < CONNECTIONS_OTHERS ||
	       make_place(server);
}

static int connection_create(struct ipudp_server *server, int fd, uid_t uid)
{
	struct connection *connection = calloc(1, sizeof(*connection));

	if (!connection)
		return -ENOMEM;
	connection->server = server;
	connection->home = server->home;
	connection->fd = fd;
	connection->portid = server->next_portid++;
	connection->uid = uid;
	INIT_LIST_HEAD(&connection->out);
	if (watch(connection, EPOLL_CTL_ADD, EPOLLIN)) {
		free(connection);
		return -ENOMEM;
	}
	list_add_tail(&connection->node, &server->connections);
	server->n_connections++;
	return 0;
}

static void watch_listener(struct ipudp_server *server, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = server };

	epoll_ctl(server->epoll_fd, EPOLL_CTL_MOD, server->fd, &event);
}

/* Who waits goes on waiting: there may be room soon. */
static void pause_accepting(struct ipudp_server *server)
{
	watch_listener(server, 0);
	server->resume_ms = ipudp_clock_ms() + PAUSE_MS;
}

void ipudp_server_accept(struct ipudp_server *server)
{
	int turn;

	for (turn = 0; turn < ACCEPT_TURN; turn++) {
		int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		struct ucred creds = { .uid = UID_LAST };
		socklen_t len = sizeof(creds);

		if (fd < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED))
			return;
		if (fd < 0) {
			pause_accepting(server);
			return;
		}
		getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &creds, &len);
		if (has_room(server, creds.uid) && !connection_create(server, fd, creds.uid))
			continue;
		shutdown(fd, SHUT_RDWR);
		ipudp_discard_take(&server->home->discard, fd, creds.uid);
	}
}

int ipudp_server_run(struct ipudp_server *server)
{
	int timeout = ipudp_discard_run(&server->home->discard, false);

	if (!server->resume_ms)
		return timeout;
	if (ipudp_clock_ms() < server->resume_ms)
		return PAUSE_MS;
	server->resume_ms = 0;
	watch_listener(server, EPOLLIN);
	return timeout;
}

void ipudp_server_done(struct ipudp_server *server)
{
	struct connection *connection, *next;

	list_for_each_entry_safe(connection, next, &server->connections, node)
		connection_end(connection);
	close(server->fd);
	if (server->proof_fd >= 0)
		close(server->proof_fd);
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

void ipudp_connection_send(struct connection *connection, const void *data, size_t len)
{
	/* Of a client that is gone, epoll tells. */
	if (list_empty(&connection->out) &&
	    (send(connection->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 || errno != EAGAIN))
		return;
	queue(connection, data, len);
}

bool ipudp_connection_post(struct connection *connection, const void *data, size_t len)
{
	if (!ipudp_read(connection->lost) &&
	    send(connection->fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return true;
	if (!__atomic_exchange_n(&connection->lost, true, __ATOMIC_ACQ_REL))
		ipudp_home_wake(connection->server->home);
	return false;
}

void ipudp_server_broadcast(struct ipudp_server *server, const void *data, size_t len)
{
	struct connection *connection;

	list_for_each_entry(connection, &server->connections, node)
		if (connection->subscribed)
			ipudp_connection_post(connection, data, len);
}

bool ipudp_server_heard(const struct ipudp_server *server)
{
	const struct connection *connection;

	list_for_each_entry(connection, &server->connections, node)
		if (connection->subscribed)
			return true;
	return false;
}

void ipudp_server_poke(struct ipudp_server *server)
{
	struct connection *connection;

	list_for_each_entry(connection, &server->connections, node)
		if (ipudp_read(connection->lost))
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

void ipudp_server_read_proofs(struct ipudp_server *server)
{
	uint8_t secret[IPUDP_SECRET_SIZE];
	struct connection *connection;

	while (ipudp_proof_read(server->proof_fd, secret)) {
		list_for_each_entry(connection, &server->connections, node) {
			if (!connection->has_secret ||
			    memcmp(connection->secret, secret, sizeof(secret)) != 0)
				continue;
			connection->has_secret = false;
			promote(connection);
			break;
		}
	}
}

bool ipudp_connection_challenge(struct connection *connection)
{
	connection->has_secret = ipudp_proof_secret(connection->secret);
	return connection->has_secret;
}

/* Read one record. Return: false if there is none; the connection may be at its end then. */
static bool read_record(struct connection *connection, bool *end)
{
	struct iovec iov;
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t len;

	*end = !make_room(connection) || ipudp_discard_must(connection->fd);
	if (*end)
		return false;
	iov.iov_base = connection->in + connection->in_len;
	iov.iov_len = RECORD_SIZE;
	len = recvmsg(connection->fd, &msg, MSG_DONTWAIT);
	if (len <= 0) {
		*end = !len || (errno != EAGAIN && errno != EINTR);
		return false;
	}
	/* A proof was sent before what it is for. */
	if (connection->has_secret)
		ipudp_server_read_proofs(connection->server);
	*end = msg.msg_flags & MSG_TRUNC;
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
		ipudp_nl_receive(connection, nlh);
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
		ipudp_nl_dump(connection);
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

	if (!ipudp_read(connection->lost))
		return true;
	if (send(connection->fd, &overrun, sizeof(overrun), MSG_DONTWAIT | MSG_NOSIGNAL) < 0 &&
	    errno == EAGAIN)
		return false;
	__atomic_store_n(&connection->lost, false, __ATOMIC_RELEASE);
	return true;
}

void ipudp_connection_event(struct connection *connection, uint32_t events)
{
	int left = connection->admin ? RECORD_TURN : RECORD_TURN_OTHERS;
	bool end = false, told = true;

	/* Another one took its place in this very turn. */
	if (connection->ended)
		return;
	if (events & EPOLLOUT)
		told = tell_lost(connection);
	do {
		go_on(connection);
		if (!handle_input(connection)) {
			connection_end(connection);
			return;
		}
	} while (!is_busy(connection) && left-- && read_record(connection, &end));
	/* What was sent before the end is dealt with first, in another turn if need be. */
	if (end || (events & (EPOLLERR | EPOLLHUP) && left >= 0)) {
		connection_end(connection);
		return;
	}
	set_waiting(connection, is_busy(connection) || !told);
}
