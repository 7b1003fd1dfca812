// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The diary of TSP: what is kept, of whom, and in which order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tsp/diary.h"

static struct tsp_diary diary;

static int clear(void **state)
{
	(void)state;
	tsp_diary_destroy(&diary);
	diary.number = 0;
	return 0;
}

static void note(const char *user, bool is_known, const char *remote, const char *asked)
{
	struct tsp_step step = { .is_known = is_known };

	assert_int_equal(lvn_endpoint_parse(remote, 0, &step.remote), 0);
	snprintf(step.user, sizeof(step.user), "%s", user);
	snprintf(step.asked, sizeof(step.asked), "%s", asked);
	tsp_diary_note(&diary, &step);
}

/** struct seen - what was read */
struct seen {
	char text[1024];
	unsigned int n;
};

static void see(void *arg, const struct tsp_step *step)
{
	struct seen *seen = arg;
	size_t len = strlen(seen->text);

	seen->n++;
	snprintf(seen->text + len, sizeof(seen->text) - len, "%s ", step->asked);
}

static const char *look(const char *user, const char *address)
{
	static struct seen seen;
	struct lvn_addr addr;
	int ret;

	memset(&seen, 0, sizeof(seen));
	if (address)
		assert_int_equal(lvn_addr_parse(address, &addr), 0);
	ret = tsp_diary_read(&diary, user, address ? &addr : NULL, see, &seen);
	assert_int_equal(ret, seen.n);
	return seen.text;
}

static void test_order(void **state)
{
	(void)state;
	assert_string_equal(look("ann", NULL), "");
	note("", false, "192.0.2.1:1", "a");
	note("ann", false, "192.0.2.1:1", "b");
	note("bob", true, "192.0.2.2:1", "c");
	note("ann", true, "192.0.2.1:1", "d");
	note("ann", true, "192.0.2.3:1", "e");
	note("ann", false, "192.0.2.4:1", "f");
	assert_string_equal(look("ann", NULL), "b d e f ");
	assert_string_equal(look(NULL, "192.0.2.1"), "a b d ");
	assert_string_equal(look(NULL, "192.0.2.2"), "c ");
	assert_string_equal(look(NULL, "192.0.2.9"), "");
	assert_string_equal(look("carol", NULL), "");
	tsp_diary_forget(&diary, "ann");
	/* what others said in his name is not his */
	assert_string_equal(look("ann", NULL), "b f ");
	tsp_diary_forget(&diary, "nobody");
}

static void test_page(void **state)
{
	char text[8];
	int i;

	(void)state;
	for (i = 0; i < TSP_DIARY_STEPS + 3; i++) {
		snprintf(text, sizeof(text), "%d", i);
		note("ann", true, "192.0.2.1:1", text);
	}
	assert_string_equal(look("ann", NULL), "3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 ");
}

/* However many strangers there are, they push out each other only, the longest silent first. */
static void test_full(void **state)
{
	char remote[32];
	unsigned int i;

	(void)state;
	note("ann", true, "192.0.2.1:1", "a");
	for (i = 0; i < 2 * TSP_DIARY_PAGES; i++) {
		snprintf(remote, sizeof(remote), "198.18.%u.%u:7", i / 256, i % 256);
		note("ann", false, remote, "x");
		note("", false, "192.0.2.7:1", "y");
	}
	assert_int_equal(diary.strangers.n, TSP_DIARY_PAGES);
	assert_int_equal(diary.users.n, 1);
	assert_string_equal(look(NULL, "192.0.2.1"), "a ");
	assert_string_equal(look(NULL, "198.18.0.0"), "");
	assert_string_equal(look(NULL, "198.18.7.255"), "x ");
	assert_int_equal(strlen(look(NULL, "192.0.2.7")), 2 * TSP_DIARY_STEPS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_order, clear),
		cmocka_unit_test_teardown(test_page, clear),
		cmocka_unit_test_teardown(test_full, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
