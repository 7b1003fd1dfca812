// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * broker/: sessions, leases, bindings, restart, over a data plane in memory, a store in memory that
 * can be made to fail, and a clock that the test turns.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "broker/conf.h"
#include "broker/dataplane.h"
#include "broker/policy.h"
#include "broker/session.h"
#include "broker/stats.h"
#include "broker/store.h"

#define MAX 64

static struct {
	struct { uint32_t id; struct broker_path path; } tunnels[MAX];
	struct { struct lvn_prefix prefix; struct broker_target targets[16]; unsigned int n; }
		rules[MAX];
	unsigned int changes;
	int error;
} plane;

static struct broker_store store, real_store;
static int store_error;
static struct broker *broker;
static uint64_t now_ms = 1000000;
static int64_t wall = 1700000000;
static unsigned int ups, downs, ends;
static enum broker_reason last_reason;

static uint64_t clock_ms(void) { return now_ms; }
static int64_t clock_s(void) { return wall; }

static void pass(unsigned int seconds)
{
	while (seconds--) {
		now_ms += 1000;
		wall++;
		broker_tick(broker);
	}
}

static int tunnel_at(uint32_t id)
{
	int i;

	for (i = 0; i < MAX; i++)
		if (plane.tunnels[i].id == id)
			return i;
	return -1;
}

static unsigned int n_tunnels(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < MAX; i++)
		n += plane.tunnels[i].id != 0;
	return n;
}

static unsigned int n_rules(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < MAX; i++)
		n += plane.rules[i].n != 0;
	return n;
}

static int plane_add(void *arg, uint32_t id, const struct broker_path *path)
{
	int i = tunnel_at(0);

	(void)arg;
	assert_int_equal(tunnel_at(id), -1);
	assert_true(i >= 0);
	if (plane.error)
		return plane.error;
	plane.changes++;
	plane.tunnels[i].id = id;
	plane.tunnels[i].path = *path;
	return 0;
}

static int plane_move(void *arg, uint32_t id, const struct broker_path *path)
{
	int i = tunnel_at(id);

	(void)arg;
	assert_true(i >= 0);
	if (plane.error)
		return plane.error;
	plane.changes++;
	plane.tunnels[i].path = *path;
	return 0;
}

static int plane_rule(void *arg, const struct lvn_prefix *prefix,
		      const struct broker_target *targets, unsigned int n)
{
	int i, free_one = -1;

	(void)arg;
	for (i = 0; i < MAX; i++) {
		if (plane.rules[i].n && lvn_prefix_equal(&plane.rules[i].prefix, prefix))
			break;
		if (!plane.rules[i].n && free_one < 0)
			free_one = i;
	}
	if (i == MAX && !n)
		return -ENOENT;
	if (i == MAX)
		i = free_one;
	if (plane.rules[i].n != n || (n && plane.rules[i].targets[0].tunnel != targets[0].tunnel))
		plane.changes++;
	plane.rules[i].prefix = *prefix;
	plane.rules[i].n = n;
	if (n)
		memcpy(plane.rules[i].targets, targets, n * sizeof(*targets));
	return 0;
}

static int plane_del(void *arg, uint32_t id)
{
	int i = tunnel_at(id);

	(void)arg;
	if (i < 0)
		return -ENOENT;
	plane.changes++;
	plane.tunnels[i].id = 0;
	return 0;
}

static int plane_tunnels(void *arg, broker_tunnel_fn *fn, void *fn_arg)
{
	int i;

	(void)arg;
	for (i = 0; i < MAX; i++)
		if (plane.tunnels[i].id)
			fn(fn_arg, plane.tunnels[i].id, &plane.tunnels[i].path);
	return 0;
}

static int plane_rules(void *arg, broker_rule_fn *fn, void *fn_arg)
{
	int i;

	(void)arg;
	for (i = 0; i < MAX; i++)
		if (plane.rules[i].n)
			fn(fn_arg, &plane.rules[i].prefix, plane.rules[i].targets,
			   plane.rules[i].n);
	return 0;
}

