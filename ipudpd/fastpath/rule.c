// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rules of the fast path. Those for single addresses are in a hash table, the others in a trie for
 * longest prefixes; which of the two have any is noted in the device, so that packets skip the rest.
 */

#include <errno.h>
#include <string.h>

#include <netinet/in.h>

#include "uapi/linux/ipudp.h"

#include "private.h"

#define KEY_LEN (offsetof(struct fastpath_rule, entered))

/**
 * struct place - where a rule is
 * @table: descriptor
 * @count: how many rules of the device are there
 * @host4: key in hosts4; likewise the others
 * @host6: see @host4
 * @key4: see @host4
 * @key6: see @host4
 * @key: that of them which is the key
 */
struct place {
	int table;
	uint32_t *count;
	union {
		struct fast_host4 host4;
		struct fast_host6 host6;
		struct fast_key4 key4;
		struct fast_key6 key6;
	};
};

static void place_of(const struct ipudp_fastpath *fastpath, struct fastpath_device *device,
		     const struct fastpath_rule *rule, struct place *place)
{
	bool v6 = rule->family == AF_INET6, host = rule->len == (v6 ? 128 : 32);
	struct fast_host4 host4 = { .device = device->entry.number, .addr = rule->addr.words[0] };
	struct fast_host6 host6 = { .device = device->entry.number, .addr = rule->addr };
	int table = v6 ? FASTPATH_HOSTS6 : FASTPATH_HOSTS4;

	memset(place, 0, sizeof(*place));
	place->count = host ? &device->n_hosts[v6] : &device->n_prefixes[v6];
	if (host && v6) {
		place->host6 = host6;
	} else if (host) {
		place->host4 = host4;
	} else if (v6) {
		table = FASTPATH_PREFIXES6;
		place->key6.len = 32 + rule->len;
		place->key6.host = host6;
	} else {
		table = FASTPATH_PREFIXES4;
		place->key4.len = 32 + rule->len;
		place->key4.host = host4;
	}
	place->table = fastpath->tables[table];
}

/* Tell packets which tables have rules of the device, and whether some are missing. */
static int update_device(const struct ipudp_fastpath *fastpath, struct fastpath_device *device)
{
	struct fast_device old = device->entry, *entry = &device->entry;

	entry->hosts = (device->n_hosts[0] ? 1 : 0) | (device->n_hosts[1] ? 2 : 0);
	entry->prefixes = (device->n_prefixes[0] ? 1 : 0) | (device->n_prefixes[1] ? 2 : 0);
	entry->flags = fastpath_device_flags(device);
	if (!memcmp(&old, entry, sizeof(old)))
		return 0;
	return fastpath_device_write(fastpath, device);
}

static struct fastpath_rule *rule_get(struct fastpath_device *device, int family, uint8_t len,
				      const union fast_ip *addr)
{
	struct fastpath_rule key, *rule;

	memset(&key, 0, sizeof(key));
	key.family = (uint8_t)family;
	key.len = len;
	key.addr = *addr;
	HASH_FIND(hh, device->rules, &key, KEY_LEN, rule);
	if (rule)
		return rule;
	rule = malloc(sizeof(*rule));
	if (!rule)
		return NULL;
	*rule = key;
	HASH_ADD_KEYPTR(hh, device->rules, rule, KEY_LEN, rule);
	return rule;
}

int fastpath_rule_remember(struct fastpath_device *device, int family, uint8_t len,
			   const union fast_ip *addr)
{
	struct fastpath_rule *rule = rule_get(device, family, len, addr);
	bool v6 = family == AF_INET6;

	if (!rule)
		return -ENOMEM;
	if (rule->entered)
		return 0;
	rule->entered = true;
	(*(len == (v6 ? 128 : 32) ? &device->n_hosts[v6] : &device->n_prefixes[v6]))++;
	return 0;
}

void fastpath_rule_remove(struct ipudp_fastpath *fastpath, struct fastpath_device *device,
			  struct fastpath_rule *rule)
{
	struct place place;

