// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sending. A message is a run of datagrams of one size to one remote, the last of which may be
 * shorter. What the kernel refuses as larger than the path is kept until the flush is over and then
 * goes through ipudp_encap() again, which by then knows the path.
 */

#include "sender.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "device.h"
#include "encap.h"
#include "listener.h"
#include "packet.h"
#include "socket.h"
#include "tunnel.h"
#include "worker.h"

#define MESSAGES 64

/* The kernel's bounds of UDP_SEGMENT: datagrams, and bytes of all of them. */
#define SEGMENTS 64
#define MESSAGE_BYTES 65000

/* How long messages to an endpoint have one datagram, after a link that has no checksum offload. */
#define SINGLE_MS 1000

/* Messages that are looked at for one that a packet can join. */
#define LOOK_BACK 8

/* Room for headers of segments, and for packets that are sent again. */
#define HEADER_BYTES (256 << 10)
#define AGAIN_BYTES (256 << 10)

/**
 * struct message - datagrams that are sent at once
 * @outer: their outer header
 * @sock: sends them
 * @n: how many
 * @segment: bytes of the first
 * @len: bytes of all
 * @closed: the last is shorter than the first, so that none can follow
 * @n_iov: entries of @iov
 * @parts: how many entries of @iov each datagram has, one or two
 * @iov: the datagrams
 */
struct message {
	struct ipudp_outer outer;
	struct ipudp_socket *sock;
	unsigned int n;
	unsigned int segment;
	unsigned int len;
	bool closed;
	unsigned int n_iov;
	uint8_t parts[SEGMENTS];
	struct iovec iov[2 * SEGMENTS];
};

/**
 * struct ipudp_sender - what a thread is about to send
 * @n: messages
 * @messages: they
 * @headers: headers of segments
 * @headers_used: bytes of @headers in use
 * @again: packets that were refused, each behind struct refused
 * @again_used: bytes of @again in use
 * @repeating: what is sent now was in @again
 * @mmsg: for the kernel
 * @to: addresses for the kernel
 * @control: control messages for the kernel
 */
struct ipudp_sender {
	unsigned int n;
	struct message messages[MESSAGES];
	uint8_t *headers;
	size_t headers_used;
	uint8_t *again;
	size_t again_used;
	bool repeating;
	struct mmsghdr mmsg[MESSAGES];
	struct sockaddr_storage to[MESSAGES];
	_Alignas(struct cmsghdr) char control[MESSAGES][IPUDP_CONTROL_SIZE];
};

/* A packet that was refused. */
struct refused {
	struct ipudp_tunnel *tunnel;
	size_t len;
};

struct ipudp_sender *ipudp_sender_create(void)
{
	struct ipudp_sender *sender = calloc(1, sizeof(*sender));

	if (!sender)
		return NULL;
	sender->headers = malloc(HEADER_BYTES);
	sender->again = malloc(AGAIN_BYTES);
	if (sender->headers && sender->again)
		return sender;
	ipudp_sender_destroy(sender);
	return NULL;
}

void ipudp_sender_destroy(struct ipudp_sender *sender)
{
	if (!sender)
		return;
	free(sender->headers);
	free(sender->again);
	free(sender);
}

static bool same_outer(const struct ipudp_outer *a, const struct ipudp_outer *b)
{
	return a->endpoint == b->endpoint && a->tos == b->tos && a->ttl == b->ttl &&
	       a->df == b->df && a->port == b->port;
}

/* The message that a datagram can join: the last to its remote. */
static struct message *find_message(const struct ipudp_worker *worker,
				    const struct ipudp_outer *outer, size_t len)
{
	struct ipudp_sender *sender = worker->sender;
	unsigned int i;

	for (i = 0; i < LOOK_BACK && i < sender->n; i++) {
		struct message *message = &sender->messages[sender->n - 1 - i];

		if (message->outer.endpoint != outer->endpoint)
			continue;
		/* One with another header must not be overtaken. */
		if (!same_outer(&message->outer, outer) || message->closed ||
		    len > message->segment || message->n == SEGMENTS ||
		    message->len + len > MESSAGE_BYTES || !outer->df ||
		    ipudp_read(outer->endpoint->single_until_ms) > worker->now_ms)
			return NULL;
		return message;
	}
	return NULL;
}

