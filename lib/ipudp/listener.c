// SPDX-License-Identifier: LGPL-2.1-or-later
/* Listeners. */

#include <stddef.h>

#include <linux/netlink.h>

#include "codec.h"
#include "handle.h"
#include "object.h"
#include "request.h"

/* Which members a request sends; the public struct has no such mask. */
#define HAS_FAMILY (1u << 0)
#define HAS_LOCAL (1u << 1)
#define HAS_PORT (1u << 2)
#define HAS_BIND (1u << 3)

#define FIELD(NAME, kind, member, has) \
	[IPUDP_A_LISTENER_##           \
		NAME] = { IPUDP_KIND_##kind, offsetof(struct ipudp_listener, member), has }

static const struct ipudp_field listener_fields[] = {
	FIELD(ID, U32, id, 0),
	FIELD(FAMILY, ENUM, family, HAS_FAMILY),
	FIELD(LOCAL, ADDR, local, HAS_LOCAL),
	FIELD(PORT, PORT, port, HAS_PORT),
	FIELD(BIND_IFINDEX, U32, bind_ifindex, HAS_BIND),
	FIELD(PINNED, FLAG, pinned, 0),
	FIELD(TUNNELS, U32, tunnels, 0),
	FIELD(COUNTERS, COUNTERS, counters, 0),
	FIELD(DROP, DROP, drops, 0),
};

static const struct ipudp_codec listener_codec = {
	.fields = listener_fields,
	.n_fields = sizeof(listener_fields) / sizeof(listener_fields[0]),
	.size = sizeof(struct ipudp_listener),
	.has_offset = SIZE_MAX,
};

int ipudp_listener_read(const struct nlmsghdr *nlh, struct ipudp_listener *ret)
{
	return ipudp_codec_get(&listener_codec, nlh, ret);
}

static int read_reply(void *arg, const struct nlmsghdr *nlh)
{
	return ipudp_listener_read(nlh, arg);
}

int ipudp_listener_add(struct ipudp *ipudp, struct ipudp_listener *listener)
{
	struct ipudp_listener reply = *listener;
	uint32_t has = HAS_PORT;
	int ret;

	has |= listener->local.family == AF_UNSPEC ? HAS_FAMILY : HAS_LOCAL;
	if (listener->bind_ifindex)
		has |= HAS_BIND;
	ipudp_change_begin(ipudp, IPUDP_CMD_LISTENER_NEW, ipudp->batch.open ? 0 : NLM_F_ECHO);
	ipudp_codec_put(&listener_codec, &ipudp->request, listener, has);
	ret = ipudp_change_end(ipudp, read_reply, &reply);
	if (!ret)
		*listener = reply;
	return ret;
}

int ipudp_listener_del(struct ipudp *ipudp, uint32_t id)
{
	ipudp_change_begin(ipudp, IPUDP_CMD_LISTENER_DEL, 0);
	ipudp_msg_put_u32(&ipudp->request, IPUDP_A_LISTENER_ID, id);
	return ipudp_change_end(ipudp, NULL, NULL);
}

int ipudp_listener_get(struct ipudp *ipudp, uint32_t id, struct ipudp_listener *ret_listener)
{
	struct ipudp_listener reply;
	int ret = ipudp_query_begin(ipudp, IPUDP_CMD_LISTENER_GET);

	if (ret)
		return ret;
	ipudp_msg_put_u32(&ipudp->request, IPUDP_A_LISTENER_ID, id);
	ret = ipudp_query_get(ipudp, read_reply, &reply);
	if (!ret)
		*ret_listener = reply;
	return ret;
}

/**
 * struct list - a list in progress
 * @ipudp: the handle
 * @fn: sees each listener
 * @arg: its first argument
 */
struct list {
	struct ipudp *ipudp;
	ipudp_listener_fn *fn;
	void *arg;
};

static int list_one(void *arg, const struct nlmsghdr *nlh)
{
	const struct list *list = arg;
	struct ipudp_listener listener;

	if (ipudp_listener_read(nlh, &listener))
		return ipudp_malformed(list->ipudp);
	return list->fn(list->arg, &listener);
}

int ipudp_listener_list(struct ipudp *ipudp, ipudp_listener_fn *fn, void *arg)
{
	struct list list = { .ipudp = ipudp, .fn = fn, .arg = arg };
	int ret = ipudp_query_begin(ipudp, IPUDP_CMD_LISTENER_GET);

	return ret ? ret : ipudp_query_dump(ipudp, list_one, &list);
}
