/* SPDX-License-Identifier: GPL-2.0-only */
/* What ipudp keeps for a network namespace that devices were made in. */
#ifndef _IPUDP_HOME_H
#define _IPUDP_HOME_H

#include <linux/hashtable.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/rhashtable.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

struct net;

#define IPUDP_LISTENER_HASH_BITS 8

/**
 * struct ipudp_home - a namespace's listeners, endpoints and devices
 * @net: the namespace, NULL once it is going away; written under @lock
 * @lock: protects: @net, @devices, @listeners, @listener_hash, @n_listeners, changes of @endpoints,
 *	the tunnels and rules of all devices in @devices, and registrations for frames. Nests
 *	inside the RTNL.
 * @refs: one for the namespace and one for each device
 * @endpoints: endpoints of all tunnels, by listener, remote address and port; read under RCU
 * @listeners: listeners by id
 * @listener_hash: listeners by port
 * @n_listeners: how many, at most IPUDP_LISTENERS_MAX
 * @devices: devices that were made here, wherever they are now
 * @generation: counts changes of what dumps in the namespace list
 * @registrations: number of registrations for frames, to make closing sockets cheap
 * @state_lock: protects: @state_changes
 * @state_changes: tunnels that became idle or came back since @state_work last ran
 * @state_work: tells user space of them and chooses anew among rules' tunnels
 * @free_work: frees it after a grace period
 */
struct ipudp_home {
	struct net *net;
	struct mutex lock; /* see above */
	refcount_t refs;
	struct rhashtable endpoints;
	struct xarray listeners;
	DECLARE_HASHTABLE(listener_hash, IPUDP_LISTENER_HASH_BITS);
	unsigned int n_listeners;
	struct list_head devices;
	atomic_t generation;
	unsigned int registrations;
	spinlock_t state_lock; /* see above */
	struct list_head state_changes;
	struct work_struct state_work;
	struct rcu_work free_work;
};

/**
 * ipudp_home_of() - the home of a namespace
 * Return: borrowed; it lives as long as the namespace or a reference. NULL once the namespace is
 * gone but for its last packets and interfaces; those who may see that are under RCU.
 */
struct ipudp_home *ipudp_home_of(struct net *net);

/** ipudp_home_alive() - whether the namespace is still there; under @lock */
static inline bool ipudp_home_alive(const struct ipudp_home *home)
{
	return home->net;
}

/** ipudp_home_get() - take a reference */
struct ipudp_home *ipudp_home_get(struct ipudp_home *home);

/** ipudp_home_put() - give a reference back; the last one frees after a grace period */
void ipudp_home_put(struct ipudp_home *home);

/** ipudp_home_queue_work() - have work of a home done soon. Context: any */
void ipudp_home_queue_work(struct work_struct *work);

/**
 * ipudp_home_changed() - something that dumps in a namespace list is another now
 *
 * What is shown in a namespace may have its home in another one, so this takes no lock of a home.
 */
void ipudp_home_changed(struct net *net);

/** ipudp_home_init() - follow namespaces, at module load */
int ipudp_home_init(void);

/** ipudp_home_done() - stop that; all devices are gone by then */
void ipudp_home_done(void);

#endif
