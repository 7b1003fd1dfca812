/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * What the eBPF programs and the daemon that fills their tables share: the tables' contents. Both
 * ends are of one machine; addresses and ports are in network byte order. The prefix is fast_, for
 * bpf_ is that of libbpf.
 */
#ifndef _FAST_SHARED_H
#define _FAST_SHARED_H

#include <linux/types.h>

/* To be counted up whenever a struct or a table below changes: tables of others are not adopted. */
#define FAST_LAYOUT 4

/* The only slot that never holds a tunnel. */
#define FAST_NO_SLOT 0

#define FAST_MAX_DEVICES 1024
#define FAST_MAX_LINKS 4096
#define FAST_MAX_TARGETS 8

/* fast_path.dscp that copies the inner packet's. */
#define FAST_DSCP_INHERIT 64

/* fast_path.df */
#define FAST_DF_SET 0
#define FAST_DF_UNSET 1
#define FAST_DF_INHERIT 2

/* Bits of fast_path.flags: what is fast, and how. */
#define FAST_PATH_RX 1
#define FAST_PATH_TX 2
#define FAST_PATH_FLOW_PORT 4
#define FAST_PATH_CHECKSUM 8 /* with UDP checksums */
#define FAST_PATH_STRICT 16 /* what comes by another interface than it leaves by is left */

/* Bits of fast_device.flags. */
#define FAST_DEVICE_FIXED 1 /* everything goes to fast_device.only */
#define FAST_DEVICE_SOURCE_CHECK 2 /* inner sources must be covered by a rule of the tunnel */
#define FAST_DEVICE_REWRITE 4 /* from tunnel to tunnel in place */
#define FAST_DEVICE_LEAVE 8 /* leave all that is sent to user space */
#define FAST_DEVICE_PARTIAL 16 /* rules are missing, for which no shorter prefix may stand in */
#define FAST_DEVICE_DOWN 32 /* leave all that is received to user space */

/* Bits of fast_device.hooks and fast_link.hooks: what is to be undone when detaching. */
#define FAST_HOOK_QDISC 1 /* the clsact qdisc is ours */
#define FAST_HOOK_XDP 2 /* there is an XDP program of ours */

/**
 * union fast_ip - an address; for IPv4 the first word, the others are 0
 * @words: the address
 * @bytes: the same
 */
union fast_ip {
	__be32 words[4];
	__u8 bytes[16];
};

/**
 * struct fast_state - the only member of table "state": whose tables these are
 * @layout: FAST_LAYOUT
 * @tunnels: size of the tables of tunnels
 * @rules: size of each table of rules
 * @cookie: random, so that an XDP program with other tables is not believed
 */
struct fast_state {
	__u32 layout;
	__u32 tunnels;
	__u32 rules;
	__u32 cookie;
};

/**
 * struct fast_device - a device; table "devices" by the ifindex of its TUN
 * @number: small, unique; keys of rules begin with it
 * @only: slot of the tunnel of a fixed device
 * @flags: FAST_DEVICE_*
 * @hooks: FAST_HOOK_*
 * @hosts: which of hosts4 (1) and hosts6 (2) have a rule of it
 * @prefixes: likewise of prefixes4 and prefixes6
 * @mtu: of the TUN
 * @gro: interface that single TCP packets are sent through before they are delivered, so that what
 *	is behind it aggregates them; 0 for none
 * @cut: interface that aggregates are sent through to be cut; 0 for none
 */
struct fast_device {
	__u32 number;
	__u32 only;
	__u16 flags;
	__u16 hooks;
	__u8 hosts;
	__u8 prefixes;
	__u16 mtu;
	__u32 gro;
	__u32 cut;
};

/**
 * struct fast_link - an interface that datagrams come in by; table "links" by ifindex
 * @hooks: FAST_HOOK_*
 * @mac: its address, for XDP
 */
struct fast_link {
	__u16 hooks;
	__u16 mac[3];
};

/**
 * struct fast_nexthop - what the kernel knows as struct bpf_redir_neigh, in all versions
 * @family: of @addr, AF_INET or AF_INET6; 0 to have the kernel look for it
 * @addr: a neighbour whose link-layer address the kernel knows
 */
