// SPDX-License-Identifier: LGPL-2.1-or-later
/* Made from uapi/ipudp.yaml by scripts/gen-names; do not edit. */

#include "names.h"

#include <stddef.h>

const struct ipudp_name ipudp_names_mode[] = {
	{ "fixed", "One tunnel carries everything." },
	{ "multi", "The longest matching rule for the inner destination names the tunnel." },
	{ 0 }
};

const struct ipudp_name ipudp_names_lookup[] = {
	{ "destination", "The destination address of the inner packet." },
	{ "nexthop", "The next hop of the inner packet's route, its destination if that has none." },
	{ 0 }
};

const struct ipudp_name ipudp_names_fast_path[] = {
	{ "off", "None." },
	{ "on", "Those that need no thought." },
	{ "rewrite", "Those from tunnel to tunnel also pass by the IP stack, its filters and routes." },
	{ 0 }
};

const struct ipudp_name ipudp_names_fast_path_state[] = {
	{ "inactive", "None; user space carries all." },
	{ "partial", "Some; user space carries all that is sent, or all of some tunnels." },
	{ "active", "All that need no thought." },
	{ 0 }
};

const struct ipudp_name ipudp_names_header[] = {
	{ "bare", "Nothing, as fou, GUE variant 1 and bareudp send it." },
	{ 0 }
};

const struct ipudp_name ipudp_names_family[] = {
	{ "ipv4", "" },
	{ "ipv6", "" },
	{ "dual", "" },
	{ 0 }
};

const struct ipudp_name ipudp_names_df[] = {
	{ "set", "" },
	{ "unset", "" },
	{ "inherit", "" },
	{ 0 }
};

const struct ipudp_name ipudp_names_action[] = {
	{ "forward", "Send to one of its tunnels, chosen by priority, weight and flow." },
	{ "flood", "Send a copy to each of its tunnels." },
	{ "drop", "Drop silently." },
	{ "unreachable", "Drop and send an ICMP error to the inner sender." },
	{ 0 }
};

const struct ipudp_name ipudp_names_exists[] = {
	{ "refuse", "It is an error." },
	{ "replace", "The new rule takes its place." },
	{ "append", "The new rule's targets are added to it." },
	{ 0 }
};

const struct ipudp_name ipudp_names_tunnel_state[] = {
	{ "active", "" },
	{ "idle", "" },
	{ 0 }
};

const struct ipudp_name ipudp_names_frame_class[] = {
	{ "stun", "" },
	{ "tsp", "" },
	{ "other", "" },
	{ 0 }
};

const struct ipudp_name ipudp_names_drop_reason[] = {
	{ "rx-runt", "Datagram without payload." },
	{ "rx-no-tunnel", "Data from an address and port that is no tunnel's remote." },
	{ "frame-unclaimed", "Frame of a class that no process is registered for." },
	{ "frame-overflow", "Frame for a process that does not read fast enough." },
	{ "rx-malformed", "Inner packet with an impossible header or length." },
	{ "rx-source", "Inner source address not covered by a rule of the tunnel." },
	{ "rx-ecn", "Congestion experienced outside but inner packet not ECN-capable (RFC 6040)." },
	{ "rx-down", "Device is down." },
	{ "rx-nomem", "No memory, or the receive queue was full." },
	{ "tx-malformed", "Not an IPv4 or IPv6 packet." },
	{ "tx-no-tunnel", "Fixed device without a tunnel." },
	{ "tx-no-rule", "No rule for the destination." },
	{ "tx-rule-drop", "Matched a rule that drops." },
	{ "tx-rule-unreachable", "Matched a rule that refuses." },
	{ "tx-no-route", "No route to the tunnel's remote." },
	{ "tx-loop", "The route to the tunnel's remote leads into the device itself." },
	{ "tx-too-big", "Larger than the path allows and may not be fragmented." },
	{ "tx-fragment", "Fragmentation failed." },
	{ "tx-nomem", "No memory." },
	{ "rx-link-local", "Link-local inner source or none; no rule covers it, or a fixed device ignores it." },
	{ "tx-underlay", "Refused by the underlay, that is its netfilter, a policy or the queue of its interface." },
	{ 0 }
};

static const struct ipudp_attr_name counters_attrs[] = {
	{ "pad", NULL },
	{ "rx-packets", NULL },
	{ "rx-bytes", NULL },
	{ "tx-packets", NULL },
	{ "tx-bytes", NULL },
	{ "rx-dropped", NULL },
	{ "tx-dropped", NULL },
	{ "rx-keepalives", NULL },
	{ "tx-keepalives", NULL },
	{ "rx-frames", NULL },
	{ "tx-frames", NULL },
	{ "rx-age-ms", NULL },
	{ "tx-age-ms", NULL },
	{ 0 }
};

