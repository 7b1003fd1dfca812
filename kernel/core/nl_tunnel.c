// SPDX-License-Identifier: GPL-2.0-or-later
/* Netlink requests about tunnels. */

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xarray.h>

#include "device.h"
#include "encap.h"
#include "event.h"
#include "home.h"
#include "listener.h"
#include "netlink_gen.h"
#include "nl.h"
#include "refusal.h"
#include "sums.h"
#include "tunnel.h"

static int put_age(struct sk_buff *msg, int attrtype, s64 age_ms)
{
	if (age_ms < 0)
		return 0;
	return nla_put_u64_64bit(msg, attrtype, age_ms, IPUDP_A_COUNTERS_PAD);
}

static int put_counters(struct sk_buff *msg, const struct ipudp_tunnel *tunnel)
{
	struct ipudp_tunnel_sums sums;
	struct nlattr *nest;

	ipudp_tunnel_sum(tunnel, &sums);
	nest = nla_nest_start(msg, IPUDP_A_TUNNEL_COUNTERS);
	if (!nest ||
	    nla_put_u64_64bit(msg, IPUDP_A_COUNTERS_RX_PACKETS, sums.rx_packets,
			      IPUDP_A_COUNTERS_PAD) ||
	    nla_put_u64_64bit(msg, IPUDP_A_COUNTERS_RX_BYTES, sums.rx_bytes,
			      IPUDP_A_COUNTERS_PAD) ||
	    nla_put_u64_64bit(msg, IPUDP_A_COUNTERS_TX_PACKETS, sums.tx_packets,
			      IPUDP_A_COUNTERS_PAD) ||
	    nla_put_u64_64bit(msg, IPUDP_A_COUNTERS_TX_BYTES, sums.tx_bytes,
			      IPUDP_A_COUNTERS_PAD) ||
	    nla_put_u64_64bit(msg, IPUDP_A_COUNTERS_RX_DROPPED, sums.rx_dropped,
			      IPUDP_A_COUNTERS_PAD) ||
	    nla_put_u64_64bit(msg, IPUDP_A_COUNTERS_TX_DROPPED, sums.tx_dropped,
			      IPUDP_A_COUNTERS_PAD) ||
	    nla_put_u64_64bit(msg, IPUDP_A_COUNTERS_RX_KEEPALIVES, sums.rx_keepalives,
			      IPUDP_A_COUNTERS_PAD) ||
	    nla_put_u64_64bit(msg, IPUDP_A_COUNTERS_TX_KEEPALIVES, sums.tx_keepalives,
			      IPUDP_A_COUNTERS_PAD) ||
	    put_age(msg, IPUDP_A_COUNTERS_RX_AGE_MS, sums.rx_age_ms) ||
	    put_age(msg, IPUDP_A_COUNTERS_TX_AGE_MS, sums.tx_age_ms))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int put_endpoint(struct sk_buff *msg, const struct ipudp_endpoint_config *config)
{
	if (ipudp_nl_put_ip(msg, IPUDP_A_TUNNEL_REMOTE, &config->remote, config->family) ||
	    nla_put_be16(msg, IPUDP_A_TUNNEL_REMOTE_PORT, config->port) ||
	    nla_put_u32(msg, IPUDP_A_TUNNEL_LINK_IFINDEX, config->link) ||
	    nla_put_u32(msg, IPUDP_A_TUNNEL_MARK, config->mark) ||
	    nla_put_u8(msg, IPUDP_A_TUNNEL_TTL, config->ttl) ||
	    nla_put_u8(msg, IPUDP_A_TUNNEL_DSCP, config->dscp) ||
	    nla_put_u8(msg, IPUDP_A_TUNNEL_DF, config->df) ||
	    nla_put_u8(msg, IPUDP_A_TUNNEL_CHECKSUM, config->checksum) ||
	    nla_put_u8(msg, IPUDP_A_TUNNEL_FLOW_PORT, config->flow_port))
		return -EMSGSIZE;
	return 0;
}

int ipudp_nl_tunnel_fill(struct sk_buff *msg, struct ipudp_tunnel *tunnel, u8 cmd, u32 portid,
			 u32 seq, int flags)
{
	const struct ipudp_listener *listener = tunnel->listener;
	const struct ipudp_device *device = tunnel->device;
	struct ipudp_tunnel_config config;
	const union ipudp_ip *local;
	void *header;
	u32 mtu;

	ipudp_tunnel_config_of(tunnel, &config);
	local = &config.endpoint.local;
	if (ipudp_ip_is_any(local))
		local = &listener->config.local;
	mtu = ipudp_encap_mtu(tunnel);

	header = genlmsg_put(msg, portid, seq, &ipudp_nl_family, flags, cmd);
	if (!header)
		return -EMSGSIZE;
	if (nla_put_u32(msg, IPUDP_A_TUNNEL_IFINDEX, ipudp_device_ifindex(device)) ||
	    nla_put_string(msg, IPUDP_A_TUNNEL_IFNAME, ipudp_device_name(device)) ||
	    nla_put_u32(msg, IPUDP_A_TUNNEL_ID, tunnel->id) ||
	    nla_put_u32(msg, IPUDP_A_TUNNEL_LISTENER, listener->id) ||
	    ipudp_nl_put_ip(msg, IPUDP_A_TUNNEL_LOCAL, local, config.endpoint.family) ||
	    nla_put_be16(msg, IPUDP_A_TUNNEL_LOCAL_PORT, listener->config.port) ||
	    nla_put_u32(msg, IPUDP_A_TUNNEL_BIND_IFINDEX, listener->config.bind) ||
	    put_endpoint(msg, &config.endpoint) ||
	    nla_put_u32(msg, IPUDP_A_TUNNEL_KEEPALIVE_MS, config.keepalive_ms) ||
	    nla_put_u32(msg, IPUDP_A_TUNNEL_IDLE_MS, config.idle_ms) ||
	    nla_put_u8(msg, IPUDP_A_TUNNEL_STATE,
		       tunnel->told_idle ? IPUDP_TUNNEL_STATE_IDLE : IPUDP_TUNNEL_STATE_ACTIVE) ||
	    (mtu && nla_put_u32(msg, IPUDP_A_TUNNEL_MTU, mtu)) || put_counters(msg, tunnel)) {
		genlmsg_cancel(msg, header);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, header);
	return 0;
}

static int reply(struct ipudp_tunnel *tunnel, struct genl_info *info)
{
	struct sk_buff *msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);

	if (!msg)
		return -ENOMEM;
	return ipudp_nl_reply(msg, ipudp_nl_tunnel_fill(msg, tunnel, info->genlhdr->cmd,
					    info->snd_portid, info->snd_seq, 0),
			      info);
}

