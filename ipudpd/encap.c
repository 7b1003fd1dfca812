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
#include "worker.h"

/* Packets read from a queue before others have their turn. */
#define READ_MAX 64

void ipudpd_encap_lost(struct ipudpd_worker *worker, const struct ipudpd_tunnel *tunnel,
		       unsigned int reason, unsigned int packets)
{
	struct ipudpd_tunnel_stats *stats = &tunnel->stats[worker->index];

	ipudpd_count(stats->tx_dropped, packets);
	ipudpd_count(tunnel->device->stats[worker->index].drops[reason], packets);
}

/* DSCP, ECN (RFC 6040, section 4.1, normal mode: copied), TTL and DF of the outer header. */
static void outer_fields(const struct ipudpd_endpoint_config *config,
			 const struct ipudpd_packet *packet, struct ipudpd_outer *outer)
{
	uint8_t tos = ipudpd_packet_tos(packet);

	outer->tos = config->dscp == IPUDPD_DSCP_INHERIT ? tos : config->dscp << 2 | (tos & 3);
	outer->ttl = config->ttl ? config->ttl : ipudpd_packet_ttl(packet);
	/* The kernel sends no datagram with 0, and nobody forwards one. */
	if (!outer->ttl)
		outer->ttl = 1;
	if (config->df == IPUDP_DF_INHERIT)
		outer->df = ipudpd_packet_df(packet);
	else
		outer->df = config->df == IPUDP_DF_SET;
}

/* The largest inner packet that a route takes. */
static unsigned int inner_mtu(const struct ipudpd_route *route, uint16_t family)
{
	unsigned int overhead = ipudpd_encap_overhead(family);

	return route->mtu > overhead + IPUDPD_MTU_MIN_V4 ? route->mtu - overhead :
							   IPUDPD_MTU_MIN_V4;
}

/*
 * Whether a packet may go as it is. IPv6 inside is never told of less than 1280 bytes (RFC 8200,
 * section 5): up to that, outer packets are fragmented instead.
 */
static bool fits(const struct ipudpd_endpoint_config *config, const struct ipudpd_packet *packet,
		 struct ipudpd_outer *outer, unsigned int *mtu)
{
	unsigned int largest = ipudpd_packet_largest(packet);

	if (largest <= *mtu)
		return true;
	if (config->family == AF_INET && !outer->df)
		return true;
	if (packet->family == AF_INET6 && *mtu < IPUDPD_MTU_MIN_V6) {
		*mtu = IPUDPD_MTU_MIN_V6;
		outer->df = false;
		return largest <= IPUDPD_MTU_MIN_V6;
	}
	return false;
}

void ipudpd_encap(struct ipudpd_worker *worker, struct ipudpd_tunnel *tunnel,
		  const struct ipudpd_packet *packet)
{
	struct ipudpd_endpoint *endpoint = ipudpd_rcu_load(tunnel->endpoint);
	const struct ipudpd_endpoint_config *config = &endpoint->config;
	struct ipudpd_outer outer = { .tunnel = tunnel, .endpoint = endpoint };
	unsigned int segments = ipudpd_packet_segments(packet), mtu;
	struct ipudpd_route route;

	if (!ipudpd_route_get(worker, tunnel->listener, endpoint, &route)) {
		ipudpd_encap_lost(worker, tunnel, IPUDP_DROP_REASON_TX_NO_ROUTE, segments);
		return;
	}
	if (route.ifindex == tunnel->device->ifindex && !ipudpd_read(tunnel->device->away)) {
		ipudpd_encap_lost(worker, tunnel, IPUDP_DROP_REASON_TX_LOOP, segments);
		return;
	}
	outer_fields(config, packet, &outer);
	mtu = inner_mtu(&route, config->family);
	if (!fits(config, packet, &outer, &mtu)) {
		ipudpd_pmtu_exceeded(worker, tunnel, packet, mtu, &outer);
		return;
	}
	if (config->flow_port && !ipudpd_read(tunnel->own_port)) {
		outer.port = ipudpd_socket_flow_port(ipudpd_packet_hash(packet));
		outer.source = route.source;
	}
	ipudpd_send(worker, &outer, packet);
}

