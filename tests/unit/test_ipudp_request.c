// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libipudp: the exact bytes of each request, little endian, and what is made of replies.
 *
 * A request is length, type 001f, flags, sequence number, port id; command, version 01, 0000; then
 * attributes, each length, type, value.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "lib/ipudp/handle.h"

#define REQUEST IPUDP_CHANNEL_REQUEST
#define ASYNC IPUDP_CHANNEL_ASYNC

static struct ipudp_addr addr(const char *text)
{
	struct ipudp_addr ret;

	assert_int_equal(ipudp_addr_parse(text, &ret), 0);
	return ret;
}

static void put_addr(struct nlmsghdr *nlh, uint16_t attr, const char *text)
{
	struct ipudp_addr value = addr(text);

	mnl_attr_put(nlh, attr, value.family == AF_INET ? 4 : 16, &value.v4);
}

static void put_counter(struct nlmsghdr *nlh, uint16_t nest_type, uint16_t attr, uint64_t value)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, nest_type);

	mnl_attr_put(nlh, IPUDP_A_COUNTERS_PAD, 0, NULL);
	mnl_attr_put_u64(nlh, attr, value);
	mnl_attr_nest_end(nlh, nest);
}

static void put_drop(struct nlmsghdr *nlh, uint16_t nest_type, uint32_t reason, uint64_t count)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, nest_type);

	mnl_attr_put_u32(nlh, IPUDP_A_DROP_REASON, reason);
	mnl_attr_put_u64(nlh, IPUDP_A_DROP_COUNT, count);
	mnl_attr_nest_end(nlh, nest);
}

static void put_device_reply(struct fake *fake, uint32_t seq)
{
	char buf[1024];
	struct nlmsghdr *nlh = fake_message(buf, IPUDP_CMD_DEV_NEW, seq, 0);

	mnl_attr_put_u32(nlh, IPUDP_A_DEVICE_IFINDEX, 7);
	mnl_attr_put_strz(nlh, IPUDP_A_DEVICE_IFNAME, "ipudp0");
	mnl_attr_put_u8(nlh, IPUDP_A_DEVICE_MODE, IPUDP_MODE_MULTI);
	mnl_attr_put_u8(nlh, IPUDP_A_DEVICE_LOOKUP, IPUDP_LOOKUP_NEXTHOP);
	mnl_attr_put_u8(nlh, IPUDP_A_DEVICE_SOURCE_CHECK, 1);
	mnl_attr_put_u32(nlh, IPUDP_A_DEVICE_MTU, 1472);
	mnl_attr_put_u32(nlh, IPUDP_A_DEVICE_TUNNELS, 3);
	mnl_attr_put_u32(nlh, IPUDP_A_DEVICE_RULES, 4);
	put_counter(nlh, IPUDP_A_DEVICE_COUNTERS, IPUDP_A_COUNTERS_RX_BYTES, 1ull << 40);
	put_drop(nlh, IPUDP_A_DEVICE_DROP, IPUDP_DROP_REASON_RX_SOURCE, 9);
	put_drop(nlh, IPUDP_A_DEVICE_DROP, IPUDP_DROP_REASON_TX_LOOP, 10);
	/* From a newer data plane. */
	put_drop(nlh, IPUDP_A_DEVICE_DROP, 1000, 11);
	mnl_attr_put_u32(nlh, 200, 12);
	fake_put_message(fake, REQUEST, nlh);
}

