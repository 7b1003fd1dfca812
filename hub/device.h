/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hub's interface in the host's network: its MTU, addresses and routes. They are set, watched,
 * and set again when somebody else changes them; what the host itself has is left alone.
 */
#ifndef _HUB_DEVICE_H
#define _HUB_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/addr.h"

struct event_base;
struct hub_device;

/**
 * hub_device_create() - for an interface that is still to be made; nothing is set yet
 * @name: must stay
 * @gone: called from the event loop when the interface is no longer there, about once a second until
 *	hub_device_set() was told of another
 * @arg: for @gone
 */
int hub_device_create(const char *name, struct event_base *base, void (*gone)(void *arg), void *arg,
		      struct hub_device **ret_device);

/** hub_device_destroy() - NULL is allowed; nothing is undone */
void hub_device_destroy(struct hub_device *device);

/**
 * hub_device_set() - bring the interface up, set its MTU, addresses, and routes to their networks
 * @mtu: 0 to leave it
 * @networks: of @n: the hub's addresses with the lengths of their networks
 *
 * Addresses that another run has left are removed. Where the host has the same address or route, ours
 * gives way with a warning.
 *
 * Return: 0, or why the interface cannot be brought up.
 */
int hub_device_set(struct hub_device *device, uint32_t ifindex, uint32_t mtu,
		   const struct lvn_prefix *networks, unsigned int n);

/** hub_device_set_mtu() - another one from now on; logs what fails */
void hub_device_set_mtu(struct hub_device *device, uint32_t mtu);

/** hub_device_route() - route a delegated prefix to the interface, or no longer. Return: 0, -ENOMEM */
int hub_device_route(struct hub_device *device, const struct lvn_prefix *prefix, bool is_up);

/** hub_device_watch() - all routes are there: remove others of ours, and keep things as they are */
int hub_device_watch(struct hub_device *device);

/** hub_device_index() - of the interface, 0 while it is gone */
uint32_t hub_device_index(const struct hub_device *device);

/** hub_device_problems() - what is not as it should be, each with a sentence */
void hub_device_problems(const struct hub_device *device, void (*fn)(void *arg, const char *text),
			 void *arg);

#endif
