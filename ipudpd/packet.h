/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inner packets: what is in their headers, checksums, and packets larger than any link (GSO). */
#ifndef _IPUDP_PACKET_H
#define _IPUDP_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ipudp_device;
struct ipudp_worker;
struct virtio_net_hdr;
union ipudp_ip;

/** Bytes of the largest packet. */
#define IPUDP_PACKET_MAX 65535

/**
 * Bytes of the largest headers of a segment: IPv6, four extension headers of 2 KB as the kernel lets
 * sockets send them, TCP with options.
 */
#define IPUDP_HEADERS_MAX (40 + 4 * 2048 + 60)

/**
 * enum ipudp_gso - how a packet that is larger than any link becomes segments
 * @IPUDP_GSO_NONE: it is not larger
 * @IPUDP_GSO_TCP: segments of TCP
 * @IPUDP_GSO_UDP: datagrams
 */
enum ipudp_gso {
	IPUDP_GSO_NONE,
	IPUDP_GSO_TCP,
	IPUDP_GSO_UDP,
};

/**
 * struct ipudp_packet - an inner packet
 * @data: it begins with its IP header; borrowed
 * @len: bytes
 * @family: AF_INET or AF_INET6
 * @gso: what it is made of
 * @segment: bytes of payload of each segment but the last, if @gso
 * @headers: bytes of headers of each segment, if @gso
 * @transport: where the TCP or UDP header is, if @gso
 * @worker: the thread that carries it, while it is looked for a tunnel; else undefined
 */
struct ipudp_packet {
	uint8_t *data;
	uint32_t len;
	uint16_t family;
	enum ipudp_gso gso;
	uint16_t segment;
	uint16_t headers;
	uint16_t transport;
	struct ipudp_worker *worker;
};

/**
 * ipudp_packet_read() - see what a packet from the TUN is
 * @virtio: what came before it
 * @data: @len bytes; a checksum that was put off is filled in unless it is for segments
 * Return: whether it is well-formed.
 */
bool ipudp_packet_read(const struct virtio_net_hdr *virtio, uint8_t *data, size_t len,
		       struct ipudp_packet *ret);

/** ipudp_packet_set() - a packet that is no larger than a link; its header is checked before */
void ipudp_packet_set(struct ipudp_packet *packet, uint8_t *data, size_t len);

/** ipudp_packet_segments() - how many packets on the wire it is */
unsigned int ipudp_packet_segments(const struct ipudp_packet *packet);

/** ipudp_packet_largest() - bytes of its largest segment, with headers */
unsigned int ipudp_packet_largest(const struct ipudp_packet *packet);

/**
 * ipudp_packet_segment() - make the headers of one segment
 * @index: which, from 0
 * @headers: receives packet->headers bytes, checksums and all
 * @payload: receives where its payload is, in the packet
 * Return: bytes of payload.
 */
size_t ipudp_packet_segment(const struct ipudp_packet *packet, unsigned int index, uint8_t *headers,
			    const uint8_t **payload);

/** ipudp_packet_family() - AF_INET or AF_INET6 */
static inline uint16_t ipudp_packet_family(const struct ipudp_packet *packet)
{
	return packet->family;
}

/** ipudp_packet_destination() - the destination address in the header, borrowed */
static inline const uint8_t *ipudp_packet_destination(const struct ipudp_packet *packet)
{
	return packet->data + ((packet->data[0] >> 4) == 4 ? 16 : 24);
}

/** ipudp_packet_source() - the source address in the header, borrowed */
static inline const uint8_t *ipudp_packet_source(const struct ipudp_packet *packet)
{
	return packet->data + ((packet->data[0] >> 4) == 4 ? 12 : 8);
}

/** ipudp_packet_tos() - DSCP and ECN */
uint8_t ipudp_packet_tos(const struct ipudp_packet *packet);

/** ipudp_packet_set_tos() - change it, and the header's checksum */
void ipudp_packet_set_tos(uint8_t *data, uint8_t tos);

/** ipudp_packet_ttl() - TTL or hop limit */
static inline uint8_t ipudp_packet_ttl(const struct ipudp_packet *packet)
{
	return packet->data[(packet->data[0] >> 4) == 4 ? 8 : 7];
}

/** ipudp_packet_df() - whether routers may not fragment it */
static inline bool ipudp_packet_df(const struct ipudp_packet *packet)
{
	return (packet->data[0] >> 4) == 6 || packet->data[6] & 0x40;
}

/**
 * ipudp_packet_nexthop() - the next hop of its route, or its destination if that has none
 * @device: that it was sent into
 * @packet: with its worker
 * @ret: receives the address
 * Return: the family of @ret: an IPv4 route may have an IPv6 gateway.
 */
uint16_t ipudp_packet_nexthop(const struct ipudp_device *device, const struct ipudp_packet *packet,
			      union ipudp_ip *ret);

/** ipudp_packet_hash() - of its flow: addresses, protocol, ports */
uint32_t ipudp_packet_hash(const struct ipudp_packet *packet);

/**
 * ipudp_sum() - add up words of 16 bits (RFC 1071), as they are in memory
 * @sum: what was added up before; an even number of bytes
 */
uint64_t ipudp_sum(const void *data, size_t len, uint64_t sum);

/** ipudp_sum_fold() - what is put into a checksum field */
uint16_t ipudp_sum_fold(uint64_t sum);

/** ipudp_sum_pseudo() - add the pseudo header of a packet whose IP header is at @ip */
uint64_t ipudp_sum_pseudo(const uint8_t *ip, uint8_t protocol, uint32_t len);

#endif
