/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fast path: eBPF programs that carry the packets which need no thought past the daemon. It is
 * told what the daemon's tables hold, and takes what it can; everything else reaches the daemon's
 * TUN and sockets as if it were not there. It drops nothing of its own accord.
 *
 * How the daemon has to behave for it:
 *  - The TUN is persistent (TUNSETPERSIST), or it dies with the daemon, and has IFF_VNET_HDR.
 *  - With the socket option UDP_GRO on a listener, the kernel aggregates outer packets before the
 *    programs see them, and all of them end in the socket. A listener with a tunnel for which
 *    ipudp_fastpath_tunnel_set() returned 0 must have it off.
 *  - All calls are made from one thread, in the network namespace that the tunnels live in.
 *
 * What survives the daemon: the programs hang on the interfaces (tcx, clsact), the tables on the
 * programs. Both live until ipudp_fastpath_flush(), or until the interfaces or the namespace go,
 * and there are no files to be left behind. ipudp_fastpath_open() finds them again.
 */
#ifndef _IPUDP_FASTPATH_H
#define _IPUDP_FASTPATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"

struct ipudp_fastpath;

/** Size that holds the sentence why there is no fast path. */
#define IPUDP_FASTPATH_WHY_SIZE 256

/** Priority of our filters; those with larger numbers come after them. */
#define IPUDP_FASTPATH_PRIORITY 27766

/** Most tunnels that one rule has in the fast path; rules with more are left to user space. */
#define IPUDP_FASTPATH_TARGETS 8

/** ipudp_fastpath_tunnel.dscp that copies the inner packet's. */
#define IPUDP_FASTPATH_DSCP_INHERIT 64

/**
 * struct ipudp_fastpath_limits - how large the tables may become; 0 is the default
 * @tunnels: of all devices; memory is taken at once (about 150 bytes and 64 a CPU); 16384
 * @rules: of each family, memory is taken as needed; 262144
 *
 * What does not fit is left to user space, and counted (IPUDP_FASTPATH_LEFT_FULL). The limits of
 * a state that was adopted stay as they are.
 */
struct ipudp_fastpath_limits {
	uint32_t tunnels;
	uint32_t rules;
};

/**
 * struct ipudp_fastpath_device - a device
 * @ifindex: its TUN
 * @mode: enum ipudp_mode
 * @lookup: enum ipudp_lookup; with IPUDP_LOOKUP_NEXTHOP all it sends is left to user space
 * @source_check: whether inner sources must be covered by a rule of the tunnel
 * @off: use no fast path for this device (the user's choice); but for a qdisc, so that it can be
 *	turned on and off under traffic, the same as not setting it
 * @leave: leave all it sends to user space
 * @down: leave all it receives to user space
 * @rewrite: forward from tunnel to tunnel of this device below the IP stack, where both have the
 *	same outer family and no offload stands in the way. The inner TTL is decremented, but the
 *	packet passes neither FORWARD chain nor routes: only if the user asks for it
 * @filling: rules are about to be set that it has already: until it is set again without this,
 *	no packet is to see some of them without the others. One that was adopted with all it had
 *	keeps that
 * @mtu: of the TUN
 */
struct ipudp_fastpath_device {
	uint32_t ifindex;
	uint8_t mode;
	uint8_t lookup;
	bool source_check;
	bool off;
	bool leave;
	bool down;
	bool rewrite;
	bool filling;
	uint32_t mtu;
};

/**
 * struct ipudp_fastpath_tunnel - a tunnel
 * @ifindex: its device, which was set before
 * @id: within the device
 * @local: source address of outer packets, as the route chooses it if the user did not. Datagrams
 *	to another address are left to the socket
 * @remote: of the same family
 * @nexthop: neighbour that outer packets are given to, of any family; the kernel must have its
 *	link-layer address. None, for the kernel to find it for each packet, which costs a sixth more
 * @local_port: the listener's, in host byte order
 * @remote_port: in host byte order
 * @link: interface that outer packets leave by, as the route to @remote says now
 * @bind: interface that datagrams must come in by, because the listener is bound to it; 0 for any.
 *	A listener that is bound to a VRF is not for the fast path: give no such tunnel
 * @mark: fwmark of outer packets
 * @mtu: largest inner packet that fits the path now; larger ones are left to user space
 * @ttl: TTL or hop limit of outer packets, 0 to copy the inner packet's
 * @dscp: of outer packets, or IPUDP_FASTPATH_DSCP_INHERIT
 * @df: enum ipudp_df
 * @checksum: whether UDP checksums are sent; if so, only TCP, UDP and ICMP are sent fast
 * @flow_port: source port from the inner flow's hash, and datagrams from any remote port are taken
 * @leave_rx: leave what comes to the socket
 * @strict: leave what comes by another interface than @link to the socket
 * @port_min: range of the source port if @flow_port (net.ipv4.ip_local_port_range)
 * @port_max: see @port_min
 */
