/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Timers of the control thread: a heap. */
#ifndef _IPUDPD_TIMER_H
#define _IPUDPD_TIMER_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct ipudpd_timer - one timer
 * @due_ms: when, by ipudpd_clock_ms()
 * @place: in the heap, from 1; 0 while it is not running
 * @fn: called when it is due; it is not running then
 */
struct ipudpd_timer {
	uint64_t due_ms;
	size_t place;
	void (*fn)(struct ipudpd_timer *timer);
};

/**
 * struct ipudpd_timers - all that run
 * @heap: the first is the next due
 * @count: how many
 * @size: for how many there is room
 */
struct ipudpd_timers {
	struct ipudpd_timer **heap;
	size_t count;
	size_t size;
};

/** ipudpd_timer_reserve() - make room for one more timer than run; 0 or -ENOMEM */
int ipudpd_timer_reserve(struct ipudpd_timers *timers);

/** ipudpd_timer_start() - start it, or have it go off at another time; there must be room */
void ipudpd_timer_start(struct ipudpd_timers *timers, struct ipudpd_timer *timer, uint64_t due_ms);

/** ipudpd_timer_stop() - stop it if it runs */
void ipudpd_timer_stop(struct ipudpd_timers *timers, struct ipudpd_timer *timer);

/** ipudpd_timers_run() - call those that are due. Return: ms until the next, -1 if there is none */
int ipudpd_timers_run(struct ipudpd_timers *timers);

#endif
