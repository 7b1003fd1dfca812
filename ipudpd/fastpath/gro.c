// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Aggregation of inner TCP packets: tc sees packets one by one after GRO had its turn with their
 * outer headers. A pair of veth interfaces, through which they are sent, gives it another one.
 */

#include <errno.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include "lib/base/cleanup.h"

#include "fast.skel.h"
#include "private.h"

/* The interface that packets are sent to, and the one that they come out of. */
#define INTO "ipudp-gro"
#define OUT_OF "ipudp-gro-peer"

/* As large as there are: what comes out is an aggregate, but what goes in may be jumbo. */
#define MTU 65535

/* linux/if_link.h: IN6_ADDR_GEN_MODE_NONE, no addresses and no packets of the interface's own. */
#define NO_ADDRESSES 1

static int talk(struct nlmsghdr *header)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	char answer[16384];
	ssize_t len = -1;
	int ret = -1;

	if (!socket)
		return -errno;
	header->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	if (!mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) &&
	    mnl_socket_sendto(socket, header, header->nlmsg_len) >= 0)
		len = mnl_socket_recvfrom(socket, answer, sizeof(answer));
	if (len >= 0)
		ret = mnl_cb_run(answer, (size_t)len, 0, mnl_socket_get_portid(socket), NULL, NULL);
	ret = ret < 0 ? -errno : 0;
	mnl_socket_close(socket);
	return ret;
}

static struct nlmsghdr *message(char *buffer, uint16_t type, uint32_t ifindex)
{
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *info;

	header->nlmsg_type = type;
	info = mnl_nlmsg_put_extra_header(header, sizeof(*info));
	info->ifi_index = (int)ifindex;
	return header;
}

static int make_pair(void)
{
	static const uint8_t address[] = FAST_GRO_ADDRESS;
	char buffer[1024];
	struct nlmsghdr *header = message(buffer, RTM_NEWLINK, 0);
	struct nlattr *info, *data, *peer;

	header->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	mnl_attr_put_strz(header, IFLA_IFNAME, INTO);
	mnl_attr_put_u32(header, IFLA_MTU, MTU);
	info = mnl_attr_nest_start(header, IFLA_LINKINFO);
	mnl_attr_put_strz(header, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(header, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(header, VETH_INFO_PEER);
	mnl_nlmsg_put_extra_header(header, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(header, IFLA_IFNAME, OUT_OF);
	mnl_attr_put_u32(header, IFLA_MTU, MTU);
	mnl_attr_put(header, IFLA_ADDRESS, sizeof(address), address);
	mnl_attr_nest_end(header, peer);
	mnl_attr_nest_end(header, data);
	mnl_attr_nest_end(header, info);
	return talk(header);
}

/* Set an interface up, as one that is not for anybody's use. */
static int raise(uint32_t ifindex)
{
	char buffer[1024];
	struct nlmsghdr *header = message(buffer, RTM_NEWLINK, ifindex);
	struct ifinfomsg *info = mnl_nlmsg_get_payload(header);
	struct nlattr *spec, *family;

	info->ifi_flags = IFF_UP | IFF_NOARP;
	info->ifi_change = IFF_UP | IFF_NOARP;
	spec = mnl_attr_nest_start(header, IFLA_AF_SPEC);
	family = mnl_attr_nest_start(header, AF_INET6);
	mnl_attr_put_u8(header, IFLA_INET6_ADDR_GEN_MODE, NO_ADDRESSES);
	mnl_attr_nest_end(header, family);
	mnl_attr_nest_end(header, spec);
	return talk(header);
}

static int feature(const char *name, uint32_t command, uint32_t *value)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ethtool_value setting = { .cmd = command, .data = *value };
	struct ifreq request = {};

	if (fd < 0)
		return -errno;
	memcpy(request.ifr_name, name, strlen(name) + 1);
	request.ifr_data = (char *)&setting;
	if (ioctl(fd, SIOCETHTOOL, &request))
		return -errno;
	*value = setting.data;
	return 0;
}

/*
 * One way only: the driver aggregates what comes from an interface without TSO. A driver that has
 * GRO on from the beginning does not know how to (before 5.13).
 */
static int shape(bool fresh)
{
	uint32_t on = 1, off = 0, has = 0;
	int ret;

	ret = feature(OUT_OF, ETHTOOL_GGRO, &has);
	if (!ret && has && fresh)
		ret = -EOPNOTSUPP;
	if (!ret)
		ret = feature(INTO, ETHTOOL_STSO, &off);
	return ret ? ret : feature(OUT_OF, ETHTOOL_SGRO, &on);
}

/* Not by if_nametoindex(): of a name that nobody has, the kernel asks modprobe, and waits for it. */
bool fastpath_gro_is(uint32_t ifindex)
{
	char name[IF_NAMESIZE];

	return if_indextoname(ifindex, name) && (!strcmp(name, OUT_OF) || !strcmp(name, INTO));
}

static int set_up(struct ipudpd_fastpath *fastpath)
{
	uint32_t into, out_of;
	uint16_t hooks = 0;
	bool fresh;
	int ret;

	ret = make_pair();
	if (ret && ret != -EEXIST)
		return ret;
	fresh = !ret;
	into = if_nametoindex(INTO);
	out_of = if_nametoindex(OUT_OF);
	if (!into || !out_of)
		return -ENODEV;
	ret = shape(fresh);
	if (!ret)
		ret = fastpath_hook_attach(
			out_of, false, bpf_program__fd(fastpath->skeleton->progs.fast_gro), &hooks);
	if (!ret)
		ret = raise(into);
	if (!ret)
		ret = raise(out_of);
	if (!ret)
		fastpath->gro = into;
	return ret;
}

static void update_devices(struct ipudpd_fastpath *fastpath)
{
	struct fastpath_device *device, *next;

	HASH_ITER(hh, fastpath->devices, device, next) {
		device->entry.gro = fastpath->gro;
		fastpath_device_write(fastpath, device);
	}
}

void fastpath_gro_remove(void)
{
	char buffer[256];
	struct nlmsghdr *header = message(buffer, RTM_DELLINK, 0);

	/* With its peer, and what is attached to it. If it was not there, so much the better. */
	mnl_attr_put_strz(header, IFLA_IFNAME, INTO);
	talk(header);
}

static void tear_down(struct ipudpd_fastpath *fastpath)
{
	fastpath->gro = 0;
	update_devices(fastpath);
	fastpath_gro_remove();
}

int ipudpd_fastpath_gro(struct ipudpd_fastpath *fastpath, bool on)
{
	int ret;

	if (!on) {
		tear_down(fastpath);
		return 0;
	}
	ret = set_up(fastpath);
	if (ret)
		tear_down(fastpath);
	else
		update_devices(fastpath);
	return ret;
}
