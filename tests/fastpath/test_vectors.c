// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Vectors through the programs, by BPF_PROG_TEST_RUN: the fields of the outer header, which are the
 * module's vectors, too; what datagrams are taken, and why others are left; and what becomes of the
 * packets on the detour.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpf/shared.h"
#include "uapi/linux/ipudp.h"

#include "kernel/core/selftest/choice_vectors.h"
#include "kernel/selftest/outer_vectors.h"

#include "fast.skel.h"
#include "outer.skel.h"
#include "vectors.h"

#define DEVICE 1000
#define SLOT 1
#define PORT 7000
#define PAYLOAD 24
#define MAX_PACKET 256

/* --- the outer header --- */

static size_t build_inner(uint8_t *data, const struct outer_vector *vector)
{
	struct iphdr *ip4 = (struct iphdr *)data;
	struct ipv6hdr *ip6 = (struct ipv6hdr *)data;

	if (vector->inner_version == 4) {
		ip4->version = 4;
		ip4->ihl = 5;
		ip4->tos = vector->inner_tos;
		ip4->ttl = vector->inner_ttl;
		ip4->frag_off = htons(vector->inner_df ? 0x4000 : 0);
		ip4->tot_len = htons(60);
	} else {
		data[0] = 0x60 | vector->inner_tos >> 4;
		data[1] = (uint8_t)(vector->inner_tos << 4);
		ip6->hop_limit = vector->inner_ttl;
		ip6->payload_len = htons(20);
	}
	return 60;
}

static void check_outer(struct outerprog *skeleton, const struct outer_vector *vector)
{
	uint8_t packet[ETH_HLEN + 60] = {};
	const struct iphdr *ip4 = (const struct iphdr *)skeleton->bss->result4;
	const struct ipv6hdr *ip6 = (const struct ipv6hdr *)skeleton->bss->result6;
	const uint8_t *bytes6 = skeleton->bss->result6;
	struct fast_path *path = &skeleton->bss->path;
	DECLARE_LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet,
			    .data_size_in = sizeof(packet));

	memset(path, 0, sizeof(*path));
	path->ttl = vector->ttl;
	path->dscp = vector->dscp;
	path->df = vector->df == IPUDP_DF_SET	? FAST_DF_SET :
		   vector->df == IPUDP_DF_UNSET ? FAST_DF_UNSET :
						  FAST_DF_INHERIT;
	path->local.words[0] = htonl(0xc0000201);
	path->remote.words[0] = htonl(0xc0000202);
	/* Sums are of words as they are in memory. */
	path->sum = htons(0xc000) * 2u + htons(0x0201) + htons(0x0202) + htons(17);
	build_inner(packet + ETH_HLEN, vector);
	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(skeleton->progs.make_outer), &opts),
			 0);
	assert_int_equal(opts.retval, TC_ACT_OK);
	assert_int_equal(ip4->tos, vector->want_tos);
	assert_int_equal(ip4->ttl, vector->want_ttl);
	assert_int_equal(!!(ip4->frag_off & htons(0x4000)), vector->want_df);
	assert_int_equal(sum(ip4, sizeof(*ip4), 0), 0xffff);
	assert_int_equal(ip4->tot_len, htons(60 + 28));
	assert_int_equal((bytes6[0] & 15) << 4 | bytes6[1] >> 4, vector->want_tos);
	assert_int_equal(ip6->hop_limit, vector->want_ttl);
	assert_int_equal(ip6->payload_len, htons(60 + 8));
}

static void test_outer(void **state)
{
	struct outerprog *skeleton;
	size_t i;

	skeleton = outerprog__open_and_load();
	if (!skeleton && errno == EPERM)
		skip();
	assert_non_null(skeleton);
	for (i = 0; i < sizeof(outer_vectors) / sizeof(outer_vectors[0]); i++) {
		print_message("# %s\n", outer_vectors[i].what);
		check_outer(skeleton, &outer_vectors[i]);
	}
	outerprog__destroy(skeleton);
	(void)state;
}

/* --- flows --- */

/* A rule's tunnels that take traffic, as the daemon tells them: the slot is the number from 1. */
static void fill_rule(const struct choice_set *set, struct fast_rule *rule)
{
	bool all_idle = true;
	unsigned int priority = set->targets[0].priority, i;

	for (i = 0; i < set->n_targets && all_idle; i++) {
		all_idle = set->targets[i].idle;
		if (!all_idle)
			priority = set->targets[i].priority;
	}
	memset(rule, 0, sizeof(*rule));
	for (i = 0; i < set->n_targets; i++) {
		const struct choice_target *target = &set->targets[i];
		struct fast_target *to = &rule->targets[rule->n_active];

		if (target->priority != priority || (!all_idle && target->idle))
			continue;
		to->slot = i + 1;
		to->bound = target->weight + (rule->n_active ? to[-1].bound : 0);
		rule->n_active++;
	}
	rule->n_targets = rule->n_active;
}

