// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state of a namespace that devices were made in. It has a life of its own, because a device
 * that was moved elsewhere may outlive the namespace: then it stays, without tunnels.
 */

#include "home.h"

#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "device.h"
#include "keepalive.h"
#include "listener.h"
#include "tunnel.h"

static unsigned int pernet_id;

/* Where homes are freed, and what happened to tunnels is told. */
static struct workqueue_struct *queue;

/**
 * struct pernet - what hangs on a namespace
 * @home: a reference, NULL once the namespace is gone
 */
struct pernet {
	struct ipudp_home *home;
};

struct ipudp_home *ipudp_home_of(struct net *net)
{
	struct pernet *pernet = net_generic(net, pernet_id);

	return READ_ONCE(pernet->home);
}

struct ipudp_home *ipudp_home_get(struct ipudp_home *home)
{
	refcount_inc(&home->refs);
	return home;
}

/*
 * Packets that still read the table of endpoints are done when this runs; it may sleep, unlike
 * an RCU callback.
 */
static void home_free(struct work_struct *work)
{
	struct ipudp_home *home = container_of(to_rcu_work(work), struct ipudp_home, free_work);

	ipudp_endpoint_done(home);
	xa_destroy(&home->listeners);
	mutex_destroy(&home->lock);
	kfree(home);
}

/*
 * Who may still hold the home when its last reference goes, and why each ends:
 *
 * 1. Devices: none, each has a reference until its destructor, after which no packet has it.
 * 2. Listeners and tunnels: none, home_pre_exit() flushed them while the namespace had its
 *    reference; what was made before was taken out under home->lock, and nothing can be made with
 *    home->net being NULL.
 * 3. The work that tells of idleness: queued by timers and packets of tunnels, whose removal took
 *    them off the list. cancel_work_sync() waits for one that runs. A packet that still has a
 *    tunnel sees that it is dead, and queues no more.
 * 4. Packets and ICMP errors under way: found it by a listener, a tunnel or the namespace's
 *    pointer, which is NULL. They are in RCU read sections, and RCU work waits for these.
 * 5. Requests: hold the namespace they came from, or a device, so that there is a reference. The
 *    notifier of closed netlink sockets runs before the namespace of its socket ends.
 * 6. Callbacks of RCU that free listeners, tunnels and rules: none of them looks at the home.
 */
void ipudp_home_put(struct ipudp_home *home)
{
	if (!refcount_dec_and_test(&home->refs))
		return;
	cancel_work_sync(&home->state_work);
	INIT_RCU_WORK(&home->free_work, home_free);
	queue_rcu_work(queue, &home->free_work);
}

void ipudp_home_queue_work(struct work_struct *work)
{
	queue_work(queue, work);
}

void ipudp_home_changed(struct net *net)
{
	struct ipudp_home *home;

	rcu_read_lock();
	home = ipudp_home_of(net);
	if (home)
		atomic_inc(&home->generation);
	rcu_read_unlock();
}

static int __net_init home_init(struct net *net)
{
	struct pernet *pernet = net_generic(net, pernet_id);
	struct ipudp_home *home;
	int ret;

	home = kzalloc(sizeof(*home), GFP_KERNEL_ACCOUNT);
	if (!home)
		return -ENOMEM;
	ret = ipudp_endpoint_init(home);
	if (ret) {
		kfree(home);
		return ret;
	}
	home->net = net;
	refcount_set(&home->refs, 1);
	mutex_init(&home->lock);
	xa_init_flags(&home->listeners, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	hash_init(home->listener_hash);
	INIT_LIST_HEAD(&home->devices);
	spin_lock_init(&home->state_lock);
	INIT_LIST_HEAD(&home->state_changes);
	INIT_WORK(&home->state_work, ipudp_keepalive_work);
	pernet->home = home;
	return 0;
}

/*
 * Runs before any device of the namespace is removed. Devices that were moved elsewhere lose
 * their tunnels here; those that are still in the namespace are removed after this.
 */
static void __net_exit home_pre_exit(struct net *net)
{
	struct ipudp_home *home = ipudp_home_of(net);
	struct ipudp_device *device, *next;

	mutex_lock(&home->lock);
	list_for_each_entry_safe(device, next, &home->devices, home_node)
		ipudp_device_flush(device);
	ipudp_listener_flush(home);
	home->net = NULL;
	mutex_unlock(&home->lock);
}

/* Packets still come, and interfaces of other homes are still removed, after this. */
static void __net_exit home_exit(struct net *net)
{
	struct pernet *pernet = net_generic(net, pernet_id);
	struct ipudp_home *home = pernet->home;

	WRITE_ONCE(pernet->home, NULL);
	ipudp_home_put(home);
}

static struct pernet_operations pernet_ops = {
	.init = home_init,
	.pre_exit = home_pre_exit,
	.exit = home_exit,
	.id = &pernet_id,
	.size = sizeof(struct pernet),
};

int ipudp_home_init(void)
{
	int ret;

	queue = alloc_workqueue("ipudp", WQ_UNBOUND, 0);
	if (!queue)
		return -ENOMEM;
	ret = register_pernet_device(&pernet_ops);
	if (ret)
		destroy_workqueue(queue);
	return ret;
}

void ipudp_home_done(void)
{
	unregister_pernet_device(&pernet_ops);
	/* Callbacks of ours, for tunnels and others; some queue the work that frees homes. */
	rcu_barrier();
	destroy_workqueue(queue);
}