struct ipudp_fastpath_tunnel {
	uint32_t ifindex;
	uint32_t id;
	struct lvn_addr local;
	struct lvn_addr remote;
	struct lvn_addr nexthop;
	uint16_t local_port;
	uint16_t remote_port;
	uint32_t link;
	uint32_t bind;
	uint32_t mark;
	uint32_t mtu;
	uint8_t ttl;
	uint8_t dscp;
	uint8_t df;
	bool checksum;
	bool flow_port;
	bool leave_rx;
	bool strict;
	uint16_t port_min;
	uint16_t port_max;
};

/**
 * struct ipudp_fastpath_target - a tunnel of a rule
 * @tunnel: id
 * @weight: share of the flows, from 1
 * @active: it takes traffic now: it is of the best priority that has a tunnel which is not idle,
 *	and not idle itself unless all are. The others count only for the check of sources
 */
struct ipudp_fastpath_target {
	uint32_t tunnel;
	uint32_t weight;
	bool active;
};

/**
 * struct ipudp_fastpath_rule - a rule
 * @ifindex: the device
 * @prefix: host bits are ignored
 * @action: enum ipudp_action; what matches anything but IPUDP_ACTION_FORWARD is left to user
 *	space. Such rules must be set, too, or a shorter prefix would be taken for them
 * @targets: @n_targets of them, borrowed
 * @n_targets: how many
 */
struct ipudp_fastpath_rule {
	uint32_t ifindex;
	struct lvn_prefix prefix;
	uint8_t action;
	const struct ipudp_fastpath_target *targets;
	size_t n_targets;
};

/**
 * struct ipudp_fastpath_counters - what went through the fast path for a tunnel; add it to what
 * the daemon counts itself
 * @rx_packets: inner packets delivered; an aggregate counts as its segments
 * @rx_bytes: bytes of them, without outer headers
 * @tx_packets: inner packets sent
 * @tx_bytes: bytes of them
 * @rx_last_ns: when the remote was last heard of, CLOCK_MONOTONIC, 0 for never
 * @tx_last_ns: when something was last sent, likewise
 */
struct ipudp_fastpath_counters {
	uint64_t rx_packets;
	uint64_t rx_bytes;
	uint64_t tx_packets;
	uint64_t tx_bytes;
	uint64_t rx_last_ns;
	uint64_t tx_last_ns;
};

/**
 * enum ipudp_fastpath_left - why packets of tunnels were left to user space
 * @IPUDP_FASTPATH_LEFT_RX_SHAPE: outer packet with options, padding, or a bad IP checksum,
 *	or for a device that is down
 * @IPUDP_FASTPATH_LEFT_RX_FRAGMENT: fragment of an outer packet
 * @IPUDP_FASTPATH_LEFT_RX_INNER: inner packet malformed, or of another length than the datagram;
 *	several datagrams in one packet
 * @IPUDP_FASTPATH_LEFT_RX_CHECKSUM: UDP checksum wrong, or not to be checked without the payload
 * @IPUDP_FASTPATH_LEFT_RX_SOURCE: inner source not covered by a rule of the tunnel
 * @IPUDP_FASTPATH_LEFT_RX_ECN: congestion experienced outside, not ECN-capable inside
 * @IPUDP_FASTPATH_LEFT_TX_MODE: nothing that this device sends is for the fast path
 * @IPUDP_FASTPATH_LEFT_TX_INNER: inner packet malformed, or with options
 * @IPUDP_FASTPATH_LEFT_TX_RULE: no rule, or one that does not forward
 * @IPUDP_FASTPATH_LEFT_TX_TUNNEL: what this tunnel sends is not for the fast path
 * @IPUDP_FASTPATH_LEFT_TX_BIG: larger than the path's MTU
 * @IPUDP_FASTPATH_LEFT_TX_OFFLOAD: aggregate of neither TCP nor UDP, or of UDP where none can be
 *	cut; or packet out of another tunnel and of another family than the outer headers
 * @IPUDP_FASTPATH_LEFT_TX_CHECKSUM: with a UDP checksum that cannot be had without the payload; or
 *	such TCP where aggregates cannot be cut
 * @IPUDP_FASTPATH_LEFT_FULL: not packets: objects that did not fit the tables
 * @IPUDP_FASTPATH_LEFT_MAX: how many there are
 */
