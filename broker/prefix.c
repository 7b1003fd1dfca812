// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Delegated prefixes: each has one owner, and none overlaps another one's, a network, or where
 * spokes are. A table by prefix says who owns what; pools say what is left to give.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "broker/private.h"

/**
 * struct broker_owner - an owned prefix
 * @key: of @hh
 * @prefix: the same
 * @lease: the owner
 * @hh: in the broker's table
 */
struct broker_owner {
	struct broker_prefix_key {
		uint16_t family;
		uint16_t len;
		uint8_t bytes[16];
	} key;
	struct lvn_prefix prefix;
	const struct broker_lease *lease;
	UT_hash_handle hh;
};

static struct broker_prefix_key make_key(const struct lvn_addr *addr, unsigned int len)
{
	struct broker_prefix_key key = { .family = addr->family, .len = len };
	struct lvn_addr masked = *addr;

	lvn_addr_mask(&masked, len);
	memcpy(key.bytes, masked.bytes, lvn_addr_bits(addr) / 8);
	return key;
}

static struct broker_owner *owner_of(const struct broker *broker, const struct lvn_addr *addr,
				     unsigned int len)
{
	struct broker_prefix_key key = make_key(addr, len);
	struct broker_owner *owner;

	HASH_FIND(hh, broker->owners, &key, sizeof(key), owner);
	return owner;
}

static int own(struct broker *broker, const struct broker_lease *lease,
	       const struct lvn_prefix *prefix)
{
	struct broker_owner *owner = calloc(1, sizeof(*owner));

	if (!owner)
		return -ENOMEM;
	owner->key = make_key(&prefix->addr, prefix->len);
	owner->prefix = *prefix;
	owner->lease = lease;
	HASH_ADD(hh, broker->owners, key, sizeof(owner->key), owner);
	broker->n_owned[prefix->addr.family == AF_INET6][prefix->len]++;
	return 0;
}

static void disown(struct broker *broker, struct broker_owner *owner)
{
	broker->n_owned[owner->prefix.addr.family == AF_INET6][owner->prefix.len]--;
	HASH_DEL(broker->owners, owner);
	free(owner);
}

void broker_prefix_disown_all(struct broker *broker)
{
	struct broker_owner *owner, *next;

	HASH_ITER(hh, broker->owners, owner, next)
		disown(broker, owner);
}

/* The owner of what all of @prefix is in; of the shortest that is there. */
static const struct broker_owner *owner_around(const struct broker *broker,
					       const struct lvn_prefix *prefix,
					       const struct broker_lease *except)
{
	const uint32_t *n = broker->n_owned[prefix->addr.family == AF_INET6];
	const struct broker_owner *owner;
	unsigned int len;

	for (len = 0; len <= prefix->len; len++) {
		owner = n[len] ? owner_of(broker, &prefix->addr, len) : NULL;
		if (owner && owner->lease != except)
			return owner;
	}
	return NULL;
}

static bool overlaps_owned(const struct broker *broker, const struct lvn_prefix *prefix,
			   const struct broker_lease *except)
{
	const struct broker_owner *owner;

	if (owner_around(broker, prefix, except))
		return true;
	for (owner = broker->owners; owner; owner = owner->hh.next)
		if (owner->lease != except && lvn_prefix_covers(prefix, &owner->prefix))
			return true;
	return false;
}

static bool overlaps_network(const struct broker_conf *conf, const struct lvn_prefix *prefix)
{
	unsigned int i;

	for (i = 0; i < conf->n_networks; i++)
		if (lvn_prefix_overlaps(&conf->networks[i], prefix))
			return true;
	return false;
}

/* Whether it is reserved for an identity with other settings. */
static bool overlaps_fixed(const struct broker_conf *conf, const struct lvn_prefix *prefix,
			   const struct broker_identity *settings)
{
	unsigned int i, k;

	for (i = 0; i < conf->n_identities; i++)
		for (k = 0; k < conf->identities[i].n_prefixes; k++)
			if (&conf->identities[i] != settings &&
			    lvn_prefix_overlaps(&conf->identities[i].prefixes[k], prefix))
				return true;
	return false;
}

static bool is_listed(const struct lvn_prefix *list, unsigned int n,
		      const struct lvn_prefix *prefix)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (lvn_prefix_equal(&list[i], prefix))
			return true;
	return false;
}

static bool is_permitted(const struct broker_identity *settings, const struct lvn_prefix *prefix)
{
	unsigned int i;

	for (i = 0; settings && i < settings->n_permitted; i++)
		if (lvn_prefix_covers(&settings->permitted[i], prefix))
			return true;
	return false;
}

/* RFC 6890: of no use behind a spoke, and of harm in the hub's table of routes. */
bool broker_prefix_is_special(const struct lvn_prefix *prefix)
{
	static const char *const texts[] = { "0.0.0.0/8",   "127.0.0.0/8", "169.254.0.0/16",
					     "224.0.0.0/3", "::/127",	   "::ffff:0:0/96",
					     "fe80::/10",   "ff00::/8" };
	struct lvn_prefix special;
	unsigned int i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!lvn_prefix_parse(texts[i], &special) && lvn_prefix_covers(&special, prefix))
			return true;
	return !prefix->len;
}

