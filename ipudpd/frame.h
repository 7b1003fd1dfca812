/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames: datagrams on a listener that are not tunnel data, for processes. */
#ifndef _IPUDP_FRAME_H
#define _IPUDP_FRAME_H

#include <stddef.h>

#include <linux/ipudp.h>

#include "addr.h"

struct connection;
struct genl_info;
struct ipudp_home;
struct ipudp_listener;
struct ipudp_worker;
struct netlink_ext_ack;

#define IPUDP_FRAME_CLASSES (IPUDP_FRAME_CLASS_OTHER + 1)

/**
 * struct ipudp_frame_owner - who gets the frames of a class
 * @connection: of the process, NULL for nobody; read by packets
 * @full_until: until when its queue is taken to be full, by ipudp_clock_ms()
 * @lost: frames lost since the last one it got
 */
struct ipudp_frame_owner {
	struct connection *connection;
	uint64_t full_until;
	uint32_t lost;
};

/**
 * struct ipudp_datagram - where a received datagram came from, and where it came to
 * @remote: source address
 * @local: destination address
 * @family: AF_INET or AF_INET6
 * @port: source port in network byte order
 * @ifindex: interface that it came by
 * @tos: DSCP and ECN
 */
struct ipudp_datagram {
	union ipudp_ip remote;
	union ipudp_ip local;
	uint16_t family;
	in_port_t port;
	uint32_t ifindex;
	uint8_t tos;
};

/**
 * struct ipudp_frame - a frame to be sent
 * @remote: where to
 * @local: source address, any for the listener's or the route's choice
 * @family: AF_INET or AF_INET6
 * @port: where to, in network byte order
 * @ifindex: interface that it must leave by, 0 for the route's choice
 * @mark: fwmark
 * @payload: UDP payload
 * @len: its bytes
 */
struct ipudp_frame {
	union ipudp_ip remote;
	union ipudp_ip local;
	uint16_t family;
	in_port_t port;
	uint32_t ifindex;
	uint32_t mark;
	const void *payload;
	size_t len;
};

/** ipudp_frame_receive() - hand a datagram of at least one byte to whoever registered for it */
void ipudp_frame_receive(struct ipudp_worker *worker, struct ipudp_listener *listener,
			 const struct ipudp_datagram *datagram, const uint8_t *data, size_t len);

/** ipudp_frame_send() - send a datagram from a listener's port; 0 or a negative errno */
int ipudp_frame_send(struct ipudp_listener *listener, const struct ipudp_frame *frame,
		     struct netlink_ext_ack *extack);

/** ipudp_frame_register() - give a class of frames to who asks for it; -EBUSY if another has it */
int ipudp_frame_register(struct ipudp_listener *listener, uint8_t class,
			 const struct genl_info *info);

/** ipudp_frame_unregister() - take it back; -ENOENT if who asks for it does not have it */
int ipudp_frame_unregister(struct ipudp_listener *listener, uint8_t class,
			   const struct genl_info *info);

/** ipudp_frame_disown() - a listener goes, and its registrations with it */
void ipudp_frame_disown(struct ipudp_listener *listener);

/** ipudp_frame_forget() - a connection ends, and its registrations with it */
void ipudp_frame_forget(struct ipudp_home *home, struct connection *connection);

#endif
