// SPDX-License-Identifier: GPL-2.0-or-later
/* Keeping devices quiet, here and in the namespaces that they were moved to. */

#include "quiet.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <net/netlink.h>

#include "addr.h"
#include "device.h"
#include "home.h"
#include "lib/base/cleanup.h"
#include "lib/base/log.h"
#include "mode.h"
#include "stats.h"

/* How often devices elsewhere are looked at. */
#define LOOK_MS 1000

/* linux/if_link.h: no addresses of the kernel's own. */
#define NO_ADDRESSES 1

#ifndef NETLINK_GET_STRICT_CHK
#define NETLINK_GET_STRICT_CHK 12
#endif

/* Addresses of a device that are looked at. */
#define ADDRESSES_MAX 64

/* What is turned off beside link-local addresses, see Documentation/networking/ip-sysctl.rst. */
static const char *const settings[] = { "accept_ra", "autoconf", "accept_redirects" };

/**
 * struct address - a link-local address
 * @family: AF_INET or AF_INET6
 * @prefix: its length
 * @made: the kernel made it
 * @ip: the address
 */
struct address {
	uint8_t family;
	uint8_t prefix;
	bool made;
	union ipudp_ip ip;
};

static int open_netlink(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), one = 1;

	/* Without it (before Linux 4.20) addresses of all devices come. */
	if (fd >= 0)
		setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof(one));
	return fd;
}

/* Send a request, and wait for the answer to it. Return: 0 or a negative errno. */
static int request(int fd, struct sk_buff *msg)
{
	struct nlmsghdr *nlh = (void *)msg->data;
	char buffer[4096] __attribute__((aligned(8)));
	const struct nlmsghdr *answer = (const void *)buffer;
	const struct nlmsgerr *error = NLMSG_DATA(answer);
	ssize_t len;

	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	nlh->nlmsg_len = msg->len;
	if (send(fd, msg->data, msg->len, 0) < 0)
		return -errno;
	do {
		len = recv(fd, buffer, sizeof(buffer), 0);
	} while (len < 0 && errno == EINTR);
	if (len < (ssize_t)NLMSG_LENGTH(sizeof(*error)) || answer->nlmsg_type != NLMSG_ERROR)
		return -EBADMSG;
	return error->error;
}

static bool is_link_local(uint16_t family, const union ipudp_ip *ip)
{
	const uint8_t *bytes = (const void *)ip;

	return family == AF_INET ? bytes[0] == 169 && bytes[1] == 254 :
				   bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
}

/* Read an address from a message. Return: whether it is link-local, and of the interface. */
static bool read_address(const struct nlmsghdr *nlh, uint32_t ifindex, struct address *ret)
{
	const struct ifaddrmsg *info = NLMSG_DATA(nlh);
	const struct nlattr *attr;
	uint32_t flags = info->ifa_flags;
	bool has_local = false;
	int rest;

	if (nlh->nlmsg_type != RTM_NEWADDR || info->ifa_index != ifindex ||
	    (info->ifa_family != AF_INET && info->ifa_family != AF_INET6))
		return false;
	memset(ret, 0, sizeof(*ret));
	nlmsg_for_each_attr(attr, nlh, sizeof(*info), rest) {
		bool is_ip = nla_len(attr) == (int)ipudp_ip_len(info->ifa_family);

		if (nla_type(attr) == IFA_FLAGS && nla_len(attr) == sizeof(flags)) {
			flags = nla_get_u32(attr);
		} else if (nla_type(attr) == IFA_LOCAL && is_ip) {
			memcpy(&ret->ip, nla_data(attr), nla_len(attr));
			has_local = true;
		} else if (nla_type(attr) == IFA_ADDRESS && is_ip && !has_local) {
			memcpy(&ret->ip, nla_data(attr), nla_len(attr));
		}
	}
	ret->family = info->ifa_family;
	ret->prefix = info->ifa_prefixlen;
	/* Nobody else can set this flag, and for a TUN the kernel always does. */
	ret->made = flags & IFA_F_STABLE_PRIVACY;
	return is_link_local(ret->family, &ret->ip);
}

