// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libipudp: messages that are cut, or have a bit turned, are read without harm; the sanitizers
 * watch. Here each cut and each bit is tried of one message of each kind.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <linux/genetlink.h>

#include "fake.h"
#include "lib/ipudp/genl.h"
#include "lib/ipudp/handle.h"

#define REQUEST IPUDP_CHANNEL_REQUEST
#define ASYNC IPUDP_CHANNEL_ASYNC

static int see_rule(void *arg, const struct ipudp_rule *rule)
{
	uint32_t *sum = arg, i;

	for (i = 0; i < rule->n_targets; i++)
		*sum += rule->targets[i].tunnel;
	return 0;
}

static int see_device(void *arg, const struct ipudp_device *device)
{
	*(uint32_t *)arg += device->mtu;
	return 0;
}

static void hear_frame(void *arg, const struct ipudp_frame *frame)
{
	size_t i;

	for (i = 0; i < frame->len; i++)
		*(uint32_t *)arg += ((const uint8_t *)frame->payload)[i];
}

static void hear_rule(void *arg, int event, const struct ipudp_rule *rule)
{
	(void)event;
	see_rule(arg, rule);
}

/* Gives a datagram to all that may read one. */
static void feed(const void *data, size_t len)
{
	struct ipudp_rule_filter filter = { .device = "a" };
	struct ipudp_genl_family family;
	struct ipudp_handlers handlers = { .frame = hear_frame, .rule = hear_rule };
	struct fake *fake = fake_create();
	struct ipudp_tunnel tunnel;
	uint32_t sum = 0;
	char aligned[2048];

	handlers.arg = &sum;
	fake_put(fake, ASYNC, data, len);
	ipudp_dispatch(fake->ipudp, &handlers);
	fake_put(fake, REQUEST, data, len);
	ipudp_rule_list(fake->ipudp, &filter, see_rule, &sum);
	fake->ipudp->seq = 0;
	fake_put(fake, REQUEST, data, len);
	ipudp_device_list(fake->ipudp, see_device, &sum);
	fake->ipudp->seq = 0;
	fake_put(fake, REQUEST, data, len);
	ipudp_tunnel_get(fake->ipudp, "a", 1, &tunnel);
	memcpy(aligned, data, len);
	if (ipudp_msg_ok((void *)aligned, len))
		ipudp_genl_parse((void *)aligned, &family);
	fake_destroy(fake);
}

static void try_all(const struct nlmsghdr *nlh)
{
	char buf[2048];
	size_t len = nlh->nlmsg_len, i;

	assert_true(len <= sizeof(buf));
	for (i = 0; i < len; i++) {
		memcpy(buf, nlh, len);
		feed(buf, i);
		/* Cut, but with a length that says so. */
		*(uint32_t *)(void *)buf = i;
		feed(buf, i);
	}
	for (i = 0; i < 8 * len; i++) {
		memcpy(buf, nlh, len);
		buf[i / 8] ^= 1 << i % 8;
		feed(buf, len);
	}
}

static void test_rule(void **state)
{
	char buf[1024];
	struct nlmsghdr *nlh = fake_message(buf, IPUDP_CMD_RULE_ADD_NTF, 1, 0);
	struct nlattr *nest;

	(void)state;
	mnl_attr_put_strz(nlh, IPUDP_A_RULE_IFNAME, "a");
	mnl_attr_put_u32(nlh, IPUDP_A_RULE_PREFIX, htonl(0x0a000000));
	mnl_attr_put_u8(nlh, IPUDP_A_RULE_PREFIX_LEN, 8);
	nest = mnl_attr_nest_start(nlh, IPUDP_A_RULE_TARGET);
	mnl_attr_put_u32(nlh, IPUDP_A_TARGET_TUNNEL, 1);
	mnl_attr_put_u16(nlh, IPUDP_A_TARGET_WEIGHT, 1);
	mnl_attr_nest_end(nlh, nest);
	try_all(nlh);
}

