// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Leases: which addresses and prefixes an identity has, out of which pool.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <utlist.h>

#include "broker/private.h"
#include "lib/base/cleanup.h"

/* Addresses that no spoke may have, but for those fixed to an identity. */
static void reserve(struct broker *broker, const struct broker_conf *conf)
{
	unsigned int i, k, a;

	for (i = 0; i < conf->n_networks; i++) {
		const struct lvn_prefix *network = &conf->networks[i];
		struct lvn_addr first = network->addr, last;
		bool is_v4 = network->addr.family == AF_INET;

		broker_pool_take(broker->addresses[i], &network->addr);
		/* network and broadcast address, or subnet-router anycast (RFC 4291 2.6.1) */
		lvn_addr_mask(&first, network->len);
		if (!is_v4 || network->len < 31)
			broker_pool_take(broker->addresses[i], &first);
		last = first;
		lvn_addr_add(&last, (1ull << (32 - network->len % 32)) - 1, 0);
		if (is_v4 && network->len < 31)
			broker_pool_take(broker->addresses[i], &last);
		if (conf->kept.addr.family)
			broker_pool_reserve(broker->addresses[i], &conf->kept);
		for (k = 0; k < conf->n_identities; k++)
			for (a = 0; a < conf->identities[k].n_addresses; a++)
				broker_pool_take(broker->addresses[i],
						 &conf->identities[k].addresses[a]);
	}
}

int broker_pools_create(struct broker *broker, const struct broker_conf *conf)
{
	unsigned int i, k, d;
	int ret = 0;

	for (i = 0; !ret && i < conf->n_networks; i++)
		ret = broker_pool_create(&conf->networks[i], lvn_addr_bits(&conf->networks[i].addr),
					 &broker->addresses[i]);
	for (i = 0; !ret && i < conf->n_delegations; i++)
		ret = broker_pool_create(&conf->delegations[i].prefix, conf->delegations[i].len,
					 &broker->delegations[i]);
	if (ret < 0)
		return ret;
	reserve(broker, conf);
	for (i = 0; i < conf->n_identities; i++)
		for (k = 0; k < conf->identities[i].n_prefixes; k++)
			for (d = 0; d < conf->n_delegations; d++)
				broker_pool_reserve(broker->delegations[d],
						    &conf->identities[i].prefixes[k]);
	return 0;
}

void broker_pools_destroy(struct broker *broker)
{
	unsigned int i;

	for (i = 0; i < BROKER_NETWORKS_MAX; i++)
		broker_pool_destroy(broker->addresses[i]);
	for (i = 0; i < BROKER_DELEGATIONS_MAX; i++)
		broker_pool_destroy(broker->delegations[i]);
}

struct broker_lease *broker_lease_lookup(struct broker *broker, const char *identity)
{
	struct broker_lease *lease;

	HASH_FIND_STR(broker->leases, identity, lease);
	return lease;
}

void broker_lease_list(const struct broker *broker, broker_lease_fn *fn, void *arg)
{
	const struct broker_lease *lease;

	for (lease = broker->leases; lease; lease = lease->hh.next)
		fn(arg, lease);
}

int broker_lease_find(struct broker *broker, const char *identity, uint32_t source,
		      struct broker_lease **ret, struct broker_refusal *refusal)
{
	struct broker_lease *lease = broker_lease_lookup(broker, identity);

	if (lease) {
		*ret = lease;
		return 0;
	}
	if (HASH_COUNT(broker->leases) >= broker->conf->max_leases &&
	    !broker_evict_lease(broker, identity, source))
		return broker_refuse(broker, refusal, "limit", "too many leases");
	lease = calloc(1, sizeof(*lease));
	if (lease)
		lease->identity = strdup(identity);
	if (!lease || !lease->identity) {
		free(lease);
		return broker_refuse(broker, refusal, "busy", "out of memory");
	}
	HASH_ADD_KEYPTR(hh, broker->leases, lease->identity, strlen(lease->identity), lease);
	if (*identity == '~' && source && source <= BROKER_SOURCES) {
		lease->source = source;
		broker->n_from[source - 1]++;
	}
	lease->free_at = broker->clock.wall_s();
	broker_lease_to_grace(broker, lease);
	*ret = lease;
	return 0;
}

