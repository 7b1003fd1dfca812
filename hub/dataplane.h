/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hub's side of the data plane: device, listeners, frames; and what the broker wants of it.
 * dataplane.c does it with libipudp; tests/agents/fake_dataplane.c without a kernel module.
 */
#ifndef _HUB_DATAPLANE_H
#define _HUB_DATAPLANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"

struct broker_conf;
struct broker_dataplane;
struct broker_path;
struct evbuffer;
struct event_base;
struct hub_conf;
struct hub_dataplane;
struct ipudp_device;
struct json_t;

/**
 * struct hub_frame - a datagram of signalling
 * @listener: it came to
 * @local: address it was sent to, or is to be sent from
 * @remote: the peer
 * @ifindex: by which it came
 * @payload: valid during the call
 * @len: bytes of @payload
 */
struct hub_frame {
	uint32_t listener;
	struct lvn_addr local;
	struct lvn_endpoint remote;
	uint32_t ifindex;
	const void *payload;
	size_t len;
};

/** enum hub_frames - which frames are wanted */
enum hub_frames {
	HUB_FRAMES_STUN,
	HUB_FRAMES_TSP,
};

/**
 * struct hub_dataplane_handlers - who is called from the event loop, after hub_dataplane_start()
 * @arg: first argument of each
 * @frames: which are wanted
 * @frame: takes a frame that came in
 * @back: the data plane was away, and what was changed meanwhile is not in it: ipudpd was restarted
 * @idle: a tunnel is idle, or is not, which it may have been told before; NULL if nobody wants to know
 */
struct hub_dataplane_handlers {
	void *arg;
	enum hub_frames frames;
	void (*frame)(void *arg, const struct hub_frame *frame);
	void (*back)(void *arg);
	void (*idle)(void *arg, const struct broker_path *path, uint32_t tunnel, bool is_idle);
};

/**
 * hub_dataplane_open() - adopt or make the device and the listeners
 * @conf: must stay until hub_dataplane_close()
 * @handlers: copied
 *
 * Needs CAP_NET_ADMIN, and root if the module is to be loaded, ipudpd to be started or forwarding
 * turned on. Logs why it fails.
 */
int hub_dataplane_open(const struct hub_conf *conf, struct event_base *base,
		       const struct hub_dataplane_handlers *handlers,
		       struct hub_dataplane **ret_dataplane);

/**
 * hub_dataplane_reconfigure() - what a reload may change
 * @conf: must stay until hub_dataplane_close(), in the place of the one before
 * @broker_conf: its broker's part
 *
 * What fails is logged: all else has been applied by then.
 */
void hub_dataplane_reconfigure(struct hub_dataplane *dataplane, const struct hub_conf *conf,
			       const struct broker_conf *broker_conf);

/** hub_dataplane_start() - register for the frames, after the broker has adopted */
int hub_dataplane_start(struct hub_dataplane *dataplane);

/** hub_dataplane_close() - let go; the data plane keeps all. NULL is allowed */
void hub_dataplane_close(struct hub_dataplane *dataplane);

/** hub_dataplane_broker() - what the broker uses; valid until hub_dataplane_close() */
const struct broker_dataplane *hub_dataplane_broker(struct hub_dataplane *dataplane);

/** hub_dataplane_send() - send a frame from frame->local of frame->listener */
int hub_dataplane_send(struct hub_dataplane *dataplane, const struct hub_frame *frame);

/** hub_dataplane_is_own() - whether a frame came out of the hub's own device */
bool hub_dataplane_is_own(const struct hub_dataplane *dataplane, const struct hub_frame *frame);

/** hub_dataplane_name() - of the device */
const char *hub_dataplane_name(const struct hub_dataplane *dataplane);

/** hub_dataplane_datapath() - "module" or "user" */
const char *hub_dataplane_datapath(const struct hub_dataplane *dataplane);

/** hub_dataplane_look() - the device's counters and state; -EAGAIN while the data plane is away */
int hub_dataplane_look(struct hub_dataplane *dataplane, struct ipudp_device *ret);

/** hub_dataplane_problems() - what is not as it should be, each with a sentence */
void hub_dataplane_problems(const struct hub_dataplane *dataplane,
			    void (*fn)(void *arg, const char *text), void *arg);

/* report.c */
/** hub_dataplane_status() - add members to the answer of lvnctl status */
void hub_dataplane_status(struct hub_dataplane *dataplane, struct json_t *object);

/** hub_dataplane_metrics() - add metrics of the data plane */
void hub_dataplane_metrics(struct hub_dataplane *dataplane, struct evbuffer *out);

/** hub_dataplane_lost() - frames that were lost before we read them */
uint64_t hub_dataplane_lost(const struct hub_dataplane *dataplane);

#endif
