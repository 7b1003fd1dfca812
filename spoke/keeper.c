// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The process, and how it is asked: the name of a file in, an errno and a descriptor out.
 */
#include "spoke/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <cap-ng.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "spoke/privilege.h"
#include "spoke/tls.h"

#define ANSWER_S 5

static int drop(const struct lvn_user *user)
{
	capng_clear(CAPNG_SELECT_BOTH);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_DAC_READ_SEARCH) ||
	    capng_change_id((int)user->uid, (int)user->gid,
			    CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING))
		return -EPERM;
	/* Who becomes the spoke's user must not get at this right. */
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ? -errno : 0;
}

static bool is_named(const struct lvn_tls_files *files, const char *file)
{
	const char *const names[] = { files->identity, files->cert, files->key, files->ca,
				      files->crl };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i] && !strcmp(names[i], file))
			return true;
	return false;
}

static int open_file(const struct lvn_tls_files *files, const char *file)
{
	struct stat status;
	int fd;

	if (!is_named(files, file))
		return -EACCES;
	fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (!fstat(fd, &status) && S_ISREG(status.st_mode))
		return fd;
	close(fd);
	return -EINVAL;
}

/* @fd goes along unless it is negative, and is an errno then. */
static int answer(int sock, int fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .space = { 0 } };
	int error = fd < 0 ? fd : 0;
	struct iovec iov = { &error, sizeof(error) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (fd >= 0) {
		msg.msg_control = control.space;
		msg.msg_controllen = sizeof(control.space);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	}
	return sendmsg(sock, &msg, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static void __attribute__((noreturn))
keep(int sock, const struct lvn_tls_files *files, const struct lvn_user *user, pid_t parent)
{
	char file[PATH_MAX];
	ssize_t len;
	int null;

	if (sock > 3)
		close_range(3, (unsigned int)sock - 1, 0);
	close_range((unsigned int)sock + 1, ~0u, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || drop(user))
		_exit(1);
	/* The capability's change cleared it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	/* Whoever waits for the end of the spoke's output does not wait for this. */
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; fd < 3 && null >= 0; fd++)
		dup2(null, fd);
	while ((len = recv(sock, file, sizeof(file) - 1, 0)) > 0) {
		int fd;

		file[len] = '\0';
		fd = open_file(files, file);
		if (answer(sock, fd))
			break;
		if (fd >= 0)
			close(fd);
	}
	_exit(0);
}

int lvn_keeper_start(const struct lvn_tls_files *files, const struct lvn_user *user, int *ret_fd)
{
	const struct timeval limit = { .tv_sec = ANSWER_S };
	pid_t parent = getpid();
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	pid = fork();
	if (pid < 0) {
		int ret = -errno;

		close(pair[0]);
		close(pair[1]);
		return ret;
	}
	if (!pid) {
		close(pair[0]);
		keep(pair[1], files, user, parent);
	}
	close(pair[1]);
	setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	*ret_fd = pair[0];
	return 0;
}

int lvn_keeper_open(int fd, const char *file)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	int error = -EIO, opened;
	struct iovec iov = { &error, sizeof(error) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control.space,
			      .msg_controllen = sizeof(control.space) };

	if (send(fd, file, strlen(file), MSG_NOSIGNAL) < 0 ||
	    recvmsg(fd, &msg, MSG_CMSG_CLOEXEC) != sizeof(error))
		return -EACCES;
	if (error)
		return error < 0 ? error : -EIO;
	if (msg.msg_controllen < CMSG_LEN(sizeof(int)) || control.header.cmsg_type != SCM_RIGHTS)
		return -EIO;
	memcpy(&opened, CMSG_DATA(&control.header), sizeof(opened));
	return opened;
}
