// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The transport to ipudpd: two connections to the abstract UNIX socket "@ipudpd", of which each
 * network namespace has its own, with the same messages as generic netlink. The daemon takes changes
 * from a client that proves CAP_NET_ADMIN over the namespace: it sends a secret, which the daemon told
 * it, to a netlink socket of the daemon's, and the kernel carries that for nobody else.
 */

#include "transport_unix.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <netinet/in.h>

#include "../base/cleanup.h"
#include "attr.h"
#include "error.h"
#include "genl.h"
#include "msg.h"
#include "transport.h"

/* As in ipudpd/server.c, at most. */
#define RECORD_SIZE ((size_t)64 << 10)
/* As in ipudpd/server.h. */
#define SOCKET_NAME "ipudpd"
#define CTRL_SUBSCRIBE 0xf0
#define CTRL_PROVE 0xf1
#define CTRL_A_PORTID 1
#define CTRL_A_SECRET 2
/* As in ipudpd/proof.h. */
#define SECRET_SIZE 16

/* As in ipudpd/main.c: the daemon may not configure the namespace. */
#define STATUS_NO_RIGHTS 77

/* Answers that may wait: the daemon stops listening until they are read, and loses none. */
#define WINDOW ((size_t)8 << 20)

/* How long a daemon may take to read what it was sent. */
#define TAKEN_MS 5000
/* How long a daemon that was started may take until it listens. */
#define START_MS 5000
#define RETRY_MS 10

/**
 * struct unix_transport - the transport
 * @base: what the library sees
 * @fds: one a channel, -1 while half built
 */
struct unix_transport {
	struct ipudp_transport base;
	int fds[IPUDP_CHANNELS];
};

static struct unix_transport *from_base(const struct ipudp_transport *transport)
{
	return (struct unix_transport *)transport;
}

static void unix_close(struct ipudp_transport *transport)
{
	struct unix_transport *own = from_base(transport);
	unsigned int i;

	for (i = 0; i < IPUDP_CHANNELS; i++)
		if (own->fds[i] >= 0)
			close(own->fds[i]);
	free(own);
}

static int unix_fd(const struct ipudp_transport *transport, enum ipudp_channel channel)
{
	return from_base(transport)->fds[channel];
}

static int unix_send(struct ipudp_transport *transport, enum ipudp_channel channel,
		     const void *data, size_t len)
{
	int fd = unix_fd(transport, channel);
	const char *at = data;
	ssize_t sent;

	/* What is too large for one record goes on in the next, as the daemon expects it. */
	while (len) {
		sent = send(fd, at, len < RECORD_SIZE ? len : RECORD_SIZE, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return errno == EPIPE ? -ECONNRESET : -errno;
		at += sent;
		len -= sent;
	}
	return 0;
}

static ssize_t unix_recv(struct ipudp_transport *transport, enum ipudp_channel channel, void *data,
			 size_t size, bool wait)
{
	int fd = unix_fd(transport, channel);
	const struct nlmsghdr *nlh = data;
	struct iovec iov = { .iov_base = data, .iov_len = size };
	ssize_t len;

	for (;;) {
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

		len = recvmsg(fd, &msg, wait ? 0 : MSG_DONTWAIT);
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return -errno;
		if (!len)
			return -ECONNRESET;
		if (msg.msg_flags & MSG_TRUNC)
			return -EMSGSIZE;
		if (ipudp_msg_ok(nlh, len) && nlh->nlmsg_type == NLMSG_OVERRUN)
			return -ENOBUFS;
		return len;
	}
}

/*
 * Wait until the daemon has taken what was sent. It carries that out before it reads anything else,
 * so that a request which is sent on the other channel from now on comes after it.
 */
static int wait_taken(int fd)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	int left, ms;

	for (ms = 0; ms < TAKEN_MS; ms++) {
		if (ioctl(fd, SIOCOUTQ, &left))
			return -errno;
		if (!left)
			return 0;
		nanosleep(&pause, NULL);
	}
	return -ETIMEDOUT;
}

