/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing events to the journal. */
#ifndef _IPUDP_RECORD_H
#define _IPUDP_RECORD_H

#include <stdint.h>

struct ipudp_device;
struct ipudp_event_observer;
struct ipudp_listener;
struct ipudp_rule;
struct ipudp_tunnel;

/** Writes to the journal of the home, if there is one. */
extern const struct ipudp_event_observer ipudp_record_observer;

/* An object, as if @cmd, one of its IPUDP_CMD_*_NTF, had happened now. */
void ipudp_record_device(struct ipudp_device *device, uint8_t cmd);
void ipudp_record_listener(struct ipudp_listener *listener, uint8_t cmd);
void ipudp_record_tunnel(struct ipudp_tunnel *tunnel, uint8_t cmd);
void ipudp_record_rule(const struct ipudp_device *device, const struct ipudp_rule *rule,
		       uint8_t cmd);

#endif
