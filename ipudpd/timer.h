/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Timers of the control thread: a heap. */
#ifndef _IPUDP_TIMER_H
#define _IPUDP_TIMER_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct ipudp_timer - one timer
 * @due_ms: when, by ipudp_clock_ms()
 * @place: in the heap, from 1; 0 while it is not running
 * @fn: called when it is due; it is not running then
 */
struct ipudp_timer {
	uint64_t due_ms;
	size_t place;
	void (*fn)(struct ipudp_timer *timer);
};

/**
 * struct ipudp_timers - all that run
 * @heap: the first is the next due
 * @count: how many
 * @size: for how many there is room
 */
struct ipudp_timers {
	struct ipudp_timer **heap;
	size_t count;
	size_t size;
};

/** ipudp_timer_reserve() - make room for one more timer than run; 0 or -ENOMEM */
int ipudp_timer_reserve(struct ipudp_timers *timers);

/** ipudp_timer_start() - start it, or have it go off at another time; there must be room */
void ipudp_timer_start(struct ipudp_timers *timers, struct ipudp_timer *timer, uint64_t due_ms);

/** ipudp_timer_stop() - stop it if it runs */
void ipudp_timer_stop(struct ipudp_timers *timers, struct ipudp_timer *timer);

/** ipudp_timers_run() - call those that are due. Return: ms until the next, -1 if there is none */
int ipudp_timers_run(struct ipudp_timers *timers);

#endif
