// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mode multi: the longest rule for the inner destination, or for the next hop of the inner
 * packet's route, says what happens.
 */

#include "choice.h"
#include "device.h"
#include "mode.h"
#include "packet.h"
#include "route.h"
#include "rule.h"

static void multi_attach(struct ipudp_device *device, struct ipudp_tunnel *tunnel)
{
	(void)device;
	(void)tunnel;
}

/* Rules were told by ipudp_rules_forget(). */
static void multi_detach(struct ipudp_device *device, struct ipudp_tunnel *tunnel)
{
	(void)device;
	(void)tunnel;
}

static struct ipudp_rule *find_rule(struct ipudp_worker *worker, const struct ipudp_device *device,
				    const struct ipudp_packet *packet)
{
	uint16_t family = packet->family;
	union ipudp_ip address;

	ipudp_ip_load(&address, family, ipudp_packet_destination(packet));
	/* An IPv4 route may have an IPv6 gateway. */
	if (ipudp_read(device->lookup) == IPUDP_LOOKUP_NEXTHOP)
		ipudp_route_nexthop(worker, device, &address, &family);
	return ipudp_rule_lookup(device, family, &address);
}

static void multi_find(struct ipudp_worker *worker, const struct ipudp_device *device,
		       const struct ipudp_packet *packet, struct ipudp_verdict *verdict)
{
	const struct ipudp_rule *rule = find_rule(worker, device, packet);
	const struct ipudp_choice *choice;

	if (!rule) {
		verdict->reason = IPUDP_DROP_REASON_TX_NO_RULE;
		verdict->refuse = true;
		return;
	}
	switch (rule->action) {
	case IPUDP_ACTION_DROP:
		verdict->reason = IPUDP_DROP_REASON_TX_RULE_DROP;
		return;
	case IPUDP_ACTION_UNREACHABLE:
		verdict->reason = IPUDP_DROP_REASON_TX_RULE_UNREACHABLE;
		verdict->refuse = true;
		return;
	}
	choice = ipudp_rcu_load(rule->choice);
	if (!choice) {
		/* There was no memory for it when its tunnels changed last. */
		verdict->reason = IPUDP_DROP_REASON_TX_NO_RULE;
	} else if (rule->action == IPUDP_ACTION_FLOOD) {
		verdict->flood = choice;
	} else {
		verdict->tunnel = ipudp_choice_pick(choice, packet);
	}
}

const struct ipudp_mode_ops ipudp_mode_multi = {
	.mode = IPUDP_MODE_MULTI,
	.max_tunnels = UINT32_MAX,
	.source_check = true,
	.attach = multi_attach,
	.detach = multi_detach,
	.find = multi_find,
};
