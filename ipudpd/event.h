/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events: telling of a change the subscribers, the journal and the fast path. */
#ifndef _IPUDPD_EVENT_H
#define _IPUDPD_EVENT_H

#include <stdint.h>

struct ipudpd_device;
struct ipudpd_listener;
struct ipudpd_rule;
struct ipudpd_tunnel;

/* @cmd is one of the IPUDP_CMD_*_NTF of the object. */
void ipudpd_event_device(struct ipudpd_device *device, uint8_t cmd);
void ipudpd_event_listener(struct ipudpd_listener *listener, uint8_t cmd);
void ipudpd_event_tunnel(struct ipudpd_tunnel *tunnel, uint8_t cmd);
void ipudpd_event_rule(struct ipudpd_device *device, struct ipudpd_rule *rule, uint8_t cmd);

/** ipudpd_event_choice() - the choice among a rule's tunnels changed, not the rule */
void ipudpd_event_choice(struct ipudpd_device *device, struct ipudpd_rule *rule);

/* Only to the journal, as if @cmd had happened now. */
void ipudpd_event_record_device(struct ipudpd_device *device, uint8_t cmd);
void ipudpd_event_record_listener(struct ipudpd_listener *listener, uint8_t cmd);
void ipudpd_event_record_tunnel(struct ipudpd_tunnel *tunnel, uint8_t cmd);
void ipudpd_event_record_rule(struct ipudpd_device *device, struct ipudpd_rule *rule, uint8_t cmd);

#endif
