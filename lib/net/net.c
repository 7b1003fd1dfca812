// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rtnetlink through libmnl: sockets, requests, links and news. Requests wait for their answer, which
 * the kernel gives at once.
 */
#include "lib/net/net.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "lib/base/cleanup.h"
#include "lib/net/request.h"

#define DUMP_SIZE 32768
#define GROUP(number) (1u << ((number)-1))
#define ROUTE_GROUPS (GROUP(RTNLGRP_IPV4_ROUTE) | GROUP(RTNLGRP_IPV6_ROUTE))
#define ALL_GROUPS                                                         \
	(ROUTE_GROUPS | GROUP(RTNLGRP_LINK) | GROUP(RTNLGRP_IPV4_IFADDR) | \
	 GROUP(RTNLGRP_IPV6_IFADDR) | GROUP(RTNLGRP_IPV4_RULE) | GROUP(RTNLGRP_IPV6_RULE))

static int open_socket(unsigned int groups, int flags, struct mnl_socket **ret_socket)
{
	struct mnl_socket *nl;

	nl = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC | flags);
	if (!nl)
		return -errno;
	if (mnl_socket_bind(nl, groups, MNL_SOCKET_AUTOPID) < 0) {
		int ret = -errno;

		mnl_socket_close(nl);
		return ret;
	}
	*ret_socket = nl;
	return 0;
}

