// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The helper process of a question, and reading what it found.
 */
#include "spoke/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <event2/event.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "lib/base/addr.h"
#include "lib/base/cleanup.h"

/**
 * struct answer - what the helper writes, at once
 * @error: negative errno or 0
 * @n: number of @endpoints
 * @endpoints: what it found
 */
struct answer {
	int32_t error;
	uint32_t n;
	struct lvn_endpoint endpoints[LVN_RESOLVE_MAX];
};

/**
 * struct lvn_resolve - a question
 * @event: the pipe from the helper, with the timeout
 * @fd: that pipe, -1 if there is no helper
 * @pid: the helper
 * @fn: whom to tell
 * @arg: for @fn
 * @answer: what was read so far
 * @got: bytes of it
 */
struct lvn_resolve {
	struct event *event;
	int fd;
	pid_t pid;
	lvn_resolve_fn *fn;
	void *arg;
	struct answer answer;
	size_t got;
};

void lvn_resolve_interleave(struct lvn_endpoint *endpoints, unsigned int n)
{
	struct lvn_endpoint moved;

	for (unsigned int i = 1; i < n; i++) {
		unsigned int j = i;

		while (j < n && endpoints[j].addr.family == endpoints[i - 1].addr.family)
			j++;
		if (j == n)
			return;
		moved = endpoints[j];
		memmove(&endpoints[i + 1], &endpoints[i], (j - i) * sizeof(moved));
		endpoints[i] = moved;
	}
}

static int error_of(int gai)
{
	switch (gai) {
	case EAI_NONAME:
#ifdef EAI_NODATA
	case EAI_NODATA:
#endif
		return -ENOENT;
	case EAI_AGAIN:
		return -EAGAIN;
	case EAI_MEMORY:
		return -ENOMEM;
	case EAI_SYSTEM:
		return errno ? -errno : -EIO;
	default:
		return -EIO;
	}
}

static void look_up(const char *host, uint16_t port, int flags, struct answer *answer)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = flags };
	struct addrinfo *found = NULL;
	int gai;

	memset(answer, 0, sizeof(*answer));
	gai = getaddrinfo(host, NULL, &hints, &found);
	if (gai) {
		answer->error = error_of(gai);
		return;
	}
	for (struct addrinfo *ai = found; ai && answer->n < LVN_RESOLVE_MAX; ai = ai->ai_next) {
		struct lvn_endpoint *endpoint = &answer->endpoints[answer->n];

		if (lvn_endpoint_from_sockaddr(ai->ai_addr, endpoint))
			continue;
		endpoint->port = port;
		answer->n++;
	}
	freeaddrinfo(found);
	if (!answer->n)
		answer->error = -ENOENT;
	lvn_resolve_interleave(answer->endpoints, answer->n);
}

static void __attribute__((noreturn)) helper(int fd, const char *host, uint16_t port, pid_t parent)
{
	struct answer answer;
	sigset_t none;

	/* Not to outlive the agent, nor to take its signals for ours. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	look_up(host, port, 0, &answer);
	_exit(write(fd, &answer, sizeof(answer)) != sizeof(answer));
}

static void finish(struct lvn_resolve *resolve, int error)
{
	struct answer answer = resolve->answer;
	lvn_resolve_fn *fn = resolve->fn;
	void *arg = resolve->arg;

	lvn_resolve_cancel(resolve);
	if (!error && (answer.n < 1 || answer.n > LVN_RESOLVE_MAX))
		error = -EBADMSG;
	fn(arg, error, error ? NULL : answer.endpoints, error ? 0 : answer.n);
}

static void on_answer(evutil_socket_t fd, short what, void *arg)
{
	struct lvn_resolve *resolve = arg;
	ssize_t len;

	if (resolve->fd < 0) {
		finish(resolve, resolve->answer.error);
		return;
	}
	if (what & EV_TIMEOUT) {
		finish(resolve, -ETIMEDOUT);
		return;
	}
	len = read(fd, (char *)&resolve->answer + resolve->got,
		   sizeof(resolve->answer) - resolve->got);
	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (len <= 0) {
		finish(resolve, len < 0 ? -errno : -ECHILD);
		return;
	}
	resolve->got += (size_t)len;
	if (resolve->got == sizeof(resolve->answer))
		finish(resolve, resolve->answer.error);
}

static int start_helper(struct lvn_resolve *resolve, const char *host, uint16_t port)
{
	_cleanup_close_ int reader = -1;
	_cleanup_close_ int writer = -1;
	pid_t parent = getpid();
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	reader = fds[0];
	writer = fds[1];
	evutil_make_socket_nonblocking(reader);
	resolve->pid = fork();
	if (resolve->pid < 0)
		return -errno;
	if (!resolve->pid)
		helper(writer, host, port, parent);
	resolve->fd = TAKE_FD(reader);
	return 0;
}

int lvn_resolve_start(struct event_base *base, const char *host, uint16_t port, uint32_t timeout_ms,
		      lvn_resolve_fn *fn, void *arg, struct lvn_resolve **ret_resolve)
{
	struct timeval timeout = { timeout_ms / 1000, (timeout_ms % 1000) * 1000 };
	struct lvn_resolve *resolve;
	int ret = 0;

	resolve = calloc(1, sizeof(*resolve));
	if (!resolve)
		return -ENOMEM;
	resolve->fd = -1;
	resolve->pid = -1;
	resolve->fn = fn;
	resolve->arg = arg;
	look_up(host, port, AI_NUMERICHOST, &resolve->answer);
	if (resolve->answer.error == -ENOENT)
		ret = start_helper(resolve, host, port);
	if (!ret) {
		resolve->event = event_new(base, resolve->fd,
					   resolve->fd < 0 ? 0 : EV_READ | EV_PERSIST, on_answer,
					   resolve);
		if (!resolve->event)
			ret = -ENOMEM;
	}
	if (ret) {
		lvn_resolve_cancel(resolve);
		return ret;
	}
	event_add(resolve->event, &timeout);
	if (resolve->fd < 0)
		event_active(resolve->event, EV_TIMEOUT, 0);
	*ret_resolve = resolve;
	return 0;
}

void lvn_resolve_cancel(struct lvn_resolve *resolve)
{
	if (!resolve)
		return;
	if (resolve->event)
		event_free(resolve->event);
	if (resolve->fd >= 0)
		close(resolve->fd);
	if (resolve->pid > 0) {
		/* It is killed, so that waiting for it takes no time. */
		kill(resolve->pid, SIGKILL);
		while (waitpid(resolve->pid, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
	free(resolve);
}