/* Return: whether the programs look at the flow; else they leave it to the daemon. */
static bool check_flow(struct outerprog *skeleton, const struct choice_flow *flow)
{
	uint8_t packet[ETH_HLEN + CHOICE_PACKET_MAX] = {};
	DECLARE_LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet,
			    .data_size_in = ETH_HLEN + flow->len);
	unsigned int number = flow - choice_flows, i;

	packet[12] = flow->packet[0] >> 4 == 4 ? 0x08 : 0x86;
	packet[13] = flow->packet[0] >> 4 == 4 ? 0x00 : 0xdd;
	memcpy(packet + ETH_HLEN, flow->packet, flow->len);
	for (i = 0; i < sizeof(choice_sets) / sizeof(choice_sets[0]); i++) {
		fill_rule(&choice_sets[i], &skeleton->bss->rule);
		assert_int_equal(
			bpf_prog_test_run_opts(bpf_program__fd(skeleton->progs.choose), &opts), 0);
		if (opts.retval != TC_ACT_OK)
			return false;
		assert_int_equal(skeleton->bss->result_slot, choice_sets[i].want[number] + 1);
	}
	assert_int_equal(skeleton->bss->result_hash, flow->hash);
	assert_int_equal(ntohs(skeleton->bss->result_port), flow->port);
	return true;
}

static void test_flows(void **state)
{
	struct outerprog *skeleton;
	unsigned int seen = 0, i;

	skeleton = outerprog__open_and_load();
	if (!skeleton && errno == EPERM)
		skip();
	assert_non_null(skeleton);
	skeleton->bss->path.port_min = CHOICE_PORT_MIN;
	skeleton->bss->path.port_range = CHOICE_PORT_RANGE;
	for (i = 0; i < CHOICE_FLOWS; i++) {
		print_message("# %s\n", choice_flows[i].what);
		seen += check_flow(skeleton, &choice_flows[i]);
	}
	/* What is left has options, extension headers, or less than it says. */
	assert_in_range(seen, CHOICE_FLOWS / 2, CHOICE_FLOWS);
	outerprog__destroy(skeleton);
	(void)state;
}

/* --- the UDP checksum --- */

static void put_udp_length(uint8_t *at, uint8_t protocol, size_t len)
{
	uint16_t value = htons((uint16_t)len);

	if (protocol == IPPROTO_UDP)
		memcpy(at + 4, &value, sizeof(value));
}

/**
 * struct sum_vector - an inner packet whose checksum is right, with a change
 * @what: for people
 * @inner: 4 or 6
 * @protocol: what is in it
 * @payload: bytes behind the transport header
 * @at: which byte is changed, 0 for none; after the checksum was made. If negative, two become 0
 * @value: to what
 * @want: whether there can be an outer checksum
 */
struct sum_vector {
	const char *what;
	int inner;
	uint8_t protocol;
	size_t payload;
	int at;
	uint8_t value;
	bool want;
};

static const struct sum_vector sum_vectors[] = {
	{ "UDP in IPv4", 4, IPPROTO_UDP, 40, 0, 0, true },
	{ "UDP in IPv6", 6, IPPROTO_UDP, 40, 0, 0, true },
	{ "UDP of odd length in IPv4", 4, IPPROTO_UDP, 41, 0, 0, true },
	{ "UDP of odd length in IPv6", 6, IPPROTO_UDP, 43, 0, 0, true },
	{ "UDP without payload", 4, IPPROTO_UDP, 0, 0, 0, true },
	{ "ICMP", 4, IPPROTO_ICMP, 40, 0, 0, true },
	{ "ICMP of odd length", 4, IPPROTO_ICMP, 41, 0, 0, true },
	{ "ICMPv6", 6, IPPROTO_ICMPV6, 40, 0, 0, true },
	{ "ICMPv6 in IPv4", 4, IPPROTO_ICMPV6, 40, 0, 0, false },
	{ "ICMP in IPv6", 6, IPPROTO_ICMP, 40, 0, 0, false },
	{ "UDP without a checksum", 4, IPPROTO_UDP, 40, -26, 0, false },
	{ "UDP without a checksum in IPv6", 6, IPPROTO_UDP, 40, -46, 0, false },
	{ "SCTP", 4, 132, 40, 0, 0, false },
	{ "IPv6 in IPv4", 4, IPPROTO_IPV6, 40, 0, 0, false },
	{ "first fragment", 4, IPPROTO_UDP, 40, 6, 0x20, false },
	{ "later fragment", 4, IPPROTO_UDP, 40, 7, 5, false },
	{ "last fragment, far behind", 4, IPPROTO_ICMP, 40, 6, 0x1f, false },
	{ "fragment in IPv6", 6, 44, 40, 0, 0, false },
	{ "hop-by-hop options", 6, 0, 40, 0, 0, false },
};

