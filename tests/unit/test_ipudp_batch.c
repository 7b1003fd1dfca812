// SPDX-License-Identifier: GPL-2.0-or-later
/* libipudp: batches, over a data plane that answers as the kernel does. */

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
#include "lib/ipudp/handle.h"

#define REQUEST IPUDP_CHANNEL_REQUEST

/* What a test wants to fail, and what it heard and saw. */
struct plan {
	uint32_t fail_every;
	uint32_t seen;
	uint32_t last_id;
	uint32_t heard;
	uint64_t last_tag;
	bool in_order;
};

static uint32_t id_of(const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN)
		if (mnl_attr_get_type(attr) == IPUDP_A_TUNNEL_ID)
			return mnl_attr_get_u32(attr);
	return UINT32_MAX;
}

static void respond(struct fake *fake, enum ipudp_channel channel, const struct nlmsghdr *nlh)
{
	struct plan *plan = fake->arg;
	uint32_t id = id_of(nlh);

	if (channel != REQUEST)
		return;
	if (plan->seen++ && id != plan->last_id + 1)
		plan->in_order = false;
	plan->last_id = id;
	if (plan->fail_every && !(id % plan->fail_every))
		fake_put_ack(fake, channel, nlh->nlmsg_seq, -EEXIST, "there is one",
			     NLMSGERR_ATTR_OFFS, 28);
	else if (nlh->nlmsg_flags & NLM_F_ACK)
		fake_put_ack(fake, channel, nlh->nlmsg_seq, 0, NULL, 0, 0);
}

static struct fake *heard_fake;

static void hear(void *arg, uint64_t tag, int error, const char *message)
{
	struct plan *plan = arg;

	plan->heard++;
	plan->last_tag = tag;
	assert_int_equal(error, -EEXIST);
	assert_string_equal(message, "there is one");
	assert_string_equal(ipudp_error_attr(heard_fake->ipudp), "id");
}

static void run(struct fake *fake, struct plan *plan, uint32_t count)
{
	struct ipudp_tunnel tunnel = {
		.has = IPUDP_TUNNEL_HAS_ID | IPUDP_TUNNEL_HAS_REMOTE | IPUDP_TUNNEL_HAS_REMOTE_PORT,
		.device = "a",
		.remote.family = AF_INET,
	};
	uint32_t i;

	heard_fake = fake;
	plan->in_order = true;
	fake->arg = plan;
	fake->respond = respond;
	assert_int_equal(ipudp_batch_begin(fake->ipudp, hear, plan), 0);
	for (i = 0; i < count; i++) {
		ipudp_batch_tag(fake->ipudp, 1000000000000ull + i);
		tunnel.id = i;
		assert_int_equal(ipudp_tunnel_add(fake->ipudp, &tunnel), 0);
	}
}

static void test_all_succeed(void **state)
{
	struct fake *fake = *state;
	struct plan plan = { 0 };

	run(fake, &plan, 100000);
	assert_int_equal(ipudp_batch_end(fake->ipudp), 0);
	assert_int_equal(plan.seen, 100000);
	assert_true(plan.in_order);
	assert_int_equal(plan.heard, 0);
	/* The window has room for 256 answers. */
	assert_int_equal(fake->sends, (100000 + 255) / 256);
}

static void test_failures(void **state)
{
	static const uint32_t counts[] = { 1, 2, 255, 256, 257, 512, 10000 };
	static const uint32_t every[] = { 1, 2, 3, 255, 256, 257, 100000 };
	struct fake *fake = *state;
	size_t i, j;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		for (j = 0; j < sizeof(every) / sizeof(every[0]); j++) {
			struct plan plan = { .fail_every = every[j] };
			uint32_t failed = (counts[i] + every[j] - 1) / every[j];

			run(fake, &plan, counts[i]);
			assert_int_equal(ipudp_batch_end(fake->ipudp), failed);
			assert_int_equal(plan.seen, counts[i]);
			assert_true(plan.in_order);
			assert_int_equal(plan.heard, failed);
			assert_true(plan.last_tag == 1000000000000ull + (failed - 1) * every[j]);
		}
	}
}

/* Acknowledgements are asked for by the last of a datagram only, replies by none. */
static void test_flags(void **state)
{
	struct fake *fake = *state;
	struct plan plan = { 0 };

	run(fake, &plan, 2);
	assert_int_equal(fake->sends, 0);
	assert_int_equal(ipudp_batch_end(fake->ipudp), 0);
	fake_assert_sent(
		fake, REQUEST,
		"34000000 1f00 0100 01000000 00000000 09010000"
		"0600 0200 61000000 0800 0300 00000000 0800 0700 00000000 0600 0800 00000000"
		"34000000 1f00 0500 02000000 00000000 09010000"
		"0600 0200 61000000 0800 0300 01000000 0800 0700 00000000 0600 0800 00000000");
}

