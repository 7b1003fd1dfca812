// SPDX-License-Identifier: GPL-2.0-or-later
/* Inner packets and their checksums. */

#include "packet.h"

#include <arpa/inet.h>
#include <linux/virtio_net.h>
#include <netinet/in.h>
#include <string.h>

#include "addr.h"
#include "flow.h"
#include "route.h"

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

#define TCP_FIN 0x01
#define TCP_PSH 0x08
#define TCP_CWR 0x80

static uint16_t get16(const uint8_t *at)
{
	return at[0] << 8 | at[1];
}

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value;
}

/* Add with the carry brought round, so that the order of the words does not matter. */
static uint64_t add(uint64_t sum, uint64_t word)
{
	sum += word;
	return sum + (sum < word);
}

uint64_t ipudp_sum(const void *data, size_t len, uint64_t sum)
{
	uint64_t part[4] = { sum }, word[4];
	const uint8_t *at = data;

	for (; len >= sizeof(word); len -= sizeof(word), at += sizeof(word)) {
		memcpy(word, at, sizeof(word));
		part[0] = add(part[0], word[0]);
		part[1] = add(part[1], word[1]);
		part[2] = add(part[2], word[2]);
		part[3] = add(part[3], word[3]);
	}
	memset(word, 0, sizeof(word));
	memcpy(word, at, len);
	part[0] = add(add(part[0], word[0]), word[1]);
	part[1] = add(add(part[1], word[2]), word[3]);
	return add(add(part[0], part[1]), add(part[2], part[3]));
}

/* The sum in 16 bits. */
static uint16_t fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

uint16_t ipudp_sum_fold(uint64_t sum)
{
	return ~fold(sum);
}

uint64_t ipudp_sum_pseudo(const uint8_t *ip, uint8_t protocol, uint32_t len)
{
	uint32_t tail[2] = { htonl(len), htonl(protocol) };

	if (ip[0] >> 4 == 4)
		return ipudp_sum(ip + 12, 8, ipudp_sum(tail, sizeof(tail), 0));
	return ipudp_sum(ip + 8, 32, ipudp_sum(tail, sizeof(tail), 0));
}

/* Whether it is an IP packet as long as it says it is. */
static bool well_formed(const uint8_t *data, size_t len)
{
	if (len >= 20 && data[0] >> 4 == 4)
		return true;
	return len >= 40 && data[0] >> 4 == 6;
}

/* Fill in a checksum that the stack left to the hardware. */
static bool finish_checksum(const struct virtio_net_hdr *virtio, uint8_t *data, size_t len)
{
	size_t start = virtio->csum_start, at = start + virtio->csum_offset;
	uint16_t sum;

	/* Not over what was checked before. */
	if (start < (data[0] >> 4 == 4 ? 20 : 40) || start > len || at + 2 > len)
		return false;
	sum = ipudp_sum_fold(ipudp_sum(data + start, len - start, 0));
	/* Zero would mean that there is none (RFC 768). */
	if (!sum && virtio->csum_offset == 6)
		sum = 0xffff;
	memcpy(data + at, &sum, sizeof(sum));
	return true;
}

static bool read_gso(const struct virtio_net_hdr *virtio, struct ipudp_packet *packet)
{
	size_t start = virtio->csum_start, least = 20;

	switch (virtio->gso_type & ~VIRTIO_NET_HDR_GSO_ECN) {
	case VIRTIO_NET_HDR_GSO_TCPV4:
	case VIRTIO_NET_HDR_GSO_TCPV6:
		if (start + 20 > packet->len)
			return false;
		packet->gso = IPUDP_GSO_TCP;
		packet->headers = start + (packet->data[start + 12] >> 4) * 4;
		break;
	case VIRTIO_NET_HDR_GSO_UDP_L4:
		packet->gso = IPUDP_GSO_UDP;
		least = 8;
		packet->headers = start + 8;
		break;
	default:
		return false;
	}
	packet->segment = virtio->gso_size;
	packet->transport = start;
	if (start < (packet->family == AF_INET ? (packet->data[0] & 15u) * 4 : 40) || start < 20)
		return false;
	return packet->segment && packet->headers >= start + least &&
	       packet->headers <= IPUDP_HEADERS_MAX && packet->headers <= packet->len;
}

