/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control thread: requests, news, timers, and the packets that reach it. */
#ifndef _IPUDP_LOOP_H
#define _IPUDP_LOOP_H

#include <stdbool.h>

struct ipudp_home;

/**
 * struct ipudp_loop_config - how it runs
 * @listen_fd: listening socket, taken over
 * @signal_fd: signalfd of those that end it
 * @linger_ms: end after so long without objects and clients, 0 for never
 */
struct ipudp_loop_config {
	int listen_fd;
	int signal_fd;
	unsigned int linger_ms;
};

/** ipudp_loop_run() - serve until a signal comes; 0 or a negative errno */
int ipudp_loop_run(struct ipudp_home *home, const struct ipudp_loop_config *config);

#endif
