// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Delivering to the TUN. What is aggregated is what the kernel's own GRO would: packets of a flow
 * whose headers differ in nothing that cannot be made again, and whose checksums are right.
 */

#include "coalesce.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "device.h"
#include "keepalive.h"
#include "packet.h"
#include "tunnel.h"
#include "worker.h"

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

/* Flows that are aggregated at once, packets of each. */
#define FLOWS 8
#define PACKETS 64

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_PSH 0x08
#define TCP_ACK 0x10
#define TCP_URG 0x20
#define TCP_CWR 0x80

/**
 * struct flow - packets that follow each other
 * @tunnel: that they came through
 * @data: the first
 * @len: bytes of all, with the first one's headers
 * @headers: bytes of headers of each
 * @transport: where the TCP or UDP header is
 * @segment: payload of the first
 * @sequence: of the next TCP segment
 * @ident: of the next IPv4 packet
 * @n: how many, 0 if the place is free
 * @udp: UDP, not TCP
 * @closed: nothing can follow
 * @verified: the first one's checksum was found right
 * @iov: the first packet, and the payloads of the others; the first place is for the virtio header
 */
struct flow {
	struct ipudp_tunnel *tunnel;
	uint8_t *data;
	size_t len;
	unsigned int headers;
	unsigned int transport;
	unsigned int segment;
	uint32_t sequence;
	uint16_t ident;
	unsigned int n;
	bool udp;
	bool closed;
	bool verified;
	struct iovec iov[PACKETS + 1];
};

/**
 * struct ipudp_coalescer - what a thread is about to deliver
 * @flows: in no order
 * @next: which is given up when all are in use
 */
struct ipudp_coalescer {
	struct flow flows[FLOWS];
	unsigned int next;
};

struct ipudp_coalescer *ipudp_coalescer_create(void)
{
	return calloc(1, sizeof(struct ipudp_coalescer));
}

void ipudp_coalescer_destroy(struct ipudp_coalescer *coalescer)
{
	free(coalescer);
}

static uint16_t get16(const uint8_t *at)
{
	return at[0] << 8 | at[1];
}

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value;
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static void write_out(struct ipudp_worker *worker, struct ipudp_tunnel *tunnel, struct iovec *iov,
		      unsigned int n_iov, unsigned int packets, size_t bytes)
{
	struct ipudp_tunnel_stats *stats = &tunnel->stats[worker->index];
	struct ipudp_device *device = tunnel->device;
	struct ipudp_device_stats *all = &device->stats[worker->index];
	unsigned int reason = IPUDP_DROP_REASON_RX_NOMEM;
	int fd = device->queues[worker->index % worker->home->n_workers].fd;

	if (writev(fd, iov, n_iov) >= 0) {
		/* Only what may enter is a sign of life, or the state would flap. */
		ipudp_keepalive_heard(worker, tunnel);
		ipudp_count(stats->rx_packets, packets);
		ipudp_count(stats->rx_bytes, bytes);
		ipudp_count(all->rx_packets, packets);
		ipudp_count(all->rx_bytes, bytes);
		return;
	}
	/* The TUN is down, or gone. */
	if (errno == EIO || errno == EBADFD)
		reason = IPUDP_DROP_REASON_RX_DOWN;
	else if (errno == EINVAL)
		reason = IPUDP_DROP_REASON_RX_MALFORMED;
	ipudp_count(stats->rx_dropped, packets);
	ipudp_count(all->drops[reason], packets);
}

/* Make the header of many packets out of the first one's. */
static void finish(struct flow *flow, struct virtio_net_hdr *virtio)
{
	uint8_t *ip = flow->data, *transport = flow->data + flow->transport;
	size_t transport_len = flow->len - flow->transport;
	uint16_t sum;

	*virtio = (struct virtio_net_hdr){
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = flow->udp	    ? VIRTIO_NET_HDR_GSO_UDP_L4 :
			    ip[0] >> 4 == 4 ? VIRTIO_NET_HDR_GSO_TCPV4 :
					      VIRTIO_NET_HDR_GSO_TCPV6,
		.hdr_len = flow->headers,
		.gso_size = flow->segment,
		.csum_start = flow->transport,
		.csum_offset = flow->udp ? 6 : 16,
	};
	if (ip[0] >> 4 == 4) {
		put16(ip + 2, flow->len);
		memset(ip + 10, 0, 2);
		sum = ipudp_sum_fold(ipudp_sum(ip, flow->transport, 0));
		memcpy(ip + 10, &sum, sizeof(sum));
	} else {
		put16(ip + 4, flow->len - 40);
	}
	if (flow->udp)
		put16(transport + 4, transport_len);
	/* Of the pseudo header alone, not inverted: the kernel adds the rest. */
	sum = ~ipudp_sum_fold(
		ipudp_sum_pseudo(ip, flow->udp ? IPPROTO_UDP : IPPROTO_TCP, transport_len));
	memcpy(transport + virtio->csum_offset, &sum, sizeof(sum));
}

