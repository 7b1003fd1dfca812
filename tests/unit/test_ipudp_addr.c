// SPDX-License-Identifier: GPL-2.0-or-later
/* libipudp: addresses, prefixes and names as text. */

#include <errno.h>
#include <stdlib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <ipudp/ipudp.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_addr(void **state)
{
	static const struct {
		const char *in;
		int family;
		const char *out;
	} rows[] = {
		{ "192.0.2.1", AF_INET, "192.0.2.1" },
		{ "0.0.0.0", AF_INET, "0.0.0.0" },
		{ "255.255.255.255", AF_INET, "255.255.255.255" },
		{ "::", AF_INET6, "::" },
		{ "2001:DB8:0:0:0:0:0:1", AF_INET6, "2001:db8::1" },
		{ "::ffff:192.0.2.1", AF_INET6, "::ffff:192.0.2.1" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", AF_INET6,
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
	};
	static const char *const bad[] = {
		"", " ", "any", "192.0.2", "192.0.2.1.", "192.0.2.256", "192.0.2.1 ", " ::1",
		"1:2:3:4:5:6:7", "1::2::3", "fe80::1%eth0", "[::1]", "010.0.0.1", "::1/128",
		"12345::", "localhost",
	};
	char text[IPUDP_ADDR_TEXT_SIZE];
	struct ipudp_addr addr;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(ipudp_addr_parse(rows[i].in, &addr), 0);
		assert_int_equal(addr.family, rows[i].family);
		assert_string_equal(ipudp_addr_format(&addr, text), rows[i].out);
	}
	for (i = 0; i < COUNT(bad); i++) {
		memset(&addr, 0x5a, sizeof(addr));
		assert_int_equal(ipudp_addr_parse(bad[i], &addr), -EINVAL);
		assert_int_equal(addr.family, 0x5a5a5a5a);
	}
	addr.family = AF_UNSPEC;
	assert_string_equal(ipudp_addr_format(&addr, text), "any");
}

static void test_prefix(void **state)
{
	static const struct {
		const char *in;
		int error;
		const char *out;
		int len;
	} rows[] = {
		{ "10.0.0.0/8", 0, "10.0.0.0", 8 },
		{ "10.1.2.3", 0, "10.1.2.3", 32 },
		{ "10.1.2.3/32", 0, "10.1.2.3", 32 },
		{ "0.0.0.0/0", 0, "0.0.0.0", 0 },
		{ "10.1.2.2/31", 0, "10.1.2.2", 31 },
		{ "128.0.0.0/1", 0, "128.0.0.0", 1 },
		{ "::/0", 0, "::", 0 },
		{ "2001:db8::/32", 0, "2001:db8::", 32 },
		{ "2001:db8::1", 0, "2001:db8::1", 128 },
		{ "2001:db8::8000:0/97", 0, "2001:db8::8000:0", 97 },
		{ "10.0.0.1/8", -EDOM, NULL, 0 },
		{ "10.1.2.3/31", -EDOM, NULL, 0 },
		{ "128.0.0.0/0", -EDOM, NULL, 0 },
		{ "2001:db8::1/127", -EDOM, NULL, 0 },
		{ "2001:db8::8000:0/96", -EDOM, NULL, 0 },
		{ "10.0.0.0/33", -EINVAL, NULL, 0 },
		{ "::/129", -EINVAL, NULL, 0 },
		{ "::/256", -EINVAL, NULL, 0 },
		{ "10.0.0.0/", -EINVAL, NULL, 0 },
		{ "10.0.0.0/-1", -EINVAL, NULL, 0 },
		{ "10.0.0.0/+8", -EINVAL, NULL, 0 },
		{ "10.0.0.0/08", -EINVAL, NULL, 0 },
		{ "10.0.0.0/8 ", -EINVAL, NULL, 0 },
		{ "10.0.0.0/8/8", -EINVAL, NULL, 0 },
		{ "10.0.0.0/255.0.0.0", -EINVAL, NULL, 0 },
		{ "10.0.0.0/4294967304", -EINVAL, NULL, 0 },
		{ "/8", -EINVAL, NULL, 0 },
		{ "", -EINVAL, NULL, 0 },
		{ "10/8", -EINVAL, NULL, 0 },
		{ "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000/8",
		  -EINVAL, NULL, 0 },
	};
	char text[IPUDP_ADDR_TEXT_SIZE];
	struct ipudp_addr addr;
	uint8_t len;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		len = 0xee;
		assert_int_equal(ipudp_prefix_parse(rows[i].in, &addr, &len), rows[i].error);
		assert_int_equal(len, rows[i].error ? 0xee : rows[i].len);
		if (!rows[i].error)
			assert_string_equal(ipudp_addr_format(&addr, text), rows[i].out);
	}
}

static void test_equal(void **state)
{
	struct ipudp_addr none = { .family = AF_UNSPEC }, v4, other4, v6, other6;

	(void)state;
	ipudp_addr_parse("0.0.0.0", &v4);
	ipudp_addr_parse("0.0.0.1", &other4);
	ipudp_addr_parse("::", &v6);
	ipudp_addr_parse("::1", &other6);
	assert_true(ipudp_addr_equal(&v4, &v4));
	assert_false(ipudp_addr_equal(&v4, &other4));
	assert_true(ipudp_addr_equal(&v6, &v6));
	assert_false(ipudp_addr_equal(&v6, &other6));
	assert_false(ipudp_addr_equal(&v4, &v6));
	assert_false(ipudp_addr_equal(&v4, &none));
	/* What is behind no family does not count. */
	v4.family = AF_UNSPEC;
	other4.family = AF_UNSPEC;
	assert_true(ipudp_addr_equal(&v4, &other4));
}

