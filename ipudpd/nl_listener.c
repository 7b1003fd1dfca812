// SPDX-License-Identifier: GPL-2.0-or-later
/* Netlink requests about listeners. */

#include "event.h"
#include "home.h"
#include "netlink_gen.h"
#include "listener.h"
#include "nl.h"
#include "refusal.h"

static int put_counters(struct sk_buff *msg, const struct ipudp_listener_stats *stats)
{
	struct nlattr *nest = nla_nest_start(msg, IPUDP_A_LISTENER_COUNTERS);

	if (!nest || nla_put_u64(msg, IPUDP_A_COUNTERS_RX_KEEPALIVES, stats->rx_keepalives) ||
	    nla_put_u64(msg, IPUDP_A_COUNTERS_RX_FRAMES, stats->rx_frames) ||
	    nla_put_u64(msg, IPUDP_A_COUNTERS_TX_FRAMES, stats->tx_frames))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

int ipudp_nl_listener_fill(struct sk_buff *msg, const struct ipudp_listener *listener, uint8_t cmd,
			   uint32_t portid, uint32_t seq, int flags)
{
	const struct ipudp_listener_config *config = &listener->config;
	uint16_t family = config->family == IPUDP_FAMILY_IPV4 ? AF_INET : AF_INET6;
	struct ipudp_listener_stats stats;
	void *header;

	ipudp_stats_listener(listener->stats, listener->home->n_workers + 1, &stats);
	header = genlmsg_put(msg, portid, seq, flags, cmd);
	if (!header)
		return -EMSGSIZE;
	if (nla_put_u32(msg, IPUDP_A_LISTENER_ID, listener->id) ||
	    nla_put_u8(msg, IPUDP_A_LISTENER_FAMILY, config->family) ||
	    ipudp_nl_put_ip(msg, IPUDP_A_LISTENER_LOCAL, &config->local, family) ||
	    nla_put_u16(msg, IPUDP_A_LISTENER_PORT, config->port) ||
	    nla_put_u32(msg, IPUDP_A_LISTENER_BIND_IFINDEX, config->bind) ||
	    (listener->pinned && nla_put_flag(msg, IPUDP_A_LISTENER_PINNED)) ||
	    nla_put_u32(msg, IPUDP_A_LISTENER_TUNNELS, listener->tunnels) ||
	    put_counters(msg, &stats) ||
	    ipudp_nl_put_drops(msg, IPUDP_A_LISTENER_DROP, stats.drops)) {
		genlmsg_cancel(msg, header);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, header);
	return 0;
}

static int reply(struct sk_buff *msg, const struct ipudp_listener *listener, struct genl_info *info)
{
	int ret = ipudp_nl_listener_fill(msg, listener, info->genlhdr->cmd, info->snd_portid,
					 info->snd_seq, 0);

	if (!ret)
		ipudp_nl_send(info, msg);
	return ret;
}

static struct ipudp_listener *named_listener(struct ipudp_home *home, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[IPUDP_A_LISTENER_ID];
	struct ipudp_listener *listener = ipudp_idmap_load(&home->listeners, nla_get_u32(attr));

	if (!listener)
		ipudp_refuse_attr(info->extack, IPUDP_REFUSAL_LISTENER_UNKNOWN, attr);
	return listener;
}

int ipudp_nl_listener_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ipudp_listener *listener;
	struct ipudp_home *home;
	int ret;

	ret = ipudp_nl_missing(info, IPUDP_A_LISTENER_ID, "listener's id");
	if (ret)
		return ret;
	home = ipudp_nl_home(info->sk);
	listener = named_listener(home, info);
	return listener ? reply(skb, listener, info) : -ENOENT;
}

/* cb->args[0] is the id of the next listener. */
int ipudp_nl_listener_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct ipudp_home *home = ipudp_nl_home(skb->sk);
	struct ipudp_listener *listener;
	uint64_t id;
	int ret = 0;

	ipudp_idmap_for_each(&home->listeners, id, listener, cb->args[0]) {
		ret = ipudp_nl_listener_fill(skb, listener, IPUDP_CMD_LISTENER_GET, cb->portid,
					     cb->nlh->nlmsg_seq, ipudp_nl_dump_flags(cb));
		if (ret)
			break;
		cb->args[0] = id + 1;
	}
	return skb->len ? (int)skb->len : ret;
}