/* Where the TCP or UDP header of a packet is, and what it is; 0 if it is neither, or a fragment. */
static unsigned int find_transport(const uint8_t *data, size_t len, uint8_t *protocol)
{
	bool v4 = data[0] >> 4 == 4;
	unsigned int at = v4 ? (data[0] & 15) * 4 : 40;

	*protocol = data[v4 ? 9 : 6];
	if (v4 && get16(data + 6) & 0x3fff)
		return 0;
	if (*protocol == IPPROTO_TCP)
		return len >= at + 20u ? at : 0;
	return *protocol == IPPROTO_UDP && len >= at + 8u ? at : 0;
}

/*
 * A sender of this machine, which no network card was between, may have left the checksum to it: then
 * there is the sum of the pseudo header in its place, and the kernel is told so. Once in 65536 times
 * that is what the right checksum is, and telling so does no harm. Nor has such a sender cut its
 * data: TCP that is larger than the device is an aggregate.
 *
 * Return: how many packets it is.
 */
static unsigned int mark_unfinished(const struct ipudp_device *device, const uint8_t *data,
				    size_t len, struct virtio_net_hdr *virtio)
{
	unsigned int mtu = ipudp_read(device->mtu), headers, offset;
	uint8_t protocol;
	unsigned int transport = find_transport(data, len, &protocol);
	uint16_t sum;

	if (!transport)
		return 1;
	offset = protocol == IPPROTO_UDP ? 6 : 16;
	sum = ~ipudp_sum_fold(ipudp_sum_pseudo(data, protocol, len - transport));
	if (memcmp(data + transport + offset, &sum, sizeof(sum)) != 0)
		return 1;
	virtio->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	virtio->csum_start = transport;
	virtio->csum_offset = offset;
	headers = transport + (data[transport + 12] >> 4) * 4;
	if (protocol != IPPROTO_TCP || len <= mtu || mtu <= headers || headers < transport + 20)
		return 1;
	virtio->gso_type = data[0] >> 4 == 4 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6;
	virtio->hdr_len = headers;
	virtio->gso_size = mtu - headers;
	return (len - headers + virtio->gso_size - 1) / virtio->gso_size;
}

static void flow_flush(struct ipudp_worker *worker, struct flow *flow)
{
	struct virtio_net_hdr virtio = { .gso_type = VIRTIO_NET_HDR_GSO_NONE };
	unsigned int packets = flow->n;

	if (!flow->n)
		return;
	if (flow->n > 1)
		finish(flow, &virtio);
	else
		packets = mark_unfinished(flow->tunnel->device, flow->data, flow->len, &virtio);
	flow->iov[0] = (struct iovec){ &virtio, sizeof(virtio) };
	write_out(worker, flow->tunnel, flow->iov, flow->n + 1, packets,
		  flow->len + (size_t)(packets - 1) * virtio.hdr_len);
	flow->n = 0;
}

void ipudp_deliver_flush(struct ipudp_worker *worker)
{
	unsigned int i;

	for (i = 0; i < FLOWS; i++)
		flow_flush(worker, &worker->coalescer->flows[i]);
}

/* See whether a packet can be part of an aggregate, and what @flow is if it is the first. */
static bool classify(uint8_t *data, size_t len, struct flow *flow)
{
	bool v4 = data[0] >> 4 == 4;
	unsigned int ip_len = v4 ? 20 : 40;
	uint8_t protocol = data[v4 ? 9 : 6], flags;
	uint8_t *transport = data + ip_len;

	if (v4 && (data[0] != 0x45 || get16(data + 6) & 0x3fff))
		return false;
	flow->data = data;
	flow->len = len;
	flow->transport = ip_len;
	flow->udp = protocol == IPPROTO_UDP;
	flow->closed = false;
	if (flow->udp && len >= ip_len + 8u) {
		flow->headers = ip_len + 8;
		/* Without a checksum there is nothing to tell that it is whole. */
		if (get16(transport + 4) != len - ip_len || !get16(transport + 6))
			return false;
	} else if (protocol == IPPROTO_TCP && len >= ip_len + 20u) {
		flow->headers = ip_len + (transport[12] >> 4) * 4;
		flags = transport[13];
		if (flow->headers < ip_len + 20 || flow->headers > len || !(flags & TCP_ACK) ||
		    flags & (TCP_FIN | TCP_SYN | TCP_RST | TCP_URG | TCP_CWR))
			return false;
		flow->closed = flags & TCP_PSH;
	} else {
		return false;
	}
	flow->segment = len - flow->headers;
	flow->sequence = get32(transport + 4) + flow->segment;
	flow->ident = get16(data + 4) + 1;
	return flow->segment;
}

