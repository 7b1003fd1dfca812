// SPDX-License-Identifier: GPL-2.0-or-later
/* Mode fixed: one tunnel carries everything. */

#include <linux/rcupdate.h>

#include "device.h"
#include "mode.h"

static void fixed_attach(struct ipudp_device *device, struct ipudp_tunnel *tunnel)
{
	rcu_assign_pointer(device->only, tunnel);
}

static void fixed_detach(struct ipudp_device *device, struct ipudp_tunnel *tunnel)
{
	RCU_INIT_POINTER(device->only, NULL);
}

static void fixed_find(const struct ipudp_device *device, const struct ipudp_packet *packet,
		       struct ipudp_verdict *verdict)
{
	verdict->tunnel = rcu_dereference(device->only);
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
