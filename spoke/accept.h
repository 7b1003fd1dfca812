/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a hub may do to this host: which parts of a lease are accepted at all. What depends on the
 * host's routes is decided in routes.c.
 */
#ifndef _LVN_ACCEPT_H
#define _LVN_ACCEPT_H

#include <stdbool.h>

#include "proto/lvn/message.h"

struct lvn_config;
struct lvn_net_foreign;
struct lvn_problems;

/** What RFC 8200 wants of each link. */
#define LVN_MTU_V6_MIN 1280
/** What RFC 791 expects each IPv4 host to take; less is only good for flooding it with fragments. */
#define LVN_MTU_V4_MIN 576

/**
 * lvn_accept_lease() - take out of a lease what this host does not accept
 * @control: where the control connection goes
 * @problems: gets a sentence for each thing that is refused
 *
 * Return: 0, or -EPERM if no endpoint is left.
 */
int lvn_accept_lease(const struct lvn_config *config, const struct lvn_addr *control,
		     struct lvn_lease *lease, struct lvn_problems *problems);

/** lvn_accept_is_reachable() - whether it can be a hub's: a link-local one has no zone here */
bool lvn_accept_is_reachable(const struct lvn_addr *addr);

/**
 * lvn_accept_is_vouched() - whether the operator named @prefix, inside of what is on a link
 * @link: that of the link
 */
bool lvn_accept_is_vouched(const struct lvn_config *config, const struct lvn_prefix *prefix,
			   const struct lvn_prefix *link);

/** lvn_accept_mtu() - of the device: the operator's, or the hub's within bounds; 0 for neither */
unsigned int lvn_accept_mtu(const struct lvn_config *config, const struct lvn_lease *lease);

#endif
