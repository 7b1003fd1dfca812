// SPDX-License-Identifier: GPL-2.0-or-later
/* Netlink requests about devices. */

#include <linux/err.h>
#include <linux/slab.h>

#include "device.h"
#include "event.h"
#include "fast.h"
#include "fast_state.h"
#include "home.h"
#include "netlink_gen.h"
#include "mode.h"
#include "nl.h"
#include "refusal.h"

/* Whether a reason is for losing what was received, not what was to be sent. */
static bool is_rx(int reason)
{
	return reason < IPUDP_DROP_REASON_TX_MALFORMED || reason == IPUDP_DROP_REASON_RX_LINK_LOCAL;
}

static uint64_t sum_drops(const struct ipudp_device_stats *stats, bool rx)
{
	uint64_t sum = 0;
	int reason;

	for (reason = 0; reason < IPUDP_DROP_REASONS; reason++)
		if (is_rx(reason) == rx)
			sum += stats->drops[reason];
	return sum;
}

static int put_counters(struct sk_buff *msg, const struct ipudp_device_stats *stats)
{
	struct nlattr *nest = nla_nest_start(msg, IPUDP_A_DEVICE_COUNTERS);

	if (!nest || nla_put_u64(msg, IPUDP_A_COUNTERS_RX_PACKETS, stats->rx_packets) ||
	    nla_put_u64(msg, IPUDP_A_COUNTERS_RX_BYTES, stats->rx_bytes) ||
	    nla_put_u64(msg, IPUDP_A_COUNTERS_TX_PACKETS, stats->tx_packets) ||
	    nla_put_u64(msg, IPUDP_A_COUNTERS_TX_BYTES, stats->tx_bytes) ||
	    nla_put_u64(msg, IPUDP_A_COUNTERS_RX_DROPPED, sum_drops(stats, true)) ||
	    nla_put_u64(msg, IPUDP_A_COUNTERS_TX_DROPPED, sum_drops(stats, false)))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

static int put_fast_path(struct sk_buff *msg, const struct ipudp_device *device)
{
	char why[IPUDP_FAST_WHY_SIZE];
	uint8_t state = ipudp_fast_state(device, why);

	if (nla_put_u8(msg, IPUDP_A_DEVICE_FAST_PATH, device->fast_path) ||
	    nla_put_u8(msg, IPUDP_A_DEVICE_FAST_PATH_STATE, state))
		return -EMSGSIZE;
	return why[0] ? nla_put_string(msg, IPUDP_A_DEVICE_FAST_PATH_REASON, why) : 0;
}

int ipudp_nl_device_fill(struct sk_buff *msg, struct ipudp_device *device, uint8_t cmd,
			 uint32_t portid, uint32_t seq, int flags)
{
	struct ipudp_device_stats stats;
	void *header;

	ipudp_stats_device(device->stats, device->home->n_workers + 1, &stats);
	ipudp_fast_device_counters(device, &stats);
	header = genlmsg_put(msg, portid, seq, &ipudp_nl_family, flags, cmd);
	if (!header)
		return -EMSGSIZE;
	if (nla_put_u32(msg, IPUDP_A_DEVICE_IFINDEX, device->ifindex) ||
	    nla_put_string(msg, IPUDP_A_DEVICE_IFNAME, device->name) ||
	    nla_put_u8(msg, IPUDP_A_DEVICE_MODE, device->mode->mode) ||
	    nla_put_u8(msg, IPUDP_A_DEVICE_LOOKUP, device->lookup) ||
	    nla_put_u8(msg, IPUDP_A_DEVICE_HEADER, IPUDP_HEADER_BARE) ||
	    nla_put_u8(msg, IPUDP_A_DEVICE_SOURCE_CHECK, device->source_check) ||
	    nla_put_u32(msg, IPUDP_A_DEVICE_MTU, device->mtu) ||
	    nla_put_u32(msg, IPUDP_A_DEVICE_TUNNELS, device->n_tunnels) ||
	    nla_put_u32(msg, IPUDP_A_DEVICE_RULES, device->n_rules) || put_counters(msg, &stats) ||
	    ipudp_nl_put_drops(msg, IPUDP_A_DEVICE_DROP, stats.drops) ||
	    put_fast_path(msg, device)) {
		genlmsg_cancel(msg, header);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, header);
	return 0;
}

static int reply(struct ipudp_device *device, struct genl_info *info)
{
	struct sk_buff *msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);

	if (!msg)
		return -ENOMEM;
	return ipudp_nl_reply(msg,
			      ipudp_nl_device_fill(msg, device, info->genlhdr->cmd,
						   info->snd_portid, info->snd_seq, 0),
			      info);
}

static struct ipudp_device *named_device(struct genl_info *info)
{
	return ipudp_nl_device_get(info, IPUDP_A_DEVICE_IFINDEX, IPUDP_A_DEVICE_IFNAME, true);
}

int ipudp_nl_dev_get_doit(struct sk_buff *request, struct genl_info *info)
{
	struct ipudp_device *device = named_device(info);
	int ret;

	(void)request;
	if (IS_ERR(device))
		return PTR_ERR(device);
	ret = reply(device, info);
	ipudp_nl_device_put(device);
	return ret;
}

