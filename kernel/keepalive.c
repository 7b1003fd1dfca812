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

static void send(struct ipudp_tunnel *tunnel)
{
	static const u8 keepalive = 0xff;
	struct ipudp_endpoint *endpoint = rcu_dereference(tunnel->endpoint);

	/* Without a route it is lost as any packet would be; the next one comes soon. */
	if (!ipudp_encap_plain(tunnel->listener, &endpoint->config, endpoint, &keepalive,
			       sizeof(keepalive)))
		this_cpu_inc(tunnel->stats->tx_keepalives);
	this_cpu_write(tunnel->stats->tx_last, ipudp_stats_now());
}

/* How long from now until @interval after @last; at least a tick. */
static unsigned long remaining(unsigned long last, unsigned long interval)
{
	unsigned long due = last + interval;

	return time_after(due, jiffies) ? due - jiffies : 1;
}

/* Send a keepalive if it is time. Return: jiffies until the next look. */
static unsigned long check_keepalive(struct ipudp_tunnel *tunnel, unsigned long interval)
{
	unsigned long last = ipudp_stats_last(tunnel->stats, false);

	if (last && time_before(jiffies, last + interval))
		return remaining(last, interval);
	send(tunnel);
	return interval;
}

/* See whether the tunnel has become idle. Return: jiffies until the next look. */
static unsigned long check_idle(struct ipudp_tunnel *tunnel, unsigned long interval)
{
	unsigned long last = ipudp_stats_last(tunnel->stats, true);
	unsigned long since = READ_ONCE(tunnel->since);

	if (!last || time_before(last, since))
		last = since;
	if (time_before(jiffies, last + interval))
		return remaining(last, interval);
	if (!test_and_set_bit(IPUDP_TUNNEL_IDLE, &tunnel->flags))
		state_changed(tunnel);
	return interval;
}

static void timer_fired(struct timer_list *timer)
{
	struct ipudp_tunnel *tunnel = timer_container_of(tunnel, timer, timer);
	unsigned long keepalive = READ_ONCE(tunnel->keepalive);
	unsigned long idle = READ_ONCE(tunnel->idle);
	unsigned long next = MAX_JIFFY_OFFSET;

	rcu_read_lock();
	if (keepalive)
		next = min(next, check_keepalive(tunnel, keepalive));
	if (idle)
		next = min(next, check_idle(tunnel, idle));
	rcu_read_unlock();
	if ((keepalive || idle) && !READ_ONCE(tunnel->dead))
		mod_timer(timer, jiffies + next);
}

void ipudp_keepalive_init(struct ipudp_tunnel *tunnel)
{
	timer_setup(&tunnel->timer, timer_fired, 0);
}

void ipudp_keepalive_start(struct ipudp_tunnel *tunnel)
{
	unsigned long next = MAX_JIFFY_OFFSET;

	lockdep_assert_held(&tunnel->device->home->lock);
	if (!tunnel->idle && test_and_clear_bit(IPUDP_TUNNEL_IDLE, &tunnel->flags))
		state_changed(tunnel);
	if (tunnel->idle && !test_bit(IPUDP_TUNNEL_IDLE, &tunnel->flags))
		WRITE_ONCE(tunnel->since, jiffies);
	if (tunnel->keepalive)
		next = min(next, remaining(ipudp_stats_last(tunnel->stats, false) ?: jiffies,
					   tunnel->keepalive));
	if (tunnel->idle)
		next = min(next, tunnel->idle);
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
	while ((tunnel = next_change(home))) {
		bool idle = test_bit(IPUDP_TUNNEL_IDLE, &tunnel->flags);

		if (idle == tunnel->told_idle)
			continue;
		tunnel->told_idle = idle;
		ipudp_rules_rechoose(tunnel);
		ipudp_event_tunnel(tunnel, idle ? IPUDP_CMD_TUNNEL_IDLE_NTF :
						  IPUDP_CMD_TUNNEL_BACK_NTF);
	}
	mutex_unlock(&home->lock);
}