static int read_config(struct nlattr **attrs, struct netlink_ext_ack *extack,
		       struct ipudp_listener_config *config)
{
	uint16_t family;
	int ret;

	*config = (struct ipudp_listener_config){ .family = IPUDP_FAMILY_DUAL };
	if (attrs[IPUDP_A_LISTENER_LOCAL]) {
		ret = ipudp_nl_ip(attrs[IPUDP_A_LISTENER_LOCAL], &config->local, &family, extack);
		if (ret)
			return ret;
		config->family = family == AF_INET ? IPUDP_FAMILY_IPV4 : IPUDP_FAMILY_IPV6;
	}
	if (attrs[IPUDP_A_LISTENER_FAMILY]) {
		uint8_t wish = nla_get_u8(attrs[IPUDP_A_LISTENER_FAMILY]);

		if (attrs[IPUDP_A_LISTENER_LOCAL] && wish != config->family) {
			ipudp_refuse_attr(extack, IPUDP_REFUSAL_LISTENER_FAMILY,
					  attrs[IPUDP_A_LISTENER_FAMILY]);
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
static int pin(struct ipudp_home *home, const struct ipudp_listener_config *config, uint8_t *event,
	       struct netlink_ext_ack *extack, struct ipudp_listener **ret_listener)
{
	struct ipudp_listener *listener = ipudp_listener_find(home, config);
	int ret;

	if (listener && listener->config.family == config->family &&
	    ipudp_ip_equal(&listener->config.local, &config->local)) {
		if (listener->pinned) {
			ipudp_refuse(extack, LISTENER_EXISTS);
			return -EEXIST;
		}
		*event = IPUDP_CMD_LISTENER_CHANGE_NTF;
	} else {
		ret = ipudp_listener_create(home, config, 0, extack, &listener);
		if (ret)
			return ret;
		*event = IPUDP_CMD_LISTENER_ADD_NTF;
	}
	listener->pinned = true;
	*ret_listener = listener;
	return 0;
}

int ipudp_nl_listener_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ipudp_listener_config config;
	struct ipudp_listener *listener;
	uint8_t event;
	int ret;

	ret = read_config(info->attrs, info->extack, &config);
	if (!ret)
		ret = pin(ipudp_nl_home(info->sk), &config, &event, info->extack, &listener);
	if (ret)
		return ret;
	ipudp_event_listener(listener, event);
	return info->nlhdr->nlmsg_flags & NLM_F_ECHO ? reply(skb, listener, info) : 0;
}

static void unpin(struct ipudp_listener *listener)
{
	listener->pinned = false;
	if (listener->tunnels)
		ipudp_event_listener(listener, IPUDP_CMD_LISTENER_CHANGE_NTF);
	ipudp_listener_reap(listener);
}

int ipudp_nl_listener_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ipudp_listener *listener;
	int ret;

	(void)skb;
	ret = ipudp_nl_missing(info, IPUDP_A_LISTENER_ID, "listener's id");
	if (ret)
		return ret;
	listener = named_listener(ipudp_nl_home(info->sk), info);
	if (!listener)
		return -ENOENT;
	if (!listener->pinned) {
		ipudp_refuse(info->extack, LISTENER_UNPINNED);
		return -EBUSY;
	}
	unpin(listener);
	return 0;
}

int ipudp_nl_listener_restore(struct ipudp_home *home, struct nlattr **attrs, uint8_t cmd)
{
	const struct nlattr *id = attrs[IPUDP_A_LISTENER_ID];
	struct ipudp_listener_config config;
	struct ipudp_listener *listener;
	int ret;

	if (!id || nla_len(id) != 4)
		return -EINVAL;
	listener = ipudp_idmap_load(&home->listeners, nla_get_u32(id));
	if (cmd == IPUDP_CMD_LISTENER_DEL_NTF) {
		/* One with tunnels goes with these. */
		if (listener)
			unpin(listener);
		return 0;
	}
	ret = read_config(attrs, NULL, &config);
	if (!ret && !listener)
		ret = ipudp_listener_create(home, &config, nla_get_u32(id), NULL, &listener);
	else if (!ret && config.bind != listener->config.bind)
		ret = ipudp_listener_rebind(listener, config.bind);
	if (ret)
		return ret;
	listener->pinned = attrs[IPUDP_A_LISTENER_PINNED];
	return 0;
}
