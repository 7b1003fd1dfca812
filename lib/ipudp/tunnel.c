// SPDX-License-Identifier: LGPL-2.1-or-later
/* Tunnels. */

#include <errno.h>
#include <stddef.h>

#include <linux/netlink.h>

#include "codec.h"
#include "handle.h"
#include "object.h"
#include "request.h"

/* A bit of our own: requests send the device's name. */
#define HAS_DEVICE (1u << 31)

#define FIELD(NAME, kind, member, has) \
	[IPUDP_A_TUNNEL_##NAME] = { IPUDP_KIND_##kind, offsetof(struct ipudp_tunnel, member), has }

static const struct ipudp_field tunnel_fields[] = {
	FIELD(IFINDEX, U32, ifindex, 0),
	FIELD(IFNAME, NAME, device, HAS_DEVICE),
	FIELD(ID, U32, id, IPUDP_TUNNEL_HAS_ID),
	FIELD(LISTENER, U32, listener, IPUDP_TUNNEL_HAS_LISTENER),
	FIELD(LOCAL, ADDR, local, IPUDP_TUNNEL_HAS_LOCAL),
	FIELD(LOCAL_PORT, PORT, local_port, IPUDP_TUNNEL_HAS_LOCAL_PORT),
	FIELD(REMOTE, ADDR, remote, IPUDP_TUNNEL_HAS_REMOTE),
	FIELD(REMOTE_PORT, PORT, remote_port, IPUDP_TUNNEL_HAS_REMOTE_PORT),
	FIELD(BIND_IFINDEX, U32, bind_ifindex, IPUDP_TUNNEL_HAS_BIND),
	FIELD(LINK_IFINDEX, U32, link_ifindex, IPUDP_TUNNEL_HAS_LINK),
	FIELD(MARK, U32, mark, IPUDP_TUNNEL_HAS_MARK),
	FIELD(TTL, U8, ttl, IPUDP_TUNNEL_HAS_TTL),
	FIELD(DSCP, U8, dscp, IPUDP_TUNNEL_HAS_DSCP),
	FIELD(DF, ENUM, df, IPUDP_TUNNEL_HAS_DF),
	FIELD(CHECKSUM, BOOL, checksum, IPUDP_TUNNEL_HAS_CHECKSUM),
	FIELD(FLOW_PORT, BOOL, flow_port, IPUDP_TUNNEL_HAS_FLOW_PORT),
	FIELD(KEEPALIVE_MS, U32, keepalive_ms, IPUDP_TUNNEL_HAS_KEEPALIVE),
	FIELD(IDLE_MS, U32, idle_ms, IPUDP_TUNNEL_HAS_IDLE),
	FIELD(STATE, ENUM, state, 0),
	FIELD(MTU, U32, mtu, 0),
	FIELD(COUNTERS, COUNTERS, counters, 0),
};

static const struct ipudp_codec tunnel_codec = {
	.fields = tunnel_fields,
	.n_fields = sizeof(tunnel_fields) / sizeof(tunnel_fields[0]),
	.size = sizeof(struct ipudp_tunnel),
	.has_offset = offsetof(struct ipudp_tunnel, has),
};

int ipudp_tunnel_read(const struct nlmsghdr *nlh, struct ipudp_tunnel *ret_tunnel)
{
	int ret = ipudp_codec_get(&tunnel_codec, nlh, ret_tunnel);

	if (ret)
		return ret;
	ret_tunnel->has &= ~HAS_DEVICE;
	return 0;
}

static int read_reply(void *arg, const struct nlmsghdr *nlh)
{
	return ipudp_tunnel_read(nlh, arg);
}

int ipudp_tunnel_add(struct ipudp *ipudp, struct ipudp_tunnel *tunnel)
{
	uint32_t has = tunnel->has | HAS_DEVICE;
	int ret = ipudp_check_device(ipudp, tunnel->device);
	struct ipudp_tunnel reply;

	if (ret)
		return ret;
	/* No address is what the attribute's absence says. */
	if (tunnel->local.family == AF_UNSPEC)
		has &= ~IPUDP_TUNNEL_HAS_LOCAL;
	reply = *tunnel;
	ipudp_change_begin(ipudp, IPUDP_CMD_TUNNEL_NEW, ipudp->batch.open ? 0 : NLM_F_ECHO);
	ipudp_codec_put(&tunnel_codec, &ipudp->request, tunnel, has);
	ret = ipudp_change_end(ipudp, read_reply, &reply);
	if (ret)
		return ret;
	reply.has = tunnel->has;
	*tunnel = reply;
	return 0;
}

int ipudp_tunnel_set(struct ipudp *ipudp, const struct ipudp_tunnel *tunnel)
{
	int ret = ipudp_check_device(ipudp, tunnel->device);

	if (ret)
		return ret;
	if (tunnel->has & IPUDP_TUNNEL_HAS_LOCAL && tunnel->local.family == AF_UNSPEC)
		return ipudp_fail(ipudp, -EINVAL, "local",
				  "the route chooses by 0.0.0.0 or ::, as the remote is");
	ipudp_change_begin(ipudp, IPUDP_CMD_TUNNEL_SET, 0);
	ipudp_codec_put(&tunnel_codec, &ipudp->request, tunnel,
			tunnel->has | HAS_DEVICE | IPUDP_TUNNEL_HAS_ID);
	return ipudp_change_end(ipudp, NULL, NULL);
}

static void put_key(struct ipudp_msg *msg, const char *device, uint32_t id)
{
	ipudp_msg_put_text(msg, IPUDP_A_TUNNEL_IFNAME, device);
	ipudp_msg_put_u32(msg, IPUDP_A_TUNNEL_ID, id);
}

int ipudp_tunnel_del(struct ipudp *ipudp, const char *device, uint32_t id)
{
	int ret = ipudp_check_device(ipudp, device);

	if (ret)
		return ret;
	ipudp_change_begin(ipudp, IPUDP_CMD_TUNNEL_DEL, 0);
	put_key(&ipudp->request, device, id);
	return ipudp_change_end(ipudp, NULL, NULL);
}

int ipudp_tunnel_get(struct ipudp *ipudp, const char *device, uint32_t id,
		     struct ipudp_tunnel *ret_tunnel)
{
	int ret = ipudp_check_device(ipudp, device);
	struct ipudp_tunnel reply;

	if (!ret)
		ret = ipudp_query_begin(ipudp, IPUDP_CMD_TUNNEL_GET);
	if (ret)
		return ret;
	put_key(&ipudp->request, device, id);
	ret = ipudp_query_get(ipudp, read_reply, &reply);
	if (!ret)
		*ret_tunnel = reply;
	return ret;
}

/**
 * struct list - a list in progress
 * @ipudp: the handle
 * @fn: sees each tunnel
 * @arg: its first argument
 */
struct list {
	struct ipudp *ipudp;
	ipudp_tunnel_fn *fn;
	void *arg;
};

static int list_one(void *arg, const struct nlmsghdr *nlh)
{
	const struct list *list = arg;
	struct ipudp_tunnel tunnel;

	if (ipudp_tunnel_read(nlh, &tunnel))
		return ipudp_malformed(list->ipudp);
	return list->fn(list->arg, &tunnel);
}

int ipudp_tunnel_list(struct ipudp *ipudp, const char *device, ipudp_tunnel_fn *fn, void *arg)
{
	struct list list = { .ipudp = ipudp, .fn = fn, .arg = arg };
	int ret = device ? ipudp_check_device(ipudp, device) : 0;

	if (!ret)
		ret = ipudp_query_begin(ipudp, IPUDP_CMD_TUNNEL_GET);
	if (ret)
		return ret;
	if (device)
		ipudp_msg_put_text(&ipudp->request, IPUDP_A_TUNNEL_IFNAME, device);
	return ipudp_query_dump(ipudp, list_one, &list);
}
