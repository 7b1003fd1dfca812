/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A rule's tunnels as packets need them. */
#ifndef _IPUDP_CHOICE_H
#define _IPUDP_CHOICE_H

#include <stdbool.h>
#include <stdint.h>

#include "rcu.h"

struct ipudp_packet;
struct ipudp_rule;
struct ipudp_tunnel;

/**
 * struct ipudp_choice - a rule's tunnels as packets need them; never changed, only replaced
 * @rcu: frees it
 * @n_members: how many tunnels the rule names
 * @n_active: how many of them take traffic now: those of the best priority that has one which is
 *	not idle, without the idle ones. All members if the rule floods.
 * @total: sum of the active ones' weights
 * @active: the active tunnels, in @tunnels behind the members
 * @bounds: for each active tunnel, the sum of the weights up to and with its own
 * @tunnels: the members, by address, then the active ones
 */
struct ipudp_choice {
	struct ipudp_rcu_head rcu;
	uint32_t n_members;
	uint32_t n_active;
	uint32_t total;
	struct ipudp_tunnel **active;
	uint32_t *bounds;
	struct ipudp_tunnel *tunnels[];
};

/**
 * ipudp_choice_create() - the choice for a rule's targets as they are
 * @ret: receives it, to be freed by ipudp_choice_free() after RCU; NULL if there are no targets
 * Return: 0 or -ENOMEM.
 */
int ipudp_choice_create(const struct ipudp_rule *rule, struct ipudp_choice **ret);

/** ipudp_choice_free() - for ipudp_rcu_call() */
void ipudp_choice_free(struct ipudp_rcu_head *head);

/**
 * ipudp_choice_pick() - the tunnel for a packet's flow
 * @choice: has at least one active tunnel
 */
struct ipudp_tunnel *ipudp_choice_pick(const struct ipudp_choice *choice,
				       const struct ipudp_packet *packet);

/** ipudp_choice_has() - whether a tunnel is a member */
bool ipudp_choice_has(const struct ipudp_choice *choice, const struct ipudp_tunnel *tunnel);

#endif
