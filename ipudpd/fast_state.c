// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether the fast path carries a device's packets, and if not, why: for those who ask. */

#include "fast_state.h"

#include <stdarg.h>
#include <stdio.h>

#include "device.h"
#include "fastpath.h"
#include "home.h"
#include "tunnel.h"

__attribute__((format(printf, 2, 3))) static void say(char why[IPUDPD_FAST_WHY_SIZE],
						      const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, IPUDPD_FAST_WHY_SIZE, format, args);
	va_end(args);
}

/* What stands against the device as a whole. Return: whether there is something. */
static bool is_out(const struct ipudpd_device *device, char why[IPUDPD_FAST_WHY_SIZE])
{
	if (!device->home->fastpath)
		say(why, "%s", device->home->fast_why);
	else if (device->fast_path == IPUDP_FAST_PATH_OFF)
		say(why, "fast-path of the device is off");
	else if (device->away)
		say(why, "the device is in another network namespace");
	else if (!device->fast)
		say(why, "the eBPF programs cannot be attached to the device");
	else
		return false;
	return true;
}

/* Which tunnels are left to user space: how many, and one of them. */
static uint32_t count_left(const struct ipudpd_device *device, const struct ipudpd_tunnel **ret_one)
{
	const struct ipudpd_tunnel *tunnel;
	uint32_t n = 0;
	uint64_t id;

	ipudpd_idmap_for_each(&device->tunnels, id, tunnel, 0) {
		if (tunnel->fast)
			continue;
		if (!n++)
			*ret_one = tunnel;
	}
	return n;
}

static const char *why_left(const struct ipudpd_tunnel *tunnel)
{
	return tunnel->fast_why ? tunnel->fast_why : "it is about to be set";
}

enum ipudp_fast_path_state ipudpd_fast_state(const struct ipudpd_device *device,
					     char why[IPUDPD_FAST_WHY_SIZE])
{
	const struct ipudpd_tunnel *one = NULL;
	uint32_t left;

	why[0] = 0;
	if (is_out(device, why))
		return IPUDP_FAST_PATH_STATE_INACTIVE;
	left = count_left(device, &one);
	if (left && left == device->n_tunnels)
		say(why, "tunnel %u: %s", one->id, why_left(one));
	else if (left)
		say(why, "%u of %u tunnels are left to user space; tunnel %u: %s", left,
		    device->n_tunnels, one->id, why_left(one));
	else if (device->fast_path == IPUDP_FAST_PATH_REWRITE && !device->fast_why &&
		 ipudpd_ipsec_any(&device->home->host.ipsec))
		say(why,
		    "packets from tunnel to tunnel go through the stack: IPsec policies may be "
		    "for them (ip xfrm policy)");
	else if (device->fast_why)
		say(why, "what it sends is left to user space: %s", device->fast_why);
	if (!why[0])
		return IPUDP_FAST_PATH_STATE_ACTIVE;
	return left && left == device->n_tunnels ? IPUDP_FAST_PATH_STATE_INACTIVE :
						   IPUDP_FAST_PATH_STATE_PARTIAL;
}
