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

static void multi_attach(struct ipudpd_device *device, struct ipudpd_tunnel *tunnel)
{
	(void)device;
	(void)tunnel;
}

/* Rules were told by ipudpd_rules_forget(). */
static void multi_detach(struct ipudpd_device *device, struct ipudpd_tunnel *tunnel)
{
	(void)device;
	(void)tunnel;
}

static struct ipudpd_rule *find_rule(struct ipudpd_worker *worker,
				     const struct ipudpd_device *device,
				     const struct ipudpd_packet *packet)
{
	uint16_t family = packet->family;
	union ipudpd_ip address;

	ipudpd_ip_load(&address, family, ipudpd_packet_destination(packet));
	/* An IPv4 route may have an IPv6 gateway. */
	if (ipudpd_read(device->lookup) == IPUDP_LOOKUP_NEXTHOP)
		ipudpd_route_nexthop(worker, device, &address, &family);
	return ipudpd_rule_lookup(device, family, &address);
}

static void multi_find(struct ipudpd_worker *worker, const struct ipudpd_device *device,
		       const struct ipudpd_packet *packet, struct ipudpd_verdict *verdict)
{
	const struct ipudpd_rule *rule = find_rule(worker, device, packet);
	const struct ipudpd_choice *choice;

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
	choice = ipudpd_rcu_load(rule->choice);
	if (!choice) {
		/* There was no memory for it when its tunnels changed last. */
		verdict->reason = IPUDP_DROP_REASON_TX_NO_RULE;
	} else if (rule->action == IPUDP_ACTION_FLOOD) {
		verdict->flood = choice;
	} else {
		verdict->tunnel = ipudpd_choice_pick(choice, packet);
	}
}

const struct ipudpd_mode_ops ipudpd_mode_multi = {
	.mode = IPUDP_MODE_MULTI,
	.max_tunnels = UINT32_MAX,
	.source_check = true,
	.attach = multi_attach,
	.detach = multi_detach,
	.find = multi_find,
};
