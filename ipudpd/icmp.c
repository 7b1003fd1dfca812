// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ICMP errors to inner senders, by raw sockets, so that the kernel chooses route and source address
 * as for errors of its own.
 */

#include "icmp.h"

#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "addr.h"
#include "device.h"
#include "packet.h"
#include "worker.h"

/* What is quoted: the error is to be no larger than 576 (RFC 1812) and 1280 bytes (RFC 4443). */
#define QUOTE_V4 (576 - 28)
#define QUOTE_V6 (1280 - 48)

#define TOS_CONTROL 0xc0

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

static int socket_of(struct ipudpd_worker *worker, uint16_t family)
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
static bool may_tell4(const struct ipudpd_packet *packet)
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
static bool may_tell6(const struct ipudpd_packet *packet, bool too_big)
{
	const struct in6_addr *source = (const void *)(packet->data + 8);
	const struct in6_addr *destination = (const void *)(packet->data + 24);

	if (IN6_IS_ADDR_UNSPECIFIED(source) || IN6_IS_ADDR_MULTICAST(source) ||
	    (IN6_IS_ADDR_MULTICAST(destination) && !too_big))
		return false;
	/* Types below 128 are errors. */
	return packet->data[6] != IPPROTO_ICMPV6 || packet->len < 48 || packet->data[40] >= 128;
}

static void tell(struct ipudpd_worker *worker, const struct ipudpd_device *device,
		 const struct ipudpd_packet *packet, uint8_t type, uint8_t code, uint32_t word)
{
	bool v4 = packet->family == AF_INET;
	size_t quote = v4 ? QUOTE_V4 : QUOTE_V6;
	uint8_t message[8 + QUOTE_V6] = { type, code };
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6 };
	int fd = socket_of(worker, packet->family);
	uint16_t sum;

	if (fd < 0 || !lvn_ratelimit_take(&worker->icmp_limit, worker->now_ms))
		return;
	if (quote > packet->len)
		quote = packet->len;
	word = htonl(word);
	memcpy(message + 4, &word, sizeof(word));
	memcpy(message + 8, packet->data, quote);
	if (v4) {
		sum = ipudpd_sum_fold(ipudpd_sum(message, 8 + quote, 0));
		memcpy(message + 2, &sum, sizeof(sum));
		memcpy(&sin.sin_addr, packet->data + 12, 4);
		sendto(fd, message, 8 + quote, MSG_DONTWAIT, (struct sockaddr *)&sin, sizeof(sin));
		return;
	}
	memcpy(&sin6.sin6_addr, packet->data + 8, 16);
	if (IN6_IS_ADDR_LINKLOCAL(&sin6.sin6_addr))
		sin6.sin6_scope_id = device->ifindex;
	sendto(fd, message, 8 + quote, MSG_DONTWAIT, (struct sockaddr *)&sin6, sizeof(sin6));
}

void ipudpd_icmp_too_big(struct ipudpd_worker *worker, const struct ipudpd_device *device,
			 const struct ipudpd_packet *packet, unsigned int mtu)
{
	if (packet->family == AF_INET6 && may_tell6(packet, true))
		tell(worker, device, packet, ICMP6_PACKET_TOO_BIG, 0, mtu);
	else if (packet->family == AF_INET && may_tell4(packet))
		tell(worker, device, packet, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, mtu);
}

void ipudpd_icmp_unreachable(struct ipudpd_worker *worker, const struct ipudpd_device *device,
			     const struct ipudpd_packet *packet)
{
	if (packet->family == AF_INET6 && may_tell6(packet, false))
		tell(worker, device, packet, ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_ADDR, 0);
	else if (packet->family == AF_INET && may_tell4(packet))
		tell(worker, device, packet, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
}
