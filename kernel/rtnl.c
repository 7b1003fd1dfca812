// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices by rtnetlink: ip link add NAME type ipudp. IFLA_INFO_DATA says what DEV_NEW says of the
 * device itself. Tunnels and rules come through generic netlink.
 */

#include "rtnl.h"

#include <net/rtnetlink.h>

#include "compat.h"
#include "device.h"
#include "event.h"
#include "home.h"
#include "mode.h"
#include "refusal.h"

static const struct nla_policy rtnl_policy[IPUDP_A_LINK_MAX + 1] = {
	[IPUDP_A_LINK_MODE] = NLA_POLICY_MAX(NLA_U8, IPUDP_MODE_MULTI),
	[IPUDP_A_LINK_LOOKUP] = NLA_POLICY_MAX(NLA_U8, IPUDP_LOOKUP_NEXTHOP),
	[IPUDP_A_LINK_SOURCE_CHECK] = NLA_POLICY_MAX(NLA_U8, 1),
};

static int rtnl_validate(struct nlattr *tb[], struct nlattr *data[],
			 struct netlink_ext_ack *extack)
{
	if (tb[IFLA_ADDRESS]) {
		ipudp_refuse_attr(extack, IPUDP_REFUSAL_LINK_ADDRESS, tb[IFLA_ADDRESS]);
		return -EINVAL;
	}
	return 0;
}

static void rtnl_read_config(struct nlattr *data[], struct ipudp_device_config *config)
{
	*config = (struct ipudp_device_config) { };
	if (!data)
		return;
	if (data[IPUDP_A_LINK_MODE]) {
		config->has_mode = true;
		config->mode = nla_get_u8(data[IPUDP_A_LINK_MODE]);
	}
	if (data[IPUDP_A_LINK_LOOKUP]) {
		config->has_lookup = true;
		config->lookup = nla_get_u8(data[IPUDP_A_LINK_LOOKUP]);
	}
	if (data[IPUDP_A_LINK_SOURCE_CHECK]) {
		config->has_source_check = true;
		config->source_check = nla_get_u8(data[IPUDP_A_LINK_SOURCE_CHECK]);
	}
}

static int rtnl_newlink(struct net_device *dev, struct nlattr *tb[], struct nlattr *data[],
			struct netlink_ext_ack *extack)
{
	struct ipudp_device *device = netdev_priv(dev);
	struct ipudp_device_config config;
	int ret;

	rtnl_read_config(data, &config);
	ret = ipudp_device_configure(device, &config, extack);
	if (ret)
		return ret;
	device->mtu_auto = !tb[IFLA_MTU];
	ret = register_netdevice(dev);
	if (ret)
		return ret;
	mutex_lock(&device->home->lock);
	ipudp_event_device(device, IPUDP_CMD_DEV_ADD_NTF);
	mutex_unlock(&device->home->lock);
	return 0;
}

IPUDP_COMPAT_NEWLINK(rtnl_newlink)

static int rtnl_changelink(struct net_device *dev, struct nlattr *tb[], struct nlattr *data[],
			   struct netlink_ext_ack *extack)
{
	struct ipudp_device *device = netdev_priv(dev);
	struct ipudp_device_config config;
	int ret;

	rtnl_read_config(data, &config);
	mutex_lock(&device->home->lock);
	if (device->alive) {
		ret = ipudp_device_configure(device, &config, extack);
		if (!ret)
			ipudp_event_device(device, IPUDP_CMD_DEV_CHANGE_NTF);
	} else {
		ipudp_refuse(extack, HOME_GONE);
		ret = -ENETDOWN;
	}
	mutex_unlock(&device->home->lock);
	return ret;
}

static size_t rtnl_get_size(const struct net_device *dev)
{
	return nla_total_size(sizeof(u8)) + /* IPUDP_A_LINK_MODE */
	       nla_total_size(sizeof(u8)) + /* IPUDP_A_LINK_LOOKUP */
	       nla_total_size(sizeof(u8));  /* IPUDP_A_LINK_SOURCE_CHECK */
}

/* Under the RTNL or, in newer kernels, RCU alone. */
static int rtnl_fill_info(struct sk_buff *skb, const struct net_device *dev)
{
	const struct ipudp_device *device = netdev_priv(dev);

	if (nla_put_u8(skb, IPUDP_A_LINK_MODE, READ_ONCE(device->mode)->mode) ||
	    nla_put_u8(skb, IPUDP_A_LINK_LOOKUP, READ_ONCE(device->lookup)) ||
	    nla_put_u8(skb, IPUDP_A_LINK_SOURCE_CHECK, READ_ONCE(device->source_check)))
		return -EMSGSIZE;
	return 0;
}

static struct net *rtnl_get_link_net(const struct net_device *dev)
{
	const struct ipudp_device *device = netdev_priv(dev);

	/* Only shown, and compared with the own namespace; NULL would be followed. */
	return READ_ONCE(device->home->net) ?: dev_net(dev);
}

struct rtnl_link_ops ipudp_rtnl_ops __read_mostly = {
	.kind = "ipudp",
	.maxtype = IPUDP_A_LINK_MAX,
	.policy = rtnl_policy,
	.priv_size = sizeof(struct ipudp_device),
	.setup = ipudp_device_setup,
	.validate = rtnl_validate,
	.newlink = ipudp_compat_newlink,
	.changelink = rtnl_changelink,
	.get_size = rtnl_get_size,
	.fill_info = rtnl_fill_info,
	.get_link_net = rtnl_get_link_net,
};

int ipudp_rtnl_init(void)
{
	return rtnl_link_register(&ipudp_rtnl_ops);
}

void ipudp_rtnl_done(void)
{
	rtnl_link_unregister(&ipudp_rtnl_ops);
}
