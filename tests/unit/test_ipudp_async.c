// SPDX-License-Identifier: GPL-2.0-or-later
/* libipudp: frames, events, registrations between them. */

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "lib/ipudp/handle.h"

#define ASYNC IPUDP_CHANNEL_ASYNC

/* What the handlers heard, as text; and what they are to do. */
struct heard {
	char text[1024];
	struct fake *fake;
	bool register_in_frame;
	int result;
};

static void hear(struct heard *heard, const char *text)
{
	strncat(heard->text, text, sizeof(heard->text) - strlen(heard->text) - 1);
}

static void hear_frame(void *arg, const struct ipudp_frame *frame)
{
	char text[128], remote[IPUDP_ADDR_TEXT_SIZE], local[IPUDP_ADDR_TEXT_SIZE];
	struct heard *heard = arg;

	if (heard->register_in_frame) {
		heard->register_in_frame = false;
		heard->result = ipudp_frame_register(heard->fake->ipudp, 1, IPUDP_FRAME_CLASS_TSP);
	}
	snprintf(text, sizeof(text), "%u %s %s:%u %s %u %u %.*s\n", frame->listener,
		 ipudp_frame_class_name(frame->class), ipudp_addr_format(&frame->remote, remote),
		 frame->remote_port, ipudp_addr_format(&frame->local, local), frame->ifindex,
		 frame->lost, (int)frame->len, (const char *)frame->payload);
	hear(heard, text);
}

static void hear_device(void *arg, int event, const struct ipudp_device *device)
{
	char text[64];

	snprintf(text, sizeof(text), "device %d %s\n", event, device->name);
	hear(arg, text);
}

static void hear_listener(void *arg, int event, const struct ipudp_listener *listener)
{
	char text[64];

	snprintf(text, sizeof(text), "listener %d %u\n", event, listener->id);
	hear(arg, text);
}

static void hear_tunnel(void *arg, int event, const struct ipudp_tunnel *tunnel)
{
	char text[64];

	snprintf(text, sizeof(text), "tunnel %d %u\n", event, tunnel->id);
	hear(arg, text);
}

static void hear_rule(void *arg, int event, const struct ipudp_rule *rule)
{
	char text[64];

	snprintf(text, sizeof(text), "rule %d %u %u\n", event, rule->n_targets,
		 rule->n_targets ? rule->targets[0].tunnel : 0);
	hear(arg, text);
}

static void hear_overrun(void *arg)
{
	hear(arg, "overrun\n");
}

static struct ipudp_handlers handlers_of(struct heard *heard)
{
	return (struct ipudp_handlers){
		.arg = heard,
		.frame = hear_frame,
		.device = hear_device,
		.listener = hear_listener,
		.tunnel = hear_tunnel,
		.rule = hear_rule,
		.overrun = hear_overrun,
	};
}

static void put_frame(struct fake *fake, const char *payload)
{
	char buf[4096];
	struct nlmsghdr *nlh = fake_message(buf, IPUDP_CMD_FRAME, 0, 0);

	mnl_attr_put_u32(nlh, IPUDP_A_FRAME_LISTENER, 1);
	mnl_attr_put_u8(nlh, IPUDP_A_FRAME_CLASS, IPUDP_FRAME_CLASS_TSP);
	mnl_attr_put_u32(nlh, IPUDP_A_FRAME_REMOTE, htonl(0xc0000202));
	mnl_attr_put_u16(nlh, IPUDP_A_FRAME_REMOTE_PORT, htons(3653));
	mnl_attr_put_u32(nlh, IPUDP_A_FRAME_LOCAL, htonl(0xc0000201));
	mnl_attr_put_u32(nlh, IPUDP_A_FRAME_IFINDEX, 3);
	mnl_attr_put_u32(nlh, IPUDP_A_FRAME_COUNT, 4);
	mnl_attr_put(nlh, IPUDP_A_FRAME_PAYLOAD, strlen(payload), payload);
	fake_put_message(fake, ASYNC, nlh);
}

#define FRAME(payload) "1 tsp 192.0.2.2:3653 192.0.2.1 3 4 " payload "\n"

static void put_event(struct fake *fake, uint8_t cmd, uint16_t attr)
{
	char buf[256];
	struct nlmsghdr *nlh = fake_message(buf, cmd, 0, 0);

	if (cmd >= IPUDP_CMD_RULE_ADD_NTF) {
		struct nlattr *nest = mnl_attr_nest_start(nlh, IPUDP_A_RULE_TARGET);

		mnl_attr_put_u32(nlh, IPUDP_A_TARGET_TUNNEL, 77);
		mnl_attr_nest_end(nlh, nest);
	} else {
		mnl_attr_put_u32(nlh, attr, cmd);
	}
	fake_put_message(fake, ASYNC, nlh);
}

static bool readable(struct fake *fake)
{
	struct pollfd pollfd = { .fd = ipudp_fd(fake->ipudp), .events = POLLIN };

	return poll(&pollfd, 1, 0) == 1;
}

