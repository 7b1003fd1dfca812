// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The way in: what a datagram is, whose it is, whether the inner packet may enter.
 */

#include "decap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "coalesce.h"
#include "device.h"
#include "encap.h"
#include "frame.h"
#include "keepalive.h"
#include "listener.h"
#include "packet.h"
#include "quiet.h"
#include "rule.h"
#include "tunnel.h"
#include "wire.h"
#include "worker.h"

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

/*
 * Datagrams read from a socket at once, and how often before others have their turn; each may be an
 * aggregate. What is read at once is delivered together, and so in order: of a flow that begins, the
 * kernel may give the TUN's next packets to another thread.
 */
#define MESSAGES 64
#define ROUNDS 2

/**
 * struct ipudp_receiver - what a thread receives into
 * @data: a buffer for each message
 * @mmsg: for the kernel
 * @iov: for the kernel
 * @from: addresses from the kernel
 * @control: control messages from the kernel
 */
struct ipudp_receiver {
	uint8_t *data[MESSAGES];
	struct mmsghdr mmsg[MESSAGES];
	struct iovec iov[MESSAGES];
	struct sockaddr_storage from[MESSAGES];
	_Alignas(struct cmsghdr) char control[MESSAGES][256];
};

/* Have the kernel write a message to its place; it writes over how large the places are. */
static void prepare(struct ipudp_receiver *receiver, unsigned int i)
{
	receiver->mmsg[i].msg_hdr.msg_namelen = sizeof(receiver->from[i]);
	receiver->mmsg[i].msg_hdr.msg_controllen = sizeof(receiver->control[i]);
}

struct ipudp_receiver *ipudp_receiver_create(void)
{
	struct ipudp_receiver *receiver = calloc(1, sizeof(*receiver));
	unsigned int i;

	for (i = 0; receiver && i < MESSAGES; i++) {
		receiver->data[i] = malloc(IPUDP_PACKET_MAX);
		if (!receiver->data[i]) {
			ipudp_receiver_destroy(receiver);
			return NULL;
		}
		receiver->iov[i] = (struct iovec){ receiver->data[i], IPUDP_PACKET_MAX };
		receiver->mmsg[i].msg_hdr = (struct msghdr){
			.msg_name = &receiver->from[i],
			.msg_iov = &receiver->iov[i],
			.msg_iovlen = 1,
			.msg_control = receiver->control[i],
		};
		prepare(receiver, i);
	}
	return receiver;
}

void ipudp_receiver_destroy(struct ipudp_receiver *receiver)
{
	unsigned int i;

	for (i = 0; receiver && i < MESSAGES; i++)
		free(receiver->data[i]);
	free(receiver);
}

static struct ipudp_endpoint *endpoint_of(const struct ipudp_listener *listener,
					  const struct ipudp_datagram *datagram)
{
	struct ipudp_endpoint_key key = {
		.remote = datagram->remote,
		.listener = listener->id,
		.port = datagram->port,
		.family = datagram->family,
	};

	return ipudp_endpoint_lookup(listener->home, &key);
}

static void lost(struct ipudp_worker *worker, const struct ipudp_tunnel *tunnel,
		 enum ipudp_drop_reason reason)
{
	ipudp_count(tunnel->stats[worker->index].rx_dropped, 1);
	ipudp_count(tunnel->device->stats[worker->index].drops[reason], 1);
}

/* The length of an inner packet by its header, 0 if it is malformed. */
static size_t inner_len(const uint8_t *data, size_t len)
{
	size_t total;

	if (len < 20)
		return 0;
	if (data[0] >> 4 == 4) {
		size_t header = (data[0] & 15) * 4;

		total = data[2] << 8 | data[3];
		return header >= 20 && total >= header && total <= len ? total : 0;
	}
	if (data[0] >> 4 != 6 || len < 40)
		return 0;
	total = (data[4] << 8 | data[5]) + 40;
	return total <= len ? total : 0;
}

