// SPDX-License-Identifier: GPL-2.0-or-later
/* The parts of ipudpd that need no kernel: tables against naive ones, segments, policies. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <linux/virtio_net.h>
#include <netinet/in.h>

#include <cmocka.h>

#include "ipudpd/device.h"
#include "ipudpd/home.h"
#include "ipudpd/idmap.h"
#include "ipudpd/nl.h"
#include "ipudpd/packet.h"
#include "ipudpd/rcu.h"
#include "kernel/core/rule.h"
#include "ipudpd/stats.h"
#include "ipudpd/table.h"
#include "ipudpd/timer.h"
#include "ipudpd/tunnel.h"
#include "kernel/core/netlink_gen.h"

/* The same numbers each time. */
static uint32_t random_word(void)
{
	static uint32_t state = 12345;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

static void test_idmap(void **state)
{
	struct ipudp_idmap map = { 0 };
	uint32_t ids[300], id;
	unsigned int i, n;
	uint64_t at;
	void *found;

	(void)state;
	for (i = 0; i < 300; i++) {
		ids[i] = i % 3 ? random_word() : i;
		assert_int_equal(ipudp_idmap_store(&map, ids[i], &ids[i]), 0);
	}
	for (i = 0; i < 300; i++)
		assert_ptr_equal(ipudp_idmap_load(&map, ids[i]), &ids[i]);
	n = 0;
	ipudp_idmap_for_each(&map, at, found, 0) {
		assert_int_equal(*(uint32_t *)found, at);
		n++;
	}
	assert_int_equal(n, 300);
	assert_int_equal(ipudp_idmap_alloc(&map, &id, &id), 0);
	assert_int_equal(id, 1);
	assert_int_equal(ipudp_idmap_store(&map, UINT32_MAX, &n), 0);
	at = UINT32_MAX;
	assert_ptr_equal(ipudp_idmap_find(&map, &at), &n);
	at = (uint64_t)UINT32_MAX + 1;
	assert_null(ipudp_idmap_find(&map, &at));
	ipudp_idmap_erase(&map, UINT32_MAX);
	ipudp_idmap_erase(&map, id);
	for (i = 0; i < 300; i++)
		ipudp_idmap_erase(&map, ids[i]);
	assert_null(map.root);
}

struct entry {
	struct ipudp_table_node node;
	uint32_t key;
};

static bool entry_equal(const struct ipudp_table_node *node, const void *key)
{
	return ((const struct entry *)node)->key == *(const uint32_t *)key;
}

static struct entry *entry_lookup(struct ipudp_table *table, uint32_t key)
{
	uint32_t hash = ipudp_table_hash(table, &key, sizeof(key));

	return (void *)ipudp_table_lookup(table, hash, entry_equal, &key);
}

static void test_table(void **state)
{
	static struct entry entries[5000];
	struct ipudp_table table;
	struct ipudp_rcu rcu;
	uint32_t i;

	(void)state;
	ipudp_rcu_init(&rcu, 0);
	assert_int_equal(ipudp_table_init(&table, &rcu), 0);
	for (i = 0; i < 5000; i++) {
		entries[i].key = i;
		entries[i].node.hash = ipudp_table_hash(&table, &i, sizeof(i));
		ipudp_table_insert(&table, &entries[i].node);
	}
	for (i = 0; i < 5000; i += 2)
		ipudp_table_remove(&table, &entries[i].node);
	for (i = 0; i < 5000; i++)
		assert_ptr_equal(entry_lookup(&table, i), i % 2 ? &entries[i] : NULL);
	for (i = 1; i < 5000; i += 2)
		ipudp_table_remove(&table, &entries[i].node);
	assert_int_equal(table.count, 0);
	ipudp_rcu_reclaim(&rcu);
	ipudp_table_done(&table);
}

/* Return: what becomes of a rule for 10.0.0.0/8 with @n tunnels from @first on. */
static int add_targets(struct ipudp_device *device, enum ipudp_exists exists, uint32_t first,
		       uint32_t n, struct netlink_ext_ack *extack)
{
	struct ipudp_rule_target *targets = calloc(n, sizeof(*targets));
	struct ipudp_rule_config config = {
		.prefix.v4 = htonl(0x0a000000),
		.family = AF_INET,
		.len = 8,
		.action = IPUDP_ACTION_FORWARD,
		.targets = targets,
		.n_targets = n,
	};
	uint32_t i;
	int ret;

	assert_non_null(targets);
	for (i = 0; i < n; i++)
		targets[i] = (struct ipudp_rule_target){ .tunnel = first + i, .weight = 1 };
	ret = ipudp_rule_add(device, &config, exists, extack);
	free(targets);
	return ret;
}

/* Appending does not get round the limit of a request. */
static void test_targets_max(void **state)
{
	const uint32_t half = IPUDP_TARGETS_MAX / 2 + 1;
	struct ipudp_tunnel *tunnels = calloc(2 * half, sizeof(*tunnels));
	static struct ipudp_home home;
	struct ipudp_device device = { .home = &home };
	struct netlink_ext_ack extack = { 0 };
	struct ipudp_rule *rule;
	union ipudp_ip prefix = { .v4 = htonl(0x0a000000) };
	uint32_t i;

	(void)state;
	assert_non_null(tunnels);
	ipudp_rcu_init(&home.rcu, 0);
	assert_int_equal(ipudp_rules_init(&device), 0);
	for (i = 0; i < 2 * half; i++) {
		tunnels[i].device = &device;
		INIT_HLIST_HEAD(&tunnels[i].targets);
		assert_int_equal(ipudp_idmap_store(&device.tunnels, i, &tunnels[i]), 0);
	}
	assert_int_equal(add_targets(&device, IPUDP_EXISTS_REFUSE, 0, half, &extack), 0);
	assert_int_equal(add_targets(&device, IPUDP_EXISTS_APPEND, half, half, &extack), -E2BIG);
	assert_non_null(strstr(extack._msg, "too many targets"));
	rule = ipudp_rule_find(&device, AF_INET, &prefix, 8);
	assert_int_equal(ipudp_nl_rule_targets(rule), half);
	assert_int_equal(add_targets(&device, IPUDP_EXISTS_APPEND, half, half - 1, &extack), 0);
	assert_int_equal(ipudp_nl_rule_targets(rule), IPUDP_TARGETS_MAX);
	assert_int_equal(add_targets(&device, IPUDP_EXISTS_APPEND, 2 * half - 1, 1, &extack),
			 -E2BIG);
	ipudp_rules_flush(&device);
	for (i = 0; i < 2 * half; i++)
		ipudp_idmap_erase(&device.tunnels, i);
	ipudp_rcu_reclaim(&home.rcu);
	ipudp_rules_done(&device);
	free(tunnels);
}

#define TIMERS 1000

/* How many were called, the one before, and whether all came in order. */
static unsigned int fired;
static uint64_t fired_at;
static bool in_order;

static void count_fired(struct ipudp_timer *timer)
{
	in_order &= timer->due_ms >= fired_at && !timer->link;
	fired_at = timer->due_ms;
	fired++;
}

static void test_timers(void **state)
{
	static struct ipudp_timer timers[TIMERS];
	struct ipudp_timers heap = { 0 };
	uint64_t now = ipudp_clock_ms();
	unsigned int i, want = 0;

	(void)state;
	memset(timers, 0, sizeof(timers));
	fired = 0;
	fired_at = 0;
	in_order = true;
	for (i = 0; i < TIMERS; i++)
		timers[i].fn = count_fired;
	/* Started, stopped and started again, some for the past and some for the future. */
	for (i = 0; i < 20 * TIMERS; i++) {
		struct ipudp_timer *timer = &timers[random_word() % TIMERS];
		bool due = random_word() % 2;

		if (random_word() % 4)
			ipudp_timer_start(&heap, timer,
					  due ? now - random_word() % 1000 :
						now + 100000 + random_word() % 1000);
		else
			ipudp_timer_stop(&heap, timer);
	}
	for (i = 0; i < TIMERS; i++)
		want += timers[i].link && timers[i].due_ms <= now;
	assert_in_range(want, 1, TIMERS - 1);
	assert_in_range(ipudp_timers_run(&heap), 1000, 110000);
	assert_int_equal(fired, want);
	assert_true(in_order);
	for (i = 0; i < TIMERS; i++)
		ipudp_timer_stop(&heap, &timers[i]);
	assert_null(heap.root);
	assert_int_equal(ipudp_timers_run(&heap), -1);
}

/* An IPv4 or IPv6 header with a TCP or UDP header behind it; the checksum is of the pseudo header. */
static size_t make_headers(uint8_t *data, bool v4, bool udp, size_t len)
{
	size_t ip = v4 ? 20 : 40, transport = len - ip;
	uint16_t sum;

	memset(data, 0, ip + 20);
	data[0] = v4 ? 0x45 : 0x60;
	data[v4 ? 9 : 6] = udp ? IPPROTO_UDP : IPPROTO_TCP;
	data[v4 ? 8 : 7] = 64;
	memset(data + (v4 ? 12 : 8), 0x11, v4 ? 8 : 32);
	if (!udp) {
		data[ip + 12] = 5 << 4;
		data[ip + 13] = 0x19;
	}
	sum = ~ipudp_sum_fold(ipudp_sum_pseudo(data, udp ? IPPROTO_UDP : IPPROTO_TCP, transport));
	memcpy(data + ip + (udp ? 6 : 16), &sum, sizeof(sum));
	return ip + (udp ? 8 : 20);
}

static void check_segments(bool v4, bool udp)
{
	static uint8_t data[10000];
	struct virtio_net_hdr virtio = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = udp ? 5 :
			    v4	? VIRTIO_NET_HDR_GSO_TCPV4 :
				  VIRTIO_NET_HDR_GSO_TCPV6,
		.gso_size = 333,
		.csum_start = v4 ? 20 : 40,
		.csum_offset = udp ? 6 : 16,
	};
	size_t headers, i, at, len = 5000;
	struct ipudp_packet packet;

	headers = make_headers(data, v4, udp, len);
	for (i = headers; i < len; i++)
		data[i] = i * 7;
	assert_true(ipudp_packet_read(&virtio, data, len, &packet));
	assert_int_equal(packet.headers, headers);
	assert_int_equal(ipudp_packet_segments(&packet), (len - headers + 332) / 333);
	assert_int_equal(ipudp_packet_largest(&packet), headers + 333);
	at = headers;
	for (i = 0; i < ipudp_packet_segments(&packet); i++) {
		uint8_t made[2000], *transport = made + virtio.csum_start;
		const uint8_t *payload;
		size_t n = ipudp_packet_segment(&packet, i, made, &payload), whole = headers + n;

		assert_ptr_equal(payload, data + at);
		memcpy(made + headers, payload, n);
		if (v4) {
			assert_int_equal(ipudp_sum_fold(ipudp_sum(made, 20, 0)), 0);
			assert_int_equal(made[2] << 8 | made[3], whole);
			assert_int_equal(made[5], i);
		} else {
			assert_int_equal(made[4] << 8 | made[5], whole - 40);
		}
		assert_int_equal(ipudp_sum_fold(ipudp_sum(
					 transport, whole - virtio.csum_start,
					 ipudp_sum_pseudo(made, udp ? IPPROTO_UDP : IPPROTO_TCP,
							  whole - virtio.csum_start))),
				 0);
		if (!udp) {
			assert_int_equal(transport[6] << 8 | transport[7], at - headers);
			assert_int_equal(transport[13], at + n == len ? 0x19 : 0x10);
		}
		at += n;
	}
	assert_int_equal(at, len);
}

