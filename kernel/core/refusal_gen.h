/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Made from uapi/refusals.yaml by scripts/gen-refusals; do not edit. */
#ifndef _IPUDP_REFUSAL_GEN_H
#define _IPUDP_REFUSAL_GEN_H

/* Sets of attributes that requests have. */
enum {
	IPUDP_SET_DEVICE = 1,
	IPUDP_SET_LISTENER = 2,
	IPUDP_SET_TUNNEL = 3,
	IPUDP_SET_RULE = 4,
	IPUDP_SET_FRAME = 5,
};

/* An attribute to blame: the set of the request, and the type. */
#define IPUDP_BLAME(set, type) (IPUDP_SET_##set << 8 | (type))

/* X(command, set of its attributes) */
#define IPUDP_COMMAND_SETS(X) \
	X(IPUDP_CMD_DEV_GET, IPUDP_SET_DEVICE) \
	X(IPUDP_CMD_DEV_NEW, IPUDP_SET_DEVICE) \
	X(IPUDP_CMD_DEV_SET, IPUDP_SET_DEVICE) \
	X(IPUDP_CMD_DEV_DEL, IPUDP_SET_DEVICE) \
	X(IPUDP_CMD_LISTENER_GET, IPUDP_SET_LISTENER) \
	X(IPUDP_CMD_LISTENER_NEW, IPUDP_SET_LISTENER) \
	X(IPUDP_CMD_LISTENER_DEL, IPUDP_SET_LISTENER) \
	X(IPUDP_CMD_TUNNEL_GET, IPUDP_SET_TUNNEL) \
	X(IPUDP_CMD_TUNNEL_NEW, IPUDP_SET_TUNNEL) \
	X(IPUDP_CMD_TUNNEL_SET, IPUDP_SET_TUNNEL) \
	X(IPUDP_CMD_TUNNEL_DEL, IPUDP_SET_TUNNEL) \
	X(IPUDP_CMD_RULE_GET, IPUDP_SET_RULE) \
	X(IPUDP_CMD_RULE_NEW, IPUDP_SET_RULE) \
	X(IPUDP_CMD_RULE_DEL, IPUDP_SET_RULE) \
	X(IPUDP_CMD_FRAME_REGISTER, IPUDP_SET_FRAME) \
	X(IPUDP_CMD_FRAME_UNREGISTER, IPUDP_SET_FRAME) \
	X(IPUDP_CMD_FRAME_SEND, IPUDP_SET_FRAME) \
	X(IPUDP_CMD_FRAME, IPUDP_SET_FRAME)

