// SPDX-License-Identifier: GPL-2.0-or-later
/* Netlink requests about tunnels. */

#include "device.h"
#include "encap.h"
#include "event.h"
#include "fast.h"
#include "home.h"
#include "netlink_gen.h"
#include "listener.h"
#include "nl.h"
#include "refusal.h"
#include "tunnel.h"

static int put_age(struct sk_buff *msg, int attrtype, uint64_t last)
{
	uint64_t now = ipudp_clock_ms();

	if (!last)
		return 0;
	return nla_put_u64(msg, attrtype, now > last ? now - last : 0);
}

static int put_counters(struct sk_buff *msg, const struct ipudp_tunnel *tunnel)
{
	struct ipudp_tunnel_stats sum;
	struct nlattr *nest;

	ipudp_stats_tunnel(tunnel->stats, tunnel->device->home->n_workers + 1, &sum);
	ipudp_fast_counters(tunnel, &sum);
	nest = nla_nest_start(msg, IPUDP_A_TUNNEL_COUNTERS);
	if (!nest || nla_put_u64(msg, IPUDP_A_COUNTERS_RX_PACKETS, sum.rx_packets) ||
	    nla_put_u64(msg, IPUDP_A_COUNTERS_RX_BYTES, sum.rx_bytes) ||
	    nla_put_u64(msg, IPUDP_A_COUNTERS_TX_PACKETS, sum.tx_packets) ||
	    nla_put_u64(msg, IPUDP_A_COUNTERS_TX_BYTES, sum.tx_bytes) ||
	    nla_put_u64(msg, IPUDP_A_COUNTERS_RX_DROPPED, sum.rx_dropped) ||
	    nla_put_u64(msg, IPUDP_A_COUNTERS_TX_DROPPED, sum.tx_dropped) ||
	    nla_put_u64(msg, IPUDP_A_COUNTERS_RX_KEEPALIVES, sum.rx_keepalives) ||
	    nla_put_u64(msg, IPUDP_A_COUNTERS_TX_KEEPALIVES, sum.tx_keepalives) ||
	    put_age(msg, IPUDP_A_COUNTERS_RX_AGE_MS, sum.rx_last) ||
	    put_age(msg, IPUDP_A_COUNTERS_TX_AGE_MS, sum.tx_last))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int put_endpoint(struct sk_buff *msg, const struct ipudp_endpoint_config *config)
{
	if (ipudp_nl_put_ip(msg, IPUDP_A_TUNNEL_REMOTE, &config->remote, config->family) ||
	    nla_put_u16(msg, IPUDP_A_TUNNEL_REMOTE_PORT, config->port) ||
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

int ipudp_nl_tunnel_fill(struct sk_buff *msg, struct ipudp_tunnel *tunnel, uint8_t cmd,
			 uint32_t portid, uint32_t seq, int flags)
{
	const struct ipudp_listener *listener = tunnel->listener;
	const struct ipudp_device *device = tunnel->device;
	struct ipudp_tunnel_config config;
	const union ipudp_ip *local;
	void *header;
	uint32_t mtu;

	ipudp_tunnel_config_of(tunnel, &config);
	local = &config.endpoint.local;
	if (ipudp_ip_is_any(local))
		local = &listener->config.local;
	mtu = ipudp_encap_mtu(tunnel);

	header = genlmsg_put(msg, portid, seq, flags, cmd);
	if (!header)
		return -EMSGSIZE;
	if (nla_put_u32(msg, IPUDP_A_TUNNEL_IFINDEX, device->ifindex) ||
	    nla_put_string(msg, IPUDP_A_TUNNEL_IFNAME, device->name) ||
	    nla_put_u32(msg, IPUDP_A_TUNNEL_ID, tunnel->id) ||
	    nla_put_u32(msg, IPUDP_A_TUNNEL_LISTENER, listener->id) ||
	    ipudp_nl_put_ip(msg, IPUDP_A_TUNNEL_LOCAL, local, config.endpoint.family) ||
	    nla_put_u16(msg, IPUDP_A_TUNNEL_LOCAL_PORT, listener->config.port) ||
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

static int reply(struct sk_buff *msg, struct ipudp_tunnel *tunnel, struct genl_info *info)
{
	int ret = ipudp_nl_tunnel_fill(msg, tunnel, info->genlhdr->cmd, info->snd_portid,
				       info->snd_seq, 0);

	if (!ret)
		ipudp_nl_send(info, msg);
	return ret;
}

static int named_device(struct genl_info *info, struct ipudp_device **ret)
{
	return ipudp_nl_device_get(ipudp_nl_home(info->sk), info->attrs, IPUDP_A_TUNNEL_IFINDEX,
				   IPUDP_A_TUNNEL_IFNAME, info->extack, ret);
}

/* The tunnel that a request names. A fixed device has but one, which needs no id. */
static int named_tunnel(struct ipudp_device *device, struct genl_info *info,
			struct ipudp_tunnel **ret)
{
	const struct nlattr *attr = info->attrs[IPUDP_A_TUNNEL_ID];
	struct ipudp_tunnel *tunnel;
	uint64_t first = 0;

	if (attr) {
		tunnel = ipudp_tunnel_lookup(device, nla_get_u32(attr));
		if (!tunnel) {
			ipudp_refuse_attr(info->extack, IPUDP_REFUSAL_TUNNEL_UNKNOWN, attr);
			return -ENOENT;
		}
		*ret = tunnel;
		return 0;
	}
	if (device->n_tunnels > 1) {
		ipudp_refuse(info->extack, TUNNEL_AMBIGUOUS);
		return -EINVAL;
	}
	tunnel = ipudp_idmap_find(&device->tunnels, &first);
	if (!tunnel) {
		ipudp_refuse(info->extack, TUNNEL_NONE);
		return -ENOENT;
	}
	*ret = tunnel;
	return 0;
}

int ipudp_nl_tunnel_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ipudp_device *device;
	struct ipudp_tunnel *tunnel;
	int ret;

	ret = named_device(info, &device);
	if (!ret)
		ret = named_tunnel(device, info, &tunnel);
	return ret ? ret : reply(skb, tunnel, info);
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

static int dump_device(struct sk_buff *skb, struct netlink_callback *cb,
		       struct ipudp_device *device)
{
	struct dump *dump = (struct dump *)cb->args;
	struct nlattr *listener = cb->attrs[IPUDP_A_TUNNEL_LISTENER];
	struct ipudp_tunnel *tunnel;
	uint64_t id;
	int ret;

	ipudp_idmap_for_each(&device->tunnels, id, tunnel, dump->id) {
		if (listener && tunnel->listener->id != nla_get_u32(listener))
			continue;
		ret = ipudp_nl_tunnel_fill(skb, tunnel, IPUDP_CMD_TUNNEL_GET, cb->portid,
					   cb->nlh->nlmsg_seq, ipudp_nl_dump_flags(cb));
		if (ret) {
			dump->id = id;
			return ret;
		}
	}
	dump->id = 0;
	return 0;
}

static int dump_all(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct ipudp_home *home = ipudp_nl_home(skb->sk);
	struct dump *dump = (struct dump *)cb->args;
	struct ipudp_device *device;
	int ret = 0;

	while (!ret && (device = ipudp_device_next(home, dump->ifindex))) {
		if (device->ifindex != dump->ifindex) {
			dump->ifindex = device->ifindex;
			dump->id = 0;
		}
		ret = dump_device(skb, cb, device);
		if (!ret)
			dump->ifindex++;
	}
	return ret;
}

int ipudp_nl_tunnel_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct dump *dump = (struct dump *)cb->args;
	struct ipudp_device *device;
	int ret;

	_Static_assert(sizeof(*dump) <= sizeof(cb->args), "no room");
	if (!cb->attrs[IPUDP_A_TUNNEL_IFINDEX] && !cb->attrs[IPUDP_A_TUNNEL_IFNAME]) {
		ret = dump_all(skb, cb);
		return skb->len ? (int)skb->len : ret;
	}
	if (dump->only)
		return 0;
	ret = ipudp_nl_device_get(ipudp_nl_home(skb->sk), cb->attrs, IPUDP_A_TUNNEL_IFINDEX,
				  IPUDP_A_TUNNEL_IFNAME, cb->extack, &device);
	if (ret)
		return ret;
	ret = dump_device(skb, cb, device);
	dump->only = !ret;
	return skb->len ? (int)skb->len : ret;
}

static int read_addresses(struct nlattr **attrs, struct netlink_ext_ack *extack,
			  struct ipudp_endpoint_config *endpoint)
{
	uint16_t family;
	int ret;

	if (attrs[IPUDP_A_TUNNEL_REMOTE]) {
		ret = ipudp_nl_ip(attrs[IPUDP_A_TUNNEL_REMOTE], &endpoint->remote, &family, extack);
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
		ipudp_refuse_attr(extack, IPUDP_REFUSAL_LOCAL_FAMILY, attrs[IPUDP_A_TUNNEL_LOCAL]);
		return -EINVAL;
	}
	return 0;
}

/* Overlay what a request says on @config, which holds the defaults or what is. */
static int read_config(struct nlattr **attrs, struct netlink_ext_ack *extack,
		       struct ipudp_tunnel_config *config)
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
	return read_addresses(attrs, extack, endpoint);
}

/* The listener that a request names, or that its local address and port do; made if need be. */
static int wanted_listener(struct ipudp_home *home, struct genl_info *info,
			   const struct ipudp_tunnel_config *config,
			   struct ipudp_listener **ret_listener)
{
	struct ipudp_listener_config wish = {
		.local = config->endpoint.local,
		.family = config->endpoint.family == AF_INET ? IPUDP_FAMILY_IPV4 :
							       IPUDP_FAMILY_IPV6,
	};
	struct nlattr **attrs = info->attrs;
	int ret;

	if (attrs[IPUDP_A_TUNNEL_LISTENER]) {
		*ret_listener = ipudp_idmap_load(&home->listeners,
						 nla_get_u32(attrs[IPUDP_A_TUNNEL_LISTENER]));
		if (*ret_listener)
			return 0;
		ipudp_refuse_attr(info->extack, IPUDP_REFUSAL_LISTENER_UNKNOWN,
				  attrs[IPUDP_A_TUNNEL_LISTENER]);
		return -ENOENT;
	}
	if (attrs[IPUDP_A_TUNNEL_LOCAL_PORT])
		wish.port = nla_get_be16(attrs[IPUDP_A_TUNNEL_LOCAL_PORT]);
	if (attrs[IPUDP_A_TUNNEL_BIND_IFINDEX])
		wish.bind = nla_get_u32(attrs[IPUDP_A_TUNNEL_BIND_IFINDEX]);
	*ret_listener = ipudp_listener_find(home, &wish);
	if (*ret_listener)
		return 0;
	ret = ipudp_listener_create(home, &wish, 0, info->extack, ret_listener);
	if (!ret)
		ipudp_event_listener(*ret_listener, IPUDP_CMD_LISTENER_ADD_NTF);
	return ret;
}

static int add(struct ipudp_device *device, struct genl_info *info,
	       struct ipudp_tunnel **ret_tunnel)
{
	const struct nlattr *attr = info->attrs[IPUDP_A_TUNNEL_ID];
	struct ipudp_tunnel_config config;
	struct ipudp_listener *listener;
	uint32_t id = attr ? nla_get_u32(attr) : 0;
	int ret;

	ipudp_tunnel_config_init(&config);
	ret = read_config(info->attrs, info->extack, &config);
	if (!ret)
		ret = wanted_listener(device->home, info, &config, &listener);
	if (ret)
		return ret;
	ipudp_listener_get(listener);
	ret = ipudp_tunnel_add(device, listener, attr ? &id : NULL, &config, info->extack,
			       ret_tunnel);
	if (ret)
		ipudp_listener_put(listener);
	return ret;
}

int ipudp_nl_tunnel_new_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ipudp_device *device;
	struct ipudp_tunnel *tunnel;
	int ret;

	ret = ipudp_nl_missing(info, IPUDP_A_TUNNEL_REMOTE, "remote address");
	if (!ret)
		ret = ipudp_nl_missing(info, IPUDP_A_TUNNEL_REMOTE_PORT, "remote port");
	if (!ret)
		ret = named_device(info, &device);
	if (!ret)
		ret = add(device, info, &tunnel);
	if (ret)
		return ret;
	ipudp_device_fit(device, ipudp_encap_mtu(tunnel), device->n_tunnels == 1);
	ipudp_event_tunnel(tunnel, IPUDP_CMD_TUNNEL_ADD_NTF);
	return info->nlhdr->nlmsg_flags & NLM_F_ECHO ? reply(skb, tunnel, info) : 0;
}

int ipudp_nl_tunnel_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ipudp_tunnel_config config;
	struct ipudp_device *device;
	struct ipudp_tunnel *tunnel;
	int ret;

	(void)skb;
	ret = named_device(info, &device);
	if (!ret)
		ret = named_tunnel(device, info, &tunnel);
	if (ret)
		return ret;
	ipudp_tunnel_config_of(tunnel, &config);
	ret = read_config(info->attrs, info->extack, &config);
	if (!ret)
		ret = ipudp_tunnel_set(tunnel, &config, info->extack);
	if (ret)
		return ret;
	ipudp_device_fit(device, ipudp_encap_mtu(tunnel), device->n_tunnels == 1);
	ipudp_event_tunnel(tunnel, IPUDP_CMD_TUNNEL_CHANGE_NTF);
	return 0;
}

int ipudp_nl_tunnel_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct ipudp_device *device;
	struct ipudp_tunnel *tunnel;
	uint64_t first = 0;
	int ret;

	(void)skb;
	ret = named_device(info, &device);
	if (!ret)
		ret = named_tunnel(device, info, &tunnel);
	if (ret)
		return ret;
	ipudp_tunnel_remove(tunnel);
	/* Of several tunnels one is left, whose MTU may be larger. */
	if (device->n_tunnels == 1) {
		tunnel = ipudp_idmap_find(&device->tunnels, &first);
		ipudp_device_fit(device, ipudp_encap_mtu(tunnel), true);
	}
	return 0;
}

