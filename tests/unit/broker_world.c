// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The world of broker_world.h, and what must hold in it.
 */
#include "broker_world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "broker/conf.h"
#include "broker/dataplane.h"
#include "broker/policy.h"
#include "broker/session.h"
#include "broker/stats.h"
#include "broker/store.h"
#include "lib/base/log.h"

#define TUNNELS 128
#define RULES 256
#define TOKENS 4

#define must(condition)                                                                 \
	do {                                                                            \
		if (!(condition)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                        \
		}                                                                       \
	} while (0)

/* One for all: the data plane has no other way to ask who owns a tunnel. */
static struct world {
	const uint8_t *data;
	size_t left;
	struct broker *broker;
	struct broker_store store;
	struct {
		uint32_t id;
		struct broker_path path;
	} tunnels[TUNNELS];
	struct {
		struct lvn_prefix prefix;
		struct broker_target targets[BROKER_BINDINGS_MAX];
		unsigned int n;
	} rules[RULES];
	int error;
	uint64_t now_ms;
	unsigned int variant;
	uint64_t counter;
	char tokens[TOKENS][BROKER_TOKEN_SIZE];
} world;

static uint8_t next(void)
{
	if (!world.left)
		return 0;
	world.left--;
	return *world.data++;
}

static uint64_t clock_ms(void)
{
	return world.now_ms;
}

static int64_t clock_s(void)
{
	return 1700000000 + world.now_ms / 1000;
}

static int tunnel_at(uint32_t id)
{
	int i;

	for (i = 0; i < TUNNELS; i++)
		if (world.tunnels[i].id == id)
			return i;
	return -1;
}

static int rule_at(const struct lvn_prefix *prefix)
{
	int i;

	for (i = 0; i < RULES; i++)
		if (world.rules[i].n && lvn_prefix_equal(&world.rules[i].prefix, prefix))
			return i;
	return -1;
}

/**
 * struct search - for the session with a tunnel
 * @tunnel: its id
 * @found: of it
 */
struct search {
	uint32_t tunnel;
	const struct broker_session *found;
};

static void see_owner(void *arg, const struct broker_lease *lease)
{
	struct search *search = arg;
	unsigned int i;

	for (i = 0; lease->session && i < lease->session->n_bindings; i++)
		if (lease->session->bindings[i].tunnel == search->tunnel)
			search->found = lease->session;
}

static const struct broker_session *owner_of_tunnel(uint32_t id)
{
	struct search search = { .tunnel = id };

	broker_lease_list(world.broker, see_owner, &search);
	return search.found;
}

static int plane_add(void *arg, uint32_t id, const struct broker_path *path)
{
	int i = tunnel_at(0);

	(void)arg;
	must(tunnel_at(id) < 0 && i >= 0);
	if (world.error)
		return world.error;
	world.tunnels[i].id = id;
	world.tunnels[i].path = *path;
	return 0;
}

static int plane_move(void *arg, uint32_t id, const struct broker_path *path)
{
	int i = tunnel_at(id);

	(void)arg;
	must(i >= 0);
	if (world.error)
		return world.error;
	world.tunnels[i].path = *path;
	return 0;
}

static int plane_del(void *arg, uint32_t id)
{
	int i = tunnel_at(id), k;
	unsigned int t, n;

	(void)arg;
	if (i < 0)
		return -ENOENT;
	world.tunnels[i].id = 0;
	for (k = 0; k < RULES; k++) {
		for (t = n = 0; t < world.rules[k].n; t++)
			if (world.rules[k].targets[t].tunnel != id)
				world.rules[k].targets[n++] = world.rules[k].targets[t];
		world.rules[k].n = n;
	}
	return 0;
}

static int plane_rule(void *arg, const struct lvn_prefix *prefix,
		      const struct broker_target *targets, unsigned int n)
{
	const struct broker_session *old;
	int i = rule_at(prefix);

	(void)arg;
	if (i < 0 && !n)
		return -ENOENT;
	/* the heart of it: what one session has is never overwritten by another */
	old = i >= 0 && n ? owner_of_tunnel(world.rules[i].targets[0].tunnel) : NULL;
	must(!old || old == owner_of_tunnel(targets[0].tunnel));
	for (i = i >= 0 ? i : 0; world.rules[i].n; i++)
		if (lvn_prefix_equal(&world.rules[i].prefix, prefix))
			break;
	must(i < RULES);
	world.rules[i].prefix = *prefix;
	world.rules[i].n = n;
	if (n)
		memcpy(world.rules[i].targets, targets, n * sizeof(*targets));
	return 0;
}

