// SPDX-License-Identifier: GPL-2.0-or-later
/* Proofs by netlink. No descriptor is passed, and what /proc says of a process does not matter. */

#include "proof.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

int ipudp_proof_open(uint32_t *ret_portid)
{
	struct sockaddr_nl local = { .nl_family = AF_NETLINK };
	socklen_t len = sizeof(local);
	/* Of this protocol every kernel has, and user space may be spoken to by administrators only. */
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&local, sizeof(local)) ||
	    getsockname(fd, (struct sockaddr *)&local, &len)) {
		int ret = -errno;

		close(fd);
		return ret;
	}
	*ret_portid = local.nl_pid;
	return fd;
}

bool ipudp_proof_secret(uint8_t secret[static IPUDP_SECRET_SIZE])
{
	return getrandom(secret, IPUDP_SECRET_SIZE, GRND_NONBLOCK) == IPUDP_SECRET_SIZE;
}

bool ipudp_proof_read(int fd, uint8_t secret[static IPUDP_SECRET_SIZE])
{
	struct {
		struct nlmsghdr nlh;
		uint8_t secret[IPUDP_SECRET_SIZE];
	} message;
	struct sockaddr_nl from;
	struct iovec iov = { &message, sizeof(message) };
	ssize_t len;

	for (;;) {
		struct msghdr msg = {
			.msg_name = &from,
			.msg_namelen = sizeof(from),
			.msg_iov = &iov,
			.msg_iovlen = 1,
		};

		len = recvmsg(fd, &msg, MSG_DONTWAIT);
		/* What the kernel lost, senders were told of. */
		if (len < 0 && (errno == ENOBUFS || errno == EINTR))
			continue;
		if (len < 0)
			return false;
		/* The kernel itself, which has no number, answers questions that nobody asked here. */
		if (!from.nl_pid || len != (ssize_t)sizeof(message))
			continue;
		memcpy(secret, message.secret, IPUDP_SECRET_SIZE);
		return true;
	}
}