/* cb->args[0] is the index of the next interface to look at. */
int ipudp_nl_dev_get_dumpit(struct sk_buff *msg, struct netlink_callback *cb)
{
	struct ipudp_device *device;
	int ret = 0;

	while (!ret && (device = ipudp_nl_dump_device_next(msg, cb->args[0]))) {
		ret = ipudp_nl_device_fill(msg, device, IPUDP_CMD_DEV_GET, cb->portid,
					   cb->nlh->nlmsg_seq, ipudp_nl_dump_flags(cb));
		if (!ret)
			cb->args[0] = device->ifindex + 1;
	}
	return msg->len ? (int)msg->len : ret;
}

static void read_config(struct nlattr **attrs, struct ipudp_device_config *config)
{
	*config = (struct ipudp_device_config){ 0 };
	if (attrs[IPUDP_A_DEVICE_MODE]) {
		config->has_mode = true;
		config->mode = nla_get_u8(attrs[IPUDP_A_DEVICE_MODE]);
	}
	if (attrs[IPUDP_A_DEVICE_LOOKUP]) {
		config->has_lookup = true;
		config->lookup = nla_get_u8(attrs[IPUDP_A_DEVICE_LOOKUP]);
	}
	if (attrs[IPUDP_A_DEVICE_SOURCE_CHECK]) {
		config->has_source_check = true;
		config->source_check = nla_get_u8(attrs[IPUDP_A_DEVICE_SOURCE_CHECK]);
	}
	if (attrs[IPUDP_A_DEVICE_FAST_PATH]) {
		config->has_fast_path = true;
		config->fast_path = nla_get_u8(attrs[IPUDP_A_DEVICE_FAST_PATH]);
	}
}

int ipudp_nl_dev_new_doit(struct sk_buff *request, struct genl_info *info)
{
	struct nlattr **attrs = info->attrs;
	struct ipudp_device_config config;
	struct ipudp_device *device;
	const char *name = NULL;
	uint32_t mtu = 0;
	int ret;

	(void)request;
	read_config(attrs, &config);
	if (attrs[IPUDP_A_DEVICE_IFNAME])
		name = nla_data(attrs[IPUDP_A_DEVICE_IFNAME]);
	if (name && !ipudp_device_valid_name(name)) {
		ipudp_refuse_attr(info->extack, IPUDP_REFUSAL_IFNAME_INVALID,
				  attrs[IPUDP_A_DEVICE_IFNAME]);
		return -EINVAL;
	}
	if (attrs[IPUDP_A_DEVICE_MTU])
		mtu = nla_get_u32(attrs[IPUDP_A_DEVICE_MTU]);
	ret = ipudp_device_create(ipudp_nl_home_of(info->sk), name, &config, mtu, info->extack,
				  &device);
	if (ret == -EEXIST)
		ipudp_refuse(info->extack, IFNAME_EXISTS);
	if (ret)
		return ret;
	return info->nlhdr->nlmsg_flags & NLM_F_ECHO ? reply(device, info) : 0;
}

int ipudp_nl_dev_set_doit(struct sk_buff *request, struct genl_info *info)
{
	struct ipudp_device *device = named_device(info);
	struct ipudp_device_config config;
	int ret;

	(void)request;
	if (IS_ERR(device))
		return PTR_ERR(device);
	read_config(info->attrs, &config);
	ret = ipudp_device_configure(device, &config, info->extack);
	if (!ret)
		ipudp_event_device(device, IPUDP_CMD_DEV_CHANGE_NTF);
	ipudp_nl_device_put(device);
	return ret;
}

int ipudp_nl_dev_del_doit(struct sk_buff *request, struct genl_info *info)
{
	struct ipudp_device *device = named_device(info);

	(void)request;
	if (IS_ERR(device))
		return PTR_ERR(device);
	ipudp_nl_device_put(device);
	ipudp_device_remove(device);
	return 0;
}

int ipudp_nl_device_restore(struct ipudp_home *home, struct nlattr **attrs, uint8_t cmd)
{
	struct ipudp_device_config config;
	struct ipudp_device *device;
	struct nlattr *name = attrs[IPUDP_A_DEVICE_IFNAME];
	struct nlattr *ifindex = attrs[IPUDP_A_DEVICE_IFINDEX];

	if (!name || !ifindex || nla_len(ifindex) != 4)
		return -EINVAL;
	read_config(attrs, &config);
	device = ipudp_device_lookup(home, nla_get_u32(ifindex), NULL);
	if (cmd == IPUDP_CMD_DEV_DEL_NTF) {
		if (device)
			ipudp_device_remove(device);
		return 0;
	}
	if (device && attrs[IPUDP_A_DEVICE_MTU])
		device->mtu_auto = false;
	if (device)
		return ipudp_device_configure(device, &config, NULL);
	return ipudp_device_adopt(home, nla_get_u32(ifindex), nla_data(name), &config,
				  attrs[IPUDP_A_DEVICE_MTU]);
}