static int plane_route(void *arg, const struct lvn_prefix *prefix, bool is_up)
{
	(void)arg;
	(void)prefix;
	(void)is_up;
	return 0;
}

static int failing_session_put(void *arg, const struct broker_session_record *record)
{
	return store_error ?: real_store.session_put(arg, record);
}

static int failing_binding_put(void *arg, const struct broker_binding_record *record)
{
	return store_error ?: real_store.binding_put(arg, record);
}

static void on_up(void *arg, struct broker_session *session, unsigned int index)
{
	(void)arg;
	(void)session;
	(void)index;
	ups++;
}

static void on_down(void *arg, struct broker_session *session, unsigned int index,
		    enum broker_reason reason)
{
	(void)arg;
	(void)session;
	(void)index;
	last_reason = reason;
	downs++;
}

static void on_ended(void *arg, struct broker_session *session, enum broker_reason reason,
		     unsigned int retry_after)
{
	(void)arg;
	(void)session;
	(void)retry_after;
	last_reason = reason;
	ends++;
}

static struct broker_conf *make_conf(const char *network)
{
	struct broker_conf *conf;
	char text[128] = "";

	assert_int_equal(broker_conf_create(&conf), 0);
	assert_int_equal(lvn_prefix_parse(network, &conf->networks[0]), 0);
	assert_int_equal(lvn_prefix_parse("fd00:100::1/64", &conf->networks[1]), 0);
	conf->n_networks = 2;
	assert_int_equal(lvn_prefix_parse("fd00:200::/60", &conf->delegations[0].prefix), 0);
	conf->delegations[0].len = 64;
	conf->n_delegations = 1;
	conf->identities = calloc(1, sizeof(*conf->identities));
	assert_non_null(conf->identities);
	conf->n_identities = 1;
	conf->identities[0].pattern = strdup("fixed");
	conf->identities[0].n_addresses = 1;
	lvn_addr_parse("10.0.0.5", &conf->identities[0].addresses[0]);
	conf->identities[0].n_permitted = 1;
	lvn_prefix_parse("192.168.0.0/16", &conf->identities[0].permitted[0]);
	assert_int_equal(broker_conf_check(conf, text, sizeof(text)), 0);
	return conf;
}

static void start(const char *network)
{
	static const struct broker_clock clock = { clock_ms, clock_s };
	static const struct broker_front front = { .up = on_up, .down = on_down,
						   .ended = on_ended };
	static const struct broker_dataplane dataplane = {
		.tunnel_add = plane_add,
		.tunnel_move = plane_move,
		.tunnel_del = plane_del,
		.rule_set = plane_rule,
		.tunnel_list = plane_tunnels,
		.rule_list = plane_rules,
		.route_set = plane_route,
	};

	assert_int_equal(broker_create(make_conf(network), &dataplane, &store, &clock, &broker), 0);
	broker_set_front(broker, &front);
	assert_int_equal(broker_adopt(broker), 0);
}

static int setup(void **state)
{
	(void)state;
	memset(&plane, 0, sizeof(plane));
	store_error = 0;
	ups = downs = ends = 0;
	assert_int_equal(broker_store_open_sqlite(":memory:", &real_store), 0);
	store = real_store;
	store.session_put = failing_session_put;
	store.binding_put = failing_binding_put;
	start("10.0.0.1/24");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	broker_destroy(broker);
	store.destroy(store.arg);
	return 0;
}

/* What a crash leaves: the store and the data plane. */
static void crash(void)
{
	broker_destroy(broker);
	ups = downs = ends = 0;
	plane.changes = 0;
	start("10.0.0.1/24");
}

static char token[BROKER_TOKEN_SIZE];
static struct broker_refusal refusal;
static bool resumed;

