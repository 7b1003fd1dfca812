/* SPDX-License-Identifier: GPL-2.0-only */
/* Events: telling the multicast group of a change. All under home->lock, in process context. */
#ifndef _IPUDP_EVENT_H
#define _IPUDP_EVENT_H

#include <linux/types.h>

struct ipudp_device;
struct ipudp_listener;
struct ipudp_rule;
struct ipudp_tunnel;

/* @cmd is one of the IPUDP_CMD_*_NTF of the object. An event that finds no memory is lost. */
void ipudp_event_device(struct ipudp_device *device, u8 cmd);
void ipudp_event_listener(const struct ipudp_listener *listener, u8 cmd);
void ipudp_event_tunnel(struct ipudp_tunnel *tunnel, u8 cmd);
void ipudp_event_rule(const struct ipudp_device *device, const struct ipudp_rule *rule, u8 cmd);

/**
 * ipudp_event_choice() - the choice among a rule's tunnels changed, not the rule
 *
 * Here nobody keeps a copy of it.
 */
static inline void ipudp_event_choice(const struct ipudp_device *device,
				      const struct ipudp_rule *rule)
{
}

#endif