static int plane_tunnels(void *arg, broker_tunnel_fn *fn, void *fn_arg)
{
	int i;

	(void)arg;
	for (i = 0; i < TUNNELS; i++)
		if (world.tunnels[i].id)
			fn(fn_arg, world.tunnels[i].id, &world.tunnels[i].path);
	return 0;
}

static int plane_rules(void *arg, broker_rule_fn *fn, void *fn_arg)
{
	int i;

	(void)arg;
	for (i = 0; i < RULES; i++)
		if (world.rules[i].n)
			fn(fn_arg, &world.rules[i].prefix, world.rules[i].targets,
			   world.rules[i].n);
	return 0;
}

static int plane_route(void *arg, const struct lvn_prefix *prefix, bool is_up)
{
	(void)arg;
	(void)prefix;
	(void)is_up;
	return 0;
}

/**
 * struct settings - of an identity, as text; one of the variants of the configuration
 * @pattern: whose
 * @address: fixed, NULL for none
 * @prefix: fixed, NULL for none
 * @permit: NULL for none
 */
struct settings {
	const char *pattern;
	const char *address;
	const char *prefix;
	const char *permit;
};

static const struct settings variants[][4] = {
	{ { .pattern = "none" } },
	{ { "a", NULL, NULL, "10.0.0.0/8" }, { "b", "10.0.0.5", "10.2.1.0/24", NULL } },
	{ { "c", "10.0.0.2", "10.2.0.0/25", "fd00::/16" }, { "*", NULL, NULL, "0.0.0.0/0" } },
	{ { "a", "10.0.0.3", "10.2.0.0/23", NULL }, { "b", "10.0.0.2", "10.2.2.0/24", "::/0" } },
	{ { "b", "fd00:100::2", "fd00:200:0:1::/64", "10.2.0.0/16" },
	  { "d", "10.0.0.5", "192.168.0.0/16", "192.0.0.0/8" },
	  { "*", NULL, NULL, "192.168.0.0/15" } },
};

#define VARIANTS (sizeof(variants) / sizeof(variants[0]))

static struct broker_conf *make_conf(unsigned int variant)
{
	const struct settings *from = variants[variant];
	struct broker_conf *conf;
	char text[128];
	unsigned int i;

	must(!broker_conf_create(&conf));
	lvn_prefix_parse("10.0.0.1/28", &conf->networks[0]);
	lvn_prefix_parse("fd00:100::1/64", &conf->networks[1]);
	conf->n_networks = 2;
	lvn_prefix_parse("10.2.0.0/22", &conf->delegations[0].prefix);
	conf->delegations[0].len = 24;
	lvn_prefix_parse("fd00:200::/62", &conf->delegations[1].prefix);
	conf->delegations[1].len = 64;
	conf->n_delegations = 2;
	conf->grace = 600;
	conf->identities = calloc(4, sizeof(*conf->identities));
	must(conf->identities);
	for (i = 0; i < 4 && from[i].pattern; i++) {
		struct broker_identity *to = &conf->identities[i];

		conf->n_identities = i + 1;
		to->pattern = strdup(from[i].pattern);
		if (from[i].address)
			must(!lvn_addr_parse(from[i].address, &to->addresses[to->n_addresses++]));
		if (from[i].prefix)
			must(!lvn_prefix_parse(from[i].prefix, &to->prefixes[to->n_prefixes++]));
		if (from[i].permit)
			must(!lvn_prefix_parse(from[i].permit, &to->permitted[to->n_permitted++]));
	}
	must(!broker_conf_check(conf, text, sizeof(text)));
	return conf;
}

static void start(void)
{
	static const struct broker_clock clock = { clock_ms, clock_s };
	static const struct broker_dataplane dataplane = {
		.tunnel_add = plane_add,
		.tunnel_move = plane_move,
		.tunnel_del = plane_del,
		.rule_set = plane_rule,
		.tunnel_list = plane_tunnels,
		.rule_list = plane_rules,
		.route_set = plane_route,
	};

	must(!broker_create(make_conf(world.variant), &dataplane, &world.store, &clock,
			    &world.broker));
	must(!broker_adopt(world.broker));
}

