// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keepalives (RFC 3948, section 2.3) and idleness. One timer for each tunnel that wants either;
 * packets never touch it, it looks at when they last came and went. What follows from a tunnel
 * becoming idle or coming back needs the lock of the home and is done by work.
 */

#include "keepalive.h"

#include <linux/jiffies.h>
#include <linux/timer.h>

#include "compat.h"
#include "device.h"
#include "encap.h"
#include "event.h"
#include "home.h"
#include "listener.h"
#include "rule.h"
#include "tunnel.h"
#include "wire.h"

/* Have the work look at a tunnel whose IDLE bit changed. */
static void state_changed(struct ipudp_tunnel *tunnel)
{
	struct ipudp_home *home = tunnel->device->home;

	spin_lock_bh(&home->state_lock);
	/* A dead tunnel must not get into the list any more: its memory is about to go. */
	if (!READ_ONCE(tunnel->dead) && list_empty(&tunnel->state_node)) {
		list_add_tail(&tunnel->state_node, &home->state_changes);
		ipudp_home_queue_work(&home->state_work);
	}
	spin_unlock_bh(&home->state_lock);
}

void ipudp_keepalive_heard(struct ipudp_tunnel *tunnel)
{
	if (test_and_clear_bit(IPUDP_TUNNEL_IDLE, &tunnel->flags))
		state_changed(tunnel);
}

/* Have rules and user space know of a tunnel's state. */
static void tell(struct ipudp_tunnel *tunnel, bool idle)
{
	lockdep_assert_held(&tunnel->device->home->lock);
	if (idle == tunnel->told_idle)
		return;
	tunnel->told_idle = idle;
	ipudp_rules_rechoose(tunnel);
	ipudp_event_tunnel(tunnel, idle ? IPUDP_CMD_TUNNEL_IDLE_NTF : IPUDP_CMD_TUNNEL_BACK_NTF);
}

static void send(struct ipudp_tunnel *tunnel)
{
	static const u8 keepalive = IPUDP_WIRE_KEEPALIVE;
	struct ipudp_endpoint *endpoint = rcu_dereference(tunnel->endpoint);

	/* Without a route it is lost as any packet would be; the next one comes soon. */
	if (!ipudp_encap_plain(tunnel->listener, &endpoint->config, endpoint, &keepalive,
			       sizeof(keepalive)))
		this_cpu_inc(tunnel->stats->tx_keepalives);
	ipudp_stats_spoke(tunnel->stats);
}

/* Not msecs_to_jiffies(), which takes the longest times for endless ones. */
static u64 interval_of(u32 ms)
{
	return div_u64((u64)ms * HZ + MSEC_PER_SEC - 1, MSEC_PER_SEC);
}

/* How long from now until @interval after @last, as far as a timer reaches; at least a tick. */
static unsigned long remaining(u64 last, u64 interval)
{
	u64 due = last + interval, now = get_jiffies_64();

	return due > now ? min_t(u64, due - now, MAX_JIFFY_OFFSET) : 1;
}

/* Send a keepalive if it is time. Return: jiffies until the next look. */
static unsigned long check_keepalive(struct ipudp_tunnel *tunnel, u64 interval)
{
	u64 last = ipudp_stats_last(tunnel->stats, false), now = get_jiffies_64();

	if (!last || now >= last + interval) {
		send(tunnel);
		last = now;
	}
	return remaining(last, interval);
}

/* See whether the tunnel has become idle. Return: jiffies until the next look. */
static unsigned long check_idle(struct ipudp_tunnel *tunnel, u64 interval)
{
	u64 last = max_t(u64, ipudp_stats_last(tunnel->stats, true), atomic64_read(&tunnel->since));
	u64 now = get_jiffies_64();

	if (now >= last + interval) {
		if (!test_and_set_bit(IPUDP_TUNNEL_IDLE, &tunnel->flags))
			state_changed(tunnel);
		last = now;
	}
	return remaining(last, interval);
}

static void timer_fired(struct timer_list *timer)
{
	struct ipudp_tunnel *tunnel = timer_container_of(tunnel, timer, timer);
	u32 keepalive_ms = READ_ONCE(tunnel->keepalive_ms);
	u32 idle_ms = READ_ONCE(tunnel->idle_ms);
	unsigned long next = MAX_JIFFY_OFFSET;

	rcu_read_lock();
	if (keepalive_ms)
		next = min(next, check_keepalive(tunnel, interval_of(keepalive_ms)));
	if (idle_ms)
		next = min(next, check_idle(tunnel, interval_of(idle_ms)));
	rcu_read_unlock();
	if ((keepalive_ms || idle_ms) && !READ_ONCE(tunnel->dead))
		mod_timer(timer, jiffies + next);
}

void ipudp_keepalive_init(struct ipudp_tunnel *tunnel)
{
	timer_setup(&tunnel->timer, timer_fired, 0);
}

void ipudp_keepalive_start(struct ipudp_tunnel *tunnel)
{
	unsigned long next = MAX_JIFFY_OFFSET;
	u64 last;

	lockdep_assert_held(&tunnel->device->home->lock);
	if (!tunnel->idle_ms) {
		clear_bit(IPUDP_TUNNEL_IDLE, &tunnel->flags);
		/* Whoever asked for that wants to see it at once. */
		tell(tunnel, false);
	} else if (!test_bit(IPUDP_TUNNEL_IDLE, &tunnel->flags)) {
		atomic64_set(&tunnel->since, get_jiffies_64());
	}
	if (tunnel->keepalive_ms) {
		last = ipudp_stats_last(tunnel->stats, false) ?: get_jiffies_64();
		next = min(next, remaining(last, interval_of(tunnel->keepalive_ms)));
	}
	if (tunnel->idle_ms)
		next = min(next, remaining(get_jiffies_64(), interval_of(tunnel->idle_ms)));
	if (next != MAX_JIFFY_OFFSET)
		mod_timer(&tunnel->timer, jiffies + next);
}

void ipudp_keepalive_stop(struct ipudp_tunnel *tunnel)
{
	struct ipudp_home *home = tunnel->device->home;

	lockdep_assert_held(&home->lock);
	WRITE_ONCE(tunnel->dead, true);
	/* Stops the timer even if it is just starting itself again; nobody else would. */
	timer_delete_sync(&tunnel->timer);
	spin_lock_bh(&home->state_lock);
	list_del_init(&tunnel->state_node);
	spin_unlock_bh(&home->state_lock);
}

static struct ipudp_tunnel *next_change(struct ipudp_home *home)
{
	struct ipudp_tunnel *tunnel;

	spin_lock_bh(&home->state_lock);
	tunnel = list_first_entry_or_null(&home->state_changes, struct ipudp_tunnel, state_node);
	if (tunnel)
		list_del_init(&tunnel->state_node);
	spin_unlock_bh(&home->state_lock);
	return tunnel;
}

void ipudp_keepalive_work(struct work_struct *work)
{
	struct ipudp_home *home = container_of(work, struct ipudp_home, state_work);
	struct ipudp_tunnel *tunnel;

	mutex_lock(&home->lock);
	/* The lock keeps tunnels that are in the list. */
	while ((tunnel = next_change(home)))
		tell(tunnel, test_bit(IPUDP_TUNNEL_IDLE, &tunnel->flags));
	mutex_unlock(&home->lock);
}
