// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Listeners: UDP sockets, shared by tunnels. They live as long as a tunnel uses them or a client
 * pinned them, whatever becomes of processes. For each family there is one socket for each thread,
 * all on one port: flows of data are spread over those of the threads that carry packets, while
 * frames and keepalives come to the control thread's, so that a flood of them costs no data.
 */

#include "listener.h"

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

static struct ipudpd_socket *sockets_alloc(struct ipudpd_listener *listener, uint16_t family)
{
	unsigned int n = listener->home->n_workers + 1, i;
	struct ipudpd_socket *sockets = calloc(n, sizeof(*sockets));

	for (i = 0; sockets && i < n; i++)
		sockets[i] = (struct ipudpd_socket){
			.listener = listener,
			.fd = -1,
			.family = family,
		};
	return sockets;
}

static void sockets_close(struct ipudpd_listener *listener, unsigned int family)
{
	unsigned int n = listener->home->n_workers + 1, i;

	for (i = 0; listener->sockets[family] && i < n; i++)
		if (listener->sockets[family][i].fd >= 0)
			close(listener->sockets[family][i].fd);
	free(listener->sockets[family]);
	listener->sockets[family] = NULL;
}

/* Open the sockets of a family. On failure none is left. */
static int sockets_open(struct ipudpd_listener *listener, unsigned int family, in_port_t port)
{
	unsigned int n = listener->home->n_workers, i;
	uint16_t af = family ? AF_INET6 : AF_INET;
	struct ipudpd_socket *sockets;

	sockets = sockets_alloc(listener, af);
	if (!sockets)
		return -ENOMEM;
	listener->sockets[family] = sockets;
	for (i = 0; i <= n; i++) {
		int fd = ipudpd_socket_open(&listener->config, af, port, i == 0);

		if (fd < 0) {
			sockets_close(listener, family);
			return fd;
		}
		sockets[i].fd = fd;
		port = ipudpd_socket_port(fd);
	}
	ipudpd_socket_spread(sockets[0].fd, af, n);
	return 0;
}

/* Both families on one port. If any port will do, the one that IPv4 got may be taken for IPv6. */
static int open_dual(struct ipudpd_listener *listener)
{
	int tries = listener->config.port ? 1 : DUAL_TRIES, ret = -EADDRINUSE;

	while (tries-- && ret == -EADDRINUSE) {
		ret = sockets_open(listener, 0, listener->config.port);
		if (ret)
			return ret;
		ret = sockets_open(listener, 1, ipudpd_socket_port(listener->sockets[0][0].fd));
		if (ret)
			sockets_close(listener, 0);
	}
	return ret;
}

static int open_all(struct ipudpd_listener *listener)
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
	listener->config.port = ipudpd_socket_port(listener->sockets[family][0].fd);
	return 0;
}

static void explain(int error, struct netlink_ext_ack *extack)
{
	switch (error) {
	case -EADDRINUSE:
		ipudpd_refuse(extack, PORT_IN_USE);
		break;
	case -EADDRNOTAVAIL:
		ipudpd_refuse(extack, LOCAL_FOREIGN);
		break;
	case -ENODEV:
		ipudpd_refuse(extack, BIND_UNKNOWN);
		break;
	case -EAFNOSUPPORT:
		ipudpd_refuse(extack, FAMILY_UNSUPPORTED);
		break;
	}
}

/* Let the threads have the sockets. Packets are handled from here on. */
static int serve(struct ipudpd_listener *listener)
{
	struct ipudpd_home *home = listener->home;
	unsigned int family, i;
	int ret = 0;

	for (family = 0; family < 2; family++)
		for (i = 0; listener->sockets[family] && i <= home->n_workers && !ret; i++)
			ret = ipudpd_worker_add_socket(&home->workers[i],
						       &listener->sockets[family][i]);
	return ret;
}

static int number(struct ipudpd_listener *listener, uint32_t id)
{
	struct ipudpd_idmap *map = &listener->home->listeners;

	if (!id)
		return ipudpd_idmap_alloc(map, listener, &listener->id);
	if (ipudpd_idmap_load(map, id))
		return -EEXIST;
	listener->id = id;
	return ipudpd_idmap_store(map, id, listener);
}

static void listener_free(struct ipudpd_rcu_head *head)
{
	struct ipudpd_listener *listener = container_of(head, struct ipudpd_listener, rcu);

	sockets_close(listener, 0);
	sockets_close(listener, 1);
	free(listener->stats);
	free(listener);
}

/* Nobody takes packets any more, nor does the kernel keep the port; memory goes later. */
static void withdraw(struct ipudpd_listener *listener)
{
	struct ipudpd_home *home = listener->home;
	unsigned int family, i;

	for (family = 0; family < 2; family++) {
		for (i = 0; listener->sockets[family] && i <= home->n_workers; i++) {
			struct ipudpd_socket *sock = &listener->sockets[family][i];

			ipudpd_worker_remove(&home->workers[i], sock->fd);
		}
	}
	/* The port is to be free when the client has its answer: close now, when no thread reads. */
	ipudpd_rcu_wait(&home->rcu);
	for (family = 0; family < 2; family++) {
		for (i = 0; listener->sockets[family] && i <= home->n_workers; i++) {
			close(listener->sockets[family][i].fd);
			listener->sockets[family][i].fd = -1;
		}
	}
}