	place_of(fastpath, device, rule, &place);
	if (rule->entered) {
		bpf_map_delete_elem(place.table, &place.host4);
		(*place.count)--;
	} else {
		device->n_missing--;
	}
	HASH_DEL(device->rules, rule);
	free(rule);
	update_device(fastpath, device);
}

/* A rule that was to be changed and could not be is worse than none: it names other tunnels. */
static void withdraw_rule(struct ipudp_fastpath *fastpath, struct fastpath_device *device,
			  struct fastpath_rule *rule)
{
	struct place place;

	device->n_missing++;
	update_device(fastpath, device);
	place_of(fastpath, device, rule, &place);
	bpf_map_delete_elem(place.table, &place.host4);
	rule->entered = false;
	(*place.count)--;
}

/* The active ones first, as packets need them. */
static void fill_targets(struct ipudp_fastpath *fastpath, const struct ipudp_fastpath_rule *config,
			 struct fast_rule *ret)
{
	uint32_t bound = 0;
	size_t pass, i;

	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < config->n_targets; i++) {
			const struct ipudp_fastpath_target *target = &config->targets[i];
			struct fastpath_tunnel *tunnel;

			if (target->active == !!pass)
				continue;
			tunnel = fastpath_tunnel_get(fastpath, config->ifindex, target->tunnel);
			ret->targets[ret->n_targets].slot = tunnel ? tunnel->slot : FAST_NO_SLOT;
			if (target->active) {
				bound += target->weight;
				ret->n_active++;
			}
			ret->targets[ret->n_targets++].bound = bound;
		}
	}
}

/* What the table gets; a rule without targets leaves packets to user space. */
static void fill_rule(struct ipudp_fastpath *fastpath, const struct ipudp_fastpath_rule *config,
		      struct fast_rule *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (config->action == IPUDP_ACTION_FORWARD && config->n_targets <= FAST_MAX_TARGETS)
		fill_targets(fastpath, config, ret);
}

int ipudp_fastpath_rule_set(struct ipudp_fastpath *fastpath,
			    const struct ipudp_fastpath_rule *config)
{
	struct fastpath_device *device = fastpath_device_find(fastpath, config->ifindex);
	struct lvn_prefix prefix = config->prefix;
	union fast_ip addr = {};
	struct fastpath_rule *rule;
	struct fast_rule entry;
	struct place place;
	bool fresh;
	int ret = 0;

	if (!device)
		return 0;
	lvn_addr_mask(&prefix.addr, prefix.len);
	memcpy(addr.bytes, prefix.addr.bytes, prefix.addr.family == AF_INET ? 4 : 16);
	rule = rule_get(device, prefix.addr.family, prefix.len, &addr);
	if (!rule)
		return -ENOMEM;
	fresh = !rule->entered;
	if (fresh && !rule->seen)
		device->n_missing++;
	rule->seen = true;
	fill_rule(fastpath, config, &entry);
	place_of(fastpath, device, rule, &place);
	if (bpf_map_update_elem(place.table, &place.host4, &entry, BPF_ANY)) {
		/* A hash table says E2BIG when it is full, a trie ENOSPC. */
		ret = errno == E2BIG ? -ENOSPC : -errno;
		fastpath->left_full++;
		if (!fresh)
			withdraw_rule(fastpath, device, rule);
	} else if (fresh) {
		rule->entered = true;
		device->n_missing--;
		(*place.count)++;
	}
	update_device(fastpath, device);
	return ret;
}

void ipudp_fastpath_rule_del(struct ipudp_fastpath *fastpath, uint32_t ifindex,
			     const struct lvn_prefix *prefix)
{
	struct fastpath_device *device = fastpath_device_find(fastpath, ifindex);
	struct lvn_prefix masked = *prefix;
	struct fastpath_rule key, *rule;

	if (!device)
		return;
	lvn_addr_mask(&masked.addr, masked.len);
	memset(&key, 0, sizeof(key));
	key.family = (uint8_t)masked.addr.family;
	key.len = masked.len;
	memcpy(key.addr.bytes, masked.addr.bytes, key.family == AF_INET ? 4 : 16);
	HASH_FIND(hh, device->rules, &key, KEY_LEN, rule);
	if (rule)
		fastpath_rule_remove(fastpath, device, rule);
}
