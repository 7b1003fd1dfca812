/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/ipudp.yaml */
/* YNL-GEN uapi header */

#ifndef _UAPI_LINUX_IPUDP_H
#define _UAPI_LINUX_IPUDP_H

#define IPUDP_FAMILY_NAME	"ipudp"
#define IPUDP_FAMILY_VERSION	1

/**
 * enum ipudp_mode - How a device finds the tunnel for a packet.
 * @IPUDP_MODE_FIXED: One tunnel carries everything.
 * @IPUDP_MODE_MULTI: The longest matching rule for the inner destination names
 *   the tunnel.
 */
enum ipudp_mode {
	IPUDP_MODE_FIXED,
	IPUDP_MODE_MULTI,
};

/**
 * enum ipudp_lookup - The address that a multi device looks up in its rules.
 * @IPUDP_LOOKUP_DESTINATION: The destination address of the inner packet.
 * @IPUDP_LOOKUP_NEXTHOP: The next hop of the inner packet's route, its
 *   destination if that has none.
 */
enum ipudp_lookup {
	IPUDP_LOOKUP_DESTINATION,
	IPUDP_LOOKUP_NEXTHOP,
};

/**
 * enum ipudp_fast_path - Which packets of a device pass by a data plane in
 *   user space, carried by eBPF programs in the kernel, where it has such.
 * @IPUDP_FAST_PATH_OFF: None.
 * @IPUDP_FAST_PATH_ON: Those that need no thought.
 * @IPUDP_FAST_PATH_REWRITE: Those from tunnel to tunnel also pass by the IP
 *   stack, its filters and routes.
 */
enum ipudp_fast_path {
	IPUDP_FAST_PATH_OFF,
	IPUDP_FAST_PATH_ON,
	IPUDP_FAST_PATH_REWRITE,
};

/**
 * enum ipudp_fast_path_state - What eBPF programs carry of a device's packets
 *   at the moment.
 * @IPUDP_FAST_PATH_STATE_INACTIVE: None; user space carries all.
 * @IPUDP_FAST_PATH_STATE_PARTIAL: Some; user space carries all that is sent,
 *   or all of some tunnels.
 * @IPUDP_FAST_PATH_STATE_ACTIVE: All that need no thought.
 */
enum ipudp_fast_path_state {
	IPUDP_FAST_PATH_STATE_INACTIVE,
	IPUDP_FAST_PATH_STATE_PARTIAL,
	IPUDP_FAST_PATH_STATE_ACTIVE,
};

/**
 * enum ipudp_header - What stands between the outer UDP header and the inner
 *   packet.
 * @IPUDP_HEADER_BARE: Nothing, as fou, GUE variant 1 and bareudp send it.
 */
enum ipudp_header {
	IPUDP_HEADER_BARE,
};

/**
 * enum ipudp_family - The outer address families a listener receives on.
 */
enum ipudp_family {
	IPUDP_FAMILY_IPV4,
	IPUDP_FAMILY_IPV6,
	IPUDP_FAMILY_DUAL,
};

/**
 * enum ipudp_df - The Don't Fragment bit of the outer IPv4 header.
 */
enum ipudp_df {
	IPUDP_DF_SET,
	IPUDP_DF_UNSET,
	IPUDP_DF_INHERIT,
};

/**
 * enum ipudp_action - What a rule does with the packets it matches.
 * @IPUDP_ACTION_FORWARD: Send to one of its tunnels, chosen by priority,
 *   weight and flow.
 * @IPUDP_ACTION_FLOOD: Send a copy to each of its tunnels.
 * @IPUDP_ACTION_DROP: Drop silently.
 * @IPUDP_ACTION_UNREACHABLE: Drop and send an ICMP error to the inner sender.
 */
enum ipudp_action {
	IPUDP_ACTION_FORWARD,
	IPUDP_ACTION_FLOOD,
	IPUDP_ACTION_DROP,
	IPUDP_ACTION_UNREACHABLE,
};

/**
 * enum ipudp_exists - What adding a rule does if its prefix has one.
 * @IPUDP_EXISTS_REFUSE: It is an error.
 * @IPUDP_EXISTS_REPLACE: The new rule takes its place.
 * @IPUDP_EXISTS_APPEND: The new rule's targets are added to it.
 */
enum ipudp_exists {
	IPUDP_EXISTS_REFUSE,
	IPUDP_EXISTS_REPLACE,
	IPUDP_EXISTS_APPEND,
};

/**
 * enum ipudp_tunnel_state - Whether the remote was heard of within the idle
 *   time.
 */
