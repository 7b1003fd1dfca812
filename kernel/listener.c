// SPDX-License-Identifier: GPL-2.0-only
/*
 * Listeners: UDP sockets of the kernel's, shared by tunnels. They live as long as a tunnel uses
 * them or user space pinned them, whatever becomes of processes, and at most as long as their
 * namespace.
 */

#include "listener.h"

#include <linux/netdevice.h>
#include <net/udp_tunnel.h>

#include "compat.h"
#include "decap.h"
#include "event.h"
#include "home.h"
#include "path.h"
#include "refusal.h"

/* How often a port that IPv4 has free is tried for IPv6, when any port will do. */
#define DUAL_TRIES 16

static void listener_free(struct rcu_head *rcu)
{
	struct ipudp_listener *listener = container_of(rcu, struct ipudp_listener, rcu);

	free_percpu(listener->stats);
	kfree(listener);
}

/*
 * Packets on other CPUs may still see the socket: UDP sockets are freed after a grace period, and
 * so is the listener.
 */
static void socket_close(struct sock __rcu **where, struct mutex *lock)
{
	struct sock *sk = rcu_dereference_protected(*where, lockdep_is_held(lock));

	if (!sk)
		return;
	RCU_INIT_POINTER(*where, NULL);
	rcu_assign_sk_user_data(sk, NULL);
	sock_release(sk->sk_socket);
}

static int socket_open(struct ipudp_listener *listener, int family, __be16 port,
		       struct socket **ret_sock)
{
	const struct ipudp_listener_config *config = &listener->config;
	struct udp_port_cfg cfg = {
		.family = family,
		.local_udp_port = port,
		.bind_ifindex = config->bind,
		.use_udp_checksums = true,
		.use_udp6_tx_checksums = true,
		/* Zero checksums are accepted, as RFC 6935 allows tunnels to. */
		.use_udp6_rx_checksums = false,
		.ipv6_v6only = true,
	};

	if (family == AF_INET6)
		return ipudp_compat_udp6_create(listener->home->net, &cfg, &config->local.v6,
						ret_sock);
	cfg.local_ip.s_addr = config->local.v4;
	return udp_sock_create(listener->home->net, &cfg, ret_sock);
}

static void socket_start(struct ipudp_listener *listener, struct socket *sock)
{
	struct udp_tunnel_sock_cfg cfg = {
		.sk_user_data = listener,
		.encap_type = 1,
		.encap_rcv = ipudp_decap_receive,
		.encap_err_lookup = ipudp_decap_error,
		.gro_receive = ipudp_gro_receive,
		.gro_complete = ipudp_gro_complete,
	};

	ipudp_path_listen(sock->sk);
	ipudp_compat_setup_sock(listener->home->net, sock, &cfg);
}

/* Both families on one port. If any port will do, the one that IPv4 got may be taken for IPv6. */
static int sockets_open_dual(struct ipudp_listener *listener, struct socket **sock4,
			     struct socket **sock6)
{
	int tries = listener->config.port ? 1 : DUAL_TRIES;
	int ret = -EADDRINUSE;

	while (tries-- && ret == -EADDRINUSE) {
		ret = socket_open(listener, AF_INET, listener->config.port, sock4);
		if (ret)
			return ret;
		ret = socket_open(listener, AF_INET6, inet_sk((*sock4)->sk)->inet_sport, sock6);
		if (ret)
			sock_release(*sock4);
	}
	return ret;
}

static int sockets_open(struct ipudp_listener *listener)
{
	struct socket *sock4 = NULL, *sock6 = NULL;
	int ret;

	switch (listener->config.family) {
	case IPUDP_FAMILY_IPV4:
		ret = socket_open(listener, AF_INET, listener->config.port, &sock4);
		break;
	case IPUDP_FAMILY_IPV6:
		ret = socket_open(listener, AF_INET6, listener->config.port, &sock6);
		break;
	default:
		ret = sockets_open_dual(listener, &sock4, &sock6);
	}
	if (ret)
		return ret;
	listener->config.port = inet_sk((sock4 ?: sock6)->sk)->inet_sport;
	/* Packets may come from here on; the listener is complete but for its id. */
	if (sock4) {
		rcu_assign_pointer(listener->sock4, sock4->sk);
		socket_start(listener, sock4);
	}
	if (sock6) {
		rcu_assign_pointer(listener->sock6, sock6->sk);
		socket_start(listener, sock6);
	}
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
	}
}

struct ipudp_listener *ipudp_listener_create(struct ipudp_home *home,
					     const struct ipudp_listener_config *config,
					     struct netlink_ext_ack *extack)
{
	struct ipudp_listener *listener;
	int ret = -ENOMEM;