/* Bytes of an inner packet, whose transport checksum is right. */
static size_t build_sum_inner(uint8_t *ip, const struct sum_vector *vector, uint16_t word)
{
	bool v4 = vector->inner == 4, icmp = vector->protocol == IPPROTO_ICMP;
	size_t header = v4 ? 20 : 40, len = 8 + vector->payload;
	struct iphdr ip4 = { .version = 4, .ihl = 5, .ttl = 9, .protocol = vector->protocol };
	struct ipv6hdr ip6 = { .version = 6, .hop_limit = 77, .nexthdr = vector->protocol };
	uint32_t pseudo = vector->protocol + (uint32_t)len;
	uint8_t *at = ip + header;
	uint16_t value;
	size_t i;

	ip4.tot_len = htons((uint16_t)(header + len));
	ip4.tos = 0x5c;
	ip4.saddr = htonl(0x0a090001);
	ip4.daddr = htonl(0xcb00710f);
	ip4.check = checksum(sum(&ip4, sizeof(ip4), 0));
	ip6.payload_len = htons((uint16_t)len);
	ip6.flow_lbl[1] = 0xbe;
	inet_pton(AF_INET6, "fd09::1", &ip6.saddr);
	inet_pton(AF_INET6, "2001:db8:ffff::f", &ip6.daddr);
	memcpy(ip, v4 ? (void *)&ip4 : (void *)&ip6, header);
	for (i = 0; i < len; i++)
		at[i] = (uint8_t)(i * 37 + 11);
	memcpy(at, &word, sizeof(word));
	put_udp_length(at, vector->protocol, len);
	/* Of ICMP it is the second word, of UDP the fourth. */
	memset(at + (vector->protocol == IPPROTO_UDP ? 6 : 2), 0, 2);
	pseudo = v4 ? sum(ip + 12, 8, pseudo) : sum(ip + 8, 32, pseudo);
	value = checksum(sum(at, len, icmp ? 0 : pseudo));
	if (vector->protocol == IPPROTO_UDP && !value)
		value = 0xffff;
	memcpy(at + (vector->protocol == IPPROTO_UDP ? 6 : 2), &value, sizeof(value));
	if (vector->at > 0)
		ip[vector->at] = vector->value;
	else if (vector->at < 0)
		memset(ip - vector->at, 0, 2);
	return header + len;
}

/* Whether a datagram's checksum is right, when the payload is added up, too. */
static void check_sum(const struct outerprog *skeleton, bool outer4, const uint8_t *inner,
		      size_t len)
{
	const uint8_t *ip = outer4 ? skeleton->bss->result4 : skeleton->bss->result6;
	const uint8_t *udp = ip + (outer4 ? 20 : 40);
	uint32_t all = IPPROTO_UDP + 8 + (uint32_t)len;

	all = outer4 ? sum(ip + 12, 8, all) : sum(ip + 8, 32, all);
	all = sum(inner, len, sum(udp, 8, all));
	assert_int_equal(all, 0xffff);
	assert_true(udp[6] || udp[7]);
}

static void run_sum(struct outerprog *skeleton, const struct sum_vector *vector, bool outer4,
		    uint16_t word)
{
	uint8_t frame[MAX_PACKET] = {};
	size_t len = build_sum_inner(frame + ETH_HLEN, vector, word);
	struct fast_path *path = &skeleton->bss->path;
	DECLARE_LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
			    .data_size_in = (uint32_t)(ETH_HLEN + len));
	size_t i;

	memset(path, 0, sizeof(*path));
	path->family = outer4 ? AF_INET : AF_INET6;
	path->ttl = 64;
	path->dscp = FAST_DSCP_INHERIT;
	path->local_port = htons(7000);
	path->remote_port = htons(7001);
	inet_pton(path->family, outer4 ? "192.0.2.1" : "2001:db8::1", &path->local);
	inet_pton(path->family, outer4 ? "198.51.100.200" : "2001:db8:8000::ffff", &path->remote);
	path->sum = htons(IPPROTO_UDP);
	for (i = 0; i < 4; i++)
		path->sum += (path->local.words[i] & 0xffff) + (path->local.words[i] >> 16) +
			     (path->remote.words[i] & 0xffff) + (path->remote.words[i] >> 16);
	assert_int_equal(
		bpf_prog_test_run_opts(bpf_program__fd(skeleton->progs.make_checksum), &opts), 0);
	assert_int_equal(opts.retval, vector->want ? TC_ACT_OK : (uint32_t)TC_ACT_UNSPEC);
	if (vector->want)
		check_sum(skeleton, outer4, frame + ETH_HLEN, len);
}