/* X(name, sentence, attributes to blame, 0) */
#define IPUDP_REFUSALS(X) \
	X(DEVICE_UNNAMED, "the request names no device", \
	  0) \
	X(DEVICE_UNKNOWN, "there is no such device", \
	  0) \
	X(DEVICE_FOREIGN, "the device is not of kind ipudp", \
	  0) \
	X(TUN_MISSING, "ipudpd cannot open /dev/net/tun (try modprobe tun; in a container pass it in)", \
	  0) \
	X(FILES_MANY, "ipudpd may not open more files; raise its limit (ulimit -n, or LimitNOFILE of its unit)", \
	  0) \
	X(HOME_GONE, "the namespace of the device's tunnels is gone", \
	  IPUDP_BLAME(TUNNEL, IPUDP_A_TUNNEL_IFINDEX), \
	  IPUDP_BLAME(TUNNEL, IPUDP_A_TUNNEL_IFNAME), \
	  IPUDP_BLAME(RULE, IPUDP_A_RULE_IFINDEX), \
	  IPUDP_BLAME(RULE, IPUDP_A_RULE_IFNAME), \
	  IPUDP_BLAME(DEVICE, IPUDP_A_DEVICE_IFINDEX), \
	  IPUDP_BLAME(DEVICE, IPUDP_A_DEVICE_IFNAME), \
	  0) \
	X(HOME_FORBIDDEN, "the device's tunnels live in a namespace that you may not change", \
	  IPUDP_BLAME(TUNNEL, IPUDP_A_TUNNEL_IFINDEX), \
	  IPUDP_BLAME(TUNNEL, IPUDP_A_TUNNEL_IFNAME), \
	  0) \
	X(LISTENER_UNKNOWN, "there is no listener with this id", \
	  IPUDP_BLAME(FRAME, IPUDP_A_FRAME_LISTENER), \
	  IPUDP_BLAME(LISTENER, IPUDP_A_LISTENER_ID), \
	  IPUDP_BLAME(TUNNEL, IPUDP_A_TUNNEL_LISTENER), \
	  0) \
	X(TUNNEL_UNKNOWN, "the device has no tunnel with this id", \
	  IPUDP_BLAME(TUNNEL, IPUDP_A_TUNNEL_ID), \
	  IPUDP_BLAME(RULE, IPUDP_A_RULE_TARGET), \
	  IPUDP_BLAME(RULE, IPUDP_A_RULE_TUNNEL), \
	  0) \
	X(TUNNEL_AMBIGUOUS, "the device has many tunnels, and no id is given", \
	  IPUDP_BLAME(TUNNEL, IPUDP_A_TUNNEL_IFINDEX), \
	  IPUDP_BLAME(TUNNEL, IPUDP_A_TUNNEL_IFNAME), \
	  0) \
	X(TUNNEL_NONE, "the device has no tunnel", \
	  IPUDP_BLAME(TUNNEL, IPUDP_A_TUNNEL_IFINDEX), \
	  IPUDP_BLAME(TUNNEL, IPUDP_A_TUNNEL_IFNAME), \
	  0) \
	X(ADDRESS_LENGTH, "an address has 4 or 16 bytes", \
	  0) \
	X(ADDRESS_MAPPED, "an IPv4-mapped address; give the IPv4 address", \
	  0) \
	X(MODE_UNKNOWN, "unknown mode", \
	  IPUDP_BLAME(DEVICE, IPUDP_A_DEVICE_MODE), \
	  0) \
	X(MODE_IN_USE, "the mode can change only without tunnels and rules", \
	  IPUDP_BLAME(DEVICE, IPUDP_A_DEVICE_MODE), \
	  0) \
	X(LOOKUP_MODE, "only mode multi looks anything up", \
	  IPUDP_BLAME(DEVICE, IPUDP_A_DEVICE_LOOKUP), \
	  0) \
	X(FAST_PATH_NONE, "the data plane is the kernel module, which needs no fast path", \
	  IPUDP_BLAME(DEVICE, IPUDP_A_DEVICE_FAST_PATH), \
	  0) \
	X(MTU_RANGE, "the MTU is out of range", \
	  IPUDP_BLAME(DEVICE, IPUDP_A_DEVICE_MTU), \
	  0) \
	X(IFNAME_INVALID, "not a valid interface name", \
	  IPUDP_BLAME(DEVICE, IPUDP_A_DEVICE_IFNAME), \
	  0) \
	X(IFNAME_EXISTS, "an interface of this name exists", \
	  IPUDP_BLAME(DEVICE, IPUDP_A_DEVICE_IFNAME), \
	  0) \
	X(LINK_ADDRESS, "a layer-3 interface has no link-layer address", \
	  0) \
	X(PORT_IN_USE, "the local port is in use by another program or listener", \
	  IPUDP_BLAME(LISTENER, IPUDP_A_LISTENER_PORT), \
	  IPUDP_BLAME(TUNNEL, IPUDP_A_TUNNEL_LOCAL_PORT), \
	  0) \
	X(LOCAL_FOREIGN, "the local address is not an address of this host", \
	  IPUDP_BLAME(LISTENER, IPUDP_A_LISTENER_LOCAL), \
	  IPUDP_BLAME(TUNNEL, IPUDP_A_TUNNEL_LOCAL), \
	  0) \
	X(BIND_UNKNOWN, "there is no such interface to bind to", \
	  IPUDP_BLAME(LISTENER, IPUDP_A_LISTENER_BIND_IFINDEX), \
	  IPUDP_BLAME(TUNNEL, IPUDP_A_TUNNEL_BIND_IFINDEX), \
	  0) \
	X(FAMILY_UNSUPPORTED, "the kernel does not offer this address family", \
	  IPUDP_BLAME(LISTENER, IPUDP_A_LISTENER_LOCAL), \
	  IPUDP_BLAME(LISTENER, IPUDP_A_LISTENER_FAMILY), \
	  IPUDP_BLAME(TUNNEL, IPUDP_A_TUNNEL_REMOTE), \
	  0) \
	X(LISTENER_FAMILY, "not the family of the local address", \
	  IPUDP_BLAME(LISTENER, IPUDP_A_LISTENER_FAMILY), \
	  0) \
	X(LISTENER_EXISTS, "there is a listener for this address and port", \
	  IPUDP_BLAME(LISTENER, IPUDP_A_LISTENER_PORT), \
	  0) \
	X(LISTENER_UNPINNED, "the listener goes with its last tunnel", \
	  IPUDP_BLAME(LISTENER, IPUDP_A_LISTENER_ID), \
	  0) \
	X(LISTENERS_MANY, "the namespace has 4096 listeners, which is the most; let tunnels share one", \
	  IPUDP_BLAME(LISTENER, IPUDP_A_LISTENER_PORT), \
	  IPUDP_BLAME(TUNNEL, IPUDP_A_TUNNEL_LOCAL_PORT), \
	  0) \
	X(TUNNEL_EXISTS, "the device has a tunnel with this id", \
	  IPUDP_BLAME(TUNNEL, IPUDP_A_TUNNEL_ID), \
	  0) \
	X(TUNNEL_SECOND, "a device of mode fixed has one tunnel; see tunnel set", \
	  IPUDP_BLAME(TUNNEL, IPUDP_A_TUNNEL_IFNAME), \
	  IPUDP_BLAME(TUNNEL, IPUDP_A_TUNNEL_IFINDEX), \
	  0) \
	X(REMOTE_TAKEN, "another tunnel has this remote address and port on this listener", \
	  IPUDP_BLAME(TUNNEL, IPUDP_A_TUNNEL_REMOTE), \
	  0) \
	X(REMOTE_ANY, "the remote address must not be the any address", \
	  IPUDP_BLAME(TUNNEL, IPUDP_A_TUNNEL_REMOTE), \
	  0) \
	X(REMOTE_MULTICAST, "the remote address must be a unicast address", \
	  IPUDP_BLAME(TUNNEL, IPUDP_A_TUNNEL_REMOTE), \
	  0) \
	X(REMOTE_PORT_ZERO, "the remote port must not be 0", \
	  IPUDP_BLAME(TUNNEL, IPUDP_A_TUNNEL_REMOTE_PORT), \
	  IPUDP_BLAME(FRAME, IPUDP_A_FRAME_REMOTE_PORT), \
	  0) \
	X(REMOTE_FAMILY, "the listener does not serve the remote's address family", \
	  IPUDP_BLAME(TUNNEL, IPUDP_A_TUNNEL_REMOTE), \
	  IPUDP_BLAME(FRAME, IPUDP_A_FRAME_REMOTE), \
	  0) \
	X(LOCAL_FAMILY, "local and remote address are of different families", \
	  IPUDP_BLAME(TUNNEL, IPUDP_A_TUNNEL_LOCAL), \
	  IPUDP_BLAME(FRAME, IPUDP_A_FRAME_LOCAL), \
	  0) \
	X(LOCAL_OTHER, "the listener has another local address", \
	  IPUDP_BLAME(TUNNEL, IPUDP_A_TUNNEL_LOCAL), \
	  0) \
	X(KEEPALIVE_SHORT, "keepalive and idle times are at least 100 ms", \
	  IPUDP_BLAME(TUNNEL, IPUDP_A_TUNNEL_KEEPALIVE_MS), \
	  0) \
	X(IDLE_SHORT, "keepalive and idle times are at least 100 ms", \
	  IPUDP_BLAME(TUNNEL, IPUDP_A_TUNNEL_IDLE_MS), \
	  0) \
	X(PREFIX_LONG, "the prefix is longer than the address", \
	  IPUDP_BLAME(RULE, IPUDP_A_RULE_PREFIX_LEN), \
	  0) \
	X(PREFIX_BITS, "the address has bits beyond the length of the prefix", \
	  IPUDP_BLAME(RULE, IPUDP_A_RULE_PREFIX), \
	  0) \
	X(PREFIX_UNKNOWN, "the prefix has no rule", \
	  IPUDP_BLAME(RULE, IPUDP_A_RULE_PREFIX), \
	  0) \
	X(PREFIX_TAKEN, "the prefix has a rule", \
	  IPUDP_BLAME(RULE, IPUDP_A_RULE_PREFIX), \
	  0) \
	X(RULE_ACTION_OTHER, "the rule of the prefix has another action", \
	  IPUDP_BLAME(RULE, IPUDP_A_RULE_PREFIX), \
	  0) \
	X(RULE_WITHOUT_TUNNEL, "the rule names no tunnel", \
	  IPUDP_BLAME(RULE, IPUDP_A_RULE_ACTION), \
	  IPUDP_BLAME(RULE, IPUDP_A_RULE_PREFIX), \
	  0) \
	X(RULE_WITH_TUNNEL, "a rule that drops or refuses has no tunnel", \
	  IPUDP_BLAME(RULE, IPUDP_A_RULE_TARGET), \
	  0) \
	X(TARGETS_MANY, "too many targets", \
	  IPUDP_BLAME(RULE, IPUDP_A_RULE_TARGET), \
	  0) \
	X(TARGET_UNNAMED, "the target names no tunnel", \
	  0) \
	X(TARGET_TWICE, "a tunnel is named twice", \
	  IPUDP_BLAME(RULE, IPUDP_A_RULE_TARGET), \
	  0) \
	X(TARGET_TAKEN, "the rule has this tunnel", \
	  IPUDP_BLAME(RULE, IPUDP_A_RULE_TARGET), \
	  0) \
	X(TARGET_ABSENT, "the rule does not have this tunnel", \
	  IPUDP_BLAME(RULE, IPUDP_A_RULE_TARGET), \
	  0) \
	X(CLASS_TAKEN, "another process is registered for this class", \
	  IPUDP_BLAME(FRAME, IPUDP_A_FRAME_CLASS), \
	  0) \
	X(CLASS_FOREIGN, "this socket is not registered for this class", \
	  IPUDP_BLAME(FRAME, IPUDP_A_FRAME_CLASS), \
	  0) \
	X(FRAME_LENGTH, "a frame has 1 to 2048 bytes", \
	  IPUDP_BLAME(FRAME, IPUDP_A_FRAME_PAYLOAD), \
	  0) \
	X(FRAME_UNROUTED, "there is no route to the remote", \
	  IPUDP_BLAME(FRAME, IPUDP_A_FRAME_REMOTE), \
	  0)

#endif