static void test_names(void **state)
{
	enum ipudp_frame_class class = IPUDP_FRAME_CLASS_OTHER;
	enum ipudp_lookup lookup;
	enum ipudp_family family;
	enum ipudp_action action;
	enum ipudp_mode mode;
	enum ipudp_fast_path fast_path;
	enum ipudp_df df;

	(void)state;
	assert_string_equal(ipudp_mode_name(IPUDP_MODE_MULTI), "multi");
	assert_null(ipudp_mode_name(IPUDP_MODE_MULTI + 1));
	assert_null(ipudp_mode_name((enum ipudp_mode)0xffffffff));
	assert_string_equal(ipudp_lookup_name(IPUDP_LOOKUP_NEXTHOP), "nexthop");
	assert_string_equal(ipudp_fast_path_name(IPUDP_FAST_PATH_REWRITE), "rewrite");
	assert_null(ipudp_fast_path_name((enum ipudp_fast_path)IPUDP_NO_FAST_PATH));
	assert_string_equal(ipudp_header_name(IPUDP_HEADER_BARE), "bare");
	assert_string_equal(ipudp_family_name(IPUDP_FAMILY_DUAL), "dual");
	assert_string_equal(ipudp_df_name(IPUDP_DF_INHERIT), "inherit");
	assert_string_equal(ipudp_action_name(IPUDP_ACTION_UNREACHABLE), "unreachable");
	assert_string_equal(ipudp_tunnel_state_name(IPUDP_TUNNEL_STATE_IDLE), "idle");
	assert_string_equal(ipudp_frame_class_name(IPUDP_FRAME_CLASS_TSP), "tsp");
	assert_string_equal(ipudp_drop_reason_name(IPUDP_DROP_REASON_TX_NOMEM), "tx-nomem");
	assert_string_equal(ipudp_drop_reason_text(IPUDP_DROP_REASON_TX_NOMEM), "No memory.");
	assert_null(ipudp_drop_reason_name(IPUDP_DROP_REASON_MAX + 1));
	assert_null(ipudp_drop_reason_text(IPUDP_DROP_REASON_MAX + 1));

	assert_int_equal(ipudp_mode_parse("multi", &mode), 0);
	assert_int_equal(mode, IPUDP_MODE_MULTI);
	assert_int_equal(ipudp_lookup_parse("nexthop", &lookup), 0);
	assert_int_equal(lookup, IPUDP_LOOKUP_NEXTHOP);
	assert_int_equal(ipudp_fast_path_parse("off", &fast_path), 0);
	assert_int_equal(fast_path, IPUDP_FAST_PATH_OFF);
	assert_int_equal(ipudp_family_parse("ipv6", &family), 0);
	assert_int_equal(family, IPUDP_FAMILY_IPV6);
	assert_int_equal(ipudp_df_parse("unset", &df), 0);
	assert_int_equal(df, IPUDP_DF_UNSET);
	assert_int_equal(ipudp_action_parse("flood", &action), 0);
	assert_int_equal(action, IPUDP_ACTION_FLOOD);
	assert_int_equal(ipudp_frame_class_parse("stun", &class), 0);
	assert_int_equal(class, IPUDP_FRAME_CLASS_STUN);
	assert_int_equal(ipudp_frame_class_parse("stu", &class), -EINVAL);
	assert_int_equal(ipudp_frame_class_parse("", &class), -EINVAL);
	assert_int_equal(class, IPUDP_FRAME_CLASS_STUN);
}

static void test_open_error(void **state)
{
	struct ipudp *ipudp = NULL;
	char text[256];

	(void)state;
	/* Nothing to start. */
	setenv("IPUDPD", "/nonexistent", 1);
	assert_int_equal(ipudp_open(IPUDP_DATAPATH_USER, &ipudp), -EOPNOTSUPP);
	assert_null(ipudp);
	assert_string_equal(ipudp_open_error(IPUDP_DATAPATH_USER, -EOPNOTSUPP),
			    "ipudpd does not run here, and could not be started");
	assert_string_equal(ipudp_open_error(IPUDP_DATAPATH_AUTO, -EOPNOTSUPP),
			    "the ipudp module is not loaded (modprobe ipudp), and ipudpd does not run");
	assert_string_equal(ipudp_open_error(IPUDP_DATAPATH_MODULE, -EOPNOTSUPP),
			    "the ipudp module is not loaded (modprobe ipudp)");
	assert_string_equal(ipudp_open_error(IPUDP_DATAPATH_AUTO, -ENOMEM), "");
	assert_true(ipudp_open_missing(IPUDP_DATAPATH_AUTO, text, sizeof(text)));
	assert_string_equal(text, "/nonexistent: No such file or directory; install the package "
				  "ipudpd, or name the program in IPUDPD");
	assert_true(ipudp_open_missing(IPUDP_DATAPATH_USER, text, 13));
	assert_string_equal(text, "/nonexistent");
	assert_false(ipudp_open_missing(IPUDP_DATAPATH_MODULE, text, sizeof(text)));
	assert_string_equal(text, "");
	ipudp_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addr),	   cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_equal),	   cmocka_unit_test(test_names),
		cmocka_unit_test(test_open_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