/* List the link-local addresses of an interface. Return: how many there are. */
static unsigned int list_addresses(int fd, uint32_t ifindex, struct address *addresses)
{
	struct {
		struct nlmsghdr nlh;
		struct ifaddrmsg info;
	} question = {
		.nlh = {
			.nlmsg_len = sizeof(question),
			.nlmsg_type = RTM_GETADDR,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
		.info.ifa_index = ifindex,
	};
	char buffer[32768] __attribute__((aligned(8)));
	unsigned int n = 0;

	if (send(fd, &question, sizeof(question), 0) < 0)
		return 0;
	for (;;) {
		const struct nlmsghdr *nlh = (const void *)buffer;
		int len = recv(fd, buffer, sizeof(buffer), 0);

		if (len < 0 && errno == EINTR)
			continue;
		if (len <= 0)
			return n;
		for (; NLMSG_OK(nlh, (unsigned int)len); nlh = NLMSG_NEXT(nlh, len)) {
			if (nlh->nlmsg_type == NLMSG_DONE || nlh->nlmsg_type == NLMSG_ERROR)
				return n;
			if (n < ADDRESSES_MAX && read_address(nlh, ifindex, &addresses[n]))
				n++;
		}
	}
}

/* Remove addresses that the kernel made before it was told not to. Return: what is left, as bits. */
static uint8_t settle_addresses(int fd, uint32_t ifindex, bool remove_made)
{
	struct address addresses[ADDRESSES_MAX];
	unsigned int n = list_addresses(fd, ifindex, addresses), i;
	uint8_t bits = 0;

	for (i = 0; i < n; i++) {
		const struct address *address = &addresses[i];
		char buffer[128] __attribute__((aligned(8))) = { 0 };
		struct sk_buff msg = { .data = buffer, .size = sizeof(buffer) };
		struct nlmsghdr *nlh = (void *)buffer;
		struct ifaddrmsg *info = NLMSG_DATA(nlh);

		if (!address->made || !remove_made) {
			bits |= address->family == AF_INET ? IPUDP_LINK_LOCAL_V4 :
							     IPUDP_LINK_LOCAL_V6;
			continue;
		}
		nlh->nlmsg_type = RTM_DELADDR;
		info->ifa_family = address->family;
		info->ifa_prefixlen = address->prefix;
		info->ifa_index = ifindex;
		msg.len = NLMSG_SPACE(sizeof(*info));
		nla_put(&msg, IFA_LOCAL, ipudp_ip_len(address->family), &address->ip);
		request(fd, &msg);
	}
	return bits;
}

/* Begin a change of an interface's settings of a family; the last of them is to be added. */
static void begin_settings(struct sk_buff *msg, uint32_t ifindex, uint16_t family,
			   struct nlattr **ret_spec, struct nlattr **ret_family)
{
	struct nlmsghdr *nlh = (void *)msg->data;
	struct ifinfomsg *info = NLMSG_DATA(nlh);

	memset(msg->data, 0, NLMSG_SPACE(sizeof(*info)));
	nlh->nlmsg_type = RTM_NEWLINK;
	info->ifi_index = ifindex;
	msg->len = NLMSG_SPACE(sizeof(*info));
	*ret_spec = nla_nest_start(msg, IFLA_AF_SPEC);
	*ret_family = nla_nest_start(msg, family);
}

static int set_by_netlink(int fd, uint32_t ifindex)
{
	char buffer[256] __attribute__((aligned(8)));
	struct sk_buff msg = { .data = buffer, .size = sizeof(buffer) };
	struct nlattr *spec, *family, *conf;
	int ret;

	begin_settings(&msg, ifindex, AF_INET6, &spec, &family);
	nla_put_u8(&msg, IFLA_INET6_ADDR_GEN_MODE, NO_ADDRESSES);
	nla_nest_end(&msg, family);
	nla_nest_end(&msg, spec);
	ret = request(fd, &msg);
	/* A kernel without IPv6, or an interface that is too narrow for it, has no such setting. */
	msg.len = 0;
	begin_settings(&msg, ifindex, AF_INET, &spec, &family);
	conf = nla_nest_start(&msg, IFLA_INET_CONF);
	nla_put_u32(&msg, IPV4_DEVCONF_ACCEPT_REDIRECTS, 0);
	nla_nest_end(&msg, conf);
	nla_nest_end(&msg, family);
	nla_nest_end(&msg, spec);
	request(fd, &msg);
	return ret;
}

static void clear_setting(const char *name, const char *setting)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/%s", name, setting);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return;
	if (fd < 0 || write(fd, "0", 1) != 1)
		lvn_debug("cannot set %s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
}

/* Make the settings of an interface of the calling thread's namespace. */
static void set_all(int fd, uint32_t ifindex, const char *name)
{
	int ret = set_by_netlink(fd, ifindex);
	unsigned int i;

	if (ret)
		lvn_debug("device %s: cannot turn off link-local addresses: %s", name,
			  strerror(-ret));
	/* Of these there is nothing by netlink. Where they cannot be set, sources are still checked. */
	for (i = 0; i < ARRAY_SIZE(settings); i++)
		clear_setting(name, settings[i]);
}

static int read_setting(const char *name, const char *setting)
{
	_cleanup_close_ int fd = -1;
	char path[128], text[8] = "";

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/%s", name, setting);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 1)
		return -1;
	return text[0];
}

/* Whether the kernel has forgotten what it was told: all is as it is for new interfaces. */
static bool is_forgotten(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(settings); i++)
		if (read_setting(name, settings[i]) != read_setting("default", settings[i]))
			return false;
	return read_setting(name, "addr_gen_mode") == read_setting("default", "addr_gen_mode");
}

