// SPDX-License-Identifier: GPL-2.0-only
/* The virtual interface: its life, settings and MTU. What it does with packets is elsewhere. */

#include "device.h"

#include <linux/ethtool.h>
#include <linux/if_arp.h>
#include <net/rtnetlink.h>

#include "compat.h"
#include "encap.h"
#include "event.h"
#include "header.h"
#include "home.h"
#include "mode.h"
#include "refusal.h"
#include "rtnl.h"
#include "rule.h"
#include "tunnel.h"

/* UDP segments are part of what any driver can leave to software only since 5.11. */
#define FEATURES (NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HIGHDMA | NETIF_F_HW_CSUM | \
		  NETIF_F_RXCSUM | NETIF_F_GSO_SOFTWARE | NETIF_F_GSO_UDP_L4)

/* What a path of 1500 bytes leaves under an outer IPv4 header. */
#define DEFAULT_MTU (ETH_DATA_LEN - sizeof(struct iphdr) - sizeof(struct udphdr))

static int device_init(struct net_device *dev)
{
	struct ipudp_device *device = netdev_priv(dev);
	struct ipudp_home *home = ipudp_home_of(dev_net(dev));
	int ret;

	device->drops = alloc_percpu_gfp(struct ipudp_drop_stats, GFP_KERNEL_ACCOUNT);
	if (!device->drops)
		return -ENOMEM;
	ret = ipudp_compat_tstats_alloc(dev);
	if (ret)
		goto err_drops;
	ret = gro_cells_init(&device->gro_cells, dev);
	if (ret)
		goto err_tstats;
	ret = ipudp_rules_init(device);
	if (ret)
		goto err_gro;
	xa_init_flags(&device->tunnels, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	xa_init_flags(&device->rules, XA_FLAGS_ALLOC | XA_FLAGS_ACCOUNT);

	mutex_lock(&home->lock);
	if (!home->net) {
		mutex_unlock(&home->lock);
		ret = -ENETDOWN;
		goto err_rules;
	}
	device->home = ipudp_home_get(home);
	device->alive = true;
	list_add_tail(&device->home_node, &home->devices);
	mutex_unlock(&home->lock);
	return 0;

err_rules:
	ipudp_rules_done(device);
err_gro:
	gro_cells_destroy(&device->gro_cells);
err_tstats:
	ipudp_compat_tstats_free(dev);
err_drops:
	free_percpu(device->drops);
	return ret;
}

/*
 * The interface is down and the core has waited for packets that saw it up, so nothing comes to
 * the GRO cells any more. What still reads the tables does so under RCU, and the core waits for
 * that before the destructor.
 */
static void device_uninit(struct net_device *dev)
{
	struct ipudp_device *device = netdev_priv(dev);

	mutex_lock(&device->home->lock);
	ipudp_device_flush(device);
	ipudp_event_device(device, IPUDP_CMD_DEV_DEL_NTF);
	mutex_unlock(&device->home->lock);
	gro_cells_destroy(&device->gro_cells);
}

static void device_destructor(struct net_device *dev)
{
	struct ipudp_device *device = netdev_priv(dev);

	ipudp_rules_done(device);
	xa_destroy(&device->tunnels);
	xa_destroy(&device->rules);
	ipudp_compat_tstats_free(dev);
	free_percpu(device->drops);
	ipudp_home_put(device->home);
}

static int device_change_mtu(struct net_device *dev, int mtu)
{
	struct ipudp_device *device = netdev_priv(dev);

	/* Somebody who sets the MTU means it. */
	if (!device->mtu_changing)
		device->mtu_auto = false;
	WRITE_ONCE(dev->mtu, mtu);
	return 0;
}

static void device_get_stats64(struct net_device *dev, struct rtnl_link_stats64 *stats)
{
	struct ipudp_device *device = netdev_priv(dev);
	u64 drops[IPUDP_DROP_REASONS];
	int reason;

	dev_fetch_sw_netstats(stats, dev->tstats);
	ipudp_stats_drops(device->drops, drops);
	for (reason = 0; reason < IPUDP_DROP_REASONS; reason++) {
		if (ipudp_stats_is_rx(reason))
			stats->rx_dropped += drops[reason];
		else
			stats->tx_dropped += drops[reason];
	}
	/* The core adds what it counted itself. */
	stats->rx_dropped -= ipudp_stats_core(device->drops);
	stats->rx_errors = drops[IPUDP_DROP_REASON_RX_MALFORMED] +
			   drops[IPUDP_DROP_REASON_RX_SOURCE] + drops[IPUDP_DROP_REASON_RX_ECN];
	stats->rx_frame_errors = drops[IPUDP_DROP_REASON_RX_MALFORMED];
	stats->tx_carrier_errors = drops[IPUDP_DROP_REASON_TX_NO_ROUTE];
}

static const struct net_device_ops netdev_ops = {
	.ndo_init = device_init,
	.ndo_uninit = device_uninit,
	.ndo_start_xmit = ipudp_encap_xmit,
	.ndo_change_mtu = device_change_mtu,
	.ndo_get_stats64 = device_get_stats64,
};

static void get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, "ipudp", sizeof(info->driver));
	strscpy(info->version, IPUDP_VERSION, sizeof(info->version));
}

