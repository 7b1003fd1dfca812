// SPDX-License-Identifier: GPL-2.0-or-later
/* libipudp: lists, in pieces, split, changing and broken. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "lib/ipudp/handle.h"

#define REQUEST IPUDP_CHANNEL_REQUEST

/* What a list said, as text, and when to end it. */
struct seen {
	char text[4096];
	unsigned int count;
	unsigned int stop_at;
};

static int see(struct seen *seen, const char *text)
{
	strncat(seen->text, text, sizeof(seen->text) - strlen(seen->text) - 1);
	return ++seen->count == seen->stop_at ? 42 : 0;
}

static int see_device(void *arg, const struct ipudp_device *device)
{
	return see(arg, device->name);
}

static int see_listener(void *arg, const struct ipudp_listener *listener)
{
	char text[32];

	snprintf(text, sizeof(text), "%u ", listener->id);
	return see(arg, text);
}

static int see_tunnel(void *arg, const struct ipudp_tunnel *tunnel)
{
	char text[32];

	snprintf(text, sizeof(text), "%u ", tunnel->id);
	return see(arg, text);
}

static int see_rule(void *arg, const struct ipudp_rule *rule)
{
	char text[2048], prefix[IPUDP_ADDR_TEXT_SIZE];
	size_t len;
	uint32_t i;

	len = snprintf(text, sizeof(text), "%s %s/%u:", rule->device,
		       ipudp_addr_format(&rule->prefix, prefix), rule->prefix_len);
	for (i = 0; i < rule->n_targets && len < sizeof(text) - 64; i++)
		len += snprintf(text + len, sizeof(text) - len, " %u", rule->targets[i].tunnel);
	snprintf(text + len, sizeof(text) - len, "\n");
	return see(arg, text);
}

static void put_device(struct fake *fake, uint32_t seq, const char *name, uint16_t flags)
{
	char buf[128];
	struct nlmsghdr *nlh = fake_message(buf, IPUDP_CMD_DEV_GET, seq, NLM_F_MULTI | flags);

	mnl_attr_put_strz(nlh, IPUDP_A_DEVICE_IFNAME, name);
	fake_put_message(fake, REQUEST, nlh);
}

/* A message about a rule with targets from @first on. */
static struct nlmsghdr *rule_message(char *buf, uint32_t seq, const char *device,
				     const char *prefix, uint32_t first, uint32_t count)
{
	struct nlmsghdr *nlh = fake_message(buf, IPUDP_CMD_RULE_GET, seq, NLM_F_MULTI);
	struct ipudp_addr addr;
	struct nlattr *nest;
	uint8_t len;

	assert_int_equal(ipudp_prefix_parse(prefix, &addr, &len), 0);
	mnl_attr_put_u32(nlh, IPUDP_A_RULE_IFINDEX, device[0]);
	mnl_attr_put_strz(nlh, IPUDP_A_RULE_IFNAME, device);
	mnl_attr_put(nlh, IPUDP_A_RULE_PREFIX, addr.family == AF_INET ? 4 : 16, &addr.v4);
	mnl_attr_put_u8(nlh, IPUDP_A_RULE_PREFIX_LEN, len);
	mnl_attr_put_u8(nlh, IPUDP_A_RULE_ACTION, IPUDP_ACTION_FORWARD);
	for (; count; count--, first++) {
		nest = mnl_attr_nest_start(nlh, IPUDP_A_RULE_TARGET);
		mnl_attr_put_u32(nlh, IPUDP_A_TARGET_TUNNEL, first);
		mnl_attr_nest_end(nlh, nest);
	}
	return nlh;
}

static void put_rule(struct fake *fake, const char *device, const char *prefix, uint32_t first,
		     uint32_t count)
{
	char buf[32768];

	fake_put_message(fake, REQUEST, rule_message(buf, 1, device, prefix, first, count));
}

