// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proto/lvn/message: what is refused and why, and that what is written is read back.
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

#include "proto/lvn/message.h"

static struct lvn_message message;

static void refuse(const char *line, const char *code, const char *detail)
{
	struct lvn_fault fault = { .code = "none" };
	char *copy = strdup(line);

	assert_non_null(copy);
	assert_int_equal(lvn_message_parse(copy, strlen(copy), &message, &fault), -EBADMSG);
	assert_string_equal(fault.code, code);
	assert_string_equal(fault.detail, detail);
	free(copy);
}

static void take(const char *line)
{
	struct lvn_fault fault = { .code = "none" };

	assert_int_equal(lvn_message_parse(line, strlen(line), &message, &fault), 0);
}

static void test_refused(void **state)
{
	(void)state;
	refuse("", "syntax", "");
	refuse("{", "syntax", "");
	refuse("[]", "syntax", "");
	refuse("null", "syntax", "");
	refuse("{} {}", "syntax", "");
	refuse("{\"type\":\"hello\",\"type\":\"bye\"}", "syntax", "");
	refuse("{\"a\":[[[[]]]]}", "syntax", "");
	refuse("{\"a\":\"\\u0000\"}", "syntax", "");
	refuse("{\"a\":\"\xff\"}", "syntax", "");
	refuse("{}", "member", "type");
	refuse("{\"type\":1}", "member", "type");
	refuse("{\"type\":\"hello\"}", "member", "versions");
	refuse("{\"type\":\"hello\",\"versions\":[]}", "member", "versions");
	refuse("{\"type\":\"hello\",\"versions\":1}", "member", "versions");
	refuse("{\"type\":\"hello\",\"versions\":[\"1\"]}", "member", "versions");
	refuse("{\"type\":\"hello\",\"versions\":[1,2,3,4,5,6,7,8,9]}", "member", "versions");
	refuse("{\"type\":\"hello\",\"versions\":[1],\"name\":\"a b\"}", "member", "name");
	refuse("{\"type\":\"hello\",\"versions\":[1],\"name\":\"\"}", "member", "name");
	refuse("{\"type\":\"hello\",\"versions\":[1],\"session\":\"XY\"}", "member", "session");
	refuse("{\"type\":\"hello\",\"versions\":[1],\"session\":\"01234567890123456\"}", "member",
	       "session");
	refuse("{\"type\":\"hello\",\"versions\":[1],\"features\":[1]}", "member", "features");
	refuse("{\"type\":\"hello\",\"versions\":[1],\"request\":[]}", "member", "request");
	refuse("{\"type\":\"renew\",\"request\":{\"addresses\":[\"x\"]}}", "member", "addresses");
	refuse("{\"type\":\"renew\",\"request\":{\"addresses\":[1,2,3,4,5]}}", "member",
	       "addresses");
	refuse("{\"type\":\"renew\",\"request\":{\"prefixes\":[\"10.0.0.1/8\"]}}", "member",
	       "prefixes");
	refuse("{\"type\":\"renew\",\"request\":{\"prefixes\":[\"0.0.0.0/0\"]}}", "member",
	       "prefixes");
	refuse("{\"type\":\"up\"}", "member", "binding");
	refuse("{\"type\":\"up\",\"binding\":16}", "member", "binding");
	refuse("{\"type\":\"up\",\"binding\":-1}", "member", "binding");
	refuse("{\"type\":\"bye\",\"release\":1}", "member", "release");
	refuse("{\"type\":\"bye\",\"retry_after\":99999999999}", "member", "retry_after");
	refuse("{\"type\":\"lease\",\"version\":1}", "member", "endpoints");
}

static void test_taken(void **state)
{
	(void)state;
	take("{\"type\":\"hello\",\"versions\":[7,1],\"future\":{\"x\":[1]},"
	     "\"features\":[\"bindings\",\"x\"],\"require\":[\"teleport\"]}");
	assert_int_equal(message.type, LVN_MESSAGE_HELLO);
	assert_true(message.hello.has_version);
	assert_int_equal(message.hello.features, LVN_FEATURE_BINDINGS);
	assert_string_equal(message.hello.unknown_feature, "teleport");
	assert_false(message.hello.request.is_present);
	take("{\"type\":\"hello\",\"versions\":[2]}");
	assert_false(message.hello.has_version);
	take("{\"type\":\"dance\"}");
	assert_int_equal(message.type, LVN_MESSAGE_UNKNOWN);
	assert_string_equal(message.detail, "dance");
	take(" {\"type\":\"bye\",\"reason\":\"exit\",\"release\":true}\r");
	assert_true(message.release);
	/* what could fool a terminal is escaped where it is read */
	take("{\"type\":\"bye\",\"reason\":\"\\u001b[2J\\u009b\\u202e\"}");
	assert_string_equal(message.reason, "\\x1b[2J\\xc2\\x9b\\xe2\\x80\\xae");
	/* brackets in strings are no nesting */
	take("{\"type\":\"bye\",\"x\":\"[[[[[[\\\"[[[\"}");
}

