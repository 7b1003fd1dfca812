/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A rule's tunnels as packets need them. */
#ifndef _IPUDP_CHOICE_H
#define _IPUDP_CHOICE_H

#include <linux/rcupdate.h>
#include <linux/types.h>

struct ipudp_packet;
struct ipudp_rule;
struct ipudp_tunnel;

/**
 * struct ipudp_choice - a rule's tunnels as packets need them; never changed, only replaced
 * @n_members: how many tunnels the rule names
 * @n_active: how many of them take traffic now: those of the best priority that has one which is
 *	not idle, without the idle ones. All members if the rule floods.
 * @total: sum of the active ones' weights
 * @active: the active tunnels, in @tunnels behind the members, or the only member
 * @bounds: for each active tunnel, the sum of the weights up to and with its own
 * @rcu: frees it
 * @tunnels: the members, by address, then the active ones
 */
struct ipudp_choice {
	u32 n_members;
	u32 n_active;
	u32 total;
	struct ipudp_tunnel **active;
	u32 *bounds;
	struct rcu_head rcu;
	struct ipudp_tunnel *tunnels[];
};

/**
 * ipudp_choice_create() - the choice for a rule's targets as they are
 *
 * Which of them are idle is taken from ipudp_tunnel.told_idle, so that it agrees with what user
 * space was told. Context: process, under home->lock. Return: to be freed by kvfree_rcu(); NULL if
 * the rule has no targets, or an ERR_PTR.
 */
struct ipudp_choice *ipudp_choice_create(const struct ipudp_rule *rule);

/**
 * ipudp_choice_pick() - the tunnel for a flow
 * @choice: has at least one active tunnel
 */
struct ipudp_tunnel *ipudp_choice_pick(const struct ipudp_choice *choice,
				       const struct ipudp_packet *packet);

/** ipudp_choice_has() - whether a tunnel is a member */
bool ipudp_choice_has(const struct ipudp_choice *choice, const struct ipudp_tunnel *tunnel);

#ifdef CONFIG_IPUDP_SELFTEST
/** ipudp_choice_selftest() - check choices; logs what is wrong */
int ipudp_choice_selftest(void);
#endif

#endif
