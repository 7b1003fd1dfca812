// SPDX-License-Identifier: GPL-2.0-or-later
/* Timers: a binary heap, the next due at its top. */

#include "timer.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "stats.h"

int ipudp_timer_reserve(struct ipudp_timers *timers)
{
	size_t size = timers->size ? 2 * timers->size : 64;
	struct ipudp_timer **heap;

	if (timers->count < timers->size)
		return 0;
	heap = realloc(timers->heap, size * sizeof(*heap));
	if (!heap)
		return -ENOMEM;
	timers->heap = heap;
	timers->size = size;
	return 0;
}

static void put(struct ipudp_timers *timers, size_t place, struct ipudp_timer *timer)
{
	timers->heap[place - 1] = timer;
	timer->place = place;
}

static struct ipudp_timer *at(const struct ipudp_timers *timers, size_t place)
{
	return timers->heap[place - 1];
}

/* Move a timer to where it belongs, from a place that is its own. */
static void settle(struct ipudp_timers *timers, size_t place, struct ipudp_timer *timer)
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

void ipudp_timer_start(struct ipudp_timers *timers, struct ipudp_timer *timer, uint64_t due_ms)
{
	timer->due_ms = due_ms;
	if (!timer->place)
		timer->place = ++timers->count;
	settle(timers, timer->place, timer);
}

void ipudp_timer_stop(struct ipudp_timers *timers, struct ipudp_timer *timer)
{
	size_t place = timer->place;
	struct ipudp_timer *last;

	if (!place)
		return;
	timer->place = 0;
	last = at(timers, timers->count--);
	if (last != timer)
		settle(timers, place, last);
}

int ipudp_timers_run(struct ipudp_timers *timers)
{
	uint64_t now = ipudp_clock_ms();

	while (timers->count) {
		struct ipudp_timer *timer = at(timers, 1);

		if (timer->due_ms > now)
			return timer->due_ms - now > INT_MAX ? INT_MAX : timer->due_ms - now;
		ipudp_timer_stop(timers, timer);
		timer->fn(timer);
	}
	return -1;
}
