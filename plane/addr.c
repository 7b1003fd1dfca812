// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Addresses between our programs and libipudp.
 */
#include "plane/addr.h"

#include <sys/socket.h>

struct ipudp_addr plane_addr_to(const struct lvn_addr *addr)
{
	struct ipudp_addr out = { .family = addr->family };

	if (addr->family == AF_INET)
		out.v4 = addr->v4;
	else if (addr->family == AF_INET6)
		out.v6 = addr->v6;
	return out;
}

struct lvn_addr plane_addr_from(const struct ipudp_addr *addr)
{
	struct lvn_addr out = { .family = addr->family };

	if (addr->family == AF_INET)
		out.v4 = addr->v4;
	else if (addr->family == AF_INET6)
		out.v6 = addr->v6;
	return out;
}
