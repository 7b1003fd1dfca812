// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The vectors of datagrams, which the module and the daemon are checked with, too, through the
 * program that receives: it may leave to user space what it likes, but not deliver what they drop,
 * nor other bytes than they do. That it takes what is plain is checked as well.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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

#include "kernel/selftest/datagram_vectors.h"

#include "fast.skel.h"
#include "vectors.h"

#define DEVICE 1000
#define SLOT 1
#define OTHER_SLOT 2
#define PORT 7000
#define MAX_PACKET 256

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/**
 * struct way - how a datagram comes
 * @outer4: by IPv4
 * @checksum: with a UDP checksum
 * @source_check: to a device that checks sources
 */
struct way {
	bool outer4;
	bool checksum;
	bool source_check;
};

/* The headers before a payload. Return: their bytes. */
static size_t put_outer(uint8_t *frame, const struct datagram_vector *vector, bool outer4)
{
	uint16_t len = (uint16_t)(sizeof(struct udphdr) + vector->len);
	struct iphdr ip4 = { .version = 4,
			     .ihl = 5,
			     .tos = vector->outer_tos,
			     .tot_len = htons((uint16_t)(sizeof(ip4) + len)),
			     .ttl = 64,
			     .protocol = IPPROTO_UDP,
			     .saddr = htonl(0xc0000201),
			     .daddr = htonl(0xc0000202) };
	struct ipv6hdr ip6 = { .version = 6,
			       .priority = vector->outer_tos >> 4,
			       .flow_lbl = { (uint8_t)(vector->outer_tos << 4) },
			       .payload_len = htons(len),
			       .nexthdr = IPPROTO_UDP,
			       .hop_limit = 64 };
	struct udphdr udp = { .source = htons(PORT), .dest = htons(PORT), .len = htons(len) };
	size_t ip_len = outer4 ? sizeof(ip4) : sizeof(ip6);

	ip4.check = checksum(sum(&ip4, sizeof(ip4), 0));
	inet_pton(AF_INET6, "2001:db8::1", &ip6.saddr);
	inet_pton(AF_INET6, "2001:db8::2", &ip6.daddr);
	memset(frame, 0, ETH_HLEN);
	frame[12] = outer4 ? ETH_P_IP >> 8 : ETH_P_IPV6 >> 8;
	frame[13] = (uint8_t)(outer4 ? ETH_P_IP : ETH_P_IPV6);
	memcpy(frame + ETH_HLEN, outer4 ? (void *)&ip4 : (void *)&ip6, ip_len);
	memcpy(frame + ETH_HLEN + ip_len, &udp, sizeof(udp));
	return ETH_HLEN + ip_len + sizeof(udp);
}

static void put_checksum(uint8_t *frame, const struct datagram_vector *vector, bool outer4)
{
	uint8_t *ip = frame + ETH_HLEN, *udp = ip + (outer4 ? 20 : 40);
	size_t len = sizeof(struct udphdr) + vector->len;
	uint32_t all = IPPROTO_UDP + (uint32_t)len;
	uint16_t value;

	all = outer4 ? sum(ip + 12, 8, all) : sum(ip + 8, 32, all);
	value = checksum(sum(udp, len, all));
	value = value ? value : 0xffff;
	memcpy(udp + 6, &value, sizeof(value));
}

/* The rules that the vectors are made for. */
static void put_rules(struct fast *skeleton)
{
	struct fast_rule rule = { .n_targets = 1, .n_active = 1, .targets = { { SLOT, 1 } } };
	struct fast_rule other = { .n_targets = 1,
				   .n_active = 1,
				   .targets = { { OTHER_SLOT, 1 } } };
	struct fast_key4 key4 = { .len = 32 + 29, .host.addr = htonl(0x0a090000) };
	struct fast_host4 host4 = { .addr = htonl(0x0a090003) };
	struct fast_key6 key6 = { .len = 32 + 124 };
	struct fast_host6 host6 = {};

	inet_pton(AF_INET6, "fd09::", &key6.host.addr);
	inet_pton(AF_INET6, "fd09::3", &host6.addr);
	put_map(skeleton->maps.prefixes4, &key4, &rule);
	put_map(skeleton->maps.prefixes6, &key6, &rule);
	put_map(skeleton->maps.hosts4, &host4, &other);
	put_map(skeleton->maps.hosts6, &host6, &other);
}

