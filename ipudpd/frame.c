// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frames. A process registers for a class on a listener with a connection and gets each frame as a
 * message there; the registration ends with the connection. The socket's buffer is the bound of the
 * queue.
 */

#include "frame.h"

#include <net/genetlink.h>

#include "encap.h"
#include "home.h"
#include "listener.h"
#include "nl.h"
#include "refusal.h"
#include "server.h"
#include "tunnel.h"
#include "wire.h"
#include "worker.h"

/* A full queue is not tried again for so long, so that a flood costs little. */
#define FULL_PAUSE_MS 2

static bool send_message(const struct ipudp_listener *listener, uint8_t class, uint32_t lost,
			 struct connection *connection, const struct ipudp_datagram *datagram,
			 const uint8_t *data, size_t len)
{
	char buffer[IPUDP_FRAME_MAX + 256] __attribute__((aligned(8)));
	struct sk_buff msg = { .data = buffer, .size = sizeof(buffer) };
	void *header;

	header = genlmsg_put(&msg, 0, 0, &ipudp_nl_family, 0, IPUDP_CMD_FRAME);
	if (nla_put_u32(&msg, IPUDP_A_FRAME_LISTENER, listener->id) ||
	    nla_put_u8(&msg, IPUDP_A_FRAME_CLASS, class) ||
	    ipudp_nl_put_ip(&msg, IPUDP_A_FRAME_REMOTE, &datagram->remote, datagram->family) ||
	    ipudp_nl_put_ip(&msg, IPUDP_A_FRAME_LOCAL, &datagram->local, datagram->family) ||
	    nla_put_u16(&msg, IPUDP_A_FRAME_REMOTE_PORT, datagram->port) ||
	    nla_put_u32(&msg, IPUDP_A_FRAME_IFINDEX, datagram->ifindex) ||
	    (lost && nla_put_u32(&msg, IPUDP_A_FRAME_COUNT, lost)) ||
	    nla_put(&msg, IPUDP_A_FRAME_PAYLOAD, len, data))
		return false;
	genlmsg_end(&msg, header);
	return ipudp_connection_post(connection, msg.data, msg.len);
}

static void overflow(struct ipudp_worker *worker, struct ipudp_listener *listener,
		     struct ipudp_frame_owner *owner)
{
	struct ipudp_listener_stats *stats = &listener->stats[worker->index];

	__atomic_add_fetch(&owner->lost, 1, __ATOMIC_RELAXED);
	ipudp_count(stats->drops[IPUDP_DROP_REASON_FRAME_OVERFLOW], 1);
}

void ipudp_frame_receive(struct ipudp_worker *worker, struct ipudp_listener *listener,
			 const struct ipudp_datagram *datagram, const uint8_t *data, size_t len)
{
	struct ipudp_listener_stats *stats = &listener->stats[worker->index];
	uint8_t class = ipudp_wire_class(data[0]);
	struct ipudp_frame_owner *owner = &listener->frames[class];
	struct connection *connection = ipudp_rcu_load(owner->connection);
	uint32_t lost;

	if (!connection) {
		ipudp_count(stats->drops[IPUDP_DROP_REASON_FRAME_UNCLAIMED], 1);
		return;
	}
	if (len > IPUDP_FRAME_MAX || ipudp_read(owner->full_until) > worker->now_ms) {
		overflow(worker, listener, owner);
		return;
	}
	lost = __atomic_exchange_n(&owner->lost, 0, __ATOMIC_RELAXED);
	if (!send_message(listener, class, lost, connection, datagram, data, len)) {
		__atomic_add_fetch(&owner->lost, lost, __ATOMIC_RELAXED);
		overflow(worker, listener, owner);
		ipudp_write(owner->full_until, worker->now_ms + FULL_PAUSE_MS);
		return;
	}
	ipudp_count(stats->rx_frames, 1);
}

int ipudp_frame_send(struct ipudp_listener *listener, const struct ipudp_frame *frame,
		     struct netlink_ext_ack *extack)
{
	struct ipudp_home *home = listener->home;
	struct ipudp_worker *worker = &home->workers[home->n_workers];
	struct ipudp_tunnel_config config;
	int ret;

	if (!ipudp_listener_covers(listener, frame->family)) {
		ipudp_refuse(extack, REMOTE_FAMILY);
		return -EAFNOSUPPORT;
	}
	ipudp_tunnel_config_init(&config);
	config.endpoint.remote = frame->remote;
	config.endpoint.local = frame->local;
	config.endpoint.family = frame->family;
	config.endpoint.port = frame->port;
	config.endpoint.link = frame->ifindex;
	config.endpoint.mark = frame->mark;
	/* Frames are small, and their senders do not discover path MTUs. */
	config.endpoint.df = IPUDP_DF_UNSET;
	ret = ipudp_encap_plain(worker, listener, &config.endpoint, frame->payload, frame->len);
	/* Dropped by netfilter: no mistake of the client's, who would take it for a lack of privilege. */
	if (ret == -EPERM)
		return 0;
	if (ret) {
		ipudp_refuse(extack, FRAME_UNROUTED);
		return ret;
	}
	ipudp_count(listener->stats[worker->index].tx_frames, 1);
	return 0;
}

int ipudp_frame_register(struct ipudp_listener *listener, uint8_t class,
			 const struct genl_info *info)
{
	struct ipudp_frame_owner *owner = &listener->frames[class];
	struct connection *connection = info->sk;

	if (owner->connection == connection)
		return 0;
	if (owner->connection)
		return -EBUSY;
	__atomic_store_n(&owner->lost, 0, __ATOMIC_RELAXED);
	ipudp_write(owner->full_until, 0);
	ipudp_rcu_store(owner->connection, connection);
	return 0;
}

static int unregister(struct ipudp_listener *listener, uint8_t class, struct connection *connection)
{
	struct ipudp_frame_owner *owner = &listener->frames[class];

	if (!connection || owner->connection != connection)
		return -ENOENT;
	ipudp_rcu_store(owner->connection, NULL);
	return 0;
}

int ipudp_frame_unregister(struct ipudp_listener *listener, uint8_t class,
			   const struct genl_info *info)
{
	return unregister(listener, class, info->sk);
}

void ipudp_frame_disown(struct ipudp_listener *listener)
{
	uint8_t class;

	for (class = 0; class < IPUDP_FRAME_CLASSES; class ++)
		unregister(listener, class, listener->frames[class].connection);
}

void ipudp_frame_forget(struct ipudp_home *home, struct connection *connection)
{
	struct ipudp_listener *listener;
	uint8_t class;
	uint64_t id;

	ipudp_idmap_for_each(&home->listeners, id, listener, 0)
		for (class = 0; class < IPUDP_FRAME_CLASSES; class ++)
			unregister(listener, class, connection);
}