static void test_requests(void **state)
{
	struct fake *fake = *state;
	struct ipudp_rule_filter filter = { .device = "a" };
	struct seen seen = { 0 };

	fake_put_done(fake, 1, 0, 0);
	assert_int_equal(ipudp_device_list(fake->ipudp, see_device, &seen), 0);
	fake_assert_sent(fake, REQUEST, "14000000 1f00 0103 01000000 00000000 01010000");
	fake_put_done(fake, 2, 0, 0);
	assert_int_equal(ipudp_listener_list(fake->ipudp, see_listener, &seen), 0);
	fake_assert_sent(fake, REQUEST, "14000000 1f00 0103 02000000 00000000 05010000");
	fake_put_done(fake, 3, 0, 0);
	assert_int_equal(ipudp_tunnel_list(fake->ipudp, NULL, see_tunnel, &seen), 0);
	fake_assert_sent(fake, REQUEST, "14000000 1f00 0103 03000000 00000000 08010000");
	fake_put_done(fake, 4, 0, 0);
	assert_int_equal(ipudp_tunnel_list(fake->ipudp, "a", see_tunnel, &seen), 0);
	fake_assert_sent(fake, REQUEST,
			 "1c000000 1f00 0103 04000000 00000000 08010000 0600 0200 61000000");
	fake_put_done(fake, 5, 0, 0);
	assert_int_equal(ipudp_rule_list(fake->ipudp, &filter, see_rule, &seen), 0);
	fake_assert_sent(fake, REQUEST,
			 "1c000000 1f00 0103 05000000 00000000 0c010000 0600 0200 61000000");
	assert_int_equal(ipudp_prefix_parse("10.0.0.0/8", &filter.prefix, &filter.prefix_len), 0);
	filter.has_tunnel = true;
	filter.tunnel = 0;
	fake_put_done(fake, 6, 0, 0);
	assert_int_equal(ipudp_rule_list(fake->ipudp, &filter, see_rule, &seen), 0);
	fake_assert_sent(fake, REQUEST,
			 "34000000 1f00 0103 06000000 00000000 0c010000 0600 0200 61000000"
			 "0800 0300 0a000000 0500 0400 08000000 0800 0700 00000000");
	filter.device = NULL;
	assert_int_equal(ipudp_rule_list(fake->ipudp, &filter, see_rule, &seen), -EINVAL);
	assert_int_equal(seen.count, 0);
}

/* Several messages in a datagram, several datagrams, another's messages between. */
static void test_pieces(void **state)
{
	struct fake *fake = *state;
	struct seen seen = { 0 };
	char buf[512];
	size_t len = 0;
	struct nlmsghdr *nlh;
	uint32_t id;

	for (id = 1; id <= 3; id++) {
		nlh = fake_message(buf + len, IPUDP_CMD_LISTENER_GET, id == 2 ? 99 : 1,
				   NLM_F_MULTI);
		mnl_attr_put_u32(nlh, IPUDP_A_LISTENER_ID, id);
		len += nlh->nlmsg_len;
	}
	fake_put(fake, REQUEST, buf, len);
	for (id = 4; id <= 5; id++) {
		nlh = fake_message(buf, IPUDP_CMD_LISTENER_GET, 1, NLM_F_MULTI);
		mnl_attr_put_u32(nlh, IPUDP_A_LISTENER_ID, id);
		fake_put_message(fake, REQUEST, nlh);
	}
	fake_put_done(fake, 1, 0, 0);
	assert_int_equal(ipudp_listener_list(fake->ipudp, see_listener, &seen), 0);
	assert_string_equal(seen.text, "1 3 4 5 ");
}

/* What is left of a list that was ended is not taken for the next one's. */
static void test_stop(void **state)
{
	struct fake *fake = *state;
	struct seen seen = { .stop_at = 2 };

	put_device(fake, 1, "a", 0);
	put_device(fake, 1, "b", 0);
	put_device(fake, 1, "c", 0);
	fake_put_done(fake, 1, 0, 0);
	put_device(fake, 2, "d", 0);
	fake_put_done(fake, 2, 0, 0);
	assert_int_equal(ipudp_device_list(fake->ipudp, see_device, &seen), 42);
	assert_string_equal(seen.text, "ab");
	assert_null(fake->first[REQUEST] ? NULL : fake);
	assert_int_equal(ipudp_device_list(fake->ipudp, see_device, &seen), 0);
	assert_string_equal(seen.text, "abd");
}