static int try_hello(const char *identity, const char *session, const char *with_token,
		     const struct broker_wish *wish, struct broker_session **ret)
{
	struct broker_claim claim = {
		.identity = identity, .session = session, .token = with_token, .name = "n",
		.credential = "c",
	};

	if (wish)
		claim.wish = *wish;
	return broker_hello(broker, &claim, ret, token, &resumed, &refusal);
}

static struct broker_session *hello(const char *identity)
{
	struct broker_session *session;

	assert_int_equal(try_hello(identity, "", "", NULL, &session), 0);
	return session;
}

static int bind_at(struct broker_session *session, unsigned int index, const char *remote,
		   uint64_t counter)
{
	struct broker_path path = { .listener = 1 };
	struct broker_bind bind = { .index = index, .weight = 1, .counter = counter,
				    .proved_ms = now_ms, .path = &path };

	assert_int_equal(lvn_endpoint_parse(remote, 0, &path.remote), 0);
	lvn_addr_parse("203.0.113.1", &path.local);
	return broker_bind(broker, session, &bind);
}

static const char *addr_of(const struct broker_session *session, unsigned int i)
{
	static char text[LVN_ADDR_TEXT_SIZE];

	return lvn_addr_format(&session->lease->addresses[i], text);
}

static void test_life(void **state)
{
	struct broker_session *session = hello("a");

	(void)state;
	assert_string_equal(addr_of(session, 0), "10.0.0.2");
	assert_string_equal(addr_of(session, 1), "fd00:100::2");
	assert_int_equal(session->lease->state, BROKER_LEASED);
	assert_int_equal(bind_at(session, 0, "198.51.100.1:1000", 1), 0);
	assert_int_equal(session->lease->state, BROKER_BOUND);
	assert_int_equal(n_tunnels(), 1);
	assert_int_equal(n_rules(), 2);
	assert_int_equal(ups, 1);
	/* consent keeps it, silence ends it, the session stays */
	pass(79);
	assert_int_equal(bind_at(session, 0, "198.51.100.1:1000", 2), 0);
	pass(79);
	assert_int_equal(n_tunnels(), 1);
	pass(1);
	assert_int_equal(n_tunnels(), 0);
	assert_int_equal(n_rules(), 0);
	assert_int_equal(last_reason, BROKER_TIMEOUT);
	assert_int_equal(session->lease->state, BROKER_LEASED);
	assert_int_equal(bind_at(session, 0, "198.51.100.1:1000", 3), 0);
	assert_int_equal(n_tunnels(), 1);
	broker_end(broker, session, BROKER_EXIT, 0, false);
	assert_int_equal(n_tunnels(), 0);
	assert_int_equal(n_rules(), 0);
	/* the same address in the grace time, another identity gets another */
	assert_string_equal(addr_of(hello("b"), 0), "10.0.0.3");
	assert_string_equal(addr_of(hello("a"), 0), "10.0.0.2");
}

static void test_expiry(void **state)
{
	struct broker_session *session = hello("a");

	(void)state;
	pass(3599);
	assert_int_equal(ends, 0);
	assert_int_equal(broker_renew(broker, session, &(struct broker_wish){ 0 }, &refusal), 0);
	pass(3599);
	assert_int_equal(ends, 0);
	pass(1);
	assert_int_equal(ends, 1);
	assert_int_equal(last_reason, BROKER_EXPIRED);
	assert_non_null(broker_lease_lookup(broker, "a"));
	pass(86400);
	assert_null(broker_lease_lookup(broker, "a"));
}

static void test_move(void **state)
{
	struct broker_session *session = hello("a"), *other = hello("b");
	char text[LVN_ADDR_TEXT_SIZE];

	(void)state;
	bind_at(session, 0, "198.51.100.1:1000", 1);
	bind_at(other, 0, "198.51.100.2:1000", 1);
	assert_int_equal(bind_at(session, 0, "198.51.100.1:1001", 2), 0);
	assert_int_equal(n_tunnels(), 2);
	assert_string_equal(lvn_endpoint_format(&plane.tunnels[0].path.remote, text),
			    "198.51.100.1:1001");
	/* the mapping of another session, which is no longer there */
	assert_int_equal(bind_at(session, 0, "198.51.100.2:1000", 3), 0);
	assert_int_equal(n_tunnels(), 1);
	assert_int_equal(last_reason, BROKER_TAKEN);
	assert_int_equal(other->lease->state, BROKER_LEASED);
}

