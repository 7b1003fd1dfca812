// SPDX-License-Identifier: GPL-2.0-or-later
/* broker/: sessions, leases, bindings, restart. */
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
#include "broker_fixture.h"

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
	bind_at(session, 0, "198.51.100.1:1000", 1);
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