static void test_device(void **state)
{
	char buf[1024];
	struct nlmsghdr *nlh = fake_message(buf, IPUDP_CMD_DEV_GET, 1, 0);
	struct nlattr *nest;

	(void)state;
	mnl_attr_put_strz(nlh, IPUDP_A_DEVICE_IFNAME, "0123456789abcde");
	mnl_attr_put_u32(nlh, IPUDP_A_DEVICE_MTU, 1);
	nest = mnl_attr_nest_start(nlh, IPUDP_A_DEVICE_COUNTERS);
	mnl_attr_put_u64(nlh, IPUDP_A_COUNTERS_RX_BYTES, 1);
	mnl_attr_nest_end(nlh, nest);
	nest = mnl_attr_nest_start(nlh, IPUDP_A_DEVICE_DROP);
	mnl_attr_put_u32(nlh, IPUDP_A_DROP_REASON, 31);
	mnl_attr_put_u64(nlh, IPUDP_A_DROP_COUNT, 1);
	mnl_attr_nest_end(nlh, nest);
	try_all(nlh);
}

static void test_frame(void **state)
{
	char buf[1024];
	struct nlmsghdr *nlh = fake_message(buf, IPUDP_CMD_FRAME, 0, 0);

	(void)state;
	mnl_attr_put_u32(nlh, IPUDP_A_FRAME_LISTENER, 1);
	mnl_attr_put_u32(nlh, IPUDP_A_FRAME_REMOTE, 1);
	mnl_attr_put(nlh, IPUDP_A_FRAME_PAYLOAD, 5, "\xf0!!!!");
	try_all(nlh);
}

static void test_error(void **state)
{
	char buf[1024];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nlmsgerr *err;

	(void)state;
	nlh->nlmsg_type = NLMSG_ERROR;
	nlh->nlmsg_seq = 1;
	nlh->nlmsg_flags = NLM_F_ACK_TLVS;
	err = mnl_nlmsg_put_extra_header(nlh, sizeof(*err) + 8);
	err->error = -EINVAL;
	err->msg.nlmsg_len = sizeof(err->msg) + 8;
	mnl_attr_put_u32(nlh, NLMSGERR_ATTR_OFFS, 20);
	mnl_attr_put_strz(nlh, NLMSGERR_ATTR_MSG, "a sentence");
	mnl_attr_put_u32(nlh, NLMSGERR_ATTR_MISS_NEST, 20);
	mnl_attr_put_u32(nlh, NLMSGERR_ATTR_MISS_TYPE, 1);
	try_all(nlh);
}

static void test_family(void **state)
{
	struct ipudp_genl_family family = { 0 };
	char buf[1024];
	struct nlmsghdr *nlh = fake_message(buf, CTRL_CMD_NEWFAMILY, 1, 0);
	struct nlattr *groups, *group;
	uint32_t id;

	(void)state;
	nlh->nlmsg_type = GENL_ID_CTRL;
	assert_int_equal(ipudp_genl_parse(nlh, &family), -EBADMSG);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, "ipudp");
	mnl_attr_put_u16(nlh, CTRL_ATTR_FAMILY_ID, 0x23);
	groups = mnl_attr_nest_start(nlh, CTRL_ATTR_MCAST_GROUPS);
	for (id = 1; id <= 3; id++) {
		group = mnl_attr_nest_start(nlh, id);
		mnl_attr_put_u32(nlh, CTRL_ATTR_MCAST_GRP_ID, id);
		mnl_attr_put_strz(nlh, CTRL_ATTR_MCAST_GRP_NAME, id == 2 ? "events" : "event");
		mnl_attr_nest_end(nlh, group);
	}
	mnl_attr_nest_end(nlh, groups);
	assert_int_equal(ipudp_genl_parse(nlh, &family), 0);
	assert_int_equal(family.id, 0x23);
	assert_int_equal(family.events, 2);
	try_all(nlh);
}

/* Lengths that libmnl takes for negative ones, alone and behind a message. */
static void test_huge(void **state)
{
	struct nlmsghdr nlh[3] = { 0 };

	(void)state;
	nlh[0].nlmsg_len = 0x80000010;
	assert_false(ipudp_msg_ok(nlh, sizeof(nlh)));
	feed(nlh, sizeof(nlh));
	nlh[0].nlmsg_len = sizeof(*nlh);
	nlh[1].nlmsg_len = UINT32_MAX;
	feed(nlh, sizeof(nlh));
	/* The padding of the last one may not be there. */
	nlh[0].nlmsg_len = sizeof(*nlh) + 1;
	feed(nlh, sizeof(*nlh) + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rule),   cmocka_unit_test(test_device),
		cmocka_unit_test(test_frame),  cmocka_unit_test(test_error),
		cmocka_unit_test(test_family), cmocka_unit_test(test_huge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