/* RFC 6040, section 4.2. */
static bool ecn_allows(uint8_t *data, uint8_t outer)
{
	struct ipudp_packet packet;
	uint8_t was, tos;

	ipudp_packet_set(&packet, data, 0);
	was = ipudp_packet_tos(&packet);
	tos = was;
	if (!ipudp_wire_ecn(outer, &tos))
		return false;
	if (tos != was)
		ipudp_packet_set_tos(data, tos);
	return true;
}

/* Whether the longest rule for the inner source names the tunnel. */
static bool source_allowed(const struct ipudp_device *device, const struct ipudp_tunnel *tunnel,
			   const uint8_t *data)
{
	uint16_t family = data[0] >> 4 == 4 ? AF_INET : AF_INET6;
	union ipudp_ip source;

	/* A datagram out of an aggregate may be anywhere. */
	ipudp_ip_load(&source, family, data + (family == AF_INET ? 12 : 8));
	return ipudp_rule_allows(device, tunnel, family, &source);
}

static void receive_data(struct ipudp_worker *worker, struct ipudp_tunnel *tunnel,
			 const struct ipudp_datagram *datagram, uint8_t *data, size_t len)
{
	struct ipudp_device *device = tunnel->device;

	/* Whether the device is up, the TUN says when it is written to: news of that come late. */
	len = inner_len(data, len);
	if (!len)
		lost(worker, tunnel, IPUDP_DROP_REASON_RX_MALFORMED);
	else if (!ecn_allows(data, datagram->tos))
		lost(worker, tunnel, IPUDP_DROP_REASON_RX_ECN);
	else if (!ipudp_quiet_allows(device, data))
		lost(worker, tunnel, IPUDP_DROP_REASON_RX_LINK_LOCAL);
	else if (ipudp_read(device->source_check) && !source_allowed(device, tunnel, data))
		lost(worker, tunnel,
		     ipudp_quiet_is_noise(data) ? IPUDP_DROP_REASON_RX_LINK_LOCAL :
						  IPUDP_DROP_REASON_RX_SOURCE);
	else
		ipudp_deliver(worker, tunnel, data, len);
}

static void receive_one(struct ipudp_worker *worker, struct ipudp_listener *listener,
			struct ipudp_endpoint *endpoint, const struct ipudp_datagram *datagram,
			uint8_t *data, size_t len)
{
	struct ipudp_listener_stats *stats = &listener->stats[worker->index];
	struct ipudp_tunnel *tunnel = endpoint ? endpoint->tunnel : NULL;
	enum ipudp_wire_kind kind;

	if (!len) {
		ipudp_count(stats->drops[IPUDP_DROP_REASON_RX_RUNT], 1);
		return;
	}
	kind = ipudp_wire_kind(data[0], len);
	if (kind == IPUDP_WIRE_KIND_DATA) {
		if (tunnel)
			receive_data(worker, tunnel, datagram, data, len);
		else
			ipudp_count(stats->drops[IPUDP_DROP_REASON_RX_NO_TUNNEL], 1);
		return;
	}
	if (tunnel)
		ipudp_keepalive_heard(worker, tunnel);
	if (kind == IPUDP_WIRE_KIND_FRAME) {
		ipudp_frame_receive(worker, listener, datagram, data, len);
		return;
	}
	ipudp_count(stats->rx_keepalives, 1);
	if (tunnel)
		ipudp_count(tunnel->stats[worker->index].rx_keepalives, 1);
}

static void read_source(const struct sockaddr_storage *from, struct ipudp_datagram *ret)
{
	const struct sockaddr_in6 *sin6 = (const void *)from;
	const struct sockaddr_in *sin = (const void *)from;

	memset(ret, 0, sizeof(*ret));
	ret->family = from->ss_family;
	ret->port = sin->sin_port;
	if (from->ss_family == AF_INET)
		ret->remote.v4 = sin->sin_addr.s_addr;
	else
		ret->remote.v6 = sin6->sin6_addr;
}

