// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mode multi: the longest rule for the inner destination, or for the next hop of the inner
 * packet's route, says what happens.
 */

#include <net/ipv6.h>
#include <net/ip6_route.h>
#include <net/route.h>

#include "addr.h"
#include "choice.h"
#include "device.h"
#include "mode.h"
#include "rule.h"

static void multi_attach(struct ipudp_device *device, struct ipudp_tunnel *tunnel)
{
}

/* Rules were told by ipudp_rules_forget(). */
static void multi_detach(struct ipudp_device *device, struct ipudp_tunnel *tunnel)
{
}

/* The rule for the next hop of a packet's route. An IPv4 route may have an IPv6 gateway. */
static struct ipudp_rule *nexthop_rule(const struct ipudp_device *device, struct sk_buff *skb)
{
	const struct dst_entry *dst = skb_dst(skb);

	if (skb->protocol == htons(ETH_P_IP)) {
		const struct rtable *rt = skb_rtable(skb);

		if (!dst || dst->ops->family != AF_INET || !rt->rt_gw_family)
			return ipudp_rule_lookup(device, AF_INET, &ip_hdr(skb)->daddr);
		if (rt->rt_gw_family == AF_INET)
			return ipudp_rule_lookup(device, AF_INET, &rt->rt_gw4);
		return ipudp_rule_lookup(device, AF_INET6, &rt->rt_gw6);
	}
	if (!dst || dst->ops->family != AF_INET6)
		return ipudp_rule_lookup(device, AF_INET6, &ipv6_hdr(skb)->daddr);
	return ipudp_rule_lookup(device, AF_INET6,
				 rt6_nexthop((const struct rt6_info *)dst, &ipv6_hdr(skb)->daddr));
}

static struct ipudp_rule *find_rule(const struct ipudp_device *device, struct sk_buff *skb)
{
	if (device->lookup == IPUDP_LOOKUP_NEXTHOP)
		return nexthop_rule(device, skb);
	if (skb->protocol == htons(ETH_P_IP))
		return ipudp_rule_lookup(device, AF_INET, &ip_hdr(skb)->daddr);
	return ipudp_rule_lookup(device, AF_INET6, &ipv6_hdr(skb)->daddr);
}

static void multi_find(const struct ipudp_device *device, struct sk_buff *skb,
		       struct ipudp_verdict *verdict)
{
	const struct ipudp_rule *rule = find_rule(device, skb);
	const struct ipudp_choice *choice;
	u8 action;

	if (!rule) {
		verdict->reason = IPUDP_DROP_REASON_TX_NO_RULE;
		verdict->refuse = true;
		return;
	}
	action = READ_ONCE(rule->action);
	switch (action) {
	case IPUDP_ACTION_DROP:
		verdict->reason = IPUDP_DROP_REASON_TX_RULE_DROP;
		return;
	case IPUDP_ACTION_UNREACHABLE:
		verdict->reason = IPUDP_DROP_REASON_TX_RULE_UNREACHABLE;
		verdict->refuse = true;
		return;
	}
	choice = rcu_dereference(rule->choice);
	if (!choice) {
		/* The rule is being changed from or to one without tunnels. */
		verdict->reason = IPUDP_DROP_REASON_TX_NO_RULE;
	} else if (action == IPUDP_ACTION_FLOOD) {
		verdict->flood = choice;
	} else {
		verdict->tunnel = ipudp_choice_pick(choice, skb);
	}
}

const struct ipudp_mode_ops ipudp_mode_multi = {
	.mode = IPUDP_MODE_MULTI,
	.max_tunnels = U32_MAX,
	.source_check = true,
	.attach = multi_attach,
	.detach = multi_detach,
	.find = multi_find,
};
