// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lib/base: bounded readers and writers, addresses, the token bucket.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/socket.h>

#include "lib/base/addr.h"
#include "lib/base/escape.h"
#include "lib/base/log.h"
#include "lib/base/wire.h"

static void assert_escaped(const char *text, const char *expected)
{
	char out[64];

	assert_int_equal(lvn_escape(text, out, sizeof(out)), strlen(expected));
	assert_string_equal(out, expected);
	assert_int_equal(lvn_is_printable(text, strlen(text)), strcmp(text, expected) == 0);
}

static void test_escape(void **state)
{
	char out[8];

	(void)state;
	assert_escaped("", "");
	assert_escaped("office-berlin.example.net", "office-berlin.example.net");
	assert_escaped("B\xc3\xbcro \xe2\x82\xac \xf0\x9f\x9a\x80",
		       "B\xc3\xbcro \xe2\x82\xac \xf0\x9f\x9a\x80");
	/* C0, DEL, C1 */
	assert_escaped("a\x1b[2J\n", "a\\x1b[2J\\x0a");
	assert_escaped("\x7f", "\\x7f");
	assert_escaped("\xc2\x9b"
		       "31m",
		       "\\xc2\\x9b31m");
	assert_escaped("\xc2\xa0", "\xc2\xa0");
	/* no UTF-8: alone, cut off, longer than need be, a surrogate, beyond the last */
	assert_escaped("\x9b", "\\x9b");
	assert_escaped("\xe2\x82", "\\xe2\\x82");
	assert_escaped("\xc0\x8a", "\\xc0\\x8a");
	assert_escaped("\xed\xa0\x80", "\\xed\\xa0\\x80");
	assert_escaped("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
	/* what turns the direction, what ends lines */
	assert_escaped("\xe2\x80\xae", "\\xe2\\x80\\xae");
	assert_escaped("\xe2\x80\xa8", "\\xe2\\x80\\xa8");
	/* what does not fit ends it, and never in the middle */
	assert_int_equal(lvn_escape("abcd\nef", out, sizeof(out)), 4);
	assert_string_equal(out, "abcd");
	assert_int_equal(lvn_escape("abc\nef", out, sizeof(out)), 7);
	assert_string_equal(out, "abc\\x0a");
	assert_false(lvn_is_printable("a\0b", 3));
}

static void test_reader_stops(void **state)
{
	static const uint8_t data[] = { 1, 2, 3, 4, 5, 6, 7 };
	struct lvn_wire_reader reader;

	(void)state;
	lvn_wire_reader_init(&reader, data, sizeof(data));
	assert_int_equal(lvn_wire_read_u8(&reader), 1);
	assert_int_equal(lvn_wire_read_u16(&reader), 0x0203);
	assert_int_equal(lvn_wire_read_u32(&reader), 0x04050607);
	assert_false(reader.failed);
	assert_int_equal(lvn_wire_read_u8(&reader), 0);
	assert_true(reader.failed);

	lvn_wire_reader_init(&reader, data, sizeof(data));
	assert_int_equal(lvn_wire_read_u64(&reader), 0);
	assert_null(lvn_wire_read(&reader, 1));
	assert_int_equal(lvn_wire_left(&reader), 0);
	lvn_wire_reader_init(&reader, data, 1);
	assert_null(lvn_wire_read(&reader, SIZE_MAX));
}

static void test_writer_stops(void **state)
{
	uint8_t buf[16] = { 0 };
	struct lvn_wire_writer writer;

	(void)state;
	lvn_wire_writer_init(&writer, buf, 15);
	lvn_wire_write_u64(&writer, 0x0102030405060708);
	lvn_wire_write_u32(&writer, 0x090a0b0c);
	lvn_wire_write_u16(&writer, 0x0d0e);
	lvn_wire_write_u8(&writer, 0x0f);
	assert_false(writer.failed);
	lvn_wire_write_u8(&writer, 0xff);
	assert_true(writer.failed);
	assert_int_equal(lvn_wire_len(&writer), 15);
	assert_int_equal(buf[14], 0x0f);
	assert_int_equal(buf[15], 0);
}

static void check_endpoint(const char *text, int r, const char *expected)
{
	char out[LVN_ADDR_TEXT_SIZE];
	struct lvn_endpoint endpoint;

	assert_int_equal(lvn_endpoint_parse(text, 7, &endpoint), r);
	if (!r)
		assert_string_equal(lvn_endpoint_format(&endpoint, out), expected);
}

static void test_endpoints(void **state)
{
	(void)state;
	check_endpoint("192.0.2.1", 0, "192.0.2.1:7");
	check_endpoint("192.0.2.1:80", 0, "192.0.2.1:80");
	check_endpoint("2001:db8::1", 0, "[2001:db8::1]:7");
	check_endpoint("[2001:db8::1]", 0, "[2001:db8::1]:7");
	check_endpoint("[2001:db8::1]:80", 0, "[2001:db8::1]:80");
	check_endpoint("*:80", 0, "any:80");
	check_endpoint(":80", 0, "any:80");
	check_endpoint("192.0.2.1:", -EINVAL, NULL);
	check_endpoint("192.0.2.1:65536", -EINVAL, NULL);
	check_endpoint("192.0.2.1:-1", -EINVAL, NULL);
	check_endpoint("[2001:db8::1", -EINVAL, NULL);
	check_endpoint("[2001:db8::1]x", -EINVAL, NULL);
	check_endpoint("hub.example", -EINVAL, NULL);
}

static void check_prefix(const char *text, int r, const char *masked)
{
	char out[LVN_ADDR_TEXT_SIZE];
	struct lvn_prefix prefix;

	assert_int_equal(lvn_prefix_parse(text, &prefix), r);
	if (r)
		return;
	lvn_addr_mask(&prefix.addr, prefix.len);
	assert_string_equal(lvn_prefix_format(&prefix, out), masked);
}

static void test_prefixes(void **state)
{
	(void)state;
	check_prefix("10.1.2.3/8", 0, "10.0.0.0/8");
	check_prefix("10.1.2.3/31", 0, "10.1.2.2/31");
	check_prefix("10.1.2.3", 0, "10.1.2.3/32");
	check_prefix("10.1.2.3/0", 0, "0.0.0.0/0");
	check_prefix("2001:db8:ffff::/33", 0, "2001:db8:8000::/33");
	check_prefix("10.1.2.3/33", -EINVAL, NULL);
	check_prefix("10.1.2.3/", -EINVAL, NULL);
	check_prefix("10.1.2.3/+1", -EINVAL, NULL);
	check_prefix("::/129", -EINVAL, NULL);
	check_prefix("::/1 ", -EINVAL, NULL);
}

static void check_covers(const char *outer, const char *inner, bool expected)
{
	struct lvn_prefix a, b;

	assert_int_equal(lvn_prefix_parse(outer, &a), 0);
	assert_int_equal(lvn_prefix_parse(inner, &b), 0);
	assert_int_equal(lvn_prefix_covers(&a, &b), expected);
}

static void test_covers(void **state)
{
	(void)state;
	check_covers("10.0.0.0/8", "10.2.0.0/16", true);
	check_covers("10.2.0.0/16", "10.0.0.0/8", false);
	check_covers("10.0.0.0/8", "11.0.0.0/8", false);
	check_covers("0.0.0.0/0", "11.0.0.0/8", true);
	check_covers("0.0.0.0/0", "::/0", false);
	check_covers("::/0", "2001:db8::1", true);
}

static void check_add(const char *text, uint64_t n, unsigned int shift, const char *expected)
{
	char out[LVN_ADDR_TEXT_SIZE];
	struct lvn_addr addr;

	assert_int_equal(lvn_addr_parse(text, &addr), 0);
	lvn_addr_add(&addr, n, shift);
	assert_string_equal(lvn_addr_format(&addr, out), expected);
}

static void test_add(void **state)
{
	(void)state;
	check_add("10.0.0.255", 1, 0, "10.0.1.0");
	check_add("10.0.0.0", 3, 8, "10.0.3.0");
	check_add("255.255.255.255", 1, 0, "0.0.0.0");
	check_add("2001:db8::", 5, 64, "2001:db8:0:5::");
	check_add("fd00::ffff:ffff:ffff:ffff", 1, 0, "fd00:0:0:1::");
	check_add("fd00::", 1, 128, "fd00::");
}

static void test_sockaddr(void **state)
{
	struct sockaddr_storage ss;
	struct lvn_endpoint a, b;
	char text[LVN_ADDR_TEXT_SIZE];

	(void)state;
	assert_int_equal(lvn_endpoint_parse("[::ffff:192.0.2.9]:5", 0, &a), 0);
	assert_int_equal(lvn_endpoint_to_sockaddr(&a, &ss), sizeof(struct sockaddr_in6));
	assert_int_equal(lvn_endpoint_from_sockaddr((struct sockaddr *)&ss, &b), 0);
	assert_string_equal(lvn_endpoint_format(&b, text), "192.0.2.9:5");
	ss.ss_family = AF_UNIX;
	assert_int_equal(lvn_endpoint_from_sockaddr((struct sockaddr *)&ss, &b), -EAFNOSUPPORT);
}

static void test_ratelimit(void **state)
{
	struct lvn_ratelimit limit;
	unsigned int taken = 0;
	uint64_t now;

	(void)state;
	lvn_ratelimit_init(&limit, 10, 5);
	for (now = 1000; now < 11000; now++)
		taken += lvn_ratelimit_take(&limit, now);
	assert_in_range(taken, 5 + 98, 5 + 100);
	assert_int_equal(limit.missed, 10000 - taken);
	/* a long rest fills it once, not more */
	for (taken = 0; lvn_ratelimit_take(&limit, 1ull << 50); taken++)
		;
	assert_int_equal(taken, 5);
	/* a clock that goes back does no harm */
	assert_false(lvn_ratelimit_take(&limit, 5));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape),	     cmocka_unit_test(test_reader_stops),
		cmocka_unit_test(test_writer_stops), cmocka_unit_test(test_endpoints),
		cmocka_unit_test(test_prefixes),     cmocka_unit_test(test_covers),
		cmocka_unit_test(test_add),	     cmocka_unit_test(test_sockaddr),
		cmocka_unit_test(test_ratelimit),
	};

	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