static void round_trip(struct lvn_message *sent)
{
	char *line, *again;
	size_t len, len_again;

	assert_int_equal(lvn_message_write(sent, &line, &len), 0);
	assert_int_equal(line[len - 1], '\n');
	assert_null(memchr(line, '\n', len - 1));
	line[len - 1] = '\0';
	take(line);
	assert_int_equal(message.type, sent->type);
	line[len - 1] = '\n';
	assert_int_equal(lvn_message_write(&message, &again, &len_again), 0);
	assert_string_equal(again, line);
	free(again);
	free(line);
}

static void test_hello(void **state)
{
	struct lvn_message sent = {
		.type = LVN_MESSAGE_HELLO,
		.hello = {
			.features = LVN_FEATURES_KNOWN,
			.software = "lvn/1.0",
			.name = "office-berlin",
			.session = "9f86d081884c7d65",
			.token = "abc_-",
			.request = { .is_present = true, .n_addresses = 1, .n_prefixes = 2 },
		},
	};

	(void)state;
	lvn_addr_parse("10.100.0.7", &sent.hello.request.addresses[0]);
	lvn_prefix_parse("192.168.7.0/24", &sent.hello.request.prefixes[0]);
	lvn_prefix_parse("::/56", &sent.hello.request.prefixes[1]);
	round_trip(&sent);
	assert_true(message.hello.has_version);
	assert_int_equal(message.hello.request.n_prefixes, 2);
}

static struct lvn_message lease(void)
{
	struct lvn_message sent = {
		.type = LVN_MESSAGE_LEASE,
		.lease = {
			.version = 1,
			.features = LVN_FEATURE_PREFIXES,
			.session = "9f86d081884c7d65",
			.resumed = true,
			.key = "Vd5KcC1eLrG8jzXgkKxYlT5mS2q0nOaPzWbHfUeR9tQ",
			.counter = 9007199254740991,
			.token = "tok",
			.identity = "office-berlin.example.net",
			.expires = 3600,
			.grace = 86400,
			.n_addresses = 2,
			.n_prefixes = 1,
			.n_routes = 2,
			.n_hub = 2,
			.mtu = 1420,
			.n_endpoints = 2,
			.bindings = 4,
			.keepalive = 25,
			.timeout = 80,
		},
	};

	lvn_prefix_parse("10.100.0.7/24", &sent.lease.addresses[0]);
	lvn_prefix_parse("fd00:100::7/64", &sent.lease.addresses[1]);
	lvn_prefix_parse("192.168.7.0/24", &sent.lease.prefixes[0]);
	lvn_prefix_parse("10.100.0.0/24", &sent.lease.routes[0]);
	lvn_prefix_parse("::/0", &sent.lease.routes[1]);
	lvn_addr_parse("10.100.0.1", &sent.lease.hub[0]);
	lvn_addr_parse("fd00:100::1", &sent.lease.hub[1]);
	sent.lease.endpoints[0].port = 50000;
	lvn_endpoint_parse("[2001:db8::1]:50001", 0, &sent.lease.endpoints[1]);
	return sent;
}

static void test_lease(void **state)
{
	struct lvn_message sent = lease();

	(void)state;
	round_trip(&sent);
	assert_int_equal(message.lease.counter, sent.lease.counter);
	assert_true(lvn_endpoint_equal(&message.lease.endpoints[1], &sent.lease.endpoints[1]));
}

static void test_biggest_lease(void **state)
{
	struct lvn_message sent = lease();
	unsigned int i;

	(void)state;
	for (i = 0; i < LVN_ROUTES_MAX; i++)
		lvn_prefix_parse("1000:1000:1000:1000:1000:1000:1000:1000/128",
				 &sent.lease.routes[i]);
	sent.lease.n_routes = LVN_ROUTES_MAX;
	round_trip(&sent);
	assert_int_equal(message.lease.n_routes, LVN_ROUTES_MAX);
}

static void test_others(void **state)
{
	struct lvn_message sent = { .type = LVN_MESSAGE_UP, .binding = 3 };

	(void)state;
	lvn_endpoint_parse("198.51.100.4:61234", 0, &sent.mapped);
	round_trip(&sent);
	assert_true(lvn_endpoint_equal(&message.mapped, &sent.mapped));
	assert_int_equal(message.binding, 3);

	sent = (struct lvn_message){ .type = LVN_MESSAGE_ERROR,
				     .code = "version",
				     .fatal = true,
				     .has_retry_after = true,
				     .retry_after = 0,
				     .text = "no \"" };
	round_trip(&sent);
	assert_true(message.fatal);
	assert_true(message.has_retry_after);
	assert_string_equal(message.text, sent.text);

	sent = (struct lvn_message){ .type = LVN_MESSAGE_RENEW };
	round_trip(&sent);
	assert_false(message.request.is_present);

	sent = (struct lvn_message){ .type = LVN_MESSAGE_NOTIFY,
				     .event = "certificate",
				     .expires = 5 };
	round_trip(&sent);
	assert_int_equal(message.expires, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),	      cmocka_unit_test(test_taken),
		cmocka_unit_test(test_hello),	      cmocka_unit_test(test_lease),
		cmocka_unit_test(test_biggest_lease), cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
