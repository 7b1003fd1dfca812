// SPDX-License-Identifier: GPL-2.0-or-later
/* Netlink requests about frames. */

#include "frame.h"
#include "home.h"
#include "netlink_gen.h"
#include "listener.h"
#include "nl.h"
#include "refusal.h"

static int named_listener(struct genl_info *info, struct ipudp_listener **ret_listener)
{
	const struct nlattr *attr = info->attrs[IPUDP_A_FRAME_LISTENER];
	int ret;

	ret = ipudp_nl_missing(info, IPUDP_A_FRAME_LISTENER, "listener's id");
	if (ret)
		return ret;
	*ret_listener = ipudp_idmap_load(&ipudp_nl_home(info->sk)->listeners, nla_get_u32(attr));
	if (*ret_listener)
		return 0;
	ipudp_refuse_attr(info->extack, IPUDP_REFUSAL_LISTENER_UNKNOWN, attr);
	return -ENOENT;
}

int ipudp_nl_frame_register_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ipudp_listener *listener;
	int ret;

	(void)skb;
	ret = ipudp_nl_missing(info, IPUDP_A_FRAME_CLASS, "class of frames");
	if (!ret)
		ret = named_listener(info, &listener);
	if (ret)
		return ret;
	ret = ipudp_frame_register(listener, nla_get_u8(info->attrs[IPUDP_A_FRAME_CLASS]),
				   info->sk);
	if (ret)
		ipudp_refuse_attr(info->extack, IPUDP_REFUSAL_CLASS_TAKEN,
				  info->attrs[IPUDP_A_FRAME_CLASS]);
	return ret;
}

int ipudp_nl_frame_unregister_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ipudp_listener *listener;
	int ret;

	(void)skb;
	ret = ipudp_nl_missing(info, IPUDP_A_FRAME_CLASS, "class of frames");
	if (!ret)
		ret = named_listener(info, &listener);
	if (ret)
		return ret;
	ret = ipudp_frame_unregister(listener, nla_get_u8(info->attrs[IPUDP_A_FRAME_CLASS]),
				     info->sk);
	if (ret)
		ipudp_refuse_attr(info->extack, IPUDP_REFUSAL_CLASS_FOREIGN,
				  info->attrs[IPUDP_A_FRAME_CLASS]);
	return ret;
}

static int read_frame(struct genl_info *info, struct ipudp_frame *frame)
{
	struct nlattr **attrs = info->attrs;
	uint16_t family;
	int ret;

	ret = ipudp_nl_missing(info, IPUDP_A_FRAME_REMOTE, "remote address");
	if (!ret)
		ret = ipudp_nl_missing(info, IPUDP_A_FRAME_REMOTE_PORT, "remote port");
	if (!ret)
		ret = ipudp_nl_missing(info, IPUDP_A_FRAME_PAYLOAD, "payload");
	if (!ret)
		ret = ipudp_nl_ip(attrs[IPUDP_A_FRAME_REMOTE], &frame->remote, &frame->family,
				  info->extack);
	if (ret)
		return ret;
	if (attrs[IPUDP_A_FRAME_LOCAL]) {
		ret = ipudp_nl_ip(attrs[IPUDP_A_FRAME_LOCAL], &frame->local, &family, info->extack);
		if (ret)
			return ret;
		if (family != frame->family) {
			ipudp_refuse_attr(info->extack, IPUDP_REFUSAL_LOCAL_FAMILY,
					  attrs[IPUDP_A_FRAME_LOCAL]);
			return -EINVAL;
		}
	}
	frame->port = nla_get_be16(attrs[IPUDP_A_FRAME_REMOTE_PORT]);
	if (!frame->port) {
		ipudp_refuse_attr(info->extack, IPUDP_REFUSAL_REMOTE_PORT_ZERO,
				  attrs[IPUDP_A_FRAME_REMOTE_PORT]);
		return -EINVAL;
	}
	if (attrs[IPUDP_A_FRAME_IFINDEX])
		frame->ifindex = nla_get_u32(attrs[IPUDP_A_FRAME_IFINDEX]);
	if (attrs[IPUDP_A_FRAME_MARK])
		frame->mark = nla_get_u32(attrs[IPUDP_A_FRAME_MARK]);
	frame->payload = nla_data(attrs[IPUDP_A_FRAME_PAYLOAD]);
	frame->len = nla_len(attrs[IPUDP_A_FRAME_PAYLOAD]);
	if (!frame->len || frame->len > IPUDP_FRAME_MAX) {
		ipudp_refuse_attr(info->extack, IPUDP_REFUSAL_FRAME_LENGTH,
				  attrs[IPUDP_A_FRAME_PAYLOAD]);
		return -EMSGSIZE;
	}
	return 0;
}

int ipudp_nl_frame_send_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ipudp_frame frame = { 0 };
	struct ipudp_listener *listener;
	int ret;

	(void)skb;
	ret = read_frame(info, &frame);
	if (!ret)
		ret = named_listener(info, &listener);
	return ret ? ret : ipudp_frame_send(listener, &frame, info->extack);
}