struct fast_nexthop {
	__u32 family;
	union fast_ip addr;
};

/**
 * struct fast_path - how a tunnel sends
 * @local: source address
 * @remote: destination address
 * @nexthop: where the link is to deliver it; as struct bpf_redir_neigh
 * @link: interface to leave by
 * @bind: interface to come in by, 0 for any
 * @mark: fwmark
 * @mtu: largest inner packet
 * @local_port: source port, unless FAST_PATH_FLOW_PORT
 * @remote_port: destination port
 * @port_min: lowest source port with FAST_PATH_FLOW_PORT, in host byte order
 * @port_range: how many of them there are
 * @sum: over what is constant of the outer pseudo header: addresses and protocol; of an IPv4 header,
 *	that is all that is constant
 * @family: AF_INET or AF_INET6
 * @flags: FAST_PATH_*
 * @ttl: 0 to copy the inner packet's
 * @dscp: or FAST_DSCP_INHERIT
 * @df: FAST_DF_*
 */
struct fast_path {
	union fast_ip local;
	union fast_ip remote;
	struct fast_nexthop nexthop;
	__u32 link;
	__u32 bind;
	__u32 mark;
	__u32 mtu;
	__be16 local_port;
	__be16 remote_port;
	__u16 port_min;
	__u16 port_range;
	__u32 sum;
	__u8 family;
	__u8 flags;
	__u8 ttl;
	__u8 dscp;
	__u8 df;
	__u8 pad[3];
};

/**
 * struct fast_tunnel - a tunnel; table "tunnels" by slot
 * @ifindex: TUN of its device, 0 if the slot is free
 * @id: within the device
 * @current: which of @paths is valid. The other one is written before it becomes so; nobody can
 *	be reading that one any more, as a program runs for microseconds
 * @paths: how it sends
 */
struct fast_tunnel {
	__u32 ifindex;
	__u32 id;
	__u32 current;
	__u32 pad;
	struct fast_path paths[2];
};

/**
 * struct fast_endpoint - what a datagram is looked up by; table "endpoints", to a slot
 * @local: destination address
 * @remote: source address
 * @local_port: destination port
 * @remote_port: source port, 0 for a tunnel that takes any
 * @family: AF_INET or AF_INET6
 */
struct fast_endpoint {
	union fast_ip local;
	union fast_ip remote;
	__be16 local_port;
	__be16 remote_port;
	__u32 family;
};

/**
 * struct fast_target - a tunnel of a rule
 * @slot: of the tunnel
 * @bound: if it is active, the sum of the active ones' weights up to and with its own
 */
struct fast_target {
	__u32 slot;
	__u32 bound;
};

/**
 * struct fast_rule - tables "hosts4", "hosts6", "prefixes4", "prefixes6"
 * @n_targets: how many there are
 * @n_active: how many take traffic, the first ones; 0 leaves packets to user space
 * @targets: its tunnels
 */
struct fast_rule {
	__u32 n_targets;
	__u32 n_active;
	struct fast_target targets[FAST_MAX_TARGETS];
};

/**
 * struct fast_host4 - key of hosts4
 * @device: fast_device.number
 * @addr: the address
 */
struct fast_host4 {
	__u32 device;
	__be32 addr;
};

/**
 * struct fast_host6 - key of hosts6
 * @device: fast_device.number
 * @addr: the address
 */
struct fast_host6 {
	__u32 device;
	union fast_ip addr;
};

/**
 * struct fast_key4 - key of prefixes4
 * @len: bits of @host that count, those of the device included
 * @host: the device, and the prefix
 */
struct fast_key4 {
	__u32 len;
	struct fast_host4 host;
};

/**
 * struct fast_key6 - key of prefixes6
 * @len: see struct fast_key4
 * @host: the device, and the prefix
 */
struct fast_key6 {
	__u32 len;
	struct fast_host6 host;
};

/**
 * struct fast_counters - one CPU's counters of a tunnel; table "counters" by slot
 * @rx_packets: inner packets delivered
 * @rx_bytes: bytes of them
 * @tx_packets: inner packets sent
 * @tx_bytes: bytes of them
 * @rx_last: when something came last, nanoseconds of CLOCK_MONOTONIC, 0 for never
 * @tx_last: when something was sent last
 */