static void gather(struct ipudp_worker *worker, const struct ipudp_outer *outer,
		   const uint8_t *first, size_t first_len, const uint8_t *second, size_t second_len)
{
	struct ipudp_sender *sender = worker->sender;
	size_t len = first_len + second_len;
	struct message *message = find_message(worker, outer, len);
	bool v4 = outer->endpoint->config.family == AF_INET;

	if (!message) {
		if (sender->n == MESSAGES)
			ipudp_send_flush(worker);
		message = &sender->messages[sender->n++];
		message->outer = *outer;
		message->sock = &outer->tunnel->listener->sockets[v4 ? 0 : 1][worker->index];
		message->segment = len;
		message->n = 0;
		message->len = 0;
		message->n_iov = 0;
		message->closed = false;
	}
	message->iov[message->n_iov++] = (struct iovec){ (void *)first, first_len };
	if (second_len)
		message->iov[message->n_iov++] = (struct iovec){ (void *)second, second_len };
	message->parts[message->n++] = second_len ? 2 : 1;
	message->len += len;
	message->closed = len < message->segment;
}

void ipudp_send_parts(struct ipudp_worker *worker, const struct ipudp_outer *outer,
		      const uint8_t *headers, size_t headers_len, const uint8_t *payload,
		      size_t payload_len)
{
	struct ipudp_sender *sender = worker->sender;
	uint8_t *copy;

	if (sender->headers_used + headers_len > HEADER_BYTES || sender->n == MESSAGES)
		ipudp_send_flush(worker);
	copy = sender->headers + sender->headers_used;
	memcpy(copy, headers, headers_len);
	sender->headers_used += (headers_len + 15) & ~15;
	gather(worker, outer, copy, headers_len, payload, payload_len);
}

void ipudp_send(struct ipudp_worker *worker, const struct ipudp_outer *outer,
		const struct ipudp_packet *packet)
{
	unsigned int n = ipudp_packet_segments(packet), i;
	uint8_t headers[IPUDP_HEADERS_MAX];

	if (!packet->gso) {
		gather(worker, outer, packet->data, packet->len, NULL, 0);
		return;
	}
	for (i = 0; i < n; i++) {
		const uint8_t *payload;
		size_t len = ipudp_packet_segment(packet, i, headers, &payload);

		ipudp_send_parts(worker, outer, headers, packet->headers, payload, len);
	}
}

static void count_sent(struct ipudp_worker *worker, const struct message *message)
{
	const struct ipudp_tunnel *tunnel = message->outer.tunnel;
	struct ipudp_device_stats *device = &tunnel->device->stats[worker->index];
	struct ipudp_tunnel_stats *stats = &tunnel->stats[worker->index];

	ipudp_count(stats->tx_packets, message->n);
	ipudp_count(stats->tx_bytes, message->len);
	ipudp_count(device->tx_packets, message->n);
	ipudp_count(device->tx_bytes, message->len);
	ipudp_write(stats->tx_last, worker->now_ms);
}

/**
 * struct cursor - a place in a message
 * @datagram: the next
 * @iov: its first part
 */
struct cursor {
	unsigned int datagram;
	unsigned int iov;
};

/* The next datagram of a message, from its parts, into one piece. Return: its length */
static size_t take_datagram(const struct message *message, struct cursor *at, uint8_t *data)
{
	unsigned int parts = message->parts[at->datagram++];
	size_t len = 0;

	for (; parts; parts--, at->iov++) {
		memcpy(data + len, message->iov[at->iov].iov_base, message->iov[at->iov].iov_len);
		len += message->iov[at->iov].iov_len;
	}
	return len;
}

/* Keep what was larger than the path, for another try. */
static void refuse(struct ipudp_worker *worker, const struct message *message)
{
	struct ipudp_sender *sender = worker->sender;
	struct cursor at = { 0 };

	/* What the endpoint knows of its route is out of date, whatever the generation says. */
	ipudp_write(message->outer.endpoint->route.generation, 0);
	while (at.datagram < message->n) {
		struct refused *refused = (void *)(sender->again + sender->again_used);

		if (sender->repeating ||
		    sender->again_used + sizeof(*refused) + IPUDP_PACKET_MAX + 16 > AGAIN_BYTES) {
			ipudp_encap_lost(worker, message->outer.tunnel,
					 IPUDP_DROP_REASON_TX_TOO_BIG, message->n - at.datagram);
			return;
		}
		refused->tunnel = message->outer.tunnel;
		refused->len = take_datagram(message, &at, (uint8_t *)(refused + 1));
		sender->again_used += sizeof(*refused) + ((refused->len + 15) & ~15);
	}
}

