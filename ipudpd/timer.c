// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Timers: a pairing heap (Fredman, Sedgewick, Sleator, Tarjan 1986), the next due at its root. It
 * needs no memory but the timers' own, so that one can always be started.
 */

#include "timer.h"

#include <limits.h>

#include "stats.h"

/* Have @link, the root or a pointer in another timer, point to a timer. */
static void set(struct ipudp_timer **link, struct ipudp_timer *timer)
{
	*link = timer;
	if (timer)
		timer->link = link;
}

/* Make one heap of two, neither of them empty. Return: its root. */
static struct ipudp_timer *meld(struct ipudp_timer *a, struct ipudp_timer *b)
{
	struct ipudp_timer *child = b, *root = a;

	if (b->due_ms < a->due_ms) {
		child = a;
		root = b;
	}
	set(&child->next, root->child);
	set(&root->child, child);
	return root;
}

/*
 * Make one heap of a list of heaps: in pairs, then each with what comes after it.
 * Return: its root, NULL if the list is empty.
 */
static struct ipudp_timer *meld_all(struct ipudp_timer *list)
{
	struct ipudp_timer *pairs = NULL, *root;

	while (list) {
		struct ipudp_timer *one = list, *two = one->next;

		list = two ? two->next : NULL;
		if (two)
			one = meld(one, two);
		one->next = pairs;
		pairs = one;
	}
	root = pairs;
	if (root)
		pairs = root->next;
	while (root && pairs) {
		struct ipudp_timer *one = pairs;

		pairs = one->next;
		root = meld(root, one);
	}
	if (root)
		root->next = NULL;
	return root;
}

static void enter(struct ipudp_timers *timers, struct ipudp_timer *timer)
{
	struct ipudp_timer *root = timers->root;

	timer->next = NULL;
	root = root ? meld(root, timer) : timer;
	root->next = NULL;
	set(&timers->root, root);
}

void ipudp_timer_start(struct ipudp_timers *timers, struct ipudp_timer *timer, uint64_t due_ms)
{
	ipudp_timer_stop(timers, timer);
	timer->due_ms = due_ms;
	timer->child = NULL;
	enter(timers, timer);
}

void ipudp_timer_stop(struct ipudp_timers *timers, struct ipudp_timer *timer)
{
	struct ipudp_timer *children;

	if (!timer->link)
		return;
	set(timer->link, timer->next);
	timer->link = NULL;
	children = meld_all(timer->child);
	if (!children)
		return;
	timer->child = NULL;
	if (timers->root)
		enter(timers, children);
	else
		set(&timers->root, children);
}

int ipudp_timers_run(struct ipudp_timers *timers)
{
	uint64_t now = ipudp_clock_ms();

	while (timers->root) {
		struct ipudp_timer *timer = timers->root;

		if (timer->due_ms > now)
			return timer->due_ms - now > INT_MAX ? INT_MAX : timer->due_ms - now;
		ipudp_timer_stop(timers, timer);
		timer->fn(timer);
	}
	return -1;
}