static void settle(struct ipudp_device *device, bool all)
{
	_cleanup_close_ int fd = open_netlink();

	if (fd < 0)
		return;
	if (all)
		set_all(fd, device->ifindex, device->name);
	ipudp_write(device->link_local, settle_addresses(fd, device->ifindex, all));
}

void ipudp_quiet_device(struct ipudp_device *device)
{
	settle(device, true);
}

void ipudp_quiet_adopt(struct ipudp_device *device)
{
	settle(device, is_forgotten(device->name));
}

void ipudp_quiet_news(struct ipudp_home *home, const struct nlmsghdr *nlh)
{
	const struct ifaddrmsg *info = NLMSG_DATA(nlh);
	struct ipudp_device *device;

	if (nlh->nlmsg_len < NLMSG_LENGTH(sizeof(*info)))
		return;
	device = ipudp_device_lookup(home, info->ifa_index, NULL);
	if (device && !device->away)
		settle(device, false);
}

/* Look after a device in the namespace @ns, in a thread that nobody minds to be elsewhere. */
static void visit_device(struct ipudp_device *device, int ns)
{
	struct ifreq ifreq = { 0 };
	_cleanup_close_ int fd = -1;
	struct stat stat;
	uint32_t ifindex;
	bool is_new;

	/* Without the right to go there nothing is known of its addresses, and none is assumed. */
	if (fstat(ns, &stat) || setns(ns, CLONE_NEWNET)) {
		ipudp_write(device->link_local, 0);
		return;
	}
	fd = open_netlink();
	if (fd < 0 || ioctl(device->queues[0].fd, TUNGETIFF, &ifreq))
		return;
	ifindex = if_nametoindex(ifreq.ifr_name);
	if (!ifindex)
		return;
	is_new = device->visited != stat.st_ino || is_forgotten(ifreq.ifr_name);
	if (is_new)
		set_all(fd, ifindex, ifreq.ifr_name);
	ipudp_write(device->link_local, settle_addresses(fd, ifindex, is_new));
	device->visited = stat.st_ino;
}

static void *visit_all(void *arg)
{
	struct ipudp_home *home = arg;
	struct ipudp_device *device;

	list_for_each_entry(device, &home->devices, home_node) {
		_cleanup_close_ int ns = -1;

		if (!device->away)
			continue;
		ns = ioctl(device->queues[0].fd, TUNGETDEVNETNS);
		if (ns >= 0)
			visit_device(device, ns);
	}
	return NULL;
}

int ipudp_quiet_run(struct ipudp_home *home, bool now)
{
	uint64_t now_ms = ipudp_clock_ms();
	struct ipudp_device *device;
	pthread_t thread;
	bool any = false;

	list_for_each_entry(device, &home->devices, home_node)
		any |= device->away;
	if (!any)
		return -1;
	if (!now && now_ms < home->visit_ms)
		return home->visit_ms - now_ms;
	home->visit_ms = now_ms + LOOK_MS;
	/* The control thread waits, so that nothing changes meanwhile. */
	if (!pthread_create(&thread, NULL, visit_all, home))
		pthread_join(thread, NULL);
	return LOOK_MS;
}

bool ipudp_quiet_is_noise(const uint8_t *data)
{
	uint16_t family = data[0] >> 4 == 4 ? AF_INET : AF_INET6;
	union ipudp_ip source;

	ipudp_ip_load(&source, family, data + (family == AF_INET ? 12 : 8));
	return is_link_local(family, &source) || ipudp_ip_is_any(&source);
}

bool ipudp_quiet_allows(const struct ipudp_device *device, const uint8_t *data)
{
	uint16_t family = data[0] >> 4 == 4 ? AF_INET : AF_INET6;
	const struct ipudp_mode_ops *mode = ipudp_rcu_load(device->mode);
	union ipudp_ip source;

	if (mode->mode != IPUDP_MODE_FIXED)
		return true;
	ipudp_ip_load(&source, family, data + (family == AF_INET ? 12 : 8));
	return !is_link_local(family, &source) ||
	       ipudp_read(device->link_local) &
		       (family == AF_INET ? IPUDP_LINK_LOCAL_V4 : IPUDP_LINK_LOCAL_V6);
}
