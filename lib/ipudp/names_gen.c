// SPDX-License-Identifier: LGPL-2.1-or-later
/* Made from uapi/ipudp.yaml by scripts/gen-names; do not edit. */

#include "names.h"

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
	{ 0 }
};
