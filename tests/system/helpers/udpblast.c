// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sends the same datagram many times from one port, as fast as it goes, many a system call.
 *
 *   udpblast ADDRESS PORT COUNT HEX [SOURCE-PORT]
 *
 * Prints how many were sent. COUNT 0 sends until it is killed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH 64

static socklen_t make_address(const char *text, uint16_t port, struct sockaddr_storage *ret)
{
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)ret;
	struct sockaddr_in *four = (struct sockaddr_in *)ret;

	memset(ret, 0, sizeof(*ret));
	if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons(port);
		return sizeof(*four);
	}
	if (inet_pton(AF_INET6, text, &six->sin6_addr) == 1) {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons(port);
		return sizeof(*six);
	}
	return 0;
}

static int open_socket(const char *text, uint16_t port, uint16_t source)
{
	struct sockaddr_storage to, from = {};
	socklen_t len;
	int fd;

	len = make_address(text, port, &to);
	if (!len)
		return -EINVAL;
	fd = socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	from.ss_family = to.ss_family;
	((struct sockaddr_in *)&from)->sin_port = htons(source);
	if (bind(fd, (struct sockaddr *)&from, len) < 0 ||
	    connect(fd, (struct sockaddr *)&to, len) < 0) {
		int error = -errno;

		close(fd);
		return error;
	}
	return fd;
}

static uint64_t blast(int fd, uint64_t count, struct iovec *payload)
{
	struct mmsghdr messages[BATCH] = {};
	uint64_t sent = 0;

	for (size_t i = 0; i < BATCH; i++) {
		messages[i].msg_hdr.msg_iov = payload;
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	while (!count || sent < count) {
		uint64_t left = count ? count - sent : BATCH;
		int r = sendmmsg(fd, messages, left < BATCH ? (unsigned int)left : BATCH, 0);

		/* a full queue and a refusal by the peer's ICMP pass */
		if (r > 0)
			sent += (uint64_t)r;
		else if (errno != ENOBUFS && errno != ECONNREFUSED && errno != EAGAIN)
			break;
	}
	return sent;
}

int main(int argc, char *argv[])
{
	uint8_t payload[2048];
	struct iovec iov = { .iov_base = payload };
	int fd;

	if (argc < 5) {
		fprintf(stderr, "usage: udpblast ADDRESS PORT COUNT HEX [SOURCE-PORT]\n");
		return 2;
	}
	for (const char *p = argv[4]; p[0] && p[1] && iov.iov_len < sizeof(payload); p += 2) {
		if (sscanf(p, "%2hhx", &payload[iov.iov_len++]) != 1)
			return 2;
	}
	fd = open_socket(argv[1], (uint16_t)atoi(argv[2]), argc > 5 ? (uint16_t)atoi(argv[5]) : 0);
	if (fd < 0) {
		fprintf(stderr, "udpblast: %s\n", strerror(-fd));
		return 1;
	}
	printf("sending\n");
	fflush(stdout);
	printf("sent %llu\n", (unsigned long long)blast(fd, strtoull(argv[3], NULL, 0), &iov));
	close(fd);
	return 0;
}