/*
 * What must hold. All is compared with all, as a reader would, not as the broker does it.
 */

static bool is_fixed_to_other(const struct broker_conf *conf, const char *identity,
			      const struct lvn_prefix *prefix)
{
	const struct broker_identity *own = broker_conf_identity(conf, identity);
	unsigned int i, k;

	for (i = 0; i < conf->n_identities; i++) {
		const struct broker_identity *other = &conf->identities[i];

		for (k = 0; other != own && k < other->n_prefixes; k++)
			if (lvn_prefix_overlaps(&other->prefixes[k], prefix))
				return true;
		for (k = 0; other != own && k < other->n_addresses; k++)
			if (lvn_prefix_contains(prefix, &other->addresses[k]))
				return true;
	}
	return false;
}

static bool is_allowed(const struct broker_conf *conf, const char *identity,
		       const struct lvn_prefix *prefix)
{
	const struct broker_identity *own = broker_conf_identity(conf, identity);
	unsigned int i;

	for (i = 0; own && i < own->n_prefixes; i++)
		if (lvn_prefix_equal(&own->prefixes[i], prefix))
			return true;
	for (i = 0; own && i < own->n_permitted; i++)
		if (lvn_prefix_covers(&own->permitted[i], prefix))
			return true;
	for (i = 0; i < conf->n_delegations; i++)
		if (lvn_prefix_covers(&conf->delegations[i].prefix, prefix) &&
		    prefix->len == conf->delegations[i].len)
			return true;
	return false;
}

static void check_addresses(const struct broker_lease *lease)
{
	const struct broker_conf *conf = broker_conf(world.broker);
	unsigned int i, k;

	must(!lease->session || lease->n_addresses == conf->n_networks);
	for (i = 0; i < lease->n_addresses; i++) {
		const struct lvn_addr *addr = &lease->addresses[i];
		struct lvn_prefix host = { *addr, lvn_addr_bits(addr) };
		bool is_in = false;

		for (k = 0; k < conf->n_networks; k++) {
			struct lvn_prefix network = conf->networks[k];

			is_in |= lvn_prefix_contains(&network, addr);
			must(!lvn_addr_equal(addr, &network.addr));
			lvn_addr_mask(&network.addr, network.len);
			must(!lvn_addr_equal(addr, &network.addr));
		}
		must(is_in);
		must(!is_fixed_to_other(conf, lease->identity, &host));
	}
}

static void check_prefixes(const struct broker_lease *lease)
{
	const struct broker_conf *conf = broker_conf(world.broker);
	unsigned int i, k;

	for (i = 0; i < lease->n_prefixes; i++) {
		const struct lvn_prefix *prefix = &lease->prefixes[i];

		for (k = 0; k < conf->n_networks; k++)
			must(!lvn_prefix_overlaps(&conf->networks[k], prefix));
		must(!is_fixed_to_other(conf, lease->identity, prefix));
		must(is_allowed(conf, lease->identity, prefix));
		for (k = 0; k < TUNNELS; k++)
			must(!world.tunnels[k].id ||
			     !lvn_prefix_contains(prefix, &world.tunnels[k].path.remote.addr));
	}
}

/**
 * struct census - of all leases
 * @lease: one of them, that the others are compared with
 * @rules: that there should be
 * @tunnels: likewise
 */
struct census {
	const struct broker_lease *lease;
	unsigned int rules;
	unsigned int tunnels;
};

static void compare(void *arg, const struct broker_lease *other)
{
	const struct census *census = arg;
	const struct broker_lease *lease = census->lease;
	unsigned int i, k;

	if (lease == other)
		return;
	for (i = 0; i < lease->n_addresses; i++)
		for (k = 0; k < other->n_addresses; k++)
			must(!lvn_addr_equal(&lease->addresses[i], &other->addresses[k]));
	for (i = 0; i < lease->n_prefixes; i++)
		for (k = 0; k < other->n_prefixes; k++)
			must(!lvn_prefix_overlaps(&lease->prefixes[i], &other->prefixes[k]));
}

