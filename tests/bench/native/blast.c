// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Small packets and round trips over UDP, for the benchmarks.
 *
 *	blast send ADDRESS PORT SECONDS SIZE	as many datagrams as go; prints how many
 *	blast sink PORT SECONDS			prints datagrams received, and the seconds between the
 *						first and the last
 *	blast echo PORT				sends back what comes, until it is killed
 *	blast trip ADDRESS PORT COUNT SIZE	prints the median of so many round trips, in us
 */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 64
#define MAX_SIZE 2048

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int open_socket(const char *address, const char *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), buffer = 4 << 20;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer));
	if (!address)
		return bind(fd, (struct sockaddr *)&to, sizeof(to)) ? -1 : fd;
	if (inet_pton(AF_INET, address, &to.sin_addr) != 1)
		return -1;
	return connect(fd, (struct sockaddr *)&to, sizeof(to)) ? -1 : fd;
}

static void fill(struct mmsghdr messages[BATCH], struct iovec parts[BATCH], char *data, size_t size)
{
	int i;

	memset(messages, 0, BATCH * sizeof(*messages));
	for (i = 0; i < BATCH; i++) {
		parts[i].iov_base = data + (size_t)i * MAX_SIZE;
		parts[i].iov_len = size;
		messages[i].msg_hdr.msg_iov = &parts[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
}

static int do_send(int fd, double seconds, size_t size)
{
	static char data[BATCH * MAX_SIZE];
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH];
	double end = now() + seconds;
	long sent = 0;
	int ret;

	fill(messages, parts, data, size);
	while (now() < end) {
		ret = sendmmsg(fd, messages, BATCH, 0);
		if (ret > 0)
			sent += ret;
		else if (errno != ENOBUFS && errno != ECONNREFUSED && errno != EAGAIN)
			return 1;
	}
	printf("%ld\n", sent);
	return 0;
}

static int do_sink(int fd, double seconds)
{
	static char data[BATCH * MAX_SIZE];
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH];
	double end = now() + seconds, first = 0, last = 0;
	const struct timespec pause = { .tv_nsec = 500000 };
	long received = 0;
	int ret;

	fill(messages, parts, data, MAX_SIZE);
	printf("ready\n");
	fflush(stdout);
	while (now() < end) {
		ret = recvmmsg(fd, messages, BATCH, MSG_DONTWAIT, NULL);
		if (ret <= 0) {
			/*
			 * Not asleep on the socket: waking somebody up for each datagram costs
			 * the machine more than a tunnel does.
			 */
			nanosleep(&pause, NULL);
			continue;
		}
		last = now();
		if (!received)
			first = last;
		received += ret;
	}
	printf("%ld %.6f\n", received, last - first);
	return 0;
}

static int do_echo(int fd)
{
	struct sockaddr_storage from;
	char data[MAX_SIZE];
	socklen_t len;
	ssize_t ret;

	printf("ready\n");
	fflush(stdout);
	for (;;) {
		len = sizeof(from);
		ret = recvfrom(fd, data, sizeof(data), 0, (struct sockaddr *)&from, &len);
		if (ret >= 0 && sendto(fd, data, (size_t)ret, 0, (struct sockaddr *)&from, len) < 0)
			return 1;
	}
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static int do_trip(int fd, int count, size_t size)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };
	double *times = calloc((size_t)count, sizeof(*times));
	char data[MAX_SIZE] = {};
	int i, n = 0;

	if (!times)
		return 1;
	for (i = 0; i < count; i++) {
		double start = now();

		if (send(fd, data, size, 0) < 0 || poll(&poller, 1, 100) <= 0 ||
		    recv(fd, data, sizeof(data), 0) < 0)
			continue;
		times[n++] = now() - start;
	}
	qsort(times, (size_t)n, sizeof(*times), compare);
	printf("%.2f\n", n ? times[n / 2] * 1e6 : -1.0);
	free(times);
	return 0;
}

int main(int argc, char *argv[])
{
	const char *what = argc > 1 ? argv[1] : "";
	bool client = !strcmp(what, "send") || !strcmp(what, "trip");
	int fd, ret = 2;

	if (argc < (client ? 6 : 3))
		return 2;
	fd = client ? open_socket(argv[2], argv[3]) : open_socket(NULL, argv[2]);
	if (fd < 0) {
		perror("blast");
		return 1;
	}
	if (!strcmp(what, "send"))
		ret = do_send(fd, atof(argv[4]), (size_t)atoi(argv[5]));
	else if (!strcmp(what, "sink") && argc > 3)
		ret = do_sink(fd, atof(argv[3]));
	else if (!strcmp(what, "echo"))
		ret = do_echo(fd);
	else if (!strcmp(what, "trip"))
		ret = do_trip(fd, atoi(argv[4]), (size_t)atoi(argv[5]));
	close(fd);
	return ret;
}
