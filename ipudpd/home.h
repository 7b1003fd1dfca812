/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon keeps for its network namespace. Everything is changed by the control thread
 * alone; the threads that carry packets read what is said to be read by packets.
 */
#ifndef _IPUDP_HOME_H
#define _IPUDP_HOME_H

#include <pthread.h>
#include <stdbool.h>

#include <linux/mutex.h>

#include <linux/list.h>

#include "discard.h"
#include "event.h"
#include "fastpath.h"
#include "host.h"
#include "idmap.h"
#include "rcu.h"
#include "table.h"
#include "timer.h"

struct ipudp_fast_config;
struct ipudp_journal;
struct ipudp_neighbour;
struct ipudp_server;
struct ipudp_worker;

/**
 * struct ipudp_home - the namespace's listeners, endpoints and devices, and who serves them
 * @rcu: what packets may still read
 * @lock: what functions of kernel/core/ want to be held; locks nothing
 * @endpoints: of all tunnels, by listener, remote address and port; read by packets
 * @listeners: by id
 * @n_listeners: how many, at most IPUDP_LISTENERS_MAX
 * @devices: in the order of their indices
 * @generation: counts changes of what is listed; a list under way was interrupted by each
 * @timers: of tunnels
 * @workers: threads, the control thread's the last
 * @n_workers: how many carry packets; the control thread has this index
 * @state_lock: protects: @state_changes
 * @state_changes: tunnels that became idle or came back, and whose IDLE bit is to be looked at
 * @wake_fd: eventfd that wakes the control thread
 * @routes: counts changes of routes; an endpoint's route is asked for anew after each. Written by
 *	any thread
 * @news_lost: a thread with packets was told that news of @link_fd were lost
 * @link_fd: netlink socket with news of links, addresses and routes
 * @query_fd: netlink socket for requests about links
 * @observers: who is told of events, @n_observers of them
 * @n_observers: how many
 * @server: connections
 * @journal: for a successor, NULL if there is none
 * @gone: interfaces that something here names, and that are gone
 * @host: what was set beyond routes
 * @neighbours: that the fast path sends by, a table of uthash
 * @fastpath: the eBPF programs, NULL if there are none
 * @fast_why: why there are none
 * @fast_left: received packets that the programs had left when that was last looked at
 * @fast_config: what they are to do
 * @fast_gro: they aggregate
 * @fast_told: members of @fast_config->xdp of which was told that it cannot be, as bits
 * @restoring: objects are made from the journal, and not written to it
 * @cookie: of the namespace
 * @visit_ms: when devices in other namespaces are looked after
 * @discard: connections whose closing may take long
 */
struct ipudp_home {
	struct ipudp_rcu rcu;
	struct mutex lock; /* see above */
	struct ipudp_table endpoints;
	struct ipudp_idmap listeners;
	unsigned int n_listeners;
	struct list_head devices;
	uint32_t generation;
	struct ipudp_timers timers;
	struct ipudp_worker *workers;
	unsigned int n_workers;
	pthread_mutex_t state_lock; /* see above */
	struct list_head state_changes;
	int wake_fd;
	uint32_t routes;
	bool news_lost;
	int link_fd;
	int query_fd;
	const struct ipudp_event_observer *observers[IPUDP_OBSERVERS_MAX];
	unsigned int n_observers;
	struct ipudp_server *server;
	struct ipudp_journal *journal;
	struct list_head gone;
	struct ipudp_host host;
	struct ipudp_neighbour *neighbours;
	struct ipudp_fastpath *fastpath;
	char fast_why[IPUDP_FASTPATH_WHY_SIZE];
	uint64_t fast_left;
	const struct ipudp_fast_config *fast_config;
	bool fast_gro;
	uint32_t fast_told;
	bool restoring;
	uint64_t cookie;
	uint64_t visit_ms;
	struct ipudp_discard discard;
};

/** ipudp_home_alive() - whether the namespace is still there, which it is while we are in it */
static inline bool ipudp_home_alive(const struct ipudp_home *home)
{
	(void)home;
	return true;
}

/** ipudp_home_init() - an empty home with @n_workers threads to come; 0 or negative errno */
int ipudp_home_init(struct ipudp_home *home, unsigned int n_workers);

/** ipudp_home_flush() - remove all devices and listeners */
void ipudp_home_flush(struct ipudp_home *home);

/** ipudp_home_done() - free it; there are neither objects nor threads any more */
void ipudp_home_done(struct ipudp_home *home);

/** ipudp_home_wake() - have the control thread look around; any thread */
void ipudp_home_wake(struct ipudp_home *home);

/** ipudp_home_routes_changed() - have all routes asked for anew; any thread */
static inline void ipudp_home_routes_changed(struct ipudp_home *home)
{
	__atomic_add_fetch(&home->routes, 1, __ATOMIC_RELEASE);
}

/**
 * ipudp_home_is() - whether a descriptor of a network namespace is of ours; closes it
 * @ns: -1 is of none
 */
bool ipudp_home_is(int ns);

#endif
