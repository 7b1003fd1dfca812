/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A rule's tunnels as packets need them. */
#ifndef _IPUDPD_CHOICE_H
#define _IPUDPD_CHOICE_H

#include <stdbool.h>
#include <stdint.h>

#include "rcu.h"

struct ipudpd_packet;
struct ipudpd_rule;
struct ipudpd_tunnel;

/**
 * struct ipudpd_choice - a rule's tunnels as packets need them; never changed, only replaced
 * @rcu: frees it
 * @n_members: how many tunnels the rule names
 * @n_active: how many of them take traffic now: those of the best priority that has one which is
 *	not idle, without the idle ones. All members if the rule floods.
 * @total: sum of the active ones' weights
 * @active: the active tunnels, in @tunnels behind the members
 * @bounds: for each active tunnel, the sum of the weights up to and with its own
 * @tunnels: the members, by address, then the active ones
 */
struct ipudpd_choice {
	struct ipudpd_rcu_head rcu;
	uint32_t n_members;
	uint32_t n_active;
	uint32_t total;
	struct ipudpd_tunnel **active;
	uint32_t *bounds;
	struct ipudpd_tunnel *tunnels[];
};

/**
 * ipudpd_choice_create() - the choice for a rule's targets as they are
 * @ret: receives it, to be freed by ipudpd_choice_free() after RCU; NULL if there are no targets
 * Return: 0 or -ENOMEM.
 */
int ipudpd_choice_create(const struct ipudpd_rule *rule, struct ipudpd_choice **ret);

/** ipudpd_choice_free() - for ipudpd_rcu_call() */
void ipudpd_choice_free(struct ipudpd_rcu_head *head);

/**
 * ipudpd_choice_pick() - the tunnel for a packet's flow
 * @choice: has at least one active tunnel
 */
struct ipudpd_tunnel *ipudpd_choice_pick(const struct ipudpd_choice *choice,
					 const struct ipudpd_packet *packet);

/** ipudpd_choice_has() - whether a tunnel is a member */
bool ipudpd_choice_has(const struct ipudpd_choice *choice, const struct ipudpd_tunnel *tunnel);

#endif
