// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Listeners: UDP sockets, shared by tunnels. They live as long as a tunnel uses them or a client
 * pinned them, whatever becomes of processes. For each family there is one socket for each thread,
 * all on one port: flows of data are spread over those of the threads that carry packets, while
 * frames and keepalives come to the control thread's, so that a flood of them costs no data.
 */

#include "listener.h"

#include <linux/err.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <net/netlink.h>

#include "event.h"
#include "refusal.h"
#include "socket.h"
#include "worker.h"

/* How often a port that IPv4 has free is tried for IPv6, when any port will do. */
#define DUAL_TRIES 16

static struct ipudp_socket *sockets_alloc(struct ipudp_listener *listener, uint16_t family)
{
	unsigned int n = listener->home->n_workers + 1, i;
	struct ipudp_socket *sockets = calloc(n, sizeof(*sockets));

	for (i = 0; sockets && i < n; i++)
		sockets[i] = (struct ipudp_socket){
			.listener = listener,
			.fd = -1,
			.family = family,
		};
	return sockets;
}

static void sockets_close(struct ipudp_listener *listener, unsigned int family)
{
	unsigned int n = listener->home->n_workers + 1, i;

	for (i = 0; listener->sockets[family] && i < n; i++)
		if (listener->sockets[family][i].fd >= 0)
			close(listener->sockets[family][i].fd);
	free(listener->sockets[family]);
	listener->sockets[family] = NULL;
}

/* Open the sockets of a family. On failure none is left. */
static int sockets_open(struct ipudp_listener *listener, unsigned int family, in_port_t port)
{
	unsigned int n = listener->home->n_workers, i;
	uint16_t af = family ? AF_INET6 : AF_INET;
	struct ipudp_socket *sockets;

	sockets = sockets_alloc(listener, af);
	if (!sockets)
		return -ENOMEM;
	listener->sockets[family] = sockets;
	for (i = 0; i <= n; i++) {
		int fd = ipudp_socket_open(&listener->config, af, port, i == 0);

		if (fd < 0) {
			sockets_close(listener, family);
			return fd;
		}
		sockets[i].fd = fd;
		port = ipudp_socket_port(fd);
	}
	ipudp_socket_spread(sockets[0].fd, af, n);
	return 0;
}

/* Both families on one port. If any port will do, the one that IPv4 got may be taken for IPv6. */
static int open_dual(struct ipudp_listener *listener)
{
	int tries = listener->config.port ? 1 : DUAL_TRIES, ret = -EADDRINUSE;

	while (tries-- && ret == -EADDRINUSE) {
		ret = sockets_open(listener, 0, listener->config.port);
		if (ret)
			return ret;
		ret = sockets_open(listener, 1, ipudp_socket_port(listener->sockets[0][0].fd));
		if (ret)
			sockets_close(listener, 0);
	}
	return ret;
}

static int open_all(struct ipudp_listener *listener)
{
	unsigned int family = listener->config.family == IPUDP_FAMILY_IPV6;
	int ret;

	if (listener->config.family == IPUDP_FAMILY_DUAL)
		ret = open_dual(listener);
	else
		ret = sockets_open(listener, family, listener->config.port);
	if (ret)
		return ret;
	family = !listener->sockets[0];
	listener->config.port = ipudp_socket_port(listener->sockets[family][0].fd);
	return 0;
}

static void explain(int error, struct netlink_ext_ack *extack)
{
	switch (error) {
	case -EADDRINUSE:
		ipudp_refuse(extack, PORT_IN_USE);
		break;
	case -EADDRNOTAVAIL:
		ipudp_refuse(extack, LOCAL_FOREIGN);
		break;
	case -ENODEV:
		ipudp_refuse(extack, BIND_UNKNOWN);
		break;
	case -EAFNOSUPPORT:
		ipudp_refuse(extack, FAMILY_UNSUPPORTED);
		break;
	case -EMFILE:
		ipudp_refuse(extack, FILES_MANY);
		break;
	}
}

