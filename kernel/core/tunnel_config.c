// SPDX-License-Identifier: GPL-2.0-or-later
/* What a tunnel can be told: defaults and checks. */

#include <linux/errno.h>
#include <linux/string.h>
#include <net/ipv6.h>

#include "listener.h"
#include "refusal.h"
#include "tunnel_config.h"

void ipudp_tunnel_config_init(struct ipudp_tunnel_config *config)
{
	/* Whole, with what is between the members: configurations are compared so. */
	memset(config, 0, sizeof(*config));
	config->endpoint.ttl = 64;
	config->endpoint.dscp = IPUDP_DSCP_INHERIT;
	config->endpoint.df = IPUDP_DF_SET;
	config->endpoint.checksum = true;
}

static bool is_unicast(u16 family, const union ipudp_ip *ip)
{
	if (family == AF_INET)
		return !ipv4_is_multicast(ip->v4) && !ipv4_is_lbcast(ip->v4);
	return !ipv6_addr_is_multicast(&ip->v6);
}

int ipudp_tunnel_config_check(const struct ipudp_listener *listener,
			      const struct ipudp_tunnel_config *config,
			      struct netlink_ext_ack *extack)
{
	const struct ipudp_endpoint_config *endpoint = &config->endpoint;

	if (!ipudp_listener_covers(listener, endpoint->family)) {
		ipudp_refuse(extack, REMOTE_FAMILY);
		return -EAFNOSUPPORT;
	}
	if (ipudp_ip_is_any(&endpoint->remote)) {
		ipudp_refuse(extack, REMOTE_ANY);
		return -EINVAL;
	}
	if (!is_unicast(endpoint->family, &endpoint->remote)) {
		ipudp_refuse(extack, REMOTE_MULTICAST);
		return -EINVAL;
	}
	if (!endpoint->port) {
		ipudp_refuse(extack, REMOTE_PORT_ZERO);
		return -EINVAL;
	}
	if (!ipudp_ip_is_any(&endpoint->local) && !ipudp_ip_is_any(&listener->config.local) &&
	    !ipudp_ip_equal(&endpoint->local, &listener->config.local)) {
		ipudp_refuse(extack, LOCAL_OTHER);
		return -EINVAL;
	}
	if (config->keepalive_ms && config->keepalive_ms < IPUDP_MIN_INTERVAL_MS) {
		ipudp_refuse(extack, KEEPALIVE_SHORT);
		return -ERANGE;
	}
	if (config->idle_ms && config->idle_ms < IPUDP_MIN_INTERVAL_MS) {
		ipudp_refuse(extack, IDLE_SHORT);
		return -ERANGE;
	}
	return 0;
}
