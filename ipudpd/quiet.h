/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets that come out of a tunnel are not to configure the host. A device has no link-local address
 * unless somebody adds one, and takes neither router advertisements nor redirects: that is set when it
 * is made, and again when the kernel has forgotten it. Packets from link-local addresses enter a fixed
 * device only while it has such an address itself.
 */
#ifndef _IPUDP_QUIET_H
#define _IPUDP_QUIET_H

#include <stdbool.h>
#include <stdint.h>

struct ipudp_device;
struct ipudp_home;
struct nlmsghdr;

/* Bits of device->link_local: the device has a link-local address of that family. */
#define IPUDP_LINK_LOCAL_V4 1
#define IPUDP_LINK_LOCAL_V6 2

/** ipudp_quiet_device() - a device that is here has all settings of the kernel's: make ours */
void ipudp_quiet_device(struct ipudp_device *device);

/** ipudp_quiet_adopt() - the same, if they are not ours any more; and look at its addresses */
void ipudp_quiet_adopt(struct ipudp_device *device);

/** ipudp_quiet_news() - the kernel says that an address was added or removed */
void ipudp_quiet_news(struct ipudp_home *home, const struct nlmsghdr *nlh);

/**
 * ipudp_quiet_run() - look after devices that are in other namespaces, of which no news come
 * @now: whenever that was done last
 * Return: milliseconds until it is to be called again, -1 if there are none.
 */
int ipudp_quiet_run(struct ipudp_home *home, bool now);

/** ipudp_quiet_is_noise() - whether the inner source is link-local, or none yet */
bool ipudp_quiet_is_noise(const uint8_t *data);

/** ipudp_quiet_allows() - whether an inner packet may enter as far as its source goes; any thread */
bool ipudp_quiet_allows(const struct ipudp_device *device, const uint8_t *data);

#endif