static int cmsg_int(struct cmsghdr *cmsg)
{
	int value = 0;

	memcpy(&value, CMSG_DATA(cmsg),
	       cmsg->cmsg_len >= CMSG_LEN(sizeof(value)) ? sizeof(value) : 1);
	return value;
}

/* The kernel says how many datagrams a socket has lost since it was opened, when that is not 0. */
static void count_lost(struct ipudp_worker *worker, struct ipudp_socket *sock, uint32_t lost)
{
	struct ipudp_listener_stats *stats = &sock->listener->stats[worker->index];

	ipudp_count(stats->drops[IPUDP_DROP_REASON_RX_NOMEM], lost - sock->lost);
	sock->lost = lost;
}

/* What the kernel says about a message. Return: bytes of each datagram in it, 0 if it is one. */
static size_t read_control(struct ipudp_worker *worker, struct ipudp_socket *sock,
			   struct msghdr *msg, struct ipudp_datagram *ret)
{
	struct in6_pktinfo info6;
	struct in_pktinfo info;
	struct cmsghdr *cmsg;
	size_t segment = 0;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {
		if (cmsg->cmsg_level == IPPROTO_UDP && cmsg->cmsg_type == UDP_GRO) {
			segment = cmsg_int(cmsg);
		} else if (cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SO_RXQ_OVFL) {
			count_lost(worker, sock, cmsg_int(cmsg));
		} else if ((cmsg->cmsg_level == IPPROTO_IP && cmsg->cmsg_type == IP_TOS) ||
			   (cmsg->cmsg_level == IPPROTO_IPV6 && cmsg->cmsg_type == IPV6_TCLASS)) {
			ret->tos = cmsg_int(cmsg);
		} else if (cmsg->cmsg_level == IPPROTO_IP && cmsg->cmsg_type == IP_PKTINFO) {
			memcpy(&info, CMSG_DATA(cmsg), sizeof(info));
			ret->local.v4 = info.ipi_addr.s_addr;
			ret->ifindex = info.ipi_ifindex;
		} else if (cmsg->cmsg_level == IPPROTO_IPV6 && cmsg->cmsg_type == IPV6_PKTINFO) {
			memcpy(&info6, CMSG_DATA(cmsg), sizeof(info6));
			ret->local.v6 = info6.ipi6_addr;
			ret->ifindex = info6.ipi6_ifindex;
		}
	}
	return segment;
}

static void receive_message(struct ipudp_worker *worker, struct ipudp_socket *sock,
			    struct msghdr *msg, uint8_t *data, size_t len)
{
	struct ipudp_listener *listener = sock->listener;
	struct ipudp_datagram datagram;
	struct ipudp_endpoint *endpoint;
	size_t segment, piece;

	read_source(msg->msg_name, &datagram);
	segment = read_control(worker, sock, msg, &datagram);
	endpoint = endpoint_of(listener, &datagram);
	do {
		piece = segment && segment < len ? segment : len;
		receive_one(worker, listener, endpoint, &datagram, data, piece);
		data += piece;
		len -= piece;
	} while (len);
}

void ipudp_decap_read(struct ipudp_worker *worker, struct ipudp_socket *sock)
{
	struct ipudp_receiver *receiver = worker->receiver;
	int n = MESSAGES, round, i;

	for (round = 0; round < ROUNDS && n == MESSAGES; round++) {
		n = recvmmsg(sock->fd, receiver->mmsg, MESSAGES, MSG_DONTWAIT, NULL);
		for (i = 0; i < n; i++) {
			receive_message(worker, sock, &receiver->mmsg[i].msg_hdr, receiver->data[i],
					receiver->mmsg[i].msg_len);
			prepare(receiver, i);
		}
		/* The packets are in buffers that are about to be used again. */
		ipudp_deliver_flush(worker);
	}
}
