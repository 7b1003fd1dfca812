// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ipudpd against the vectors that the module and the eBPF programs are checked with, too: what
 * becomes of datagrams, and what outer headers its sockets are asked for. Datagrams are real ones, on
 * the loopback interface; the TUN is a pair of sockets. Needs no root.
 */

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <linux/virtio_net.h>
#include <netinet/in.h>

#include <cmocka.h>

#include "kernel/core/choice.h"
#include "ipudpd/decap.h"
#include "ipudpd/device.h"
#include "ipudpd/encap.h"
#include "ipudpd/home.h"
#include "ipudpd/listener.h"
#include "kernel/core/mode.h"
#include "ipudpd/packet.h"
#include "kernel/core/rule.h"
#include "ipudpd/sender.h"
#include "ipudpd/tunnel.h"
#include "ipudpd/worker.h"

#include <linux/err.h>
#include <net/netlink.h>

#include "kernel/core/flow.h"
#include "kernel/core/selftest/flow_vectors.h"
#include "kernel/selftest/datagram_vectors.h"
#include "kernel/selftest/outer_vectors.h"

/* No interface has it. */
#define DEVICE 0x7fffff00

#define PATIENCE_MS 10000

/**
 * struct world - a home with a device, and the other end of its tunnel
 * @home: with one thread that carries packets, which does not run
 * @device: not one of those that @home knows
 * @queue: of @device
 * @tun: the other end of @queue
 * @listener: of the tunnels
 * @tunnel: to @remote
 * @other: a second one, to where nobody is
 * @remote: a UDP socket
 * @family: of outer packets
 */
struct world {
	struct ipudp_home home;
	struct ipudp_device device;
	struct ipudp_queue queue;
	int tun;
	struct ipudp_listener *listener;
	struct ipudp_tunnel *tunnel;
	struct ipudp_tunnel *other;
	int remote;
	uint16_t family;
};

static void set_loopback(uint16_t family, union ipudp_ip *ip)
{
	memset(ip, 0, sizeof(*ip));
	if (family == AF_INET)
		ip->v4 = htonl(INADDR_LOOPBACK);
	else
		ip->v6 = in6addr_loopback;
}

static socklen_t set_address(uint16_t family, in_port_t port, struct sockaddr_storage *to)
{
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)to;
	struct sockaddr_in *sin = (struct sockaddr_in *)to;
	union ipudp_ip ip;

	set_loopback(family, &ip);
	memset(to, 0, sizeof(*to));
	to->ss_family = family;
	/* At the same place in both families. */
	sin->sin_port = port;
	if (family == AF_INET)
		sin->sin_addr.s_addr = ip.v4;
	else
		sin6->sin6_addr = ip.v6;
	return family == AF_INET ? sizeof(*sin) : sizeof(*sin6);
}

static void set_option(int fd, int level, int option, int value)
{
	assert_int_equal(setsockopt(fd, level, option, &value, sizeof(value)), 0);
}

/* Where the loopback interface is down, nothing can be tried. */
static bool can_reach(uint16_t family, const struct sockaddr_storage *loopback, socklen_t len)
{
	struct sockaddr_storage to = *loopback;
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret;

	/* Nothing is sent; any port will do. */
	((struct sockaddr_in *)&to)->sin_port = htons(9);
	ret = connect(fd, (struct sockaddr *)&to, len);
	close(fd);
	return !ret;
}

