// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Events for the journal: of each, only what a successor needs is written, which counters are not.
 */

#include "record.h"

#include "device.h"
#include "event.h"
#include "home.h"
#include "journal.h"
#include "listener.h"
#include "nl.h"
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

static bool is_recorded(const struct ipudp_home *home)
{
	return home->journal && !home->restoring;
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

void ipudp_record_device(struct ipudp_device *device, uint8_t cmd)
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

void ipudp_record_listener(struct ipudp_listener *listener, uint8_t cmd)
{
	char buffer[IPUDP_NL_SIZE] __attribute__((aligned(8)));
	struct sk_buff msg = { .data = buffer, .size = sizeof(buffer) };

	if (is_recorded(listener->home) && !ipudp_nl_listener_fill(&msg, listener, cmd, 0, 0, 0))
		record(listener->home, &msg, listener_mask);
}

void ipudp_record_tunnel(struct ipudp_tunnel *tunnel, uint8_t cmd)
{
	char buffer[IPUDP_NL_SIZE] __attribute__((aligned(8)));
	struct sk_buff msg = { .data = buffer, .size = sizeof(buffer) };

	if (is_recorded(tunnel->device->home) && !ipudp_nl_tunnel_fill(&msg, tunnel, cmd, 0, 0, 0))
		record(tunnel->device->home, &msg, tunnel_mask);
}

void ipudp_record_rule(const struct ipudp_device *device, const struct ipudp_rule *rule,
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

static void record_tunnel(struct ipudp_tunnel *tunnel, uint8_t cmd)
{
	/* What a successor does not know, it finds out: which are idle. */
	if (cmd != IPUDP_CMD_TUNNEL_IDLE_NTF && cmd != IPUDP_CMD_TUNNEL_BACK_NTF)
		ipudp_record_tunnel(tunnel, cmd);
}

const struct ipudp_event_observer ipudp_record_observer = {
	.device = ipudp_record_device,
	.noted = ipudp_record_device,
	.listener = ipudp_record_listener,
	.tunnel = record_tunnel,
	.rule = ipudp_record_rule,
};