/* Consent lasts a timeout since the last proof; requests without one prolong nothing. */
static void test_consent(void **state)
{
	struct broker_session *session = hello("a"), *other = hello("b");
	struct broker_path path = { .listener = 1 };
	struct broker_bind bind = { .weight = 1, .counter = 2, .path = &path };

	(void)state;
	bind_at(session, 0, "198.51.100.1:1000", 1);
	path = session->bindings[0].path;
	pass(10);
	bind_at(other, 0, "198.51.100.2:1000", 1);
	assert_true(broker_is_consent_fresh(broker, &session->bindings[0]));
	pass(30);
	assert_false(broker_is_consent_fresh(broker, &session->bindings[0]));
	assert_int_equal(broker_bind(broker, session, &bind), 0);
	/* a proof of some time ago: later than the first, but before the other one's */
	bind.counter++;
	bind.proved_ms = now_ms - 35000;
	assert_int_equal(broker_bind(broker, session, &bind), 0);
	pass(44);
	assert_int_equal(n_tunnels(), 2);
	pass(1);
	assert_int_equal(session->n_bound, 0);
	assert_int_equal(other->n_bound, 1);
	pass(5);
	assert_int_equal(n_tunnels(), 0);
}

static void test_two_bindings(void **state)
{
	struct broker_session *session = hello("a");

	(void)state;
	bind_at(session, 0, "198.51.100.1:1000", 1);
	bind_at(session, 3, "198.51.100.2:1000", 2);
	assert_int_equal(n_tunnels(), 2);
	assert_int_equal(plane.rules[0].n, 2);
	assert_int_equal(bind_at(session, 4, "198.51.100.3:1000", 3), -ERANGE);
	broker_unbind(broker, session, 0, 4, BROKER_RELEASED);
	assert_int_equal(n_tunnels(), 1);
	assert_int_equal(plane.rules[0].n, 1);
	assert_int_equal(session->lease->state, BROKER_BOUND);
	assert_int_equal(session->bindings[0].counter, 4);
}

static void test_restart(void **state)
{
	struct broker_session *session = hello("a");
	char id[BROKER_SESSION_SIZE], key[BROKER_KEY_SIZE];

	(void)state;
	bind_at(session, 0, "198.51.100.1:1000", 7);
	bind_at(hello("b"), 0, "198.51.100.2:1000", 1);
	strcpy(id, session->id);
	strcpy(key, session->key);
	crash();
	/* nothing in the data plane was touched */
	assert_int_equal(plane.changes, 0);
	session = broker_session_lookup(broker, id, strlen(id));
	assert_non_null(session);
	assert_string_equal(session->key, key);
	assert_int_equal(session->lease->state, BROKER_BOUND);
	assert_int_equal(session->bindings[0].counter, 7);
	assert_int_equal(try_hello("a", id, "", NULL, &session), 0);
	assert_true(resumed);
	assert_string_equal(addr_of(hello("c"), 0), "10.0.0.4");
	/* a tunnel that is missing, one that leads elsewhere, one that nobody knows */
	plane.tunnels[0].id = 0;
	plane.tunnels[1].path.remote.port++;
	plane_add(NULL, 99, &plane.tunnels[1].path);
	crash();
	assert_int_equal(n_tunnels(), 2);
	assert_int_equal(tunnel_at(99), -1);
	assert_int_equal(n_rules(), 4);
	assert_int_equal(plane.tunnels[1].path.remote.port, 1000);
	/* new ones get ids that were never used */
	bind_at(hello("c"), 0, "198.51.100.3:1000", 1);
	assert_true(tunnel_at(100) >= 0);
}