static void check_device(const struct ipudp_device *device)
{
	assert_int_equal(device->ifindex, 7);
	assert_string_equal(device->name, "ipudp0");
	assert_int_equal(device->mode, IPUDP_MODE_MULTI);
	assert_int_equal(device->lookup, IPUDP_LOOKUP_NEXTHOP);
	assert_true(device->source_check);
	assert_false(device->orphan);
	assert_int_equal(device->fast_path, IPUDP_NO_FAST_PATH);
	assert_int_equal(device->fast_path_state, IPUDP_NO_FAST_PATH);
	assert_string_equal(device->fast_path_reason, "");
	assert_int_equal(device->home_netnsid, -1);
	assert_int_equal(device->mtu, 1472);
	assert_int_equal(device->tunnels, 3);
	assert_int_equal(device->rules, 4);
	assert_int_equal(device->counters.rx_bytes, 1ull << 40);
	assert_true(device->counters.rx_age_ms == UINT64_MAX);
	assert_int_equal(device->drops[IPUDP_DROP_REASON_RX_SOURCE], 9);
	assert_int_equal(device->drops[IPUDP_DROP_REASON_TX_LOOP], 10);
	assert_int_equal(device->drops[IPUDP_DROP_REASON_TX_NOMEM], 0);
}

static void test_device_add(void **state)
{
	struct fake *fake = *state;
	struct ipudp_device device = {
		.has = IPUDP_DEVICE_HAS_MODE | IPUDP_DEVICE_HAS_MTU,
		.mode = IPUDP_MODE_MULTI,
		.lookup = IPUDP_LOOKUP_NEXTHOP,
		.mtu = 0x1234,
	};

	put_device_reply(fake, 1);
	fake_put_ack(fake, REQUEST, 1, 0, NULL, 0, 0);
	assert_int_equal(ipudp_device_add(fake->ipudp, &device), 0);
	fake_assert_sent(fake, REQUEST,
			 "24000000 1f00 0d00 01000000 00000000 02010000"
			 "0500 0300 01000000"
			 "0800 0700 34120000");
	check_device(&device);
	assert_int_equal(device.has, IPUDP_DEVICE_HAS_MODE | IPUDP_DEVICE_HAS_MTU);
}

static void test_device_others(void **state)
{
	struct fake *fake = *state;
	struct ipudp_device device = {
		.has = IPUDP_DEVICE_HAS_LOOKUP | IPUDP_DEVICE_HAS_SOURCE_CHECK |
		       IPUDP_DEVICE_HAS_FAST_PATH,
		.name = "a",
		.lookup = IPUDP_LOOKUP_DESTINATION,
		.source_check = true,
		.fast_path = IPUDP_FAST_PATH_REWRITE,
	}, got;

	fake_put_ack(fake, REQUEST, 1, 0, NULL, 0, 0);
	assert_int_equal(ipudp_device_set(fake->ipudp, &device), 0);
	fake_assert_sent(fake, REQUEST,
			 "34000000 1f00 0500 01000000 00000000 03010000"
			 "0600 0200 61000000"
			 "0500 0400 00000000"
			 "0500 0600 01000000"
			 "0500 0e00 02000000");

	fake_put_ack(fake, REQUEST, 2, 0, NULL, 0, 0);
	assert_int_equal(ipudp_device_del(fake->ipudp, "abc"), 0);
	fake_assert_sent(fake, REQUEST,
			 "1c000000 1f00 0500 02000000 00000000 04010000"
			 "0800 0200 61626300");

	put_device_reply(fake, 3);
	fake_put_ack(fake, REQUEST, 3, 0, NULL, 0, 0);
	assert_int_equal(ipudp_device_get(fake->ipudp, "abc", &got), 0);
	fake_assert_sent(fake, REQUEST,
			 "1c000000 1f00 0500 03000000 00000000 01010000"
			 "0800 0200 61626300");
	check_device(&got);
	assert_int_equal(got.has, IPUDP_DEVICE_HAS_MODE | IPUDP_DEVICE_HAS_LOOKUP |
					  IPUDP_DEVICE_HAS_SOURCE_CHECK | IPUDP_DEVICE_HAS_MTU);
}

