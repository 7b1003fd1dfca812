// SPDX-License-Identifier: GPL-2.0-or-later
/* libipudp: what is made of refusals, and of answers that are none. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <linux/genetlink.h>

#include "fake.h"
#include "lib/ipudp/handle.h"

#define REQUEST IPUDP_CHANNEL_REQUEST

/* A request with a rule and two targets; where its attributes start is in the table below. */
static int add_rule(struct fake *fake)
{
	const struct ipudp_target targets[] = { { 1, 2, 3 }, { 4, 5, 6 } };
	struct ipudp_rule rule = { .device = "a", .targets = targets, .n_targets = 2 };

	assert_int_equal(ipudp_prefix_parse("10.0.0.0/8", &rule.prefix, &rule.prefix_len), 0);
	return ipudp_rule_add(fake->ipudp, &rule);
}

static void test_sentence(void **state)
{
	struct fake *fake = *state;

	fake_put_ack(fake, REQUEST, 1, -EEXIST, "the prefix has a rule", NLMSGERR_ATTR_OFFS, 28);
	assert_int_equal(add_rule(fake), -EEXIST);
	assert_string_equal(ipudp_error(fake->ipudp), "the prefix has a rule");
	assert_string_equal(ipudp_error_attr(fake->ipudp), "prefix");

	/* The next call forgets it. */
	fake_put_ack(fake, REQUEST, 2, 0, NULL, 0, 0);
	assert_int_equal(add_rule(fake), 0);
	assert_string_equal(ipudp_error(fake->ipudp), "");
	assert_null(ipudp_error_attr(fake->ipudp));

	/* A warning goes with success. */
	fake_put_ack(fake, REQUEST, 3, 0, "mind this", 0, 0);
	assert_int_equal(add_rule(fake), 0);
	assert_string_equal(ipudp_error(fake->ipudp), "");
}

static void test_attr(void **state)
{
	static const struct {
		uint16_t attr;
		uint32_t value;
		const char *name;
	} rows[] = {
		{ NLMSGERR_ATTR_OFFS, 20, "ifname" },
		{ NLMSGERR_ATTR_OFFS, 28, "prefix" },
		{ NLMSGERR_ATTR_OFFS, 36, "prefix-len" },
		{ NLMSGERR_ATTR_OFFS, 44, "action" },
		{ NLMSGERR_ATTR_OFFS, 52, "target" },
		{ NLMSGERR_ATTR_OFFS, 56, "tunnel" },
		{ NLMSGERR_ATTR_OFFS, 64, "priority" },
		{ NLMSGERR_ATTR_OFFS, 72, "weight" },
		{ NLMSGERR_ATTR_OFFS, 80, "target" },
		{ NLMSGERR_ATTR_OFFS, 100, "weight" },
		/* In the middle of one. */
		{ NLMSGERR_ATTR_OFFS, 30, "prefix" },
		{ NLMSGERR_ATTR_OFFS, 68, "target" },
		{ NLMSGERR_ATTR_OFFS, 0, NULL },
		{ NLMSGERR_ATTR_OFFS, 4, NULL },
		{ NLMSGERR_ATTR_OFFS, 108, NULL },
		{ NLMSGERR_ATTR_OFFS, UINT32_MAX, NULL },
		{ NLMSGERR_ATTR_MISS_TYPE, IPUDP_A_RULE_PREFIX, "prefix" },
		{ NLMSGERR_ATTR_MISS_TYPE, IPUDP_A_RULE_TUNNEL, "tunnel" },
		{ NLMSGERR_ATTR_MISS_TYPE, IPUDP_A_RULE_MAX + 1, NULL },
		{ NLMSGERR_ATTR_MISS_TYPE, UINT32_MAX, NULL },
	};
	struct fake *fake = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fake_put_ack(fake, REQUEST, i + 1, -EINVAL, NULL, rows[i].attr, rows[i].value);
		assert_int_equal(add_rule(fake), -EINVAL);
		if (rows[i].name)
			assert_string_equal(ipudp_error_attr(fake->ipudp), rows[i].name);
		else
			assert_null(ipudp_error_attr(fake->ipudp));
	}
}

