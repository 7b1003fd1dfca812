/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the fast path carries a device's packets. Control thread. */
#ifndef _IPUDP_FAST_STATE_H
#define _IPUDP_FAST_STATE_H

#include "uapi/linux/ipudp.h"

struct ipudp_device;
struct ipudp_home;

/** Size that holds a sentence, with its end. */
#define IPUDP_FAST_WHY_SIZE 192

/**
 * ipudp_fast_state() - what the programs carry of a device's packets now
 * @why: receives a sentence that says why not all; "" if they do
 */
enum ipudp_fast_path_state ipudp_fast_state(const struct ipudp_device *device,
					    char why[IPUDP_FAST_WHY_SIZE]);

/**
 * ipudp_fast_look() - see whether the programs get to see what is received
 *
 * Another program or filter may end a datagram's way before ours, of which nobody tells. To be called
 * now and then.
 */
void ipudp_fast_look(struct ipudp_home *home);

#endif
