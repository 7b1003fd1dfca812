// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether the fast path carries a device's packets, and if not, why: for those who ask. */

#include "fast_state.h"

#include <stdarg.h>
#include <stdio.h>

#include "device.h"
#include "fastpath.h"
#include "home.h"
#include "listener.h"
#include "stats.h"
#include "tunnel.h"

/* So many packets may be received in between without having been seen. */
#define UNSEEN 8

__attribute__((format(printf, 2, 3))) static void say(char why[IPUDP_FAST_WHY_SIZE],
						      const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, IPUDP_FAST_WHY_SIZE, format, args);
	va_end(args);
}

/* What stands against the device as a whole. Return: whether there is something. */
static bool is_out(const struct ipudp_device *device, char why[IPUDP_FAST_WHY_SIZE])
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
static uint32_t count_left(const struct ipudp_device *device, const struct ipudp_tunnel **ret_one)
{
	const struct ipudp_tunnel *tunnel;
	uint32_t n = 0;
	uint64_t id;

	ipudp_idmap_for_each(&device->tunnels, id, tunnel, 0) {
		if (tunnel->fast)
			continue;
		if (!n++)
			*ret_one = tunnel;
	}
	return n;
}

/* How many packets that were received the programs saw, and left to user space. */
static uint64_t count_left_rx(const struct ipudp_home *home)
{
	uint64_t left[IPUDP_FASTPATH_LEFT_MAX], sum = 0;
	int reason;

	ipudp_fastpath_left(home->fastpath, left);
	for (reason = IPUDP_FASTPATH_LEFT_RX_SHAPE; reason <= IPUDP_FASTPATH_LEFT_RX_ECN; reason++)
		sum += left[reason];
	return sum;
}

/**
 * struct growth - packets that a device received since it was last looked at
 * @slow: by its sockets, for tunnels that the fast path had all the time
 * @fast: by the programs
 */
struct growth {
	uint64_t slow;
	uint64_t fast;
};

static void look_at_tunnel(struct ipudp_tunnel *tunnel, struct growth *sum)
{
	const struct ipudp_device *device = tunnel->device;
	struct ipudp_fastpath_counters counters;
	uint64_t slow = 0;
	unsigned int i;

	for (i = 0; i <= device->home->n_workers; i++)
		slow += ipudp_read(tunnel->stats[i].rx_packets);
	ipudp_fastpath_tunnel_counters(device->home->fastpath, device->ifindex, tunnel->id,
				       &counters);
	if (tunnel->fast && tunnel->was_fast && !tunnel->listener->mixed) {
		sum->slow += slow - tunnel->slow_rx;
		sum->fast += counters.rx_packets - tunnel->fast_rx;
	}
	tunnel->was_fast = tunnel->fast;
	tunnel->slow_rx = slow;
	tunnel->fast_rx = counters.rx_packets;
}

void ipudp_fast_look(struct ipudp_home *home)
{
	struct ipudp_device *device;
	struct ipudp_tunnel *tunnel;
	uint64_t left, id;

	if (!home->fastpath)
		return;
	left = count_left_rx(home) - home->fast_left;
	home->fast_left += left;
	list_for_each_entry(device, &home->devices, home_node) {
		struct growth sum = { 0 };

		ipudp_idmap_for_each(&device->tunnels, id, tunnel, 0)
			look_at_tunnel(tunnel, &sum);
		/* Some were on their way when a program came or went. */
		if (sum.slow > left + UNSEEN && sum.slow > sum.fast)
			device->bypassed = true;
		else if (sum.fast)
			device->bypassed = false;
	}
}

static const char *why_left(const struct ipudp_tunnel *tunnel)
{
	return tunnel->fast_why ? tunnel->fast_why : "it is about to be set";
}

enum ipudp_fast_path_state ipudp_fast_state(const struct ipudp_device *device,
					    char why[IPUDP_FAST_WHY_SIZE])
{
	const struct ipudp_tunnel *one = NULL;
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
		 ipudp_ipsec_any(&device->home->host.ipsec))
		say(why,
		    "packets from tunnel to tunnel go through the stack: IPsec policies may be "
		    "for them (ip xfrm policy)");
	else if (device->bypassed)
		say(why,
		    "what it receives reaches the socket past the eBPF programs: another program "
		    "or tc filter of the interface ends its way before");
	else if (device->fast_why)
		say(why, "what it sends is left to user space: %s", device->fast_why);
	if (!why[0])
		return IPUDP_FAST_PATH_STATE_ACTIVE;
	return left && left == device->n_tunnels ? IPUDP_FAST_PATH_STATE_INACTIVE :
						   IPUDP_FAST_PATH_STATE_PARTIAL;
}
