/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events: what changes an object says so here, and knows nobody who is told. Control thread.
 */
#ifndef _IPUDP_EVENT_H
#define _IPUDP_EVENT_H

#include <stdint.h>

struct ipudp_device;
struct ipudp_home;
struct ipudp_listener;
struct ipudp_rule;
struct ipudp_tunnel;

/** Most observers of a home. */
#define IPUDP_OBSERVERS_MAX 4

/**
 * struct ipudp_event_observer - who is told; functions that are NULL are not called
 * @device: @cmd, one of IPUDP_CMD_DEV_*_NTF, happened
 * @noted: a device changed in what only a successor needs to know
 * @listener: @cmd, one of IPUDP_CMD_LISTENER_*_NTF, happened
 * @tunnel: @cmd, one of IPUDP_CMD_TUNNEL_*_NTF, happened
 * @tunnel_gone: all were told by @tunnel that the tunnel was removed, of which the counters go now
 * @rule: @cmd, one of IPUDP_CMD_RULE_*_NTF, happened
 * @choice: the choice among a rule's tunnels changed, not the rule
 */
struct ipudp_event_observer {
	void (*device)(struct ipudp_device *device, uint8_t cmd);
	void (*noted)(struct ipudp_device *device, uint8_t cmd);
	void (*listener)(struct ipudp_listener *listener, uint8_t cmd);
	void (*tunnel)(struct ipudp_tunnel *tunnel, uint8_t cmd);
	void (*tunnel_gone)(struct ipudp_tunnel *tunnel);
	void (*rule)(const struct ipudp_device *device, const struct ipudp_rule *rule, uint8_t cmd);
	void (*choice)(const struct ipudp_device *device, const struct ipudp_rule *rule);
};

/**
 * ipudp_event_observe() - have an observer told of the home's events, after those before it
 * @observer: must stay; of at most IPUDP_OBSERVERS_MAX
 */
void ipudp_event_observe(struct ipudp_home *home, const struct ipudp_event_observer *observer);

/* @cmd is one of the IPUDP_CMD_*_NTF of the object. */
void ipudp_event_device(struct ipudp_device *device, uint8_t cmd);
void ipudp_event_listener(struct ipudp_listener *listener, uint8_t cmd);
void ipudp_event_tunnel(struct ipudp_tunnel *tunnel, uint8_t cmd);
void ipudp_event_rule(const struct ipudp_device *device, const struct ipudp_rule *rule,
		      uint8_t cmd);

/** ipudp_event_noted() - a device changed in what is not told to clients */
void ipudp_event_noted(struct ipudp_device *device);

/** ipudp_event_choice() - the choice among a rule's tunnels changed, not the rule */
void ipudp_event_choice(const struct ipudp_device *device, const struct ipudp_rule *rule);

#endif
