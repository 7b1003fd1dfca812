// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pairs of veth interfaces of our own, which packets are sent through for what the kernel does to
 * them on the way.
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

#include "private.h"

/* As large as there are: what comes out of one is an aggregate, but what goes in may be jumbo. */
#define MTU 65535

/* linux/if_link.h: IN6_ADDR_GEN_MODE_NONE, no addresses and no packets of the interface's own. */
#define NO_ADDRESSES 1

static const struct fastpath_pair *const pairs[] = { &fastpath_gro_pair, &fastpath_cut_pair };

/* Send a request, and give what comes back to @answered. */
static int ask_kernel(struct nlmsghdr *header, mnl_cb_t answered, void *data)
{
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	char answer[16384];
	ssize_t len = -1;
	int ret = -1;

	if (!socket)
		return -errno;
	header->nlmsg_flags |= NLM_F_REQUEST;
	if (!mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) &&
	    mnl_socket_sendto(socket, header, header->nlmsg_len) >= 0)
		len = mnl_socket_recvfrom(socket, answer, sizeof(answer));
	if (len >= 0)
		ret = mnl_cb_run(answer, (size_t)len, 0, mnl_socket_get_portid(socket), answered,
				 data);
	ret = ret < 0 ? -errno : 0;
	mnl_socket_close(socket);
	return ret;
}

static int talk(struct nlmsghdr *header)
{
	header->nlmsg_flags |= NLM_F_ACK;
	return ask_kernel(header, NULL, NULL);
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

static int make(const struct fastpath_pair *pair)
{
	char buffer[1024];
	struct nlmsghdr *header = message(buffer, RTM_NEWLINK, 0);
	struct nlattr *info, *data, *peer;

	header->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	mnl_attr_put_strz(header, IFLA_IFNAME, pair->into);
	mnl_attr_put_u32(header, IFLA_MTU, MTU);
	info = mnl_attr_nest_start(header, IFLA_LINKINFO);
	mnl_attr_put_strz(header, IFLA_INFO_KIND, "veth");
	data = mnl_attr_nest_start(header, IFLA_INFO_DATA);
	peer = mnl_attr_nest_start(header, VETH_INFO_PEER);
	mnl_nlmsg_put_extra_header(header, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(header, IFLA_IFNAME, pair->out_of);
	mnl_attr_put_u32(header, IFLA_MTU, MTU);
	if (pair->address)
		mnl_attr_put(header, IFLA_ADDRESS, ETH_ALEN, pair->address);
	mnl_attr_nest_end(header, peer);
	mnl_attr_nest_end(header, data);
	mnl_attr_nest_end(header, info);
	return talk(header);
}

/* Before it is up for the first time, or the kernel has made a link-local address by then. */
static int quieten(uint32_t ifindex)
{
	char buffer[1024];
	struct nlmsghdr *header = message(buffer, RTM_NEWLINK, ifindex);
	struct nlattr *spec, *family;

	spec = mnl_attr_nest_start(header, IFLA_AF_SPEC);
	family = mnl_attr_nest_start(header, AF_INET6);
	mnl_attr_put_u8(header, IFLA_INET6_ADDR_GEN_MODE, NO_ADDRESSES);
	mnl_attr_nest_end(header, family);
	mnl_attr_nest_end(header, spec);
	return talk(header);
}

/* Set an interface up, as one that is not for anybody's use. */
static int raise(uint32_t ifindex)
{
	char buffer[1024];
	struct nlmsghdr *header = message(buffer, RTM_NEWLINK, ifindex);
	struct ifinfomsg *info = mnl_nlmsg_get_payload(header);
	int ret = quieten(ifindex);

	info->ifi_flags = IFF_UP | IFF_NOARP;
	info->ifi_change = IFF_UP | IFF_NOARP;
	/* A kernel without IPv6 has no such setting. */
	return ret && ret != -EAFNOSUPPORT && ret != -EOPNOTSUPP ? ret : talk(header);
}

/* A request about offloads of an interface. */
static int ask(const char *name, void *command)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {};

	if (fd < 0)
		return -errno;
	memcpy(request.ifr_name, name, strlen(name) + 1);
	request.ifr_data = command;
	return ioctl(fd, SIOCETHTOOL, &request) < 0 ? -errno : 0;
}

int fastpath_pair_offload(const char *name, uint32_t command, uint32_t *value)
{
	struct ethtool_value setting = { .cmd = command, .data = *value };
	int ret = ask(name, &setting);

	if (!ret)
		*value = setting.data;
	return ret;
}

/* The names of all offloads that the kernel knows, to be freed. */
static int offload_names(const char *name, struct ethtool_gstrings **ret_gstrings)
{
	struct {
		struct ethtool_sset_info info;
		uint32_t count;
	} set = { .info = { .cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1 << ETH_SS_FEATURES } };
	_cleanup_free_ struct ethtool_gstrings *names = NULL;
	int ret = ask(name, &set);

	if (ret)
		return ret;
	names = calloc(1, sizeof(*names) + (size_t)set.count * ETH_GSTRING_LEN);
	if (!names)
		return -ENOMEM;
	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = ETH_SS_FEATURES;
	names->len = set.count;
	ret = ask(name, names);
	if (!ret)
		*ret_gstrings = TAKE_PTR(names);
	return ret;
}

int fastpath_pair_offload_off(const char *name, const char *offload)
{
	_cleanup_free_ struct ethtool_gstrings *names = NULL;
	_cleanup_free_ struct ethtool_sfeatures *change = NULL;
	uint32_t i = 0, words;
	int ret = offload_names(name, &names);

	if (ret)
		return ret;
	while (i < names->len && strncmp((char *)names->data + (size_t)i * ETH_GSTRING_LEN, offload,
					 ETH_GSTRING_LEN) != 0)
		i++;
	if (i == names->len)
		return -EOPNOTSUPP;
	words = (names->len + 31) / 32;
	change = calloc(1, sizeof(*change) + words * sizeof(change->features[0]));
	if (!change)
		return -ENOMEM;
	change->cmd = ETHTOOL_SFEATURES;
	change->size = words;
	change->features[i / 32].valid = 1u << i % 32;
	return ask(name, change);
}

/* Not by if_nametoindex(): of a name that nobody has, the kernel asks modprobe, and waits for it. */
bool fastpath_pair_is(uint32_t ifindex)
{
	char name[IF_NAMESIZE];
	size_t i;

	if (!if_indextoname(ifindex, name))
		return false;
	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (!strcmp(name, pairs[i]->into) || !strcmp(name, pairs[i]->out_of))
			return true;
	}
	return false;
}