	lockdep_assert_held(&home->lock);
	if (home->n_listeners >= IPUDP_LISTENERS_MAX) {
		ipudp_refuse(extack, LISTENERS_MANY);
		return ERR_PTR(-ENOSPC);
	}
	listener = kzalloc(sizeof(*listener), GFP_KERNEL_ACCOUNT);
	if (!listener)
		return ERR_PTR(-ENOMEM);
	listener->home = home;
	listener->config = *config;
	listener->stats = alloc_percpu_gfp(struct ipudp_listener_stats, GFP_KERNEL_ACCOUNT);
	if (!listener->stats)
		goto err_free;
	ret = xa_alloc(&home->listeners, &listener->id, listener, xa_limit_32b, GFP_KERNEL);
	if (ret)
		goto err_free;
	ret = sockets_open(listener);
	if (ret) {
		explain(ret, extack);
		goto err_id;
	}
	hash_add_rcu(home->listener_hash, &listener->node, (__force u16)listener->config.port);
	home->n_listeners++;
	return listener;

err_id:
	xa_erase(&home->listeners, listener->id);
err_free:
	free_percpu(listener->stats);
	kfree(listener);
	return ERR_PTR(ret);
}

/*
 * Who may still hold the listener when this begins, and why each ends:
 *
 * 1. Tunnels: none, they are counted, and the last one's removal brought us here.
 * 2. Requests and the notifier of closed netlink sockets: they hold home->lock, as we do, and find
 *    it in the home's tables, out of which it is taken here.
 * 3. Owners of classes of frames: numbers, not pointers; ipudp_frame_forget() has them be 0, and
 *    takes them from the home's count of registrations.
 * 4. A packet or an ICMP error that is received: found it by the socket's sk_user_data, which
 *    becomes NULL. One under way is in an RCU read section of the UDP layer, and call_rcu() waits
 *    for it.
 * 5. A packet that is sent by a tunnel that has just been removed: has tunnel->listener, and loads
 *    sock4 or sock6, in an RCU read section. It finds NULL and gives up, or a socket, which has
 *    SOCK_RCU_FREE; call_rcu() waits for the packet, too.
 * 6. A packet that was sent and is queued below: may hold the socket by skb->sk, no listener.
 */
static void listener_destroy(struct ipudp_listener *listener)
{
	struct ipudp_home *home = listener->home;

	ipudp_event_listener(listener, IPUDP_CMD_LISTENER_DEL_NTF);
	ipudp_frame_forget(listener);
	hash_del_rcu(&listener->node);
	home->n_listeners--;
	xa_erase(&home->listeners, listener->id);
	socket_close(&listener->sock4, &home->lock);
	socket_close(&listener->sock6, &home->lock);
	call_rcu(&listener->rcu, listener_free);
}

static bool family_serves(u8 has, u8 wants)
{
	return has == wants || has == IPUDP_FAMILY_DUAL;
}

struct ipudp_listener *ipudp_listener_find(struct ipudp_home *home,
					   const struct ipudp_listener_config *config)
{
	struct ipudp_listener *listener, *any = NULL;

	lockdep_assert_held(&home->lock);
	if (!config->port)
		return NULL;
	hash_for_each_possible(home->listener_hash, listener, node, (__force u16)config->port) {
		const struct ipudp_listener_config *have = &listener->config;

		if (have->port != config->port || have->bind != config->bind ||
		    !family_serves(have->family, config->family))
			continue;
		if (have->family == config->family &&
		    ipudp_ip_equal(&have->local, &config->local))
			return listener;
		if (ipudp_ip_is_any(&have->local))
			any = listener;
	}
	return any;
}

void ipudp_listener_get(struct ipudp_listener *listener)
{
	lockdep_assert_held(&listener->home->lock);
	listener->tunnels++;
}

void ipudp_listener_put(struct ipudp_listener *listener)
{
	lockdep_assert_held(&listener->home->lock);
	listener->tunnels--;
	ipudp_listener_reap(listener);
}

void ipudp_listener_reap(struct ipudp_listener *listener)
{
	if (!listener->tunnels && !listener->pinned)
		listener_destroy(listener);
}

void ipudp_listener_flush(struct ipudp_home *home)
{
	struct ipudp_listener *listener;
	unsigned long id;

	lockdep_assert_held(&home->lock);
	xa_for_each(&home->listeners, id, listener) {
		listener->pinned = false;
		ipudp_listener_reap(listener);
	}
}