static void test_errors(void **state)
{
	struct fake *fake = *state;
	struct seen seen = { 0 };
	char buf[128];
	struct nlmsghdr *nlh;

	/* Refused at once; refused in the middle. */
	fake_put_ack(fake, REQUEST, 1, -ENODEV, "no such device", NLMSGERR_ATTR_OFFS, 20);
	assert_int_equal(ipudp_tunnel_list(fake->ipudp, "a", see_tunnel, &seen), -ENODEV);
	assert_string_equal(ipudp_error(fake->ipudp), "no such device");
	assert_string_equal(ipudp_error_attr(fake->ipudp), "ifname");
	fake_put_done(fake, 2, -ENOMEM, 0);
	assert_int_equal(ipudp_tunnel_list(fake->ipudp, "a", see_tunnel, &seen), -ENOMEM);

	/* The end of a list may have a sentence as well. */
	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = NLMSG_DONE;
	nlh->nlmsg_seq = 3;
	nlh->nlmsg_flags = NLM_F_MULTI | NLM_F_ACK_TLVS;
	*(int *)mnl_nlmsg_put_extra_header(nlh, sizeof(int)) = -ENETDOWN;
	mnl_attr_put_strz(nlh, NLMSGERR_ATTR_MSG, "it is gone");
	fake_put_message(fake, REQUEST, nlh);
	assert_int_equal(ipudp_tunnel_list(fake->ipudp, "a", see_tunnel, &seen), -ENETDOWN);
	assert_string_equal(ipudp_error(fake->ipudp), "it is gone");

	/* A malformed entry ends the list. */
	nlh = fake_message(buf, IPUDP_CMD_TUNNEL_GET, 4, NLM_F_MULTI);
	mnl_attr_put_u8(nlh, IPUDP_A_TUNNEL_ID, 1);
	fake_put_message(fake, REQUEST, nlh);
	fake_put_done(fake, 4, 0, 0);
	assert_int_equal(ipudp_tunnel_list(fake->ipudp, "a", see_tunnel, &seen), -EBADMSG);
	assert_string_equal(ipudp_error(fake->ipudp), "malformed answer");
	assert_int_equal(seen.count, 0);
}

static void test_interrupted(void **state)
{
	struct fake *fake = *state;
	struct seen seen = { 0 };
	uint32_t seq;

	/* Nothing was told yet: it is asked for again. */
	fake_put_done(fake, 1, 0, NLM_F_DUMP_INTR);
	put_device(fake, 2, "a", 0);
	fake_put_done(fake, 2, 0, 0);
	assert_int_equal(ipudp_device_list(fake->ipudp, see_device, &seen), 0);
	assert_int_equal(fake->sends, 2);
	assert_string_equal(seen.text, "a");

	/* Something was: the whole list, and a warning. */
	put_device(fake, 3, "b", 0);
	put_device(fake, 3, "c", NLM_F_DUMP_INTR);
	put_device(fake, 3, "d", 0);
	fake_put_done(fake, 3, 0, 0);
	assert_int_equal(ipudp_device_list(fake->ipudp, see_device, &seen), -EAGAIN);
	assert_string_equal(ipudp_error(fake->ipudp), "changed while it was listed");
	assert_string_equal(seen.text, "abcd");

	/* Not for ever. */
	for (seq = 4; seq < 4 + 8; seq++)
		fake_put_done(fake, seq, 0, NLM_F_DUMP_INTR);
	assert_int_equal(ipudp_device_list(fake->ipudp, see_device, &seen), -EAGAIN);
}

static void test_rules_merge(void **state)
{
	struct fake *fake = *state;
	struct ipudp_rule_filter filter = { .device = "a" };
	struct seen seen = { 0 };

	put_rule(fake, "a", "10.0.0.0/8", 1, 2);
	put_rule(fake, "a", "10.0.0.0/8", 3, 1);
	put_rule(fake, "a", "10.0.0.0/8", 4, 0);
	put_rule(fake, "a", "10.0.0.0/9", 5, 1);
	put_rule(fake, "a", "10.0.0.0/8", 6, 1);
	put_rule(fake, "a", "::/0", 0, 0);
	put_rule(fake, "b", "::/0", 7, 9);
	put_rule(fake, "b", "::/0", 16, 1);
	fake_put_done(fake, 1, 0, 0);
	assert_int_equal(ipudp_rule_list(fake->ipudp, &filter, see_rule, &seen), 0);
	assert_string_equal(seen.text, "a 10.0.0.0/8: 1 2 3\n"
				       "a 10.0.0.0/9: 5\n"
				       "a 10.0.0.0/8: 6\n"
				       "a ::/0:\n"
				       "b ::/0: 7 8 9 10 11 12 13 14 15 16\n");
}