/* What a data plane in user space says of its fast path; a sentence may be longer than we have room. */
static void test_device_fast_path(void **state)
{
	struct fake *fake = *state;
	char buffer[1024], sentence[300];
	struct ipudp_device got;
	struct nlmsghdr *nlh;

	memset(sentence, 's', sizeof(sentence));
	sentence[sizeof(sentence) - 1] = 0;
	nlh = fake_message(buffer, IPUDP_CMD_DEV_NEW, 1, 0);
	mnl_attr_put_u8(nlh, IPUDP_A_DEVICE_FAST_PATH, IPUDP_FAST_PATH_ON);
	mnl_attr_put_u8(nlh, IPUDP_A_DEVICE_FAST_PATH_STATE, IPUDP_FAST_PATH_STATE_PARTIAL);
	mnl_attr_put_strz(nlh, IPUDP_A_DEVICE_FAST_PATH_REASON, sentence);
	fake_put_message(fake, REQUEST, nlh);
	fake_put_ack(fake, REQUEST, 1, 0, NULL, 0, 0);
	assert_int_equal(ipudp_device_get(fake->ipudp, "abc", &got), 0);
	assert_int_equal(got.fast_path_state, IPUDP_FAST_PATH_STATE_PARTIAL);
	assert_string_equal(ipudp_fast_path_state_name(got.fast_path_state), "partial");
	assert_int_equal(strlen(got.fast_path_reason), IPUDP_SENTENCE_SIZE - 1);
	assert_string_equal(ipudp_datapath_name(IPUDP_DATAPATH_USER), "user");
}

static void test_device_names(void **state)
{
	struct fake *fake = *state;
	struct ipudp_device device = { 0 };

	/* Not even ended by a NUL. */
	memset(device.name, 'x', sizeof(device.name));
	assert_int_equal(ipudp_device_add(fake->ipudp, &device), -EINVAL);
	assert_string_equal(ipudp_error(fake->ipudp), "device name longer than 15 characters");
	assert_string_equal(ipudp_error_attr(fake->ipudp), "ifname");
	assert_int_equal(ipudp_device_del(fake->ipudp, "0123456789abcdef"), -EINVAL);
	assert_int_equal(ipudp_device_del(fake->ipudp, ""), -EINVAL);
	assert_string_equal(ipudp_error(fake->ipudp), "no device named");
	assert_int_equal(fake->sends, 0);
	fake_put_ack(fake, REQUEST, 1, 0, NULL, 0, 0);
	assert_int_equal(ipudp_device_del(fake->ipudp, "0123456789abcde"), 0);
	assert_string_equal(ipudp_error(fake->ipudp), "");
	assert_null(ipudp_error_attr(fake->ipudp));
}

