// SPDX-License-Identifier: GPL-2.0-or-later
/* Netlink requests about listeners. */

#include <linux/err.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "event.h"
#include "home.h"
#include "listener.h"
#include "netlink_gen.h"
#include "nl.h"
#include "refusal.h"
#include "sums.h"

static int put_counters(struct sk_buff *msg, const struct ipudp_listener_sums *sums)
{
	struct nlattr *nest = nla_nest_start(msg, IPUDP_A_LISTENER_COUNTERS);

	if (!nest ||
	    nla_put_u64_64bit(msg, IPUDP_A_COUNTERS_RX_KEEPALIVES, sums->rx_keepalives,
			      IPUDP_A_COUNTERS_PAD) ||
	    nla_put_u64_64bit(msg, IPUDP_A_COUNTERS_RX_FRAMES, sums->rx_frames,
			      IPUDP_A_COUNTERS_PAD) ||
	    nla_put_u64_64bit(msg, IPUDP_A_COUNTERS_TX_FRAMES, sums->tx_frames,
			      IPUDP_A_COUNTERS_PAD))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

int ipudp_nl_listener_fill(struct sk_buff *msg, const struct ipudp_listener *listener, u8 cmd,
			   u32 portid, u32 seq, int flags)
{
	const struct ipudp_listener_config *config = &listener->config;
	u16 family = config->family == IPUDP_FAMILY_IPV4 ? AF_INET : AF_INET6;
	struct ipudp_listener_sums sums;
	void *header;

	ipudp_listener_sum(listener, &sums);
	header = genlmsg_put(msg, portid, seq, &ipudp_nl_family, flags, cmd);
	if (!header)
		return -EMSGSIZE;
	if (nla_put_u32(msg, IPUDP_A_LISTENER_ID, listener->id) ||
	    nla_put_u8(msg, IPUDP_A_LISTENER_FAMILY, config->family) ||
	    ipudp_nl_put_ip(msg, IPUDP_A_LISTENER_LOCAL, &config->local, family) ||
	    nla_put_be16(msg, IPUDP_A_LISTENER_PORT, config->port) ||
	    nla_put_u32(msg, IPUDP_A_LISTENER_BIND_IFINDEX, config->bind) ||
	    (listener->pinned && nla_put_flag(msg, IPUDP_A_LISTENER_PINNED)) ||
	    nla_put_u32(msg, IPUDP_A_LISTENER_TUNNELS, listener->tunnels) ||
	    put_counters(msg, &sums) ||
	    ipudp_nl_put_drops(msg, IPUDP_A_LISTENER_DROP, sums.drops)) {
		genlmsg_cancel(msg, header);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, header);
	return 0;
}

static int reply(const struct ipudp_listener *listener, struct genl_info *info)
{
	struct sk_buff *msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);

	if (!msg)
		return -ENOMEM;
	return ipudp_nl_reply(msg, ipudp_nl_listener_fill(msg, listener, info->genlhdr->cmd,
					    info->snd_portid, info->snd_seq, 0),
			      info);
}

static struct ipudp_listener *named_listener(struct ipudp_home *home, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[IPUDP_A_LISTENER_ID];
	struct ipudp_listener *listener = xa_load(&home->listeners, nla_get_u32(attr));

	if (!listener)
		ipudp_refuse(info->extack, LISTENER_UNKNOWN);
	return listener;
}

int ipudp_nl_listener_get_doit(struct sk_buff *request, struct genl_info *info)
{
	struct ipudp_listener *listener;
	struct ipudp_home *home;
	int ret;

	ret = ipudp_nl_missing(info, IPUDP_A_LISTENER_ID, "listener's id");
	if (ret)
		return ret;
	home = ipudp_nl_home(info);
	listener = named_listener(home, info);
	ret = listener ? reply(listener, info) : -ENOENT;
	mutex_unlock(&home->lock);
	return ret;
}

/* cb->args[0] is the id of the next listener. */
int ipudp_nl_listener_get_dumpit(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct ipudp_home *home = ipudp_nl_dump_home(msg);
	struct ipudp_listener *listener;
	unsigned long id = cb->args[0];
	int ret = 0;

	mutex_lock(&home->lock);
	ipudp_nl_dump_begin(cb, msg);
	xa_for_each_start(&home->listeners, id, listener, cb->args[0]) {
		ret = ipudp_nl_listener_fill(msg, listener, IPUDP_CMD_LISTENER_GET,
					     ipudp_nl_dump_portid(cb), cb->nlh->nlmsg_seq,
					     ipudp_nl_dump_flags(cb));
		if (ret)
			break;
		cb->args[0] = id + 1;
	}
	mutex_unlock(&home->lock);
	return msg->len ?: ret;
}

