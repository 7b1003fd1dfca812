// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nobody vouches for inner packets, so our interfaces do not take the host's configuration from
 * them: no router advertisements, no redirects, and unless somebody adds one, no link-local
 * address, without which no neighbour is believed. These are settings of the interface alone, made
 * once in each of its lives in a namespace, so that whoever wants them otherwise can change them.
 */

#include "quiet.h"

#include <linux/if_ether.h>
#include <linux/inetdevice.h>
#include <linux/notifier.h>
#include <net/addrconf.h>
#include <net/if_inet6.h>

#include "device.h"
#include "home.h"

/* The stack's own notifiers, which make what is quietened here, have 0. */
#define AFTER_STACK (-1)

static void quieten4(struct net_device *dev)
{
	struct in_device *in_dev = __in_dev_get_rtnl(dev);

	if (!in_dev)
		return;
	IN_DEV_CONF_SET(in_dev, ACCEPT_REDIRECTS, 0);
	/* What comes from a tunnel and goes through another one is no detour. */
	IN_DEV_CONF_SET(in_dev, SEND_REDIRECTS, 0);
}

static bool has_link_local4(const struct net_device *dev)
{
	struct in_device *in_dev = __in_dev_get_rcu(dev);
	const struct in_ifaddr *ifaddr;

	if (!in_dev)
		return false;
	in_dev_for_each_ifa_rcu(ifaddr, in_dev) {
		if (ipv4_is_linklocal_169(ifaddr->ifa_local))
			return true;
	}
	return false;
}

#if IS_ENABLED(CONFIG_IPV6)

static bool has_link_local6(const struct net_device *dev)
{
	struct inet6_dev *in6_dev = __in6_dev_get(dev);
	const struct inet6_ifaddr *ifaddr;
	bool found = false;

	if (!in6_dev)
		return false;
	read_lock_bh(&in6_dev->lock);
	list_for_each_entry(ifaddr, &in6_dev->addr_list, if_list) {
		found = ipudp_ip6_is_link_local(&ifaddr->addr);
		if (found)
			break;
	}
	read_unlock_bh(&in6_dev->lock);
	return found;
}

/* IPv6 of an interface ends when the MTU falls below 1280, and begins anew when it rises. */
static void quieten6(struct net_device *dev)
{
	struct inet6_dev *in6_dev = __in6_dev_get(dev);
	struct ipudp_device *device = netdev_priv(dev);

	ASSERT_RTNL();
	if (in6_dev && in6_dev != device->quiet) {
		WRITE_ONCE(in6_dev->cnf.accept_ra, 0);
		WRITE_ONCE(in6_dev->cnf.autoconf, 0);
		WRITE_ONCE(in6_dev->cnf.accept_redirects, 0);
		WRITE_ONCE(in6_dev->cnf.addr_gen_mode, IN6_ADDR_GEN_MODE_NONE);
	}
	device->quiet = in6_dev;
}

/*
 * When IPv6 begins anew on an interface that is up, the stack gives it a link-local address before
 * anybody is told. This is asked before; whoever adds an address does so later.
 */
static int validate(struct notifier_block *nb, unsigned long event, void *data)
{
	const struct in6_validator_info *info = data;
	struct net_device *dev = info->i6vi_dev->dev;
	struct ipudp_device *device;

	if (event != NETDEV_UP || !ipudp_device_is(dev) ||
	    !ipudp_ip6_is_link_local(&info->i6vi_addr))
		return NOTIFY_DONE;
	device = netdev_priv(dev);
	if (info->i6vi_dev == device->quiet)
		return NOTIFY_DONE;
	quieten6(dev);
	return notifier_from_errno(-EADDRNOTAVAIL);
}

static struct notifier_block validator = {
	.notifier_call = validate,
};

static int validator_register(void)
{
	return register_inet6addr_validator_notifier(&validator);
}

static void validator_unregister(void)
{
	unregister_inet6addr_validator_notifier(&validator);
}

#else

static bool has_link_local6(const struct net_device *dev)
{
	return false;
}

static void quieten6(struct net_device *dev)
{
}

static int validator_register(void)
{
	return 0;
}

static void validator_unregister(void)
{
}

#endif

bool ipudp_quiet_has_link_local(const struct net_device *dev, __be16 protocol)
{
	return protocol == htons(ETH_P_IP) ? has_link_local4(dev) : has_link_local6(dev);
}

static int interface_changed(struct notifier_block *nb, unsigned long event, void *data)
{
	struct net_device *dev = netdev_notifier_info_to_dev(data);

	if (!ipudp_device_is(dev))
		return NOTIFY_DONE;
	switch (event) {
	case NETDEV_REGISTER:
		/* Made, or moved here from another namespace. */
		ipudp_home_changed(dev_net(dev));
		quieten4(dev);
		quieten6(dev);
		break;
	case NETDEV_UNREGISTER:
		ipudp_home_changed(dev_net(dev));
		quieten6(dev);
		break;
	case NETDEV_UP:
	case NETDEV_CHANGEMTU:
		quieten6(dev);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block interfaces = {
	.notifier_call = interface_changed,
	.priority = AFTER_STACK,
};

int ipudp_quiet_init(void)
{
	int ret = register_netdevice_notifier(&interfaces);

	if (ret)
		return ret;
	ret = validator_register();
	if (ret)
		unregister_netdevice_notifier(&interfaces);
	return ret;
}

void ipudp_quiet_done(void)
{
	validator_unregister();
	unregister_netdevice_notifier(&interfaces);
}