static int unix_subscribe(struct ipudp_transport *transport)
{
	_cleanup_(ipudp_msg_done) struct ipudp_msg msg = { 0 };
	int ret;

	ipudp_msg_begin(&msg, GENL_ID_CTRL, CTRL_SUBSCRIBE, 0, 0);
	ret = ipudp_msg_end(&msg);
	if (!ret)
		ret = unix_send(transport, IPUDP_CHANNEL_ASYNC, msg.data, msg.len);
	return ret ? ret : wait_taken(unix_fd(transport, IPUDP_CHANNEL_ASYNC));
}

static const struct ipudp_transport_ops unix_ops = {
	.send = unix_send,
	.recv = unix_recv,
	.fd = unix_fd,
	.subscribe = unix_subscribe,
	.close = unix_close,
};

static int connect_socket(int *ret)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX, .sun_path = "\0" SOCKET_NAME };
	socklen_t len = offsetof(struct sockaddr_un, sun_path) + sizeof(SOCKET_NAME);
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct ucred creds = { .uid = (uid_t)-1 };
	socklen_t creds_len = sizeof(creds);

	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&addr, len))
		return -errno;
	/* Anybody can take the name of a daemon that does not run. */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &creds, &creds_len))
		return -errno;
	if (creds.uid && creds.uid != geteuid())
		return -EPERM;
	*ret = TAKE_FD(fd);
	return 0;
}

/* Whether we have CAP_NET_ADMIN over the namespace: by an option that the kernel lets nobody else set. */
static bool has_rights(void)
{
	const struct sock_txtime txtime = { .clockid = CLOCK_TAI };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd >= 0 && !setsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, sizeof(txtime));
}

/*
 * Whether a daemon that we start would have what it needs: who kept CAP_NET_ADMIN only, as agents do
 * once they have started, would start one that cannot serve but takes the name.
 */
static bool may_start_daemon(void)
{
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Ask the daemon for a secret, and where to send it. */
static int ask_secret(struct unix_transport *own, enum ipudp_channel channel, uint32_t *portid,
		      uint8_t *secret)
{
	_cleanup_(ipudp_msg_done) struct ipudp_msg msg = { 0 };
	bool has_portid = false, has_secret = false;
	_Alignas(struct nlmsghdr) char buffer[512];
	const struct nlmsghdr *nlh = (const void *)buffer;
	const struct nlattr *attr;
	ssize_t len;
	int ret;

	ipudp_msg_begin(&msg, GENL_ID_CTRL, CTRL_PROVE, 0, 0);
	ret = ipudp_msg_end(&msg);
	if (!ret)
		ret = unix_send(&own->base, channel, msg.data, msg.len);
	if (ret)
		return ret;
	len = unix_recv(&own->base, channel, buffer, sizeof(buffer), true);
	if (len < 0)
		return len;
	if (!ipudp_msg_ok(nlh, len) || nlh->nlmsg_type != GENL_ID_CTRL ||
	    mnl_nlmsg_get_payload_len(nlh) < GENL_HDRLEN)
		return -EBADMSG;
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) == CTRL_A_PORTID) {
			has_portid = ipudp_attr_get_u32(attr, portid);
		} else if (mnl_attr_get_type(attr) == CTRL_A_SECRET &&
			   mnl_attr_get_payload_len(attr) == SECRET_SIZE) {
			memcpy(secret, mnl_attr_get_payload(attr), SECRET_SIZE);
			has_secret = true;
		}
	}
	return has_portid && has_secret ? 0 : -EBADMSG;
}