static void test_frames(void **state)
{
	struct fake *fake = *state;
	struct heard heard = { .fake = fake };
	struct ipudp_handlers handlers = handlers_of(&heard), none = { 0 };

	assert_false(readable(fake));
	assert_int_equal(ipudp_dispatch(fake->ipudp, &handlers), 0);
	put_frame(fake, "one");
	put_frame(fake, "two");
	assert_true(readable(fake));
	assert_int_equal(ipudp_dispatch(fake->ipudp, &handlers), 2);
	assert_string_equal(heard.text, FRAME("one") FRAME("two"));
	assert_false(readable(fake));

	/* No handler; no payload; a frame that could not be sent; another's message. */
	put_frame(fake, "three");
	assert_int_equal(ipudp_dispatch(fake->ipudp, &none), 0);
	put_frame(fake, "");
	fake_put_ack(fake, ASYNC, 5, -EHOSTUNREACH, "no route", 0, 0);
	fake_put(fake, ASYNC, "?", 1);
	assert_int_equal(ipudp_dispatch(fake->ipudp, &handlers), 0);

	fake_put_error(fake, ASYNC, -ECONNRESET);
	assert_int_equal(ipudp_dispatch(fake->ipudp, &handlers), -ECONNRESET);
}

static void test_events(void **state)
{
	struct fake *fake = *state;
	struct heard heard = { .fake = fake };
	struct ipudp_handlers handlers = handlers_of(&heard);
	char want[1024] = "", line[64];
	int cmd;

	assert_int_equal(ipudp_subscribe(fake->ipudp), 0);
	assert_true(fake->subscribed);
	for (cmd = IPUDP_CMD_FRAME + 1; cmd <= IPUDP_CMD_MAX; cmd++) {
		if (cmd < IPUDP_CMD_LISTENER_ADD_NTF)
			snprintf(line, sizeof(line), "device %d \n", cmd);
		else if (cmd < IPUDP_CMD_TUNNEL_ADD_NTF)
			snprintf(line, sizeof(line), "listener %d %d\n", cmd, cmd);
		else if (cmd < IPUDP_CMD_RULE_ADD_NTF)
			snprintf(line, sizeof(line), "tunnel %d %d\n", cmd, cmd);
		else
			snprintf(line, sizeof(line), "rule %d 1 77\n", cmd);
		strcat(want, line);
		put_event(fake, cmd,
			  cmd < IPUDP_CMD_LISTENER_ADD_NTF ? IPUDP_A_DEVICE_IFINDEX :
			  cmd < IPUDP_CMD_TUNNEL_ADD_NTF   ? IPUDP_A_LISTENER_ID :
							     IPUDP_A_TUNNEL_ID);
	}
	/* Neither requests nor what is newer are events. */
	put_event(fake, IPUDP_CMD_TUNNEL_NEW, IPUDP_A_TUNNEL_ID);
	put_event(fake, IPUDP_CMD_MAX + 1, 1);
	assert_int_equal(ipudp_dispatch(fake->ipudp, &handlers), IPUDP_CMD_MAX - IPUDP_CMD_FRAME);
	assert_string_equal(heard.text, want);
}

/* What comes while a registration waits for its answer is told later, in order. */
static void respond_between(struct fake *fake, enum ipudp_channel channel,
			    const struct nlmsghdr *nlh)
{
	if (channel != ASYNC)
		return;
	put_frame(fake, "between");
	fake_put_ack(fake, ASYNC, nlh->nlmsg_seq - 1, -EINVAL, NULL, 0, 0);
	fake_put_ack(fake, ASYNC, nlh->nlmsg_seq, *(int *)fake->arg, "so", NLMSGERR_ATTR_OFFS, 28);
	put_frame(fake, "after");
}

static void test_register(void **state)
{
	struct fake *fake = *state;
	struct heard heard = { .fake = fake };
	struct ipudp_handlers handlers = handlers_of(&heard);
	int error = 0;

	fake->arg = &error;
	fake->respond = respond_between;
	put_frame(fake, "before");
	assert_int_equal(ipudp_frame_register(fake->ipudp, 1, IPUDP_FRAME_CLASS_TSP), 0);
	fake_assert_sent(fake, ASYNC,
			 "24000000 1f00 0500 01000000 00000000 0f010000"
			 "0800 0100 01000000 0500 0200 01000000");
	assert_true(readable(fake));
	assert_int_equal(ipudp_dispatch(fake->ipudp, &handlers), 3);
	assert_string_equal(heard.text, FRAME("before") FRAME("between") FRAME("after"));
	assert_false(readable(fake));

	error = -EBUSY;
	assert_int_equal(ipudp_frame_unregister(fake->ipudp, 1, IPUDP_FRAME_CLASS_TSP), -EBUSY);
	fake_assert_sent(fake, ASYNC,
			 "24000000 1f00 0500 02000000 00000000 10010000"
			 "0800 0100 01000000 0500 0200 01000000");
	assert_string_equal(ipudp_error(fake->ipudp), "so");
	assert_string_equal(ipudp_error_attr(fake->ipudp), "class");
	/* What was kept goes with the handle. */
	assert_true(readable(fake));
}