static void test_segments(void **state)
{
	(void)state;
	check_segments(true, false);
	check_segments(true, true);
	check_segments(false, false);
	check_segments(false, true);
}

static void test_malformed_packets(void **state)
{
	struct virtio_net_hdr virtio = { .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM };
	uint8_t data[100] = { 0x45 };
	struct ipudp_packet packet;

	(void)state;
	assert_false(ipudp_packet_read(&virtio, data, 0, &packet));
	assert_false(ipudp_packet_read(&virtio, data, 19, &packet));
	/* The checksum would be written over the version, by which the length was checked. */
	assert_false(ipudp_packet_read(&virtio, data, 20, &packet));
	virtio.csum_start = 99;
	assert_false(ipudp_packet_read(&virtio, data, 100, &packet));
	virtio.csum_start = 65535;
	virtio.csum_offset = 65535;
	assert_false(ipudp_packet_read(&virtio, data, 100, &packet));
	virtio = (struct virtio_net_hdr){ .gso_type = VIRTIO_NET_HDR_GSO_TCPV4, .csum_start = 20 };
	assert_false(ipudp_packet_read(&virtio, data, 100, &packet));
	virtio.gso_size = 1;
	data[32] = 0xf0;
	assert_true(ipudp_packet_read(&virtio, data, 100, &packet));
	assert_false(ipudp_packet_read(&virtio, data, 79, &packet));
	/* A TCP header that is shorter than one can be, or an IP header over it. */
	data[32] = 0x40;
	assert_false(ipudp_packet_read(&virtio, data, 100, &packet));
	data[32] = 0xf0;
	data[0] = 0x46;
	assert_false(ipudp_packet_read(&virtio, data, 100, &packet));
	data[0] = 0x50;
	assert_false(ipudp_packet_read(&virtio, data, 100, &packet));
}