/* Let the threads have the sockets. Packets are handled from here on. */
static int serve(struct ipudp_listener *listener)
{
	struct ipudp_home *home = listener->home;
	unsigned int family, i;
	int ret = 0;

	for (family = 0; family < 2; family++)
		for (i = 0; listener->sockets[family] && i <= home->n_workers && !ret; i++)
			ret = ipudp_worker_add_socket(&home->workers[i],
						      &listener->sockets[family][i]);
	return ret;
}

static int number(struct ipudp_listener *listener, uint32_t id)
{
	struct ipudp_idmap *map = &listener->home->listeners;

	if (!id)
		return ipudp_idmap_alloc(map, listener, &listener->id);
	if (ipudp_idmap_load(map, id))
		return -EEXIST;
	listener->id = id;
	return ipudp_idmap_store(map, id, listener);
}

static void listener_free(struct ipudp_rcu_head *head)
{
	struct ipudp_listener *listener = container_of(head, struct ipudp_listener, rcu);

	sockets_close(listener, 0);
	sockets_close(listener, 1);
	free(listener->stats);
	free(listener);
}

/* Nobody takes packets any more, nor does the kernel keep the port; memory goes later. */
static void withdraw(struct ipudp_listener *listener)
{
	struct ipudp_home *home = listener->home;
	unsigned int family, i;

	for (family = 0; family < 2; family++) {
		for (i = 0; listener->sockets[family] && i <= home->n_workers; i++) {
			struct ipudp_socket *sock = &listener->sockets[family][i];

			ipudp_worker_remove(&home->workers[i], sock->fd);
		}
	}
	/* The port is to be free when the client has its answer: close now, when no thread reads. */
	ipudp_rcu_wait(&home->rcu);
	for (family = 0; family < 2; family++) {
		for (i = 0; listener->sockets[family] && i <= home->n_workers; i++) {
			close(listener->sockets[family][i].fd);
			listener->sockets[family][i].fd = -1;
		}
	}
}

static struct ipudp_listener *create(struct ipudp_home *home,
				     const struct ipudp_listener_config *config, uint32_t id,
				     struct netlink_ext_ack *extack)
{
	struct ipudp_listener *listener;
	int ret = -ENOMEM;

	/* A predecessor may have allowed more. */
	if (home->n_listeners >= IPUDP_LISTENERS_MAX && !home->restoring) {
		ipudp_refuse(extack, LISTENERS_MANY);
		return ERR_PTR(-ENOSPC);
	}
	listener = calloc(1, sizeof(*listener));
	if (!listener)
		return ERR_PTR(-ENOMEM);
	listener->home = home;
	listener->config = *config;
	listener->stats = ipudp_stats_alloc(home->n_workers + 1, sizeof(*listener->stats));
	if (listener->stats)
		ret = open_all(listener);
	if (ret) {
		explain(ret, extack);
		listener_free(&listener->rcu);
		return ERR_PTR(ret);
	}
	ret = number(listener, id);
	if (!ret) {
		ret = serve(listener);
		if (ret)
			ipudp_idmap_erase(&home->listeners, listener->id);
	}
	if (ret) {
		withdraw(listener);
		ipudp_rcu_call(&home->rcu, &listener->rcu, listener_free);
		return ERR_PTR(ret);
	}
	home->n_listeners++;
	return listener;
}

struct ipudp_listener *ipudp_listener_create(struct ipudp_home *home,
					     const struct ipudp_listener_config *config,
					     struct netlink_ext_ack *extack)
{
	return create(home, config, 0, extack);
}

struct ipudp_listener *ipudp_listener_restore(struct ipudp_home *home,
					      const struct ipudp_listener_config *config,
					      uint32_t id)
{
	return create(home, config, id, NULL);
}

/*
 * Who may still hold the listener when this begins, and why each ends:
 *
 * 1. Tunnels: none, they are counted, and the last one's removal brought us here.
 * 2. Requests, and news of interfaces: they run in the control thread, as we do, and find it by its
 *    number, which is free from here on.
 * 3. Connections that own classes of frames: they are unregistered here, both ways.
 * 4. A thread that was told by epoll that a socket of it can be read: withdraw() has epoll forget
 *    the sockets, and waits until each thread has begun another round. Only then it closes them, so
 *    that their numbers are not another's while a thread uses them.
 * 5. A packet that a thread sends by a tunnel that has just been removed: as 4.
 * 6. The fast path: knows of tunnels, not of listeners; those went before.
 */