static const struct ipudp_attr_name drop_attrs[] = {
	{ "reason", NULL },
	{ "count", NULL },
	{ "pad", NULL },
	{ 0 }
};

static const struct ipudp_attr_name device_attrs[] = {
	{ "ifindex", NULL },
	{ "ifname", NULL },
	{ "mode", NULL },
	{ "lookup", NULL },
	{ "header", NULL },
	{ "source-check", NULL },
	{ "mtu", NULL },
	{ "tunnels", NULL },
	{ "rules", NULL },
	{ "home-netnsid", NULL },
	{ "orphan", NULL },
	{ "counters", counters_attrs },
	{ "drop", drop_attrs },
	{ "fast-path", NULL },
	{ "fast-path-state", NULL },
	{ "fast-path-reason", NULL },
	{ 0 }
};

static const struct ipudp_attr_name listener_attrs[] = {
	{ "id", NULL },
	{ "family", NULL },
	{ "local", NULL },
	{ "port", NULL },
	{ "bind-ifindex", NULL },
	{ "pinned", NULL },
	{ "tunnels", NULL },
	{ "counters", counters_attrs },
	{ "drop", drop_attrs },
	{ 0 }
};

static const struct ipudp_attr_name tunnel_attrs[] = {
	{ "ifindex", NULL },
	{ "ifname", NULL },
	{ "id", NULL },
	{ "listener", NULL },
	{ "local", NULL },
	{ "local-port", NULL },
	{ "remote", NULL },
	{ "remote-port", NULL },
	{ "bind-ifindex", NULL },
	{ "link-ifindex", NULL },
	{ "mark", NULL },
	{ "ttl", NULL },
	{ "dscp", NULL },
	{ "df", NULL },
	{ "checksum", NULL },
	{ "flow-port", NULL },
	{ "keepalive-ms", NULL },
	{ "idle-ms", NULL },
	{ "state", NULL },
	{ "mtu", NULL },
	{ "counters", counters_attrs },
	{ 0 }
};

static const struct ipudp_attr_name target_attrs[] = {
	{ "tunnel", NULL },
	{ "priority", NULL },
	{ "weight", NULL },
	{ 0 }
};

static const struct ipudp_attr_name rule_attrs[] = {
	{ "ifindex", NULL },
	{ "ifname", NULL },
	{ "prefix", NULL },
	{ "prefix-len", NULL },
	{ "action", NULL },
	{ "target", target_attrs },
	{ "tunnel", NULL },
	{ "exists", NULL },
	{ 0 }
};

static const struct ipudp_attr_name frame_attrs[] = {
	{ "listener", NULL },
	{ "class", NULL },
	{ "remote", NULL },
	{ "remote-port", NULL },
	{ "local", NULL },
	{ "ifindex", NULL },
	{ "mark", NULL },
	{ "payload", NULL },
	{ "count", NULL },
	{ 0 }
};

const struct ipudp_command_name ipudp_commands[] = {
	{ "dev-get", device_attrs },
	{ "dev-new", device_attrs },
	{ "dev-set", device_attrs },
	{ "dev-del", device_attrs },
	{ "listener-get", listener_attrs },
	{ "listener-new", listener_attrs },
	{ "listener-del", listener_attrs },
	{ "tunnel-get", tunnel_attrs },
	{ "tunnel-new", tunnel_attrs },
	{ "tunnel-set", tunnel_attrs },
	{ "tunnel-del", tunnel_attrs },
	{ "rule-get", rule_attrs },
	{ "rule-new", rule_attrs },
	{ "rule-del", rule_attrs },
	{ "frame-register", frame_attrs },
	{ "frame-unregister", frame_attrs },
	{ "frame-send", frame_attrs },
	{ "frame", frame_attrs },
	{ "dev-add-ntf", device_attrs },
	{ "dev-change-ntf", device_attrs },
	{ "dev-del-ntf", device_attrs },
	{ "listener-add-ntf", listener_attrs },
	{ "listener-change-ntf", listener_attrs },
	{ "listener-del-ntf", listener_attrs },
	{ "tunnel-add-ntf", tunnel_attrs },
	{ "tunnel-change-ntf", tunnel_attrs },
	{ "tunnel-del-ntf", tunnel_attrs },
	{ "tunnel-idle-ntf", tunnel_attrs },
	{ "tunnel-back-ntf", tunnel_attrs },
	{ "rule-add-ntf", rule_attrs },
	{ "rule-change-ntf", rule_attrs },
	{ "rule-del-ntf", rule_attrs },
	{ 0 }
};
