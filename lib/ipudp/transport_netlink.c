// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The transport to the kernel module: two generic netlink sockets, which stay with the network
 * namespace they were opened in. Only the kernel is listened to.
 */

#include "transport_netlink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>

#include "genl.h"
#include "transport.h"

/* Bounds of what waits in a socket, not memory that is taken: the kernel doubles them. */
#define REQUEST_BUFFER (4 << 20)
#define ASYNC_BUFFER (8 << 20)

/* What netlink_sendmsg() subtracts from the send buffer when it compares. */
#define SEND_OVERHEAD 32

/**
 * struct netlink - the transport
 * @base: what the library sees
 * @sockets: one a channel, NULL while half built
 * @events: number of the multicast group, 0 if the family has none
 * @send_max: bytes that the request socket takes at once
 */
struct netlink {
	struct ipudp_transport base;
	struct mnl_socket *sockets[IPUDP_CHANNELS];
	uint32_t events;
	size_t send_max;
};

static struct netlink *from_base(const struct ipudp_transport *transport)
{
	return (struct netlink *)transport;
}

static void netlink_close(struct ipudp_transport *transport)
{
	struct netlink *netlink = from_base(transport);
	unsigned int i;

	for (i = 0; i < IPUDP_CHANNELS; i++)
		if (netlink->sockets[i])
			mnl_socket_close(netlink->sockets[i]);
	free(netlink);
}

static int netlink_fd(const struct ipudp_transport *transport, enum ipudp_channel channel)
{
	return mnl_socket_get_fd(from_base(transport)->sockets[channel]);
}

/* What a buffer's size is, 0 if that cannot be told. */
static size_t get_buffer(int fd, int option)
{
	int size = 0;
	socklen_t len = sizeof(size);

	if (getsockopt(fd, SOL_SOCKET, option, &size, &len) || size < 0)
		return 0;
	return size;
}

/* Sets a buffer's size, beyond the system's limit if we may; what it is then. */
static size_t set_buffer(int fd, int force, int option, int size)
{
	if (setsockopt(fd, SOL_SOCKET, force, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, option, &size, sizeof(size));
	return get_buffer(fd, option);
}

static int netlink_send(struct ipudp_transport *transport, enum ipudp_channel channel,
			const void *data, size_t len)
{
	struct netlink *netlink = from_base(transport);
	int fd = netlink_fd(transport, channel);

	/* Rules with very many targets; the buffer grows when it is needed the first time. */
	if (channel == IPUDP_CHANNEL_REQUEST && len + SEND_OVERHEAD > netlink->send_max)
		netlink->send_max = set_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, len + SEND_OVERHEAD);
	while (mnl_socket_sendto(netlink->sockets[channel], data, len) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static ssize_t netlink_recv(struct ipudp_transport *transport, enum ipudp_channel channel,
			    void *data, size_t size, bool wait)
{
	struct iovec iov = { .iov_base = data, .iov_len = size };
	int fd = netlink_fd(transport, channel);
	struct sockaddr_nl from;
	struct msghdr msg;
	ssize_t len;

	for (;;) {
		msg = (struct msghdr){
			.msg_name = &from,
			.msg_namelen = sizeof(from),
			.msg_iov = &iov,
			.msg_iovlen = 1,
		};
		len = recvmsg(fd, &msg, wait ? 0 : MSG_DONTWAIT);
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return -errno;
		/* Any process may send to our port; only the kernel's is 0. */
		if (!len || msg.msg_namelen != sizeof(from) || from.nl_pid)
			continue;
		return msg.msg_flags & MSG_TRUNC ? -EMSGSIZE : len;
	}
}

static int netlink_subscribe(struct ipudp_transport *transport)
{
	struct netlink *netlink = from_base(transport);

	if (!netlink->events)
		return -EOPNOTSUPP;
	if (mnl_socket_setsockopt(netlink->sockets[IPUDP_CHANNEL_ASYNC], NETLINK_ADD_MEMBERSHIP,
				  &netlink->events, sizeof(netlink->events)))
		return -errno;
	return 0;
}

static const struct ipudp_transport_ops netlink_ops = {
	.send = netlink_send,
	.recv = netlink_recv,
	.fd = netlink_fd,
	.subscribe = netlink_subscribe,
	.close = netlink_close,
};

static int open_socket(struct mnl_socket **ret)
{
	struct mnl_socket *socket;
	int on = 1;

	socket = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!socket)
		return errno == EPROTONOSUPPORT || errno == EAFNOSUPPORT ? -EOPNOTSUPP : -errno;
	*ret = socket;
	if (mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID))
		return -errno;
	/* Kernels that lack one of them work all the same, with fewer words. */
	mnl_socket_setsockopt(socket, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(socket, NETLINK_CAP_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(socket, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	return 0;
}

static int connect_sockets(struct netlink *netlink)
{
	struct ipudp_genl_family family = { 0 };
	int fds[IPUDP_CHANNELS];
	unsigned int i;
	int ret;

	for (i = 0; i < IPUDP_CHANNELS; i++) {
		ret = open_socket(&netlink->sockets[i]);
		if (ret)
			return ret;
		fds[i] = netlink_fd(&netlink->base, i);
	}
	netlink->send_max = get_buffer(fds[IPUDP_CHANNEL_REQUEST], SO_SNDBUF);
	netlink->base.window =
		set_buffer(fds[IPUDP_CHANNEL_REQUEST], SO_RCVBUFFORCE, SO_RCVBUF, REQUEST_BUFFER);
	set_buffer(fds[IPUDP_CHANNEL_ASYNC], SO_RCVBUFFORCE, SO_RCVBUF, ASYNC_BUFFER);
	ret = ipudp_genl_resolve(&netlink->base, &family);
	if (ret)
		return ret;
	netlink->base.type = family.id;
	netlink->events = family.events;
	return 0;
}

int ipudp_transport_netlink_open(struct ipudp_transport **ret_transport)
{
	struct netlink *netlink;
	int ret;

	netlink = calloc(1, sizeof(*netlink));
	if (!netlink)
		return -ENOMEM;
	netlink->base.ops = &netlink_ops;
	netlink->base.datapath = IPUDP_DATAPATH_MODULE;
	ret = connect_sockets(netlink);
	if (ret) {
		netlink_close(&netlink->base);
		return ret;
	}
	*ret_transport = &netlink->base;
	return 0;
}