static void test_counters_survive(void **state)
{
	struct broker_session *session = hello("a");
	char id[BROKER_SESSION_SIZE];

	(void)state;
	strcpy(id, session->id);
	bind_at(session, 0, "198.51.100.1:1000", 1);
	bind_at(session, 0, "198.51.100.1:1000", 50);
	pass(31);
	crash();
	session = broker_session_lookup(broker, id, strlen(id));
	assert_int_equal(session->bindings[0].counter, 50);
}

static void test_pool(void **state)
{
	struct broker_session *session;
	struct lvn_addr wish_addr;
	struct broker_wish wish = { .is_present = true, .addresses = &wish_addr,
				    .n_addresses = 1 };

	(void)state;
	broker_destroy(broker);
	start("10.0.0.1/29");
	/* .0 and .7 are no addresses, .1 is the hub's, .5 is fixed: .2 .3 .4 .6 are left */
	assert_string_equal(addr_of(hello("a"), 0), "10.0.0.2");
	lvn_addr_parse("10.0.0.6", &wish_addr);
	assert_int_equal(try_hello("b", "", "", &wish, &session), 0);
	assert_string_equal(addr_of(session, 0), "10.0.0.6");
	lvn_addr_parse("10.0.0.5", &wish_addr);
	assert_int_equal(try_hello("c", "", "", &wish, &session), 0);
	assert_string_equal(addr_of(session, 0), "10.0.0.3");
	assert_string_equal(addr_of(hello("d"), 0), "10.0.0.4");
	assert_int_equal(try_hello("e", "", "", NULL, &session), -EPERM);
	assert_string_equal(refusal.code, "pool-exhausted");
	assert_string_equal(addr_of(hello("fixed"), 0), "10.0.0.5");
	/* who is gone makes room, although in its grace time */
	broker_end(broker, broker_lease_lookup(broker, "d")->session, BROKER_EXIT, 0, false);
	assert_string_equal(addr_of(hello("e"), 0), "10.0.0.4");
}

static void test_prefixes(void **state)
{
	struct broker_session *session;
	struct lvn_prefix prefixes[2];
	struct broker_wish wish = { .is_present = true, .prefixes = prefixes, .n_prefixes = 1 };
	char text[LVN_ADDR_TEXT_SIZE];

	(void)state;
	lvn_prefix_parse("::/64", &prefixes[0]);
	assert_int_equal(try_hello("a", "", "", &wish, &session), 0);
	assert_int_equal(session->lease->n_prefixes, 1);
	assert_string_equal(lvn_prefix_format(&session->lease->prefixes[0], text),
			    "fd00:200::/64");
	bind_at(session, 0, "198.51.100.1:1000", 1);
	assert_int_equal(n_rules(), 3);
	/* the same again, and it stays when nothing is asked for */
	assert_int_equal(broker_renew(broker, session, &wish, &refusal), 0);
	assert_int_equal(broker_renew(broker, session, &(struct broker_wish){ 0 }, &refusal), 0);
	assert_string_equal(lvn_prefix_format(&session->lease->prefixes[0], text),
			    "fd00:200::/64");
	wish.n_prefixes = 0;
	assert_int_equal(broker_renew(broker, session, &wish, &refusal), 0);
	assert_int_equal(session->lease->n_prefixes, 0);
	assert_int_equal(n_rules(), 2);
	/* exact ones only where permitted, and not twice */
	wish.n_prefixes = 1;
	lvn_prefix_parse("192.168.7.0/24", &prefixes[0]);
	assert_int_equal(try_hello("b", "", "", &wish, &session), -EPERM);
	assert_string_equal(refusal.code, "prefix");
	assert_string_equal(refusal.detail, "192.168.7.0/24");
	assert_int_equal(try_hello("fixed", "", "", &wish, &session), 0);
	wish.n_prefixes = 2;
	lvn_prefix_parse("172.16.0.0/12", &prefixes[1]);
	assert_int_equal(broker_renew(broker, session, &wish, &refusal), -EPERM);
	assert_int_equal(session->lease->n_prefixes, 1);
}

