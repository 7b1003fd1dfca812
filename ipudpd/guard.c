// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guard. It has no log but syslog, since the daemon's terminal is gone, and no end of patience:
 * what a dead daemon served are devices that somebody counts on.
 */

#include "guard.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/log.h"

/* A child that lived so long is started again at once. */
#define SETTLED_MS 10000
/* After others there is a pause, twice as long each time. */
#define PAUSE_LEAST_MS 100
#define PAUSE_MOST_MS 5000

/**
 * struct guard - the parent
 * @signals: that it waits for, and has blocked
 * @before: those that were blocked before
 * @pause_ms: before the next child
 */
struct guard {
	sigset_t signals;
	sigset_t before;
	unsigned int pause_ms;
};

static bool tells_to_end(int signal)
{
	return signal == SIGTERM || signal == SIGINT;
}

/* Wait until the child has ended; tell it to if we are told. */
static int watch(const struct guard *guard, pid_t child)
{
	int status, signal;

	for (;;) {
		signal = sigwaitinfo(&guard->signals, NULL);
		if (tells_to_end(signal))
			kill(child, SIGTERM);
		if (waitpid(child, &status, WNOHANG) == child)
			return status;
	}
}

static void end_if_child_did(int status)
{
	if (WIFEXITED(status))
		exit(WEXITSTATUS(status));
	if (WIFSIGNALED(status) && tells_to_end(WTERMSIG(status)))
		exit(EXIT_SUCCESS);
}

static void pause_before_next(struct guard *guard, uint64_t lived_ms)
{
	uint64_t now = lvn_clock_ms(), end;

	if (lived_ms >= SETTLED_MS) {
		guard->pause_ms = 0;
		return;
	}
	for (end = now + guard->pause_ms; now < end; now = lvn_clock_ms()) {
		const struct timespec left = {
			.tv_sec = (end - now) / 1000,
			.tv_nsec = (end - now) % 1000 * 1000000,
		};

		if (tells_to_end(sigtimedwait(&guard->signals, NULL, &left)))
			exit(EXIT_SUCCESS);
	}
	guard->pause_ms = guard->pause_ms ? 2 * guard->pause_ms : PAUSE_LEAST_MS;
	if (guard->pause_ms > PAUSE_MOST_MS)
		guard->pause_ms = PAUSE_MOST_MS;
}

/* Return: 0 in a child, else how it ended. */
static int run_child(struct guard *guard, bool *is_child)
{
	uint64_t born = lvn_clock_ms();
	pid_t child = fork();
	int status;

	*is_child = !child;
	if (child < 0)
		return -errno;
	if (!child) {
		prctl(PR_SET_NAME, "ipudpd");
		return sigprocmask(SIG_SETMASK, &guard->before, NULL) ? -errno : 0;
	}
	/* So that ps(1) tells them apart, and who looks for the daemon by name finds one. */
	prctl(PR_SET_NAME, "ipudpd-guard");
	status = watch(guard, child);
	end_if_child_did(status);
	syslog(LOG_DAEMON | LOG_WARNING, "ipudpd: killed by signal %d, starting again",
	       WTERMSIG(status));
	pause_before_next(guard, lvn_clock_ms() - born);
	return 0;
}

int ipudp_guard_start(void)
{
	struct guard guard = { .pause_ms = 0 };
	bool is_child = false, is_first = true;
	int ret = 0;

	/* Who started us may have ignored it, which is inherited. */
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&guard.signals);
	sigaddset(&guard.signals, SIGCHLD);
	sigaddset(&guard.signals, SIGTERM);
	sigaddset(&guard.signals, SIGINT);
	if (sigprocmask(SIG_BLOCK, &guard.signals, &guard.before))
		return -errno;
	while (!is_child) {
		ret = run_child(&guard, &is_child);
		if (ret && is_first)
			return ret;
		/* No memory for another process, at the moment. */
		if (ret && !is_child)
			pause_before_next(&guard, 0);
		is_first = false;
	}
	return ret;
}