static int get_sset_count(struct net_device *dev, int sset)
{
	return sset == ETH_SS_STATS ? IPUDP_DROP_REASONS : -EOPNOTSUPP;
}

static const char drop_names[IPUDP_DROP_REASONS][ETH_GSTRING_LEN] = {
	[IPUDP_DROP_REASON_RX_RUNT] = "rx-runt",
	[IPUDP_DROP_REASON_RX_NO_TUNNEL] = "rx-no-tunnel",
	[IPUDP_DROP_REASON_FRAME_UNCLAIMED] = "frame-unclaimed",
	[IPUDP_DROP_REASON_FRAME_OVERFLOW] = "frame-overflow",
	[IPUDP_DROP_REASON_RX_MALFORMED] = "rx-malformed",
	[IPUDP_DROP_REASON_RX_SOURCE] = "rx-source",
	[IPUDP_DROP_REASON_RX_ECN] = "rx-ecn",
	[IPUDP_DROP_REASON_RX_DOWN] = "rx-down",
	[IPUDP_DROP_REASON_RX_NOMEM] = "rx-nomem",
	[IPUDP_DROP_REASON_TX_MALFORMED] = "tx-malformed",
	[IPUDP_DROP_REASON_TX_NO_TUNNEL] = "tx-no-tunnel",
	[IPUDP_DROP_REASON_TX_NO_RULE] = "tx-no-rule",
	[IPUDP_DROP_REASON_TX_RULE_DROP] = "tx-rule-drop",
	[IPUDP_DROP_REASON_TX_RULE_UNREACHABLE] = "tx-rule-unreachable",
	[IPUDP_DROP_REASON_TX_NO_ROUTE] = "tx-no-route",
	[IPUDP_DROP_REASON_TX_LOOP] = "tx-loop",
	[IPUDP_DROP_REASON_TX_TOO_BIG] = "tx-too-big",
	[IPUDP_DROP_REASON_TX_FRAGMENT] = "tx-fragment",
	[IPUDP_DROP_REASON_TX_NOMEM] = "tx-nomem",
	[IPUDP_DROP_REASON_RX_LINK_LOCAL] = "rx-link-local",
	[IPUDP_DROP_REASON_TX_UNDERLAY] = "tx-underlay",
};

static void get_strings(struct net_device *dev, u32 sset, u8 *buf)
{
	if (sset == ETH_SS_STATS)
		memcpy(buf, drop_names, sizeof(drop_names));
}

static void get_ethtool_stats(struct net_device *dev, struct ethtool_stats *stats, u64 *data)
{
	struct ipudp_device *device = netdev_priv(dev);

	ipudp_stats_drops(device->drops, data);
}

static const struct ethtool_ops ethtool_ops = {
	.get_drvinfo = get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_sset_count = get_sset_count,
	.get_strings = get_strings,
	.get_ethtool_stats = get_ethtool_stats,
};

static const struct device_type device_type = {
	.name = "ipudp",
};

void ipudp_device_setup(struct net_device *dev)
{
	struct ipudp_device *device = netdev_priv(dev);

	device->dev = dev;
	device->mode = &ipudp_mode_fixed;
	device->header = &ipudp_header_bare;
	device->mtu_auto = true;
	INIT_LIST_HEAD(&device->home_node);

	dev->netdev_ops = &netdev_ops;
	dev->ethtool_ops = &ethtool_ops;
	SET_NETDEV_DEVTYPE(dev, &device_type);
	dev->type = ARPHRD_NONE;
	dev->flags = IFF_NOARP | IFF_MULTICAST | IFF_POINTOPOINT;
	dev->hard_header_len = 0;
	dev->addr_len = 0;
	/* For an outer IPv4 header on Ethernet; grows when packets need more. */
	dev->needed_headroom = ETH_HLEN + ipudp_encap_overhead(AF_INET);
	dev->mtu = DEFAULT_MTU;
	dev->min_mtu = IPV4_MIN_MTU;
	dev->max_mtu = IP_MAX_MTU - ipudp_encap_overhead(AF_INET6);
	dev->features |= FEATURES;
	dev->hw_features |= FEATURES;
	dev->hw_enc_features |= FEATURES;
	dev->priv_flags |= IFF_NO_QUEUE;
	dev->priv_flags &= ~IFF_XMIT_DST_RELEASE;
	dev->needs_free_netdev = true;
	dev->priv_destructor = device_destructor;
	ipudp_compat_lltx(dev);
	ipudp_compat_tstats_setup(dev);
}