static struct ipudp_device *named_device(struct genl_info *info, bool alive)
{
	return ipudp_nl_device_get(info, IPUDP_A_TUNNEL_IFINDEX, IPUDP_A_TUNNEL_IFNAME, alive);
}

/* The tunnel that a request names. A fixed device has but one, which needs no id. */
static struct ipudp_tunnel *named_tunnel(struct ipudp_device *device, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[IPUDP_A_TUNNEL_ID];
	struct ipudp_tunnel *tunnel;
	unsigned long first = 0;

	if (attr) {
		tunnel = ipudp_tunnel_lookup(device, nla_get_u32(attr));
		if (!tunnel)
			ipudp_refuse(info->extack, TUNNEL_UNKNOWN);
		return tunnel ?: ERR_PTR(-ENOENT);
	}
	if (device->n_tunnels > 1) {
		ipudp_refuse(info->extack, TUNNEL_AMBIGUOUS);
		return ERR_PTR(-EINVAL);
	}
	tunnel = xa_find(&device->tunnels, &first, ULONG_MAX, XA_PRESENT);
	if (!tunnel)
		ipudp_refuse(info->extack, TUNNEL_NONE);
	return tunnel ?: ERR_PTR(-ENOENT);
}

int ipudp_nl_tunnel_get_doit(struct sk_buff *request, struct genl_info *info)
{
	struct ipudp_device *device;
	struct ipudp_tunnel *tunnel;
	int ret;

	device = named_device(info, false);
	if (IS_ERR(device))
		return PTR_ERR(device);
	tunnel = named_tunnel(device, info);
	ret = IS_ERR(tunnel) ? PTR_ERR(tunnel) : reply(tunnel, info);
	ipudp_nl_device_put(device);
	return ret;
}

