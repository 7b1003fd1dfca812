// SPDX-License-Identifier: GPL-2.0-only
/* Netlink requests about devices. */

#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/net_namespace.h>

#include "compat.h"
#include "device.h"
#include "event.h"
#include "header.h"
#include "home.h"
#include "mode.h"
#include "netlink_gen.h"
#include "nl.h"
#include "refusal.h"

static int put_counters(struct sk_buff *msg, struct net_device *dev)
{
	struct rtnl_link_stats64 stats = { };
	struct nlattr *nest;

	dev_get_stats(dev, &stats);
	nest = nla_nest_start(msg, IPUDP_A_DEVICE_COUNTERS);
	if (!nest ||
	    nla_put_u64_64bit(msg, IPUDP_A_COUNTERS_RX_PACKETS, stats.rx_packets,
			      IPUDP_A_COUNTERS_PAD) ||
	    nla_put_u64_64bit(msg, IPUDP_A_COUNTERS_RX_BYTES, stats.rx_bytes,
			      IPUDP_A_COUNTERS_PAD) ||
	    nla_put_u64_64bit(msg, IPUDP_A_COUNTERS_TX_PACKETS, stats.tx_packets,
			      IPUDP_A_COUNTERS_PAD) ||
	    nla_put_u64_64bit(msg, IPUDP_A_COUNTERS_TX_BYTES, stats.tx_bytes,
			      IPUDP_A_COUNTERS_PAD) ||
	    nla_put_u64_64bit(msg, IPUDP_A_COUNTERS_RX_DROPPED, stats.rx_dropped,
			      IPUDP_A_COUNTERS_PAD) ||
	    nla_put_u64_64bit(msg, IPUDP_A_COUNTERS_TX_DROPPED, stats.tx_dropped,
			      IPUDP_A_COUNTERS_PAD))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

/* Where the tunnels are, if not where the device is. */
static int put_home(struct sk_buff *msg, const struct ipudp_device *device)
{
	struct net *net = dev_net(device->dev), *home = device->home->net;

	if (!device->alive && device->dev->reg_state == NETREG_REGISTERED)
		return nla_put_flag(msg, IPUDP_A_DEVICE_ORPHAN);
	if (!device->alive)
		return 0;
	if (net_eq(net, home))
		return 0;
	return nla_put_s32(msg, IPUDP_A_DEVICE_HOME_NETNSID, peernet2id(net, home));
}

int ipudp_nl_device_fill(struct sk_buff *msg, struct ipudp_device *device, u8 cmd, u32 portid,
			 u32 seq, int flags)
{
	struct net_device *dev = device->dev;
	u64 drops[IPUDP_DROP_REASONS];
	void *header;

	ipudp_stats_drops(device->drops, drops);
	header = genlmsg_put(msg, portid, seq, &ipudp_nl_family, flags, cmd);
	if (!header)
		return -EMSGSIZE;
	if (nla_put_u32(msg, IPUDP_A_DEVICE_IFINDEX, dev->ifindex) ||
	    nla_put_string(msg, IPUDP_A_DEVICE_IFNAME, dev->name) ||
	    nla_put_u8(msg, IPUDP_A_DEVICE_MODE, device->mode->mode) ||
	    nla_put_u8(msg, IPUDP_A_DEVICE_LOOKUP, device->lookup) ||
	    nla_put_u8(msg, IPUDP_A_DEVICE_HEADER, device->header->header) ||
	    nla_put_u8(msg, IPUDP_A_DEVICE_SOURCE_CHECK, device->source_check) ||
	    nla_put_u32(msg, IPUDP_A_DEVICE_MTU, READ_ONCE(dev->mtu)) ||
	    nla_put_u32(msg, IPUDP_A_DEVICE_TUNNELS, device->n_tunnels) ||
	    nla_put_u32(msg, IPUDP_A_DEVICE_RULES, device->n_rules) ||
	    put_home(msg, device) || put_counters(msg, dev) ||
	    ipudp_nl_put_drops(msg, IPUDP_A_DEVICE_DROP, drops)) {
		genlmsg_cancel(msg, header);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, header);
	return 0;
}

static int reply(struct ipudp_device *device, struct genl_info *info)
{
	struct sk_buff *msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);

	if (!msg)
		return -ENOMEM;
	return ipudp_nl_reply(msg, ipudp_nl_device_fill(msg, device, info->genlhdr->cmd,
					    info->snd_portid, info->snd_seq, 0),
			      info);
}

int ipudp_nl_dev_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ipudp_device *device;
	int ret;

	device = ipudp_nl_device_get(info, IPUDP_A_DEVICE_IFINDEX, IPUDP_A_DEVICE_IFNAME, false);
	if (IS_ERR(device))
		return PTR_ERR(device);
	ret = reply(device, info);
	ipudp_nl_device_put(device);
	return ret;
}

