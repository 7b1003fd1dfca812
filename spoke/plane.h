/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The spoke's part of the data plane: one device; for each uplink a listener and a tunnel; with
 * several uplinks, the rules that share the traffic out. Addresses and routes are net.h.
 */
#ifndef _LVN_PLANE_H
#define _LVN_PLANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ipudp/ipudp.h>

#include "lib/base/addr.h"
#include "spoke/config.h"

struct lvn_plane;

/**
 * struct lvn_port - the listener of an uplink
 * @id: in the data plane
 * @port: UDP port
 * @ifindex: interface it is bound to, 0 for none
 */
struct lvn_port {
	uint32_t id;
	uint16_t port;
	uint32_t ifindex;
};

/**
 * typedef lvn_plane_frame_fn - a STUN frame came in
 * @uplink: index of the uplink whose listener it came to
 */
typedef void lvn_plane_frame_fn(void *arg, unsigned int uplink, const struct lvn_endpoint *from,
				const struct lvn_addr *local, const void *data, size_t len);

/** lvn_plane_open() - connect to the data plane; makes nothing */
int lvn_plane_open(enum ipudp_datapath datapath, lvn_plane_frame_fn *fn, void *arg,
		   struct lvn_plane **ret_plane);

/** lvn_plane_open_error() - why it could not be opened: what is missing, and where it was looked for */
void lvn_plane_open_error(enum ipudp_datapath datapath, int error, char *text, size_t size);

/**
 * lvn_plane_reopen() - connect again, after lvn_plane_dispatch() said that the connection broke
 *
 * Ports are to be opened again. On failure all stays as it is, broken.
 */
int lvn_plane_reopen(struct lvn_plane *plane);

/** lvn_plane_is_user() - whether it is ipudpd, not the module */
bool lvn_plane_is_user(const struct lvn_plane *plane);

/** lvn_plane_close() - NULL is allowed; what was made stays */
void lvn_plane_close(struct lvn_plane *plane);

/** lvn_plane_error() - the data plane's own sentence about the last failure, or strerror(@error) */
const char *lvn_plane_error(const struct lvn_plane *plane, int error);

/** lvn_plane_fd() - readable when lvn_plane_dispatch() has work; may change with each call here */
int lvn_plane_fd(const struct lvn_plane *plane);

/** lvn_plane_dispatch() - handle what came in; negative errno when the connection broke */
int lvn_plane_dispatch(struct lvn_plane *plane);

/**
 * lvn_plane_device() - make the device, or take over the one of a former run
 * @is_multi: whether it has several tunnels
 * @is_ours: one of this name was made by a former run; else -EEXIST if there is one
 * @ret_ifindex: its index
 */
int lvn_plane_device(struct lvn_plane *plane, const char *name, bool is_multi, bool is_ours,
		     uint32_t *ret_ifindex);

/** lvn_plane_device_remove() - with its tunnels and rules; no error if it is gone already */
int lvn_plane_device_remove(struct lvn_plane *plane, const char *name);

/**
 * lvn_plane_port_open() - make the listener of an uplink, and receive its STUN frames
 * @config: the uplink and the VRF
 * @uplink: index of the uplink
 * @port: wanted, 0 for any
 * @known: id of the listener of @port that a former run left, 0 if there was none
 */
int lvn_plane_port_open(struct lvn_plane *plane, const struct lvn_config *config,
			unsigned int uplink, uint16_t port, uint32_t known,
			struct lvn_port *ret_port);

/** lvn_plane_port_close() - let a listener go, by its id */
int lvn_plane_port_close(struct lvn_plane *plane, uint32_t id);

/** lvn_plane_send() - send a frame from the port of an uplink */
int lvn_plane_send(struct lvn_plane *plane, const struct lvn_uplink *config,
		   const struct lvn_port *port, const struct lvn_endpoint *to, const void *data,
		   size_t len);

/** lvn_plane_tunnel_set() - make the tunnel of an uplink, or lead it elsewhere */
int lvn_plane_tunnel_set(struct lvn_plane *plane, const char *device, unsigned int uplink,
			 const struct lvn_uplink *config, const struct lvn_port *port,
			 const struct lvn_endpoint *remote);

/** lvn_plane_tunnel_remove() - no error if it is gone already */
int lvn_plane_tunnel_remove(struct lvn_plane *plane, const char *device, unsigned int uplink);

/** lvn_plane_datapath() - "module" or "user" */
const char *lvn_plane_datapath(const struct lvn_plane *plane);

/** lvn_plane_device_get() - what the data plane says of a device */
int lvn_plane_device_get(struct lvn_plane *plane, const char *device, struct ipudp_device *ret);

/** lvn_plane_tunnel_get() - its counters */
int lvn_plane_tunnel_get(struct lvn_plane *plane, const char *device, unsigned int uplink,
			 struct ipudp_tunnel *ret);

/**
 * lvn_plane_share() - of a multi device: let the traffic go through the tunnels of some uplinks
 * @uplinks: priority and weight of each
 * @used: bit n is set if uplink n has a tunnel
 * @demoted: bit n is set if it comes after all others, as it seems not to work
 *
 * Demoted ones are kept, because what comes in through them is good.
 */
int lvn_plane_share(struct lvn_plane *plane, const char *device, const struct lvn_uplink *uplinks,
		    uint32_t used, uint32_t demoted);

#endif
