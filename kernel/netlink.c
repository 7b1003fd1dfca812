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

struct ipudp_device *ipudp_nl_device_get(struct net *net, struct nlattr **attrs, int attr_ifindex,
					 int attr_ifname, bool alive,
					 struct netlink_ext_ack *extack)
{
	struct ipudp_device *device;
	struct net_device *dev;

	dev = find_dev(net, attrs[attr_ifindex], attrs[attr_ifname], extack);
	if (IS_ERR(dev))
		return ERR_CAST(dev);
	device = netdev_priv(dev);
	mutex_lock(&device->home->lock);
	if (alive && !device->alive) {
		mutex_unlock(&device->home->lock);
		dev_put(dev);
		ipudp_refuse(extack, HOME_GONE);
		return ERR_PTR(-ENETDOWN);
	}
	return device;
}

void ipudp_nl_device_put(struct ipudp_device *device)
{
	struct net_device *dev = device->dev;

	mutex_unlock(&device->home->lock);
	dev_put(dev);
}

struct net_device *ipudp_nl_device_next(struct net *net, long ifindex)
{
	struct net_device *dev, *found = NULL;

	rcu_read_lock();
	for_each_netdev_rcu(net, dev) {
		if (dev->ifindex >= ifindex && ipudp_device_is(dev) &&
		    (!found || dev->ifindex < found->ifindex))
			found = dev;
	}
	if (found)
		dev_hold(found);
	rcu_read_unlock();
	return found;
}

bool ipudp_nl_may_use_home(const struct ipudp_device *device, struct sk_buff *skb)
{
	const struct net *home = device->home->net;

	return net_eq(home, sock_net(skb->sk)) ||
	       netlink_ns_capable(skb, home->user_ns, CAP_NET_ADMIN);
}

void ipudp_nl_dump_begin(struct netlink_callback *cb, struct net *net)
{
	/* 0 stands for none. */
	cb->seq = atomic_read(&ipudp_home_of(net)->generation) ?: 1;
}

/*
 * As genl_dump_check_consistent() does, which wants the message to be there already; a message that
 * does not fit is none. Once interrupted, the dump says so to its end.
 */
int ipudp_nl_dump_flags(struct netlink_callback *cb)
{
	if (!cb->prev_seq)
		cb->prev_seq = cb->seq;
	return cb->seq == cb->prev_seq ? NLM_F_MULTI : NLM_F_MULTI | NLM_F_DUMP_INTR;
}

struct ipudp_home *ipudp_nl_home(struct genl_info *info)
{
	struct ipudp_home *home = ipudp_home_of(genl_info_net(info));

	mutex_lock(&home->lock);
	return home;
}

int ipudp_nl_ip(const struct nlattr *attr, union ipudp_ip *ip, u16 *family,
		struct netlink_ext_ack *extack)
{
	memset(ip, 0, sizeof(*ip));
	switch (nla_len(attr)) {
	case sizeof(struct in_addr):
		*family = AF_INET;
		break;
	case sizeof(struct in6_addr):
		*family = AF_INET6;
		break;
	default:
		ipudp_refuse_attr(extack, IPUDP_REFUSAL_ADDRESS_LENGTH, attr);
		return -EINVAL;
	}
	memcpy(ip, nla_data(attr), nla_len(attr));
	if (*family == AF_INET6 && ipv6_addr_v4mapped(&ip->v6)) {
		ipudp_refuse_attr(extack, IPUDP_REFUSAL_ADDRESS_MAPPED, attr);
		return -EINVAL;
	}
	return 0;
}

int ipudp_nl_put_ip(struct sk_buff *msg, int attrtype, const union ipudp_ip *ip, u16 family)
{
	if (ipudp_ip_is_any(ip))
		return 0;
	return nla_put(msg, attrtype, ipudp_ip_len(family), ip);
}

int ipudp_nl_put_drops(struct sk_buff *msg, int attrtype,
		       const struct ipudp_drop_stats __percpu *stats)
{
	u64 drops[IPUDP_DROP_REASONS];
	int reason;

	ipudp_stats_drops(stats, drops);
	for (reason = 0; reason < IPUDP_DROP_REASONS; reason++) {
		struct nlattr *nest;

		if (!drops[reason])
			continue;
		nest = nla_nest_start(msg, attrtype);
		if (!nest || nla_put_u32(msg, IPUDP_A_DROP_REASON, reason) ||
		    nla_put_u64_64bit(msg, IPUDP_A_DROP_COUNT, drops[reason], IPUDP_A_DROP_PAD))
			return -EMSGSIZE;
		nla_nest_end(msg, nest);
	}
	return 0;
}

int ipudp_nl_init(void)
{
	return genl_register_family(&ipudp_nl_family);
}

void ipudp_nl_done(void)
{
	genl_unregister_family(&ipudp_nl_family);
}