static void failed(struct ipudp_worker *worker, const struct message *message, int error)
{
	enum ipudp_drop_reason reason = IPUDP_DROP_REASON_TX_NO_ROUTE;

	switch (error) {
	case EMSGSIZE:
		refuse(worker, message);
		return;
	case EPERM:
	case ENOBUFS:
		/* The word of netfilter or a policy, and of the interface's queue. */
		reason = IPUDP_DROP_REASON_TX_UNDERLAY;
		break;
	case EAGAIN:
	case ENOMEM:
		reason = IPUDP_DROP_REASON_TX_NOMEM;
		break;
	default:
		ipudp_write(message->outer.endpoint->route.generation, 0);
	}
	ipudp_encap_lost(worker, message->outer.tunnel, reason, message->n);
}

static void address(const struct message *message, bool one_by_one, struct msghdr *msg,
		    struct sockaddr_storage *to, char *control)
{
	const struct ipudp_endpoint_config *config = &message->outer.endpoint->config;
	struct ipudp_outer_header header = {
		.config = config,
		.link = config->link,
		.tos = message->outer.tos,
		.ttl = message->outer.ttl,
		.source = message->outer.port ? &message->outer.source : NULL,
	};

	/* A raw socket is the thread's, and not bound as the listener is. */
	if (message->outer.port && !header.link)
		header.link = message->outer.tunnel->listener->config.bind;
	ipudp_socket_message(&header, message->n > 1 && !one_by_one ? message->segment : 0, msg, to,
			     control);
}

/*
 * Whether an error may be that of an earlier datagram, which is told once. Netfilter and queues speak
 * of this one, and have counted it.
 */
static bool may_be_old(int error)
{
	return error != EAGAIN && error != EPERM && error != ENOBUFS;
}

/* Send the datagrams of a message each by itself: from another port, or where a card cannot. */
static void send_one_by_one(struct ipudp_worker *worker, const struct message *message, int fd)
{
	const struct ipudp_endpoint_config *config = &message->outer.endpoint->config;
	uint8_t data[8 + IPUDP_PACKET_MAX], pseudo[40] = { 0 };
	struct ipudp_sender *sender = worker->sender;
	unsigned int head = message->outer.port ? 8 : 0;
	struct cursor at = { 0 };
	struct message one = *message;
	bool v4 = config->family == AF_INET;
	struct msghdr msg;
	struct iovec iov;

	address(message, true, &msg, sender->to, sender->control[0]);
	/* A raw socket takes no port. */
	if (head)
		((struct sockaddr_in *)sender->to)->sin_port = 0;
	pseudo[0] = v4 ? 0x45 : 0x60;
	memcpy(pseudo + (v4 ? 12 : 8), &message->outer.source, v4 ? 4 : 16);
	memcpy(pseudo + (v4 ? 16 : 24), &config->remote, v4 ? 4 : 16);
	while (at.datagram < message->n) {
		size_t len = take_datagram(message, &at, data + head) + head;
		uint16_t udp[4] = { message->outer.port, config->port, htons(len), 0 };

		memcpy(data, udp, head);
		if (head && config->checksum) {
			udp[3] = ipudp_sum_fold(
				ipudp_sum(data, len, ipudp_sum_pseudo(pseudo, IPPROTO_UDP, len)));
			udp[3] = udp[3] ? udp[3] : 0xffff;
			memcpy(data, udp, head);
		}
		iov = (struct iovec){ data, len };
		msg.msg_iov = &iov;
		msg.msg_iovlen = 1;
		one.n = 1;
		one.len = len - head;
		one.segment = one.len;
		one.n_iov = 1;
		one.parts[0] = 1;
		one.iov[0] = (struct iovec){ data + head, len - head };
		if (sendmsg(fd, &msg, MSG_DONTWAIT) >= 0 ||
		    (may_be_old(errno) && sendmsg(fd, &msg, MSG_DONTWAIT) >= 0))
			count_sent(worker, &one);
		else
			failed(worker, &one, errno);
	}
}

struct ipudp_socket *ipudp_sender_raw(struct ipudp_worker *worker, uint16_t family)
{
	struct ipudp_socket *raw = &worker->raw[family == AF_INET ? 0 : 1];

	if (raw->fd >= 0)
		return raw;
	*raw = (struct ipudp_socket){ .family = family };
	raw->fd = ipudp_socket_raw(family);
	if (raw->fd >= 0 && ipudp_worker_add_socket(worker, raw)) {
		close(raw->fd);
		raw->fd = -1;
	}
	return raw->fd < 0 ? NULL : raw;
}

