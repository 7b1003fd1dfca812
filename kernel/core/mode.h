/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A mode: how a device finds the tunnel for a packet, and which packets it lets in. */
#ifndef _IPUDP_MODE_H
#define _IPUDP_MODE_H

#include <linux/types.h>
#include <uapi/linux/ipudp.h>

struct ipudp_choice;
struct ipudp_device;
struct ipudp_packet;
struct ipudp_tunnel;
struct netlink_ext_ack;

/**
 * struct ipudp_verdict - where a packet goes
 * @tunnel: through this one; or NULL
 * @flood: a copy through each of these; or NULL
 * @reason: if both are NULL, why the packet is lost
 * @refuse: if both are NULL, whether the sender is told by ICMP
 */
struct ipudp_verdict {
	struct ipudp_tunnel *tunnel;
	const struct ipudp_choice *flood;
	enum ipudp_drop_reason reason;
	bool refuse;
};

/**
 * struct ipudp_mode_ops - a mode
 * @mode: enum ipudp_mode
 * @max_tunnels: how many tunnels a device may have
 * @source_check: whether inner sources are checked unless the device is told otherwise
 * @attach: a tunnel was added; under home->lock
 * @detach: a tunnel is being removed; under home->lock
 * @find: where does this packet go. Context: under RCU; the answer is valid as long.
 */
struct ipudp_mode_ops {
	enum ipudp_mode mode;
	u32 max_tunnels;
	bool source_check;
	void (*attach)(struct ipudp_device *device, struct ipudp_tunnel *tunnel);
	void (*detach)(struct ipudp_device *device, struct ipudp_tunnel *tunnel);
	void (*find)(const struct ipudp_device *device, const struct ipudp_packet *packet,
		     struct ipudp_verdict *verdict);
};

extern const struct ipudp_mode_ops ipudp_mode_fixed;
extern const struct ipudp_mode_ops ipudp_mode_multi;

/** ipudp_mode_of() - the functions of a mode; NULL if there is no such mode */
const struct ipudp_mode_ops *ipudp_mode_of(u8 mode);

#endif
