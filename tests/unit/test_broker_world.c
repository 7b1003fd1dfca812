// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The broker in its world, with fixed seeds; tests/fuzz/fuzz_broker.c looks for others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "broker_world.h"
#include "lib/base/log.h"

#define SEEDS 150
#define BYTES 1500

static void test_owners(void **state)
{
	uint8_t data[BYTES];
	unsigned int seed, i;

	(void)state;
	lvn_log_set_level(0);
	for (seed = 1; seed <= SEEDS; seed++) {
		srand(seed);
		for (i = 0; i < BYTES; i++)
			data[i] = rand() >> 8;
		broker_world_run(data, BYTES);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_owners),
	};

	return cmocka_run_group_tests_name("broker_world", tests, NULL, NULL);
}