static void check_rule(const struct broker_session *session, const struct lvn_prefix *prefix)
{
	int rule = rule_at(prefix);
	unsigned int t;

	must(rule >= 0 && world.rules[rule].n == session->n_bound);
	for (t = 0; t < world.rules[rule].n; t++)
		must(owner_of_tunnel(world.rules[rule].targets[t].tunnel) == session);
}

static void check_plane(struct census *census, const struct broker_session *session)
{
	const struct broker_lease *lease = session->lease;
	unsigned int i, n = 0;

	for (i = 0; i < session->n_bindings; i++) {
		const struct broker_binding *binding = &session->bindings[i];
		int tunnel = binding->tunnel ? tunnel_at(binding->tunnel) : -1;

		if (!binding->tunnel)
			continue;
		n++;
		must(tunnel >= 0);
		must(lvn_endpoint_equal(&world.tunnels[tunnel].path.remote, &binding->path.remote));
	}
	must(n == session->n_bound);
	must(lease->state == (n ? BROKER_BOUND : BROKER_LEASED));
	census->tunnels += n;
	for (i = 0; n && i < lease->n_addresses; i++) {
		struct lvn_prefix host = { lease->addresses[i],
					   lvn_addr_bits(&lease->addresses[i]) };

		check_rule(session, &host);
	}
	for (i = 0; n && i < lease->n_prefixes; i++)
		check_rule(session, &lease->prefixes[i]);
	if (n)
		census->rules += lease->n_addresses + lease->n_prefixes;
}

static void check_lease(void *arg, const struct broker_lease *lease)
{
	struct census *census = arg;

	census->lease = lease;
	check_addresses(lease);
	check_prefixes(lease);
	broker_lease_list(world.broker, compare, census);
	if (lease->session)
		check_plane(census, lease->session);
	else
		must(lease->state == BROKER_GRACE);
}

static void check(void)
{
	struct census census = { .rules = 0 };
	unsigned int i, rules = 0, tunnels = 0;

	broker_lease_list(world.broker, check_lease, &census);
	for (i = 0; i < RULES; i++)
		rules += world.rules[i].n != 0;
	for (i = 0; i < TUNNELS; i++)
		tunnels += world.tunnels[i].id != 0;
	must(rules == census.rules);
	must(tunnels == census.tunnels);
}

/* What can happen. */

static const char *const identities[] = { "a", "b", "c", "d", "e", "f" };

static struct broker_session *some_session(void)
{
	struct broker_lease *lease = broker_lease_lookup(world.broker, identities[next() % 6]);

	return lease ? lease->session : NULL;
}

static const char *const wished_prefixes[] = {
	"0.0.0.0/24",	 "::/64",	   "10.0.0.0/24",    "10.0.0.2/32",	  "10.0.0.1/32",
	"10.2.0.0/24",	 "10.2.1.0/24",	   "10.2.1.128/25",  "10.0.0.0/9",	  "10.3.0.0/16",
	"10.3.1.0/24",	 "192.168.0.0/24", "192.168.0.0/15", "fd00:200:0:1::/64", "198.51.100.0/24",
	"fd00:100::/80",
};
static const char *const wished_addresses[] = { "10.0.0.2",  "10.0.0.5",    "10.0.0.1",
						"10.0.0.15", "fd00:100::2", "192.0.2.1" };

/**
 * struct wishes - memory of a struct broker_wish
 * @addresses: of it
 * @prefixes: of it
 */
struct wishes {
	struct lvn_addr addresses[2];
	struct lvn_prefix prefixes[BROKER_PREFIXES_MAX];
};

static struct broker_wish make_wish(struct wishes *memory)
{
	struct broker_wish wish = { .addresses = memory->addresses, .prefixes = memory->prefixes };
	unsigned int how = next(), i;

	wish.is_present = how & 1;
	wish.n_addresses = how >> 1 & 1;
	wish.n_prefixes = how >> 2 & 3;
	for (i = 0; i < wish.n_addresses; i++)
		lvn_addr_parse(wished_addresses[next() % 6], &memory->addresses[i]);
	for (i = 0; i < wish.n_prefixes; i++)
		lvn_prefix_parse(wished_prefixes[next() % 16], &memory->prefixes[i]);
	return wish;
}

