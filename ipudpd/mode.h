/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A mode: how a device finds the tunnel for a packet, and which packets it lets in. */
#ifndef _IPUDPD_MODE_H
#define _IPUDPD_MODE_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/ipudp.h>

struct ipudpd_choice;
struct ipudpd_device;
struct ipudpd_packet;
struct ipudpd_tunnel;
struct ipudpd_worker;

/**
 * struct ipudpd_verdict - where a packet goes
 * @tunnel: through this one; or NULL
 * @flood: a copy through each of these; or NULL
 * @reason: if both are NULL, why the packet is lost
 * @refuse: if both are NULL, whether the sender is told by ICMP
 */
struct ipudpd_verdict {
	struct ipudpd_tunnel *tunnel;
	const struct ipudpd_choice *flood;
	enum ipudp_drop_reason reason;
	bool refuse;
};

/**
 * struct ipudpd_mode_ops - a mode
 * @mode: enum ipudp_mode
 * @max_tunnels: how many tunnels a device may have
 * @source_check: whether inner sources are checked unless the device is told otherwise
 * @attach: a tunnel was added
 * @detach: a tunnel is being removed
 * @find: where does this packet go; by the thread that carries it, valid until its quiescent state
 */
struct ipudpd_mode_ops {
	enum ipudp_mode mode;
	uint32_t max_tunnels;
	bool source_check;
	void (*attach)(struct ipudpd_device *device, struct ipudpd_tunnel *tunnel);
	void (*detach)(struct ipudpd_device *device, struct ipudpd_tunnel *tunnel);
	void (*find)(struct ipudpd_worker *worker, const struct ipudpd_device *device,
		     const struct ipudpd_packet *packet, struct ipudpd_verdict *verdict);
};

extern const struct ipudpd_mode_ops ipudpd_mode_fixed;
extern const struct ipudpd_mode_ops ipudpd_mode_multi;

/** ipudpd_mode_of() - the functions of a mode; NULL if there is no such mode */
const struct ipudpd_mode_ops *ipudpd_mode_of(uint8_t mode);

#endif
