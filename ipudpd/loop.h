/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control thread: requests, news, timers, and the packets that reach it. */
#ifndef _IPUDPD_LOOP_H
#define _IPUDPD_LOOP_H

#include <stdbool.h>

struct ipudpd_home;

/**
 * struct ipudpd_loop_config - how it runs
 * @listen_fd: listening socket, taken over
 * @signal_fd: signalfd of those that end it
 * @linger_ms: end after so long without objects and clients, 0 for never
 */
struct ipudpd_loop_config {
	int listen_fd;
	int signal_fd;
	unsigned int linger_ms;
};

/** ipudpd_loop_run() - serve until a signal comes; 0 or a negative errno */
int ipudpd_loop_run(struct ipudpd_home *home, const struct ipudpd_loop_config *config);

#endif