static void test_listener(void **state)
{
	struct fake *fake = *state;
	struct ipudp_listener listener = { .family = IPUDP_FAMILY_DUAL }, got;
	char buf[512], text[IPUDP_ADDR_TEXT_SIZE];
	struct nlmsghdr *nlh = fake_message(buf, IPUDP_CMD_LISTENER_NEW, 1, 0);

	mnl_attr_put_u32(nlh, IPUDP_A_LISTENER_ID, 5);
	mnl_attr_put_u8(nlh, IPUDP_A_LISTENER_FAMILY, IPUDP_FAMILY_DUAL);
	mnl_attr_put_u16(nlh, IPUDP_A_LISTENER_PORT, htons(3544));
	mnl_attr_put(nlh, IPUDP_A_LISTENER_PINNED, 0, NULL);
	mnl_attr_put_u32(nlh, IPUDP_A_LISTENER_TUNNELS, 2);
	put_counter(nlh, IPUDP_A_LISTENER_COUNTERS, IPUDP_A_COUNTERS_RX_FRAMES, 8);
	put_drop(nlh, IPUDP_A_LISTENER_DROP, IPUDP_DROP_REASON_RX_RUNT, 9);
	fake_put_message(fake, REQUEST, nlh);
	fake_put_ack(fake, REQUEST, 1, 0, NULL, 0, 0);
	assert_int_equal(ipudp_listener_add(fake->ipudp, &listener), 0);
	fake_assert_sent(fake, REQUEST,
			 "24000000 1f00 0d00 01000000 00000000 06010000"
			 "0500 0200 02000000"
			 "0600 0400 00000000");
	assert_int_equal(listener.id, 5);
	assert_int_equal(listener.family, IPUDP_FAMILY_DUAL);
	assert_int_equal(listener.local.family, AF_UNSPEC);
	assert_int_equal(listener.port, 3544);
	assert_true(listener.pinned);
	assert_int_equal(listener.tunnels, 2);
	assert_int_equal(listener.counters.rx_frames, 8);
	assert_int_equal(listener.drops[IPUDP_DROP_REASON_RX_RUNT], 9);

	/* In the place of a family, an address has one. */
	listener = (struct ipudp_listener){
		.family = IPUDP_FAMILY_DUAL,
		.local = addr("192.0.2.1"),
		.port = 3544,
		.bind_ifindex = 3,
	};
	fake_put_ack(fake, REQUEST, 2, 0, NULL, 0, 0);
	assert_int_equal(ipudp_listener_add(fake->ipudp, &listener), 0);
	fake_assert_sent(fake, REQUEST,
			 "2c000000 1f00 0d00 02000000 00000000 06010000"
			 "0800 0300 c0000201"
			 "0600 0400 0dd80000"
			 "0800 0500 03000000");

	fake_put_ack(fake, REQUEST, 3, 0, NULL, 0, 0);
	assert_int_equal(ipudp_listener_del(fake->ipudp, 5), 0);
	fake_assert_sent(fake, REQUEST,
			 "1c000000 1f00 0500 03000000 00000000 07010000"
			 "0800 0100 05000000");

	nlh = fake_message(buf, IPUDP_CMD_LISTENER_GET, 4, 0);
	put_addr(nlh, IPUDP_A_LISTENER_LOCAL, "2001:db8::1");
	fake_put_message(fake, REQUEST, nlh);
	fake_put_ack(fake, REQUEST, 4, 0, NULL, 0, 0);
	assert_int_equal(ipudp_listener_get(fake->ipudp, 5, &got), 0);
	fake_assert_sent(fake, REQUEST,
			 "1c000000 1f00 0500 04000000 00000000 05010000"
			 "0800 0100 05000000");
	assert_string_equal(ipudp_addr_format(&got.local, text), "2001:db8::1");
	assert_false(got.pinned);
}

static void put_tunnel_reply(struct fake *fake, uint32_t seq)
{
	char buf[1024];
	struct nlmsghdr *nlh = fake_message(buf, IPUDP_CMD_TUNNEL_NEW, seq, 0);

	mnl_attr_put_u32(nlh, IPUDP_A_TUNNEL_IFINDEX, 7);
	mnl_attr_put_strz(nlh, IPUDP_A_TUNNEL_IFNAME, "0123456789abcde");
	mnl_attr_put_u32(nlh, IPUDP_A_TUNNEL_ID, 8);
	mnl_attr_put_u32(nlh, IPUDP_A_TUNNEL_LISTENER, 9);
	put_addr(nlh, IPUDP_A_TUNNEL_LOCAL, "2001:db8::1");
	mnl_attr_put_u16(nlh, IPUDP_A_TUNNEL_LOCAL_PORT, htons(1000));
	put_addr(nlh, IPUDP_A_TUNNEL_REMOTE, "2001:db8::2");
	mnl_attr_put_u16(nlh, IPUDP_A_TUNNEL_REMOTE_PORT, htons(2000));
	mnl_attr_put_u32(nlh, IPUDP_A_TUNNEL_MARK, 0xdeadbeef);
	mnl_attr_put_u8(nlh, IPUDP_A_TUNNEL_TTL, 64);
	mnl_attr_put_u8(nlh, IPUDP_A_TUNNEL_DSCP, IPUDP_DSCP_INHERIT);
	mnl_attr_put_u8(nlh, IPUDP_A_TUNNEL_DF, IPUDP_DF_INHERIT);
	mnl_attr_put_u8(nlh, IPUDP_A_TUNNEL_CHECKSUM, 1);
	mnl_attr_put_u8(nlh, IPUDP_A_TUNNEL_FLOW_PORT, 0);
	mnl_attr_put_u32(nlh, IPUDP_A_TUNNEL_KEEPALIVE_MS, 25000);
	mnl_attr_put_u8(nlh, IPUDP_A_TUNNEL_STATE, IPUDP_TUNNEL_STATE_IDLE);
	mnl_attr_put_u32(nlh, IPUDP_A_TUNNEL_MTU, 1452);
	put_counter(nlh, IPUDP_A_TUNNEL_COUNTERS, IPUDP_A_COUNTERS_TX_AGE_MS, 33);
	fake_put_message(fake, REQUEST, nlh);
}