void fastpath_pair_keep_up(uint32_t ifindex)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {};

	/* Setting it is news of it, even if nothing changes, which would make our caller come again. */
	if (fd >= 0 && if_indextoname(ifindex, request.ifr_name) &&
	    !ioctl(fd, SIOCGIFFLAGS, &request) && !(request.ifr_flags & IFF_UP))
		raise(ifindex);
}

int fastpath_pair_set_up(const struct fastpath_pair *pair, int program, uint32_t *ret_number)
{
	uint32_t into, out_of;
	uint16_t hooks = 0;
	bool fresh;
	int ret;

	ret = make(pair);
	if (ret && ret != -EEXIST)
		return ret;
	fresh = !ret;
	into = if_nametoindex(pair->into);
	out_of = if_nametoindex(pair->out_of);
	if (!into || !out_of)
		return -ENODEV;
	ret = pair->shape(fresh);
	if (!ret)
		ret = fastpath_hook_attach(out_of, false, program, &hooks);
	if (!ret)
		ret = raise(into);
	if (!ret)
		ret = raise(out_of);
	if (!ret)
		*ret_number = into;
	return ret;
}

static int read_alias(const struct nlmsghdr *header, void *data)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, header, sizeof(struct ifinfomsg)) {
		if (mnl_attr_get_type(attr) == IFLA_IFALIAS &&
		    !mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) &&
		    mnl_attr_get_payload_len(attr) <= FASTPATH_ALIAS_SIZE)
			strcpy(data, mnl_attr_get_str(attr));
	}
	return MNL_CB_OK;
}

int fastpath_pair_alias(const struct fastpath_pair *pair, char ret[FASTPATH_ALIAS_SIZE])
{
	char buffer[256];
	struct nlmsghdr *header = message(buffer, RTM_GETLINK, 0);

	ret[0] = 0;
	mnl_attr_put_strz(header, IFLA_IFNAME, pair->into);
	return ask_kernel(header, read_alias, ret);
}

int fastpath_pair_set_alias(const struct fastpath_pair *pair, const char *alias)
{
	char buffer[1024];
	struct nlmsghdr *header = message(buffer, RTM_SETLINK, 0);

	mnl_attr_put_strz(header, IFLA_IFNAME, pair->into);
	mnl_attr_put_strz(header, IFLA_IFALIAS, alias);
	return talk(header);
}

void fastpath_pair_remove(const struct fastpath_pair *pair)
{
	char buffer[256];
	struct nlmsghdr *header = message(buffer, RTM_DELLINK, 0);

	/* With its peer, and what is attached to it. If it was not there, so much the better. */
	mnl_attr_put_strz(header, IFLA_IFNAME, pair->into);
	talk(header);
}