enum ipudp_tunnel_state {
	IPUDP_TUNNEL_STATE_ACTIVE,
	IPUDP_TUNNEL_STATE_IDLE,
};

/**
 * enum ipudp_frame_class - The kinds of datagrams on a listener that are not
 *   tunnel data, by the first byte: stun (0x00 to 0x03), tsp (0xf0 to 0xff,
 *   longer than one byte), other (the rest).
 */
enum ipudp_frame_class {
	IPUDP_FRAME_CLASS_STUN,
	IPUDP_FRAME_CLASS_TSP,
	IPUDP_FRAME_CLASS_OTHER,
};

/**
 * enum ipudp_drop_reason - Why a packet was lost. Listeners count the first
 *   four, devices the others.
 * @IPUDP_DROP_REASON_RX_RUNT: Datagram without payload.
 * @IPUDP_DROP_REASON_RX_NO_TUNNEL: Data from an address and port that is no
 *   tunnel's remote.
 * @IPUDP_DROP_REASON_FRAME_UNCLAIMED: Frame of a class that no process is
 *   registered for.
 * @IPUDP_DROP_REASON_FRAME_OVERFLOW: Frame for a process that does not read
 *   fast enough.
 * @IPUDP_DROP_REASON_RX_MALFORMED: Inner packet with an impossible header or
 *   length.
 * @IPUDP_DROP_REASON_RX_SOURCE: Inner source address not covered by a rule of
 *   the tunnel.
 * @IPUDP_DROP_REASON_RX_ECN: Congestion experienced outside but inner packet
 *   not ECN-capable (RFC 6040).
 * @IPUDP_DROP_REASON_RX_DOWN: Device is down.
 * @IPUDP_DROP_REASON_RX_NOMEM: No memory, or the receive queue was full.
 * @IPUDP_DROP_REASON_TX_MALFORMED: Not an IPv4 or IPv6 packet.
 * @IPUDP_DROP_REASON_TX_NO_TUNNEL: Fixed device without a tunnel.
 * @IPUDP_DROP_REASON_TX_NO_RULE: No rule for the destination.
 * @IPUDP_DROP_REASON_TX_RULE_DROP: Matched a rule that drops.
 * @IPUDP_DROP_REASON_TX_RULE_UNREACHABLE: Matched a rule that refuses.
 * @IPUDP_DROP_REASON_TX_NO_ROUTE: No route to the tunnel's remote.
 * @IPUDP_DROP_REASON_TX_LOOP: The route to the tunnel's remote leads into the
 *   device itself.
 * @IPUDP_DROP_REASON_TX_TOO_BIG: Larger than the path allows and may not be
 *   fragmented.
 * @IPUDP_DROP_REASON_TX_FRAGMENT: Fragmentation failed.
 * @IPUDP_DROP_REASON_TX_NOMEM: No memory.
 * @IPUDP_DROP_REASON_RX_LINK_LOCAL: Link-local inner source or none; no rule
 *   covers it, or a fixed device ignores it.
 * @IPUDP_DROP_REASON_TX_UNDERLAY: Refused by the underlay, that is its
 *   netfilter, a policy or the queue of its interface.
 */
enum ipudp_drop_reason {
	IPUDP_DROP_REASON_RX_RUNT,
	IPUDP_DROP_REASON_RX_NO_TUNNEL,
	IPUDP_DROP_REASON_FRAME_UNCLAIMED,
	IPUDP_DROP_REASON_FRAME_OVERFLOW,
	IPUDP_DROP_REASON_RX_MALFORMED,
	IPUDP_DROP_REASON_RX_SOURCE,
	IPUDP_DROP_REASON_RX_ECN,
	IPUDP_DROP_REASON_RX_DOWN,
	IPUDP_DROP_REASON_RX_NOMEM,
	IPUDP_DROP_REASON_TX_MALFORMED,
	IPUDP_DROP_REASON_TX_NO_TUNNEL,
	IPUDP_DROP_REASON_TX_NO_RULE,
	IPUDP_DROP_REASON_TX_RULE_DROP,
	IPUDP_DROP_REASON_TX_RULE_UNREACHABLE,
	IPUDP_DROP_REASON_TX_NO_ROUTE,
	IPUDP_DROP_REASON_TX_LOOP,
	IPUDP_DROP_REASON_TX_TOO_BIG,
	IPUDP_DROP_REASON_TX_FRAGMENT,
	IPUDP_DROP_REASON_TX_NOMEM,
	IPUDP_DROP_REASON_RX_LINK_LOCAL,
	IPUDP_DROP_REASON_TX_UNDERLAY,