/**
 * struct dump - where a dump of tunnels is, in netlink_callback.args
 * @ifindex: of the device
 * @id: of the next tunnel there
 * @only: whether only that device is wanted
 */
struct dump {
	long ifindex;
	long id;
	long only;
};

static int dump_device(struct sk_buff *msg, struct netlink_callback *cb,
		       struct ipudp_device *device)
{
	struct dump *dump = (struct dump *)cb->args;
	struct nlattr *listener = ipudp_nl_dump_attrs(cb)[IPUDP_A_TUNNEL_LISTENER];
	struct ipudp_tunnel *tunnel;
	unsigned long id;
	int ret;

	lockdep_assert_held(&device->home->lock);
	ipudp_nl_dump_begin(cb, msg);
	xa_for_each_start(&device->tunnels, id, tunnel, dump->id) {
		if (listener && tunnel->listener->id != nla_get_u32(listener))
			continue;
		ret = ipudp_nl_tunnel_fill(msg, tunnel, IPUDP_CMD_TUNNEL_GET,
					   ipudp_nl_dump_portid(cb), cb->nlh->nlmsg_seq,
					   ipudp_nl_dump_flags(cb));
		if (ret) {
			dump->id = id;
			return ret;
		}
	}
	dump->id = 0;
	return 0;
}

static int dump_all(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct dump *dump = (struct dump *)cb->args;
	struct ipudp_device *device;
	int ret = 0;

	while (!ret && (device = ipudp_nl_dump_device_next(msg, dump->ifindex))) {
		if (ipudp_device_ifindex(device) != dump->ifindex) {
			dump->ifindex = ipudp_device_ifindex(device);
			dump->id = 0;
		}
		mutex_lock(&device->home->lock);
		ret = dump_device(msg, cb, device);
		mutex_unlock(&device->home->lock);
		if (!ret)
			dump->ifindex++;
		ipudp_device_release(device);
	}
	return ret;
}

int ipudp_nl_tunnel_get_dumpit(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct nlattr **attrs = ipudp_nl_dump_attrs(cb);
	struct dump *dump = (struct dump *)cb->args;
	struct ipudp_device *device;
	int ret;

	BUILD_BUG_ON(sizeof(*dump) > sizeof(cb->args));
	ipudp_nl_dump_begin(cb, msg);
	if (!attrs[IPUDP_A_TUNNEL_IFINDEX] && !attrs[IPUDP_A_TUNNEL_IFNAME]) {
		ret = dump_all(msg, cb);
		return msg->len ?: ret;
	}
	if (dump->only)
		return 0;
	device = ipudp_nl_dump_device(cb, msg, IPUDP_A_TUNNEL_IFINDEX, IPUDP_A_TUNNEL_IFNAME);
	if (IS_ERR(device))
		return PTR_ERR(device);
	ret = dump_device(msg, cb, device);
	dump->only = !ret;
	ipudp_nl_device_put(device);
	return msg->len ?: ret;
}

static int read_addresses(struct nlattr **attrs, struct ipudp_endpoint_config *endpoint,
			  struct netlink_ext_ack *extack)
{
	u16 family;
	int ret;

	if (attrs[IPUDP_A_TUNNEL_REMOTE]) {
		ret = ipudp_nl_ip(attrs[IPUDP_A_TUNNEL_REMOTE], &endpoint->remote, &family,
				  extack);
		if (ret)
			return ret;
		/* A local address of the other family would be of no use any more. */
		if (family != endpoint->family)
			memset(&endpoint->local, 0, sizeof(endpoint->local));
		endpoint->family = family;
	}
	if (!attrs[IPUDP_A_TUNNEL_LOCAL])
		return 0;
	ret = ipudp_nl_ip(attrs[IPUDP_A_TUNNEL_LOCAL], &endpoint->local, &family, extack);
	if (ret)
		return ret;
	if (family != endpoint->family) {
		ipudp_refuse(extack, LOCAL_FAMILY);
		return -EINVAL;
	}
	return 0;
}

int ipudp_nl_tunnel_read(struct nlattr **attrs, struct ipudp_tunnel_config *config,
			 struct netlink_ext_ack *extack)
{
	struct ipudp_endpoint_config *endpoint = &config->endpoint;

