// SPDX-License-Identifier: GPL-2.0-or-later
/* Timers: a binary heap, the next due at its top. */

#include "timer.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "stats.h"

int ipudpd_timer_reserve(struct ipudpd_timers *timers)
{
	size_t size = timers->size ? 2 * timers->size : 64;
	struct ipudpd_timer **heap;

	if (timers->count < timers->size)
		return 0;
	heap = realloc(timers->heap, size * sizeof(*heap));
	if (!heap)
		return -ENOMEM;
	timers->heap = heap;
	timers->size = size;
	return 0;
}

static void put(struct ipudpd_timers *timers, size_t place, struct ipudpd_timer *timer)
{
	timers->heap[place - 1] = timer;
	timer->place = place;
}

static struct ipudpd_timer *at(const struct ipudpd_timers *timers, size_t place)
{
	return timers->heap[place - 1];
}

/* Move a timer to where it belongs, from a place that is its own. */
static void settle(struct ipudpd_timers *timers, size_t place, struct ipudpd_timer *timer)
{
	while (place > 1 && at(timers, place / 2)->due_ms > timer->due_ms) {
		put(timers, place, at(timers, place / 2));
		place /= 2;
	}
	while (2 * place <= timers->count) {
		size_t child = 2 * place;

		if (child < timers->count &&
		    at(timers, child + 1)->due_ms < at(timers, child)->due_ms)
			child++;
		if (at(timers, child)->due_ms >= timer->due_ms)
			break;
		put(timers, place, at(timers, child));
		place = child;
	}
	put(timers, place, timer);
}

void ipudpd_timer_start(struct ipudpd_timers *timers, struct ipudpd_timer *timer, uint64_t due_ms)
{
	timer->due_ms = due_ms;
	if (!timer->place)
		timer->place = ++timers->count;
	settle(timers, timer->place, timer);
}

void ipudpd_timer_stop(struct ipudpd_timers *timers, struct ipudpd_timer *timer)
{
	size_t place = timer->place;
	struct ipudpd_timer *last;

	if (!place)
		return;
	timer->place = 0;
	last = at(timers, timers->count--);
	if (last != timer)
		settle(timers, place, last);
}

int ipudpd_timers_run(struct ipudpd_timers *timers)
{
	uint64_t now = ipudpd_clock_ms();

	while (timers->count) {
		struct ipudpd_timer *timer = at(timers, 1);

		if (timer->due_ms > now)
			return timer->due_ms - now > INT_MAX ? INT_MAX : timer->due_ms - now;
		ipudpd_timer_stop(timers, timer);
		timer->fn(timer);
	}
	return -1;
}
