// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Routes of others: read when they are asked for, and kept until there is news of one. A hub that
 * sets thousands of routes of its own reads them once.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "lib/net/request.h"

#define DUMP_TRIES 3

/* Protocols of what makes routes for an interface's own addresses. */
static bool is_automatic(uint8_t protocol)
{
	return protocol == RTPROT_KERNEL || protocol == RTPROT_RA || protocol == RTPROT_DHCP;
}

/* ff00::/8 and fe80::/10 are on each link. */
static bool is_on_each_link(const struct lvn_prefix *prefix)
{
	const uint8_t *bytes = prefix->addr.bytes;

	return prefix->addr.family == AF_INET6 &&
	       (bytes[0] == 0xff || (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80));
}

bool lvn_net_route_read(const struct nlmsghdr *nlh, struct lvn_net_foreign *ret,
			uint8_t *ret_protocol)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	struct lvn_net_foreign route = { .table = 0 };
	bool is_direct = true;
	struct nlattr *attr;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*rtm) || rtm->rtm_flags & RTM_F_CLONED ||
	    rtm->rtm_table == RT_TABLE_LOCAL || rtm->rtm_type == RTN_BROADCAST ||
	    rtm->rtm_type == RTN_ANYCAST || rtm->rtm_type == RTN_MULTICAST)
		return false;
	route.table = rtm->rtm_table;
	route.prefix.addr.family = rtm->rtm_family;
	route.prefix.len = rtm->rtm_dst_len;
	mnl_attr_for_each(attr, nlh, sizeof(*rtm)) {
		switch (mnl_attr_get_type(attr)) {
		case RTA_DST:
			lvn_net_attr_addr(attr, rtm->rtm_family, &route.prefix.addr);
			break;
		case RTA_TABLE:
			route.table = lvn_net_attr_u32(attr);
			break;
		case RTA_PRIORITY:
			route.metric = lvn_net_attr_u32(attr);
			break;
		case RTA_OIF:
			route.ifindex = lvn_net_attr_u32(attr);
			break;
		case RTA_GATEWAY:
		case RTA_VIA:
		case RTA_MULTIPATH:
			is_direct = false;
			break;
		}
	}
	if (!lvn_addr_bits(&route.prefix.addr) ||
	    route.prefix.len > lvn_addr_bits(&route.prefix.addr))
		return false;
	route.is_onlink = is_direct && route.ifindex && route.prefix.len &&
			  rtm->rtm_type == RTN_UNICAST && is_automatic(rtm->rtm_protocol) &&
			  !is_on_each_link(&route.prefix);
	*ret = route;
	*ret_protocol = rtm->rtm_protocol;
	return true;
}

static int take_foreign(const struct nlmsghdr *nlh, void *arg)
{
	struct lvn_net_foreign route, *more;
	struct lvn_net *net = arg;
	uint8_t protocol;

	if (nlh->nlmsg_type != RTM_NEWROUTE || !lvn_net_route_read(nlh, &route, &protocol))
		return MNL_CB_OK;
	/* Ours: of our device, or one that refuses what is behind another spoke of this host. */
	if (protocol == LVN_ROUTE_PROTOCOL && (route.ifindex == net->own || !route.ifindex))
		return MNL_CB_OK;
	if (net->n_foreign == net->room) {
		unsigned int room = net->room ? net->room * 2 : 64;

		more = realloc(net->foreign, room * sizeof(*more));
		if (!more)
			return MNL_CB_ERROR;
		net->foreign = more;
		net->room = room;
	}
	net->foreign[net->n_foreign++] = route;
	return MNL_CB_OK;
}

static int read_family(struct lvn_net *net, int family)
{
	char buf[64];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct rtmsg *rtm;

	nlh->nlmsg_type = RTM_GETROUTE;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = (uint8_t)family;
	return lvn_net_dump(net, nlh, take_foreign, net);
}

/* Whether a message is about a route that is, or would be, in the list. */
static bool is_foreign_news(const struct nlmsghdr *nlh, uint32_t own)
{
	struct lvn_net_foreign route;
	uint8_t protocol;

	if (nlh->nlmsg_type != RTM_NEWROUTE && nlh->nlmsg_type != RTM_DELROUTE)
		return false;
	/* One that takes the place of ours is news of somebody else's, which this is. */
	return lvn_net_route_read(nlh, &route, &protocol) &&
	       (protocol != LVN_ROUTE_PROTOCOL || (route.ifindex && route.ifindex != own));
}

static void forget_if_old(struct lvn_net *net, uint32_t own)
{
	char buf[16384];
	ssize_t len;

	if (net->own != own)
		net->is_fresh = false;
	net->own = own;
	for (;;) {
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)buf;
		int left;

		len = mnl_socket_recvfrom(net->routes_watch, buf, sizeof(buf));
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0 && errno == ENOBUFS) {
			net->is_fresh = false;
			continue;
		}
		if (len <= 0)
			return;
		left = (int)len;
		for (; net->is_fresh && mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
			if (is_foreign_news(nlh, own))
				net->is_fresh = false;
	}
}

/* What cannot be read is taken for empty: the kernel still refuses to replace what is there. */
static void refresh(struct lvn_net *net, uint32_t own)
{
	int ret = -EINTR;

	forget_if_old(net, own);
	for (int i = 0; !net->is_fresh && ret == -EINTR && i < DUMP_TRIES; i++) {
		net->n_foreign = 0;
		ret = read_family(net, AF_INET);
		if (!ret)
			ret = read_family(net, AF_INET6);
		net->is_fresh = !ret;
	}
}

const struct lvn_net_foreign *lvn_net_conflict(struct lvn_net *net, uint32_t own, uint32_t table,
					       uint32_t metric, const struct lvn_prefix *prefix)
{
	refresh(net, own);
	for (unsigned int i = 0; i < net->n_foreign; i++) {
		const struct lvn_net_foreign *route = &net->foreign[i];

		if (route->table == table && lvn_prefix_equal(&route->prefix, prefix) &&
		    (!metric || metric == route->metric))
			return route;
	}
	return NULL;
}

const struct lvn_net_foreign *lvn_net_onlink(struct lvn_net *net, uint32_t own,
					     const struct lvn_prefix *prefix)
{
	refresh(net, own);
	for (unsigned int i = 0; i < net->n_foreign; i++)
		if (net->foreign[i].is_onlink && net->foreign[i].ifindex != own &&
		    lvn_prefix_covers(&net->foreign[i].prefix, prefix))
			return &net->foreign[i];
	return NULL;
}

bool lvn_net_has_other_way(struct lvn_net *net, uint32_t own, uint32_t table,
			   const struct lvn_addr *to)
{
	refresh(net, own);
	for (unsigned int i = 0; i < net->n_foreign; i++)
		if (net->foreign[i].ifindex && net->foreign[i].ifindex != own &&
		    net->foreign[i].table == (table ? table : (uint32_t)RT_TABLE_MAIN) &&
		    lvn_prefix_contains(&net->foreign[i].prefix, to))
			return true;
	return false;
}
