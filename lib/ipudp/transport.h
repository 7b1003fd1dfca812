/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How messages reach a data plane. A transport carries whole netlink messages and knows nothing of
 * what they say but its own family number; it is given to ipudp_handle_create(), which owns it.
 */
#ifndef _IPUDP_TRANSPORT_H
#define _IPUDP_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <ipudp/ipudp.h>

/** Bytes of the largest datagram that a transport delivers. */
#define IPUDP_DATAGRAM_MAX 65536

/**
 * enum ipudp_channel - the two connections of a handle
 * @IPUDP_CHANNEL_REQUEST: requests and their answers
 * @IPUDP_CHANNEL_ASYNC: frames, events, and the registrations for them
 */
enum ipudp_channel {
	IPUDP_CHANNEL_REQUEST,
	IPUDP_CHANNEL_ASYNC,
	IPUDP_CHANNELS,
};

struct ipudp_transport;

/**
 * struct ipudp_transport_ops - what a transport does; all return a negative errno on failure
 * @send: send @len bytes, one or more whole messages; 0 on success
 * @recv: receive one datagram and return its length, above 0. Without @wait, -EAGAIN when there is
 *	none. -ENOBUFS when something was lost since the last call; the connection goes on.
 * @fd: descriptor to poll for reading, -1 if there is none
 * @subscribe: have events delivered on the async channel; 0 on success
 * @close: close both channels and free the transport
 */
struct ipudp_transport_ops {
	int (*send)(struct ipudp_transport *transport, enum ipudp_channel channel, const void *data,
		    size_t len);
	ssize_t (*recv)(struct ipudp_transport *transport, enum ipudp_channel channel, void *data,
			size_t size, bool wait);
	int (*fd)(const struct ipudp_transport *transport, enum ipudp_channel channel);
	int (*subscribe)(struct ipudp_transport *transport);
	void (*close)(struct ipudp_transport *transport);
};

/**
 * struct ipudp_transport - an open connection; transports embed it
 * @ops: what it does
 * @datapath: which data plane it talks to
 * @type: nlmsg_type of the family's messages
 * @window: how many bytes of answers the request channel holds until they are read
 */
struct ipudp_transport {
	const struct ipudp_transport_ops *ops;
	enum ipudp_datapath datapath;
	uint16_t type;
	size_t window;
};

#endif