bool ipudp_packet_read(const struct virtio_net_hdr *virtio, uint8_t *data, size_t len,
		       struct ipudp_packet *ret)
{
	if (!well_formed(data, len))
		return false;
	ipudp_packet_set(ret, data, len);
	if (virtio->gso_type != VIRTIO_NET_HDR_GSO_NONE)
		return read_gso(virtio, ret);
	if (virtio->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		return finish_checksum(virtio, data, len);
	return true;
}

void ipudp_packet_set(struct ipudp_packet *packet, uint8_t *data, size_t len)
{
	*packet = (struct ipudp_packet){
		.data = data,
		.len = len,
		.family = data[0] >> 4 == 4 ? AF_INET : AF_INET6,
	};
}

unsigned int ipudp_packet_segments(const struct ipudp_packet *packet)
{
	uint32_t payload = packet->len - packet->headers;

	if (!packet->gso || payload <= packet->segment)
		return 1;
	return (payload + packet->segment - 1) / packet->segment;
}

unsigned int ipudp_packet_largest(const struct ipudp_packet *packet)
{
	unsigned int largest = packet->headers + packet->segment;

	return packet->gso && largest < packet->len ? largest : packet->len;
}

static void segment_ip(const struct ipudp_packet *packet, unsigned int index, size_t len,
		       uint8_t *ip)
{
	uint16_t sum;

	if (packet->family == AF_INET6) {
		put16(ip + 4, len - 40);
		return;
	}
	put16(ip + 2, len);
	put16(ip + 4, get16(ip + 4) + index);
	memset(ip + 10, 0, 2);
	sum = ipudp_sum_fold(ipudp_sum(ip, (ip[0] & 15) * 4, 0));
	memcpy(ip + 10, &sum, sizeof(sum));
}

static void segment_tcp(const struct ipudp_packet *packet, unsigned int index, bool last,
			uint8_t *tcp)
{
	uint32_t sequence;

	memcpy(&sequence, tcp + 4, sizeof(sequence));
	sequence = htonl(ntohl(sequence) + index * packet->segment);
	memcpy(tcp + 4, &sequence, sizeof(sequence));
	if (index)
		tcp[13] &= ~TCP_CWR;
	if (!last)
		tcp[13] &= ~(TCP_FIN | TCP_PSH);
}

size_t ipudp_packet_segment(const struct ipudp_packet *packet, unsigned int index, uint8_t *headers,
			    const uint8_t **payload)
{
	size_t offset = packet->headers + (size_t)index * packet->segment;
	size_t len = packet->len - offset, transport_len, sum_at = 16;
	bool last = len <= packet->segment;
	uint8_t *transport = headers + packet->transport;
	uint8_t protocol = IPPROTO_TCP;
	uint64_t sum;
	uint16_t folded;

	if (!last)
		len = packet->segment;
	*payload = packet->data + offset;
	memcpy(headers, packet->data, packet->headers);
	transport_len = packet->headers - packet->transport + len;
	segment_ip(packet, index, packet->headers + len, headers);
	if (packet->gso == IPUDP_GSO_TCP) {
		segment_tcp(packet, index, last, transport);
	} else {
		protocol = IPPROTO_UDP;
		sum_at = 6;
		put16(transport + 4, transport_len);
	}
	memset(transport + sum_at, 0, 2);
	sum = ipudp_sum_pseudo(headers, protocol, transport_len);
	/* The headers have an even number of bytes. */
	sum = ipudp_sum(transport, packet->headers - packet->transport, sum);
	folded = ipudp_sum_fold(ipudp_sum(*payload, len, sum));
	if (!folded && protocol == IPPROTO_UDP)
		folded = 0xffff;
	memcpy(transport + sum_at, &folded, sizeof(folded));
	return len;
}

uint8_t ipudp_packet_tos(const struct ipudp_packet *packet)
{
	if (packet->family == AF_INET)
		return packet->data[1];
	return packet->data[0] << 4 | packet->data[1] >> 4;
}

void ipudp_packet_set_tos(uint8_t *data, uint8_t tos)
{
	uint16_t sum;

	if (data[0] >> 4 == 6) {
		data[0] = 6 << 4 | tos >> 4;
		data[1] = (data[1] & 15) | (tos & 15) << 4;
		return;
	}
	/* RFC 1624: the old sum without the old word, with the new one. */
	memcpy(&sum, data + 10, sizeof(sum));
	sum = ~sum;
	sum = ~fold((uint64_t)sum + (uint16_t)~htons(data[0] << 8 | data[1]) +
		    htons(data[0] << 8 | tos));
	data[1] = tos;
	memcpy(data + 10, &sum, sizeof(sum));
}

uint16_t ipudp_packet_nexthop(const struct ipudp_device *device, const struct ipudp_packet *packet,
			      union ipudp_ip *ret)
{
	uint16_t family = packet->family;

	ipudp_ip_load(ret, family, ipudp_packet_destination(packet));
	ipudp_route_nexthop(packet->worker, device, ret, &family);
	return family;
}

uint32_t ipudp_packet_hash(const struct ipudp_packet *packet)
{
	return ipudp_flow_hash(packet->data, packet->len);
}
