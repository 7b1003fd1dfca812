// SPDX-License-Identifier: GPL-2.0-or-later
/* What the requests of the family share: addresses, counters of losses, answers. */

#include <linux/kernel.h>
#include <linux/string.h>
#include <net/ipv6.h>

#include "nl_common.h"
#include "refusal.h"
#include "stats.h"

/*
 * As genl_dump_check_consistent() does, which wants the message to be there already; a message that
 * does not fit is none. Once interrupted, the dump says so to its end.
 */
int ipudp_nl_dump_flags(struct netlink_callback *cb)
{
	if (!cb->prev_seq)
		cb->prev_seq = cb->seq;
	return cb->seq == cb->prev_seq ? NLM_F_MULTI : NLM_F_MULTI | NLM_F_DUMP_INTR;
}

int ipudp_nl_ip(const struct nlattr *attr, union ipudp_ip *ip, u16 *family,
		struct netlink_ext_ack *extack)
{
	memset(ip, 0, sizeof(*ip));
	switch (nla_len(attr)) {
	case sizeof(struct in_addr):
		*family = AF_INET;
		break;
	case sizeof(struct in6_addr):
		*family = AF_INET6;
		break;
	default:
		ipudp_refuse_attr(extack, IPUDP_REFUSAL_ADDRESS_LENGTH, attr);
		return -EINVAL;
	}
	memcpy(ip, nla_data(attr), nla_len(attr));
	if (*family == AF_INET6 && ipv6_addr_v4mapped(&ip->v6)) {
		ipudp_refuse_attr(extack, IPUDP_REFUSAL_ADDRESS_MAPPED, attr);
		return -EINVAL;
	}
	return 0;
}

int ipudp_nl_put_ip(struct sk_buff *msg, int attrtype, const union ipudp_ip *ip, u16 family)
{
	if (ipudp_ip_is_any(ip))
		return 0;
	return nla_put(msg, attrtype, ipudp_ip_len(family), ip);
}

int ipudp_nl_put_drops(struct sk_buff *msg, int attrtype, const u64 *drops)
{
	int reason;

	for (reason = 0; reason < IPUDP_DROP_REASONS; reason++) {
		struct nlattr *nest;

		if (!drops[reason])
			continue;
		nest = nla_nest_start(msg, attrtype);
		if (!nest || nla_put_u32(msg, IPUDP_A_DROP_REASON, reason) ||
		    nla_put_u64_64bit(msg, IPUDP_A_DROP_COUNT, drops[reason], IPUDP_A_DROP_PAD))
			return -EMSGSIZE;
		nla_nest_end(msg, nest);
	}
	return 0;
}

int ipudp_nl_reply(struct sk_buff *msg, int ret, struct genl_info *info)
{
	if (ret < 0) {
		nlmsg_free(msg);
		return ret;
	}
	return genlmsg_reply(msg, info);
}
