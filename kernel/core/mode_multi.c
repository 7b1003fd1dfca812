// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mode multi: the longest rule for the inner destination, or for the next hop of the inner
 * packet's route, says what happens.
 */

#include <linux/kernel.h>
#include <linux/rcupdate.h>

#include "addr.h"
#include "choice.h"
#include "device.h"
#include "mode.h"
#include "packet.h"
#include "rule.h"

static void multi_attach(struct ipudp_device *device, struct ipudp_tunnel *tunnel)
{
}

/* Rules were told by ipudp_rules_forget(). */
static void multi_detach(struct ipudp_device *device, struct ipudp_tunnel *tunnel)
{
}

static struct ipudp_rule *find_rule(const struct ipudp_device *device,
				    const struct ipudp_packet *packet)
{
	union ipudp_ip nexthop;
	u8 family;

	if (READ_ONCE(device->lookup) == IPUDP_LOOKUP_NEXTHOP) {
		family = ipudp_packet_nexthop(device, packet, &nexthop);
		return ipudp_rule_lookup(device, family, &nexthop);
	}
	return ipudp_rule_lookup(device, ipudp_packet_family(packet),
				 ipudp_packet_destination(packet));
}

static void multi_find(const struct ipudp_device *device, const struct ipudp_packet *packet,
		       struct ipudp_verdict *verdict)
{
	const struct ipudp_rule *rule = find_rule(device, packet);
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
		verdict->tunnel = ipudp_choice_pick(choice, packet);
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
