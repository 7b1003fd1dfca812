/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a tunnel can be told, and what its endpoint is found by. */
#ifndef _IPUDP_TUNNEL_CONFIG_H
#define _IPUDP_TUNNEL_CONFIG_H

#include <linux/types.h>

#include "addr.h"
#include "wire.h"

struct ipudp_listener;
struct netlink_ext_ack;

/* No keepalive and no idle time is shorter, so that a timer cannot eat a CPU. */
#define IPUDP_MIN_INTERVAL_MS 100

/**
 * struct ipudp_endpoint_key - what a received datagram is looked up by
 * @remote: source address
 * @listener: id of the listener it came to
 * @port: source port in network byte order, 0 for a tunnel that takes any
 * @family: AF_INET or AF_INET6
 */
struct ipudp_endpoint_key {
	union ipudp_ip remote;
	u32 listener;
	__be16 port;
	u16 family;
};

/**
 * struct ipudp_endpoint_config - how outer packets are made
 * @remote: where to; its family is that of the tunnel
 * @local: source address, any for the route's choice
 * @link: interface that they leave by, 0 for the route's choice
 * @mark: fwmark
 * @port: remote port in network byte order
 * @family: AF_INET or AF_INET6
 * @ttl: TTL or hop limit, 0 to copy the inner packet's
 * @dscp: DSCP or IPUDP_DSCP_INHERIT
 * @df: enum ipudp_df
 * @checksum: whether UDP checksums are sent
 * @flow_port: source port from the inner flow's hash, and the remote may send from any port
 */
struct ipudp_endpoint_config {
	union ipudp_ip remote;
	union ipudp_ip local;
	u32 link;
	u32 mark;
	__be16 port;
	u16 family;
	u8 ttl;
	u8 dscp;
	u8 df;
	bool checksum;
	bool flow_port;
};

/**
 * struct ipudp_tunnel_config - a tunnel as user space wants it
 * @endpoint: how outer packets are made
 * @keepalive_ms: send a keepalive after so much silence, 0 for never
 * @idle_ms: idle after so long, 0 for never
 */
struct ipudp_tunnel_config {
	struct ipudp_endpoint_config endpoint;
	u32 keepalive_ms;
	u32 idle_ms;
};

/** ipudp_tunnel_config_init() - the defaults: all zero but TTL 64, DSCP inherited, checksums */
void ipudp_tunnel_config_init(struct ipudp_tunnel_config *config);

/**
 * ipudp_tunnel_config_check() - whether a tunnel through a listener can be so
 * Return: 0 or a negative errno with a sentence in @extack.
 */
int ipudp_tunnel_config_check(const struct ipudp_listener *listener,
			      const struct ipudp_tunnel_config *config,
			      struct netlink_ext_ack *extack);

#endif
