// SPDX-License-Identifier: GPL-2.0-or-later
/* The home: setting it up and tearing it down. */

#include "home.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "device.h"
#include "gone.h"
#include "link.h"
#include "listener.h"
#include "route.h"
#include "worker.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

/* A number that no other namespace has, until the next boot; 0 before Linux 5.14. */
static uint64_t namespace_cookie(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint64_t cookie = 0;
	socklen_t len = sizeof(cookie);

	if (fd < 0)
		return 0;
	if (getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len))
		cookie = 0;
	close(fd);
	return cookie;
}

static int init_workers(struct ipudp_home *home)
{
	unsigned int i;
	int ret = 0;

	home->workers = aligned_alloc(64, (home->n_workers + 1) *
						  ((sizeof(*home->workers) + 63) & ~(size_t)63));
	if (!home->workers)
		return -ENOMEM;
	for (i = 0; i <= home->n_workers; i++) {
		int error = ipudp_worker_init(&home->workers[i], home, i);

		ret = ret ? ret : error;
	}
	return ret;
}

int ipudp_home_init(struct ipudp_home *home, unsigned int n_workers)
{
	int ret;

	*home = (struct ipudp_home){
		.n_workers = n_workers,
		.wake_fd = -1,
		.link_fd = -1,
		.query_fd = -1,
		.routes = 1,
		.cookie = namespace_cookie(),
	};
	ipudp_rcu_init(&home->rcu, n_workers);
	ipudp_discard_init(&home->discard);
	INIT_LIST_HEAD(&home->devices);
	INIT_LIST_HEAD(&home->state_changes);
	pthread_mutex_init(&home->state_lock, NULL);
	INIT_LIST_HEAD(&home->gone);
	ipudp_host_open(&home->host);
	ret = ipudp_table_init(&home->endpoints, &home->rcu);
	if (ret)
		return ret;
	home->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (home->wake_fd < 0)
		return -errno;
	home->link_fd = ipudp_link_open();
	if (home->link_fd < 0)
		return home->link_fd;
	home->query_fd = ipudp_route_open();
	if (home->query_fd < 0)
		return home->query_fd;
	return init_workers(home);
}

void ipudp_home_flush(struct ipudp_home *home)
{
	/* News that are read meanwhile may take others out, too. */
	while (!list_empty(&home->devices))
		ipudp_device_remove(
			list_first_entry(&home->devices, struct ipudp_device, home_node));
	ipudp_listener_flush(home);
}

/*
 * Who may still hold the home when this begins, and why each ends:
 *
 * 1. Devices, listeners, tunnels and rules: none, ipudp_home_flush() was called before.
 * 2. Threads with packets: ipudp_worker_done() has each end, and waits for it.
 * 3. What is to be freed after all threads let go of it: there are none any more, so all of it is
 *    freed here, before the table of endpoints, out of which some of it was taken.
 * 4. The server with its connections, the journal, the fast path: main.c closed them before.
 * 5. Connections whose closing takes long: other processes have been given them, or are now.
 */
void ipudp_home_done(struct ipudp_home *home)
{
	unsigned int i;

	for (i = 0; home->workers && i <= home->n_workers; i++)
		ipudp_worker_done(&home->workers[i]);
	free(home->workers);
	while (ipudp_rcu_reclaim(&home->rcu))
		ipudp_rcu_wait(&home->rcu);
	ipudp_discard_done(&home->discard);
	ipudp_table_done(&home->endpoints);
	ipudp_host_close(&home->host);
	ipudp_gone_free(home);
	pthread_mutex_destroy(&home->state_lock);
	if (home->wake_fd >= 0)
		close(home->wake_fd);
	if (home->link_fd >= 0)
		close(home->link_fd);
	if (home->query_fd >= 0)
		close(home->query_fd);
}

bool ipudp_home_is(int ns)
{
	struct stat theirs, ours;
	bool same;

	if (ns < 0)
		return false;
	same = !fstat(ns, &theirs) && !stat("/proc/thread-self/ns/net", &ours) &&
	       theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino;
	close(ns);
	return same;
}

void ipudp_home_wake(struct ipudp_home *home)
{
	const uint64_t one = 1;
	ssize_t len = write(home->wake_fd, &one, sizeof(one));

	/* Full means that it is awake. */
	(void)len;
}