static void test_checksums(void **state)
{
	struct outerprog *skeleton = outerprog__open_and_load();
	uint32_t word;
	size_t i;

	(void)state;
	if (!skeleton && errno == EPERM)
		skip();
	assert_non_null(skeleton);
	for (i = 0; i < sizeof(sum_vectors) / sizeof(sum_vectors[0]); i++) {
		print_message("# %s\n", sum_vectors[i].what);
		run_sum(skeleton, &sum_vectors[i], true, 0x1234);
		run_sum(skeleton, &sum_vectors[i], false, 0x1234);
	}
	/* Each sum there is, with the one for which the checksum is written in another way. */
	for (word = 0; word <= UINT16_MAX; word++)
		run_sum(skeleton, &sum_vectors[0], word & 1, (uint16_t)word);
	outerprog__destroy(skeleton);
}

/* --- datagrams --- */

/* Where the bytes are that vectors change, from the start of the frame, if the outer is IPv4. */
#define OUTER ETH_HLEN
#define UDP4 (OUTER + 20)
#define IN4 (UDP4 + 8)
#define UDP6 (OUTER + 40)
#define IN6 (UDP6 + 8)

/* What is made of a datagram; the others are enum fast_left. */
#define TAKEN (FAST_LEFT_MAX)
#define OTHER (FAST_LEFT_MAX + 1)

/**
 * struct vector - a right datagram, with a change
 * @what: for people
 * @outer: 4 or 6
 * @inner: likewise
 * @at: which byte is changed, 0 for none
 * @value: to what
 * @sums: the checksums are made right afterwards: 1 the outer IPv4 header's, 2 the UDP's as well
 *	(else it is 0)
 * @longer: bytes added at the end of the frame, or taken away
 * @want: TAKEN, OTHER or why it is left
 */
struct vector {
	const char *what;
	int outer;
	int inner;
	int at;
	uint8_t value;
	int sums;
	int longer;
	unsigned int want;
};

