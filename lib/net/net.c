// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rtnetlink through libmnl. Requests wait for their answer, which the kernel gives at once.
 */
#include "lib/net/net.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include "lib/base/cleanup.h"

#define UNREACHABLE_METRIC 0x7fffffffu
#define WHAT_SIZE 96

/**
 * struct lvn_net - connection to rtnetlink
 * @requests: socket for requests and their answers
 * @watch: socket that hears of changes
 * @seq: number of the last request
 */
struct lvn_net {
	struct mnl_socket *requests;
	struct mnl_socket *watch;
	uint32_t seq;
};

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
	int ret;

	net = calloc(1, sizeof(*net));
	if (!net)
		return -ENOMEM;
	ret = open_socket(0, 0, &net->requests);
	if (!ret)
		ret = open_socket(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
					  RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE,
				  SOCK_NONBLOCK, &net->watch);
	if (ret) {
		lvn_net_close(net);
		return ret;
	}
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
	free(net);
}

static int request(struct lvn_net *net, struct nlmsghdr *nlh, mnl_cb_t fn, void *arg)
{
	char buf[8192];
	ssize_t len;

	nlh->nlmsg_seq = ++net->seq;
	nlh->nlmsg_flags |= NLM_F_REQUEST;
	if (!fn)
		nlh->nlmsg_flags |= NLM_F_ACK;
	if (mnl_socket_sendto(net->requests, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	do {
		len = mnl_socket_recvfrom(net->requests, buf, sizeof(buf));
	} while (len < 0 && errno == EINTR);
	if (len < 0)
		return -errno;
	if (mnl_cb_run(buf, (size_t)len, net->seq, mnl_socket_get_portid(net->requests), fn, arg) <
	    0)
		return -errno;
	return 0;
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
	return request(net, nlh, NULL, NULL);
}

static int address_set(struct lvn_net *net, uint32_t ifindex, const struct lvn_prefix *prefix,
		       bool is_wanted)
{
	size_t len = lvn_addr_bits(&prefix->addr) / 8;
	char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifaddrmsg *ifa;

	nlh->nlmsg_type = is_wanted ? RTM_NEWADDR : RTM_DELADDR;
	nlh->nlmsg_flags = is_wanted ? NLM_F_CREATE | NLM_F_REPLACE : 0;
	ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	ifa->ifa_family = (uint8_t)prefix->addr.family;
	ifa->ifa_prefixlen = prefix->len;
	ifa->ifa_index = ifindex;
	mnl_attr_put(nlh, IFA_LOCAL, len, prefix->addr.bytes);
	mnl_attr_put(nlh, IFA_ADDRESS, len, prefix->addr.bytes);
	mnl_attr_put_u32(nlh, IFA_FLAGS, IFA_F_NODAD | IFA_F_NOPREFIXROUTE);
	return request(net, nlh, NULL, NULL);
}

int lvn_net_route_set(struct lvn_net *net, uint32_t ifindex, const struct lvn_netset *set,
		      const struct lvn_route *route, bool is_wanted)
{
	uint32_t metric = route->is_unreachable ? UNREACHABLE_METRIC : set->metric;
	size_t len = lvn_addr_bits(&route->prefix.addr) / 8;
	uint32_t table = set->table ? set->table : RT_TABLE_MAIN;
	char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct rtmsg *rtm;

	nlh->nlmsg_type = is_wanted ? RTM_NEWROUTE : RTM_DELROUTE;
	nlh->nlmsg_flags = is_wanted ? NLM_F_CREATE | NLM_F_REPLACE : 0;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = (uint8_t)route->prefix.addr.family;
	rtm->rtm_dst_len = route->prefix.len;
	rtm->rtm_table = (uint8_t)(table < 256 ? table : RT_TABLE_UNSPEC);
	rtm->rtm_protocol = LVN_ROUTE_PROTOCOL;
	rtm->rtm_type = route->is_unreachable ? RTN_UNREACHABLE : RTN_UNICAST;
	if (route->prefix.addr.family == AF_INET && !route->is_unreachable)
		rtm->rtm_scope = RT_SCOPE_LINK;
	mnl_attr_put(nlh, RTA_DST, len, route->prefix.addr.bytes);
	mnl_attr_put_u32(nlh, RTA_TABLE, table);
	if (!route->is_unreachable)
		mnl_attr_put_u32(nlh, RTA_OIF, ifindex);
	if (metric)
		mnl_attr_put_u32(nlh, RTA_PRIORITY, metric);
	return request(net, nlh, NULL, NULL);
}

static bool has_address(const struct lvn_netset *set, const struct lvn_prefix *prefix)
{
	for (unsigned int i = 0; i < set->n_addresses; i++)
		if (lvn_prefix_equal(&set->addresses[i], prefix))
			return true;
	return false;
}

static bool has_route(const struct lvn_netset *set, const struct lvn_route *route)
{
	for (unsigned int i = 0; i < set->n_routes; i++)
		if (set->routes[i].is_unreachable == route->is_unreachable &&
		    lvn_prefix_equal(&set->routes[i].prefix, &route->prefix))
			return true;
	return false;
}

/* Remember the first error and what it was about. */
static void note(int err, const char *verb, const struct lvn_prefix *prefix, int *first,
		 char *ret_what)
{
	char text[LVN_ADDR_TEXT_SIZE];

	if (!err || *first)
		return;
	*first = err;
	snprintf(ret_what, WHAT_SIZE, "%s %s", verb, lvn_prefix_format(prefix, text));
}

static void add_addresses(struct lvn_net *net, uint32_t ifindex, const struct lvn_netset *want,
			  int *first, char *ret_what)
{
	for (unsigned int i = 0; i < want->n_addresses; i++)
		note(address_set(net, ifindex, &want->addresses[i], true), "add address",
		     &want->addresses[i], first, ret_what);
}

/* Return: whether there was something to remove. */
static bool remove_addresses(struct lvn_net *net, uint32_t ifindex, const struct lvn_netset *have,
			     const struct lvn_netset *want, int *first, char *ret_what)
{
	bool is_any = false;

	for (unsigned int i = 0; i < have->n_addresses; i++) {
		int ret;

		if (has_address(want, &have->addresses[i]))
			continue;
		ret = address_set(net, ifindex, &have->addresses[i], false);
		if (ret == -EADDRNOTAVAIL || ret == -ENODEV)
			ret = 0;
		note(ret, "remove address", &have->addresses[i], first, ret_what);
		is_any = true;
	}
	return is_any;
}

static void remove_routes(struct lvn_net *net, uint32_t ifindex, const struct lvn_netset *have,
			  const struct lvn_netset *want, int *first, char *ret_what)
{
	bool is_moved = have->table != want->table || have->metric != want->metric;

	for (unsigned int i = 0; i < have->n_routes; i++) {
		const struct lvn_route *route = &have->routes[i];
		int ret;

		if (!is_moved && has_route(want, route))
			continue;
		ret = lvn_net_route_set(net, ifindex, have, route, false);
		/* It went with its device, or somebody else removed it: as wanted. */
		if (ret == -ESRCH || ret == -ENODEV || ret == -ENETDOWN)
			ret = 0;
		note(ret, "remove route", &route->prefix, first, ret_what);
	}
}

int lvn_net_apply(struct lvn_net *net, uint32_t ifindex, const struct lvn_netset *have,
		  const struct lvn_netset *want, char *ret_what)
{
	int first = 0;

	ret_what[0] = '\0';
	add_addresses(net, ifindex, want, &first, ret_what);
	/*
	 * With the first IPv4 address of a network the kernel removes the others of it, and with
	 * the last address all routes: so routes come after, and addresses once more.
	 */
	if (have && remove_addresses(net, ifindex, have, want, &first, ret_what))
		add_addresses(net, ifindex, want, &first, ret_what);
	for (unsigned int i = 0; i < want->n_routes; i++)
		note(lvn_net_route_set(net, ifindex, want, &want->routes[i], true), "add route",
		     &want->routes[i].prefix, &first, ret_what);
	if (have)
		remove_routes(net, ifindex, have, want, &first, ret_what);
	return first;
}

int lvn_net_watch_fd(const struct lvn_net *net)
{
	return mnl_socket_get_fd(net->watch);
}

/* Whether a message is about something else than interface @except. */
static bool is_news(const struct nlmsghdr *nlh, uint32_t except)
{
	const struct rtmsg *rtm;
	struct nlattr *attr;

	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct ifinfomsg))
			return false;
		return ((struct ifinfomsg *)mnl_nlmsg_get_payload(nlh))->ifi_index != (int)except;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct ifaddrmsg))
			return false;
		return ((struct ifaddrmsg *)mnl_nlmsg_get_payload(nlh))->ifa_index != except;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*rtm))
			return false;
		rtm = mnl_nlmsg_get_payload(nlh);
		if (rtm->rtm_protocol == LVN_ROUTE_PROTOCOL || rtm->rtm_flags & RTM_F_CLONED)
			return false;
		mnl_attr_for_each(attr, nlh, sizeof(*rtm))
			if (mnl_attr_get_type(attr) == RTA_OIF &&
			    mnl_attr_get_payload_len(attr) == sizeof(uint32_t))
				return mnl_attr_get_u32(attr) != except;
		return true;
	}
	return false;
}