int lvn_net_open(struct lvn_net **ret_net)
{
	struct lvn_net *net;
	int one = 1;
	int ret;

	net = calloc(1, sizeof(*net));
	if (!net)
		return -ENOMEM;
	ret = open_socket(0, 0, &net->requests);
	if (!ret)
		ret = open_socket(ALL_GROUPS, SOCK_NONBLOCK, &net->watch);
	if (!ret)
		ret = open_socket(ROUTE_GROUPS, SOCK_NONBLOCK, &net->routes_watch);
	if (ret) {
		lvn_net_close(net);
		return ret;
	}
	/* Kernels that do not know it send more than was asked for, which is filtered here anyway. */
	mnl_socket_setsockopt(net->requests, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	*ret_net = net;
	return 0;
}

void lvn_net_close(struct lvn_net *net)
{
	if (!net)
		return;
	if (net->requests)
		mnl_socket_close(net->requests);
	if (net->watch)
		mnl_socket_close(net->watch);
	if (net->routes_watch)
		mnl_socket_close(net->routes_watch);
	free(net->foreign);
	free(net);
}

static ssize_t receive(struct lvn_net *net, void *buf, size_t size)
{
	ssize_t len;

	do {
		len = mnl_socket_recvfrom(net->requests, buf, size);
	} while (len < 0 && errno == EINTR);
	return len;
}

int lvn_net_request(struct lvn_net *net, struct nlmsghdr *nlh, mnl_cb_t fn, void *arg)
{
	char buf[8192];
	ssize_t len;

	nlh->nlmsg_seq = ++net->seq;
	nlh->nlmsg_flags |= NLM_F_REQUEST;
	if (!fn)
		nlh->nlmsg_flags |= NLM_F_ACK;
	if (mnl_socket_sendto(net->requests, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	len = receive(net, buf, sizeof(buf));
	if (len < 0)
		return -errno;
	if (mnl_cb_run(buf, (size_t)len, net->seq, mnl_socket_get_portid(net->requests), fn, arg) <
	    0)
		return -errno;
	return 0;
}

static bool has_end(const void *buf, ssize_t len)
{
	const struct nlmsghdr *nlh = buf;
	int left = (int)len;

	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
		if (nlh->nlmsg_type == NLMSG_DONE)
			return true;
	return false;
}

int lvn_net_dump(struct lvn_net *net, struct nlmsghdr *nlh, mnl_cb_t fn, void *arg)
{
	unsigned int portid = mnl_socket_get_portid(net->requests);
	char buf[DUMP_SIZE];
	int error = 0;
	ssize_t len;
	int ret;

	nlh->nlmsg_seq = ++net->seq;
	nlh->nlmsg_flags |= NLM_F_REQUEST | NLM_F_DUMP;
	if (mnl_socket_sendto(net->requests, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	do {
		len = receive(net, buf, sizeof(buf));
		if (len < 0)
			return -errno;
		ret = mnl_cb_run(buf, (size_t)len, net->seq, portid, fn, arg);
		if (ret < 0 && errno == EINTR) {
			/* The list changed. Its rest must be read, or the next answer is lost. */
			error = -EINTR;
			ret = has_end(buf, len) ? MNL_CB_STOP : MNL_CB_OK;
		}
	} while (ret == MNL_CB_OK);
	return ret < 0 ? -errno : error;
}

uint32_t lvn_net_attr_u32(const struct nlattr *attr)
{
	if (!attr || mnl_attr_get_payload_len(attr) != sizeof(uint32_t))
		return 0;
	return mnl_attr_get_u32(attr);
}

void lvn_net_attr_addr(const struct nlattr *attr, int family, struct lvn_addr *ret)
{
	struct lvn_addr addr = { .family = family };

	memset(ret, 0, sizeof(*ret));
	if (!attr || !lvn_addr_bits(&addr) ||
	    mnl_attr_get_payload_len(attr) != lvn_addr_bits(&addr) / 8)
		return;
	memcpy(addr.bytes, mnl_attr_get_payload(attr), lvn_addr_bits(&addr) / 8);
	*ret = addr;
}

int lvn_net_link_set(struct lvn_net *net, uint32_t ifindex, uint32_t mtu)
{
	char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifinfomsg *ifi;

	nlh->nlmsg_type = RTM_NEWLINK;
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_family = AF_UNSPEC;
	ifi->ifi_index = (int)ifindex;
	ifi->ifi_change = IFF_UP;
	ifi->ifi_flags = IFF_UP;
	if (mtu)
		mnl_attr_put_u32(nlh, IFLA_MTU, mtu);
	return lvn_net_request(net, nlh, NULL, NULL);
}

static void take_text(const struct nlattr *attr, char ret[IF_NAMESIZE])
{
	size_t len = mnl_attr_get_payload_len(attr);

	if (len && len <= IF_NAMESIZE) {
		memcpy(ret, mnl_attr_get_payload(attr), len);
		ret[len - 1] = '\0';
	}
}

static void take_kind(const struct nlattr *info, struct lvn_net_link *link)
{
	struct nlattr *attr;

	mnl_attr_for_each_nested(attr, info)
		if (mnl_attr_get_type(attr) == IFLA_INFO_KIND)
			take_text(attr, link->kind);
}

static int take_link(const struct nlmsghdr *nlh, void *arg)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	struct lvn_net_link *link = arg;
	struct nlattr *attr;

	if (nlh->nlmsg_type != RTM_NEWLINK)
		return MNL_CB_OK;
	link->is_up = ifi->ifi_flags & IFF_UP;
	mnl_attr_for_each(attr, nlh, sizeof(*ifi)) {
		if (mnl_attr_get_type(attr) == IFLA_MTU)
			link->mtu = lvn_net_attr_u32(attr);
		else if (mnl_attr_get_type(attr) == IFLA_IFNAME)
			take_text(attr, link->name);
		else if (mnl_attr_get_type(attr) == IFLA_LINKINFO)
			take_kind(attr, link);
	}
	return MNL_CB_STOP;
}

int lvn_net_link_get(struct lvn_net *net, uint32_t ifindex, struct lvn_net_link *ret)
{
	char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct lvn_net_link link = { .mtu = 0 };
	struct ifinfomsg *ifi;
	int error;

	if (!ifindex)
		return -ENODEV;
	nlh->nlmsg_type = RTM_GETLINK;
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_family = AF_UNSPEC;
	ifi->ifi_index = (int)ifindex;
	error = lvn_net_request(net, nlh, take_link, &link);
	if (!error)
		*ret = link;
	return error;
}

int lvn_net_watch_fd(const struct lvn_net *net)
{
	return mnl_socket_get_fd(net->watch);
}

/* News of a route: whether it is one of our device, or somebody else's. */
static unsigned int route_news(const struct nlmsghdr *nlh, uint32_t own)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	struct nlattr *attr;
	uint32_t oif = 0;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*rtm) || rtm->rtm_flags & RTM_F_CLONED)
		return 0;
	mnl_attr_for_each(attr, nlh, sizeof(*rtm))
		if (mnl_attr_get_type(attr) == RTA_OIF)
			oif = lvn_net_attr_u32(attr);
	if (own && oif == own)
		return LVN_NET_NEWS_OWN;
	/* Unreachable ones of ours have no device. */
	if (rtm->rtm_protocol == LVN_ROUTE_PROTOCOL && rtm->rtm_type == RTN_UNREACHABLE)
		return nlh->nlmsg_type == RTM_DELROUTE ? LVN_NET_NEWS_OWN : 0;
	return LVN_NET_NEWS_OTHERS;
}

static unsigned int news_of(const struct nlmsghdr *nlh, uint32_t own)
{
	uint32_t ifindex;

	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct ifinfomsg))
			return 0;
		ifindex = (uint32_t)((struct ifinfomsg *)mnl_nlmsg_get_payload(nlh))->ifi_index;
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct ifaddrmsg))
			return 0;
		ifindex = ((struct ifaddrmsg *)mnl_nlmsg_get_payload(nlh))->ifa_index;
		break;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		return route_news(nlh, own);
	case RTM_NEWRULE:
	case RTM_DELRULE:
		return LVN_NET_NEWS_OTHERS;
	default:
		return 0;
	}
	return own && ifindex == own ? LVN_NET_NEWS_OWN : LVN_NET_NEWS_OTHERS;
}

