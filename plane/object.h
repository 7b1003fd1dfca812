/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Objects of the data plane as they should be: look what is there, and change what differs. What is
 * right already is left alone, so that a daemon that starts again disturbs no traffic.
 */
#ifndef _PLANE_OBJECT_H
#define _PLANE_OBJECT_H

#include <ipudp/ipudp.h>

/**
 * enum plane_found - what to do with a device of the name that is there already
 * @PLANE_KEEP: take it if its mode is right, else -EEXIST
 * @PLANE_REPLACE: take it if its mode is right, else make another in its place
 * @PLANE_REFUSE: -EEXIST
 */
enum plane_found {
	PLANE_KEEP,
	PLANE_REPLACE,
	PLANE_REFUSE,
};

/**
 * plane_device_set() - let there be a device of a mode
 * @found: what to do with one that is there
 * @ret: the device
 *
 * Return: 0, -EEXIST as @found says, or what libipudp returned; ipudp_error() then has its sentence.
 */
int plane_device_set(struct ipudp *ipudp, const char *name, enum ipudp_mode mode,
		     enum plane_found found, struct ipudp_device *ret);

/**
 * plane_tunnel_set() - let there be a tunnel
 * @tunnel: with its device, id and listener; what else its member "has" names is compared, and set
 *
 * A tunnel of the same id at another listener is removed before, as its listener cannot be changed.
 *
 * Return: 0, or what libipudp returned.
 */
int plane_tunnel_set(struct ipudp *ipudp, const struct ipudp_tunnel *tunnel);

#endif