int ipudp_nl_listener_read(struct nlattr **attrs, struct ipudp_listener_config *config,
			   struct netlink_ext_ack *extack)
{
	u16 family;
	int ret;

	*config = (struct ipudp_listener_config) { .family = IPUDP_FAMILY_DUAL };
	if (attrs[IPUDP_A_LISTENER_LOCAL]) {
		ret = ipudp_nl_ip(attrs[IPUDP_A_LISTENER_LOCAL], &config->local, &family,
				  extack);
		if (ret)
			return ret;
		config->family = family == AF_INET ? IPUDP_FAMILY_IPV4 : IPUDP_FAMILY_IPV6;
	}
	if (attrs[IPUDP_A_LISTENER_FAMILY]) {
		u8 wish = nla_get_u8(attrs[IPUDP_A_LISTENER_FAMILY]);

		if (attrs[IPUDP_A_LISTENER_LOCAL] && wish != config->family) {
			ipudp_refuse(extack, LISTENER_FAMILY);
			return -EINVAL;
		}
		config->family = wish;
	}
	if (attrs[IPUDP_A_LISTENER_PORT])
		config->port = nla_get_be16(attrs[IPUDP_A_LISTENER_PORT]);
	if (attrs[IPUDP_A_LISTENER_BIND_IFINDEX])
		config->bind = nla_get_u32(attrs[IPUDP_A_LISTENER_BIND_IFINDEX]);
	return 0;
}

/* An existing listener of exactly this kind is pinned, any other in the way is an error. */
static struct ipudp_listener *pin(struct ipudp_home *home,
				  const struct ipudp_listener_config *config, u8 *event,
				  struct netlink_ext_ack *extack)
{
	struct ipudp_listener *listener = ipudp_listener_find(home, config);

	if (listener && listener->config.family == config->family &&
	    ipudp_ip_equal(&listener->config.local, &config->local)) {
		if (listener->pinned) {
			ipudp_refuse(extack, LISTENER_EXISTS);
			return ERR_PTR(-EEXIST);
		}
		*event = IPUDP_CMD_LISTENER_CHANGE_NTF;
	} else {
		listener = ipudp_listener_create(home, config, extack);
		if (IS_ERR(listener))
			return listener;
		*event = IPUDP_CMD_LISTENER_ADD_NTF;
	}
	listener->pinned = true;
	return listener;
}

int ipudp_nl_listener_new_doit(struct sk_buff *request, struct genl_info *info)
{
	struct ipudp_listener_config config;
	struct ipudp_listener *listener;
	struct ipudp_home *home;
	u8 event;
	int ret;

	ret = ipudp_nl_listener_read(info->attrs, &config, info->extack);
	if (ret)
		return ret;
	home = ipudp_nl_home(info);
	listener = ipudp_home_alive(home) ? pin(home, &config, &event, info->extack) :
					    ERR_PTR(-ENETDOWN);
	if (IS_ERR(listener)) {
		ret = PTR_ERR(listener);
	} else {
		ipudp_event_listener(listener, event);
		ret = info->nlhdr->nlmsg_flags & NLM_F_ECHO ? reply(listener, info) : 0;
	}
	mutex_unlock(&home->lock);
	return ret;
}

int ipudp_nl_listener_del_doit(struct sk_buff *request, struct genl_info *info)
{
	struct ipudp_listener *listener;
	struct ipudp_home *home;
	int ret;

	ret = ipudp_nl_missing(info, IPUDP_A_LISTENER_ID, "listener's id");
	if (ret)
		return ret;
	home = ipudp_nl_home(info);
	listener = named_listener(home, info);
	if (!listener) {
		ret = -ENOENT;
	} else if (!listener->pinned) {
		ipudp_refuse(info->extack, LISTENER_UNPINNED);
		ret = -EBUSY;
	} else {
		listener->pinned = false;
		if (listener->tunnels)
			ipudp_event_listener(listener, IPUDP_CMD_LISTENER_CHANGE_NTF);
		ipudp_listener_reap(listener);
	}
	mutex_unlock(&home->lock);
	return ret;
}