/* A handler may register; the frame it is given stays what it is. */
static void test_register_in_handler(void **state)
{
	struct fake *fake = *state;
	struct heard heard = { .fake = fake, .register_in_frame = true, .result = -1 };
	struct ipudp_handlers handlers = handlers_of(&heard);
	int error = 0;

	fake->arg = &error;
	fake->respond = respond_between;
	put_frame(fake, "first");
	put_frame(fake, "second");
	assert_int_equal(ipudp_dispatch(fake->ipudp, &handlers), 4);
	assert_int_equal(heard.result, 0);
	assert_string_equal(heard.text,
			    FRAME("first") FRAME("second") FRAME("between") FRAME("after"));
	assert_false(readable(fake));
}

static void test_overrun(void **state)
{
	struct fake *fake = *state;
	struct heard heard = { .fake = fake };
	struct ipudp_handlers handlers = handlers_of(&heard);

	put_frame(fake, "one");
	fake_put_error(fake, ASYNC, -ENOBUFS);
	put_frame(fake, "two");
	assert_int_equal(ipudp_dispatch(fake->ipudp, &handlers), 2);
	assert_string_equal(heard.text, FRAME("one") "overrun\n" FRAME("two"));

	/* Before a registration it is remembered; after it, the answer may be what was lost. */
	heard.text[0] = 0;
	fake_put_error(fake, ASYNC, -ENOBUFS);
	put_frame(fake, "three");
	assert_int_equal(ipudp_frame_register(fake->ipudp, 1, 0), -ETIMEDOUT);
	assert_true(readable(fake));
	assert_int_equal(ipudp_dispatch(fake->ipudp, &handlers), 1);
	assert_string_equal(heard.text, FRAME("three") "overrun\n");
	assert_false(readable(fake));
}

static void respond_lost(struct fake *fake, enum ipudp_channel channel, const struct nlmsghdr *nlh)
{
	(void)nlh;
	fake_put_error(fake, channel, -ENOBUFS);
	put_frame(fake, "left");
}

static void test_answer_lost(void **state)
{
	struct fake *fake = *state;
	struct heard heard = { .fake = fake };
	struct ipudp_handlers handlers = handlers_of(&heard);

	fake->respond = respond_lost;
	assert_int_equal(ipudp_frame_register(fake->ipudp, 1, 0), -ENOBUFS);
	assert_string_equal(ipudp_error(fake->ipudp), "the answer was lost");
	assert_int_equal(ipudp_dispatch(fake->ipudp, &handlers), 1);
	assert_string_equal(heard.text, FRAME("left") "overrun\n");
}

static void dispatch_again(void *arg, const struct ipudp_frame *frame)
{
	struct heard *heard = arg;
	struct ipudp_handlers handlers = handlers_of(heard);

	(void)frame;
	heard->result = ipudp_dispatch(heard->fake->ipudp, &handlers);
}

/* A flood is taken in portions, and not recursively. */
static void test_flood(void **state)
{
	struct fake *fake = *state;
	struct heard heard = { .fake = fake };
	struct ipudp_handlers handlers = handlers_of(&heard);
	int i;

	handlers.frame = dispatch_again;
	for (i = 0; i < 300; i++)
		put_frame(fake, "x");
	assert_int_equal(ipudp_dispatch(fake->ipudp, &handlers), 256);
	assert_int_equal(heard.result, -EBUSY);
	assert_true(readable(fake));
	assert_int_equal(ipudp_dispatch(fake->ipudp, &handlers), 300 - 256);
	assert_false(readable(fake));
}

/* One who registers again and again, and never dispatches, does not fill the memory. */
static void respond_many(struct fake *fake, enum ipudp_channel channel, const struct nlmsghdr *nlh)
{
	char payload[2049];
	int i;

	memset(payload, 'x', sizeof(payload) - 1);
	payload[2048] = 0;
	for (i = 0; i < 100; i++)
		put_frame(fake, payload);
	fake_put_ack(fake, channel, nlh->nlmsg_seq, 0, NULL, 0, 0);
}

static void test_kept_is_bounded(void **state)
{
	struct fake *fake = *state;
	struct ipudp_handlers handlers = { 0 };
	int i;

	fake->respond = respond_many;
	for (i = 0; i < 100; i++)
		assert_int_equal(ipudp_frame_register(fake->ipudp, 1, 0), 0);
	assert_true(fake->ipudp->async.kept_bytes <= 16 << 20);
	assert_true(fake->ipudp->async.kept_bytes > 15 << 20);
	assert_true(fake->ipudp->async.overrun);
	for (i = 0; i < 100 && readable(fake); i++)
		assert_int_equal(ipudp_dispatch(fake->ipudp, &handlers), 0);
	assert_false(readable(fake));
	assert_int_equal(fake->ipudp->async.kept_bytes, 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_frames),   TEST(test_events),
		TEST(test_register), TEST(test_register_in_handler),
		TEST(test_overrun),  TEST(test_answer_lost),
		TEST(test_flood),    TEST(test_kept_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