static void test_tos(void **state)
{
	uint8_t data[60] = { 0x45, 0xb8, 0, 60 };
	struct ipudp_packet packet;
	unsigned int tos;
	uint16_t sum;

	(void)state;
	sum = ipudp_sum_fold(ipudp_sum(data, 20, 0));
	memcpy(data + 10, &sum, sizeof(sum));
	for (tos = 0; tos < 256; tos++) {
		ipudp_packet_set_tos(data, tos);
		ipudp_packet_set(&packet, data, sizeof(data));
		assert_int_equal(ipudp_packet_tos(&packet), tos);
		assert_int_equal(ipudp_sum_fold(ipudp_sum(data, 20, 0)), 0);
	}
	data[0] = 0x6a;
	data[1] = 0xbc;
	ipudp_packet_set_tos(data, 0x12);
	ipudp_packet_set(&packet, data, sizeof(data));
	assert_int_equal(ipudp_packet_tos(&packet), 0x12);
	assert_int_equal(data[1] & 15, 0xc);
}

/* Check one attribute by a policy; the sentence, or NULL if it is taken. */
static const char *refusal(int type, const void *data, size_t len, const struct nla_policy *policy,
			   int maxattr)
{
	_Alignas(struct nlattr) char buffer[256];
	struct sk_buff msg = { .data = buffer, .size = sizeof(buffer) };
	struct netlink_ext_ack extack = { 0 };
	struct nlattr *attrs[32];

	nla_put(&msg, type, len, data);
	if (!nla_parse(attrs, maxattr, (void *)buffer, msg.len, policy, &extack))
		return NULL;
	assert_non_null(extack._msg);
	return extack._msg;
}

