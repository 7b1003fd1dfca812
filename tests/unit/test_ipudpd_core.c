// SPDX-License-Identifier: GPL-2.0-or-later
/* The self-tests of kernel/core/, which the module runs when it is loaded, in the daemon's world. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ipudpd/rcu.h"
#include "kernel/core/choice.h"
#include "kernel/core/trie.h"

static struct ipudp_rcu rcu;

static void test_trie(void **state)
{
	(void)state;
	assert_int_equal(ipudp_trie_selftest(), 0);
	assert_false(ipudp_rcu_reclaim(&rcu));
}

static void test_choice(void **state)
{
	(void)state;
	assert_int_equal(ipudp_choice_selftest(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trie),
		cmocka_unit_test(test_choice),
	};

	ipudp_rcu_init(&rcu, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