static void test_rules_filter(void **state)
{
	struct fake *fake = *state;
	struct ipudp_rule_filter filter = { .device = "a" };
	struct seen seen = { 0 };

	assert_int_equal(ipudp_prefix_parse("10.0.0.0/8", &filter.prefix, &filter.prefix_len), 0);
	put_rule(fake, "a", "0.0.0.0/0", 1, 1);
	put_rule(fake, "a", "10.0.0.0/8", 2, 1);
	put_rule(fake, "a", "10.0.0.0/8", 3, 1);
	put_rule(fake, "a", "10.0.0.0/9", 4, 1);
	fake_put_done(fake, 1, 0, 0);
	assert_int_equal(ipudp_rule_list(fake->ipudp, &filter, see_rule, &seen), 0);
	assert_string_equal(seen.text, "a 10.0.0.0/8: 2 3\n");
}

/* The last rule is told when it is complete, not when the list broke. */
static void test_rules_end(void **state)
{
	struct fake *fake = *state;
	struct ipudp_rule_filter filter = { .device = "a" };
	struct seen seen = { .stop_at = 2 };

	put_rule(fake, "a", "10.0.0.0/8", 1, 1);
	put_rule(fake, "a", "11.0.0.0/8", 2, 1);
	fake_put_done(fake, 1, -ENETDOWN, 0);
	assert_int_equal(ipudp_rule_list(fake->ipudp, &filter, see_rule, &seen), -ENETDOWN);
	assert_string_equal(seen.text, "a 10.0.0.0/8: 1\n");

	fake->ipudp->seq = 0;
	put_rule(fake, "a", "11.0.0.0/8", 2, 1);
	fake_put_done(fake, 1, 0, NLM_F_DUMP_INTR);
	assert_int_equal(ipudp_rule_list(fake->ipudp, &filter, see_rule, &seen), 42);
	assert_string_equal(seen.text, "a 10.0.0.0/8: 1\na 11.0.0.0/8: 2\n");

	fake->ipudp->seq = 0;
	put_rule(fake, "a", "12.0.0.0/8", 3, 1);
	fake_put_done(fake, 1, 0, NLM_F_DUMP_INTR);
	assert_int_equal(ipudp_rule_list(fake->ipudp, &filter, see_rule, &seen), -EAGAIN);
	assert_int_equal(seen.count, 3);
}

static int count_targets(void *arg, const struct ipudp_rule *rule)
{
	uint32_t *count = arg, i;

	for (i = 0; i < rule->n_targets; i++)
		assert_int_equal(rule->targets[i].tunnel, i);
	*count += rule->n_targets;
	return 0;
}

static void test_rules_with_many_targets(void **state)
{
	struct fake *fake = *state;
	struct ipudp_rule_filter filter = { .device = "a" };
	uint32_t first, count = 0;

	for (first = 0; first < IPUDP_TARGETS_MAX; first += 1285)
		put_rule(fake, "a", "10.0.0.0/8", first, 1285);
	put_rule(fake, "a", "11.0.0.0/8", 0, 10);
	fake_put_done(fake, 1, 0, 0);
	assert_int_equal(ipudp_rule_list(fake->ipudp, &filter, count_targets, &count), 0);
	assert_int_equal(count, IPUDP_TARGETS_MAX + 10);

	/* One that never ends is not believed. */
	fake->ipudp->seq = 0;
	for (first = 0; first < 3 * IPUDP_TARGETS_MAX; first += 1285)
		put_rule(fake, "a", "10.0.0.0/8", first, 1285);
	fake_put_done(fake, 1, 0, 0);
	assert_int_equal(ipudp_rule_list(fake->ipudp, &filter, count_targets, &count), -EBADMSG);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_requests),	 TEST(test_pieces),	 TEST(test_stop),
		TEST(test_errors),	 TEST(test_interrupted), TEST(test_rules_merge),
		TEST(test_rules_filter), TEST(test_rules_end),	 TEST(test_rules_with_many_targets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