static void send_from_any_port(struct ipudp_worker *worker, const struct message *message)
{
	const struct ipudp_endpoint_config *config = &message->outer.endpoint->config;
	struct ipudp_socket *raw = ipudp_sender_raw(worker, config->family);

	if (!raw) {
		ipudp_encap_lost(worker, message->outer.tunnel, IPUDP_DROP_REASON_TX_NOMEM,
				 message->n);
		return;
	}
	/* Of an interface that is named along with a source, the IPv6 of Linux makes a wish. */
	if (config->family == AF_INET6)
		ipudp_socket_bind_link(raw, config->link ?
						    config->link :
						    message->outer.tunnel->listener->config.bind);
	ipudp_socket_configure(raw, !message->outer.df, raw->unchecked);
	send_one_by_one(worker, message, raw->fd);
}

/* Deal with the first message of a run that the kernel did not take. */
static void resend(struct ipudp_worker *worker, const struct message *message, struct mmsghdr *mmsg,
		   int error)
{
	int fd = message->sock->fd;

	if (error != EMSGSIZE && may_be_old(error)) {
		if (sendmsg(fd, &mmsg->msg_hdr, MSG_DONTWAIT) >= 0) {
			count_sent(worker, message);
			return;
		}
		error = errno;
	}
	if (message->n > 1 && error == EIO)
		ipudp_write(message->outer.endpoint->single_until_ms, worker->now_ms + SINGLE_MS);
	if (message->n > 1 && (error == EIO || error == EINVAL || error == EMSGSIZE))
		send_one_by_one(worker, message, fd);
	else
		failed(worker, message, error);
}

static bool same_socket(const struct message *a, const struct message *b)
{
	return a->sock == b->sock && a->outer.df == b->outer.df &&
	       a->outer.endpoint->config.checksum == b->outer.endpoint->config.checksum &&
	       !a->outer.port == !b->outer.port;
}

/*
 * Whether a run of messages has UDP checksums. The kernel cuts and merges datagrams only with them, so
 * that messages of several have them, and then all of the run: an option of the socket decides.
 */
static bool has_checksums(const struct message *run, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (run[i].outer.endpoint->config.checksum || run[i].n > 1)
			return true;
	return false;
}

static void send_run(struct ipudp_worker *worker, unsigned int first, unsigned int end)
{
	struct ipudp_sender *sender = worker->sender;
	const struct message *message = &sender->messages[first];
	unsigned int i;

	if (message->outer.port) {
		for (i = first; i < end; i++)
			send_from_any_port(worker, &sender->messages[i]);
		return;
	}
	ipudp_socket_configure(message->sock, !message->outer.df,
			       !has_checksums(message, end - first));
	for (i = first; i < end; i++) {
		struct message *each = &sender->messages[i];

		address(each, false, &sender->mmsg[i].msg_hdr, &sender->to[i], sender->control[i]);
		sender->mmsg[i].msg_hdr.msg_iov = each->iov;
		sender->mmsg[i].msg_hdr.msg_iovlen = each->n_iov;
	}
	while (first < end) {
		int n = sendmmsg(message->sock->fd, sender->mmsg + first, end - first,
				 MSG_DONTWAIT),
		    error = errno;

		if (n < 0) {
			resend(worker, &sender->messages[first], &sender->mmsg[first], error);
			n = 1;
		} else {
			for (i = 0; i < (unsigned int)n; i++)
				count_sent(worker, &sender->messages[first + i]);
		}
		first += n;
	}
}

static void flush(struct ipudp_worker *worker)
{
	struct ipudp_sender *sender = worker->sender;
	unsigned int first = 0, end, n = sender->n;

	for (; first < n; first = end) {
		end = first + 1;
		while (end < n && same_socket(&sender->messages[first], &sender->messages[end]))
			end++;
		send_run(worker, first, end);
	}
	sender->n = 0;
	sender->headers_used = 0;
}

void ipudp_send_flush(struct ipudp_worker *worker)
{
	struct ipudp_sender *sender = worker->sender;
	size_t at = 0, used;

	flush(worker);
	used = sender->again_used;
	if (!used || sender->repeating)
		return;
	sender->repeating = true;
	while (at < used) {
		struct refused *refused = (void *)(sender->again + at);
		struct ipudp_packet packet;

		ipudp_packet_set(&packet, (uint8_t *)(refused + 1), refused->len);
		ipudp_encap(worker, refused->tunnel, &packet);
		at += sizeof(*refused) + ((refused->len + 15) & ~15);
	}
	flush(worker);
	sender->repeating = false;
	sender->again_used = 0;
}
