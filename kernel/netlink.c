// SPDX-License-Identifier: GPL-2.0-only
/* The generic netlink family, and what its handlers share. They are in nl_<object>.c. */

#include <linux/module.h>
#include <linux/netdevice.h>

#include "compat.h"
#include "device.h"
#include "home.h"
#include "netlink_gen.h"
#include "nl.h"
#include "refusal.h"

static void post_doit(const struct ipudp_compat_nl_ops *ops, struct sk_buff *skb,
		      struct genl_info *info)
{
	ipudp_refusal_name_attr(info);
}

struct genl_family ipudp_nl_family __ro_after_init = {
	.name = IPUDP_FAMILY_NAME,
	.version = IPUDP_FAMILY_VERSION,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = ipudp_nl_ops,
	.n_ops = ARRAY_SIZE(ipudp_nl_ops),
	.post_doit = post_doit,
	IPUDP_COMPAT_RESV_START_OP
	.mcgrps = ipudp_nl_mcgrps,
	.n_mcgrps = IPUDP_NLGRP_EVENTS + 1,
};

static struct net_device *find_dev(struct net *net, const struct nlattr *ifindex,
				   const struct nlattr *ifname, struct netlink_ext_ack *extack)
{
	struct net_device *dev;

	if (!ifindex && !ifname) {
		ipudp_refuse(extack, DEVICE_UNNAMED);
		return ERR_PTR(-EINVAL);
	}
	if (ifindex)
		dev = dev_get_by_index(net, nla_get_u32(ifindex));
	else
		dev = dev_get_by_name(net, nla_data(ifname));
	if (!dev) {
		ipudp_refuse_attr(extack, IPUDP_REFUSAL_DEVICE_UNKNOWN, ifindex ?: ifname);
		return ERR_PTR(-ENODEV);
	}
	if (!ipudp_device_is(dev)) {
		dev_put(dev);
		ipudp_refuse_attr(extack, IPUDP_REFUSAL_DEVICE_FOREIGN, ifindex ?: ifname);
		return ERR_PTR(-EOPNOTSUPP);
	}
	return dev;
}

static struct ipudp_device *device_get(struct net *net, struct nlattr **attrs, int attr_ifindex,
				       int attr_ifname, struct netlink_ext_ack *extack)
{
	struct ipudp_device *device;
	struct net_device *dev;

	dev = find_dev(net, attrs[attr_ifindex], attrs[attr_ifname], extack);
	if (IS_ERR(dev))
		return ERR_CAST(dev);
	device = netdev_priv(dev);
	mutex_lock(&device->home->lock);
	return device;
}

struct ipudp_device *ipudp_nl_device_get(struct genl_info *info, int attr_ifindex,
					 int attr_ifname, bool alive)
{
	struct ipudp_device *device;

	device = device_get(genl_info_net(info), info->attrs, attr_ifindex, attr_ifname,
			    info->extack);
	if (!IS_ERR(device) && alive && !device->alive) {
		ipudp_nl_device_put(device);
		ipudp_refuse(info->extack, HOME_GONE);
		return ERR_PTR(-ENETDOWN);
	}
	return device;
}

struct ipudp_device *ipudp_nl_dump_device(struct netlink_callback *cb, const struct sk_buff *msg,
					  int attr_ifindex, int attr_ifname)
{
	return device_get(sock_net(msg->sk), ipudp_nl_dump_attrs(cb), attr_ifindex, attr_ifname,
			  cb->extack);
}

void ipudp_nl_device_put(struct ipudp_device *device)
{
	struct net_device *dev = device->dev;

	mutex_unlock(&device->home->lock);
	dev_put(dev);
}

struct ipudp_device *ipudp_nl_dump_device_next(const struct sk_buff *msg, long ifindex)
{
	struct net_device *dev, *found = NULL;

	rcu_read_lock();
	for_each_netdev_rcu(sock_net(msg->sk), dev) {
		if (dev->ifindex >= ifindex && ipudp_device_is(dev) &&
		    (!found || dev->ifindex < found->ifindex))
			found = dev;
	}
	if (found)
		dev_hold(found);
	rcu_read_unlock();
	return found ? netdev_priv(found) : NULL;
}

bool ipudp_nl_may_use_home(const struct ipudp_device *device, struct sk_buff *request)
{
	const struct net *home = device->home->net;

	return net_eq(home, sock_net(request->sk)) ||
	       netlink_ns_capable(request, home->user_ns, CAP_NET_ADMIN);
}

void ipudp_nl_dump_begin(struct netlink_callback *cb, const struct sk_buff *msg)
{
	/* 0 stands for none. */
	cb->seq = atomic_read(&ipudp_nl_dump_home(msg)->generation) ?: 1;
}

struct ipudp_home *ipudp_nl_home(struct genl_info *info)
{
	struct ipudp_home *home = ipudp_home_of(genl_info_net(info));

	mutex_lock(&home->lock);
	return home;
}

struct ipudp_home *ipudp_nl_dump_home(const struct sk_buff *msg)
{
	return ipudp_home_of(sock_net(msg->sk));
}

int ipudp_nl_init(void)
{
	return genl_register_family(&ipudp_nl_family);
}

void ipudp_nl_done(void)
{
	genl_unregister_family(&ipudp_nl_family);
}