enum ipudp_fastpath_left {
	IPUDP_FASTPATH_LEFT_RX_SHAPE,
	IPUDP_FASTPATH_LEFT_RX_FRAGMENT,
	IPUDP_FASTPATH_LEFT_RX_INNER,
	IPUDP_FASTPATH_LEFT_RX_CHECKSUM,
	IPUDP_FASTPATH_LEFT_RX_SOURCE,
	IPUDP_FASTPATH_LEFT_RX_ECN,
	IPUDP_FASTPATH_LEFT_TX_MODE,
	IPUDP_FASTPATH_LEFT_TX_INNER,
	IPUDP_FASTPATH_LEFT_TX_RULE,
	IPUDP_FASTPATH_LEFT_TX_TUNNEL,
	IPUDP_FASTPATH_LEFT_TX_BIG,
	IPUDP_FASTPATH_LEFT_TX_OFFLOAD,
	IPUDP_FASTPATH_LEFT_TX_CHECKSUM,
	IPUDP_FASTPATH_LEFT_FULL,
	IPUDP_FASTPATH_LEFT_MAX
};

/**
 * ipudp_fastpath_open() - load the programs, and adopt what a dead daemon left in this namespace
 * @limits: NULL for the defaults
 * @why: on failure, receives a sentence that says why there is no fast path (not built in, no
 *	capability, kernel too old, ...), to be logged once
 * @ret_adopted: whether tables were taken over. Packets go on by them while the daemon sets up its
 *	objects again; ipudp_fastpath_sweep() then removes what it did not set. If not, programs
 *	that are still there work on by their old tables until the daemon attaches the new ones
 *
 * Needs CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN (CAP_SYS_ADMIN before 5.8); to adopt, CAP_SYS_ADMIN.
 *
 * Return: 0; -EPERM, -EOPNOTSUPP or another negative errno, after which the daemon goes on without.
 */
int ipudp_fastpath_open(const struct ipudp_fastpath_limits *limits,
			char why[IPUDP_FASTPATH_WHY_SIZE], bool *ret_adopted,
			struct ipudp_fastpath **ret_fastpath);

/**
 * ipudp_fastpath_remove() - take away what another daemon left, without any right to eBPF
 *
 * For a daemon that goes on without a fast path, and whose changes the programs would not follow.
 * XDP programs are found only if they may be looked at, which needs CAP_SYS_ADMIN. Where bpf() is
 * refused, what was attached by tcx stays, which is logged.
 */
void ipudp_fastpath_remove(void);

/** ipudp_fastpath_close() - let go; forwarding continues. NULL is fine. */
void ipudp_fastpath_close(struct ipudp_fastpath *fastpath);

/** ipudp_fastpath_flush() - detach from all interfaces, so that nothing is left after closing */
void ipudp_fastpath_flush(struct ipudp_fastpath *fastpath);

/**
 * ipudp_fastpath_sweep() - after adoption, remove devices, tunnels, rules and links that were not
 * set since ipudp_fastpath_open()
 */
void ipudp_fastpath_sweep(struct ipudp_fastpath *fastpath);

/**
 * ipudp_fastpath_device_set() - add a device, or change it
 *
 * Attaches to the TUN. With the first device a pair of veth interfaces is made, ipudp-cut and
 * ipudp-cut-peer, by which aggregates are cut that cannot be sent as they are; it goes with the last
 * one. If it cannot be made this is logged, and such aggregates are left to user space. Before the TUN goes or moves to another namespace,
 * ipudp_fastpath_device_del() must be called.
 *
 * Return: 0 or a negative errno; on failure, the fast path holds nothing of the device.
 */
int ipudp_fastpath_device_set(struct ipudp_fastpath *fastpath,
			      const struct ipudp_fastpath_device *device);

/** ipudp_fastpath_device_del() - detach, and remove its tunnels and rules */
void ipudp_fastpath_device_del(struct ipudp_fastpath *fastpath, uint32_t ifindex);

/**
 * ipudp_fastpath_tunnel_set() - add a tunnel, or change it; packets see the old or the new
 *
 * To be called again whenever route, source address or path MTU change. A tunnel without a route
 * now is to be taken out by ipudp_fastpath_tunnel_leave(). The device must be there.
 *
 * Return: 0; -EOPNOTSUPP if the tunnel is left to user space; -ENOSPC if the tables are full, which
 * leaves it to user space, too; -EEXIST if another tunnel receives from the same endpoint; or
 * another negative errno. On failure packets of the tunnel are left to user space. Counters are
 * kept.
 */