void broker_lease_to_grace(struct broker *broker, struct broker_lease *lease)
{
	struct broker_lease *before;

	/* nearly always the last one: all have the same grace time */
	if (!broker->grace || broker->grace->prev->free_at <= lease->free_at) {
		DL_APPEND(broker->grace, lease);
		return;
	}
	DL_FOREACH(broker->grace, before)
		if (before->free_at > lease->free_at)
			break;
	DL_PREPEND_ELEM(broker->grace, before, lease);
}

static bool is_fixed(const struct broker_identity *settings, const struct lvn_addr *addr)
{
	unsigned int i;

	for (i = 0; settings && i < settings->n_addresses; i++)
		if (lvn_addr_equal(&settings->addresses[i], addr))
			return true;
	return false;
}

static void release_addr(struct broker *broker, const char *identity, const struct lvn_addr *addr)
{
	unsigned int i;

	/* those fixed to an identity stay reserved */
	if (is_fixed(broker_conf_identity(broker->conf, identity), addr))
		return;
	for (i = 0; i < broker->conf->n_networks; i++)
		broker_pool_release(broker->addresses[i], addr);
}

static bool claim_addr(struct broker *broker, const struct broker_lease *lease,
		       const struct lvn_addr *addr)
{
	bool is_own = is_fixed(broker_conf_identity(broker->conf, lease->identity), addr);
	unsigned int i;

	for (i = 0; i < broker->conf->n_networks; i++)
		if (is_own ? broker_pool_has(broker->addresses[i], addr) :
			     !broker_pool_take(broker->addresses[i], addr))
			return true;
	return false;
}

void broker_lease_reclaim(struct broker *broker, struct broker_lease *lease)
{
	unsigned int n_addresses = 0, n_prefixes = 0, n_limited = 0, i;
	char text[LVN_ADDR_TEXT_SIZE];
	const char *why;
	bool is_limited;

	for (i = 0; i < lease->n_addresses; i++) {
		if (claim_addr(broker, lease, &lease->addresses[i]))
			lease->addresses[n_addresses++] = lease->addresses[i];
		else
			lvn_info("lease %s: loses %s: reserved, or in no network", lease->identity,
				 lvn_addr_format(&lease->addresses[i], text));
	}
	for (i = 0; i < lease->n_prefixes; i++) {
		is_limited = broker_prefix_is_limited(broker, lease, &lease->prefixes[i]);
		if (is_limited && n_limited >= broker->conf->delegate_limit)
			why = "more prefixes than delegate-limit";
		else
			why = broker_prefix_claim(broker, lease, &lease->prefixes[i], true);
		n_limited += is_limited && !why;
		if (!why)
			lease->prefixes[n_prefixes++] = lease->prefixes[i];
		else
			lvn_info("lease %s: loses %s: %s", lease->identity,
				 lvn_prefix_format(&lease->prefixes[i], text), why);
	}
	lease->n_addresses = n_addresses;
	lease->n_prefixes = n_prefixes;
}

void broker_lease_forget(struct broker *broker, struct broker_lease *lease)
{
	unsigned int i;

	for (i = 0; i < lease->n_addresses; i++)
		release_addr(broker, lease->identity, &lease->addresses[i]);
	for (i = 0; i < lease->n_prefixes; i++)
		broker_prefix_release(broker, lease, &lease->prefixes[i]);
	if (lease->source)
		broker->n_from[lease->source - 1]--;
	broker_save_forget_lease(broker, lease->identity);
	DL_DELETE(broker->grace, lease);
	HASH_DEL(broker->leases, lease);
	free(lease->identity);
	free(lease);
}

static bool wishes_other_addr(const struct broker *broker, unsigned int network,
			      const struct broker_wish *wish, const struct lvn_addr *have)
{
	unsigned int i;
	bool is_other = false;

	for (i = 0; i < wish->n_addresses; i++) {
		if (lvn_addr_equal(&wish->addresses[i], have))
			return false;
		if (broker_pool_has(broker->addresses[network], &wish->addresses[i]))
			is_other = true;
	}
	return is_other;
}