static void flood(struct ipudpd_worker *worker, const struct ipudpd_choice *choice,
		  const struct ipudpd_packet *packet)
{
	uint32_t i;

	for (i = 0; i < choice->n_active; i++)
		ipudpd_encap(worker, choice->active[i], packet);
}

static void transmit(struct ipudpd_worker *worker, struct ipudpd_device *device,
		     const struct virtio_net_hdr *virtio, uint8_t *data, size_t len)
{
	struct ipudpd_device_stats *stats = &device->stats[worker->index];
	struct ipudpd_verdict verdict = { 0 };
	struct ipudpd_packet packet;

	if (!ipudpd_packet_read(virtio, data, len, &packet)) {
		ipudpd_count(stats->drops[IPUDP_DROP_REASON_TX_MALFORMED], 1);
		return;
	}
	ipudpd_rcu_load(device->mode)->find(worker, device, &packet, &verdict);
	if (verdict.tunnel) {
		ipudpd_encap(worker, verdict.tunnel, &packet);
	} else if (verdict.flood) {
		flood(worker, verdict.flood, &packet);
	} else {
		if (verdict.refuse)
			ipudpd_icmp_unreachable(worker, device, &packet);
		ipudpd_count(stats->drops[verdict.reason], 1);
	}
}

bool ipudpd_encap_read(struct ipudpd_worker *worker, struct ipudpd_queue *queue)
{
	size_t used = 0;
	int i;

	for (i = 0; i < READ_MAX; i++) {
		struct virtio_net_hdr virtio;
		struct iovec iov[] = {
			{ .iov_base = &virtio, .iov_len = sizeof(virtio) },
			{ .iov_base = worker->arena + used, .iov_len = IPUDPD_PACKET_MAX },
		};
		ssize_t len = readv(queue->fd, iov, 2);

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0 && errno != EAGAIN) {
			ipudpd_send_flush(worker);
			return false;
		}
		if (len < (ssize_t)sizeof(virtio))
			break;
		len -= sizeof(virtio);
		transmit(worker, queue->device, &virtio, worker->arena + used, len);
		used += (len + 63) & ~63;
		if (used + IPUDPD_PACKET_MAX > IPUDPD_ARENA_SIZE) {
			ipudpd_send_flush(worker);
			used = 0;
		}
	}
	ipudpd_send_flush(worker);
	return true;
}

int ipudpd_encap_plain(struct ipudpd_worker *worker, const struct ipudpd_listener *listener,
		       const struct ipudpd_endpoint_config *config, const void *payload, size_t len)
{
	struct ipudpd_socket *sock;
	struct ipudpd_header header = {
		.config = config,
		.link = config->link,
		.tos = config->dscp == IPUDPD_DSCP_INHERIT ? 0 : config->dscp << 2,
		.ttl = config->ttl ? config->ttl : 64,
	};
	struct iovec iov = { .iov_base = (void *)payload, .iov_len = len };
	struct msghdr msg;
	char control[IPUDPD_CONTROL_SIZE];
	struct sockaddr_storage to;

	sock = &listener->sockets[config->family == AF_INET ? 0 : 1][worker->index];
	ipudpd_socket_configure(sock, config->df == IPUDP_DF_UNSET, !config->checksum);
	ipudpd_socket_message(&header, 0, &msg, &to, control);
	msg.msg_iov = &iov;
	msg.msg_iovlen = 1;
	/* An error of an earlier datagram is told once. */
	if (sendmsg(sock->fd, &msg, MSG_DONTWAIT) < 0 && sendmsg(sock->fd, &msg, MSG_DONTWAIT) < 0)
		return -errno;
	return 0;
}

unsigned int ipudpd_encap_mtu(struct ipudpd_tunnel *tunnel)
{
	struct ipudpd_home *home = tunnel->device->home;
	struct ipudpd_route route;

	if (!ipudpd_route_get(&home->workers[home->n_workers], tunnel->listener, tunnel->endpoint,
			      &route))
		return 0;
	return inner_mtu(&route, tunnel->endpoint->config.family);
}