static void check_tunnel(const struct ipudp_tunnel *tunnel)
{
	char text[IPUDP_ADDR_TEXT_SIZE];

	assert_string_equal(tunnel->device, "0123456789abcde");
	assert_int_equal(tunnel->ifindex, 7);
	assert_int_equal(tunnel->id, 8);
	assert_int_equal(tunnel->listener, 9);
	assert_string_equal(ipudp_addr_format(&tunnel->local, text), "2001:db8::1");
	assert_int_equal(tunnel->local_port, 1000);
	assert_string_equal(ipudp_addr_format(&tunnel->remote, text), "2001:db8::2");
	assert_int_equal(tunnel->remote_port, 2000);
	assert_int_equal(tunnel->mark, 0xdeadbeef);
	assert_int_equal(tunnel->ttl, 64);
	assert_int_equal(tunnel->dscp, IPUDP_DSCP_INHERIT);
	assert_int_equal(tunnel->df, IPUDP_DF_INHERIT);
	assert_true(tunnel->checksum);
	assert_false(tunnel->flow_port);
	assert_int_equal(tunnel->keepalive_ms, 25000);
	assert_int_equal(tunnel->idle_ms, 0);
	assert_int_equal(tunnel->state, IPUDP_TUNNEL_STATE_IDLE);
	assert_int_equal(tunnel->mtu, 1452);
	assert_int_equal(tunnel->counters.tx_age_ms, 33);
	assert_true(tunnel->counters.rx_age_ms == UINT64_MAX);
}

static const struct ipudp_tunnel full_tunnel = {
	.has = 0xffff,
	.device = "a",
	.id = 1,
	.listener = 2,
	.local_port = 0x0304,
	.remote_port = 0x0506,
	.bind_ifindex = 7,
	.link_ifindex = 8,
	.mark = 9,
	.ttl = 10,
	.dscp = 11,
	.df = IPUDP_DF_UNSET,
	.checksum = true,
	.flow_port = true,
	.keepalive_ms = 12,
	.idle_ms = 13,
};

static void test_tunnel_add(void **state)
{
	struct fake *fake = *state;
	struct ipudp_tunnel tunnel = full_tunnel;

	tunnel.local = addr("192.0.2.1");
	tunnel.remote = addr("192.0.2.2");
	put_tunnel_reply(fake, 1);
	fake_put_ack(fake, REQUEST, 1, 0, NULL, 0, 0);
	assert_int_equal(ipudp_tunnel_add(fake->ipudp, &tunnel), 0);
	fake_assert_sent(fake, REQUEST,
			 "9c000000 1f00 0d00 01000000 00000000 09010000"
			 "0600 0200 61000000"
			 "0800 0300 01000000"
			 "0800 0400 02000000"
			 "0800 0500 c0000201"
			 "0600 0600 03040000"
			 "0800 0700 c0000202"
			 "0600 0800 05060000"
			 "0800 0900 07000000"
			 "0800 0a00 08000000"
			 "0800 0b00 09000000"
			 "0500 0c00 0a000000"
			 "0500 0d00 0b000000"
			 "0500 0e00 01000000"
			 "0500 0f00 01000000"
			 "0500 1000 01000000"
			 "0800 1100 0c000000"
			 "0800 1200 0d000000");
	check_tunnel(&tunnel);
	assert_int_equal(tunnel.has, 0xffff);
}