static const struct vector vectors[] = {
	{ "IPv4 in IPv4", 4, 4, 0, 0, 1, 0, TAKEN },
	{ "IPv6 in IPv6", 6, 6, 0, 0, 1, 0, TAKEN },
	{ "IPv6 in IPv4", 4, 6, 0, 0, 1, 0, TAKEN },
	{ "IPv4 in IPv6", 6, 4, 0, 0, 1, 0, TAKEN },
	{ "with a UDP checksum, IPv4 in IPv4", 4, 4, 0, 0, 2, 0, TAKEN },
	{ "with a UDP checksum, IPv6 in IPv6", 6, 6, 0, 0, 2, 0, TAKEN },
	{ "with a UDP checksum, IPv6 in IPv4", 4, 6, 0, 0, 2, 0, TAKEN },
	{ "with a UDP checksum, IPv4 in IPv6", 6, 4, 0, 0, 2, 0, TAKEN },
	{ "wrong UDP checksum, IPv4", 4, 4, UDP4 + 6, 0x12, 1, 0, FAST_LEFT_RX_CHECKSUM },
	{ "wrong UDP checksum, IPv6", 6, 6, UDP6 + 6, 0x12, 1, 0, FAST_LEFT_RX_CHECKSUM },
	{ "checksum outside, none inside", 4, 4, IN4 + 26, 0xff, 3, 0, FAST_LEFT_RX_CHECKSUM },
	{ "wrong header checksum", 4, 4, OUTER + 10, 0x12, 0, 0, FAST_LEFT_RX_SHAPE },
	{ "padding at the end", 4, 4, 0, 0, 1, 3, FAST_LEFT_RX_SHAPE },
	{ "padding at the end, IPv6", 6, 6, 0, 0, 1, 3, FAST_LEFT_RX_SHAPE },
	{ "cut off", 4, 4, 0, 0, 1, -1, FAST_LEFT_RX_SHAPE },
	{ "UDP length too short", 4, 4, UDP4 + 5, 30, 1, 0, FAST_LEFT_RX_SHAPE },
	{ "outer options", 4, 4, OUTER, 0x46, 1, 0, OTHER },
	{ "another protocol", 4, 4, OUTER + 9, 6, 1, 0, OTHER },
	{ "IPv6 fragment header", 6, 6, OUTER + 6, 44, 1, 0, OTHER },
	{ "first fragment", 4, 4, OUTER + 6, 0x20, 1, 0, FAST_LEFT_RX_FRAGMENT },
	{ "later fragment", 4, 4, OUTER + 7, 1, 1, 0, OTHER },
	{ "other source address", 4, 4, OUTER + 15, 9, 1, 0, OTHER },
	{ "other destination address", 4, 4, OUTER + 19, 9, 1, 0, OTHER },
	{ "other source port", 4, 4, UDP4 + 1, 9, 1, 0, OTHER },
	{ "other destination port", 6, 6, UDP6 + 3, 9, 1, 0, OTHER },
	{ "STUN", 4, 4, IN4, 0, 1, 0, OTHER },
	{ "keepalive or TSP", 4, 4, IN4, 0xff, 1, 0, OTHER },
	{ "inner header length below 5", 4, 4, IN4, 0x44, 1, 0, FAST_LEFT_RX_INNER },
	{ "inner length too long", 4, 4, IN4 + 3, 200, 1, 0, FAST_LEFT_RX_INNER },
	{ "inner length too short", 4, 4, IN4 + 3, 30, 1, 0, FAST_LEFT_RX_INNER },
	{ "inner length 0", 4, 4, IN4 + 3, 0, 1, 0, FAST_LEFT_RX_INNER },
	{ "inner IPv6 length too long", 6, 6, IN6 + 5, 200, 1, 0, FAST_LEFT_RX_INNER },
	{ "inner source of nobody", 4, 4, IN4 + 15, 99, 1, 0, FAST_LEFT_RX_SOURCE },
	{ "inner source of nobody, IPv6", 6, 6, IN6 + 23, 99, 1, 0, FAST_LEFT_RX_SOURCE },
	{ "CE outside, not ECT inside", 4, 4, OUTER + 1, 3, 1, 0, FAST_LEFT_RX_ECN },
	{ "CE outside, not ECT inside, IPv6", 6, 6, OUTER + 1, 0x30, 1, 0, FAST_LEFT_RX_ECN },
	{ "ECT(1) outside, not ECT inside", 4, 4, OUTER + 1, 1, 1, 0, TAKEN },
};

static void put4(uint8_t *at, uint32_t from, uint32_t to, uint8_t protocol, uint16_t len)
{
	struct iphdr ip4 = { .version = 4, .ihl = 5, .ttl = 64, .protocol = protocol };

	ip4.tot_len = htons((uint16_t)(len + sizeof(ip4)));
	ip4.saddr = htonl(from);
	ip4.daddr = htonl(to);
	ip4.check = checksum(sum(&ip4, sizeof(ip4), 0));
	memcpy(at, &ip4, sizeof(ip4));
}

static void put6(uint8_t *at, const char *from, const char *to, uint8_t protocol, uint16_t len)
{
	struct ipv6hdr ip6 = { .version = 6, .hop_limit = 64, .nexthdr = protocol };

	ip6.payload_len = htons(len);
	inet_pton(AF_INET6, from, &ip6.saddr);
	inet_pton(AF_INET6, to, &ip6.daddr);
	memcpy(at, &ip6, sizeof(ip6));
}

/* The checksum of a UDP datagram behind an IP header. */
static void sum_udp(uint8_t *ip, bool v4, size_t len)
{
	uint8_t *udp = ip + (v4 ? 20 : 40);
	uint32_t pseudo = v4 ? sum(ip + 12, 8, 0) : sum(ip + 8, 32, 0);
	uint16_t value;

	udp[6] = 0;
	udp[7] = 0;
	value = checksum(sum(udp, len, pseudo + 17 + (uint32_t)len));
	memcpy(udp + 6, &value, sizeof(value));
}

static void put_udp(uint8_t *at, uint16_t port, size_t len)
{
	struct udphdr udp = { .source = htons(port),
			      .dest = htons(port),
			      .len = htons((uint16_t)len) };

	memcpy(at, &udp, sizeof(udp));
}