bool ipudp_device_is(const struct net_device *dev)
{
	return dev->netdev_ops == &netdev_ops;
}

/*
 * Nothing below the device asks who the next hop is, unless rules are looked up for it. Pointing to
 * one point spares the stack an IPv4 neighbour for each destination, of which it keeps a thousand.
 */
static void set_flags(struct ipudp_device *device)
{
	unsigned int point = device->lookup == IPUDP_LOOKUP_NEXTHOP ? 0 : IFF_POINTOPOINT;

	device->dev->flags = (device->dev->flags & ~IFF_POINTOPOINT) | point;
}

int ipudp_device_configure(struct ipudp_device *device, const struct ipudp_device_config *config,
			   struct netlink_ext_ack *extack)
{
	const struct ipudp_mode_ops *mode = device->mode;

	if (config->has_mode)
		mode = ipudp_mode_of(config->mode);
	if (!mode) {
		ipudp_refuse(extack, MODE_UNKNOWN);
		return -EINVAL;
	}
	if (mode != device->mode && (device->n_tunnels || device->n_rules)) {
		ipudp_refuse(extack, MODE_IN_USE);
		return -EBUSY;
	}
	if (config->has_lookup && config->lookup != IPUDP_LOOKUP_DESTINATION &&
	    mode->mode != IPUDP_MODE_MULTI) {
		ipudp_refuse(extack, LOOKUP_MODE);
		return -EINVAL;
	}
	if (mode != device->mode || !device->dev->reg_state) {
		WRITE_ONCE(device->mode, mode);
		WRITE_ONCE(device->source_check, mode->source_check);
		WRITE_ONCE(device->lookup, IPUDP_LOOKUP_DESTINATION);
	}
	if (config->has_lookup)
		WRITE_ONCE(device->lookup, config->lookup);
	set_flags(device);
	if (config->has_source_check)
		WRITE_ONCE(device->source_check, config->source_check);
	return 0;
}

void ipudp_device_flush(struct ipudp_device *device)
{
	struct ipudp_tunnel *tunnel;
	unsigned long id;

	lockdep_assert_held(&device->home->lock);
	if (!device->alive)
		return;
	ipudp_rules_flush(device);
	xa_for_each(&device->tunnels, id, tunnel)
		ipudp_tunnel_remove(tunnel);
	device->alive = false;
	list_del_init(&device->home_node);
}

void ipudp_device_fit(struct ipudp_device *device, unsigned int mtu, bool first)
{
	struct net_device *dev = device->dev;

	if (!mtu)
		return;
	/* Below its minimum IPv6 would be off; up to that, outer packets are fragmented. */
	mtu = clamp_t(unsigned int, mtu, IPV6_MIN_MTU, dev->max_mtu);
	if (!READ_ONCE(device->mtu_auto) || mtu == READ_ONCE(dev->mtu) ||
	    (mtu > READ_ONCE(dev->mtu) && !first))
		return;
	rtnl_lock();
	if (dev->reg_state == NETREG_REGISTERED && device->mtu_auto) {
		device->mtu_changing = true;
		/* Fails only if another part of the kernel objects; then the MTU stays. */
		dev_set_mtu(dev, mtu);
		device->mtu_changing = false;
	}
	rtnl_unlock();
}

struct net_device *ipudp_device_create(struct net *net, const char *name,
				       const struct ipudp_device_config *config, u32 mtu,
				       struct netlink_ext_ack *extack)
{
	struct nlattr *tb[IFLA_MAX + 1] = { };
	struct ipudp_device *device;
	struct net_device *dev;
	int ret;

	ASSERT_RTNL();
	dev = rtnl_create_link(net, name ?: "ipudp%d", name ? NET_NAME_USER : NET_NAME_ENUM,
			       &ipudp_rtnl_ops, tb, extack);
	if (IS_ERR(dev))
		return dev;
	device = netdev_priv(dev);
	ret = ipudp_device_configure(device, config, extack);
	if (ret)
		goto err_free;
	if (mtu) {
		if (mtu < dev->min_mtu || mtu > dev->max_mtu) {
			ipudp_refuse(extack, MTU_RANGE);
			ret = -ERANGE;
			goto err_free;
		}
		dev->mtu = mtu;
		device->mtu_auto = false;
	}
	ret = register_netdevice(dev);
	if (ret)
		goto err_free;
	ret = ipudp_compat_configure_link(dev);
	if (ret) {
		unregister_netdevice(dev);
		return ERR_PTR(ret);
	}
	mutex_lock(&device->home->lock);
	ipudp_event_device(device, IPUDP_CMD_DEV_ADD_NTF);
	mutex_unlock(&device->home->lock);
	return dev;

err_free:
	free_netdev(dev);
	return ERR_PTR(ret);
}
