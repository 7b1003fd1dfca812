/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A front end's side of the data plane: device, listeners, frames; and what its broker wants of it.
 * dataplane.c does it with libipudp; tests/agents/fake_dataplane.c without a kernel module.
 */
#ifndef _SERVER_DATAPLANE_H
#define _SERVER_DATAPLANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"

struct broker_conf;
struct broker_dataplane;
struct broker_path;
struct evbuffer;
struct event_base;
struct ipudp_device;
struct json_t;
struct server_conf;
struct server_dataplane;

/**
 * struct server_frame - a datagram of signalling
 * @listener: it came to
 * @local: address it was sent to, or is to be sent from
 * @remote: the peer
 * @ifindex: by which it came
 * @payload: valid during the call
 * @len: bytes of @payload
 */
struct server_frame {
	uint32_t listener;
	struct lvn_addr local;
	struct lvn_endpoint remote;
	uint32_t ifindex;
	const void *payload;
	size_t len;
};

/** enum server_frames - which frames are wanted */
enum server_frames {
	SERVER_FRAMES_STUN,
	SERVER_FRAMES_TSP,
};

/**
 * struct server_dataplane_handlers - who is called from the event loop, after server_dataplane_start()
 * @arg: first argument of each
 * @frames: which are wanted
 * @frame: takes a frame that came in
 * @back: the data plane was away, and what was changed meanwhile is not in it: ipudpd was restarted
 * @idle: a tunnel is idle, or is not, which it may have been told before; NULL if nobody wants to know
 */
struct server_dataplane_handlers {
	void *arg;
	enum server_frames frames;
	void (*frame)(void *arg, const struct server_frame *frame);
	void (*back)(void *arg);
	void (*idle)(void *arg, const struct broker_path *path, uint32_t tunnel, bool is_idle);
};

/**
 * server_dataplane_open() - adopt or make the device and the listeners
 * @conf: must stay until server_dataplane_close()
 * @broker_conf: its broker's part
 * @handlers: copied
 *
 * Needs CAP_NET_ADMIN, and root if the module is to be loaded, ipudpd to be started or forwarding
 * turned on. Logs why it fails.
 */
int server_dataplane_open(const struct server_conf *conf, const struct broker_conf *broker_conf,
			  struct event_base *base, const struct server_dataplane_handlers *handlers,
			  struct server_dataplane **ret_dataplane);

/**
 * server_dataplane_reconfigure() - what a reload may change
 * @conf: must stay until server_dataplane_close(), in the place of the one before
 * @broker_conf: its broker's part
 *
 * What fails is logged: all else has been applied by then.
 */
void server_dataplane_reconfigure(struct server_dataplane *dataplane,
				  const struct server_conf *conf,
				  const struct broker_conf *broker_conf);

/** server_dataplane_start() - register for the frames, after the broker has adopted */
int server_dataplane_start(struct server_dataplane *dataplane);

/** server_dataplane_close() - let go; the data plane keeps all. NULL is allowed */
void server_dataplane_close(struct server_dataplane *dataplane);

/** server_dataplane_broker() - what the broker uses; valid until server_dataplane_close() */
const struct broker_dataplane *server_dataplane_broker(struct server_dataplane *dataplane);

/** server_dataplane_send() - send a frame from frame->local of frame->listener */
int server_dataplane_send(struct server_dataplane *dataplane, const struct server_frame *frame);

/** server_dataplane_is_own() - whether a frame came out of the front end's own device */
bool server_dataplane_is_own(const struct server_dataplane *dataplane,
			     const struct server_frame *frame);

/** server_dataplane_name() - of the device */
const char *server_dataplane_name(const struct server_dataplane *dataplane);

/** server_dataplane_datapath() - "module" or "user" */
const char *server_dataplane_datapath(const struct server_dataplane *dataplane);

/** server_dataplane_look() - the device's counters and state; -EAGAIN while the data plane is away */
int server_dataplane_look(struct server_dataplane *dataplane, struct ipudp_device *ret);

/**
 * struct server_counts - what is counted of a tunnel; bytes are those of inner packets
 * @rx_packets: from the remote
 * @rx_bytes: likewise
 * @tx_packets: to the remote
 * @tx_bytes: likewise
 * @rx_dropped: from the remote, dropped
 * @tx_dropped: to the remote, dropped
 * @heard_ms: how long ago the remote was last heard of, UINT64_MAX for never
 */
struct server_counts {
	uint64_t rx_packets;
	uint64_t rx_bytes;
	uint64_t tx_packets;
	uint64_t tx_bytes;
	uint64_t rx_dropped;
	uint64_t tx_dropped;
	uint64_t heard_ms;
};

/** server_dataplane_count() - of a tunnel of the device; as server_dataplane_look(), or -ENOENT */
int server_dataplane_count(struct server_dataplane *dataplane, uint32_t id,
			   struct server_counts *ret);

/** server_dataplane_problems() - what is not as it should be, each with a sentence */
void server_dataplane_problems(const struct server_dataplane *dataplane,
			       void (*fn)(void *arg, const char *text), void *arg);

/* report.c */
/** server_dataplane_status() - add members to the answer of lvnctl status */
void server_dataplane_status(struct server_dataplane *dataplane, struct json_t *object);

/** server_dataplane_metrics() - add metrics of the data plane, whose names begin with @prefix */
void server_dataplane_metrics(struct server_dataplane *dataplane, const char *prefix,
			      struct evbuffer *out);

/** server_dataplane_lost() - frames that were lost before we read them */
uint64_t server_dataplane_lost(const struct server_dataplane *dataplane);

#endif
