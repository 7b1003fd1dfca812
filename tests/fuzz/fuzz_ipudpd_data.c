// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ipudpd: data of strangers and of the host. Datagrams that come out of a tunnel, packets that are too
 * big for one and are fragmented, ICMP errors about them. Datagrams are real ones, on the loopback
 * interface of an own network namespace; the TUN is a pair of sockets.
 *
 * The first byte says what is done, the next two are the MTU.
 */
#include <arpa/inet.h>
#include <linux/err.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ipudpd/decap.h"
#include "ipudpd/device.h"
#include "ipudpd/home.h"
#include "ipudpd/icmp.h"
#include "ipudpd/listener.h"
#include "kernel/core/mode.h"
#include "ipudpd/packet.h"
#include "ipudpd/pmtu.h"
#include "kernel/core/rule.h"
#include "ipudpd/sender.h"
#include "ipudpd/tunnel.h"
#include "ipudpd/worker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* No more than fits the buffers of a socket in the smallest pieces. */
#define SIZE_MAX_DATA 2048

#define MTU_MIN 68
#define MTU_RANGE 2048

/**
 * struct world - a device of no interface, and its tunnel to a socket
 * @home: with one thread that carries packets, which does not run
 * @device: "away", so that the host is not asked for routes of answers
 * @queue: of @device
 * @tun: the other end of @queue
 * @listener: of @tunnel
 * @tunnel: to @remote
 * @remote: a UDP socket
 */
static struct world {
	struct ipudp_home home;
	struct ipudp_device device;
	struct ipudp_queue queue;
	int tun;
	struct ipudp_listener *listener;
	struct ipudp_tunnel *tunnel;
	int remote;
} world;

static uint8_t got[1 << 17];

static void must(bool good)
{
	if (!good)
		abort();
}

static void raise_loopback(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	must(fd >= 0 && !ioctl(fd, SIOCSIFFLAGS, &request));
	close(fd);
}

static void make_tunnel(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct ipudp_listener_config config = { .family = IPUDP_FAMILY_IPV4 };
	struct ipudp_tunnel_config tunnel;
	socklen_t len = sizeof(addr);
	int bytes = 1 << 20;

	world.remote = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	must(!bind(world.remote, (struct sockaddr *)&addr, len) &&
	     !getsockname(world.remote, (struct sockaddr *)&addr, &len));
	must(!setsockopt(world.remote, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)));
	config.local.v4 = addr.sin_addr.s_addr;
	world.listener = ipudp_listener_create(&world.home, &config, NULL);
	must(!IS_ERR(world.listener));
	ipudp_tunnel_config_init(&tunnel);
	tunnel.endpoint.family = AF_INET;
	tunnel.endpoint.remote.v4 = addr.sin_addr.s_addr;
	tunnel.endpoint.port = addr.sin_port;
	ipudp_listener_get(world.listener);
	world.tunnel = ipudp_tunnel_add(&world.device, world.listener, NULL, &tunnel, NULL);
	must(!IS_ERR(world.tunnel));
	addr.sin_port = world.listener->config.port;
	must(!connect(world.remote, (struct sockaddr *)&addr, sizeof(addr)));
}

static void set_up(void)
{
	int fds[2];

	if (unshare(CLONE_NEWNET) && unshare(CLONE_NEWUSER | CLONE_NEWNET))
		exit(0);
	raise_loopback();
	must(!ipudp_home_init(&world.home, 1));
	must(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds));
	world.tun = fds[1];
	world.queue = (struct ipudp_queue){ .device = &world.device, .fd = fds[0] };
	world.device = (struct ipudp_device){
		.home = &world.home,
		.ifindex = 0x7fffff00,
		.mtu = 1500,
		.away = true,
		.mode = ipudp_mode_of(IPUDP_MODE_FIXED),
		.queues = &world.queue,
		.stats = ipudp_stats_alloc(2, sizeof(*world.device.stats)),
	};
	must(world.device.stats && !ipudp_rules_init(&world.device));
	make_tunnel();
}

static uint16_t get16(const uint8_t *at)
{
	return at[0] << 8 | at[1];
}

/* What the TUN got. Return: its length without what comes before it, 0 if it got nothing. */
static size_t read_tun(void)
{
	ssize_t len = recv(world.tun, got, sizeof(got), MSG_DONTWAIT);

	if (len < 0)
		return 0;
	must(len > (ssize_t)sizeof(struct virtio_net_hdr));
	len -= sizeof(struct virtio_net_hdr);
	memmove(got, got + sizeof(struct virtio_net_hdr), len);
	return len;
}