static void listener_destroy(struct ipudp_listener *listener)
{
	struct ipudp_home *home = listener->home;

	ipudp_event_listener(listener, IPUDP_CMD_LISTENER_DEL_NTF);
	ipudp_frame_disown(listener);
	ipudp_idmap_erase(&home->listeners, listener->id);
	home->n_listeners--;
	withdraw(listener);
	ipudp_rcu_call(&home->rcu, &listener->rcu, listener_free);
}

static bool family_serves(uint8_t has, uint8_t wants)
{
	return has == wants || has == IPUDP_FAMILY_DUAL;
}

struct ipudp_listener *ipudp_listener_find(struct ipudp_home *home,
					   const struct ipudp_listener_config *config)
{
	struct ipudp_listener *listener, *any = NULL;
	uint64_t id;

	if (!config->port)
		return NULL;
	/* Listeners are few. */
	ipudp_idmap_for_each(&home->listeners, id, listener, 0) {
		const struct ipudp_listener_config *have = &listener->config;

		if (have->port != config->port || have->bind != config->bind ||
		    !family_serves(have->family, config->family))
			continue;
		if (have->family == config->family && ipudp_ip_equal(&have->local, &config->local))
			return listener;
		if (ipudp_ip_is_any(&have->local))
			any = listener;
	}
	return any;
}

void ipudp_listener_get(struct ipudp_listener *listener)
{
	listener->tunnels++;
}

void ipudp_listener_put(struct ipudp_listener *listener)
{
	listener->tunnels--;
	ipudp_listener_reap(listener);
}

void ipudp_listener_reap(struct ipudp_listener *listener)
{
	if (!listener->tunnels && !listener->pinned)
		listener_destroy(listener);
}

/* Put a socket in the place of another one, with its settings and under its number. */
static int replace_socket(struct ipudp_listener *listener, struct ipudp_socket *sock,
			  unsigned int worker, int fd)
{
	struct ipudp_socket fresh = { .fd = fd, .family = sock->family };

	ipudp_socket_configure(&fresh, sock->fragments, sock->unchecked);
	ipudp_socket_aggregate(fd, !listener->fast);
	/* The thread that is reading it may read from the one or the other. */
	return dup3(fd, sock->fd, O_CLOEXEC) < 0 ?
		       -errno :
		       ipudp_worker_add_socket(&listener->home->workers[worker], sock);
}

/* Bound anew, sockets would leave their group, and the datagrams would not be spread any more. */
static int rebind_family(struct ipudp_listener *listener, unsigned int family)
{
	unsigned int n = listener->home->n_workers, i;
	int af = family ? AF_INET6 : AF_INET, ret = 0;
	struct ipudp_socket *sockets = listener->sockets[family];

	for (i = 0; i <= n && !ret; i++) {
		int fd = ipudp_socket_open(&listener->config, af, listener->config.port, i == 0);

		if (fd < 0)
			return fd;
		ret = replace_socket(listener, &sockets[i], i, fd);
		close(fd);
	}
	if (!ret)
		ipudp_socket_spread(sockets[0].fd, af, n);
	return ret;
}

int ipudp_listener_rebind(struct ipudp_listener *listener, uint32_t bind)
{
	uint32_t before = listener->config.bind;
	unsigned int family;
	int ret = 0;

	ipudp_write(listener->config.bind, bind);
	for (family = 0; family < 2 && !ret; family++) {
		if (listener->sockets[family])
			ret = rebind_family(listener, family);
	}
	if (ret)
		ipudp_write(listener->config.bind, before);
	return ret;
}

void ipudp_listener_flush(struct ipudp_home *home)
{
	struct ipudp_listener *listener;
	uint64_t id;

	ipudp_idmap_for_each(&home->listeners, id, listener, 0) {
		listener->pinned = false;
		ipudp_listener_reap(listener);
	}
}