/* Return: bytes of the frame. */
static size_t build_datagram(uint8_t *frame, const struct vector *vector)
{
	bool outer4 = vector->outer == 4, inner4 = vector->inner == 4;
	uint8_t *udp = frame + ETH_HLEN + (outer4 ? 20 : 40), *ip = udp + 8;
	uint8_t *inner_udp = ip + (inner4 ? 20 : 40);
	size_t inner_len = 8 + PAYLOAD, len = (size_t)(inner_udp - udp) + inner_len;

	memset(frame, 0, MAX_PACKET);
	frame[12] = outer4 ? 0x08 : 0x86;
	frame[13] = outer4 ? 0x00 : 0xdd;
	memset(inner_udp + 8, 0xa7, PAYLOAD);
	put_udp(inner_udp, 53, inner_len);
	if (inner4)
		put4(ip, 0x0a090001, 0x0a090002, 17, (uint16_t)inner_len);
	else
		put6(ip, "fd09::1", "fd09::2", 17, (uint16_t)inner_len);
	sum_udp(ip, inner4, inner_len);
	put_udp(udp, PORT, len);
	if (outer4)
		put4(frame + ETH_HLEN, 0xc0000201, 0xc0000202, 17, (uint16_t)len);
	else
		put6(frame + ETH_HLEN, "2001:db8::1", "2001:db8::2", 17, (uint16_t)len);
	if (vector->sums == 2)
		sum_udp(frame + ETH_HLEN, outer4, len);
	if (vector->at)
		frame[vector->at] = vector->value;
	if (vector->sums == 3) {
		frame[vector->at] = 0;
		frame[vector->at + 1] = 0;
		sum_udp(frame + ETH_HLEN, outer4, len);
	}
	if (vector->sums && outer4) {
		uint16_t value;

		memset(frame + OUTER + 10, 0, 2);
		value = checksum(sum(frame + OUTER, 20, 0));
		memcpy(frame + OUTER + 10, &value, sizeof(value));
	}
	return (size_t)((int)(udp - frame) + (int)len + vector->longer);
}

static void put_rules(struct fast *skeleton)
{
	struct fast_rule rule = { .n_targets = 1, .n_active = 1, .targets = { { SLOT, 1 } } };
	struct fast_host6 host6 = {};
	struct fast_key4 key4 = { .len = 32 + 29, .host.addr = htonl(0x0a090000) };

	inet_pton(AF_INET6, "fd09::1", &host6.addr);
	put_map(skeleton->maps.hosts6, &host6, &rule);
	put_map(skeleton->maps.prefixes4, &key4, &rule);
}

/* One tunnel between two addresses of each family. */
static void put_tunnel(struct fast *skeleton, bool v4)
{
	struct fast_endpoint endpoint = { .family = v4 ? AF_INET : AF_INET6 };
	struct fast_tunnel tunnel = { .ifindex = DEVICE, .id = 1 };
	struct fast_device device = { .flags = FAST_DEVICE_SOURCE_CHECK,
				      .hosts = 2,
				      .prefixes = 1 };
	uint32_t ifindex = DEVICE, slot = SLOT;

	tunnel.paths[0].flags = FAST_PATH_RX;
	tunnel.paths[0].family = (uint8_t)endpoint.family;
	endpoint.local_port = htons(PORT);
	endpoint.remote_port = htons(PORT);
	if (v4) {
		endpoint.local.words[0] = htonl(0xc0000202);
		endpoint.remote.words[0] = htonl(0xc0000201);
	} else {
		inet_pton(AF_INET6, "2001:db8::2", &endpoint.local);
		inet_pton(AF_INET6, "2001:db8::1", &endpoint.remote);
	}
	put_map(skeleton->maps.devices, &ifindex, &device);
	put_map(skeleton->maps.tunnels, &slot, &tunnel);
	put_map(skeleton->maps.endpoints, &endpoint, &slot);
}

static uint64_t left(struct fast *skeleton, uint32_t reason)
{
	uint64_t *values = calloc((size_t)libbpf_num_possible_cpus(), sizeof(*values)), all = 0;
	int cpu;

	assert_non_null(values);
	assert_int_equal(bpf_map_lookup_elem(bpf_map__fd(skeleton->maps.left), &reason, values), 0);
	for (cpu = 0; cpu < libbpf_num_possible_cpus(); cpu++)
		all += values[cpu];
	free(values);
	return all;
}

/* A packet that was taken is the inner one, behind its link-layer header. */
static void check_inner(const struct vector *vector, const uint8_t *frame, const uint8_t *out,
			size_t len)
{
	size_t headers = vector->outer == 4 ? 28 : 48;

	assert_memory_equal(out + ETH_HLEN, frame + ETH_HLEN + headers, len - ETH_HLEN);
}

