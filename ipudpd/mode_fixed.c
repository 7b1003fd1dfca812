// SPDX-License-Identifier: GPL-2.0-or-later
/* Mode fixed: one tunnel carries everything. */

#include "device.h"
#include "mode.h"

static void fixed_attach(struct ipudpd_device *device, struct ipudpd_tunnel *tunnel)
{
	ipudpd_rcu_store(device->only, tunnel);
}

static void fixed_detach(struct ipudpd_device *device, struct ipudpd_tunnel *tunnel)
{
	(void)tunnel;
	ipudpd_rcu_store(device->only, NULL);
}

static void fixed_find(struct ipudpd_worker *worker, const struct ipudpd_device *device,
		       const struct ipudpd_packet *packet, struct ipudpd_verdict *verdict)
{
	(void)worker;
	(void)packet;
	verdict->tunnel = ipudpd_rcu_load(device->only);
	if (!verdict->tunnel) {
		verdict->reason = IPUDP_DROP_REASON_TX_NO_TUNNEL;
		verdict->refuse = true;
	}
}

const struct ipudpd_mode_ops ipudpd_mode_fixed = {
	.mode = IPUDP_MODE_FIXED,
	.max_tunnels = 1,
	.attach = fixed_attach,
	.detach = fixed_detach,
	.find = fixed_find,
};
