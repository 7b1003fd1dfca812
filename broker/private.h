/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of broker/ share and nobody else includes.
 */
#ifndef _BROKER_PRIVATE_H
#define _BROKER_PRIVATE_H

#include "broker/conf.h"
#include "broker/dataplane.h"
#include "broker/pool.h"
#include "broker/session.h"
#include "broker/stats.h"
#include "broker/store.h"
#include "lib/base/log.h"

/**
 * enum broker_event - what can happen to an identity; the table is in state.c
 * @BROKER_EVENT_BEGIN: it gets a session
 * @BROKER_EVENT_BIND: the first of its bindings has a tunnel
 * @BROKER_EVENT_UNBIND: the last of its bindings has lost its tunnel
 * @BROKER_EVENT_END: its session is over
 */
enum broker_event {
	BROKER_EVENT_BEGIN,
	BROKER_EVENT_BIND,
	BROKER_EVENT_UNBIND,
	BROKER_EVENT_END,
};

/**
 * struct broker_verdict - an entry of the allow and deny list that lvnctl changes
 * @pattern: as of fnmatch(3)
 * @is_allowed: allow, not deny
 * @hh: by @pattern
 */
struct broker_verdict {
	char *pattern;
	bool is_allowed;
	UT_hash_handle hh;
};

/**
 * struct broker - all of it
 * @conf: owned
 * @dataplane: where tunnels are
 * @store: what outlives us
 * @front: who is told
 * @clock: what time it is
 * @leases: table by identity
 * @sessions: table by id
 * @by_remote: table of bindings with tunnels
 * @verdicts: table by pattern
 * @grace: leases in GRACE, first to be freed first
 * @expiring: sessions, first to expire first
 * @consent: bindings with tunnels, longest silent first
 * @unsaved: bindings whose counter is not in the store, oldest first
 * @addresses: pools, one a network
 * @delegations: pools, one a delegation
 * @newcomers: bounds how often identities are made up, by network
 * @n_from: leases of such identities, by network
 * @owners: table of delegated prefixes
 * @n_owned: how many are in it of each length, IPv4 and IPv6
 * @next_tunnel: id for the next tunnel; never used twice while one may remember it
 * @n_unsaved: sessions with is_unsaved
 * @next_check_ms: when to look for certificates that have ended
 * @store_log: bounds complaints about the store
 * @stats: what metrics show
 */
struct broker {
	struct broker_conf *conf;
	struct broker_dataplane dataplane;
	struct broker_store store;
	struct broker_front front;
	struct broker_clock clock;
	struct broker_lease *leases;
	struct broker_session *sessions;
	struct broker_binding *by_remote;
	struct broker_verdict *verdicts;
	struct broker_lease *grace;
	struct broker_session *expiring;
	struct broker_binding *consent;
	struct broker_binding *unsaved;
	struct broker_pool *addresses[BROKER_NETWORKS_MAX];
	struct broker_pool *delegations[BROKER_DELEGATIONS_MAX];
	struct lvn_ratelimit newcomers[BROKER_SOURCES];
	uint32_t n_from[BROKER_SOURCES];
	struct broker_owner *owners;
	uint32_t n_owned[2][129];
	uint32_t next_tunnel;
	unsigned int n_unsaved;
	uint64_t next_check_ms;
	struct lvn_ratelimit store_log;
	struct broker_stats stats;
};

/* state.c */
/** broker_state_change() - follow the table. Return: 0, or -EINVAL for what cannot happen */
int broker_state_change(struct broker_lease *lease, enum broker_event event);

/* lease.c */
int broker_pools_create(struct broker *broker, const struct broker_conf *conf);
void broker_pools_destroy(struct broker *broker);
/** broker_lease_find() - the lease of an identity, made if there is none; owned by the broker */
int broker_lease_find(struct broker *broker, const char *identity, uint32_t source,
		      struct broker_lease **ret, struct broker_refusal *refusal);
/** broker_lease_fill() - give it what it wishes and may have; nothing changes on failure */
int broker_lease_fill(struct broker *broker, struct broker_lease *lease,
		      const struct broker_wish *wish, struct broker_refusal *refusal);
/** broker_lease_forget() - free its addresses and itself; must be in GRACE */
void broker_lease_forget(struct broker *broker, struct broker_lease *lease);
/** broker_lease_to_grace() - put it in the list of those to be freed at lease->free_at */
void broker_lease_to_grace(struct broker *broker, struct broker_lease *lease);
/**
 * broker_lease_reclaim() - out of pools of which nothing is given, take what a lease holds
 *
 * What it may not have, or not any more, it loses.
 */
void broker_lease_reclaim(struct broker *broker, struct broker_lease *lease);

/** broker_lease_refill() - give each session what it lacks; those that cannot have it end */
void broker_lease_refill(struct broker *broker);

/* evict.c */
/** broker_evict_for() - forget an absent lease, so that @lease can have a piece of @pool */
bool broker_evict_for(struct broker *broker, const struct broker_lease *lease,
		      const struct broker_pool *pool);