static void respond_to_get(struct fake *fake, enum ipudp_channel channel,
			   const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	char buf[64];

	if (genl->cmd == IPUDP_CMD_DEV_GET)
		fake_put_message(fake, channel, fake_message(buf, genl->cmd, nlh->nlmsg_seq, 0));
	if (nlh->nlmsg_flags & NLM_F_ACK)
		fake_put_ack(fake, channel, nlh->nlmsg_seq, 0, NULL, 0, 0);
}

/* Reading, and registering, sees what was queued before; the batch goes on. */
static void test_reading_flushes(void **state)
{
	struct fake *fake = *state;
	struct ipudp_frame frame = { .remote.family = AF_INET, .payload = "", .len = 1 };
	struct ipudp_device device;

	fake->respond = respond_to_get;
	assert_int_equal(ipudp_batch_begin(fake->ipudp, NULL, NULL), 0);
	assert_int_equal(ipudp_batch_begin(fake->ipudp, NULL, NULL), -EBUSY);
	assert_int_equal(ipudp_device_del(fake->ipudp, "a"), 0);
	assert_int_equal(fake->sends, 0);
	assert_int_equal(ipudp_device_get(fake->ipudp, "b", &device), 0);
	assert_int_equal(fake->sends, 2);
	assert_int_equal(ipudp_device_del(fake->ipudp, "a"), 0);
	/* A frame goes at once, and does not disturb the numbers. */
	assert_int_equal(ipudp_frame_send(fake->ipudp, &frame), 0);
	assert_int_equal(fake->sends, 3);
	assert_int_equal(ipudp_device_del(fake->ipudp, "a"), 0);
	assert_int_equal(ipudp_frame_register(fake->ipudp, 1, IPUDP_FRAME_CLASS_STUN), 0);
	assert_int_equal(fake->sends, 5);
	/* What is wrong at first sight is told at once, and counts nowhere. */
	assert_int_equal(ipudp_device_del(fake->ipudp, ""), -EINVAL);
	assert_int_equal(ipudp_device_del(fake->ipudp, "a"), 0);
	assert_int_equal(ipudp_batch_end(fake->ipudp), 0);
	assert_int_equal(fake->sends, 6);
	assert_int_equal(ipudp_batch_end(fake->ipudp), -EINVAL);
}

static void test_broken(void **state)
{
	struct fake *fake = *state;

	assert_int_equal(ipudp_batch_begin(fake->ipudp, NULL, NULL), 0);
	assert_int_equal(ipudp_device_del(fake->ipudp, "a"), 0);
	fake->send_error = -ECONNRESET;
	assert_int_equal(ipudp_batch_end(fake->ipudp), -ECONNRESET);

	/* The next one starts anew; one that breaks in the middle says so until its end. */
	fake->send_error = 0;
	assert_int_equal(ipudp_batch_begin(fake->ipudp, NULL, NULL), 0);
	assert_int_equal(ipudp_device_del(fake->ipudp, "a"), 0);
	fake_put_error(fake, REQUEST, -ENOBUFS);
	assert_int_equal(ipudp_device_list(fake->ipudp, NULL, NULL), -ENOBUFS);
	assert_int_equal(ipudp_device_del(fake->ipudp, "a"), -ENOBUFS);
	assert_int_equal(ipudp_batch_end(fake->ipudp), -ENOBUFS);

	/* What is queued is forgotten with the handle. */
	assert_int_equal(ipudp_batch_begin(fake->ipudp, NULL, NULL), 0);
	assert_int_equal(ipudp_device_del(fake->ipudp, "a"), 0);
}

/* One request larger than a datagram has otherwise goes at once, alone in its size. */
static void test_large(void **state)
{
	struct fake *fake = *state;
	struct plan plan = { 0 };
	struct ipudp_target *targets = calloc(5000, sizeof(*targets));
	struct ipudp_rule rule = {
		.device = "a",
		.prefix.family = AF_INET,
		.targets = targets,
		.n_targets = 5000,
	};

	fake->arg = &plan;
	fake->respond = respond;
	assert_int_equal(ipudp_batch_begin(fake->ipudp, NULL, NULL), 0);
	assert_int_equal(ipudp_device_del(fake->ipudp, "a"), 0);
	assert_int_equal(ipudp_rule_add(fake->ipudp, &rule), 0);
	assert_int_equal(fake->sends, 1);
	assert_int_equal(ipudp_batch_end(fake->ipudp), 0);
	assert_int_equal(fake->sends, 1);
	free(targets);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_all_succeed),	    TEST(test_failures), TEST(test_flags),
		TEST(test_reading_flushes), TEST(test_broken),	 TEST(test_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
