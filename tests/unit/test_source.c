// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rates by source network.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "lib/base/source.h"

static struct lvn_sources sources;

static struct lvn_addr address(const char *text)
{
	struct lvn_addr addr;

	assert_int_equal(lvn_addr_parse(text, &addr), 0);
	return addr;
}

static unsigned int take_all(const char *text, uint64_t now_ms)
{
	const struct lvn_addr addr = address(text);
	unsigned int n = 0;

	while (n < 100000 && lvn_sources_take(&sources, &addr, now_ms))
		n++;
	return n;
}

static void test_one_network(void **state)
{
	(void)state;
	lvn_sources_init(&sources, 100, 10, 1);
	assert_int_equal(take_all("192.0.2.1", 1000), 20);
	/* its neighbours have spent it, too; with time it comes back */
	assert_int_equal(take_all("192.0.2.254", 1000), 0);
	assert_int_equal(take_all("192.0.2.254", 1500), 5);
	assert_int_equal(take_all("192.0.2.1", 100000), 20);
	assert_int_equal(take_all("2001:db8::1", 100000), 20);
	assert_int_equal(take_all("2001:db8::ffff:1:1:1", 100000), 0);
}

static void test_others(void **state)
{
	unsigned int n = 0, i;
	char text[32];

	(void)state;
	lvn_sources_init(&sources, 1000000, 10, 1);
	for (i = 0; i < 100; i++) {
		snprintf(text, sizeof(text), "10.%u.7.1", i);
		n += take_all(text, 1000) == 20;
	}
	/* a hundred in a thousand buckets: hardly any two meet */
	assert_true(n > 85);
}

static void test_all(void **state)
{
	unsigned int n = 0, i;
	char text[32];

	(void)state;
	lvn_sources_init(&sources, 100, 10, 1);
	for (i = 0; i < 60000; i++) {
		snprintf(text, sizeof(text), "10.%u.%u.1", i / 256, i % 256);
		n += take_all(text, 1000);
	}
	assert_int_equal(n, 100);
	/* nothing is left, nor for a new one */
	assert_int_equal(take_all("2001:db8::1", 1000), 0);
}

static void test_seed(void **state)
{
	unsigned int n[2] = { 0, 0 }, seed, i;
	char text[32];

	(void)state;
	/* who shares a bucket with the first depends on the seed */
	for (seed = 0; seed < 2; seed++) {
		for (i = 1; i < 3000 && !n[seed]; i++) {
			lvn_sources_init(&sources, 1000000, 10, seed);
			take_all("10.0.0.1", 1000);
			snprintf(text, sizeof(text), "10.%u.%u.1", 1 + i / 256, i % 256);
			if (!take_all(text, 1000))
				n[seed] = i;
		}
	}
	assert_int_not_equal(n[0], n[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_network),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_seed),
	};

	return cmocka_run_group_tests_name("source", tests, NULL, NULL);
}
