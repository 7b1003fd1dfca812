// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Interfaces, by rtnetlink. News that a change caused are in the socket when the change is over, so
 * that reading all before a request is answered is enough to be up to date.
 */

#include "link.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <net/netlink.h>

#include "device.h"
#include "fast.h"
#include "gone.h"
#include "home.h"
#include "neighbour.h"
#include "quiet.h"

#define BUFFER_BYTES (8 << 20)

int ipudp_link_open(void)
{
	struct sockaddr_nl local = {
		.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
			     RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE | RTMGRP_IPV4_RULE |
			     RTMGRP_NEIGH | RTMGRP_TC | 1u << (RTNLGRP_IPV4_NETCONF - 1),
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	int size = BUFFER_BYTES, group = RTNLGRP_IPV6_RULE;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (bind(fd, (struct sockaddr *)&local, sizeof(local))) {
		close(fd);
		return -errno;
	}
	/* Without it, changes of IPv6 rules are seen a little later. */
	setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group));
	return fd;
}

/*
 * Of what comes by an interface that belongs to another one, that one decides: a bond drops what comes
 * by a backup, a bridge what its filters say or a locked port has not authenticated, a VRF keeps it
 * from the sockets of others. What they let pass comes in by themselves, where a program is.
 */
static enum ipudp_fast_link_state state_of(const struct nlmsghdr *nlh, bool has_master)
{
	const struct ifinfomsg *info = NLMSG_DATA(nlh);

	if (nlh->nlmsg_type == RTM_DELLINK)
		return IPUDP_FAST_LINK_GONE;
	if (has_master)
		return IPUDP_FAST_LINK_MEMBER;
	return info->ifi_flags & IFF_UP ? IPUDP_FAST_LINK_UP : IPUDP_FAST_LINK_THERE;
}

/* Who was away is known again only from now on. */
static void back(struct ipudp_home *home, struct ipudp_device *device)
{
	ipudp_device_back(device);
	home->host.control_stale = true;
}

static void device_changed(struct ipudp_device *device, const char *name, uint32_t mtu, bool down,
			   bool watched)
{
	ipudp_device_news(device, name, mtu);
	if (device->down == down && device->watched == watched)
		return;
	device->down = down;
	device->watched = watched;
	ipudp_fast_device(device);
}

static void name_changed(struct ipudp_home *home, const struct nlmsghdr *nlh, const char *name)
{
	const struct ifinfomsg *info = NLMSG_DATA(nlh);

	if (!name)
		return;
	if (nlh->nlmsg_type == RTM_DELLINK)
		ipudp_gone_note(home, (uint32_t)info->ifi_index, name);
	else if (!list_empty(&home->gone))
		ipudp_gone_back(home, (uint32_t)info->ifi_index, name);
}

static void link_changed(struct ipudp_home *home, const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *info = NLMSG_DATA(nlh);
	struct ipudp_device *device;
	const struct nlattr *attr;
	const char *name = NULL;
	uint32_t mtu = 0, promiscuous = 0, master = 0;
	int rest;

	/* A bridge speaks of its ports in messages of another family. */
	if (info->ifi_family != AF_UNSPEC)
		return;
	nlmsg_for_each_attr(attr, nlh, sizeof(*info), rest) {
		if (nla_type(attr) == IFLA_IFNAME)
			name = nla_data(attr);
		else if (nla_type(attr) == IFLA_MTU && nla_len(attr) == 4)
			mtu = nla_get_u32(attr);
		else if (nla_type(attr) == IFLA_PROMISCUITY && nla_len(attr) == 4)
			promiscuous = nla_get_u32(attr);
		else if (nla_type(attr) == IFLA_MASTER && nla_len(attr) == 4)
			master = nla_get_u32(attr);
	}
	name_changed(home, nlh, name);
	device = ipudp_device_lookup(home, info->ifi_index, NULL);
	if (device && device->away && nlh->nlmsg_type == RTM_NEWLINK)
		back(home, device);
	if (device && device->away)
		device = NULL;
	if (device && nlh->nlmsg_type == RTM_DELLINK)
		ipudp_device_lost(device);
	else if (device && name)
		device_changed(device, name, mtu, !(info->ifi_flags & IFF_UP), promiscuous);
	else if (!device)
		ipudp_fast_link(home, info->ifi_index, state_of(nlh, master));
}