/** broker_evict_lease() - forget an absent lease, so that @identity from @source can have one */
bool broker_evict_lease(struct broker *broker, const char *identity, uint32_t source);
/** broker_admit() - whether @source may have one more lease without certificate */
int broker_admit(struct broker *broker, uint32_t source, struct broker_refusal *refusal);

/* prefix.c */
/**
 * broker_prefix_claim() - let a lease own a prefix
 * @is_had: it has it already, under another configuration or before a restart
 *
 * Return: NULL, or why it may not, static.
 */
const char *broker_prefix_claim(struct broker *broker, const struct broker_lease *lease,
				const struct lvn_prefix *prefix, bool is_had);
/** broker_prefix_claim_any() - let it own any of that length; @ret_full: a pool without, if any */
int broker_prefix_claim_any(struct broker *broker, const struct broker_lease *lease,
			    struct lvn_prefix *prefix, struct broker_pool **ret_full);
/** broker_prefix_release() - no longer; what it does not own is ignored */
void broker_prefix_release(struct broker *broker, const struct broker_lease *lease,
			   const struct lvn_prefix *prefix);
/** broker_prefix_disown_all() - all owners are forgotten, pools are not touched */
void broker_prefix_disown_all(struct broker *broker);
/** broker_prefix_is_inside() - whether an address is of the overlay: in a network, or owned */
bool broker_prefix_is_inside(const struct broker *broker, const struct lvn_addr *addr);
/** broker_prefix_is_special() - whether no spoke can use it: loopback, link-local, multicast and the like */
bool broker_prefix_is_special(const struct lvn_prefix *prefix);
/** broker_prefix_is_pooled() - whether it is a piece of a pool that anybody can get */
bool broker_prefix_is_pooled(const struct broker *broker, const struct lvn_prefix *prefix);

/** broker_prefix_is_limited() - whether a lease has it out of a pool only because nobody else has */
bool broker_prefix_is_limited(const struct broker *broker, const struct broker_lease *lease,
			      const struct lvn_prefix *prefix);

/* refuse.c */
/**
 * broker_refuse() - say why, and count it
 * @refusal: filled with @code and @text
 * @code: of docs/protocol/lvn.md, static
 *
 * Return: -EPERM, for the caller to return.
 */
int broker_refuse(struct broker *broker, struct broker_refusal *refusal, const char *code,
		  const char *text);

/* policy.c */
bool broker_policy_allows(const struct broker *broker, const char *identity);
/** broker_policy_load() - as broker_policy_set(), without telling the store */
int broker_policy_load(struct broker *broker, const char *pattern, bool is_allowed);
/** broker_policy_expire() - end the sessions whose certificates have ended */
void broker_policy_expire(struct broker *broker);
void broker_policy_destroy(struct broker *broker);

/* session.c */
int broker_session_create(struct broker *broker, struct broker_lease *lease,
			  const struct broker_claim *claim, struct broker_session **ret_session);
/** broker_session_load() - make the session that a record of the store tells of */
int broker_session_load(struct broker *broker, const struct broker_session_record *record);
/** broker_session_destroy() - free it; its bindings have no tunnels any more */
void broker_session_destroy(struct broker *broker, struct broker_session *session);
void broker_session_prolong(struct broker *broker, struct broker_session *session, uint64_t ms);

/* binding.c */
/** broker_binding_rules() - make the rules of a lease point to its tunnels, but @without */
int broker_binding_rules(struct broker *broker, const struct broker_lease *lease,
			 const struct broker_binding *without);
void broker_binding_link(struct broker *broker, struct broker_binding *binding,
			 const struct broker_path *path, uint32_t tunnel);
void broker_binding_unlink(struct broker *broker, struct broker_binding *binding);
void broker_binding_forget_unsaved(struct broker *broker, struct broker_binding *binding);
struct broker_binding *broker_binding_at(struct broker *broker, const struct broker_path *path);
unsigned int broker_binding_targets(const struct broker_session *session,
				    const struct broker_binding *without,
				    struct broker_target targets[BROKER_BINDINGS_MAX]);
/** broker_binding_update() - the lease was @before: remove the rules it lost, make the others */
void broker_binding_update(struct broker *broker, struct broker_session *session,
			   const struct broker_lease *before);
/** broker_binding_prefix() - the @i-th prefix that rules of the lease are for; false beyond */
bool broker_binding_prefix(const struct broker_lease *lease, unsigned int i,
			   struct lvn_prefix *ret);

/* save.c: to the store; failures are logged, counted, and tried again by broker_save_retry() */
int broker_save_lease(struct broker *broker, const struct broker_lease *lease);
int broker_save_session(struct broker *broker, struct broker_session *session);
/** broker_save_begun() - the lease and the session, both or none */
int broker_save_begun(struct broker *broker, struct broker_session *session);
int broker_save_binding(struct broker *broker, struct broker_binding *binding);
void broker_save_forget_lease(struct broker *broker, const char *identity);
void broker_save_forget_session(struct broker *broker, const char *id);
void broker_save_retry(struct broker *broker);
void broker_save_counters(struct broker *broker, uint64_t before_ms, unsigned int max);

#endif
