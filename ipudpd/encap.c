// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The way out: find the tunnel for an inner packet, see that it fits the path to its remote, and
 * what its outer header is to say.
 */

#include "encap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/virtio_net.h>
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

#include "choice.h"
#include "device.h"
#include "icmp.h"
#include "listener.h"
#include "mode.h"
#include "packet.h"
#include "pmtu.h"
#include "sender.h"
#include "socket.h"
#include "tunnel.h"
#include "wire.h"
#include "worker.h"

/* Packets read from a queue before others have their turn. */
#define READ_MAX 64

void ipudp_encap_lost(struct ipudp_worker *worker, const struct ipudp_tunnel *tunnel,
		      unsigned int reason, unsigned int packets)
{
	struct ipudp_tunnel_stats *stats = &tunnel->stats[worker->index];

	ipudp_count(stats->tx_dropped, packets);
	ipudp_count(tunnel->device->stats[worker->index].drops[reason], packets);
}

/* DSCP, ECN, TTL and DF of the outer header. */
static void outer_fields(const struct ipudp_endpoint_config *config,
			 const struct ipudp_packet *packet, struct ipudp_outer *outer)
{
	outer->tos = ipudp_wire_tos(ipudp_packet_tos(packet), config->dscp);
	outer->ttl = ipudp_wire_ttl(ipudp_packet_ttl(packet), config->ttl);
	if (config->df == IPUDP_DF_INHERIT)
		outer->df = ipudp_packet_df(packet);
	else
		outer->df = config->df == IPUDP_DF_SET;
}

/* The largest inner packet that a route takes. */
static unsigned int inner_mtu(const struct ipudp_route *route, uint16_t family)
{
	unsigned int overhead = ipudp_encap_overhead(family);

	return route->mtu > overhead + IPUDP_MTU_MIN_V4 ? route->mtu - overhead : IPUDP_MTU_MIN_V4;
}

/*
 * Whether a packet may go as it is. IPv6 inside is never told of less than 1280 bytes (RFC 8200,
 * section 5): up to that, outer packets are fragmented instead.
 */
static bool fits(const struct ipudp_endpoint_config *config, const struct ipudp_packet *packet,
		 struct ipudp_outer *outer, unsigned int *mtu)
{
	unsigned int largest = ipudp_packet_largest(packet);

	if (largest <= *mtu)
		return true;
	if (config->family == AF_INET && !outer->df)
		return true;
	if (packet->family == AF_INET6 && *mtu < IPUDP_MTU_MIN_V6) {
		*mtu = IPUDP_MTU_MIN_V6;
		outer->df = false;
		return largest <= IPUDP_MTU_MIN_V6;
	}
	return false;
}

void ipudp_encap(struct ipudp_worker *worker, struct ipudp_tunnel *tunnel,
		 const struct ipudp_packet *packet)
{
	struct ipudp_endpoint *endpoint = ipudp_rcu_load(tunnel->endpoint);
	const struct ipudp_endpoint_config *config = &endpoint->config;
	struct ipudp_outer outer = { .tunnel = tunnel, .endpoint = endpoint };
	unsigned int segments = ipudp_packet_segments(packet), mtu;
	struct ipudp_route route;

	if (!ipudp_route_get(worker, tunnel->listener, endpoint, &route)) {
		ipudp_encap_lost(worker, tunnel, IPUDP_DROP_REASON_TX_NO_ROUTE, segments);
		return;
	}
	if (route.ifindex == tunnel->device->ifindex && !ipudp_read(tunnel->device->away)) {
		ipudp_encap_lost(worker, tunnel, IPUDP_DROP_REASON_TX_LOOP, segments);
		return;
	}
	outer_fields(config, packet, &outer);
	mtu = inner_mtu(&route, config->family);
	if (!fits(config, packet, &outer, &mtu)) {
		ipudp_pmtu_exceeded(worker, tunnel, packet, mtu, &outer);
		return;
	}
	if (config->flow_port && !ipudp_read(tunnel->own_port)) {
		outer.port = ipudp_socket_flow_port(ipudp_packet_hash(packet));
		outer.source = route.source;
	}
	ipudp_send(worker, &outer, packet);
}

