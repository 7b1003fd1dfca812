// SPDX-License-Identifier: GPL-2.0-or-later
/* Netlink requests about frames. */

#include <linux/err.h>
#include <linux/mutex.h>
#include <linux/xarray.h>

#include "frame.h"
#include "home.h"
#include "listener.h"
#include "netlink_gen.h"
#include "nl.h"
#include "refusal.h"

/* The listener that a request names, with its home locked; or an ERR_PTR and nothing locked. */
static struct ipudp_listener *named_listener(struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[IPUDP_A_FRAME_LISTENER];
	struct ipudp_listener *listener;
	struct ipudp_home *home;
	int ret;

	ret = ipudp_nl_missing(info, IPUDP_A_FRAME_LISTENER, "listener's id");
	if (ret)
		return ERR_PTR(ret);
	home = ipudp_nl_home(info);
	listener = xa_load(&home->listeners, nla_get_u32(attr));
	if (listener)
		return listener;
	mutex_unlock(&home->lock);
	ipudp_refuse(info->extack, LISTENER_UNKNOWN);
	return ERR_PTR(-ENOENT);
}

int ipudp_nl_frame_register_doit(struct sk_buff *request, struct genl_info *info)
{
	struct ipudp_listener *listener;
	int ret;

	ret = ipudp_nl_missing(info, IPUDP_A_FRAME_CLASS, "class of frames");
	if (ret)
		return ret;
	listener = named_listener(info);
	if (IS_ERR(listener))
		return PTR_ERR(listener);
	ret = ipudp_frame_register(listener, nla_get_u8(info->attrs[IPUDP_A_FRAME_CLASS]), info);
	mutex_unlock(&listener->home->lock);
	if (ret)
		ipudp_refuse(info->extack, CLASS_TAKEN);
	return ret;
}

int ipudp_nl_frame_unregister_doit(struct sk_buff *request, struct genl_info *info)
{
	struct ipudp_listener *listener;
	int ret;

	ret = ipudp_nl_missing(info, IPUDP_A_FRAME_CLASS, "class of frames");
	if (ret)
		return ret;
	listener = named_listener(info);
	if (IS_ERR(listener))
		return PTR_ERR(listener);
	ret = ipudp_frame_unregister(listener, nla_get_u8(info->attrs[IPUDP_A_FRAME_CLASS]), info);
	mutex_unlock(&listener->home->lock);
	if (ret)
		ipudp_refuse(info->extack, CLASS_FOREIGN);
	return ret;
}

static int read_frame(struct genl_info *info, struct ipudp_frame *frame)
{
	struct nlattr **attrs = info->attrs;
	u16 family;
	int ret;

	ret = ipudp_nl_missing(info, IPUDP_A_FRAME_REMOTE, "remote address") ?:
	      ipudp_nl_missing(info, IPUDP_A_FRAME_REMOTE_PORT, "remote port") ?:
	      ipudp_nl_missing(info, IPUDP_A_FRAME_PAYLOAD, "payload");
	if (ret)
		return ret;
	ret = ipudp_nl_ip(attrs[IPUDP_A_FRAME_REMOTE], &frame->remote, &frame->family,
			  info->extack);
	if (ret)
		return ret;
	if (attrs[IPUDP_A_FRAME_LOCAL]) {
		ret = ipudp_nl_ip(attrs[IPUDP_A_FRAME_LOCAL], &frame->local, &family,
				  info->extack);
		if (ret)
			return ret;
		if (family != frame->family) {
			ipudp_refuse(info->extack, LOCAL_FAMILY);
			return -EINVAL;
		}
	}
	frame->port = nla_get_be16(attrs[IPUDP_A_FRAME_REMOTE_PORT]);
	if (!frame->port) {
		ipudp_refuse(info->extack, REMOTE_PORT_ZERO);
		return -EINVAL;
	}
	if (attrs[IPUDP_A_FRAME_IFINDEX])
		frame->ifindex = nla_get_u32(attrs[IPUDP_A_FRAME_IFINDEX]);
	if (attrs[IPUDP_A_FRAME_MARK])
		frame->mark = nla_get_u32(attrs[IPUDP_A_FRAME_MARK]);
	frame->payload = nla_data(attrs[IPUDP_A_FRAME_PAYLOAD]);
	frame->len = nla_len(attrs[IPUDP_A_FRAME_PAYLOAD]);
	if (!frame->len || frame->len > IPUDP_FRAME_MAX) {
		ipudp_refuse(info->extack, FRAME_LENGTH);
		return -EMSGSIZE;
	}
	return 0;
}

int ipudp_nl_frame_send_doit(struct sk_buff *request, struct genl_info *info)
{
	struct ipudp_frame frame = { };
	struct ipudp_listener *listener;
	int ret;

	ret = read_frame(info, &frame);
	if (ret)
		return ret;
	listener = named_listener(info);
	if (IS_ERR(listener))
		return PTR_ERR(listener);
	ret = ipudp_frame_send(listener, &frame, info->extack);
	mutex_unlock(&listener->home->lock);
	return ret;
}
