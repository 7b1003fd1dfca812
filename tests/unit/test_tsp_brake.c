// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Wrong keys slow down who shows them, and nobody else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "tsp/brake.h"

static struct tsp_brake brake;
static uint64_t now_ms;
static struct lvn_addr addr;

static int setup(void **state)
{
	(void)state;
	tsp_brake_init(&brake, 42);
	now_ms = 1000000;
	return 0;
}

static struct tsp_try at(const char *text, const char *user)
{
	assert_int_equal(lvn_addr_parse(text, &addr), 0);
	return (struct tsp_try){ &addr, user, true };
}

static bool allows(const char *text, const char *user)
{
	struct tsp_try try = at(text, user);

	return tsp_brake_allows(&brake, &try, now_ms);
}

/* Return: how many of @n wrong keys were looked at. */
static unsigned int guess(const char *text, const char *user, bool is_proved, unsigned int n)
{
	struct tsp_try try = at(text, user);
	unsigned int seen = 0;

	try.is_proved = is_proved;
	while (n--) {
		if (!tsp_brake_allows(&brake, &try, now_ms))
			continue;
		tsp_brake_wrong(&brake, &try, now_ms);
		seen++;
	}
	return seen;
}

static void test_address(void **state)
{
	unsigned int i, seen;

	(void)state;
	assert_int_equal(guess("192.0.2.1", "ann", true, 1000), TSP_BRAKE_ROOM);
	/* for all users, and for nobody else */
	assert_false(allows("192.0.2.1", "bob"));
	assert_true(allows("192.0.2.2", "ann"));
	assert_true(allows("192.0.2.2", "bob"));
	/* it is never shut out: so many more in an hour of trying all the time */
	for (i = 0, seen = 0; i < 3600; i++) {
		now_ms += 1000;
		seen += guess("192.0.2.1", "ann", true, 10);
	}
	assert_int_equal(seen, 3600 * 1000 / TSP_BRAKE_COST_MS);
	now_ms += TSP_BRAKE_COST_MS;
	assert_true(allows("192.0.2.1", "bob"));
	now_ms += TSP_BRAKE_ROOM * TSP_BRAKE_COST_MS;
	assert_int_equal(guess("192.0.2.1", "ann", true, 1000), TSP_BRAKE_ROOM);
}

static void test_user(void **state)
{
	unsigned int i, k, seen = 0;
	char text[32];

	(void)state;
	/* a hundred addresses, each of which has room for ten */
	for (k = 0; k < 10; k++)
		for (i = 0; i < 100; i++) {
			snprintf(text, sizeof(text), "198.51.100.%u", i);
			seen += guess(text, "ann", true, 1);
		}
	/* each may once, and then the user has had enough */
	assert_in_range(seen, 95, 100);
	/* but not from where nobody lied, and the others' users are their own */
	assert_true(allows("203.0.113.7", "ann"));
	assert_true(allows("198.51.100.3", "bob"));
	now_ms += (TSP_BRAKE_COST_MS + 100) * TSP_BRAKE_ROOM;
	assert_true(allows("198.51.100.3", "ann"));
}

static void test_friend(void **state)
{
	struct tsp_try home = at("192.0.2.1", "ann");

	(void)state;
	tsp_brake_right(&brake, &home);
	/* somebody behind the same address */
	guess("192.0.2.1", "bob", true, 100);
	guess("192.0.2.1", "carol", true, 100);
	assert_false(allows("192.0.2.1", "bob"));
	assert_true(allows("192.0.2.1", "ann"));
}

/* Datagrams with wrong keys can be sent in anybody's name. */
static void test_forged(void **state)
{
	struct tsp_try blind;

	(void)state;
	assert_int_equal(guess("192.0.2.1", "ann", false, 100), TSP_BRAKE_ROOM);
	blind = at("192.0.2.1", "ann");
	assert_true(tsp_brake_allows(&brake, &blind, now_ms));
	blind.is_proved = false;
	assert_false(tsp_brake_allows(&brake, &blind, now_ms));
}

/* A host has all addresses of its network. */
static void test_ipv6(void **state)
{
	(void)state;
	guess("2001:db8::1", "ann", true, 100);
	assert_false(allows("2001:db8::2", "ann"));
	assert_true(allows("2001:db8:0:1::1", "ann"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_address, setup),
		cmocka_unit_test_setup(test_user, setup),
		cmocka_unit_test_setup(test_friend, setup),
		cmocka_unit_test_setup(test_forged, setup),
		cmocka_unit_test_setup(test_ipv6, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