static void flood(struct ipudp_worker *worker, const struct ipudp_choice *choice,
		  const struct ipudp_packet *packet)
{
	uint32_t i;

	for (i = 0; i < choice->n_active; i++)
		ipudp_encap(worker, choice->active[i], packet);
}

static void transmit(struct ipudp_worker *worker, struct ipudp_device *device,
		     const struct virtio_net_hdr *virtio, uint8_t *data, size_t len)
{
	struct ipudp_device_stats *stats = &device->stats[worker->index];
	struct ipudp_verdict verdict = { 0 };
	struct ipudp_packet packet;

	if (!ipudp_packet_read(virtio, data, len, &packet)) {
		ipudp_count(stats->drops[IPUDP_DROP_REASON_TX_MALFORMED], 1);
		return;
	}
	packet.worker = worker;
	ipudp_rcu_load(device->mode)->find(device, &packet, &verdict);
	if (verdict.tunnel) {
		ipudp_encap(worker, verdict.tunnel, &packet);
	} else if (verdict.flood) {
		flood(worker, verdict.flood, &packet);
	} else {
		if (verdict.refuse)
			ipudp_icmp_unreachable(worker, device, &packet);
		ipudp_count(stats->drops[verdict.reason], 1);
	}
}

bool ipudp_encap_read(struct ipudp_worker *worker, struct ipudp_queue *queue)
{
	size_t used = 0;
	int i;

	for (i = 0; i < READ_MAX; i++) {
		struct virtio_net_hdr virtio;
		struct iovec iov[] = {
			{ .iov_base = &virtio, .iov_len = sizeof(virtio) },
			{ .iov_base = worker->arena + used, .iov_len = IPUDP_PACKET_MAX },
		};
		ssize_t len = readv(queue->fd, iov, 2);

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0 && errno != EAGAIN) {
			ipudp_send_flush(worker);
			return false;
		}
		if (len < (ssize_t)sizeof(virtio))
			break;
		len -= sizeof(virtio);
		transmit(worker, queue->device, &virtio, worker->arena + used, len);
		used += (len + 63) & ~63;
		if (used + IPUDP_PACKET_MAX > IPUDP_ARENA_SIZE) {
			ipudp_send_flush(worker);
			used = 0;
		}
	}
	ipudp_send_flush(worker);
	return true;
}

int ipudp_encap_plain(struct ipudp_worker *worker, const struct ipudp_listener *listener,
		      const struct ipudp_endpoint_config *config, const void *payload, size_t len)
{
	struct ipudp_socket *sock;
	struct ipudp_outer_header header = {
		.config = config,
		.link = config->link,
		.tos = ipudp_wire_plain_tos(config->dscp),
		.ttl = config->ttl ? config->ttl : 64,
	};
	struct iovec iov = { .iov_base = (void *)payload, .iov_len = len };
	struct msghdr msg;
	char control[IPUDP_CONTROL_SIZE];
	struct sockaddr_storage to;

	sock = &listener->sockets[config->family == AF_INET ? 0 : 1][worker->index];
	ipudp_socket_configure(sock, config->df == IPUDP_DF_UNSET, !config->checksum);
	ipudp_socket_message(&header, 0, &msg, &to, control);
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	/* An error of an earlier datagram is told once. */
	if (sendmsg(sock->fd, &msg, MSG_DONTWAIT) < 0 && sendmsg(sock->fd, &msg, MSG_DONTWAIT) < 0)
		return -errno;
	return 0;
}

unsigned int ipudp_encap_mtu(struct ipudp_tunnel *tunnel)
{
	struct ipudp_home *home = tunnel->device->home;
	struct ipudp_route route;

	if (!ipudp_route_get(&home->workers[home->n_workers], tunnel->listener, tunnel->endpoint,
			     &route))
		return 0;
	return inner_mtu(&route, tunnel->endpoint->config.family);
}
