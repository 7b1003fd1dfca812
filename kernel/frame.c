// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames. A process registers for a class on a listener with a netlink socket and gets each frame
 * as a unicast message there; the registration ends with the socket. The socket's receive buffer
 * is the bound of the queue.
 */

#include "frame.h"

#include <linux/netlink.h>
#include <linux/notifier.h>
#include <net/udp.h>

#include "compat.h"
#include "encap.h"
#include "home.h"
#include "listener.h"
#include "nl.h"
#include "refusal.h"
#include "tunnel.h"
#include "wire.h"

/* A full queue is not tried again for so long, so that a flood costs little. */
#define FULL_PAUSE_MS 2

static int put_addresses(struct sk_buff *msg, const struct sk_buff *skb)
{
	union ipudp_ip remote = { }, local = { };
	u16 family = AF_INET;

	if (ip_hdr(skb)->version == 4) {
		remote.v4 = ip_hdr(skb)->saddr;
		local.v4 = ip_hdr(skb)->daddr;
	} else {
		family = AF_INET6;
		remote.v6 = ipv6_hdr(skb)->saddr;
		local.v6 = ipv6_hdr(skb)->daddr;
	}
	return ipudp_nl_put_ip(msg, IPUDP_A_FRAME_REMOTE, &remote, family) ?:
	       ipudp_nl_put_ip(msg, IPUDP_A_FRAME_LOCAL, &local, family);
}

/* The frame as a message, NULL if there is no memory for it. */
static struct sk_buff *message(const struct ipudp_listener *listener, const struct sk_buff *skb,
			       u8 class, u32 lost)
{
	unsigned int len = skb->len - sizeof(struct udphdr);
	struct sk_buff *msg;
	struct nlattr *attr;
	void *header;

	msg = genlmsg_new(nla_total_size(len) + 128, GFP_ATOMIC);
	if (!msg)
		return NULL;
	header = genlmsg_put(msg, 0, 0, &ipudp_nl_family, 0, IPUDP_CMD_FRAME);
	if (!header || nla_put_u32(msg, IPUDP_A_FRAME_LISTENER, listener->id) ||
	    nla_put_u8(msg, IPUDP_A_FRAME_CLASS, class) || put_addresses(msg, skb) ||
	    nla_put_be16(msg, IPUDP_A_FRAME_REMOTE_PORT, udp_hdr(skb)->source) ||
	    nla_put_u32(msg, IPUDP_A_FRAME_IFINDEX, skb->dev->ifindex) ||
	    (lost && nla_put_u32(msg, IPUDP_A_FRAME_COUNT, lost)))
		goto err_free;
	attr = nla_reserve(msg, IPUDP_A_FRAME_PAYLOAD, len);
	if (!attr || skb_copy_bits(skb, sizeof(struct udphdr), nla_data(attr), len))
		goto err_free;
	genlmsg_end(msg, header);
	return msg;

err_free:
	nlmsg_free(msg);
	return NULL;
}

static void overflow(const struct ipudp_listener *listener, struct ipudp_frame_owner *owner)
{
	atomic_inc(&owner->lost);
	ipudp_listener_lost(listener, IPUDP_DROP_REASON_FRAME_OVERFLOW);
}

void ipudp_frame_receive(struct ipudp_listener *listener, struct sk_buff *skb, u8 first)
{
	u8 class = ipudp_wire_class(first);
	struct ipudp_frame_owner *owner = &listener->frames[class];
	u32 portid = READ_ONCE(owner->portid);
	unsigned long full_until;
	struct sk_buff *msg;
	u32 lost;

	if (!portid) {
		ipudp_listener_lost(listener, IPUDP_DROP_REASON_FRAME_UNCLAIMED);
		return;
	}
	full_until = READ_ONCE(owner->full_until);
	if (skb->len > IPUDP_FRAME_MAX + sizeof(struct udphdr) ||
	    (full_until && time_before(jiffies, full_until))) {
		overflow(listener, owner);
		return;
	}
	lost = atomic_xchg(&owner->lost, 0);
	msg = message(listener, skb, class, lost);
	if (!msg || genlmsg_unicast(dev_net(skb->dev), msg, portid)) {
		atomic_add(lost, &owner->lost);
		overflow(listener, owner);
		WRITE_ONCE(owner->full_until, jiffies + msecs_to_jiffies(FULL_PAUSE_MS));
		return;
	}
	if (full_until)
		WRITE_ONCE(owner->full_until, 0);
	this_cpu_inc(listener->stats->rx_frames);
}

int ipudp_frame_send(struct ipudp_listener *listener, const struct ipudp_frame *frame,
		     struct netlink_ext_ack *extack)
{
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
	rcu_read_lock();
	ret = ipudp_encap_plain(listener, &config.endpoint, NULL, frame->payload, frame->len);
	rcu_read_unlock();
	if (ret) {
		ipudp_refuse(extack, FRAME_UNROUTED);
		return ret;
	}
	this_cpu_inc(listener->stats->tx_frames);
	return 0;
}

int ipudp_frame_register(struct ipudp_listener *listener, u8 class, const struct genl_info *info)
{
	struct ipudp_frame_owner *owner = &listener->frames[class];
	u32 portid = info->snd_portid;

	lockdep_assert_held(&listener->home->lock);
	if (owner->portid == portid)
		return 0;
	if (owner->portid)
		return -EBUSY;
	atomic_set(&owner->lost, 0);
	WRITE_ONCE(owner->full_until, 0);
	WRITE_ONCE(owner->portid, portid);
	listener->home->registrations++;
	return 0;
}

static int unregister(struct ipudp_listener *listener, u8 class, u32 portid)
{
	struct ipudp_frame_owner *owner = &listener->frames[class];

	lockdep_assert_held(&listener->home->lock);
	if (!portid || owner->portid != portid)
		return -ENOENT;
	WRITE_ONCE(owner->portid, 0);
	listener->home->registrations--;
	return 0;
}

int ipudp_frame_unregister(struct ipudp_listener *listener, u8 class, const struct genl_info *info)
{
	return unregister(listener, class, info->snd_portid);
}

void ipudp_frame_forget(struct ipudp_listener *listener)
{
	u8 class;

	for (class = 0; class < IPUDP_FRAME_CLASSES; class++)
		unregister(listener, class, listener->frames[class].portid);
}

/* A netlink socket was closed. */
static int socket_closed(struct notifier_block *nb, unsigned long event, void *data)
{
	const struct netlink_notify *notify = data;
	struct ipudp_listener *listener;
	struct ipudp_home *home;
	unsigned long id;
	u8 class;

	if (event != NETLINK_URELEASE || notify->protocol != NETLINK_GENERIC)
		return NOTIFY_DONE;
	home = ipudp_home_of(notify->net);
	/* Unlocked: a socket that is being closed has long made its registrations. */
	if (!READ_ONCE(home->registrations))
		return NOTIFY_DONE;
	mutex_lock(&home->lock);
	xa_for_each(&home->listeners, id, listener) {
		for (class = 0; class < IPUDP_FRAME_CLASSES; class++)
			unregister(listener, class, notify->portid);
	}
	mutex_unlock(&home->lock);
	return NOTIFY_DONE;
}

static struct notifier_block netlink_notifier = {
	.notifier_call = socket_closed,
};

int ipudp_frame_init(void)
{
	return netlink_register_notifier(&netlink_notifier);
}

void ipudp_frame_done(void)
{
	netlink_unregister_notifier(&netlink_notifier);
}
