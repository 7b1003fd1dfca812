// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One TCP stream from one network namespace to another: print the nanoseconds that a number of
 * bytes took, from the first write to the last read. Some bytes before it, to open the windows,
 * do not count. Nothing is looked at or written to disk in between.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PORT 5201
#define WARM_BYTES (4 << 20)

static char buffer[128 << 10];

static void enter(const char *name)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err(1, "%s", path);
	close(fd);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

static void take(int fd, size_t bytes)
{
	while (bytes) {
		ssize_t n = read(fd, buffer, bytes < sizeof(buffer) ? bytes : sizeof(buffer));

		if (n <= 0)
			err(1, "read");
		bytes -= n;
	}
}

static void give(int fd, size_t bytes)
{
	while (bytes) {
		ssize_t n = write(fd, buffer, bytes < sizeof(buffer) ? bytes : sizeof(buffer));

		if (n <= 0)
			err(1, "write");
		bytes -= n;
	}
}

/* Say after the warm-up that it may begin, and at the end when that was. */
static void receive(int listening, size_t bytes)
{
	int fd = accept(listening, NULL, NULL);
	uint64_t end_ns;

	if (fd < 0)
		err(1, "accept");
	take(fd, WARM_BYTES);
	if (write(fd, "", 1) != 1)
		err(1, "write");
	take(fd, bytes);
	end_ns = now_ns();
	if (write(fd, &end_ns, sizeof(end_ns)) != sizeof(end_ns))
		err(1, "write");
}

static uint64_t send_all(const struct sockaddr_in *to, size_t bytes)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint64_t start_ns, end_ns;
	char go;

	if (fd < 0 || connect(fd, (const struct sockaddr *)to, sizeof(*to)))
		err(1, "connect");
	give(fd, WARM_BYTES);
	if (read(fd, &go, 1) != 1)
		err(1, "read");
	start_ns = now_ns();
	give(fd, bytes);
	if (recv(fd, &end_ns, sizeof(end_ns), MSG_WAITALL) != sizeof(end_ns))
		err(1, "read");
	close(fd);
	return end_ns - start_ns;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int listening, one = 1, status;
	size_t bytes;
	pid_t child;

	if (argc != 5 || inet_pton(AF_INET, argv[3], &to.sin_addr) != 1)
		errx(2, "usage: stream SENDER-NETNS RECEIVER-NETNS ADDRESS BYTES");
	bytes = strtoull(argv[4], NULL, 10);
	enter(argv[2]);
	listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listening, (struct sockaddr *)&to, sizeof(to)) || listen(listening, 1))
		err(1, "%s", argv[3]);
	child = fork();
	if (!child) {
		receive(listening, bytes);
		return 0;
	}
	enter(argv[1]);
	printf("%llu\n", (unsigned long long)send_all(&to, bytes));
	waitpid(child, &status, 0);
	return !!status;
}
