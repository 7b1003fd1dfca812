/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * Vectors of the hash of a flow, and of the source port where that is taken from it. For the
 * module, the daemon in user space and the eBPF programs, all of which must compute the same.
 * Made with another implementation than the one that they test.
 */
#ifndef _IPUDP_FLOW_VECTORS_H
#define _IPUDP_FLOW_VECTORS_H

/* Bytes of the largest packet, how many flows there are. */
#define CHOICE_PACKET_MAX 132
#define CHOICE_FLOWS 27

/* The source ports that .port is one of. */
#define CHOICE_PORT_MIN 32768
#define CHOICE_PORT_RANGE 28232

/**
 * struct choice_flow - an inner packet, and the hash of its flow
 * @what: for people
 * @packet: from its IP header; checksums are 0
 * @len: bytes of it
 * @hash: ipudp_flow_hash()
 * @port: ipudp_flow_port() of that
 */
struct choice_flow {
	const char *what;
	unsigned char packet[CHOICE_PACKET_MAX];
	unsigned short len;
	unsigned int hash;
	unsigned short port;
};

static const struct choice_flow choice_flows[] = {
	{
		.what = "IPv4, TCP",
		.len = 24,
		.packet = {
			[0] = 0x45, 0, 0, 0x18, 0, 1, 0, 0, 0x40, 6, 0, 0, 0xa, 9, 0, 1, 0xa, 9,
			0, 2, 0x9c, 0x40, 1, 0xbb
		},
		.hash = 0x066de717,
		.port = 57634,
	},
	{
		.what = "IPv4, TCP, other source port",
		.len = 24,
		.packet = {
			[0] = 0x45, 0, 0, 0x18, 0, 1, 0, 0, 0x40, 6, 0, 0, 0xa, 9, 0, 1, 0xa, 9,
			0, 2, 0x9c, 0x41, 1, 0xbb
		},
		.hash = 0x51ef939e,
		.port = 54211,
	},
	{
		.what = "IPv4, TCP, the way back",
		.len = 24,
		.packet = {
			[0] = 0x45, 0, 0, 0x18, 0, 1, 0, 0, 0x40, 6, 0, 0, 0xa, 9, 0, 2, 0xa, 9,
			0, 1, 1, 0xbb, 0x9c, 0x40
		},
		.hash = 0xa2c550d5,
		.port = 59463,
	},
	{
		.what = "IPv4, UDP, ports as of TCP",
		.len = 24,
		.packet = {
			[0] = 0x45, 0, 0, 0x18, 0, 1, 0, 0, 0x40, 0x11, 0, 0, 0xa, 9, 0, 1, 0xa,
			9, 0, 2, 0x9c, 0x40, 1, 0xbb
		},
		.hash = 0x8fb5d58b,
		.port = 42720,
	},
	{
		.what = "IPv4, UDP, with options",
		.len = 28,
		.packet = {
			[0] = 0x46, 0, 0, 0x1c, 0, 1, 0, 0, 0x40, 0x11, 0, 0, 0xa, 9, 0, 1, 0xa,
			9, 0, 2, 1, 1, 1, 0, 0x9c, 0x40, 1, 0xbb
		},
		.hash = 0x8fb5d58b,
		.port = 42720,
	},
	{
		.what = "IPv4, UDP, DF, ports count",
		.len = 24,
		.packet = {
			[0] = 0x45, 0, 0, 0x18, 0, 1, 0x40, 0, 0x40, 0x11, 0, 0, 0xa, 9, 0, 1,
			0xa, 9, 0, 2, 0x9c, 0x40, 1, 0xbb
		},
		.hash = 0x8fb5d58b,
		.port = 42720,
	},
	{
		.what = "IPv4, UDP, first fragment",
		.len = 24,
		.packet = {
			[0] = 0x45, 0, 0, 0x18, 0, 1, 0x20, 0, 0x40, 0x11, 0, 0, 0xa, 9, 0, 1,
			0xa, 9, 0, 2, 0x9c, 0x40, 1, 0xbb
		},
		.hash = 0x516c5bb7,
		.port = 33965,
	},
	{
		.what = "IPv4, UDP, last fragment",
		.len = 24,
		.packet = {
			[0] = 0x45, 0, 0, 0x18, 0, 1, 0, 0xb9, 0x40, 0x11, 0, 0, 0xa, 9, 0, 1,
			0xa, 9, 0, 2, 0, 1, 0, 2
		},
		.hash = 0x516c5bb7,
		.port = 33965,
	},
	{
		.what = "IPv4, UDP, no room for ports",
		.len = 23,
		.packet = {
			[0] = 0x45, 0, 0, 0x17, 0, 1, 0, 0, 0x40, 0x11, 0, 0, 0xa, 9, 0, 1, 0xa,
			9, 0, 2, 0x9c, 0x40, 1
		},
		.hash = 0x516c5bb7,
		.port = 33965,
	},
	{
		.what = "IPv4, ICMP",
		.len = 24,
		.packet = {
			[0] = 0x45, 0, 0, 0x18, 0, 1, 0, 0, 0x40, 1, 0, 0, 0xa, 9, 0, 1, 0xa, 9,
			0, 2, 8
		},
		.hash = 0xe16298bf,
		.port = 46207,
	},
	{
		.what = "IPv4, SCTP",
		.len = 24,
		.packet = {
			[0] = 0x45, 0, 0, 0x18, 0, 1, 0, 0, 0x40, 0x84, 0, 0, 0xa, 9, 0, 1, 0xa,
			9, 0, 2, 0x9c, 0x40, 1, 0xbb
		},
		.hash = 0xf04d51ff,
		.port = 50600,
	},
	{
		.what = "IPv4, ESP: no ports",
		.len = 24,
		.packet = {
			[0] = 0x45, 0, 0, 0x18, 0, 1, 0, 0, 0x40, 0x32, 0, 0, 0xa, 9, 0, 1, 0xa,
			9, 0, 2, 0x9c, 0x40, 1, 0xbb
		},
		.hash = 0xaf1f2d8b,
		.port = 47168,
	},
	{
		.what = "IPv4, destination of all bits",
		.len = 24,
		.packet = {
			[0] = 0x45, 0, 0, 0x18, 0, 1, 0, 0, 0x40, 0x11, 0, 0, 0xa, 9, 0, 1, 0xff,
			0xff, 0xff, 0xff, 0, 0x44, 0, 0x43
		},
		.hash = 0x31b6b224,
		.port = 47278,
	},
	{
		.what = "IPv6, TCP",
		.len = 44,
		.packet = {
			[0] = 0x60, [5] = 4, 6, 0x40, 0xfd, 9, [23] = 1, 0xfd, 9, [39] = 2, 0x9c,
			0x40, 1, 0xbb
		},
		.hash = 0xcb853477,
		.port = 60994,
	},
	{
		.what = "IPv6, TCP, flow label",
		.len = 44,
		.packet = {
			[0] = 0x60, 0xa, 0xbc, 0xde, 0, 4, 6, 0x40, 0xfd, 9, [23] = 1, 0xfd, 9,
			[39] = 2, 0x9c, 0x40, 1, 0xbb
		},
		.hash = 0xcb853477,
		.port = 60994,
	},
	{
		.what = "IPv6, UDP",
		.len = 44,
		.packet = {
			[0] = 0x60, [5] = 4, 0x11, 0x40, 0xfd, 9, [23] = 1, 0xfd, 9, [39] = 2,
			0x9c, 0x40, 1, 0xbb
		},
		.hash = 0x95b52b1f,
		.port = 53794,
	},
	{
		.what = "IPv6, UDP, other host",
		.len = 44,
		.packet = {
			[0] = 0x60, [5] = 4, 0x11, 0x40, 0xfd, 9, [17] = 1, [23] = 1, 0xfd, 9,
			[39] = 2, 0x9c, 0x40, 1, 0xbb
		},
		.hash = 0x3d433720,
		.port = 33913,
	},
	{
		.what = "IPv6, ICMP",
		.len = 44,
		.packet = {
			[0] = 0x60, [5] = 4, 0x3a, 0x40, 0xfd, 9, [23] = 1, 0xfd, 9, [39] = 2,
			0x80
		},
		.hash = 0x3cee3a67,
		.port = 33488,
	},
	{
		.what = "IPv6, hop by hop, UDP",
		.len = 52,
		.packet = {
			[0] = 0x60, [5] = 0xc, 0, 0x40, 0xfd, 9, [23] = 1, 0xfd, 9, [39] = 2,
			0x11, [48] = 0x9c, 0x40, 1, 0xbb
		},
		.hash = 0x95b52b1f,
		.port = 53794,
	},
	{
		.what = "IPv6, hop by hop, destination options, routing, UDP",
		.len = 76,
		.packet = {
			[0] = 0x60, [5] = 0x24, 0, 0x40, 0xfd, 9, [23] = 1, 0xfd, 9, [39] = 2,
			0x3c, [48] = 0x2b, 1, [64] = 0x11, [72] = 0x9c, 0x40, 1, 0xbb
		},
		.hash = 0x95b52b1f,
		.port = 53794,
	},
	{
		.what = "IPv6, first fragment",
		.len = 52,
		.packet = {
			[0] = 0x60, [5] = 0xc, 0x2c, 0x40, 0xfd, 9, [23] = 1, 0xfd, 9, [39] = 2,
			0x11, 0, 0, 1, [47] = 7, 0x9c, 0x40, 1, 0xbb
		},
		.hash = 0xb3c5e691,
		.port = 42178,
	},
	{
		.what = "IPv6, last fragment",
		.len = 52,
		.packet = {
			[0] = 0x60, [5] = 0xc, 0x2c, 0x40, 0xfd, 9, [23] = 1, 0xfd, 9, [39] = 2,
			0x11, 0, 0, 0xb8, [47] = 7, 0, 1, 0, 2
		},
		.hash = 0xb3c5e691,
		.port = 42178,
	},
	{
		.what = "IPv6, destination options, fragment",
		.len = 60,
		.packet = {
			[0] = 0x60, [5] = 0x14, 0x3c, 0x40, 0xfd, 9, [23] = 1, 0xfd, 9, [39] = 2,
			0x2c, [48] = 0x11, 0, 0, 1, [55] = 7, 0x9c, 0x40, 1, 0xbb
		},
		.hash = 0xb3c5e691,
		.port = 42178,
	},
	{
		.what = "IPv6, ports as far behind as they count",
		.len = 124,
		.packet = {
			[0] = 0x60, [5] = 0x54, 0x3c, 0x40, 0xfd, 9, [23] = 1, 0xfd, 9, [39] = 2,
			0x3c, 4, [80] = 0x11, 4, [120] = 0x9c, 0x40, 1, 0xbb
		},
		.hash = 0x95b52b1f,
		.port = 53794,
	},
	{
		.what = "IPv6, ports behind the bytes that count",
		.len = 132,
		.packet = {
			[0] = 0x60, [5] = 0x5c, 0x3c, 0x40, 0xfd, 9, [23] = 1, 0xfd, 9, [39] = 2,
			0x11, 0xa, [128] = 0x9c, 0x40, 1, 0xbb
		},
		.hash = 0x32968ea6,
		.port = 53521,
	},
	{
		.what = "IPv6, extension header that is longer than the packet",
		.len = 48,
		.packet = {
			[0] = 0x60, [5] = 8, 0x3c, 0x40, 0xfd, 9, [23] = 1, 0xfd, 9, [39] = 2,
			0x11, 0xc8
		},
		.hash = 0x32968ea6,
		.port = 53521,
	},
	{
		.what = "IPv6, extension header that is cut off",
		.len = 44,
		.packet = {
			[0] = 0x60, [5] = 4, 0x3c, 0x40, 0xfd, 9, [23] = 1, 0xfd, 9, [39] = 2,
			0x11
		},
		.hash = 0x2cae6f45,
		.port = 40258,
	},
};

#endif