struct fast_counters {
	__u64 rx_packets;
	__u64 rx_bytes;
	__u64 tx_packets;
	__u64 tx_bytes;
	__u64 rx_last;
	__u64 tx_last;
};

/**
 * struct fast_drops - one CPU's packets that were lost; table "drops" by fast_device.number
 * @rx_nomem: received, no memory
 * @tx_nomem: to be sent, no memory
 */
struct fast_drops {
	__u64 rx_nomem;
	__u64 tx_nomem;
};

/* Where fast_device.gro leads to: the address of that interface, so that packets are for it. */
#define FAST_GRO_ADDRESS                           \
	{                                          \
		0x02, 0x69, 0x70, 0x75, 0x64, 0x70 \
	}

/**
 * struct fast_gro_header - link-layer header of packets to be aggregated, as long as Ethernet's
 * @to: FAST_GRO_ADDRESS
 * @from: 2, 0: an address nobody has
 * @ifindex: TUN to deliver to, as the rest of that; packets to different ones are not aggregated
 * @protocol: ETH_P_*
 */
struct fast_gro_header {
	__u8 to[6];
	__u8 from[2];
	__u8 ifindex[4];
	__be16 protocol;
};

/* How many kinds of flows are told apart on the detour of fast_device.cut. */
#define FAST_DETOUR_FLOWS 256

/**
 * struct fast_detour - what is on the detour of one CPU; the only member of table "detours"
 * @in: number of packets that went in, those that an aggregate is cut into counted
 * @out: how many of them came out, or were lost before one that came out
 * @current: @in before what came out last
 * @ends: @in after what last went in of each kind of flows: what follows must not go past it
 *
 * A CPU has one queue, which keeps the order, and takes out of it what it put in.
 */
struct fast_detour {
	__u16 in;
	__u16 out;
	__u16 current;
	__u16 pad;
	__u16 ends[FAST_DETOUR_FLOWS];
};

/* fast_cut_header.magic: it begins as an address that nobody has. */
#define FAST_CUT_MAGIC     \
	{                  \
		0x02, 0x63 \
	}

/**
 * struct fast_cut_header - link-layer header of packets to be cut, as long as Ethernet's
 * @magic: FAST_CUT_MAGIC
 * @slot: of the tunnel that was found
 * @ifindex: TUN that they were sent by
 * @number: fast_detour.in before them
 * @protocol: ETH_P_*
 */
struct fast_cut_header {
	__u8 magic[2];
	__u8 slot[4];
	__u8 ifindex[4];
	__u8 number[2];
	__be16 protocol;
};

/* tc_index of what comes back from the detour to be read from the TUN. */
#define FAST_CUT_BACK 0x6376

/* fast_meta.magic */
#define FAST_META_MAGIC 0x6c766e31

/**
 * struct fast_meta - what XDP says to tc, in front of a packet without outer headers
 * @magic: FAST_META_MAGIC
 * @slot: of the tunnel that it came through
 * @cookie: fast_state.cookie
 */
struct fast_meta {
	__u32 magic;
	__u32 slot;
	__u32 cookie;
};

/* Why packets are left to user space; table "left". See enum ipudp_fastpath_left. */
enum fast_left {
	FAST_LEFT_RX_SHAPE,
	FAST_LEFT_RX_FRAGMENT,
	FAST_LEFT_RX_INNER,
	FAST_LEFT_RX_CHECKSUM,
	FAST_LEFT_RX_SOURCE,
	FAST_LEFT_RX_ECN,
	FAST_LEFT_TX_MODE,
	FAST_LEFT_TX_INNER,
	FAST_LEFT_TX_RULE,
	FAST_LEFT_TX_TUNNEL,
	FAST_LEFT_TX_BIG,
	FAST_LEFT_TX_OFFLOAD,
	FAST_LEFT_TX_CHECKSUM,
	FAST_LEFT_FULL,
	FAST_LEFT_MAX
};

#endif