int ipudpd_listener_create(struct ipudpd_home *home, const struct ipudpd_listener_config *config,
			   uint32_t id, struct netlink_ext_ack *extack,
			   struct ipudpd_listener **ret_listener)
{
	struct ipudpd_listener *listener = calloc(1, sizeof(*listener));
	int ret = -ENOMEM;

	if (!listener)
		return -ENOMEM;
	listener->home = home;
	listener->config = *config;
	listener->stats = ipudpd_stats_alloc(home->n_workers + 1, sizeof(*listener->stats));
	if (listener->stats)
		ret = open_all(listener);
	if (ret) {
		explain(ret, extack);
		listener_free(&listener->rcu);
		return ret;
	}
	ret = number(listener, id);
	if (!ret) {
		ret = serve(listener);
		if (ret)
			ipudpd_idmap_erase(&home->listeners, listener->id);
	}
	if (ret) {
		withdraw(listener);
		ipudpd_rcu_call(&home->rcu, &listener->rcu, listener_free);
		return ret;
	}
	*ret_listener = listener;
	return 0;
}

static void listener_destroy(struct ipudpd_listener *listener)
{
	struct ipudpd_home *home = listener->home;
	uint8_t class;

	ipudpd_event_listener(listener, IPUDP_CMD_LISTENER_DEL_NTF);
	for (class = 0; class < IPUDPD_FRAME_CLASSES; class ++)
		ipudpd_frame_unregister(listener, class, listener->frames[class].connection);
	ipudpd_idmap_erase(&home->listeners, listener->id);
	withdraw(listener);
	ipudpd_rcu_call(&home->rcu, &listener->rcu, listener_free);
}

static bool family_serves(uint8_t has, uint8_t wants)
{
	return has == wants || has == IPUDP_FAMILY_DUAL;
}

struct ipudpd_listener *ipudpd_listener_find(struct ipudpd_home *home,
					     const struct ipudpd_listener_config *config)
{
	struct ipudpd_listener *listener, *any = NULL;
	uint64_t id;

	if (!config->port)
		return NULL;
	/* Listeners are few. */
	ipudpd_idmap_for_each(&home->listeners, id, listener, 0) {
		const struct ipudpd_listener_config *have = &listener->config;

		if (have->port != config->port || have->bind != config->bind ||
		    !family_serves(have->family, config->family))
			continue;
		if (have->family == config->family && ipudpd_ip_equal(&have->local, &config->local))
			return listener;
		if (ipudpd_ip_is_any(&have->local))
			any = listener;
	}
	return any;
}

void ipudpd_listener_get(struct ipudpd_listener *listener)
{
	listener->tunnels++;
}

void ipudpd_listener_put(struct ipudpd_listener *listener)
{
	listener->tunnels--;
	ipudpd_listener_reap(listener);
}

void ipudpd_listener_reap(struct ipudpd_listener *listener)
{
	if (!listener->tunnels && !listener->pinned)
		listener_destroy(listener);
}

/* Put a socket in the place of another one, with its settings and under its number. */
static int replace_socket(struct ipudpd_listener *listener, struct ipudpd_socket *sock,
			  unsigned int worker, int fd)
{
	struct ipudpd_socket fresh = { .fd = fd, .family = sock->family };

	ipudpd_socket_configure(&fresh, sock->fragments, sock->unchecked);
	ipudpd_socket_aggregate(fd, !listener->fast);
	/* The thread that is reading it may read from the one or the other. */
	return dup3(fd, sock->fd, O_CLOEXEC) < 0 ?
		       -errno :
		       ipudpd_worker_add_socket(&listener->home->workers[worker], sock);
}

/* Bound anew, sockets would leave their group, and the datagrams would not be spread any more. */
static int rebind_family(struct ipudpd_listener *listener, unsigned int family)
{
	unsigned int n = listener->home->n_workers, i;
	int af = family ? AF_INET6 : AF_INET, ret = 0;
	struct ipudpd_socket *sockets = listener->sockets[family];

	for (i = 0; i <= n && !ret; i++) {
		int fd = ipudpd_socket_open(&listener->config, af, listener->config.port, i == 0);

		if (fd < 0)
			return fd;
		ret = replace_socket(listener, &sockets[i], i, fd);
		close(fd);
	}
	if (!ret)
		ipudpd_socket_spread(sockets[0].fd, af, n);
	return ret;
}

int ipudpd_listener_rebind(struct ipudpd_listener *listener, uint32_t bind)
{
	uint32_t before = listener->config.bind;
	unsigned int family;
	int ret = 0;

	ipudpd_write(listener->config.bind, bind);
	for (family = 0; family < 2 && !ret; family++) {
		if (listener->sockets[family])
			ret = rebind_family(listener, family);
	}
	if (ret)
		ipudpd_write(listener->config.bind, before);
	return ret;
}

void ipudpd_listener_flush(struct ipudpd_home *home)
{
	struct ipudpd_listener *listener;
	uint64_t id;

	ipudpd_idmap_for_each(&home->listeners, id, listener, 0) {
		listener->pinned = false;
		ipudpd_listener_reap(listener);
	}
}