	/* private: */
	__IPUDP_DROP_REASON_MAX,
	IPUDP_DROP_REASON_MAX = (__IPUDP_DROP_REASON_MAX - 1)
};

#define IPUDP_FRAME_MAX		2048
#define IPUDP_TARGETS_MAX	65535
#define IPUDP_LISTENERS_MAX	4096

enum {
	IPUDP_A_COUNTERS_PAD = 1,
	IPUDP_A_COUNTERS_RX_PACKETS,
	IPUDP_A_COUNTERS_RX_BYTES,
	IPUDP_A_COUNTERS_TX_PACKETS,
	IPUDP_A_COUNTERS_TX_BYTES,
	IPUDP_A_COUNTERS_RX_DROPPED,
	IPUDP_A_COUNTERS_TX_DROPPED,
	IPUDP_A_COUNTERS_RX_KEEPALIVES,
	IPUDP_A_COUNTERS_TX_KEEPALIVES,
	IPUDP_A_COUNTERS_RX_FRAMES,
	IPUDP_A_COUNTERS_TX_FRAMES,
	IPUDP_A_COUNTERS_RX_AGE_MS,
	IPUDP_A_COUNTERS_TX_AGE_MS,

	__IPUDP_A_COUNTERS_MAX,
	IPUDP_A_COUNTERS_MAX = (__IPUDP_A_COUNTERS_MAX - 1)
};

enum {
	IPUDP_A_DROP_REASON = 1,
	IPUDP_A_DROP_COUNT,
	IPUDP_A_DROP_PAD,

	__IPUDP_A_DROP_MAX,
	IPUDP_A_DROP_MAX = (__IPUDP_A_DROP_MAX - 1)
};

enum {
	IPUDP_A_DEVICE_IFINDEX = 1,
	IPUDP_A_DEVICE_IFNAME,
	IPUDP_A_DEVICE_MODE,
	IPUDP_A_DEVICE_LOOKUP,
	IPUDP_A_DEVICE_HEADER,
	IPUDP_A_DEVICE_SOURCE_CHECK,
	IPUDP_A_DEVICE_MTU,
	IPUDP_A_DEVICE_TUNNELS,
	IPUDP_A_DEVICE_RULES,
	IPUDP_A_DEVICE_HOME_NETNSID,
	IPUDP_A_DEVICE_ORPHAN,
	IPUDP_A_DEVICE_COUNTERS,
	IPUDP_A_DEVICE_DROP,
	IPUDP_A_DEVICE_FAST_PATH,
	IPUDP_A_DEVICE_FAST_PATH_STATE,
	IPUDP_A_DEVICE_FAST_PATH_REASON,

	__IPUDP_A_DEVICE_MAX,
	IPUDP_A_DEVICE_MAX = (__IPUDP_A_DEVICE_MAX - 1)
};

enum {
	IPUDP_A_LINK_MODE = 1,
	IPUDP_A_LINK_LOOKUP,
	IPUDP_A_LINK_SOURCE_CHECK,

	__IPUDP_A_LINK_MAX,
	IPUDP_A_LINK_MAX = (__IPUDP_A_LINK_MAX - 1)
};

enum {
	IPUDP_A_LISTENER_ID = 1,
	IPUDP_A_LISTENER_FAMILY,
	IPUDP_A_LISTENER_LOCAL,
	IPUDP_A_LISTENER_PORT,
	IPUDP_A_LISTENER_BIND_IFINDEX,
	IPUDP_A_LISTENER_PINNED,
	IPUDP_A_LISTENER_TUNNELS,
	IPUDP_A_LISTENER_COUNTERS,
	IPUDP_A_LISTENER_DROP,

	__IPUDP_A_LISTENER_MAX,
	IPUDP_A_LISTENER_MAX = (__IPUDP_A_LISTENER_MAX - 1)
};

enum {
	IPUDP_A_TUNNEL_IFINDEX = 1,
	IPUDP_A_TUNNEL_IFNAME,
	IPUDP_A_TUNNEL_ID,
	IPUDP_A_TUNNEL_LISTENER,
	IPUDP_A_TUNNEL_LOCAL,
	IPUDP_A_TUNNEL_LOCAL_PORT,
	IPUDP_A_TUNNEL_REMOTE,
	IPUDP_A_TUNNEL_REMOTE_PORT,
	IPUDP_A_TUNNEL_BIND_IFINDEX,
	IPUDP_A_TUNNEL_LINK_IFINDEX,
	IPUDP_A_TUNNEL_MARK,
	IPUDP_A_TUNNEL_TTL,
	IPUDP_A_TUNNEL_DSCP,
	IPUDP_A_TUNNEL_DF,
	IPUDP_A_TUNNEL_CHECKSUM,
	IPUDP_A_TUNNEL_FLOW_PORT,
	IPUDP_A_TUNNEL_KEEPALIVE_MS,
	IPUDP_A_TUNNEL_IDLE_MS,
	IPUDP_A_TUNNEL_STATE,
	IPUDP_A_TUNNEL_MTU,
	IPUDP_A_TUNNEL_COUNTERS,