static void test_tunnel_others(void **state)
{
	struct fake *fake = *state;
	struct ipudp_tunnel tunnel = full_tunnel, got;

	/* What has no bit is not sent, nor an address that is none. */
	tunnel.has = IPUDP_TUNNEL_HAS_REMOTE | IPUDP_TUNNEL_HAS_LOCAL;
	tunnel.remote = addr("2001:db8::2");
	fake_put_ack(fake, REQUEST, 1, 0, NULL, 0, 0);
	assert_int_equal(ipudp_tunnel_add(fake->ipudp, &tunnel), 0);
	fake_assert_sent(fake, REQUEST,
			 "30000000 1f00 0d00 01000000 00000000 09010000"
			 "0600 0200 61000000"
			 "1400 0700 20010db8000000000000000000000002");

	assert_int_equal(ipudp_tunnel_set(fake->ipudp, &tunnel), -EINVAL);
	assert_string_equal(ipudp_error_attr(fake->ipudp), "local");

	/* The id is sent without its bit. */
	tunnel.has = IPUDP_TUNNEL_HAS_REMOTE_PORT;
	fake_put_ack(fake, REQUEST, 2, 0, NULL, 0, 0);
	assert_int_equal(ipudp_tunnel_set(fake->ipudp, &tunnel), 0);
	fake_assert_sent(fake, REQUEST,
			 "2c000000 1f00 0500 02000000 00000000 0a010000"
			 "0600 0200 61000000"
			 "0800 0300 01000000"
			 "0600 0800 05060000");

	fake_put_ack(fake, REQUEST, 3, 0, NULL, 0, 0);
	assert_int_equal(ipudp_tunnel_del(fake->ipudp, "a", 6), 0);
	fake_assert_sent(fake, REQUEST,
			 "24000000 1f00 0500 03000000 00000000 0b010000"
			 "0600 0200 61000000"
			 "0800 0300 06000000");

	put_tunnel_reply(fake, 4);
	fake_put_ack(fake, REQUEST, 4, 0, NULL, 0, 0);
	assert_int_equal(ipudp_tunnel_get(fake->ipudp, "a", 6, &got), 0);
	fake_assert_sent(fake, REQUEST,
			 "24000000 1f00 0500 04000000 00000000 08010000"
			 "0600 0200 61000000"
			 "0800 0300 06000000");
	check_tunnel(&got);
	assert_int_equal(got.has & (IPUDP_TUNNEL_HAS_ID | IPUDP_TUNNEL_HAS_LINK |
				    IPUDP_TUNNEL_HAS_IDLE | IPUDP_TUNNEL_HAS_MARK),
			 IPUDP_TUNNEL_HAS_ID | IPUDP_TUNNEL_HAS_MARK);
}

static void test_rule(void **state)
{
	struct fake *fake = *state;
	const struct ipudp_target targets[] = { { 1, 2, 3 }, { 4, 5, 6 } };
	struct ipudp_rule rule = {
		.device = "a",
		.prefix_len = 8,
		.action = IPUDP_ACTION_FLOOD,
		.targets = targets,
		.n_targets = 2,
	};
	const char *key = "0600 0200 61000000  0800 0300 0a000000  0500 0400 08000000";
	const char *list = "1c00 0680 0800 0100 01000000 0800 0200 02000000 0600 0300 03000000"
			   "1c00 0680 0800 0100 04000000 0800 0200 05000000 0600 0300 06000000";
	static const struct {
		int (*fn)(struct ipudp *ipudp, const struct ipudp_rule *rule);
		const char *header;
		const char *action;
	} rows[] = {
		{ ipudp_rule_add, "6c000000 1f00 0500 01000000 00000000 0d010000",
		  "0500 0500 01000000" },
		{ ipudp_rule_replace, "74000000 1f00 0500 02000000 00000000 0d010000",
		  "0500 0500 01000000 0500 0800 01000000" },
		{ ipudp_rule_append, "74000000 1f00 0500 03000000 00000000 0d010000",
		  "0500 0500 01000000 0500 0800 02000000" },
		{ ipudp_rule_del, "64000000 1f00 0500 04000000 00000000 0e010000", "" },
	};
	char hex[1024];
	size_t i;

	assert_int_equal(ipudp_rule_add(fake->ipudp, &rule), -EINVAL);
	assert_string_equal(ipudp_error_attr(fake->ipudp), "prefix");
	rule.prefix = addr("10.0.0.0");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fake_put_ack(fake, REQUEST, i + 1, 0, NULL, 0, 0);
		assert_int_equal(rows[i].fn(fake->ipudp, &rule), 0);
		snprintf(hex, sizeof(hex), "%s%s%s%s", rows[i].header, key, rows[i].action, list);
		fake_assert_sent(fake, REQUEST, hex);
	}
	rule.n_targets = IPUDP_TARGETS_MAX + 1;
	assert_int_equal(ipudp_rule_add(fake->ipudp, &rule), -E2BIG);
}