/* Packets to a spoke must not be sent into the tunnel of another. */
static bool has_spokes(const struct broker *broker, const struct lvn_prefix *prefix)
{
	const struct broker_binding *binding;

	for (binding = broker->by_remote; binding; binding = binding->hh.next)
		if (lvn_prefix_contains(prefix, &binding->path.remote.addr))
			return true;
	return false;
}

/* What the operator has fixed is right, and so they are not there, or only by mistake. */
static void send_spokes_away(struct broker *broker, const struct lvn_prefix *prefix)
{
	struct broker_binding *binding, *next;

	HASH_ITER(hh, broker->by_remote, binding, next)
		if (lvn_prefix_contains(prefix, &binding->path.remote.addr))
			broker_unbind(broker, binding->session, binding->index, 0, BROKER_FAILED);
}

bool broker_prefix_is_inside(const struct broker *broker, const struct lvn_addr *addr)
{
	const struct lvn_prefix host = { *addr, lvn_addr_bits(addr) };

	return overlaps_network(broker->conf, &host) || owner_around(broker, &host, NULL);
}

/* Return: the pool that @prefix is one piece of, NULL if there is none. */
static struct broker_pool *pool_of(const struct broker *broker, const struct lvn_prefix *prefix)
{
	unsigned int i;

	for (i = 0; i < broker->conf->n_delegations; i++)
		if (broker->conf->delegations[i].len == prefix->len &&
		    broker_pool_has(broker->delegations[i], &prefix->addr))
			return broker->delegations[i];
	return NULL;
}

static bool overlaps_pool(const struct broker_conf *conf, const struct lvn_prefix *prefix)
{
	unsigned int i;

	for (i = 0; i < conf->n_delegations; i++)
		if (lvn_prefix_overlaps(&conf->delegations[i].prefix, prefix))
			return true;
	return false;
}

static bool is_fixed(const struct broker_identity *settings, const struct lvn_prefix *prefix)
{
	return settings && is_listed(settings->prefixes, settings->n_prefixes, prefix);
}

const char *broker_prefix_claim(struct broker *broker, const struct broker_lease *lease,
				const struct lvn_prefix *prefix, bool is_had)
{
	const struct broker_identity *settings =
		broker_conf_identity(broker->conf, lease->identity);
	struct broker_pool *pool = NULL;

	if (!is_fixed(settings, prefix)) {
		pool = pool_of(broker, prefix);
		if (!is_permitted(settings, prefix) && !(is_had && pool))
			return "prefix not permitted";
		if (broker_prefix_is_special(prefix))
			return "prefix is not for unicast";
		if (overlaps_network(broker->conf, prefix))
			return "prefix overlaps a network of the hub";
		if (!pool && overlaps_pool(broker->conf, prefix))
			return "prefix is no whole piece of a pool";
		if (overlaps_fixed(broker->conf, prefix, settings))
			return "prefix is reserved for another identity";
		if (!is_had && has_spokes(broker, prefix))
			return "prefix contains addresses that spokes come from";
	}
	if (overlaps_owned(broker, prefix, lease) || owner_of(broker, &prefix->addr, prefix->len) ||
	    (pool && broker_pool_take(pool, &prefix->addr) < 0))
		return "prefix is another identity's";
	if (own(broker, lease, prefix) < 0) {
		if (pool)
			broker_pool_release(pool, &prefix->addr);
		return "out of memory";
	}
	send_spokes_away(broker, prefix);
	return NULL;
}

int broker_prefix_claim_any(struct broker *broker, const struct broker_lease *lease,
			    struct lvn_prefix *prefix, struct broker_pool **ret_full)
{
	unsigned int i;

	for (i = 0; i < broker->conf->n_delegations; i++) {
		struct broker_pool *pool = broker->delegations[i];

		if (broker_pool_len(pool) != prefix->len ||
		    broker_pool_family(pool) != prefix->addr.family)
			continue;
		if (broker_pool_take_any(pool, &prefix->addr) < 0) {
			*ret_full = pool;
			continue;
		}
		if (!own(broker, lease, prefix)) {
			send_spokes_away(broker, prefix);
			return 0;
		}
		broker_pool_release(pool, &prefix->addr);
	}
	return -ENOSPC;
}

void broker_prefix_release(struct broker *broker, const struct broker_lease *lease,
			   const struct lvn_prefix *prefix)
{
	struct broker_owner *owner = owner_of(broker, &prefix->addr, prefix->len);
	struct broker_pool *pool = pool_of(broker, prefix);

	if (!owner || owner->lease != lease)
		return;
	disown(broker, owner);
	/* those fixed to an identity stay reserved */
	if (pool && !overlaps_fixed(broker->conf, prefix, NULL))
		broker_pool_release(pool, &prefix->addr);
}

bool broker_prefix_is_pooled(const struct broker *broker, const struct lvn_prefix *prefix)
{
	return pool_of(broker, prefix) && !overlaps_fixed(broker->conf, prefix, NULL);
}

bool broker_prefix_is_limited(const struct broker *broker, const struct broker_lease *lease,
			      const struct lvn_prefix *prefix)
{
	return broker_prefix_is_pooled(broker, prefix) &&
	       !is_permitted(broker_conf_identity(broker->conf, lease->identity), prefix);
}