static void test_same_identity_twice(void **state)
{
	struct broker_session *first = hello("a"), *second;
	char id[BROKER_SESSION_SIZE];

	(void)state;
	bind_at(first, 0, "198.51.100.1:1000", 1);
	strcpy(id, first->id);
	second = hello("a");
	assert_int_equal(ends, 1);
	assert_int_equal(last_reason, BROKER_REPLACED);
	assert_string_not_equal(second->id, id);
	assert_int_equal(n_tunnels(), 0);
	assert_string_equal(addr_of(second, 0), "10.0.0.2");
	((struct broker_conf *)broker_conf(broker))->refuse_duplicate = true;
	assert_int_equal(try_hello("a", "", "", NULL, &first), -EPERM);
	assert_string_equal(refusal.code, "duplicate");
}

static void test_policy(void **state)
{
	struct broker_session *session = hello("mallory.example");

	(void)state;
	hello("alice.example");
	bind_at(session, 0, "198.51.100.1:1000", 1);
	assert_int_equal(broker_policy_set(broker, "mallory.*", false), 0);
	assert_int_equal(ends, 1);
	assert_int_equal(last_reason, BROKER_DENIED);
	assert_int_equal(n_tunnels(), 0);
	assert_int_equal(try_hello("mallory.example", "", "", NULL, &session), -EPERM);
	assert_string_equal(refusal.code, "denied");
	crash();
	assert_int_equal(try_hello("mallory.example", "", "", NULL, &session), -EPERM);
	assert_int_equal(broker_policy_clear(broker, "mallory.*"), 0);
	assert_int_equal(broker_policy_clear(broker, "mallory.*"), -ENOENT);
	hello("mallory.example");
}

static void test_anonymous(void **state)
{
	struct broker_session *session = hello("");
	char first[BROKER_TOKEN_SIZE], identity[BROKER_IDENTITY_SIZE];

	(void)state;
	strcpy(first, token);
	strcpy(identity, session->lease->identity);
	assert_int_equal(strlen(first), 43);
	assert_int_equal(identity[0], '~');
	hello("");
	assert_string_not_equal(first, token);
	broker_end(broker, broker_lease_lookup(broker, identity)->session, BROKER_EXIT, 0, false);
	crash();
	assert_int_equal(try_hello("", "", first, NULL, &session), 0);
	assert_string_equal(session->lease->identity, identity);
	assert_string_equal(addr_of(session, 0), "10.0.0.2");
	first[0] ^= 1;
	assert_int_equal(try_hello("", "", first, NULL, &session), -EPERM);
	assert_string_equal(refusal.code, "token");
}

static void test_store_fails(void **state)
{
	struct broker_session *session = hello("a");
	struct broker_stats stats;
	char id[BROKER_SESSION_SIZE];

	(void)state;
	strcpy(id, session->id);
	store_error = -ENOSPC;
	/* sessions go on, new ones are refused with a clear reason */
	assert_int_equal(bind_at(session, 0, "198.51.100.1:1000", 1), 0);
	assert_int_equal(n_tunnels(), 1);
	assert_int_equal(try_hello("b", "", "", NULL, &session), -EPERM);
	assert_string_equal(refusal.code, "busy");
	pass(5);
	broker_stats_get(broker, &stats);
	assert_true(stats.store_errors > 1);
	assert_int_equal(stats.sessions, 1);
	store_error = 0;
	pass(1);
	crash();
	assert_int_equal(plane.changes, 0);
	assert_non_null(broker_session_lookup(broker, id, strlen(id)));
	hello("b");
}