static void check_datagram(struct fast *skeleton, const struct vector *vector)
{
	uint8_t frame[MAX_PACKET], out[MAX_PACKET];
	size_t len = build_datagram(frame, vector);
	uint32_t reason;
	uint64_t before;
	DECLARE_LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
			    .data_size_in = (uint32_t)len, .data_out = out,
			    .data_size_out = sizeof(out));

	reason = vector->want;
	before = reason < FAST_LEFT_MAX ? left(skeleton, reason) : 0;
	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(skeleton->progs.fast_decap), &opts),
			 0);
	assert_int_equal(opts.retval, reason == TAKEN ? TC_ACT_REDIRECT : (uint32_t)TC_ACT_UNSPEC);
	if (reason == TAKEN)
		check_inner(vector, frame, out, opts.data_size_out);
	else if (reason < FAST_LEFT_MAX)
		assert_int_equal(left(skeleton, reason), before + 1);
}

static void test_datagrams(void **state)
{
	struct fast *skeleton = load_fast(since_6_3());
	size_t i;

	put_rules(skeleton);
	put_tunnel(skeleton, true);
	put_tunnel(skeleton, false);
	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		print_message("# %s\n", vectors[i].what);
		check_datagram(skeleton, &vectors[i]);
	}
	fast__destroy(skeleton);
	(void)state;
}

/* --- what comes out of the detour --- */

/**
 * struct cut_vector - a packet there, and a tunnel which has changed meanwhile
 * @what: for people
 * @outer: 4 or 6
 * @inner: likewise
 * @at: which byte of the frame is changed, if @value is not 0
 * @value: to what
 * @mtu: the tunnel's
 * @flags: likewise
 * @want: TAKEN, OTHER if it is dropped, or why it goes back to be read by the daemon
 */
struct cut_vector {
	const char *what;
	int outer;
	int inner;
	size_t at;
	uint8_t value;
	uint32_t mtu;
	uint8_t flags;
	unsigned int want;
};

#define CUT_SLOT offsetof(struct fast_cut_header, slot)
#define CUT_IFINDEX offsetof(struct fast_cut_header, ifindex)
#define CUT_TX (FAST_PATH_TX | FAST_PATH_CHECKSUM)

static const struct cut_vector cut_vectors[] = {
	{ "IPv4 in IPv4", 4, 4, 0, 0, 1400, CUT_TX, TAKEN },
	{ "IPv6 in IPv6", 6, 6, 0, 0, 1400, CUT_TX, TAKEN },
	{ "IPv6 in IPv4", 4, 6, 0, 0, 1400, CUT_TX, TAKEN },
	{ "IPv4 in IPv6", 6, 4, 0, 0, 1400, CUT_TX, TAKEN },
	{ "without a UDP checksum", 4, 4, 0, 0, 1400, FAST_PATH_TX, TAKEN },
	{ "just fits", 4, 4, 0, 0, 20 + 8 + 41, CUT_TX, TAKEN },
	{ "too big by now", 4, 4, 0, 0, 20 + 8 + 40, CUT_TX, FAST_LEFT_TX_BIG },
	{ "too big by now, IPv6", 6, 6, 0, 0, 40 + 8 + 40, CUT_TX, FAST_LEFT_TX_BIG },
	{ "tunnel left to user space by now", 4, 4, 0, 0, 1400, 0, FAST_LEFT_TX_TUNNEL },
	{ "tunnel gone by now", 4, 4, CUT_SLOT, 9, 1400, CUT_TX, FAST_LEFT_TX_TUNNEL },
	{ "fragment", 4, 4, ETH_HLEN + 6, 0x20, 1400, CUT_TX, FAST_LEFT_TX_CHECKSUM },
	{ "not IP", 4, 4, ETH_HLEN, 0x10, 1400, CUT_TX, FAST_LEFT_TX_OFFLOAD },
	{ "device gone by now", 4, 4, CUT_IFINDEX, 9, 1400, CUT_TX, OTHER },
	{ "not ours", 4, 4, 0, 0xff, 1400, CUT_TX, OTHER },
};