/* What the journal says of a tunnel, all options of which are in @attrs. */
static int restore(struct ipudp_home *home, struct ipudp_device *device, uint32_t id,
		   struct nlattr **attrs)
{
	const struct nlattr *number = attrs[IPUDP_A_TUNNEL_LISTENER];
	struct ipudp_tunnel *tunnel = ipudp_tunnel_lookup(device, id);
	struct ipudp_tunnel_config config;
	struct ipudp_listener *listener = NULL;
	int ret;

	if (tunnel) {
		ipudp_tunnel_config_of(tunnel, &config);
	} else {
		ipudp_tunnel_config_init(&config);
		if (!number || nla_len(number) != 4)
			return -EINVAL;
		listener = ipudp_idmap_load(&home->listeners, nla_get_u32(number));
		if (!listener)
			return -ENOENT;
	}
	memset(&config.endpoint.local, 0, sizeof(config.endpoint.local));
	ret = read_config(attrs, NULL, &config);
	if (ret || tunnel)
		return ret ? ret : ipudp_tunnel_set(tunnel, &config, NULL);
	ipudp_listener_get(listener);
	ret = ipudp_tunnel_add(device, listener, &id, &config, NULL, &tunnel);
	if (ret)
		ipudp_listener_put(listener);
	return ret;
}

int ipudp_nl_tunnel_restore(struct ipudp_home *home, struct nlattr **attrs, uint8_t cmd)
{
	const struct nlattr *ifindex = attrs[IPUDP_A_TUNNEL_IFINDEX];
	const struct nlattr *id = attrs[IPUDP_A_TUNNEL_ID];
	struct ipudp_device *device;
	struct ipudp_tunnel *tunnel;

	if (!ifindex || nla_len(ifindex) != 4 || !id || nla_len(id) != 4)
		return -EINVAL;
	device = ipudp_device_lookup(home, nla_get_u32(ifindex), NULL);
	if (!device)
		return -ENODEV;
	if (cmd != IPUDP_CMD_TUNNEL_DEL_NTF)
		return restore(home, device, nla_get_u32(id), attrs);
	tunnel = ipudp_tunnel_lookup(device, nla_get_u32(id));
	if (tunnel)
		ipudp_tunnel_remove(tunnel);
	return 0;
}