static void test_dataplane_fails(void **state)
{
	struct broker_session *session = hello("a");

	(void)state;
	plane.error = -ENOMEM;
	assert_int_equal(bind_at(session, 0, "198.51.100.1:1000", 1), -ENOMEM);
	assert_int_equal(session->lease->state, BROKER_LEASED);
	plane.error = 0;
	assert_int_equal(bind_at(session, 0, "198.51.100.1:1000", 2), 0);
	assert_int_equal(n_tunnels(), 1);
}

static void test_reconfigure(void **state)
{
	struct broker_conf *conf = make_conf("10.0.0.1/24");

	(void)state;
	hello("a");
	broker_patterns_add(&conf->deny, "a");
	assert_int_equal(broker_reconfigure(broker, conf), 0);
	assert_int_equal(last_reason, BROKER_DENIED);
	conf = make_conf("10.0.0.1/25");
	assert_int_equal(broker_reconfigure(broker, conf), -EINVAL);
	broker_conf_destroy(conf);
	assert_string_equal(addr_of(hello("b"), 0), "10.0.0.3");
}

/* Many random steps; what must hold after each is checked against a plain count. */
static void test_random(void **state)
{
	char identity[8], remote[32];
	unsigned int i, k, bound;
	uint64_t counter = 1;

	(void)state;
	srand(1);
	for (i = 0; i < 20000; i++) {
		struct broker_lease *lease;

		snprintf(identity, sizeof(identity), "s%d", rand() % 12);
		snprintf(remote, sizeof(remote), "198.51.100.%d:%d", rand() % 4 + 1,
			 rand() % 4 + 1);
		lease = broker_lease_lookup(broker, identity);
		switch (rand() % 8) {
		case 0:
			hello(identity);
			break;
		case 1:
			if (lease && lease->session)
				broker_end(broker, lease->session, BROKER_EXIT, 0, rand() % 2);
			break;
		case 2:
			if (lease && lease->session)
				broker_unbind(broker, lease->session, rand() % 4, counter++,
					      BROKER_RELEASED);
			break;
		case 3:
			pass(rand() % 30);
			break;
		case 4:
			if (rand() % 20 == 0)
				crash();
			break;
		default:
			plane.error = rand() % 20 ? 0 : -EIO;
			if (lease && lease->session)
				bind_at(lease->session, rand() % 4, remote, counter++);
			plane.error = 0;
		}
		for (bound = 0, k = 0; k < 12; k++) {
			unsigned int n, b;

			snprintf(identity, sizeof(identity), "s%u", k);
			lease = broker_lease_lookup(broker, identity);
			if (!lease || !lease->session)
				continue;
			for (n = 0, b = 0; b < 4; b++)
				n += lease->session->bindings[b].tunnel != 0;
			assert_int_equal(lease->state, n ? BROKER_BOUND : BROKER_LEASED);
			assert_int_equal(lease->session->n_bound, n);
			bound += n;
		}
		assert_int_equal(n_tunnels(), bound);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_life, setup, teardown),
		cmocka_unit_test_setup_teardown(test_expiry, setup, teardown),
		cmocka_unit_test_setup_teardown(test_move, setup, teardown),
		cmocka_unit_test_setup_teardown(test_consent, setup, teardown),
		cmocka_unit_test_setup_teardown(test_two_bindings, setup, teardown),
		cmocka_unit_test_setup_teardown(test_restart, setup, teardown),
		cmocka_unit_test_setup_teardown(test_counters_survive, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pool, setup, teardown),
		cmocka_unit_test_setup_teardown(test_prefixes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_same_identity_twice, setup, teardown),
		cmocka_unit_test_setup_teardown(test_policy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_anonymous, setup, teardown),
		cmocka_unit_test_setup_teardown(test_store_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dataplane_fails, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reconfigure, setup, teardown),
		cmocka_unit_test_setup_teardown(test_random, setup, teardown),
	};

	return cmocka_run_group_tests_name("broker", tests, NULL, NULL);
}
