// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who asks again after a while, among many who do not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/base/patience.h"

static struct lvn_patience patience;

static int setup(void **state)
{
	(void)state;
	lvn_patience_init(&patience, 4711);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	lvn_patience_destroy(&patience);
	return 0;
}

static bool ask(const char *who, uint64_t now_ms)
{
	struct lvn_endpoint endpoint;

	assert_int_equal(lvn_endpoint_parse(who, 0, &endpoint), 0);
	return lvn_patience_ask(&patience, &endpoint, now_ms);
}

static void test_again(void **state)
{
	static const char *const whom[] = { "192.0.2.1:4000", "[2001:db8::1]:4000" };
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		uint64_t now_ms = 1000000 * (i + 1);

		assert_false(ask(whom[i], now_ms));
		/* once more at once is no sign of patience */
		assert_false(ask(whom[i], now_ms + 1));
		assert_true(ask(whom[i], now_ms + 2000));
		assert_true(ask(whom[i], now_ms + 4000));
		assert_true(ask(whom[i], now_ms + 4000 + 3 * LVN_PATIENCE_MS));
		assert_false(ask(whom[i], now_ms + 60000));
		assert_false(ask(whom[i], now_ms + 100000));
	}
	assert_false(ask("192.0.2.1:4001", 1002000));
}

static void test_others(void **state)
{
	struct lvn_endpoint who;
	unsigned int n = 0, i;
	uint64_t now_ms;

	(void)state;
	assert_int_equal(lvn_endpoint_parse("10.0.0.1:1", 0, &who), 0);
	/* the filters are full of a flood: ten seconds, each source once */
	for (i = 0; i < 1000000; i++) {
		now_ms = 50000 + i / 100;
		who.addr.bytes[1] = i >> 16;
		who.addr.bytes[2] = i >> 8;
		who.addr.bytes[3] = i;
		n += lvn_patience_ask(&patience, &who, now_ms);
		if (i == 500000)
			assert_false(ask("192.0.2.1:4000", now_ms));
		if (i == 700000)
			assert_true(ask("192.0.2.1:4000", now_ms));
	}
	assert_true(n < 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_again, setup, teardown),
		cmocka_unit_test_setup_teardown(test_others, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
