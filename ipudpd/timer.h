/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Timers of the control thread: a heap. */
#ifndef _IPUDP_TIMER_H
#define _IPUDP_TIMER_H

#include <stdint.h>

/**
 * struct ipudp_timer - one timer; all zero but @fn at first
 * @due_ms: when, by ipudp_clock_ms()
 * @child: the first of those that are due later and hang at it
 * @next: the next of those that hang where it does
 * @link: what points to it, NULL while it is not running
 * @fn: called when it is due; it is not running then
 */
struct ipudp_timer {
	uint64_t due_ms;
	struct ipudp_timer *child;
	struct ipudp_timer *next;
	struct ipudp_timer **link;
	void (*fn)(struct ipudp_timer *timer);
};

/**
 * struct ipudp_timers - all that run
 * @root: the next due, NULL if there is none
 */
struct ipudp_timers {
	struct ipudp_timer *root;
};

/** ipudp_timer_start() - start it, or have it go off at another time */
void ipudp_timer_start(struct ipudp_timers *timers, struct ipudp_timer *timer, uint64_t due_ms);

/** ipudp_timer_stop() - stop it if it runs */
void ipudp_timer_stop(struct ipudp_timers *timers, struct ipudp_timer *timer);

/** ipudp_timers_run() - call those that are due. Return: ms until the next, -1 if there is none */
int ipudp_timers_run(struct ipudp_timers *timers);

#endif