bool lvn_net_watch_read(struct lvn_net *net, uint32_t except)
{
	bool has_news = false;
	char buf[16384];
	ssize_t len;

	for (;;) {
		const struct nlmsghdr *nlh = (const struct nlmsghdr *)buf;
		int left;

		len = mnl_socket_recvfrom(net->watch, buf, sizeof(buf));
		if (len < 0 && (errno == EINTR || errno == ENOBUFS)) {
			/* News that did not fit is news. */
			has_news |= errno == ENOBUFS;
			continue;
		}
		if (len <= 0)
			return has_news;
		left = (int)len;
		for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
			has_news |= is_news(nlh, except);
	}
}

static int take_oif(const struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *attr;
	uint32_t *oif = arg;

	if (nlh->nlmsg_type != RTM_NEWROUTE)
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(struct rtmsg))
		if (mnl_attr_get_type(attr) == RTA_OIF &&
		    mnl_attr_get_payload_len(attr) == sizeof(uint32_t))
			*oif = mnl_attr_get_u32(attr);
	return MNL_CB_STOP;
}

int lvn_net_route_to(struct lvn_net *net, const struct lvn_addr *to, uint32_t mark,
		     uint32_t *ret_ifindex)
{
	char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	uint32_t oif = 0;
	struct rtmsg *rtm;
	int ret;

	nlh->nlmsg_type = RTM_GETROUTE;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = (uint8_t)to->family;
	rtm->rtm_dst_len = (uint8_t)lvn_addr_bits(to);
	mnl_attr_put(nlh, RTA_DST, lvn_addr_bits(to) / 8, to->bytes);
	if (mark)
		mnl_attr_put_u32(nlh, RTA_MARK, mark);
	ret = request(net, nlh, take_oif, &oif);
	if (ret)
		return ret;
	*ret_ifindex = oif;
	return 0;
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
