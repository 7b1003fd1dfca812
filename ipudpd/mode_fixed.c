// SPDX-License-Identifier: GPL-2.0-or-later
/* Mode fixed: one tunnel carries everything. */

#include "device.h"
#include "mode.h"

static void fixed_attach(struct ipudp_device *device, struct ipudp_tunnel *tunnel)
{
	ipudp_rcu_store(device->only, tunnel);
}

static void fixed_detach(struct ipudp_device *device, struct ipudp_tunnel *tunnel)
{
	(void)tunnel;
	ipudp_rcu_store(device->only, NULL);
}

static void fixed_find(struct ipudp_worker *worker, const struct ipudp_device *device,
		       const struct ipudp_packet *packet, struct ipudp_verdict *verdict)
{
	(void)worker;
	(void)packet;
	verdict->tunnel = ipudp_rcu_load(device->only);
	if (!verdict->tunnel) {
		verdict->reason = IPUDP_DROP_REASON_TX_NO_TUNNEL;
		verdict->refuse = true;
	}
}

const struct ipudp_mode_ops ipudp_mode_fixed = {
	.mode = IPUDP_MODE_FIXED,
	.max_tunnels = 1,
	.attach = fixed_attach,
	.detach = fixed_detach,
	.find = fixed_find,
};