/* All targets that a rule may have fit one request. */
static void test_rule_with_many_targets(void **state)
{
	struct fake *fake = *state;
	struct ipudp_target *targets = calloc(IPUDP_TARGETS_MAX, sizeof(*targets));
	struct ipudp_rule rule = {
		.device = "a",
		.prefix = addr("::"),
		.targets = targets,
		.n_targets = IPUDP_TARGETS_MAX,
	};

	fake_put_ack(fake, REQUEST, 1, 0, NULL, 0, 0);
	assert_int_equal(ipudp_rule_add(fake->ipudp, &rule), 0);
	assert_int_equal(fake->sends, 1);
	assert_int_equal(fake->sent_len[REQUEST], 20 + 8 + 20 + 8 + 8 + IPUDP_TARGETS_MAX * 28);
	free(targets);
}

static void test_frame_send(void **state)
{
	struct fake *fake = *state;
	struct ipudp_frame frame = {
		.listener = 1,
		.remote = addr("192.0.2.2"),
		.remote_port = 0x0102,
		.payload = "\xf0hi",
		.len = 3,
	};

	assert_int_equal(ipudp_frame_send(fake->ipudp, &frame), 0);
	fake_assert_sent(fake, ASYNC,
			 "34000000 1f00 0100 01000000 00000000 11010000"
			 "0800 0100 01000000"
			 "0800 0300 c0000202"
			 "0600 0400 01020000"
			 "0700 0800 f0686900");
	frame.local = addr("192.0.2.1");
	frame.ifindex = 2;
	frame.mark = 3;
	assert_int_equal(ipudp_frame_send(fake->ipudp, &frame), 0);
	fake_assert_sent(fake, ASYNC,
			 "4c000000 1f00 0100 02000000 00000000 11010000"
			 "0800 0100 01000000"
			 "0800 0300 c0000202"
			 "0600 0400 01020000"
			 "0800 0500 c0000201"
			 "0800 0600 02000000"
			 "0800 0700 03000000"
			 "0700 0800 f0686900");
	frame.len = 0;
	assert_int_equal(ipudp_frame_send(fake->ipudp, &frame), -EMSGSIZE);
	frame.len = IPUDP_FRAME_MAX + 1;
	assert_int_equal(ipudp_frame_send(fake->ipudp, &frame), -EMSGSIZE);
	assert_string_equal(ipudp_error_attr(fake->ipudp), "payload");
	frame.len = 1;
	frame.remote.family = AF_UNSPEC;
	assert_int_equal(ipudp_frame_send(fake->ipudp, &frame), -EINVAL);
	frame.remote.family = AF_INET;
	fake->send_error = -ECONNREFUSED;
	assert_int_equal(ipudp_frame_send(fake->ipudp, &frame), -ECONNREFUSED);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fake_setup, fake_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_device_add),
		TEST(test_device_others),
		TEST(test_device_fast_path),
		TEST(test_device_names),
		TEST(test_listener),
		TEST(test_tunnel_add),
		TEST(test_tunnel_others),
		TEST(test_rule),
		TEST(test_rule_with_many_targets),
		TEST(test_frame_send),
	};

	/* The bytes above are those of a little-endian machine. */
	if (htons(1) == 1)
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