/* The address of one network: fixed, else as wished, else the one it had, else any. */
static int choose_addr(struct broker *broker, const struct broker_lease *lease,
		       unsigned int network, const struct broker_wish *wish, struct lvn_addr *ret)
{
	const struct broker_identity *settings =
		broker_conf_identity(broker->conf, lease->identity);
	const struct lvn_prefix *prefix = &broker->conf->networks[network];
	const struct lvn_addr *have = NULL;
	unsigned int i;

	for (i = 0; settings && i < settings->n_addresses; i++) {
		if (!lvn_prefix_contains(prefix, &settings->addresses[i]))
			continue;
		*ret = settings->addresses[i];
		return 0;
	}
	for (i = 0; i < lease->n_addresses; i++)
		if (broker_pool_has(broker->addresses[network], &lease->addresses[i]))
			have = &lease->addresses[i];
	if (have && !wishes_other_addr(broker, network, wish, have)) {
		*ret = *have;
		return 0;
	}
	for (i = 0; i < wish->n_addresses; i++) {
		if (broker_pool_take(broker->addresses[network], &wish->addresses[i]) < 0)
			continue;
		*ret = wish->addresses[i];
		return 0;
	}
	if (have) {
		*ret = *have;
		return 0;
	}
	return broker_pool_take_any(broker->addresses[network], ret);
}

/* Of the lease before, what the lease after has no more. */
static void release_old(struct broker *broker, const struct broker_lease *owner,
			const struct broker_lease *before, const struct broker_lease *after)
{
	unsigned int i, k;

	for (i = 0; i < before->n_addresses; i++) {
		for (k = 0; k < after->n_addresses; k++)
			if (lvn_addr_equal(&before->addresses[i], &after->addresses[k]))
				break;
		if (k == after->n_addresses)
			release_addr(broker, before->identity, &before->addresses[i]);
	}
	for (i = 0; i < before->n_prefixes; i++) {
		for (k = 0; k < after->n_prefixes; k++)
			if (lvn_prefix_equal(&before->prefixes[i], &after->prefixes[k]))
				break;
		if (k == after->n_prefixes)
			broker_prefix_release(broker, owner, &before->prefixes[i]);
	}
}

static bool has_prefix(const struct broker_lease *lease, const struct lvn_prefix *prefix)
{
	unsigned int i;

	for (i = 0; i < lease->n_prefixes; i++)
		if (lvn_prefix_equal(&lease->prefixes[i], prefix))
			return true;
	return false;
}

/* Any prefix of a length: one it had, else one of a pool. */
static int take_prefix(struct broker *broker, const struct broker_lease *before,
		       const struct broker_lease *after, struct lvn_prefix *prefix,
		       struct broker_refusal *refusal)
{
	unsigned int i;

	for (i = 0; i < before->n_prefixes; i++) {
		const struct lvn_prefix *had = &before->prefixes[i];

		if (had->len != prefix->len || had->addr.family != prefix->addr.family ||
		    has_prefix(after, had))
			continue;
		*prefix = *had;
		return 0;
	}
	return broker_prefix_claim_any(broker, before, prefix, &refusal->full);
}

static int refuse_prefix(struct broker *broker, struct broker_refusal *refusal,
			 const struct lvn_prefix *prefix, const char *text)
{
	struct broker_pool *full = refusal->full;

	broker_refuse(broker, refusal, "prefix", text);
	refusal->full = full;
	lvn_prefix_format(prefix, refusal->detail);
	return -EPERM;
}

/* Those that it has whether it asks for them or not. */
static int fill_fixed(struct broker *broker, const struct broker_lease *before,
		      struct broker_lease *after, struct broker_refusal *refusal)
{
	const struct broker_identity *settings =
		broker_conf_identity(broker->conf, before->identity);
	unsigned int i;

	for (i = 0; settings && i < settings->n_prefixes; i++) {
		const struct lvn_prefix *prefix = &settings->prefixes[i];
		const char *why = has_prefix(before, prefix) ?
					  NULL :
					  broker_prefix_claim(broker, before, prefix, false);

		if (why)
			return refuse_prefix(broker, refusal, prefix, why);
		after->prefixes[after->n_prefixes++] = *prefix;
	}
	return 0;
}

