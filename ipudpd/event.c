// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Events. Those that nobody wants are not built. In the journal, only what a successor needs is
 * written of each, counters say.
 */

#include "event.h"

#include "device.h"
#include "fast.h"
#include "home.h"
#include "journal.h"
#include "listener.h"
#include "nl.h"
#include "server.h"
#include "tunnel.h"

#define MASK(type) (1ull << (type))

static const uint64_t device_mask = MASK(IPUDP_A_DEVICE_IFINDEX) | MASK(IPUDP_A_DEVICE_IFNAME) |
				    MASK(IPUDP_A_DEVICE_MODE) | MASK(IPUDP_A_DEVICE_LOOKUP) |
				    MASK(IPUDP_A_DEVICE_SOURCE_CHECK) |
				    MASK(IPUDP_A_DEVICE_FAST_PATH);

static const uint64_t listener_mask = MASK(IPUDP_A_LISTENER_ID) | MASK(IPUDP_A_LISTENER_FAMILY) |
				      MASK(IPUDP_A_LISTENER_LOCAL) | MASK(IPUDP_A_LISTENER_PORT) |
				      MASK(IPUDP_A_LISTENER_BIND_IFINDEX) |
				      MASK(IPUDP_A_LISTENER_PINNED);

static const uint64_t tunnel_mask =
	MASK(IPUDP_A_TUNNEL_IFINDEX) | MASK(IPUDP_A_TUNNEL_ID) | MASK(IPUDP_A_TUNNEL_LISTENER) |
	MASK(IPUDP_A_TUNNEL_LOCAL) | MASK(IPUDP_A_TUNNEL_REMOTE) |
	MASK(IPUDP_A_TUNNEL_REMOTE_PORT) | MASK(IPUDP_A_TUNNEL_LINK_IFINDEX) |
	MASK(IPUDP_A_TUNNEL_MARK) | MASK(IPUDP_A_TUNNEL_TTL) | MASK(IPUDP_A_TUNNEL_DSCP) |
	MASK(IPUDP_A_TUNNEL_DF) | MASK(IPUDP_A_TUNNEL_CHECKSUM) | MASK(IPUDP_A_TUNNEL_FLOW_PORT) |
	MASK(IPUDP_A_TUNNEL_KEEPALIVE_MS) | MASK(IPUDP_A_TUNNEL_IDLE_MS);

static const uint64_t rule_mask = MASK(IPUDP_A_RULE_IFINDEX) | MASK(IPUDP_A_RULE_PREFIX) |
				  MASK(IPUDP_A_RULE_PREFIX_LEN) | MASK(IPUDP_A_RULE_ACTION) |
				  MASK(IPUDP_A_RULE_TARGET) | MASK(IPUDP_A_RULE_EXISTS);

static bool is_heard(const struct ipudp_home *home)
{
	return home->server && !home->restoring && ipudp_server_heard(home->server);
}

static bool is_recorded(const struct ipudp_home *home)
{
	return home->journal && !home->restoring;
}

static void tell(struct ipudp_home *home, const struct sk_buff *msg)
{
	if (is_heard(home))
		ipudp_server_broadcast(home->server, msg->data, msg->len);
}

/* Write those attributes of a message to the journal whose types are in a mask. */
static void record(struct ipudp_home *home, const struct sk_buff *msg, uint64_t mask)
{
	char buffer[IPUDP_NL_SIZE] __attribute__((aligned(8)));
	const struct nlmsghdr *from = (const void *)msg->data;
	struct nlmsghdr *to = (void *)buffer;
	size_t len = NLMSG_LENGTH(GENL_HDRLEN);
	const struct nlattr *attr;
	int rest;

	memcpy(to, from, len);
	nlmsg_for_each_attr(attr, from, GENL_HDRLEN, rest) {
		if (!(mask & MASK(nla_type(attr))))
			continue;
		memcpy(buffer + len, attr, attr->nla_len);
		memset(buffer + len + attr->nla_len, 0, NLA_ALIGN(attr->nla_len) - attr->nla_len);
		len += NLA_ALIGN(attr->nla_len);
	}
	to->nlmsg_len = len;
	ipudp_journal_add(home, buffer, len);
}

void ipudp_event_record_device(struct ipudp_device *device, uint8_t cmd)
{
	char buffer[IPUDP_NL_SIZE] __attribute__((aligned(8)));
	struct sk_buff msg = { .data = buffer, .size = sizeof(buffer) };
	uint64_t mask = device_mask;

	/* The MTU itself is the interface's to remember. */
	if (!device->mtu_auto)
		mask |= MASK(IPUDP_A_DEVICE_MTU);
	if (is_recorded(device->home) && !ipudp_nl_device_fill(&msg, device, cmd, 0, 0, 0))
		record(device->home, &msg, mask);
}

void ipudp_event_record_listener(struct ipudp_listener *listener, uint8_t cmd)
{
	char buffer[IPUDP_NL_SIZE] __attribute__((aligned(8)));
	struct sk_buff msg = { .data = buffer, .size = sizeof(buffer) };

	if (is_recorded(listener->home) && !ipudp_nl_listener_fill(&msg, listener, cmd, 0, 0, 0))
		record(listener->home, &msg, listener_mask);
}