/* Prove that we may make changes. */
static int introduce(struct unix_transport *own, enum ipudp_channel channel)
{
	struct {
		struct nlmsghdr nlh;
		uint8_t secret[SECRET_SIZE];
	} message = { .nlh = { .nlmsg_len = sizeof(message), .nlmsg_type = NLMSG_NOOP } };
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct sockaddr_nl to = { .nl_family = AF_NETLINK };
	int ret = ask_secret(own, channel, &to.nl_pid, message.secret);

	if (ret)
		return ret;
	if (fd < 0 ||
	    sendto(fd, &message, sizeof(message), 0, (struct sockaddr *)&to, sizeof(to)) < 0)
		return -errno;
	return 0;
}

#define TUN "/dev/net/tun"

/* The program to start: a variable for tests, not for who runs with another's rights. */
static const char *program(void)
{
	const char *path = secure_getenv("IPUDPD");

	return path ? path : IPUDPD_PATH;
}

bool ipudp_transport_unix_missing(char *text, size_t size)
{
	if (access(program(), X_OK)) {
		snprintf(text, size,
			 "%s: %s; install the package ipudpd, or name the program in IPUDPD",
			 program(), strerror(errno));
		return true;
	}
	if (access(TUN, R_OK | W_OK)) {
		snprintf(text, size, "%s: %s; ipudpd makes its devices there, try \"modprobe tun\"",
			 TUN, strerror(errno));
		return true;
	}
	return false;
}

/* Start a daemon, which returns when it listens. */
static int start_daemon(void)
{
	const char *path = program();
	int status;
	pid_t pid;

	if (access(path, X_OK))
		return -EOPNOTSUPP;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid) {
		/* It outlives the caller, whose descriptors are none of its business. */
		close_range(STDERR_FILENO + 1, ~0U, 0);
		execl(path, path, "--background", "--linger", "10", (char *)NULL);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 0;
	if (!WIFEXITED(status))
		return 0;
	/* It may not serve, or cannot be run; else it serves, or another one that was quicker. */
	switch (WEXITSTATUS(status)) {
	case STATUS_NO_RIGHTS:
	case 127:
		return -EOPNOTSUPP;
	default:
		return 0;
	}
}

/* Connect, to a daemon that may have to be started first. */
static int reach(bool may_start, int *ret_fd)
{
	const struct timespec pause = { .tv_nsec = RETRY_MS * 1000000 };
	int ret = connect_socket(ret_fd), tries = START_MS / RETRY_MS;

	if (ret != -ECONNREFUSED)
		return ret;
	if (!may_start || !may_start_daemon())
		return -EOPNOTSUPP;
	ret = start_daemon();
	if (ret)
		return ret;
	/* It listens, or another one that was started at the same time is about to. */
	while ((ret = connect_socket(ret_fd)) == -ECONNREFUSED && tries--)
		nanosleep(&pause, NULL);
	return ret == -ECONNREFUSED ? -EOPNOTSUPP : ret;
}

static int connect_all(struct unix_transport *own)
{
	struct ipudp_genl_family family = { 0 };
	bool rights = has_rights();
	unsigned int i;
	int ret;

	for (i = 0; i < IPUDP_CHANNELS; i++) {
		ret = reach(rights, &own->fds[i]);
		if (!ret && rights)
			ret = introduce(own, i);
		if (ret)
			return ret;
	}
	ret = ipudp_genl_resolve(&own->base, &family);
	if (ret)
		return ret;
	own->base.type = family.id;
	own->base.window = WINDOW;
	return 0;
}

int ipudp_transport_unix_open(struct ipudp_transport **ret_transport)
{
	struct unix_transport *own = calloc(1, sizeof(*own));
	unsigned int i;
	int ret;

	if (!own)
		return -ENOMEM;
	own->base.ops = &unix_ops;
	own->base.datapath = IPUDP_DATAPATH_USER;
	for (i = 0; i < IPUDP_CHANNELS; i++)
		own->fds[i] = -1;
	ret = connect_all(own);
	if (ret) {
		unix_close(&own->base);
		return ret;
	}
	*ret_transport = &own->base;
	return 0;
}