	if (attrs[IPUDP_A_TUNNEL_REMOTE_PORT])
		endpoint->port = nla_get_be16(attrs[IPUDP_A_TUNNEL_REMOTE_PORT]);
	if (attrs[IPUDP_A_TUNNEL_LINK_IFINDEX])
		endpoint->link = nla_get_u32(attrs[IPUDP_A_TUNNEL_LINK_IFINDEX]);
	if (attrs[IPUDP_A_TUNNEL_MARK])
		endpoint->mark = nla_get_u32(attrs[IPUDP_A_TUNNEL_MARK]);
	if (attrs[IPUDP_A_TUNNEL_TTL])
		endpoint->ttl = nla_get_u8(attrs[IPUDP_A_TUNNEL_TTL]);
	if (attrs[IPUDP_A_TUNNEL_DSCP])
		endpoint->dscp = nla_get_u8(attrs[IPUDP_A_TUNNEL_DSCP]);
	if (attrs[IPUDP_A_TUNNEL_DF])
		endpoint->df = nla_get_u8(attrs[IPUDP_A_TUNNEL_DF]);
	if (attrs[IPUDP_A_TUNNEL_CHECKSUM])
		endpoint->checksum = nla_get_u8(attrs[IPUDP_A_TUNNEL_CHECKSUM]);
	if (attrs[IPUDP_A_TUNNEL_FLOW_PORT])
		endpoint->flow_port = nla_get_u8(attrs[IPUDP_A_TUNNEL_FLOW_PORT]);
	if (attrs[IPUDP_A_TUNNEL_KEEPALIVE_MS])
		config->keepalive_ms = nla_get_u32(attrs[IPUDP_A_TUNNEL_KEEPALIVE_MS]);
	if (attrs[IPUDP_A_TUNNEL_IDLE_MS])
		config->idle_ms = nla_get_u32(attrs[IPUDP_A_TUNNEL_IDLE_MS]);
	return read_addresses(attrs, endpoint, extack);
}

/* The listener that a request names, or that its local address and port do; made if need be. */
static struct ipudp_listener *wanted_listener(struct ipudp_home *home, struct genl_info *info,
					      const struct ipudp_tunnel_config *config)
{
	struct ipudp_listener_config wish = {
		.local = config->endpoint.local,
		.family = config->endpoint.family == AF_INET ? IPUDP_FAMILY_IPV4 :
							       IPUDP_FAMILY_IPV6,
	};
	struct nlattr **attrs = info->attrs;
	struct ipudp_listener *listener;

	if (attrs[IPUDP_A_TUNNEL_LISTENER]) {
		listener = xa_load(&home->listeners, nla_get_u32(attrs[IPUDP_A_TUNNEL_LISTENER]));
		if (!listener)
			ipudp_refuse(info->extack, LISTENER_UNKNOWN);
		return listener ?: ERR_PTR(-ENOENT);
	}
	if (attrs[IPUDP_A_TUNNEL_LOCAL_PORT])
		wish.port = nla_get_be16(attrs[IPUDP_A_TUNNEL_LOCAL_PORT]);
	if (attrs[IPUDP_A_TUNNEL_BIND_IFINDEX])
		wish.bind = nla_get_u32(attrs[IPUDP_A_TUNNEL_BIND_IFINDEX]);
	listener = ipudp_listener_find(home, &wish);
	if (!listener) {
		listener = ipudp_listener_create(home, &wish, info->extack);
		if (!IS_ERR(listener))
			ipudp_event_listener(listener, IPUDP_CMD_LISTENER_ADD_NTF);
	}
	return listener;
}

static struct ipudp_tunnel *add(struct ipudp_device *device, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[IPUDP_A_TUNNEL_ID];
	struct ipudp_tunnel_config config;
	struct ipudp_listener *listener;
	struct ipudp_tunnel *tunnel;
	u32 id;
	int ret;

	ipudp_tunnel_config_init(&config);
	ret = ipudp_nl_tunnel_read(info->attrs, &config, info->extack);
	if (ret)
		return ERR_PTR(ret);
	listener = wanted_listener(device->home, info, &config);
	if (IS_ERR(listener))
		return ERR_CAST(listener);
	ipudp_listener_get(listener);
	if (attr)
		id = nla_get_u32(attr);
	tunnel = ipudp_tunnel_add(device, listener, attr ? &id : NULL, &config, info->extack);
	if (IS_ERR(tunnel))
		ipudp_listener_put(listener);
	return tunnel;
}