static void put_cut_tunnel(struct fast *skeleton, const struct cut_vector *vector)
{
	struct fast_tunnel tunnel = { .ifindex = DEVICE, .id = 7 };
	struct fast_path *path = &tunnel.paths[0];
	struct fast_device device = { .number = 3 };
	uint32_t ifindex = DEVICE, slot = SLOT;
	size_t i;

	path->family = vector->outer == 4 ? AF_INET : AF_INET6;
	path->flags = vector->flags;
	path->mtu = vector->mtu;
	path->ttl = 64;
	path->link = 1;
	path->local_port = htons(PORT);
	path->remote_port = htons(PORT);
	inet_pton(path->family, vector->outer == 4 ? "192.0.2.1" : "2001:db8::1", &path->local);
	inet_pton(path->family, vector->outer == 4 ? "192.0.2.2" : "2001:db8::2", &path->remote);
	path->sum = htons(IPPROTO_UDP);
	for (i = 0; i < 4; i++)
		path->sum += (path->local.words[i] & 0xffff) + (path->local.words[i] >> 16) +
			     (path->remote.words[i] & 0xffff) + (path->remote.words[i] >> 16);
	put_map(skeleton->maps.devices, &ifindex, &device);
	put_map(skeleton->maps.tunnels, &slot, &tunnel);
}

static size_t build_cut(uint8_t *frame, const struct cut_vector *vector)
{
	struct sum_vector inner = { .inner = vector->inner,
				    .protocol = IPPROTO_UDP,
				    .payload = 41 };
	struct fast_cut_header header = { .magic = FAST_CUT_MAGIC };
	uint32_t ifindex = DEVICE, slot = SLOT;
	size_t len;

	memcpy(header.slot, &slot, sizeof(slot));
	memcpy(header.ifindex, &ifindex, sizeof(ifindex));
	header.protocol = htons(vector->inner == 4 ? ETH_P_IP : ETH_P_IPV6);
	memcpy(frame, &header, sizeof(header));
	len = build_sum_inner(frame + sizeof(header), &inner, 0x1234);
	if (vector->value)
		frame[vector->at] = vector->value;
	return sizeof(header) + len;
}

/* The outer header is there and right, and what is behind it is as it was. */
static void check_sent(const struct cut_vector *vector, const uint8_t *inner, size_t len,
		       const uint8_t *out, size_t out_len)
{
	size_t header = vector->outer == 4 ? 20 : 40;
	const uint8_t *ip = out + ETH_HLEN, *udp = ip + header;
	uint32_t all = IPPROTO_UDP + 8 + (uint32_t)len;

	assert_int_equal(out_len, ETH_HLEN + header + 8 + len);
	assert_memory_equal(udp + 8, inner, len);
	assert_int_equal(udp[4] << 8 | udp[5], 8 + len);
	if (!(vector->flags & FAST_PATH_CHECKSUM)) {
		assert_int_equal(udp[6] << 8 | udp[7], 0);
		return;
	}
	all = vector->outer == 4 ? sum(ip + 12, 8, all) : sum(ip + 8, 32, all);
	assert_int_equal(sum(udp, 8 + len, all), 0xffff);
}

static void check_cut(struct fast *skeleton, const struct cut_vector *vector)
{
	uint8_t frame[MAX_PACKET] = {}, out[MAX_PACKET];
	size_t len = build_cut(frame, vector);
	struct __sk_buff context = {};
	unsigned int want = vector->want;
	uint64_t before;
	DECLARE_LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
			    .data_size_in = (uint32_t)len, .data_out = out,
			    .data_size_out = sizeof(out), .ctx_out = &context,
			    .ctx_size_out = sizeof(context));

	put_cut_tunnel(skeleton, vector);
	before = want < FAST_LEFT_MAX ? left(skeleton, want) : 0;
	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(skeleton->progs.fast_cut), &opts),
			 0);
	assert_int_equal(opts.retval, want == OTHER ? TC_ACT_SHOT : TC_ACT_REDIRECT);
	if (want == TAKEN) {
		check_sent(vector, frame + ETH_HLEN, len - ETH_HLEN, out, opts.data_size_out);
	} else if (want < FAST_LEFT_MAX) {
		assert_int_equal(left(skeleton, want), before + 1);
		assert_int_equal(opts.data_size_out, len);
		assert_memory_equal(out, frame, len);
	}
}

static void test_cut(void **state)
{
	struct fast *skeleton = load_fast(since_6_3());
	size_t i;

	for (i = 0; i < sizeof(cut_vectors) / sizeof(cut_vectors[0]); i++) {
		print_message("# %s\n", cut_vectors[i].what);
		check_cut(skeleton, &cut_vectors[i]);
	}
	fast__destroy(skeleton);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_outer),	  cmocka_unit_test(test_flows),
		cmocka_unit_test(test_checksums), cmocka_unit_test(test_datagrams),
		cmocka_unit_test(test_cut),
	};

	libbpf_set_print(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