static void put_device(struct fast *skeleton, bool source_check)
{
	struct fast_device device = { .flags = source_check ? FAST_DEVICE_SOURCE_CHECK : 0,
				      .hosts = 3,
				      .prefixes = 3 };
	uint32_t ifindex = DEVICE;

	put_map(skeleton->maps.devices, &ifindex, &device);
}

static void put_tunnel(struct fast *skeleton, bool outer4)
{
	struct fast_endpoint endpoint = { .family = outer4 ? AF_INET : AF_INET6 };
	struct fast_tunnel tunnel = { .ifindex = DEVICE, .id = 1 };
	uint32_t slot = SLOT;

	tunnel.paths[0].flags = FAST_PATH_RX;
	tunnel.paths[0].family = (uint8_t)endpoint.family;
	endpoint.local_port = htons(PORT);
	endpoint.remote_port = htons(PORT);
	inet_pton((int)endpoint.family, outer4 ? "192.0.2.2" : "2001:db8::2", &endpoint.local);
	inet_pton((int)endpoint.family, outer4 ? "192.0.2.1" : "2001:db8::1", &endpoint.remote);
	put_map(skeleton->maps.tunnels, &slot, &tunnel);
	put_map(skeleton->maps.endpoints, &endpoint, &slot);
}

/* Whether the program has no reason to leave a datagram that the others deliver. */
static bool is_plain(const struct datagram_vector *vector, const struct way *way)
{
	bool ce = (vector->outer_tos & 3) == 3;

	/* Of what it would have to change, it changes CE alone; a checksum asks for one inside. */
	return vector->len == vector->want_len && !way->checksum &&
	       (!vector->want_changes[0].at || ce);
}

static void check_datagram(struct fast *skeleton, const struct datagram_vector *vector,
			   const struct way *way)
{
	uint8_t frame[MAX_PACKET], out[MAX_PACKET], payload[DATAGRAM_MAX], want[DATAGRAM_MAX];
	size_t headers = put_outer(frame, vector, way->outer4), len = headers + vector->len;
	bool delivered = vector->want == DELIVERED ||
			 (vector->want == WRONG_SOURCE && !way->source_check);
	DECLARE_LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
			    .data_size_in = (uint32_t)len, .data_out = out,
			    .data_size_out = sizeof(out));

	datagram_make(vector, payload, want);
	memcpy(frame + headers, payload, vector->len);
	if (way->checksum)
		put_checksum(frame, vector, way->outer4);
	put_device(skeleton, way->source_check);
	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(skeleton->progs.fast_decap), &opts),
			 0);
	if (opts.retval == (uint32_t)TC_ACT_UNSPEC) {
		assert_false(delivered && is_plain(vector, way));
		assert_int_equal(opts.data_size_out, len);
		assert_memory_equal(out, frame, len);
		return;
	}
	assert_int_equal(opts.retval, TC_ACT_REDIRECT);
	assert_true(delivered);
	assert_int_equal(opts.data_size_out, ETH_HLEN + vector->want_len);
	assert_memory_equal(out + ETH_HLEN, want, vector->want_len);
}

/* Each vector by each way, and by that of older kernels from family to family. */
static void check_datagrams(bool any_family)
{
	struct fast *skeleton = load_fast(any_family);
	unsigned int i, ways;

	put_rules(skeleton);
	put_tunnel(skeleton, true);
	put_tunnel(skeleton, false);
	for (i = 0; i < ARRAY_SIZE(datagram_vectors); i++) {
		print_message("# %s, IPv%u\n", datagram_vectors[i].what, datagram_vectors[i].inner);
		for (ways = 0; ways < 8; ways++) {
			const struct way way = { ways & 1, ways & 2, ways & 4 };

			check_datagram(skeleton, &datagram_vectors[i], &way);
		}
	}
	fast__destroy(skeleton);
}

static void test_datagrams(void **state)
{
	(void)state;
	check_datagrams(since_6_3());
}

static void test_datagrams_before_6_3(void **state)
{
	(void)state;
	check_datagrams(false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_datagrams),
		cmocka_unit_test(test_datagrams_before_6_3),
	};

	libbpf_set_print(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