static void handle(struct ipudp_home *home, const struct nlmsghdr *nlh)
{
	if (ipudp_host_news(home, nlh))
		return;
	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		if (nlh->nlmsg_len >= NLMSG_LENGTH(sizeof(struct ifinfomsg)))
			link_changed(home, nlh);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		ipudp_quiet_news(home, nlh);
		break;
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		ipudp_neighbour_news(home, nlh);
		return;
	case NLMSG_DONE:
	case NLMSG_ERROR:
		return;
	}
	ipudp_home_routes_changed(home);
}

/* Read one datagram. Return: 0 if there is none, -1 at the end of a list, 1 otherwise. */
static int read_one(struct ipudp_home *home, int fd, int flags)
{
	static char buffer[65536] __attribute__((aligned(8)));
	const struct nlmsghdr *nlh = (const void *)buffer;
	int len = recv(fd, buffer, sizeof(buffer), flags), end = 1;

	if (len < 0 && errno == EINTR)
		return 1;
	if (len < 0 && errno == ENOBUFS && fd == home->link_fd) {
		ipudp_link_sync(home);
		return 1;
	}
	if (len <= 0)
		return 0;
	for (; NLMSG_OK(nlh, (unsigned int)len); nlh = NLMSG_NEXT(nlh, len)) {
		if (nlh->nlmsg_type == NLMSG_DONE || nlh->nlmsg_type == NLMSG_ERROR)
			end = -1;
		handle(home, nlh);
	}
	return end;
}

void ipudp_link_read(struct ipudp_home *home)
{
	while (read_one(home, home->link_fd, MSG_DONTWAIT) > 0)
		;
	ipudp_host_refresh(home);
}

void ipudp_link_sync(struct ipudp_home *home)
{
	struct {
		struct nlmsghdr nlh;
		struct ifinfomsg info;
	} request = {
		.nlh = {
			.nlmsg_len = sizeof(request),
			.nlmsg_type = RTM_GETLINK,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
	};
	struct ipudp_device *device, *next;
	char name[IF_NAMESIZE];

	ipudp_home_routes_changed(home);
	ipudp_neighbour_sync(home);
	ipudp_host_lost(&home->host);
	/* What is not there any more is in no list. */
	list_for_each_entry_safe(device, next, &home->devices, home_node)
		if (!device->away && !if_indextoname(device->ifindex, name))
			ipudp_device_lost(device);
	if (send(home->query_fd, &request, sizeof(request), 0) != sizeof(request))
		return;
	while (read_one(home, home->query_fd, 0) > 0)
		;
}

uint32_t ipudp_link_mtu(const char *name)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { 0 };

	if (fd < 0)
		return 0;
	strncpy(request.ifr_name, name, IFNAMSIZ - 1);
	if (ioctl(fd, SIOCGIFMTU, &request))
		request.ifr_mtu = 0;
	close(fd);
	return request.ifr_mtu;
}

int ipudp_link_set_mtu(const char *name, uint32_t mtu)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret = 0;
	struct ifreq request = { .ifr_mtu = mtu };

	if (fd < 0)
		return -errno;
	strncpy(request.ifr_name, name, IFNAMSIZ - 1);
	if (ioctl(fd, SIOCSIFMTU, &request))
		ret = -errno;
	close(fd);
	return ret;
}

int ipudp_link_delete(struct ipudp_home *home, uint32_t ifindex)
{
	struct {
		struct nlmsghdr nlh;
		struct ifinfomsg info;
	} request = {
		.nlh = {
			.nlmsg_len = sizeof(request),
			.nlmsg_type = RTM_DELLINK,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
		},
		.info.ifi_index = ifindex,
	};

	if (send(home->query_fd, &request, sizeof(request), 0) != sizeof(request))
		return -errno;
	while (read_one(home, home->query_fd, 0) > 0)
		;
	return 0;
}
