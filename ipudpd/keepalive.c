// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keepalives (RFC 3948, section 2.3) and idleness. One timer for each tunnel that wants either;
 * packets never touch it, it looks at when they last came and went.
 */

#include "keepalive.h"

#include <limits.h>

#include "device.h"
#include "encap.h"
#include "event.h"
#include "fast.h"
#include "home.h"
#include "listener.h"
#include "rule.h"
#include "tunnel.h"
#include "wire.h"
#include "worker.h"

/* Have the control thread look at a tunnel whose IDLE bit changed. */
static void state_changed(struct ipudp_tunnel *tunnel)
{
	struct ipudp_home *home = tunnel->device->home;

	pthread_mutex_lock(&home->state_lock);
	/* A dead tunnel must not get into the list any more: its memory is about to go. */
	if (!tunnel->dead && list_empty(&tunnel->state_node))
		list_add_tail(&tunnel->state_node, &home->state_changes);
	pthread_mutex_unlock(&home->state_lock);
	ipudp_home_wake(home);
}

static void wake(struct ipudp_tunnel *tunnel)
{
	if (__atomic_exchange_n(&tunnel->idle_bit, 0, __ATOMIC_ACQ_REL))
		state_changed(tunnel);
}

void ipudp_keepalive_heard(const struct ipudp_worker *worker, struct ipudp_tunnel *tunnel)
{
	/* First, so that whoever sees the bit cleared sees why. */
	ipudp_write(tunnel->stats[worker->index].rx_last, worker->now_ms);
	if (ipudp_read(tunnel->idle_bit))
		wake(tunnel);
}

/* Have rules and clients know of a tunnel's state. */
static void tell(struct ipudp_tunnel *tunnel, bool idle)
{
	if (idle == tunnel->told_idle)
		return;
	tunnel->told_idle = idle;
	ipudp_rules_rechoose(tunnel);
	ipudp_event_tunnel(tunnel, idle ? IPUDP_CMD_TUNNEL_IDLE_NTF : IPUDP_CMD_TUNNEL_BACK_NTF);
}

static void send_keepalive(struct ipudp_tunnel *tunnel)
{
	struct ipudp_home *home = tunnel->device->home;
	struct ipudp_worker *worker = &home->workers[home->n_workers];
	struct ipudp_tunnel_stats *stats = &tunnel->stats[worker->index];
	static const uint8_t keepalive = IPUDP_WIRE_KEEPALIVE;

	/* Without a route it is lost as any packet would be; the next one comes soon. */
	if (!ipudp_encap_plain(worker, tunnel->listener, &tunnel->endpoint->config, &keepalive,
			       sizeof(keepalive)))
		ipudp_count(stats->tx_keepalives, 1);
	ipudp_write(stats->tx_last, ipudp_clock_ms());
}

static uint64_t last_time(struct ipudp_tunnel *tunnel, bool rx)
{
	struct ipudp_tunnel_stats sum;

	ipudp_stats_tunnel(tunnel->stats, tunnel->device->home->n_workers + 1, &sum);
	ipudp_fast_counters(tunnel, &sum);
	return rx ? sum.rx_last : sum.tx_last;
}

/* Send a keepalive if it is time. Return: when to look again. */
static uint64_t check_keepalive(struct ipudp_tunnel *tunnel, uint64_t now)
{
	uint64_t last = last_time(tunnel, false);

	if (last && now < last + tunnel->keepalive)
		return last + tunnel->keepalive;
	send_keepalive(tunnel);
	return now + tunnel->keepalive;
}

/* See whether the tunnel has become idle, or is heard of again where we do not see it. */
static uint64_t check_idle(struct ipudp_tunnel *tunnel, uint64_t now)
{
	uint64_t last = last_time(tunnel, true);

	if (last < tunnel->since)
		last = tunnel->since;
	if (now < last + tunnel->idle) {
		/* That one is to wait longer now makes it no less idle. */
		if (last > tunnel->idle_since)
			wake(tunnel);
		return last + tunnel->idle;
	}
	if (!__atomic_exchange_n(&tunnel->idle_bit, 1, __ATOMIC_ACQ_REL)) {
		tunnel->idle_since = last;
		state_changed(tunnel);
	}
	return now + tunnel->idle;
}

static void timer_fired(struct ipudp_timer *timer)
{
	struct ipudp_tunnel *tunnel = container_of(timer, struct ipudp_tunnel, timer);
	uint64_t now = ipudp_clock_ms(), next = UINT64_MAX, due;

	if (tunnel->keepalive)
		next = check_keepalive(tunnel, now);
	if (tunnel->idle) {
		due = check_idle(tunnel, now);
		if (due < next)
			next = due;
	}
	if (next != UINT64_MAX)
		ipudp_timer_start(&tunnel->device->home->timers, timer, next);
}

void ipudp_keepalive_init(struct ipudp_tunnel *tunnel)
{
	tunnel->timer.fn = timer_fired;
}

void ipudp_keepalive_start(struct ipudp_tunnel *tunnel)
{
	uint64_t now = ipudp_clock_ms(), next = UINT64_MAX, last;

	if (!tunnel->idle) {
		__atomic_store_n(&tunnel->idle_bit, 0, __ATOMIC_RELEASE);
		/* Whoever asked for that wants to see it at once. */
		tell(tunnel, false);
	} else if (!ipudp_read(tunnel->idle_bit)) {
		tunnel->since = now;
	}
	if (tunnel->keepalive) {
		last = last_time(tunnel, false);
		next = (last ? last : now) + tunnel->keepalive;
	}
	if (tunnel->idle && now + tunnel->idle < next)
		next = now + tunnel->idle;
	if (next != UINT64_MAX)
		ipudp_timer_start(&tunnel->device->home->timers, &tunnel->timer, next);
}

void ipudp_keepalive_stop(struct ipudp_tunnel *tunnel)
{
	struct ipudp_home *home = tunnel->device->home;

	ipudp_timer_stop(&home->timers, &tunnel->timer);
	pthread_mutex_lock(&home->state_lock);
	tunnel->dead = true;
	list_del(&tunnel->state_node);
	pthread_mutex_unlock(&home->state_lock);
}

static struct ipudp_tunnel *next_change(struct ipudp_home *home)
{
	struct ipudp_tunnel *tunnel = NULL;

	pthread_mutex_lock(&home->state_lock);
	if (!list_empty(&home->state_changes)) {
		tunnel = list_first_entry(&home->state_changes, struct ipudp_tunnel, state_node);
		list_del(&tunnel->state_node);
	}
	pthread_mutex_unlock(&home->state_lock);
	return tunnel;
}

void ipudp_keepalive_work(struct ipudp_home *home)
{
	struct ipudp_tunnel *tunnel;

	/* Only this thread removes tunnels. */
	while ((tunnel = next_change(home)))
		tell(tunnel, ipudp_read(tunnel->idle_bit));
}