static unsigned int n_pooled(const struct broker *broker, const struct broker_lease *lease)
{
	unsigned int n = 0, i;

	for (i = 0; i < lease->n_prefixes; i++)
		n += broker_prefix_is_pooled(broker, &lease->prefixes[i]);
	return n;
}

static int fill_wish(struct broker *broker, const struct broker_lease *before,
		     struct broker_lease *after, struct lvn_prefix prefix,
		     struct broker_refusal *refusal)
{
	const char *why = NULL;

	if (has_prefix(after, &prefix))
		return 0;
	if (after->n_prefixes == BROKER_PREFIXES_MAX)
		return refuse_prefix(broker, refusal, &prefix, "too many prefixes");
	if (lvn_addr_is_unspecified(&prefix.addr)) {
		/* as many as it may have, and the lease says which */
		if (n_pooled(broker, after) >= broker->conf->delegate_limit)
			return 0;
		if (take_prefix(broker, before, after, &prefix, refusal) < 0)
			why = "no free prefix";
	} else if (!has_prefix(before, &prefix)) {
		why = broker_prefix_claim(broker, before, &prefix, false);
	}
	if (why)
		return refuse_prefix(broker, refusal, &prefix, why);
	after->prefixes[after->n_prefixes++] = prefix;
	return 0;
}

static int fill_prefixes(struct broker *broker, const struct broker_lease *before,
			 struct broker_lease *after, const struct broker_wish *wish,
			 struct broker_refusal *refusal)
{
	unsigned int i;
	int ret;

	after->n_prefixes = 0;
	ret = fill_fixed(broker, before, after, refusal);
	for (i = 0; !ret && !wish->is_present && i < before->n_prefixes; i++)
		if (!has_prefix(after, &before->prefixes[i]) &&
		    after->n_prefixes < BROKER_PREFIXES_MAX)
			after->prefixes[after->n_prefixes++] = before->prefixes[i];
	for (i = 0; !ret && wish->is_present && i < wish->n_prefixes; i++)
		ret = fill_wish(broker, before, after, wish->prefixes[i], refusal);
	return ret;
}

int broker_lease_fill(struct broker *broker, struct broker_lease *lease,
		      const struct broker_wish *wish, struct broker_refusal *refusal)
{
	struct broker_lease after = *lease;
	unsigned int i;
	int ret;

	refusal->full = NULL;
	after.n_addresses = 0;
	ret = fill_prefixes(broker, lease, &after, wish, refusal);
	for (i = 0; !ret && i < broker->conf->n_networks; i++) {
		ret = choose_addr(broker, lease, i, wish, &after.addresses[i]);
		if (!ret) {
			after.n_addresses = i + 1;
			continue;
		}
		broker_refuse(broker, refusal, "pool-exhausted",
			      broker_pool_family(broker->addresses[i]) == AF_INET ?
				      "no free IPv4 address" :
				      "no free IPv6 address");
		refusal->full = broker->addresses[i];
	}
	if (ret < 0) {
		/* what was taken just now, but not what the lease had */
		release_old(broker, lease, &after, lease);
		return -EPERM;
	}
	release_old(broker, lease, lease, &after);
	memcpy(lease->addresses, after.addresses, sizeof(lease->addresses));
	memcpy(lease->prefixes, after.prefixes, sizeof(lease->prefixes));
	lease->n_addresses = after.n_addresses;
	lease->n_prefixes = after.n_prefixes;
	return 0;
}

void broker_lease_refill(struct broker *broker)
{
	const struct broker_wish nothing = { .is_present = false };
	struct broker_session *session, *next;
	struct broker_refusal refusal;

	HASH_ITER(hh, broker->sessions, session, next) {
		struct broker_lease before = *session->lease;

		if (broker_lease_fill(broker, session->lease, &nothing, &refusal) < 0) {
			lvn_warning("lease %s: %s %s", before.identity, refusal.text,
				    refusal.detail);
			broker_end(broker, session, BROKER_EXPIRED, 0, false);
		} else {
			broker_binding_update(broker, session, &before);
		}
	}
}