/* Return: its port, in network byte order; 0 if there is no such family here. */
static in_port_t open_remote(struct world *world)
{
	socklen_t len;
	struct sockaddr_storage addr;

	world->remote = socket(world->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (world->remote < 0)
		return 0;
	len = set_address(world->family, 0, &addr);
	if (bind(world->remote, (struct sockaddr *)&addr, len) ||
	    !can_reach(world->family, &addr, len)) {
		close(world->remote);
		return 0;
	}
	assert_int_equal(getsockname(world->remote, (struct sockaddr *)&addr, &len), 0);
	if (world->family == AF_INET) {
		set_option(world->remote, IPPROTO_IP, IP_RECVTOS, 1);
		set_option(world->remote, IPPROTO_IP, IP_RECVTTL, 1);
	} else {
		set_option(world->remote, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
		set_option(world->remote, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
	}
	return ((struct sockaddr_in *)&addr)->sin_port;
}

static void add_tunnel(struct world *world, uint32_t id, in_port_t port, struct ipudp_tunnel **ret)
{
	struct ipudp_tunnel_config config;
	struct netlink_ext_ack extack = { 0 };

	ipudp_tunnel_config_init(&config);
	config.endpoint.family = world->family;
	config.endpoint.port = port;
	set_loopback(world->family, &config.endpoint.remote);
	ipudp_listener_get(world->listener);
	*ret = ipudp_tunnel_add(&world->device, world->listener, &id, &config, &extack);
	assert_false(IS_ERR(*ret));
}

static void add_rule(struct world *world, const char *prefix, uint8_t len, uint32_t tunnel)
{
	const struct ipudp_rule_target target = { .tunnel = tunnel, .weight = 1 };
	struct ipudp_rule_config config = {
		.family = strchr(prefix, ':') ? AF_INET6 : AF_INET,
		.len = len,
		.action = IPUDP_ACTION_FORWARD,
		.targets = &target,
		.n_targets = 1,
	};
	struct netlink_ext_ack extack = { 0 };

	assert_int_equal(inet_pton(config.family, prefix, &config.prefix), 1);
	assert_int_equal(ipudp_rule_add(&world->device, &config, IPUDP_EXISTS_REFUSE, &extack), 0);
}

static void make_device(struct world *world)
{
	struct ipudp_device *device = &world->device;
	int fds[2];

	/* Whole packets, as a TUN has them. */
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
	world->queue = (struct ipudp_queue){ .device = device, .fd = fds[0] };
	world->tun = fds[1];
	*device = (struct ipudp_device){
		.home = &world->home,
		.ifindex = DEVICE,
		.mtu = 1500,
		.mode = ipudp_mode_of(IPUDP_MODE_MULTI),
		.queues = &world->queue,
		.stats = ipudp_stats_alloc(2, sizeof(*device->stats)),
	};
	assert_non_null(device->stats);
	assert_int_equal(ipudp_rules_init(device), 0);
}

/* Return: whether there is this family here. */
static bool world_init(struct world *world, uint16_t family)
{
	struct ipudp_listener_config config = {
		.family = family == AF_INET ? IPUDP_FAMILY_IPV4 : IPUDP_FAMILY_IPV6,
	};
	struct netlink_ext_ack extack = { 0 };
	in_port_t port;

	memset(world, 0, sizeof(*world));
	world->family = family;
	port = open_remote(world);
	if (!port)
		return false;
	assert_int_equal(ipudp_home_init(&world->home, 1), 0);
	set_loopback(family, &config.local);
	world->listener = ipudp_listener_create(&world->home, &config, &extack);
	assert_false(IS_ERR(world->listener));
	make_device(world);
	add_tunnel(world, 1, port, &world->tunnel);
	add_tunnel(world, 2, htons(9), &world->other);
	add_rule(world, "10.9.0.0", 29, 1);
	add_rule(world, "fd09::", 124, 1);
	add_rule(world, "10.9.0.3", 32, 2);
	add_rule(world, "fd09::3", 128, 2);
	return true;
}

static void world_done(struct world *world)
{
	ipudp_tunnel_remove(world->tunnel);
	ipudp_tunnel_remove(world->other);
	ipudp_home_flush(&world->home);
	ipudp_rcu_wait(&world->home.rcu);
	ipudp_rcu_reclaim(&world->home.rcu);
	ipudp_rules_done(&world->device);
	free(world->device.stats);
	ipudp_home_done(&world->home);
	close(world->queue.fd);
	close(world->tun);
	close(world->remote);
}

/* --- receiving --- */

static void send_datagram(const struct world *world, const uint8_t *data, size_t len, uint8_t tos)
{
	struct sockaddr_storage to;
	socklen_t size = set_address(world->family, world->listener->config.port, &to);

	if (world->family == AF_INET)
		set_option(world->remote, IPPROTO_IP, IP_TOS, tos);
	else
		set_option(world->remote, IPPROTO_IPV6, IPV6_TCLASS, tos);
	assert_int_equal(sendto(world->remote, data, len, 0, (struct sockaddr *)&to, size), len);
}

/* Have the thread that it came to read it. */
static void receive(struct world *world)
{
	struct ipudp_socket *sockets = world->listener->sockets[world->family == AF_INET ? 0 : 1];
	struct pollfd fds[] = { { .fd = sockets[0].fd, .events = POLLIN },
				{ .fd = sockets[1].fd, .events = POLLIN } };
	int i;

	assert_int_equal(poll(fds, 2, PATIENCE_MS), 1);
	for (i = 0; i < 2; i++)
		if (fds[i].revents)
			ipudp_decap_read(&world->home.workers[i], &sockets[i]);
}

/**
 * struct counts - what was counted up to now
 * @device: of the device
 * @listener: of the listener
 */
struct counts {
	struct ipudp_device_stats device;
	struct ipudp_listener_stats listener;
};

static void count(const struct world *world, struct counts *ret)
{
	ipudp_stats_device(world->device.stats, 2, &ret->device);
	ipudp_stats_listener(world->listener->stats, 2, &ret->listener);
}

/* What was counted since: it is one thing, at one place. */
static int verdict(const struct world *world, const struct counts *before)
{
	int reason, found = 0, ret = 0;
	struct counts now;

	count(world, &now);
	if (now.device.rx_packets != before->device.rx_packets) {
		ret = DELIVERED;
		found++;
	}
	if (now.listener.rx_keepalives != before->listener.rx_keepalives) {
		ret = HEARD;
		found++;
	}
	for (reason = 0; reason < IPUDP_DROP_REASONS; reason++) {
		if (now.device.drops[reason] == before->device.drops[reason] &&
		    now.listener.drops[reason] == before->listener.drops[reason])
			continue;
		/* Nobody has asked for them. */
		ret = reason == IPUDP_DROP_REASON_FRAME_UNCLAIMED ? FRAME : reason;
		found++;
	}
	assert_int_equal(found, 1);
	return ret;
}

/* The TUN got the packet, of which nothing is left to be done by the kernel, and no other. */
static void check_delivered(const struct world *world, const struct datagram_vector *vector,
			    const uint8_t *want)
{
	static const struct virtio_net_hdr plain;
	uint8_t got[sizeof(plain) + IPUDP_PACKET_MAX];
	ssize_t len = recv(world->tun, got, sizeof(got), MSG_DONTWAIT);

	assert_int_equal(len, sizeof(plain) + vector->want_len);
	assert_memory_equal(got, &plain, sizeof(plain));
	assert_memory_equal(got + sizeof(plain), want, vector->want_len);
}

/* Only what may enter, keepalives and frames are signs of life. */
static void check_heard(struct world *world, bool want)
{
	struct ipudp_tunnel_stats stats;

	ipudp_stats_tunnel(world->tunnel->stats, 2, &stats);
	assert_int_equal(!!stats.rx_last, want);
	assert_int_equal(!world->tunnel->idle_bit, want);
}

/* It is idle, and nothing was ever heard. */
static void forget(struct world *world)
{
	world->tunnel->idle_bit = 1;
	world->tunnel->stats[0].rx_last = 0;
	world->tunnel->stats[1].rx_last = 0;
}

static void check_datagram(struct world *world, const struct datagram_vector *vector)
{
	uint8_t payload[DATAGRAM_MAX], want[DATAGRAM_MAX], byte;
	int wanted = vector->want;
	struct counts before;

	if (wanted == WRONG_SOURCE && !world->device.source_check)
		wanted = DELIVERED;
	datagram_make(vector, payload, want);
	count(world, &before);
	forget(world);
	send_datagram(world, payload, vector->len, vector->outer_tos);
	receive(world);
	assert_int_equal(verdict(world, &before), wanted);
	check_heard(world, wanted == DELIVERED || wanted == HEARD || wanted == FRAME);
	if (wanted == DELIVERED)
		check_delivered(world, vector, want);
	assert_int_equal(recv(world->tun, &byte, 1, MSG_DONTWAIT), -1);
}

static void check_datagrams(uint16_t family)
{
	struct world world;
	size_t i;

	if (!world_init(&world, family))
		skip();
	for (i = 0; i < ARRAY_SIZE(datagram_vectors); i++) {
		print_message("# %s, IPv%u\n", datagram_vectors[i].what, datagram_vectors[i].inner);
		world.device.source_check = true;
		check_datagram(&world, &datagram_vectors[i]);
		world.device.source_check = false;
		check_datagram(&world, &datagram_vectors[i]);
	}
	world_done(&world);
}

static void test_datagrams4(void **state)
{
	(void)state;
	check_datagrams(AF_INET);
}

static void test_datagrams6(void **state)
{
	(void)state;
	check_datagrams(AF_INET6);
}

/* --- sending --- */

static size_t make_inner(const struct outer_vector *vector, uint8_t *data)
{
	memset(data, 0, 60);
	if (vector->inner_version == 4) {
		data[0] = 0x45;
		data[1] = vector->inner_tos;
		data[3] = 60;
		data[6] = vector->inner_df ? 0x40 : 0;
		data[8] = vector->inner_ttl;
	} else {
		data[0] = 0x60 | vector->inner_tos >> 4;
		data[1] = vector->inner_tos << 4;
		data[5] = 20;
		data[7] = vector->inner_ttl;
	}
	return 60;
}

static void configure(struct world *world, const struct outer_vector *vector)
{
	struct netlink_ext_ack extack = { 0 };
	struct ipudp_tunnel_config config;

	ipudp_tunnel_config_of(world->tunnel, &config);
	config.endpoint.ttl = vector->ttl;
	config.endpoint.dscp = vector->dscp;
	config.endpoint.df = vector->df;
	assert_int_equal(ipudp_tunnel_set(world->tunnel, &config, &extack), 0);
}

static int control_int(struct cmsghdr *cmsg)
{
	int value = 0;

	memcpy(&value, CMSG_DATA(cmsg),
	       cmsg->cmsg_len < CMSG_LEN(sizeof(value)) ? 1 : sizeof(value));
	return value;
}

/* What the remote gets is what was sent, and its header says what is wanted. */
static void check_received(const struct world *world, const struct outer_vector *vector,
			   const uint8_t *data, size_t len)
{
	_Alignas(struct cmsghdr) char control[256];
	uint8_t got[256];
	struct iovec iov = { got, sizeof(got) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct pollfd fd = { .fd = world->remote, .events = POLLIN };
	int tos = -1, ttl = -1;
	struct cmsghdr *cmsg;

	assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
	assert_int_equal(recvmsg(world->remote, &msg, 0), len);
	assert_memory_equal(got, data, len);
	for (cmsg = CMSG_FIRSTHDR(&msg); cmsg; cmsg = CMSG_NXTHDR(&msg, cmsg)) {
		bool v4 = cmsg->cmsg_level == IPPROTO_IP;

		if (cmsg->cmsg_type == (v4 ? IP_TOS : IPV6_TCLASS))
			tos = control_int(cmsg);
		else if (cmsg->cmsg_type == (v4 ? IP_TTL : IPV6_HOPLIMIT))
			ttl = control_int(cmsg);
	}
	assert_int_equal(tos, vector->want_tos);
	assert_int_equal(ttl, vector->want_ttl);
}

/* Don't Fragment is no packet's but the socket's, which the remote cannot see; IPv6 has none. */
static void check_df(const struct world *world, bool want)
{
	socklen_t size = sizeof(int);
	int discover;

	if (world->family != AF_INET)
		return;
	assert_int_equal(getsockopt(world->listener->sockets[0][0].fd, IPPROTO_IP, IP_MTU_DISCOVER,
				    &discover, &size),
			 0);
	assert_int_equal(discover, want ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT);
}

static void check_outer(uint16_t family)
{
	struct ipudp_worker *worker;
	struct ipudp_packet packet;
	struct world world;
	uint8_t data[60];
	size_t i, len;

	if (!world_init(&world, family))
		skip();
	worker = &world.home.workers[0];
	for (i = 0; i < ARRAY_SIZE(outer_vectors); i++) {
		print_message("# %s\n", outer_vectors[i].what);
		configure(&world, &outer_vectors[i]);
		len = make_inner(&outer_vectors[i], data);
		ipudp_packet_set(&packet, data, len);
		ipudp_encap(worker, world.tunnel, &packet);
		ipudp_send_flush(worker);
		check_received(&world, &outer_vectors[i], data, len);
		check_df(&world, outer_vectors[i].want_df);
	}
	world_done(&world);
}

static void test_outer4(void **state)
{
	(void)state;
	check_outer(AF_INET);
}

static void test_outer6(void **state)
{
	(void)state;
	check_outer(AF_INET6);
}

static void test_flows(void **state)
{
	unsigned int i;

	for (i = 0; i < CHOICE_FLOWS; i++) {
		uint8_t data[CHOICE_PACKET_MAX];
		struct ipudp_packet packet;

		print_message("# %s\n", choice_flows[i].what);
		memcpy(data, choice_flows[i].packet, sizeof(data));
		ipudp_packet_set(&packet, data, choice_flows[i].len);
		assert_int_equal(ipudp_packet_hash(&packet), choice_flows[i].hash);
		assert_int_equal(ipudp_flow_port(ipudp_packet_hash(&packet), CHOICE_PORT_MIN,
						 CHOICE_PORT_RANGE),
				 choice_flows[i].port);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flows),	   cmocka_unit_test(test_datagrams4),
		cmocka_unit_test(test_datagrams6), cmocka_unit_test(test_outer4),
		cmocka_unit_test(test_outer6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
