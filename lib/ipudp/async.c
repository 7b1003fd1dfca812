// SPDX-License-Identifier: LGPL-2.1-or-later
/* The async channel: requests on it, and keeping what comes in between. */

#include "async.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <libmnl/libmnl.h>

#include "error.h"
#include "handle.h"
#include "transport.h"

/* Bound of what is kept for a user who registers but does not dispatch. */
#define KEPT_BYTES_MAX ((size_t)16 << 20)

/**
 * struct ipudp_datagram - one that came while an answer was waited for
 * @next: the next, owned
 * @len: bytes of @data
 * @data: netlink messages
 */
struct ipudp_datagram {
	struct ipudp_datagram *next;
	size_t len;
	char data[];
};

static int watch(int epoll_fd, int fd)
{
	struct epoll_event event = { .events = EPOLLIN };

	return fd >= 0 && epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

int ipudp_async_init(struct ipudp *ipudp)
{
	const struct ipudp_transport *transport = ipudp->transport;
	struct ipudp_async *async = &ipudp->async;
	int ret;

	*async = (struct ipudp_async){ .event_fd = -1, .epoll_fd = -1 };
	async->last = &async->first;
	async->buffer = malloc(IPUDP_DATAGRAM_MAX);
	if (!async->buffer)
		return -ENOMEM;
	async->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (async->event_fd < 0)
		return -errno;
	async->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (async->epoll_fd < 0)
		return -errno;
	ret = watch(async->epoll_fd, async->event_fd);
	if (ret)
		return ret;
	return watch(async->epoll_fd, transport->ops->fd(transport, IPUDP_CHANNEL_ASYNC));
}

void ipudp_async_done(struct ipudp_async *async)
{
	struct ipudp_datagram *datagram;

	while ((datagram = async->first)) {
		async->first = datagram->next;
		free(datagram);
	}
	if (async->epoll_fd >= 0)
		close(async->epoll_fd);
	if (async->event_fd >= 0)
		close(async->event_fd);
	free(async->buffer);
	ipudp_msg_done(&async->request);
}

/* Makes the handle's descriptor readable, or lets it be what the transport's is. */
static void signal_kept(struct ipudp_async *async)
{
	bool kept = async->first || async->overrun;
	uint64_t count = 1;
	ssize_t len;

	/* Neither can fail but by being in that state already. */
	if (kept)
		len = write(async->event_fd, &count, sizeof(count));
	else
		len = read(async->event_fd, &count, sizeof(count));
	(void)len;
}

static void set_overrun(struct ipudp_async *async)
{
	async->overrun = true;
	signal_kept(async);
}

static void keep(struct ipudp_async *async, const char *data, size_t len)
{
	struct ipudp_datagram *datagram = NULL;

	if (async->kept_bytes + len <= KEPT_BYTES_MAX)
		/* The tail is there because messages are read up to their aligned end. */
		datagram = calloc(1, sizeof(*datagram) + MNL_ALIGN(len));
	if (!datagram) {
		set_overrun(async);
		return;
	}
	memcpy(datagram->data, data, len);
	datagram->len = len;
	*async->last = datagram;
	async->last = &datagram->next;
	async->kept_bytes += len;
	signal_kept(async);
}

static int take_kept(struct ipudp_async *async)
{
	struct ipudp_datagram *datagram = async->first;
	size_t len = datagram->len;

	memcpy(async->buffer, datagram->data, len);
	async->first = datagram->next;
	if (!async->first)
		async->last = &async->first;
	async->kept_bytes -= len;
	free(datagram);
	signal_kept(async);
	return len;
}

int ipudp_async_next(struct ipudp *ipudp)
{
	struct ipudp_transport *transport = ipudp->transport;
	struct ipudp_async *async = &ipudp->async;

	if (async->first)
		return take_kept(async);
	if (async->overrun) {
		async->overrun = false;
		signal_kept(async);
		return -ENOBUFS;
	}
	return transport->ops->recv(transport, IPUDP_CHANNEL_ASYNC, async->buffer,
				    IPUDP_DATAGRAM_MAX, false);
}

void ipudp_async_begin(struct ipudp *ipudp, uint8_t cmd, uint16_t flags)
{
	struct ipudp_async *async = &ipudp->async;

	/* 0 is the number of what comes unasked. */
	if (!++async->seq)
		async->seq = 1;
	ipudp_msg_reset(&async->request);
	ipudp_msg_begin(&async->request, ipudp->transport->type, cmd, flags, async->seq);
}

int ipudp_async_send(struct ipudp *ipudp)
{
	struct ipudp_transport *transport = ipudp->transport;
	struct ipudp_async *async = &ipudp->async;
	int ret = ipudp_msg_end(&async->request);

	if (ret)
		return ret;
	return transport->ops->send(transport, IPUDP_CHANNEL_ASYNC, async->request.data,
				    async->request.len);
}

/*
 * Reads one datagram and keeps it, unless it is the answer to our request. -EAGAIN if there is
 * none; 0 with *is_answer otherwise, and *result is then what the answer says.
 */
static int read_one(struct ipudp *ipudp, bool wait, bool *is_answer, int *result)
{
	struct ipudp_transport *transport = ipudp->transport;
	struct ipudp_async *async = &ipudp->async;
	const struct nlmsghdr *nlh;
	int len;

	/* Not async->buffer: a handler may be reading a frame in it while it registers. */
	nlh = (const void *)ipudp->answer;
	len = transport->ops->recv(transport, IPUDP_CHANNEL_ASYNC, ipudp->answer,
				   IPUDP_DATAGRAM_MAX, wait);
	if (len < 0)
		return len;
	/* An acknowledgement has a datagram of its own. */
	if (ipudp_msg_ok(nlh, len) && nlh->nlmsg_type == NLMSG_ERROR) {
		*is_answer = nlh->nlmsg_seq == async->seq;
		if (*is_answer)
			*result = ipudp_error_read(&ipudp->error, nlh,
						   ipudp_msg_last(&async->request));
		return 0;
	}
	keep(async, ipudp->answer, len);
	return 0;
}

int ipudp_async_call(struct ipudp *ipudp)
{
	bool is_answer = false, lost = false;
	int ret, result = 0;

	/* Make room first: with the buffer full, the answer would be lost. */
	do {
		ret = read_one(ipudp, false, &is_answer, &result);
		if (ret == -ENOBUFS)
			set_overrun(&ipudp->async);
	} while (!ret || ret == -ENOBUFS);
	if (ret != -EAGAIN)
		return ret;

	is_answer = false;
	ret = ipudp_async_send(ipudp);
	while (!ret && !is_answer) {
		ret = read_one(ipudp, !lost, &is_answer, &result);
		if (ret != -ENOBUFS)
			continue;
		/* The answer may be lost, too; look at what is there without waiting. */
		set_overrun(&ipudp->async);
		lost = true;
		ret = 0;
	}
	if (ret == -EAGAIN)
		return ipudp_fail(ipudp, -ENOBUFS, NULL, "the answer was lost");
	return ret ? ret : result;
}
