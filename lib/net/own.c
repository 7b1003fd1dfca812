// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a device has: its addresses, and the routes to it that have our protocol. Without a bound,
 * as a hub has a route for each delegated prefix.
 */
#include <errno.h>
#include <string.h>

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "lib/net/request.h"

/**
 * struct listing - one list
 * @ifindex: of the device
 * @fn: who sees it
 * @arg: for @fn
 */
struct listing {
	uint32_t ifindex;
	lvn_net_prefix_fn *fn;
	void *arg;
};

static int take_address(const struct nlmsghdr *nlh, void *arg)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct lvn_addr local = { .family = AF_UNSPEC };
	const struct listing *listing = arg;
	struct lvn_prefix prefix = { 0 };
	struct nlattr *attr;
	uint32_t flags = 0;

	if (nlh->nlmsg_type != RTM_NEWADDR || mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifa) ||
	    ifa->ifa_index != listing->ifindex)
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(*ifa)) {
		if (mnl_attr_get_type(attr) == IFA_LOCAL)
			lvn_net_attr_addr(attr, ifa->ifa_family, &local);
		else if (mnl_attr_get_type(attr) == IFA_ADDRESS)
			lvn_net_attr_addr(attr, ifa->ifa_family, &prefix.addr);
		else if (mnl_attr_get_type(attr) == IFA_FLAGS)
			flags = lvn_net_attr_u32(attr);
	}
	if (local.family)
		prefix.addr = local;
	prefix.len = ifa->ifa_prefixlen;
	if (prefix.addr.family)
		listing->fn(listing->arg, &prefix, flags & IFA_F_NOPREFIXROUTE);
	return MNL_CB_OK;
}

int lvn_net_own_addresses(struct lvn_net *net, uint32_t ifindex, lvn_net_prefix_fn *fn, void *arg)
{
	struct listing listing = { .ifindex = ifindex, .fn = fn, .arg = arg };
	char buf[64];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = RTM_GETADDR;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifaddrmsg));
	return lvn_net_dump(net, nlh, take_address, &listing);
}

static int take_route(const struct nlmsghdr *nlh, void *arg)
{
	const struct listing *listing = arg;
	struct lvn_net_foreign route;
	uint8_t protocol;

	if (nlh->nlmsg_type == RTM_NEWROUTE && lvn_net_route_read(nlh, &route, &protocol) &&
	    protocol == LVN_ROUTE_PROTOCOL && route.ifindex == listing->ifindex &&
	    route.table == RT_TABLE_MAIN)
		listing->fn(listing->arg, &route.prefix, true);
	return MNL_CB_OK;
}

static int list_routes(struct lvn_net *net, int family, struct listing *listing)
{
	char buf[128];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct rtmsg *rtm;

	nlh->nlmsg_type = RTM_GETROUTE;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = (uint8_t)family;
	rtm->rtm_protocol = LVN_ROUTE_PROTOCOL;
	mnl_attr_put_u32(nlh, RTA_TABLE, RT_TABLE_MAIN);
	mnl_attr_put_u32(nlh, RTA_OIF, listing->ifindex);
	return lvn_net_dump(net, nlh, take_route, listing);
}

int lvn_net_own_routes(struct lvn_net *net, uint32_t ifindex, lvn_net_prefix_fn *fn, void *arg)
{
	struct listing listing = { .ifindex = ifindex, .fn = fn, .arg = arg };
	int ret = list_routes(net, AF_INET, &listing);

	/* a host without IPv6 has no such routes */
	if (!ret && list_routes(net, AF_INET6, &listing) == -EINTR)
		ret = -EINTR;
	return ret;
}
