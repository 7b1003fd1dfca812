// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ICMP errors to inner senders. They come out of the device, from where the packet was to go: so they
 * take the way that answers out of the tunnel take, and reach local senders where there is no loopback
 * interface, and senders in a VRF or another namespace. Where the host would send them the same way by
 * itself, it does, by raw sockets, from an address of its own.
 */

#include "icmp.h"

#include <arpa/inet.h>
#include <linux/virtio_net.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "addr.h"
#include "device.h"
#include "packet.h"
#include "route.h"
#include "worker.h"

/* What is quoted: the error is to be no larger than 576 (RFC 1812) and 1280 bytes (RFC 4443). */
#define QUOTE_V4 (576 - 28)
#define QUOTE_V6 (1280 - 48)

#define TOS_CONTROL 0xc0
#define HOPS 64

static int open_socket(uint16_t family)
{
	int fd = socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6);
	struct icmp6_filter none;
	struct icmp_filter {
		uint32_t data;
	} none4 = { .data = UINT32_MAX };
	int tos = TOS_CONTROL;

	if (fd < 0)
		return fd;
	/* Nothing is to be received. */
	if (family == AF_INET) {
		setsockopt(fd, SOL_RAW, 1 /* ICMP_FILTER */, &none4, sizeof(none4));
		setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
		return fd;
	}
	ICMP6_FILTER_SETBLOCKALL(&none);
	setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &none, sizeof(none));
	return fd;
}

static int socket_of(struct ipudp_worker *worker, uint16_t family)
{
	int *fd = &worker->icmp_fds[family == AF_INET ? 0 : 1];

	if (*fd < 0)
		*fd = open_socket(family);
	return *fd;
}

static bool is_error4(const uint8_t *icmp)
{
	switch (icmp[0]) {
	case ICMP_DEST_UNREACH:
	case ICMP_SOURCE_QUENCH:
	case ICMP_REDIRECT:
	case ICMP_TIME_EXCEEDED:
	case ICMP_PARAMETERPROB:
		return true;
	default:
		return false;
	}
}

/* Whether an error about a packet may be sent (RFC 1122, section 3.2.2). */
static bool may_tell4(const struct ipudp_packet *packet)
{
	const uint8_t *ip = packet->data;
	size_t header = (ip[0] & 15) * 4;
	uint32_t source = ntohl(*(const uint32_t *)(ip + 12));
	uint32_t destination = ntohl(*(const uint32_t *)(ip + 16));

	if (!source || source >> 28 >= 14 || destination >> 28 == 14 || destination == UINT32_MAX)
		return false;
	/* Of a packet's fragments, only the first. */
	if ((ip[6] << 8 | ip[7]) & 0x1fff)
		return false;
	return ip[9] != IPPROTO_ICMP || packet->len < header + 8 || !is_error4(ip + header);
}

/* RFC 4443, section 2.4 (e). A packet that is too big may be a multicast. */
static bool may_tell6(const struct ipudp_packet *packet, bool too_big)
{
	const struct in6_addr *source = (const void *)(packet->data + 8);
	const struct in6_addr *destination = (const void *)(packet->data + 24);

	if (IN6_IS_ADDR_UNSPECIFIED(source) || IN6_IS_ADDR_MULTICAST(source) ||
	    (IN6_IS_ADDR_MULTICAST(destination) && !too_big))
		return false;
	/* Types below 128 are errors. */
	return packet->data[6] != IPPROTO_ICMPV6 || packet->len < 48 || packet->data[40] >= 128;
}

static void send_raw(struct ipudp_worker *worker, const struct ipudp_device *device,
		     const struct ipudp_packet *packet, const uint8_t *message, size_t len)
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in sin = { .sin_family = AF_INET };
	int fd = socket_of(worker, packet->family);

	if (fd < 0)
		return;
	if (packet->family == AF_INET) {
		memcpy(&sin.sin_addr, packet->data + 12, 4);
		sendto(fd, message, len, MSG_DONTWAIT, (struct sockaddr *)&sin, sizeof(sin));
		return;
	}
	memcpy(&sin6.sin6_addr, packet->data + 8, 16);
	if (IN6_IS_ADDR_LINKLOCAL(&sin6.sin6_addr))
		sin6.sin6_scope_id = device->ifindex;
	sendto(fd, message, len, MSG_DONTWAIT, (struct sockaddr *)&sin6, sizeof(sin6));
}

