// SPDX-License-Identifier: LGPL-2.1-or-later
/* Devices. */

#include <stddef.h>

#include <linux/netlink.h>

#include "codec.h"
#include "handle.h"
#include "object.h"
#include "request.h"

/* Bits of our own: a name to send; a home namespace, a state of the fast path that were told. */
#define HAS_STATE (1u << 29)
#define HAS_NAME (1u << 30)
#define HAS_HOME (1u << 31)
#define HAS_PRIVATE (HAS_NAME | HAS_HOME | HAS_STATE)

#define FIELD(NAME, kind, member, has) \
	[IPUDP_A_DEVICE_##NAME] = { IPUDP_KIND_##kind, offsetof(struct ipudp_device, member), has }

static const struct ipudp_field device_fields[] = {
	FIELD(IFINDEX, U32, ifindex, 0),
	FIELD(IFNAME, NAME, name, HAS_NAME),
	FIELD(MODE, ENUM, mode, IPUDP_DEVICE_HAS_MODE),
	FIELD(LOOKUP, ENUM, lookup, IPUDP_DEVICE_HAS_LOOKUP),
	FIELD(HEADER, ENUM, header, 0),
	FIELD(SOURCE_CHECK, BOOL, source_check, IPUDP_DEVICE_HAS_SOURCE_CHECK),
	FIELD(MTU, U32, mtu, IPUDP_DEVICE_HAS_MTU),
	FIELD(TUNNELS, U32, tunnels, 0),
	FIELD(RULES, U32, rules, 0),
	FIELD(HOME_NETNSID, U32, home_netnsid, HAS_HOME),
	FIELD(ORPHAN, FLAG, orphan, 0),
	FIELD(COUNTERS, COUNTERS, counters, 0),
	FIELD(DROP, DROP, drops, 0),
	FIELD(FAST_PATH, U8, fast_path, IPUDP_DEVICE_HAS_FAST_PATH),
	FIELD(FAST_PATH_STATE, U8, fast_path_state, HAS_STATE),
	FIELD(FAST_PATH_REASON, SENTENCE, fast_path_reason, 0),
};

static const struct ipudp_codec device_codec = {
	.fields = device_fields,
	.n_fields = sizeof(device_fields) / sizeof(device_fields[0]),
	.size = sizeof(struct ipudp_device),
	.has_offset = offsetof(struct ipudp_device, has),
};

int ipudp_device_read(const struct nlmsghdr *nlh, struct ipudp_device *ret_device)
{
	int ret = ipudp_codec_get(&device_codec, nlh, ret_device);

	if (ret)
		return ret;
	if (!(ret_device->has & HAS_HOME))
		ret_device->home_netnsid = -1;
	if (!(ret_device->has & IPUDP_DEVICE_HAS_FAST_PATH))
		ret_device->fast_path = IPUDP_NO_FAST_PATH;
	if (!(ret_device->has & HAS_STATE))
		ret_device->fast_path_state = IPUDP_NO_FAST_PATH;
	ret_device->has &= ~HAS_PRIVATE;
	return 0;
}

static int read_reply(void *arg, const struct nlmsghdr *nlh)
{
	return ipudp_device_read(nlh, arg);
}

int ipudp_device_add(struct ipudp *ipudp, struct ipudp_device *device)
{
	struct ipudp_device reply = *device;
	uint32_t has = device->has & ~HAS_PRIVATE;
	int ret;

	if (device->name[0]) {
		has |= HAS_NAME;
		ret = ipudp_check_device(ipudp, device->name);
		if (ret)
			return ret;
	}
	/* A reply is wanted only by those who wait for it. */
	ipudp_change_begin(ipudp, IPUDP_CMD_DEV_NEW, ipudp->batch.open ? 0 : NLM_F_ECHO);
	ipudp_codec_put(&device_codec, &ipudp->request, device, has);
	ret = ipudp_change_end(ipudp, read_reply, &reply);
	/* In a batch the reply is what was asked for. */
	if (ret)
		return ret;
	reply.has = device->has;
	*device = reply;
	return 0;
}

int ipudp_device_set(struct ipudp *ipudp, const struct ipudp_device *device)
{
	int ret = ipudp_check_device(ipudp, device->name);

	if (ret)
		return ret;
	ipudp_change_begin(ipudp, IPUDP_CMD_DEV_SET, 0);
	ipudp_codec_put(&device_codec, &ipudp->request, device,
			(device->has & ~HAS_PRIVATE) | HAS_NAME);
	return ipudp_change_end(ipudp, NULL, NULL);
}

int ipudp_device_del(struct ipudp *ipudp, const char *name)
{
	int ret = ipudp_check_device(ipudp, name);

	if (ret)
		return ret;
	ipudp_change_begin(ipudp, IPUDP_CMD_DEV_DEL, 0);
	ipudp_msg_put_text(&ipudp->request, IPUDP_A_DEVICE_IFNAME, name);
	return ipudp_change_end(ipudp, NULL, NULL);
}

int ipudp_device_get(struct ipudp *ipudp, const char *name, struct ipudp_device *ret_device)
{
	struct ipudp_device reply;
	int ret = ipudp_check_device(ipudp, name);

	if (!ret)
		ret = ipudp_query_begin(ipudp, IPUDP_CMD_DEV_GET);
	if (ret)
		return ret;
	ipudp_msg_put_text(&ipudp->request, IPUDP_A_DEVICE_IFNAME, name);
	ret = ipudp_query_get(ipudp, read_reply, &reply);
	if (!ret)
		*ret_device = reply;
	return ret;
}

/**
 * struct list - a list in progress
 * @ipudp: the handle
 * @fn: sees each device
 * @arg: its first argument
 */
struct list {
	struct ipudp *ipudp;
	ipudp_device_fn *fn;
	void *arg;
};

static int list_one(void *arg, const struct nlmsghdr *nlh)
{
	const struct list *list = arg;
	struct ipudp_device device;

	if (ipudp_device_read(nlh, &device))
		return ipudp_malformed(list->ipudp);
	return list->fn(list->arg, &device);
}

int ipudp_device_list(struct ipudp *ipudp, ipudp_device_fn *fn, void *arg)
{
	struct list list = { .ipudp = ipudp, .fn = fn, .arg = arg };
	int ret = ipudp_query_begin(ipudp, IPUDP_CMD_DEV_GET);

	return ret ? ret : ipudp_query_dump(ipudp, list_one, &list);
}
