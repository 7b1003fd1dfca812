// SPDX-License-Identifier: GPL-2.0-only
/* Events. Nothing is built when nobody listens. */

#include "event.h"

#include "device.h"
#include "home.h"
#include "listener.h"
#include "netlink_gen.h"
#include "nl.h"
#include "tunnel.h"

static void multicast(struct net *net, struct sk_buff *msg)
{
	genlmsg_multicast_netns(&ipudp_nl_family, net, msg, 0, IPUDP_NLGRP_EVENTS, GFP_KERNEL);
}

static bool heard(struct net *net)
{
	return genl_has_listeners(&ipudp_nl_family, net, IPUDP_NLGRP_EVENTS);
}

/* A message of the usual size, if anybody listens. */
static struct sk_buff *message(struct net *net)
{
	return heard(net) ? genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL) : NULL;
}

void ipudp_event_device(struct ipudp_device *device, u8 cmd)
{
	struct net *net = dev_net(device->dev);
	struct sk_buff *msg = message(net);

	ipudp_home_changed(net);
	if (!msg)
		return;
	if (ipudp_nl_device_fill(msg, device, cmd, 0, 0, 0))
		nlmsg_free(msg);
	else
		multicast(net, msg);
}

void ipudp_event_listener(const struct ipudp_listener *listener, u8 cmd)
{
	struct net *net = listener->home->net;
	struct sk_buff *msg = message(net);

	ipudp_home_changed(net);
	if (!msg)
		return;
	if (ipudp_nl_listener_fill(msg, listener, cmd, 0, 0, 0))
		nlmsg_free(msg);
	else
		multicast(net, msg);
}

void ipudp_event_tunnel(struct ipudp_tunnel *tunnel, u8 cmd)
{
	struct net *net = dev_net(tunnel->device->dev);
	struct sk_buff *msg = message(net);

	/* What was listed stays right when tunnels merely become idle or come back. */
	if (cmd != IPUDP_CMD_TUNNEL_IDLE_NTF && cmd != IPUDP_CMD_TUNNEL_BACK_NTF)
		ipudp_home_changed(net);
	if (!msg)
		return;
	if (ipudp_nl_tunnel_fill(msg, tunnel, cmd, 0, 0, 0))
		nlmsg_free(msg);
	else
		multicast(net, msg);
}

void ipudp_event_rule(const struct ipudp_device *device, const struct ipudp_rule *rule, u8 cmd)
{
	struct net *net = dev_net(device->dev);
	struct sk_buff *msg = message(net);

	ipudp_home_changed(net);
	if (!msg)
		return;
	/* Of a rule with very many targets, the event tells the first ones. */
	if (ipudp_nl_rule_fill(msg, device, rule, 0, cmd, 0, 0, 0) < 0)
		nlmsg_free(msg);
	else
		multicast(net, msg);
}
