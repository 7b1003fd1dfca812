/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames: datagrams on a listener that are not tunnel data, for processes. */
#ifndef _IPUDP_FRAME_H
#define _IPUDP_FRAME_H

#include <linux/skbuff.h>
#include <uapi/linux/ipudp.h>

#include "addr.h"

struct genl_info;
struct ipudp_home;
struct ipudp_listener;
struct net;
struct netlink_ext_ack;

#define IPUDP_FRAME_CLASSES (IPUDP_FRAME_CLASS_OTHER + 1)

/**
 * struct ipudp_frame_owner - who gets the frames of a class
 * @portid: netlink port of the process's socket, 0 for nobody
 * @full_until: jiffies until which its queue is taken to be full
 * @lost: frames lost since the last one it got
 */
struct ipudp_frame_owner {
	u32 portid;
	unsigned long full_until;
	atomic_t lost;
};

/**
 * struct ipudp_frame - a frame to be sent
 * @remote: where to
 * @local: source address, any for the listener's or the route's choice
 * @family: AF_INET or AF_INET6
 * @port: where to
 * @ifindex: interface that it must leave by, 0 for the route's choice
 * @mark: fwmark
 * @payload: UDP payload
 * @len: its bytes
 */
struct ipudp_frame {
	union ipudp_ip remote;
	union ipudp_ip local;
	u16 family;
	__be16 port;
	u32 ifindex;
	u32 mark;
	const void *payload;
	unsigned int len;
};

/**
 * ipudp_frame_receive() - hand a datagram to whoever registered for its class
 * @skb: at the UDP header, which has at least one byte of payload; borrowed
 * @first: first byte of the payload
 *
 * Context: softirq, under RCU.
 */
void ipudp_frame_receive(struct ipudp_listener *listener, struct sk_buff *skb, u8 first);

/**
 * ipudp_frame_send() - send a datagram from a listener's port
 * Context: process, under home->lock. Return: 0 or a negative errno, then with a sentence.
 */
int ipudp_frame_send(struct ipudp_listener *listener, const struct ipudp_frame *frame,
		     struct netlink_ext_ack *extack);

/**
 * ipudp_frame_register() - give a class of frames to who asks for it, a netlink port
 * Context: process, under home->lock. Return: 0 or -EBUSY if another has it.
 */
int ipudp_frame_register(struct ipudp_listener *listener, u8 class, const struct genl_info *info);

/** ipudp_frame_unregister() - take it back; -ENOENT if the port does not have it */
int ipudp_frame_unregister(struct ipudp_listener *listener, u8 class, const struct genl_info *info);

/** ipudp_frame_forget() - a listener goes, and its registrations with it; under home->lock */
void ipudp_frame_forget(struct ipudp_listener *listener);

/** ipudp_frame_init() - watch netlink sockets being closed, at module load */
int ipudp_frame_init(void);

/** ipudp_frame_done() - stop that */
void ipudp_frame_done(void);

#endif