int ipudp_fastpath_tunnel_set(struct ipudp_fastpath *fastpath,
			      const struct ipudp_fastpath_tunnel *tunnel);

/** ipudp_fastpath_tunnel_leave() - leave a tunnel to user space for now; keeps its counters */
void ipudp_fastpath_tunnel_leave(struct ipudp_fastpath *fastpath, uint32_t ifindex, uint32_t id);

/**
 * ipudp_fastpath_tunnel_del() - remove a tunnel and its counters
 *
 * Rules that name it must be set without it, or removed, before.
 */
void ipudp_fastpath_tunnel_del(struct ipudp_fastpath *fastpath, uint32_t ifindex, uint32_t id);

/**
 * ipudp_fastpath_tunnel_counters() - add up a tunnel's counters
 * @ret: all 0 if the fast path does not know the tunnel
 */
void ipudp_fastpath_tunnel_counters(const struct ipudp_fastpath *fastpath, uint32_t ifindex,
				    uint32_t id, struct ipudp_fastpath_counters *ret);

/**
 * ipudp_fastpath_rule_set() - add a rule, or replace the one of its prefix
 *
 * Its tunnels may be set before or after it; rules that name a tunnel follow its changes.
 *
 * Return: 0, also if what matches is left to user space; -ENOSPC if the table is full, after which
 * all that the device sends is left to user space until rules go; or another negative errno.
 */
int ipudp_fastpath_rule_set(struct ipudp_fastpath *fastpath,
			    const struct ipudp_fastpath_rule *rule);

/** ipudp_fastpath_rule_del() - remove the rule of a prefix, if there is one */
void ipudp_fastpath_rule_del(struct ipudp_fastpath *fastpath, uint32_t ifindex,
			     const struct lvn_prefix *prefix);

/**
 * ipudp_fastpath_link_set() - receive the datagrams that come in by an interface
 * @ifindex: any interface that datagrams for listeners may come by, once it exists. By tcx, after the
 *	programs that are there, or before Linux 6.6 by a filter
 * @xdp: receive by XDP, too, where the driver can: the kernel then aggregates inner TCP packets.
 *	Good for network cards without receive offload of their own
 *
 * Return: 0; -EOPNOTSUPP if the interface is of a kind that the fast path does not know, or if
 * there is an XDP program of somebody else's (then without XDP); or another negative errno.
 */
int ipudp_fastpath_link_set(struct ipudp_fastpath *fastpath, uint32_t ifindex, bool xdp);

/**
 * ipudp_fastpath_link_del() - stop that; also for an interface that is gone
 *
 * Is to be called for every interface that goes: if it is one of ours, it is made again.
 */
void ipudp_fastpath_link_del(struct ipudp_fastpath *fastpath, uint32_t ifindex);

/**
 * ipudp_fastpath_gro() - aggregate inner TCP packets that came one by one, before they are
 * delivered
 * @on: whether to; off at the beginning, and to be turned on again after adoption
 *
 * For that, they go through a pair of veth interfaces, ipudp-gro and ipudp-gro-peer, which are made
 * and removed here. Costs a packet little and saves its receiver much; good for all networks where
 * ipudp_fastpath_link_set() does not use XDP.
 *
 * Return: 0; -EOPNOTSUPP if the kernel's veth does not aggregate (before 5.13); or another
 * negative errno.
 */
int ipudp_fastpath_gro(struct ipudp_fastpath *fastpath, bool on);

/**
 * ipudp_fastpath_drops() - packets of a device that the programs lost, for want of memory only
 * @rx: receives IPUDP_DROP_REASON_RX_NOMEM
 * @tx: receives IPUDP_DROP_REASON_TX_NOMEM
 */
void ipudp_fastpath_drops(const struct ipudp_fastpath *fastpath, uint32_t ifindex, uint64_t *rx,
			  uint64_t *tx);

/** ipudp_fastpath_left() - how many packets were left to user space, by reason, of all devices */
void ipudp_fastpath_left(const struct ipudp_fastpath *fastpath,
			 uint64_t ret[IPUDP_FASTPATH_LEFT_MAX]);

/** ipudp_fastpath_left_name() - a reason in few words, as "rx-source" */
const char *ipudp_fastpath_left_name(enum ipudp_fastpath_left left);

#endif
