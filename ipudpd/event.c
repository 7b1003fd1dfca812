// SPDX-License-Identifier: GPL-2.0-or-later
/* Events: telling observers. */

#include "event.h"

#include <assert.h>

#include "device.h"
#include "home.h"
#include "listener.h"
#include "tunnel.h"

void ipudp_event_observe(struct ipudp_home *home, const struct ipudp_event_observer *observer)
{
	assert(home->n_observers < IPUDP_OBSERVERS_MAX);
	home->observers[home->n_observers++] = observer;
}

/* The next observer of @home, after the first @i of them; NULL beyond the last. */
static const struct ipudp_event_observer *observer_at(const struct ipudp_home *home, unsigned int i)
{
	return i < home->n_observers ? home->observers[i] : NULL;
}

void ipudp_event_device(struct ipudp_device *device, uint8_t cmd)
{
	const struct ipudp_event_observer *one;
	unsigned int i;

	device->home->generation++;
	for (i = 0; (one = observer_at(device->home, i)); i++)
		if (one->device)
			one->device(device, cmd);
}

void ipudp_event_noted(struct ipudp_device *device)
{
	const struct ipudp_event_observer *one;
	unsigned int i;

	for (i = 0; (one = observer_at(device->home, i)); i++)
		if (one->noted)
			one->noted(device, IPUDP_CMD_DEV_CHANGE_NTF);
}

void ipudp_event_listener(struct ipudp_listener *listener, uint8_t cmd)
{
	const struct ipudp_event_observer *one;
	unsigned int i;

	listener->home->generation++;
	for (i = 0; (one = observer_at(listener->home, i)); i++)
		if (one->listener)
			one->listener(listener, cmd);
}

void ipudp_event_tunnel(struct ipudp_tunnel *tunnel, uint8_t cmd)
{
	struct ipudp_home *home = tunnel->device->home;
	const struct ipudp_event_observer *one;
	unsigned int i;

	/* What was listed stays right when tunnels merely become idle or come back. */
	if (cmd != IPUDP_CMD_TUNNEL_IDLE_NTF && cmd != IPUDP_CMD_TUNNEL_BACK_NTF)
		home->generation++;
	for (i = 0; (one = observer_at(home, i)); i++)
		if (one->tunnel)
			one->tunnel(tunnel, cmd);
	for (i = 0; cmd == IPUDP_CMD_TUNNEL_DEL_NTF && (one = observer_at(home, i)); i++)
		if (one->tunnel_gone)
			one->tunnel_gone(tunnel);
}

void ipudp_event_rule(const struct ipudp_device *device, const struct ipudp_rule *rule, uint8_t cmd)
{
	const struct ipudp_event_observer *one;
	unsigned int i;

	device->home->generation++;
	for (i = 0; (one = observer_at(device->home, i)); i++)
		if (one->rule)
			one->rule(device, rule, cmd);
}

void ipudp_event_choice(const struct ipudp_device *device, const struct ipudp_rule *rule)
{
	const struct ipudp_event_observer *one;
	unsigned int i;

	for (i = 0; (one = observer_at(device->home, i)); i++)
		if (one->choice)
			one->choice(device, rule);
}