/* The type that a nest lacks is one of the nest's. */
static void test_missing_in_nest(void **state)
{
	struct fake *fake = *state;
	char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nlmsgerr *err;

	nlh->nlmsg_type = NLMSG_ERROR;
	nlh->nlmsg_seq = 1;
	/* Without NLM_F_CAPPED the whole request comes back, and has to be skipped. */
	nlh->nlmsg_flags = NLM_F_ACK_TLVS;
	err = mnl_nlmsg_put_extra_header(nlh, sizeof(*err) + 92);
	err->error = -EINVAL;
	err->msg.nlmsg_len = 108;
	mnl_attr_put_u32(nlh, NLMSGERR_ATTR_MISS_NEST, 80);
	mnl_attr_put_u32(nlh, NLMSGERR_ATTR_MISS_TYPE, IPUDP_A_TARGET_TUNNEL);
	fake_put_message(fake, REQUEST, nlh);
	assert_int_equal(add_rule(fake), -EINVAL);
	assert_string_equal(ipudp_error_attr(fake->ipudp), "tunnel");
}

static void test_permission(void **state)
{
	struct fake *fake = *state;

	fake_put_ack(fake, REQUEST, 1, -EPERM, NULL, 0, 0);
	assert_int_equal(add_rule(fake), -EPERM);
	assert_string_equal(ipudp_error(fake->ipudp),
			    "needs CAP_NET_ADMIN in the network namespace");
	/* The kernel knows better, where it says something. */
	fake_put_ack(fake, REQUEST, 2, -EPERM, "not yours", 0, 0);
	assert_int_equal(add_rule(fake), -EPERM);
	assert_string_equal(ipudp_error(fake->ipudp), "not yours");
}

static void test_malformed(void **state)
{
	struct fake *fake = *state;
	char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ipudp_device device;

	/* Too short for its error. */
	nlh->nlmsg_type = NLMSG_ERROR;
	nlh->nlmsg_seq = 1;
	fake_put_message(fake, REQUEST, nlh);
	assert_int_equal(add_rule(fake), -EBADMSG);
	/* Errors are negative, and small. */
	fake_put_ack(fake, REQUEST, 2, EINVAL, NULL, 0, 0);
	assert_int_equal(add_rule(fake), -EBADMSG);
	fake_put_ack(fake, REQUEST, 3, INT32_MIN, NULL, 0, 0);
	assert_int_equal(add_rule(fake), -EBADMSG);
	assert_string_equal(ipudp_error(fake->ipudp), "malformed answer");

	/* An answer with an attribute of another length; an answer that has none at all. */
	nlh = fake_message(buf, IPUDP_CMD_DEV_GET, 4, 0);
	mnl_attr_put_u16(nlh, IPUDP_A_DEVICE_MTU, 1);
	fake_put_message(fake, REQUEST, nlh);
	fake_put_ack(fake, REQUEST, 4, 0, NULL, 0, 0);
	memset(&device, 0x5a, sizeof(device));
	assert_int_equal(ipudp_device_get(fake->ipudp, "a", &device), -EBADMSG);
	assert_string_equal(ipudp_error(fake->ipudp), "malformed answer");
	fake_put_ack(fake, REQUEST, 5, 0, NULL, 0, 0);
	assert_int_equal(ipudp_device_get(fake->ipudp, "a", &device), -EBADMSG);
	assert_string_equal(ipudp_error(fake->ipudp), "empty answer");
	/* Outputs are untouched. */
	assert_int_equal(device.mtu, 0x5a5a5a5a);
}

/* What an earlier call left, or another process sent, is not the answer. */
static void test_stale(void **state)
{
	struct fake *fake = *state;
	char buf[64];

	fake_put_error(fake, REQUEST, -ENOBUFS);
	assert_int_equal(add_rule(fake), -ENOBUFS);
	fake_put_ack(fake, REQUEST, 1, -EEXIST, NULL, 0, 0);
	fake_put_message(fake, REQUEST, fake_message(buf, IPUDP_CMD_DEV_ADD_NTF, 0, 0));
	fake_put(fake, REQUEST, "short", 5);
	fake_put_ack(fake, REQUEST, 2, 0, NULL, 0, 0);
	assert_int_equal(add_rule(fake), 0);
	fake->send_error = -EMSGSIZE;
	assert_int_equal(add_rule(fake), -EMSGSIZE);
	assert_string_equal(ipudp_error(fake->ipudp), "too much for one request");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_sentence),   TEST(test_attr),	     TEST(test_missing_in_nest),
		TEST(test_permission), TEST(test_malformed), TEST(test_stale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
