// SPDX-License-Identifier: GPL-2.0-or-later
/* Between the daemon's tables and the fast path's. */

#include "fast.h"

#include "home.h"

void ipudpd_fast_counters(const struct ipudpd_tunnel *tunnel, struct ipudpd_tunnel_stats *stats)
{
	(void)tunnel;
	(void)stats;
}

void ipudpd_fast_link(struct ipudpd_home *home, uint32_t ifindex, bool up)
{
	(void)home;
	(void)ifindex;
	(void)up;
}

void ipudpd_fast_device_counters(const struct ipudpd_device *device,
				 struct ipudpd_device_stats *stats)
{
	(void)device;
	(void)stats;
}