/* A datagram of the remote becomes one packet, or none. */
static void receive(const uint8_t *data, size_t size)
{
	struct ipudp_socket *sockets = world.listener->sockets[0];
	unsigned int i;
	size_t len;

	if (send(world.remote, data, size, 0) < 0)
		return;
	for (i = 0; i < 2; i++)
		ipudp_decap_read(&world.home.workers[i], &sockets[i]);
	len = read_tun();
	if (!len)
		return;
	must(len <= size && got[0] >> 4 == data[0] >> 4 && len >= (got[0] >> 4 == 4 ? 20 : 40));
	must(!read_tun());
}

/* If the TUN got something, it is an ICMP error about a packet, to its sender. */
static void check_error(const struct ipudp_packet *packet)
{
	bool v4 = packet->family == AF_INET;
	size_t len = read_tun(), header = v4 ? 20 : 40;
	uint64_t sum = 0;

	if (!len)
		return;
	must(len >= header + 8 && len <= (v4 ? 576 : 1280) && got[0] == (v4 ? 0x45 : 0x60));
	must(!memcmp(got + (v4 ? 16 : 24), ipudp_packet_source(packet), v4 ? 4 : 16));
	must(!memcmp(got + header + 8, packet->data, len - header - 8));
	if (v4)
		must(get16(got + 2) == len && !ipudp_sum_fold(ipudp_sum(got, 20, 0)));
	else
		sum = ipudp_sum_pseudo(got, IPPROTO_ICMPV6, len - header);
	must(!ipudp_sum_fold(ipudp_sum(got + header, len - header, sum)));
	must(!read_tun());
}

/* The remote got all of a packet in fragments that fit, in order, or nothing of it. */
static void check_fragments(const uint8_t *packet, size_t size, size_t mtu)
{
	size_t header = (packet[0] & 15) * 4, at = 0;
	uint16_t flags = get16(packet + 6);
	ssize_t len;

	while ((len = recv(world.remote, got, sizeof(got), MSG_DONTWAIT)) >= 0) {
		bool last = at + len - header == size - header;

		must(len > (ssize_t)header && len <= (ssize_t)mtu && got[0] == packet[0] &&
		     get16(got + 2) == len && !ipudp_sum_fold(ipudp_sum(got, header, 0)));
		must((get16(got + 6) & 0x1fff) == ((flags + at / 8) & 0x1fff) &&
		     !!(get16(got + 6) & 0x2000) == (!last || flags & 0x2000));
		must(at + len <= size && !memcmp(got + header, packet + header + at, len - header));
		at += len - header;
	}
	must(!at || at == size - header);
}

/* A packet of the host that is larger than what fits, as the TUN hands it over. */
static void send_large(const uint8_t *data, size_t size, unsigned int mtu, bool unreachable)
{
	struct ipudp_worker *worker = &world.home.workers[0];
	struct ipudp_outer outer = {
		.tunnel = world.tunnel, .endpoint = world.tunnel->endpoint, .ttl = 64, .df = true
	};
	struct virtio_net_hdr virtio;
	struct ipudp_packet packet;
	size_t len = size - sizeof(virtio);
	uint8_t *copy = malloc(len ? len : 1), *sent = malloc(len ? len : 1);

	must(copy && sent);
	memcpy(&virtio, data, sizeof(virtio));
	memcpy(copy, data + sizeof(virtio), len);
	if (ipudp_packet_read(&virtio, copy, len, &packet)) {
		memcpy(sent, copy, len);
		if (unreachable)
			ipudp_icmp_unreachable(worker, &world.device, &packet);
		else if (ipudp_packet_largest(&packet) > mtu)
			ipudp_pmtu_exceeded(worker, world.tunnel, &packet, mtu, &outer);
		ipudp_send_flush(worker);
		check_error(&packet);
		if (packet.family == AF_INET && !packet.gso)
			check_fragments(sent, packet.len, mtu);
		while (recv(world.remote, got, sizeof(got), MSG_DONTWAIT) >= 0)
			;
	}
	free(copy);
	free(sent);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned int mtu;

	if (!world.tunnel)
		set_up();
	/* So that errors are not too many. */
	world.home.workers[0].now_ms += 1000;
	if (size < 4 || size > SIZE_MAX_DATA)
		return 0;
	mtu = MTU_MIN + get16(data + 1) % MTU_RANGE;
	if (!(data[0] & 3))
		receive(data + 3, size - 3);
	else if (size >= 3 + sizeof(struct virtio_net_hdr))
		send_large(data + 3, size - 3, mtu, (data[0] & 3) == 1);
	return 0;
}
