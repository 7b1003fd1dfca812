/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Telling subscribers of events. */
#ifndef _IPUDP_TELL_H
#define _IPUDP_TELL_H

struct ipudp_event_observer;

/** Sends to all connections that subscribed to events. */
extern const struct ipudp_event_observer ipudp_tell_observer;

#endif
