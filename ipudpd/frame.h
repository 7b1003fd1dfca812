/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames: datagrams on a listener that are not tunnel data, for processes. */
#ifndef _IPUDPD_FRAME_H
#define _IPUDPD_FRAME_H

#include <stddef.h>

#include <linux/ipudp.h>

#include "addr.h"

struct connection;
struct ipudpd_home;
struct ipudpd_listener;
struct ipudpd_worker;
struct netlink_ext_ack;

#define IPUDPD_FRAME_CLASSES (IPUDP_FRAME_CLASS_OTHER + 1)

/**
 * struct ipudpd_frame_owner - who gets the frames of a class
 * @connection: of the process, NULL for nobody; read by packets
 * @full_until: until when its queue is taken to be full, by ipudpd_clock_ms()
 * @lost: frames lost since the last one it got
 */
struct ipudpd_frame_owner {
	struct connection *connection;
	uint64_t full_until;
	uint32_t lost;
};

/**
 * struct ipudpd_datagram - where a received datagram came from, and where it came to
 * @remote: source address
 * @local: destination address
 * @family: AF_INET or AF_INET6
 * @port: source port in network byte order
 * @ifindex: interface that it came by
 * @tos: DSCP and ECN
 */
struct ipudpd_datagram {
	union ipudpd_ip remote;
	union ipudpd_ip local;
	uint16_t family;
	in_port_t port;
	uint32_t ifindex;
	uint8_t tos;
};

/**
 * struct ipudpd_frame - a frame to be sent
 * @remote: where to
 * @local: source address, any for the listener's or the route's choice
 * @family: AF_INET or AF_INET6
 * @port: where to, in network byte order
 * @ifindex: interface that it must leave by, 0 for the route's choice
 * @mark: fwmark
 * @payload: UDP payload
 * @len: its bytes
 */
struct ipudpd_frame {
	union ipudpd_ip remote;
	union ipudpd_ip local;
	uint16_t family;
	in_port_t port;
	uint32_t ifindex;
	uint32_t mark;
	const void *payload;
	size_t len;
};

/** ipudpd_frame_receive() - hand a datagram of at least one byte to whoever registered for it */
void ipudpd_frame_receive(struct ipudpd_worker *worker, struct ipudpd_listener *listener,
			  const struct ipudpd_datagram *datagram, const uint8_t *data, size_t len);

/** ipudpd_frame_send() - send a datagram from a listener's port; 0 or a negative errno */
int ipudpd_frame_send(struct ipudpd_listener *listener, const struct ipudpd_frame *frame,
		      struct netlink_ext_ack *extack);

/** ipudpd_frame_register() - give a class of frames to a connection; -EBUSY if another has it */
int ipudpd_frame_register(struct ipudpd_listener *listener, uint8_t class,
			  struct connection *connection);

/** ipudpd_frame_unregister() - take it back; -ENOENT if the connection does not have it */
int ipudpd_frame_unregister(struct ipudpd_listener *listener, uint8_t class,
			    struct connection *connection);

/** ipudpd_frame_forget() - a connection ends, and its registrations with it */
void ipudpd_frame_forget(struct ipudpd_home *home, struct connection *connection);

#endif
