// SPDX-License-Identifier: GPL-2.0-or-later
/* broker/: what there is of each thing, and who has to go when there is no more. */
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

static int hello_from(uint32_t source, struct broker_session **ret)
{
	struct broker_claim claim = { .identity = "",
				      .session = "",
				      .token = "",
				      .name = "n",
				      .credential = "",
				      .source = source };

	return broker_hello(broker, &claim, ret, token, &resumed, &refusal);
}

/* Whoever never binds does not stay, whatever he renews. */
static void test_unbound(void **state)
{
	struct broker_session *session = hello("a");
	char identity[BROKER_IDENTITY_SIZE];

	(void)state;
	pass(30);
	assert_int_equal(broker_renew(broker, session, &(struct broker_wish){ 0 }, &refusal), 0);
	pass(29);
	assert_int_equal(ends, 0);
	pass(1);
	assert_int_equal(ends, 1);
	assert_int_equal(last_reason, BROKER_EXPIRED);
	assert_string_equal(addr_of(hello("a"), 0), "10.0.0.2");
	/* a stranger who has gone, even sooner, and nothing is kept for him */
	session = hello("");
	strcpy(identity, session->lease->identity);
	broker_session_set_owner(broker, session, NULL);
	pass(10);
	assert_int_equal(ends, 2);
	assert_null(broker_lease_lookup(broker, identity));
}

/* A network has so many spokes without certificates; it replaces its own, and those only late. */
static void test_quota(void **state)
{
	struct broker_session *session, *first;
	struct broker_conf *conf = make_conf("10.0.0.1/24");
	char known[BROKER_IDENTITY_SIZE], identity[BROKER_IDENTITY_SIZE];

	(void)state;
	conf->max_leases_source = 3;
	assert_int_equal(broker_reconfigure(broker, conf), 0);
	assert_int_equal(hello_from(7, &first), 0);
	strcpy(known, first->lease->identity);
	bind_at(first, 0, "198.51.100.1:1000", 1);
	broker_end(broker, first, BROKER_EXIT, 0, false);
	assert_int_equal(hello_from(7, &session), 0);
	bind_at(session, 0, "198.51.100.1:1000", 1);
	strcpy(identity, session->lease->identity);
	assert_int_equal(hello_from(7, &session), 0);
	assert_int_equal(hello_from(7, &session), -EPERM);
	assert_string_equal(refusal.code, "limit");
	assert_int_equal(hello_from(8, &session), 0);
	pass(60);
	assert_int_equal(hello_from(7, &session), 0);
	assert_int_equal(hello_from(7, &session), -EPERM);
	assert_non_null(broker_lease_lookup(broker, known));
	bind_at(session, 0, "198.51.100.2:1000", 1);
	pass(540);
	assert_int_equal(hello_from(7, &session), 0);
	assert_null(broker_lease_lookup(broker, known));
	assert_non_null(broker_lease_lookup(broker, identity));
}

/* A pool that is empty: whoever made himself up takes nothing from those who are known. */
static void test_strangers_evict_nobody(void **state)
{
	struct broker_session *session;

	(void)state;
	broker_destroy(broker);
	start("10.0.0.1/29");
	bind_at(hello("a"), 0, "198.51.100.1:1000", 1);
	broker_end(broker, broker_lease_lookup(broker, "a")->session, BROKER_EXIT, 0, false);
	pass(1000);
	hello("b");
	hello("c");
	hello("d");
	assert_int_equal(hello_from(1, &session), -EPERM);
	assert_string_equal(refusal.code, "pool-exhausted");
	assert_non_null(broker_lease_lookup(broker, "a"));
	hello("e");
	assert_null(broker_lease_lookup(broker, "a"));
}

static void test_delegate_limit(void **state)
{
	struct lvn_prefix prefixes[8];
	struct broker_wish wish = { .is_present = true, .prefixes = prefixes, .n_prefixes = 8 };
	struct broker_session *session;
	struct broker_conf *conf = make_conf("10.0.0.1/24");
	char name[2] = "a";
	unsigned int i;

	(void)state;
	for (i = 0; i < 8; i++)
		lvn_prefix_parse("::/64", &prefixes[i]);
	/* sixteen, four for each; who is away makes room for the fifth */
	for (; *name < 'e'; name[0]++) {
		assert_int_equal(try_hello(name, "", "", &wish, &session), 0);
		assert_int_equal(session->lease->n_prefixes, 4);
	}
	assert_int_equal(try_hello("e", "", "", &wish, &session), -EPERM);
	assert_string_equal(refusal.code, "prefix");
	hello("without");
	broker_end(broker, broker_lease_lookup(broker, "without")->session, BROKER_EXIT, 0, false);
	broker_end(broker, broker_lease_lookup(broker, "b")->session, BROKER_EXIT, 0, false);
	assert_int_equal(try_hello("e", "", "", &wish, &session), 0);
	assert_int_equal(session->lease->n_prefixes, 4);
	assert_null(broker_lease_lookup(broker, "b"));
	/* it would not have helped */
	assert_non_null(broker_lease_lookup(broker, "without"));
	/* a lower limit is for those that are there, too */
	bind_at(session, 0, "198.51.100.1:1000", 1);
	conf->delegate_limit = 1;
	assert_int_equal(broker_reconfigure(broker, conf), 0);
	assert_int_equal(session->lease->n_prefixes, 1);
	assert_int_equal(n_rules(), session->lease->n_addresses + 1);
	assert_int_equal(try_hello("f", "", "", &wish, &session), 0);
	assert_int_equal(session->lease->n_prefixes, 1);
}

static void test_pool(void **state)
{
	struct broker_session *session;
	struct lvn_addr wish_addr;
	struct broker_wish wish = { .is_present = true, .addresses = &wish_addr, .n_addresses = 1 };

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
	assert_string_equal(lvn_prefix_format(&session->lease->prefixes[0], text), "fd00:200::/64");
	bind_at(session, 0, "198.51.100.1:1000", 1);
	assert_int_equal(n_rules(), 3);
	/* the same again, and it stays when nothing is asked for */
	assert_int_equal(broker_renew(broker, session, &wish, &refusal), 0);
	assert_int_equal(broker_renew(broker, session, &(struct broker_wish){ 0 }, &refusal), 0);
	assert_string_equal(lvn_prefix_format(&session->lease->prefixes[0], text), "fd00:200::/64");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_unbound, setup, teardown),
		cmocka_unit_test_setup_teardown(test_quota, setup, teardown),
		cmocka_unit_test_setup_teardown(test_strangers_evict_nobody, setup, teardown),
		cmocka_unit_test_setup_teardown(test_delegate_limit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pool, setup, teardown),
		cmocka_unit_test_setup_teardown(test_prefixes, setup, teardown),
	};

	return cmocka_run_group_tests_name("broker_limits", tests, NULL, NULL);
}