/* The IP header of an answer to a packet, from where that was to go. Return: its length. */
static size_t put_header(const struct ipudp_packet *packet, size_t len, uint8_t *header)
{
	uint16_t sum;

	memset(header, 0, 40);
	if (packet->family == AF_INET) {
		header[0] = 0x45;
		header[1] = TOS_CONTROL;
		header[2] = (20 + len) >> 8;
		header[3] = 20 + len;
		header[8] = HOPS;
		header[9] = IPPROTO_ICMP;
		memcpy(header + 12, packet->data + 16, 4);
		memcpy(header + 16, packet->data + 12, 4);
		sum = ipudp_sum_fold(ipudp_sum(header, 20, 0));
		memcpy(header + 10, &sum, sizeof(sum));
		return 20;
	}
	header[0] = 0x60;
	header[4] = len >> 8;
	header[5] = len;
	header[6] = IPPROTO_ICMPV6;
	header[7] = HOPS;
	memcpy(header + 8, packet->data + 24, 16);
	memcpy(header + 24, packet->data + 8, 16);
	return 40;
}

/* Have the host receive the answer by the device. */
static void send_inside(struct ipudp_worker *worker, const struct ipudp_device *device,
			const struct ipudp_packet *packet, uint8_t *message, size_t len)
{
	struct virtio_net_hdr virtio = { .gso_type = VIRTIO_NET_HDR_GSO_NONE };
	uint8_t header[40];
	struct iovec iov[] = {
		{ &virtio, sizeof(virtio) },
		{ header, put_header(packet, len, header) },
		{ message, len },
	};
	uint16_t sum;

	if (packet->family == AF_INET6) {
		/* Of an ICMPv6 message the checksum covers the addresses, too (RFC 4443). */
		memset(message + 2, 0, 2);
		sum = ipudp_sum_fold(
			ipudp_sum(message, len, ipudp_sum_pseudo(header, IPPROTO_ICMPV6, len)));
		memcpy(message + 2, &sum, sizeof(sum));
	}
	/* If it is lost, so would be one that somebody else sent. */
	if (writev(device->queues[worker->index % worker->home->n_workers].fd, iov, 3) < 0)
		return;
}

/* Whether an answer can come from where a packet was to go. */
static bool may_answer(const struct ipudp_packet *packet, const union ipudp_ip *to)
{
	return packet->family == AF_INET ?
		       ntohl(to->v4) >> 28 < 14 && to->v4 :
		       !IN6_IS_ADDR_MULTICAST(&to->v6) && !IN6_IS_ADDR_UNSPECIFIED(&to->v6);
}

static void tell(struct ipudp_worker *worker, const struct ipudp_device *device,
		 const struct ipudp_packet *packet, uint8_t type, uint8_t code, uint32_t word)
{
	bool v4 = packet->family == AF_INET;
	size_t quote = v4 ? QUOTE_V4 : QUOTE_V6;
	uint8_t message[8 + QUOTE_V6] = { type, code };
	union ipudp_ip from, to;
	uint16_t sum;

	if (!lvn_ratelimit_take(&worker->icmp_limit, worker->now_ms))
		return;
	if (quote > packet->len)
		quote = packet->len;
	word = htonl(word);
	memcpy(message + 4, &word, sizeof(word));
	memcpy(message + 8, packet->data, quote);
	if (v4) {
		sum = ipudp_sum_fold(ipudp_sum(message, 8 + quote, 0));
		memcpy(message + 2, &sum, sizeof(sum));
	}
	ipudp_ip_load(&from, packet->family, packet->data + (v4 ? 12 : 8));
	ipudp_ip_load(&to, packet->family, packet->data + (v4 ? 16 : 24));
	if (may_answer(packet, &to) &&
	    ipudp_route_takes(worker, device, &to, &from, packet->family))
		send_inside(worker, device, packet, message, 8 + quote);
	else
		send_raw(worker, device, packet, message, 8 + quote);
}

void ipudp_icmp_too_big(struct ipudp_worker *worker, const struct ipudp_device *device,
			const struct ipudp_packet *packet, unsigned int mtu)
{
	if (packet->family == AF_INET6 && may_tell6(packet, true))
		tell(worker, device, packet, ICMP6_PACKET_TOO_BIG, 0, mtu);
	else if (packet->family == AF_INET && may_tell4(packet))
		tell(worker, device, packet, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, mtu);
}

void ipudp_icmp_unreachable(struct ipudp_worker *worker, const struct ipudp_device *device,
			    const struct ipudp_packet *packet)
{
	if (packet->family == AF_INET6 && may_tell6(packet, false))
		tell(worker, device, packet, ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_ADDR, 0);
	else if (packet->family == AF_INET && may_tell4(packet))
		tell(worker, device, packet, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
}
