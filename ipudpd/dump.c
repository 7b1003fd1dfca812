// SPDX-License-Identifier: GPL-2.0-or-later
/* Lists that the kernel has, by netlink. */

#include "dump.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

/* How often a list that changes under our eyes is begun anew. */
#define TRIES 20

/* Read one list. Return: 0, -EINTR if it changed meanwhile, or another negative errno. */
static int read_list(int fd, uint32_t seq, void (*fn)(const struct nlmsghdr *nlh, void *arg),
		     void *arg)
{
	static char buffer[65536] __attribute__((aligned(8)));
	bool changed = false;

	for (;;) {
		const struct nlmsghdr *nlh = (const void *)buffer;
		ssize_t got = recv(fd, buffer, sizeof(buffer), 0);
		unsigned int len = (unsigned int)got;

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got ? -errno : -EIO;
		for (; NLMSG_OK(nlh, len); nlh = NLMSG_NEXT(nlh, len)) {
			if (nlh->nlmsg_seq != seq)
				continue;
			changed |= nlh->nlmsg_flags & NLM_F_DUMP_INTR;
			if (nlh->nlmsg_type == NLMSG_ERROR)
				return ((const struct nlmsgerr *)NLMSG_DATA(nlh))->error;
			if (nlh->nlmsg_type == NLMSG_DONE)
				return changed ? -EINTR : 0;
			fn(nlh, arg);
		}
	}
}

int ipudp_dump(int protocol, uint16_t type, const void *payload, uint32_t len,
	       void (*begin)(void *arg), void (*fn)(const struct nlmsghdr *nlh, void *arg),
	       void *arg)
{
	/* The kernel answers at once; this is only in case that an answer is lost. */
	const struct timeval patience = { .tv_sec = 1 };
	struct {
		struct nlmsghdr nlh;
		char payload[64];
	} request = {
		.nlh = {
			.nlmsg_len = NLMSG_LENGTH(len),
			.nlmsg_type = type,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol), ret = -EINTR, try;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	memcpy(request.payload, payload, len);
	for (try = 0; try < TRIES && ret == -EINTR; try++) {
		begin(arg);
		request.nlh.nlmsg_seq++;
		if (send(fd, &request, request.nlh.nlmsg_len, 0) < 0)
			ret = -errno;
		else
			ret = read_list(fd, request.nlh.nlmsg_seq, fn, arg);
	}
	close(fd);
	return ret;
}