static int refuse_home(struct genl_info *info)
{
	ipudp_refuse(info->extack, HOME_FORBIDDEN);
	return -EPERM;
}

int ipudp_nl_tunnel_new_doit(struct sk_buff *request, struct genl_info *info)
{
	struct ipudp_device *device;
	struct ipudp_tunnel *tunnel;
	bool first = false;
	u32 mtu = 0;
	int ret;

	ret = ipudp_nl_missing(info, IPUDP_A_TUNNEL_REMOTE, "remote address") ?:
	      ipudp_nl_missing(info, IPUDP_A_TUNNEL_REMOTE_PORT, "remote port");
	if (ret)
		return ret;
	device = named_device(info, true);
	if (IS_ERR(device))
		return PTR_ERR(device);
	ipudp_device_hold(device);
	if (!ipudp_nl_may_use_home(device, request)) {
		ret = refuse_home(info);
	} else {
		tunnel = add(device, info);
		ret = PTR_ERR_OR_ZERO(tunnel);
	}
	if (!ret) {
		first = device->n_tunnels == 1;
		mtu = ipudp_encap_mtu(tunnel);
		ipudp_event_tunnel(tunnel, IPUDP_CMD_TUNNEL_ADD_NTF);
		ret = info->nlhdr->nlmsg_flags & NLM_F_ECHO ? reply(tunnel, info) : 0;
	}
	ipudp_nl_device_put(device);
	ipudp_device_fit(device, mtu, first);
	ipudp_device_release(device);
	return ret;
}

int ipudp_nl_tunnel_set_doit(struct sk_buff *request, struct genl_info *info)
{
	struct ipudp_tunnel_config config;
	struct ipudp_device *device;
	struct ipudp_tunnel *tunnel;
	bool only = false;
	u32 mtu = 0;
	int ret;

	device = named_device(info, true);
	if (IS_ERR(device))
		return PTR_ERR(device);
	ipudp_device_hold(device);
	tunnel = named_tunnel(device, info);
	if (IS_ERR(tunnel)) {
		ret = PTR_ERR(tunnel);
	} else if (!ipudp_nl_may_use_home(device, request)) {
		ret = refuse_home(info);
	} else {
		ipudp_tunnel_config_of(tunnel, &config);
		ret = ipudp_nl_tunnel_read(info->attrs, &config, info->extack) ?:
		      ipudp_tunnel_set(tunnel, &config, info->extack);
	}
	if (!ret) {
		only = device->n_tunnels == 1;
		mtu = ipudp_encap_mtu(tunnel);
		ipudp_event_tunnel(tunnel, IPUDP_CMD_TUNNEL_CHANGE_NTF);
	}
	ipudp_nl_device_put(device);
	ipudp_device_fit(device, mtu, only);
	ipudp_device_release(device);
	return ret;
}

int ipudp_nl_tunnel_del_doit(struct sk_buff *request, struct genl_info *info)
{
	struct ipudp_device *device;
	struct ipudp_tunnel *tunnel;
	unsigned long first = 0;
	u32 mtu = 0;
	int ret;

	device = named_device(info, true);
	if (IS_ERR(device))
		return PTR_ERR(device);
	ipudp_device_hold(device);
	tunnel = named_tunnel(device, info);
	ret = PTR_ERR_OR_ZERO(tunnel);
	/* No question of the home: who may remove the device may take its tunnels, too. */
	if (!ret)
		ipudp_tunnel_remove(tunnel);
	/* Of several tunnels one is left, whose MTU may be larger. */
	if (!ret && device->n_tunnels == 1) {
		tunnel = xa_find(&device->tunnels, &first, ULONG_MAX, XA_PRESENT);
		mtu = ipudp_encap_mtu(tunnel);
	}
	ipudp_nl_device_put(device);
	ipudp_device_fit(device, mtu, true);
	ipudp_device_release(device);
	return ret;
}
