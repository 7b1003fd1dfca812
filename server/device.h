/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The server's interface in the host's network: its MTU, addresses and routes. They are set, watched,
 * and set again when somebody else changes them; what the host itself has is left alone.
 */
#ifndef _SERVER_DEVICE_H
#define _SERVER_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/addr.h"

struct event_base;
struct server_device;

/**
 * server_device_create() - for an interface that is still to be made; nothing is set yet
 * @name: must stay
 * @gone: called from the event loop when the interface is no longer there, about once a second until
 *	server_device_set() was told of another
 * @arg: for @gone
 */
int server_device_create(const char *name, struct event_base *base, void (*gone)(void *arg),
			 void *arg, struct server_device **ret_device);

/** server_device_destroy() - NULL is allowed; nothing is undone */
void server_device_destroy(struct server_device *device);

/**
 * server_device_set() - bring the interface up, set its MTU, addresses, and routes to their networks
 * @mtu: 0 to leave it
 * @networks: of @n: the server's addresses with the lengths of their networks
 * @own: whose addresses are all the server's; of no family for none
 *
 * Addresses that another run has left are removed. Where the host has the same address or route, ours
 * gives way with a warning.
 *
 * Return: 0, or why the interface cannot be brought up.
 */
int server_device_set(struct server_device *device, uint32_t ifindex, uint32_t mtu,
		      const struct lvn_prefix *networks, unsigned int n,
		      const struct lvn_prefix *own);

/** server_device_set_mtu() - another one from now on; logs what fails */
void server_device_set_mtu(struct server_device *device, uint32_t mtu);

/** server_device_route() - route a delegated prefix to the interface, or no longer. Return: 0, -ENOMEM */
int server_device_route(struct server_device *device, const struct lvn_prefix *prefix, bool is_up);

/** server_device_watch() - all routes are there: remove others of ours, and keep things as they are */
int server_device_watch(struct server_device *device);

/** server_device_index() - of the interface, 0 while it is gone */
uint32_t server_device_index(const struct server_device *device);

/** server_device_problems() - what is not as it should be, each with a sentence */
void server_device_problems(const struct server_device *device,
			    void (*fn)(void *arg, const char *text), void *arg);

#endif