void ipudp_event_record_tunnel(struct ipudp_tunnel *tunnel, uint8_t cmd)
{
	char buffer[IPUDP_NL_SIZE] __attribute__((aligned(8)));
	struct sk_buff msg = { .data = buffer, .size = sizeof(buffer) };

	if (is_recorded(tunnel->device->home) && !ipudp_nl_tunnel_fill(&msg, tunnel, cmd, 0, 0, 0))
		record(tunnel->device->home, &msg, tunnel_mask);
}

void ipudp_event_record_rule(const struct ipudp_device *device, const struct ipudp_rule *rule,
			     uint8_t cmd)
{
	char buffer[IPUDP_NL_SIZE] __attribute__((aligned(8)));
	/* Room for the word that appends. */
	struct sk_buff msg = { .data = buffer, .size = sizeof(buffer) - 8 };
	int done = 0, total = ipudp_nl_rule_targets(rule);

	if (!is_recorded(device->home))
		return;
	do {
		struct nlmsghdr *nlh = (void *)buffer;
		bool more = done;

		msg.len = 0;
		msg.size = sizeof(buffer) - 8;
		done = ipudp_nl_rule_fill(&msg, device, rule, done, cmd, 0, 0, 0);
		if (done < 0)
			return;
		msg.size = sizeof(buffer);
		if (more) {
			nla_put_u8(&msg, IPUDP_A_RULE_EXISTS, IPUDP_EXISTS_APPEND);
			nlh->nlmsg_len = msg.len;
		}
		record(device->home, &msg, rule_mask);
	} while (done < total && cmd != IPUDP_CMD_RULE_DEL_NTF);
}

void ipudp_event_device(struct ipudp_device *device, uint8_t cmd)
{
	char buffer[IPUDP_NL_SIZE] __attribute__((aligned(8)));
	struct sk_buff msg = { .data = buffer, .size = sizeof(buffer) };

	device->home->generation++;
	ipudp_event_record_device(device, cmd);
	if (cmd != IPUDP_CMD_DEV_DEL_NTF)
		ipudp_fast_device(device);
	if (is_heard(device->home) && !ipudp_nl_device_fill(&msg, device, cmd, 0, 0, 0))
		tell(device->home, &msg);
}

void ipudp_event_listener(struct ipudp_listener *listener, uint8_t cmd)
{
	char buffer[IPUDP_NL_SIZE] __attribute__((aligned(8)));
	struct sk_buff msg = { .data = buffer, .size = sizeof(buffer) };

	listener->home->generation++;
	ipudp_event_record_listener(listener, cmd);
	if (is_heard(listener->home) && !ipudp_nl_listener_fill(&msg, listener, cmd, 0, 0, 0))
		tell(listener->home, &msg);
}

void ipudp_event_tunnel(struct ipudp_tunnel *tunnel, uint8_t cmd)
{
	char buffer[IPUDP_NL_SIZE] __attribute__((aligned(8)));
	struct sk_buff msg = { .data = buffer, .size = sizeof(buffer) };
	struct ipudp_home *home = tunnel->device->home;

	/* What was listed stays right when tunnels merely become idle or come back. */
	if (cmd != IPUDP_CMD_TUNNEL_IDLE_NTF && cmd != IPUDP_CMD_TUNNEL_BACK_NTF) {
		home->generation++;
		ipudp_event_record_tunnel(tunnel, cmd);
		if (cmd != IPUDP_CMD_TUNNEL_DEL_NTF)
			ipudp_fast_tunnel(tunnel);
	}
	if (is_heard(home) && !ipudp_nl_tunnel_fill(&msg, tunnel, cmd, 0, 0, 0))
		tell(home, &msg);
	/* Its counters go with it, and were in the message. */
	if (cmd == IPUDP_CMD_TUNNEL_DEL_NTF)
		ipudp_fast_tunnel_gone(tunnel);
}

void ipudp_event_rule(const struct ipudp_device *device, const struct ipudp_rule *rule, uint8_t cmd)
{
	char buffer[IPUDP_NL_SIZE] __attribute__((aligned(8)));
	struct sk_buff msg = { .data = buffer, .size = sizeof(buffer) };
	struct ipudp_home *home = device->home;

	home->generation++;
	ipudp_event_record_rule(device, rule, cmd);
	if (cmd == IPUDP_CMD_RULE_DEL_NTF)
		ipudp_fast_rule_gone(device, rule);
	else
		ipudp_fast_rule(device, rule);
	/* Of a rule with very many targets, the event tells the first ones. */
	if (is_heard(home) && ipudp_nl_rule_fill(&msg, device, rule, 0, cmd, 0, 0, 0) >= 0)
		tell(home, &msg);
}

void ipudp_event_choice(const struct ipudp_device *device, const struct ipudp_rule *rule)
{
	ipudp_fast_rule(device, rule);
}