static void do_hello(void)
{
	unsigned int who = next() % 10, slot = who % TOKENS;
	char token[BROKER_TOKEN_SIZE] = "";
	struct broker_refusal refusal;
	struct broker_session *session;
	struct wishes memory;
	struct broker_claim claim = {
		.identity = who < 6 ? identities[who] : "",
		.token = who < 6 ? "" : world.tokens[slot],
		.session = "",
		.name = "n",
		.credential = "c",
		.wish = make_wish(&memory),
	};
	bool resumed;
	int ret;

	ret = broker_hello(world.broker, &claim, &session, token, &resumed, &refusal);
	must(!ret || *refusal.code);
	if (who >= 6)
		strcpy(world.tokens[slot], ret ? "" : token);
}

static void do_renew(void)
{
	struct broker_session *session = some_session();
	struct broker_refusal refusal;
	struct wishes memory;
	struct broker_wish wish = make_wish(&memory);

	if (session)
		broker_renew(world.broker, session, &wish, &refusal);
}

static void do_bind(void)
{
	static const char *const remotes[] = { "198.51.100.1:1",  "198.51.100.2:1",
					       "[2001:db8::1]:1", "10.0.0.2:1",
					       "10.2.0.1:1",	  "192.168.0.1:1" };
	struct broker_session *session = some_session();
	struct broker_path path = { .listener = 1 + next() % 2 };
	struct broker_bind bind = { .index = next() % 4,
				    .weight = 1 + next() % 2,
				    .counter = ++world.counter,
				    .proved_ms = world.now_ms,
				    .path = &path };

	lvn_endpoint_parse(remotes[next() % 6], 0, &path.remote);
	lvn_addr_parse("203.0.113.1", &path.local);
	world.error = next() % 16 ? 0 : -EIO;
	if (session)
		broker_bind(world.broker, session, &bind);
	world.error = 0;
}

static void do_reload(void)
{
	unsigned int variant = next() % VARIANTS;

	must(!broker_reconfigure(world.broker, make_conf(variant)));
	world.variant = variant;
}

static void do_step(void)
{
	struct broker_session *session;

	switch (next() % 12) {
	case 0:
		session = some_session();
		if (session)
			broker_end(world.broker, session, BROKER_EXIT, 0, next() & 1);
		break;
	case 1:
		session = some_session();
		if (session)
			broker_unbind(world.broker, session, next() % 4, ++world.counter,
				      BROKER_RELEASED);
		break;
	case 2:
		do_reload();
		break;
	case 3:
		world.now_ms += next() * 4000;
		broker_tick(world.broker);
		break;
	case 4:
		broker_destroy(world.broker);
		world.variant = next() % VARIANTS;
		start();
		break;
	case 5:
	case 6:
		do_renew();
		break;
	case 7:
	case 8:
		do_hello();
		break;
	default:
		do_bind();
	}
}

/* When all are gone nothing is taken but what was reserved at the beginning. */
static void check_leaks(void)
{
	struct broker_session *session;
	struct broker_lease *lease;
	struct broker_stats now, fresh;
	unsigned int i;

	for (i = 0; i < 6; i++) {
		lease = broker_lease_lookup(world.broker, identities[i]);
		session = lease ? lease->session : NULL;
		if (session)
			broker_end(world.broker, session, BROKER_EXIT, 0, true);
	}
	for (i = 0; i < 4; i++) {
		world.now_ms += 4000000;
		broker_tick(world.broker);
	}
	check();
	broker_stats_get(world.broker, &now);
	must(!now.leases && !now.bindings);
	broker_destroy(world.broker);
	start();
	broker_stats_get(world.broker, &fresh);
	must(now.addresses_used == fresh.addresses_used);
	must(now.prefixes_used == fresh.prefixes_used);
}

void broker_world_run(const uint8_t *data, size_t size)
{
	memset(&world, 0, sizeof(world));
	world.data = data;
	world.left = size;
	world.now_ms = 1000000;
	must(!broker_store_open_sqlite(":memory:", &world.store));
	world.variant = next() % VARIANTS;
	start();
	while (world.left) {
		do_step();
		check();
	}
	check_leaks();
	broker_destroy(world.broker);
	world.store.destroy(world.store.arg);
}