unsigned int lvn_net_watch_read(struct lvn_net *net, uint32_t own)
{
	unsigned int news = 0;
	char buf[16384];
	ssize_t len;

	for (;;) {
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)buf;
		int left;

		len = mnl_socket_recvfrom(net->watch, buf, sizeof(buf));
		if (len < 0 && (errno == EINTR || errno == ENOBUFS)) {
			/* News that did not fit is news. */
			if (errno == ENOBUFS)
				news |= LVN_NET_NEWS_OWN | LVN_NET_NEWS_OTHERS;
			continue;
		}
		if (len <= 0)
			return news;
		left = (int)len;
		for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
			news |= news_of(nlh, own);
	}
}

static int take_way(const struct nlmsghdr *nlh, void *arg)
{
	struct lvn_net_foreign route;
	struct lvn_net_way *way = arg;
	uint8_t protocol;

	if (nlh->nlmsg_type != RTM_NEWROUTE)
		return MNL_CB_OK;
	if (lvn_net_route_read(nlh, &route, &protocol))
		*way = (struct lvn_net_way){ .ifindex = route.ifindex,
					     .table = route.table,
					     .len = route.prefix.len };
	return MNL_CB_STOP;
}

int lvn_net_way_to(struct lvn_net *net, const struct lvn_addr *to, uint32_t oif, uint32_t mark,
		   struct lvn_net_way *ret)
{
	char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct lvn_net_way way = { .ifindex = 0 };
	struct rtmsg *rtm;
	int error;

	nlh->nlmsg_type = RTM_GETROUTE;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = (uint8_t)to->family;
	rtm->rtm_dst_len = (uint8_t)lvn_addr_bits(to);
	rtm->rtm_flags = RTM_F_FIB_MATCH | RTM_F_LOOKUP_TABLE;
	mnl_attr_put(nlh, RTA_DST, lvn_addr_bits(to) / 8, to->bytes);
	if (oif)
		mnl_attr_put_u32(nlh, RTA_OIF, oif);
	if (mark)
		mnl_attr_put_u32(nlh, RTA_MARK, mark);
	error = lvn_net_request(net, nlh, take_way, &way);
	if (!error)
		*ret = way;
	return error;
}

int lvn_net_source(const struct lvn_endpoint *to, const char *ifname, uint32_t mark,
		   struct lvn_addr *ret_addr)
{
	struct sockaddr_storage sa;
	struct lvn_endpoint from;
	_cleanup_close_ int fd = -1;
	socklen_t len;
	int ret;

	len = (socklen_t)lvn_endpoint_to_sockaddr(to, &sa);
	fd = socket(sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (ifname &&
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, ifname, (socklen_t)strlen(ifname)) < 0)
		return -errno;
	if (mark && setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&sa, len) < 0)
		return -errno;
	len = sizeof(sa);
	if (getsockname(fd, (struct sockaddr *)&sa, &len) < 0)
		return -errno;
	ret = lvn_endpoint_from_sockaddr((struct sockaddr *)&sa, &from);
	if (ret)
		return ret;
	*ret_addr = from.addr;
	return 0;
}
