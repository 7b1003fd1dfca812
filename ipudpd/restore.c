// SPDX-License-Identifier: GPL-2.0-or-later
/* Doing again what events in the journal say was done, beside devices (nl_device.c). */

#include <linux/err.h>

#include "device.h"
#include "event.h"
#include "home.h"
#include "listener.h"
#include "nl.h"
#include "rule.h"
#include "tunnel.h"

int ipudp_nl_listener_restore(struct ipudp_home *home, struct nlattr **attrs, uint8_t cmd)
{
	const struct nlattr *id = attrs[IPUDP_A_LISTENER_ID];
	struct ipudp_listener_config config;
	struct ipudp_listener *listener;
	int ret;

	if (!id || nla_len(id) != 4)
		return -EINVAL;
	listener = ipudp_idmap_load(&home->listeners, nla_get_u32(id));
	if (cmd == IPUDP_CMD_LISTENER_DEL_NTF) {
		/* One with tunnels goes with these. */
		if (listener) {
			listener->pinned = false;
			if (listener->tunnels)
				ipudp_event_listener(listener, IPUDP_CMD_LISTENER_CHANGE_NTF);
			ipudp_listener_reap(listener);
		}
		return 0;
	}
	ret = ipudp_nl_listener_read(attrs, &config, NULL);
	if (ret)
		return ret;
	if (!listener) {
		listener = ipudp_listener_restore(home, &config, nla_get_u32(id));
		if (IS_ERR(listener))
			return PTR_ERR(listener);
	} else if (config.bind != listener->config.bind) {
		ret = ipudp_listener_rebind(listener, config.bind);
		if (ret)
			return ret;
	}
	listener->pinned = attrs[IPUDP_A_LISTENER_PINNED];
	return 0;
}

/* What the journal says of a tunnel, all options of which are in @attrs. */
static int restore_tunnel(struct ipudp_home *home, struct ipudp_device *device, uint32_t id,
			  struct nlattr **attrs)
{
	const struct nlattr *number = attrs[IPUDP_A_TUNNEL_LISTENER];
	struct ipudp_tunnel *tunnel = ipudp_tunnel_lookup(device, id);
	struct ipudp_tunnel_config config;
	struct ipudp_listener *listener = NULL;
	int ret;

	if (tunnel) {
		ipudp_tunnel_config_of(tunnel, &config);
	} else {
		ipudp_tunnel_config_init(&config);
		if (!number || nla_len(number) != 4)
			return -EINVAL;
		listener = ipudp_idmap_load(&home->listeners, nla_get_u32(number));
		if (!listener)
			return -ENOENT;
	}
	memset(&config.endpoint.local, 0, sizeof(config.endpoint.local));
	ret = ipudp_nl_tunnel_read(attrs, &config, NULL);
	if (ret || tunnel)
		return ret ? ret : ipudp_tunnel_set(tunnel, &config, NULL);
	ipudp_listener_get(listener);
	tunnel = ipudp_tunnel_add(device, listener, &id, &config, NULL);
	if (IS_ERR(tunnel))
		ipudp_listener_put(listener);
	return PTR_ERR_OR_ZERO(tunnel);
}

int ipudp_nl_tunnel_restore(struct ipudp_home *home, struct nlattr **attrs, uint8_t cmd)
{
	const struct nlattr *ifindex = attrs[IPUDP_A_TUNNEL_IFINDEX];
	const struct nlattr *id = attrs[IPUDP_A_TUNNEL_ID];
	struct ipudp_device *device;
	struct ipudp_tunnel *tunnel;

	if (!ifindex || nla_len(ifindex) != 4 || !id || nla_len(id) != 4)
		return -EINVAL;
	device = ipudp_device_lookup(home, nla_get_u32(ifindex), NULL);
	if (!device)
		return -ENODEV;
	if (cmd != IPUDP_CMD_TUNNEL_DEL_NTF)
		return restore_tunnel(home, device, nla_get_u32(id), attrs);
	tunnel = ipudp_tunnel_lookup(device, nla_get_u32(id));
	if (tunnel)
		ipudp_tunnel_remove(tunnel);
	return 0;
}

int ipudp_nl_rule_restore(struct ipudp_home *home, const struct nlmsghdr *nlh,
			  struct nlattr **attrs, uint8_t cmd)
{
	struct genl_info info = { .nlhdr = nlh, .attrs = attrs };
	enum ipudp_exists exists = IPUDP_EXISTS_REPLACE;
	struct ipudp_rule_config config = { 0 };
	struct ipudp_rule_target one;
	struct ipudp_device *device;
	const struct nlattr *ifindex = attrs[IPUDP_A_RULE_IFINDEX];
	struct ipudp_rule *rule;
	int ret;

	if (!ifindex || nla_len(ifindex) != 4)
		return -EINVAL;
	ret = ipudp_nl_rule_read_prefix(&info, &config);
	if (ret)
		return ret;
	device = ipudp_device_lookup(home, nla_get_u32(ifindex), NULL);
	if (!device)
		return -ENODEV;
	if (cmd == IPUDP_CMD_RULE_DEL_NTF) {
		rule = ipudp_rule_find(device, config.family, &config.prefix, config.len);
		if (rule)
			ipudp_rule_remove(device, rule);
		return 0;
	}
	/* Of a rule with more targets than one message has, the others follow. */
	if (attrs[IPUDP_A_RULE_EXISTS])
		exists = nla_get_u8(attrs[IPUDP_A_RULE_EXISTS]);
	if (attrs[IPUDP_A_RULE_ACTION])
		config.action = nla_get_u8(attrs[IPUDP_A_RULE_ACTION]);
	ret = ipudp_nl_rule_read_targets(&info, &one, &config);
	if (ret)
		return ret;
	ret = ipudp_rule_add(device, &config, exists, NULL);
	ipudp_nl_rule_free_targets(&one, &config);
	return ret;
}
