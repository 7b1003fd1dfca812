/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events: telling of a change the subscribers, the journal and the fast path. */
#ifndef _IPUDP_EVENT_H
#define _IPUDP_EVENT_H

#include <stdint.h>

struct ipudp_device;
struct ipudp_listener;
struct ipudp_rule;
struct ipudp_tunnel;

/* @cmd is one of the IPUDP_CMD_*_NTF of the object. */
void ipudp_event_device(struct ipudp_device *device, uint8_t cmd);
void ipudp_event_listener(struct ipudp_listener *listener, uint8_t cmd);
void ipudp_event_tunnel(struct ipudp_tunnel *tunnel, uint8_t cmd);
void ipudp_event_rule(const struct ipudp_device *device, const struct ipudp_rule *rule,
		      uint8_t cmd);

/** ipudp_event_choice() - the choice among a rule's tunnels changed, not the rule */
void ipudp_event_choice(const struct ipudp_device *device, const struct ipudp_rule *rule);

/* Only to the journal, as if @cmd had happened now. */
void ipudp_event_record_device(struct ipudp_device *device, uint8_t cmd);
void ipudp_event_record_listener(struct ipudp_listener *listener, uint8_t cmd);
void ipudp_event_record_tunnel(struct ipudp_tunnel *tunnel, uint8_t cmd);
void ipudp_event_record_rule(const struct ipudp_device *device, const struct ipudp_rule *rule,
			     uint8_t cmd);

#endif