	__IPUDP_A_TUNNEL_MAX,
	IPUDP_A_TUNNEL_MAX = (__IPUDP_A_TUNNEL_MAX - 1)
};

enum {
	IPUDP_A_TARGET_TUNNEL = 1,
	IPUDP_A_TARGET_PRIORITY,
	IPUDP_A_TARGET_WEIGHT,

	__IPUDP_A_TARGET_MAX,
	IPUDP_A_TARGET_MAX = (__IPUDP_A_TARGET_MAX - 1)
};

enum {
	IPUDP_A_RULE_IFINDEX = 1,
	IPUDP_A_RULE_IFNAME,
	IPUDP_A_RULE_PREFIX,
	IPUDP_A_RULE_PREFIX_LEN,
	IPUDP_A_RULE_ACTION,
	IPUDP_A_RULE_TARGET,
	IPUDP_A_RULE_TUNNEL,
	IPUDP_A_RULE_EXISTS,

	__IPUDP_A_RULE_MAX,
	IPUDP_A_RULE_MAX = (__IPUDP_A_RULE_MAX - 1)
};

enum {
	IPUDP_A_FRAME_LISTENER = 1,
	IPUDP_A_FRAME_CLASS,
	IPUDP_A_FRAME_REMOTE,
	IPUDP_A_FRAME_REMOTE_PORT,
	IPUDP_A_FRAME_LOCAL,
	IPUDP_A_FRAME_IFINDEX,
	IPUDP_A_FRAME_MARK,
	IPUDP_A_FRAME_PAYLOAD,
	IPUDP_A_FRAME_COUNT,

	__IPUDP_A_FRAME_MAX,
	IPUDP_A_FRAME_MAX = (__IPUDP_A_FRAME_MAX - 1)
};

enum {
	IPUDP_CMD_DEV_GET = 1,
	IPUDP_CMD_DEV_NEW,
	IPUDP_CMD_DEV_SET,
	IPUDP_CMD_DEV_DEL,
	IPUDP_CMD_LISTENER_GET,
	IPUDP_CMD_LISTENER_NEW,
	IPUDP_CMD_LISTENER_DEL,
	IPUDP_CMD_TUNNEL_GET,
	IPUDP_CMD_TUNNEL_NEW,
	IPUDP_CMD_TUNNEL_SET,
	IPUDP_CMD_TUNNEL_DEL,
	IPUDP_CMD_RULE_GET,
	IPUDP_CMD_RULE_NEW,
	IPUDP_CMD_RULE_DEL,
	IPUDP_CMD_FRAME_REGISTER,
	IPUDP_CMD_FRAME_UNREGISTER,
	IPUDP_CMD_FRAME_SEND,
	IPUDP_CMD_FRAME,
	IPUDP_CMD_DEV_ADD_NTF,
	IPUDP_CMD_DEV_CHANGE_NTF,
	IPUDP_CMD_DEV_DEL_NTF,
	IPUDP_CMD_LISTENER_ADD_NTF,
	IPUDP_CMD_LISTENER_CHANGE_NTF,
	IPUDP_CMD_LISTENER_DEL_NTF,
	IPUDP_CMD_TUNNEL_ADD_NTF,
	IPUDP_CMD_TUNNEL_CHANGE_NTF,
	IPUDP_CMD_TUNNEL_DEL_NTF,
	IPUDP_CMD_TUNNEL_IDLE_NTF,
	IPUDP_CMD_TUNNEL_BACK_NTF,
	IPUDP_CMD_RULE_ADD_NTF,
	IPUDP_CMD_RULE_CHANGE_NTF,
	IPUDP_CMD_RULE_DEL_NTF,

	__IPUDP_CMD_MAX,
	IPUDP_CMD_MAX = (__IPUDP_CMD_MAX - 1)
};

#define IPUDP_MCGRP_EVENTS	"events"

#endif /* _UAPI_LINUX_IPUDP_H */
