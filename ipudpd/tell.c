// SPDX-License-Identifier: GPL-2.0-or-later
/* Events for subscribers. Those that nobody wants are not built. */

#include "tell.h"

#include "device.h"
#include "event.h"
#include "home.h"
#include "listener.h"
#include "nl.h"
#include "server.h"
#include "tunnel.h"

static bool is_heard(const struct ipudp_home *home)
{
	return home->server && !home->restoring && ipudp_server_heard(home->server);
}

static void tell(struct ipudp_home *home, const struct sk_buff *msg)
{
	ipudp_server_broadcast(home->server, msg->data, msg->len);
}

static void tell_device(struct ipudp_device *device, uint8_t cmd)
{
	char buffer[IPUDP_NL_SIZE] __attribute__((aligned(8)));
	struct sk_buff msg = { .data = buffer, .size = sizeof(buffer) };

	if (is_heard(device->home) && !ipudp_nl_device_fill(&msg, device, cmd, 0, 0, 0))
		tell(device->home, &msg);
}

static void tell_listener(struct ipudp_listener *listener, uint8_t cmd)
{
	char buffer[IPUDP_NL_SIZE] __attribute__((aligned(8)));
	struct sk_buff msg = { .data = buffer, .size = sizeof(buffer) };

	if (is_heard(listener->home) && !ipudp_nl_listener_fill(&msg, listener, cmd, 0, 0, 0))
		tell(listener->home, &msg);
}

static void tell_tunnel(struct ipudp_tunnel *tunnel, uint8_t cmd)
{
	char buffer[IPUDP_NL_SIZE] __attribute__((aligned(8)));
	struct sk_buff msg = { .data = buffer, .size = sizeof(buffer) };
	struct ipudp_home *home = tunnel->device->home;

	if (is_heard(home) && !ipudp_nl_tunnel_fill(&msg, tunnel, cmd, 0, 0, 0))
		tell(home, &msg);
}

static void tell_rule(const struct ipudp_device *device, const struct ipudp_rule *rule, uint8_t cmd)
{
	char buffer[IPUDP_NL_SIZE] __attribute__((aligned(8)));
	struct sk_buff msg = { .data = buffer, .size = sizeof(buffer) };

	/* Of a rule with very many targets, the event tells the first ones. */
	if (is_heard(device->home) && ipudp_nl_rule_fill(&msg, device, rule, 0, cmd, 0, 0, 0) >= 0)
		tell(device->home, &msg);
}

const struct ipudp_event_observer ipudp_tell_observer = {
	.device = tell_device,
	.listener = tell_listener,
	.tunnel = tell_tunnel,
	.rule = tell_rule,
};