/* Whether two packets are of one flow: addresses, ports, protocol. */
static bool same_flow(const struct flow *a, const struct flow *b)
{
	size_t addresses = b->data[0] >> 4 == 4 ? 12 : 8;

	return a->n && a->data[0] >> 4 == b->data[0] >> 4 && a->udp == b->udp &&
	       a->tunnel->device == b->tunnel->device &&
	       !memcmp(a->data + addresses, b->data + addresses, a->transport - addresses) &&
	       !memcmp(a->data + a->transport, b->data + b->transport, 4);
}

static bool checksum_right(const uint8_t *data, size_t len, const struct flow *flow)
{
	size_t transport_len = len - flow->transport;
	uint64_t sum = ipudp_sum_pseudo(data, flow->udp ? IPPROTO_UDP : IPPROTO_TCP, transport_len);

	return !ipudp_sum_fold(ipudp_sum(data + flow->transport, transport_len, sum));
}

/* Whether @next is what follows, with nothing lost if it is made one with the others. */
static bool follows(struct flow *flow, const struct flow *next)
{
	const uint8_t *a = flow->data, *b = next->data;
	const uint8_t *ta = a + flow->transport, *tb = b + next->transport;
	bool v4 = a[0] >> 4 == 4;

	if (flow->closed || flow->n == PACKETS || next->segment > flow->segment ||
	    flow->headers != next->headers || flow->len + next->segment > IPUDP_PACKET_MAX)
		return false;
	/* TOS, DF, TTL; and where DF does not make them meaningless (RFC 6864), numbers in order. */
	if (v4 && (a[1] != b[1] || a[6] != b[6] || a[8] != b[8] ||
		   (!(a[6] & 0x40) && get16(b + 4) != flow->ident)))
		return false;
	if (!v4 && (memcmp(a, b, 4) || a[7] != b[7]))
		return false;
	if (!flow->udp &&
	    (get32(tb + 4) != flow->sequence || memcmp(ta + 8, tb + 8, 5) ||
	     (ta[13] | TCP_PSH) != (tb[13] | TCP_PSH) || memcmp(ta + 14, tb + 14, 2) ||
	     memcmp(ta + 18, tb + 18, flow->headers - flow->transport - 18)))
		return false;
	if (!flow->verified && !checksum_right(a, flow->len, flow))
		return false;
	flow->verified = true;
	return checksum_right(b, next->len, next);
}

static void append(struct flow *flow, const struct flow *next)
{
	flow->iov[++flow->n] = (struct iovec){ next->data + next->headers, next->segment };
	flow->len += next->segment;
	flow->sequence = next->sequence;
	flow->ident++;
	flow->closed = next->closed || next->segment < flow->segment;
	if (!flow->udp)
		flow->data[flow->transport + 13] |= next->data[next->transport + 13] & TCP_PSH;
}

static struct flow *free_flow(struct ipudp_worker *worker)
{
	struct ipudp_coalescer *coalescer = worker->coalescer;
	unsigned int i;

	for (i = 0; i < FLOWS; i++)
		if (!coalescer->flows[i].n)
			return &coalescer->flows[i];
	i = coalescer->next++ % FLOWS;
	flow_flush(worker, &coalescer->flows[i]);
	return &coalescer->flows[i];
}

void ipudp_deliver(struct ipudp_worker *worker, struct ipudp_tunnel *tunnel, uint8_t *data,
		   size_t len)
{
	struct virtio_net_hdr virtio = { .gso_type = VIRTIO_NET_HDR_GSO_NONE };
	struct iovec iov[] = { { &virtio, sizeof(virtio) }, { data, len } };
	unsigned int i, packets;
	struct flow next, *flow;

	next.tunnel = tunnel;
	if (!classify(data, len, &next)) {
		/* It may belong to any of the flows, and must not overtake what came before. */
		ipudp_deliver_flush(worker);
		packets = mark_unfinished(tunnel->device, data, len, &virtio);
		write_out(worker, tunnel, iov, 2, packets,
			  len + (size_t)(packets - 1) * virtio.hdr_len);
		return;
	}
	if (next.udp && !tunnel->device->udp_aggregates)
		next.closed = true;
	for (i = 0; i < FLOWS; i++) {
		flow = &worker->coalescer->flows[i];
		if (!same_flow(flow, &next))
			continue;
		if (flow->tunnel == tunnel && follows(flow, &next)) {
			append(flow, &next);
			return;
		}
		flow_flush(worker, flow);
	}
	flow = free_flow(worker);
	flow->tunnel = tunnel;
	flow->data = data;
	flow->len = len;
	flow->headers = next.headers;
	flow->transport = next.transport;
	flow->segment = next.segment;
	flow->sequence = next.sequence;
	flow->ident = next.ident;
	flow->udp = next.udp;
	flow->closed = next.closed;
	flow->verified = false;
	flow->n = 1;
	flow->iov[1] = (struct iovec){ data, len };
}