/* cb->args[0] is the index of the next interface to look at. */
int ipudp_nl_dev_get_dumpit(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct ipudp_device *device;
	int ret = 0;

	ipudp_nl_dump_begin(cb, msg);
	while (!ret && (device = ipudp_nl_dump_device_next(msg, cb->args[0]))) {
		mutex_lock(&device->home->lock);
		ipudp_nl_dump_begin(cb, msg);
		ret = ipudp_nl_device_fill(msg, device, IPUDP_CMD_DEV_GET,
					   ipudp_nl_dump_portid(cb), cb->nlh->nlmsg_seq,
					   ipudp_nl_dump_flags(cb));
		mutex_unlock(&device->home->lock);
		if (!ret)
			cb->args[0] = ipudp_device_ifindex(device) + 1;
		ipudp_device_release(device);
	}
	return msg->len ?: ret;
}

/* It is for data planes in user space: a request that names it means another one. */
static int refuse_fast_path(const struct genl_info *info)
{
	if (!info->attrs[IPUDP_A_DEVICE_FAST_PATH])
		return 0;
	ipudp_refuse(info->extack, FAST_PATH_NONE);
	return -EOPNOTSUPP;
}

static void read_config(struct nlattr **attrs, struct ipudp_device_config *config)
{
	*config = (struct ipudp_device_config) { };
	if (attrs[IPUDP_A_DEVICE_MODE]) {
		config->has_mode = true;
		config->mode = nla_get_u8(attrs[IPUDP_A_DEVICE_MODE]);
	}
	if (attrs[IPUDP_A_DEVICE_LOOKUP]) {
		config->has_lookup = true;
		config->lookup = nla_get_u8(attrs[IPUDP_A_DEVICE_LOOKUP]);
	}
	if (attrs[IPUDP_A_DEVICE_SOURCE_CHECK]) {
		config->has_source_check = true;
		config->source_check = nla_get_u8(attrs[IPUDP_A_DEVICE_SOURCE_CHECK]);
	}
}

int ipudp_nl_dev_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;
	struct ipudp_device_config config;
	struct ipudp_device *device;
	struct net_device *dev;
	const char *name = NULL;
	u32 mtu = 0;
	int ret;

	ret = refuse_fast_path(info);
	if (ret)
		return ret;
	read_config(attrs, &config);
	if (attrs[IPUDP_A_DEVICE_IFNAME])
		name = nla_data(attrs[IPUDP_A_DEVICE_IFNAME]);
	if (name && !dev_valid_name(name)) {
		ipudp_refuse(info->extack, IFNAME_INVALID);
		return -EINVAL;
	}
	if (attrs[IPUDP_A_DEVICE_MTU])
		mtu = nla_get_u32(attrs[IPUDP_A_DEVICE_MTU]);

	rtnl_lock();
	dev = ipudp_device_create(genl_info_net(info), name, &config, mtu, info->extack);
	if (IS_ERR(dev)) {
		rtnl_unlock();
		if (PTR_ERR(dev) == -EEXIST)
			ipudp_refuse(info->extack, IFNAME_EXISTS);
		return PTR_ERR(dev);
	}
	device = netdev_priv(dev);
	mutex_lock(&device->home->lock);
	ret = info->nlhdr->nlmsg_flags & NLM_F_ECHO ? reply(device, info) : 0;
	mutex_unlock(&device->home->lock);
	rtnl_unlock();
	return ret;
}

int ipudp_nl_dev_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ipudp_device_config config;
	struct ipudp_device *device;
	int ret;

	ret = refuse_fast_path(info);
	if (ret)
		return ret;
	read_config(info->attrs, &config);
	/* The flags of the interface may change with the mode. */
	rtnl_lock();
	device = ipudp_nl_device_get(info, IPUDP_A_DEVICE_IFINDEX, IPUDP_A_DEVICE_IFNAME, true);
	if (IS_ERR(device)) {
		rtnl_unlock();
		return PTR_ERR(device);
	}
	ret = ipudp_device_configure(device, &config, info->extack);
	if (!ret)
		ipudp_event_device(device, IPUDP_CMD_DEV_CHANGE_NTF);
	ipudp_nl_device_put(device);
	rtnl_unlock();
	return ret;
}

int ipudp_nl_dev_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ipudp_device *device;
	struct net_device *dev;

	rtnl_lock();
	device = ipudp_nl_device_get(info, IPUDP_A_DEVICE_IFINDEX, IPUDP_A_DEVICE_IFNAME, false);
	if (IS_ERR(device)) {
		rtnl_unlock();
		return PTR_ERR(device);
	}
	dev = device->dev;
	/* The RTNL keeps the interface without the reference. */
	ipudp_nl_device_put(device);
	unregister_netdevice(dev);
	rtnl_unlock();
	return 0;
}