#define REFUSAL(type, data, len, policy, max) \
	refusal(type, data, len, ipudp_##policy##_nl_policy, max)

static void test_policy(void **state)
{
	const uint8_t bytes[20] = { 2, 3 };
	_Alignas(4) char rest[7] = { 0 };
	struct netlink_ext_ack extack = { 0 };
	struct nlattr *attrs[32];

	(void)state;
	assert_null(REFUSAL(IPUDP_A_DEVICE_IFINDEX, bytes, 4, dev_get, IPUDP_A_DEVICE_IFNAME));
	assert_string_equal(REFUSAL(IPUDP_A_DEVICE_IFINDEX, bytes, 3, dev_get,
				    IPUDP_A_DEVICE_IFNAME),
			    "invalid attribute length");
	assert_string_equal(REFUSAL(IPUDP_A_DEVICE_IFNAME, "abcdefghijklmnop", 17, dev_get,
				    IPUDP_A_DEVICE_IFNAME),
			    "Attribute failed policy validation");
	assert_null(REFUSAL(IPUDP_A_DEVICE_IFNAME, "abcdefghijklmno", 16, dev_get,
			    IPUDP_A_DEVICE_IFNAME));
	assert_string_equal(REFUSAL(IPUDP_A_DEVICE_MODE, bytes, 1, dev_new, IPUDP_A_DEVICE_MTU),
			    "integer out of range");
	assert_string_equal(REFUSAL(IPUDP_A_DEVICE_IFINDEX, bytes, 4, dev_new, IPUDP_A_DEVICE_MTU),
			    "Unsupported attribute");
	assert_string_equal(REFUSAL(IPUDP_A_DEVICE_DROP, bytes, 4, dev_new, IPUDP_A_DEVICE_MTU),
			    "Unknown attribute type");
	assert_string_equal(REFUSAL(IPUDP_A_RULE_TARGET, bytes, 4, rule_new, IPUDP_A_RULE_EXISTS),
			    "NLA_F_NESTED is missing");
	assert_string_equal(REFUSAL(IPUDP_A_RULE_ACTION | NLA_F_NESTED, bytes, 1, rule_new,
				    IPUDP_A_RULE_EXISTS),
			    "NLA_F_NESTED not expected");
	assert_int_equal(nla_parse(attrs, 2, (void *)rest, 3, ipudp_dev_get_nl_policy, &extack),
			 -22);
	assert_string_equal(extack._msg, "bytes leftover after parsing attributes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_idmap),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_timers),
		cmocka_unit_test(test_segments),
		cmocka_unit_test(test_malformed_packets),
		cmocka_unit_test(test_tos),
		cmocka_unit_test(test_policy),
		cmocka_unit_test(test_targets_max),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
