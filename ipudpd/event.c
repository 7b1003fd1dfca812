// SPDX-License-Identifier: GPL-2.0-or-later
/* Events. Nothing is built when nobody listens. */

#include "event.h"

#include "device.h"
#include "home.h"
#include "listener.h"
#include "nl.h"
#include "server.h"
#include "tunnel.h"

static bool heard(const struct ipudpd_home *home)
{
	return home->server && !home->restoring && ipudpd_server_heard(home->server);
}

void ipudpd_event_device(struct ipudpd_device *device, uint8_t cmd)
{
	char buffer[IPUDPD_NL_SIZE] __attribute__((aligned(8)));
	struct sk_buff msg = { .data = buffer, .size = sizeof(buffer) };
	struct ipudpd_home *home = device->home;

	if (heard(home) && !ipudpd_nl_device_fill(&msg, device, cmd, 0, 0, 0))
		ipudpd_server_broadcast(home->server, msg.data, msg.len);
}

void ipudpd_event_listener(struct ipudpd_listener *listener, uint8_t cmd)
{
	char buffer[IPUDPD_NL_SIZE] __attribute__((aligned(8)));
	struct sk_buff msg = { .data = buffer, .size = sizeof(buffer) };
	struct ipudpd_home *home = listener->home;

	if (heard(home) && !ipudpd_nl_listener_fill(&msg, listener, cmd, 0, 0, 0))
		ipudpd_server_broadcast(home->server, msg.data, msg.len);
}

void ipudpd_event_tunnel(struct ipudpd_tunnel *tunnel, uint8_t cmd)
{
	char buffer[IPUDPD_NL_SIZE] __attribute__((aligned(8)));
	struct sk_buff msg = { .data = buffer, .size = sizeof(buffer) };
	struct ipudpd_home *home = tunnel->device->home;

	if (heard(home) && !ipudpd_nl_tunnel_fill(&msg, tunnel, cmd, 0, 0, 0))
		ipudpd_server_broadcast(home->server, msg.data, msg.len);
}

void ipudpd_event_rule(struct ipudpd_device *device, struct ipudpd_rule *rule, uint8_t cmd)
{
	char buffer[IPUDPD_NL_SIZE] __attribute__((aligned(8)));
	struct sk_buff msg = { .data = buffer, .size = sizeof(buffer) };
	struct ipudpd_home *home = device->home;

	/* Of a rule with very many targets, the event tells the first ones. */
	if (heard(home) && ipudpd_nl_rule_fill(&msg, device, rule, 0, cmd, 0, 0, 0) >= 0)
		ipudpd_server_broadcast(home->server, msg.data, msg.len);
}

void ipudpd_event_choice(struct ipudpd_device *device, struct ipudpd_rule *rule)
{
	(void)device;
	(void)rule;
}
