// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IPsec policies of this namespace. News only say that there is something new: then all are read
 * again, so that nothing depends on the order of news, or on one that was lost.
 */

#include "ipsec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <net/netlink.h>

#include "dump.h"
#include "lib/base/log.h"
#include "listener.h"
#include "tunnel.h"

#define UDP 17

void ipudp_ipsec_open(struct ipudp_ipsec *ipsec)
{
	struct sockaddr_nl local = {
		.nl_family = AF_NETLINK,
		/* A policy that ends is told among those that expire. */
		.nl_groups = 1u << (XFRMNLGRP_POLICY - 1) | 1u << (XFRMNLGRP_EXPIRE - 1),
	};

	*ipsec = (struct ipudp_ipsec){ .stale = true };
	ipsec->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_XFRM);
	if (ipsec->fd < 0)
		return;
	if (bind(ipsec->fd, (struct sockaddr *)&local, sizeof(local))) {
		lvn_warning("cannot follow IPsec policies: %s", strerror(errno));
		close(ipsec->fd);
		ipsec->fd = -1;
		ipsec->unknown = true;
	}
}

void ipudp_ipsec_close(struct ipudp_ipsec *ipsec)
{
	if (ipsec->fd >= 0)
		close(ipsec->fd);
	free(ipsec->policies);
}

static bool is_of_policy(const struct nlmsghdr *nlh)
{
	/* What is said of states (SA) comes by the same groups, and often. */
	return nlh->nlmsg_type != XFRM_MSG_EXPIRE;
}

static void read_news(struct ipudp_ipsec *ipsec)
{
	char buffer[8192] __attribute__((aligned(8)));

	for (;;) {
		const struct nlmsghdr *nlh = (const void *)buffer;
		ssize_t len = recv(ipsec->fd, buffer, sizeof(buffer), MSG_DONTWAIT);
		unsigned int rest = (unsigned int)len;

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0 && errno == ENOBUFS) {
			ipsec->stale = true;
			continue;
		}
		if (len <= 0)
			return;
		for (; NLMSG_OK(nlh, rest); nlh = NLMSG_NEXT(nlh, rest))
			ipsec->stale |= is_of_policy(nlh);
	}
}

static void begin(void *arg)
{
	((struct ipudp_ipsec *)arg)->n = 0;
}

/* Whether a policy transforms or blocks what it matches, and is for sockets like ours. */
static bool matters(const struct nlmsghdr *nlh, const struct xfrm_userpolicy_info *info)
{
	const struct nlattr *attr;
	bool transforms = false;
	int rest;

	/* Those of single sockets have their own directions; ours have none. */
	if (info->dir > XFRM_POLICY_FWD)
		return false;
	nlmsg_for_each_attr(attr, nlh, sizeof(*info), rest) {
		if (nla_type(attr) == XFRMA_TMPL)
			transforms = true;
		/* For what goes by an interface of that number, which sees to it itself. */
		if (nla_type(attr) == XFRMA_IF_ID && nla_len(attr) == 4 && nla_get_u32(attr))
			return false;
	}
	return transforms || info->action == XFRM_POLICY_BLOCK;
}

static void add(const struct nlmsghdr *nlh, void *arg)
{
	const struct xfrm_userpolicy_info *info = NLMSG_DATA(nlh);
	struct ipudp_ipsec *ipsec = arg;

	if (nlh->nlmsg_type != XFRM_MSG_NEWPOLICY || nlh->nlmsg_len < NLMSG_LENGTH(sizeof(*info)) ||
	    !matters(nlh, info))
		return;
	if (ipsec->n == ipsec->room) {
		size_t room = 2 * ipsec->room + 16;
		void *grown = reallocarray(ipsec->policies, room, sizeof(*ipsec->policies));

		if (!grown) {
			ipsec->unknown = true;
			return;
		}
		ipsec->policies = grown;
		ipsec->room = room;
	}
	ipsec->policies[ipsec->n].selector = info->sel;
	ipsec->policies[ipsec->n++].dir = info->dir;
}

/* What becomes of what no policy matches; kernels before 5.15 always let it pass. */
static unsigned int read_default(void)
{
	struct {
		struct nlmsghdr nlh;
		struct xfrm_userpolicy_default answer;
		char rest[256];
	} message = {
		.nlh = {
			.nlmsg_len = NLMSG_LENGTH(sizeof(struct xfrm_userpolicy_default)),
			.nlmsg_type = XFRM_MSG_GETDEFAULT,
			.nlmsg_flags = NLM_F_REQUEST,
		},
	};
	const struct timeval patience = { .tv_sec = 1 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_XFRM);
	unsigned int blocks = 0;

	if (fd < 0)
		return 0;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (send(fd, &message, message.nlh.nlmsg_len, 0) > 0 &&
	    recv(fd, &message, sizeof(message), 0) >=
		    (ssize_t)NLMSG_LENGTH(sizeof(message.answer)) &&
	    message.nlh.nlmsg_type == XFRM_MSG_GETDEFAULT) {
		if (message.answer.in == XFRM_USERPOLICY_BLOCK)
			blocks |= IPUDP_IPSEC_BLOCKS_IN;
		if (message.answer.out == XFRM_USERPOLICY_BLOCK)
			blocks |= IPUDP_IPSEC_BLOCKS_OUT;
		if (message.answer.fwd == XFRM_USERPOLICY_BLOCK)
			blocks |= IPUDP_IPSEC_BLOCKS_FORWARD;
	}
	close(fd);
	return blocks;
}

bool ipudp_ipsec_refresh(struct ipudp_ipsec *ipsec)
{
	const struct xfrm_userpolicy_id all = { 0 };
	bool had = ipudp_ipsec_any(ipsec);
	int ret;

	if (ipsec->fd < 0)
		return false;
	read_news(ipsec);
	if (!ipsec->stale)
		return false;
	ipsec->stale = false;
	ipsec->unknown = false;
	ret = ipudp_dump(NETLINK_XFRM, XFRM_MSG_GETPOLICY, &all, sizeof(all), begin, add, ipsec);
	if (ret) {
		lvn_warning("cannot read the IPsec policies: %s", strerror(-ret));
		ipsec->unknown = true;
	}
	ipsec->blocks = read_default();
	return had || ipudp_ipsec_any(ipsec);
}

/* Whether the first bits of two addresses are the same; any address may be any. */
static bool covers(const xfrm_address_t *prefix, unsigned int len, const union ipudp_ip *ip)
{
	const uint8_t *a = (const void *)prefix, *b = (const void *)ip;
	unsigned int bytes = len / 8;
	uint8_t mask = (uint8_t)(0xff00 >> len % 8);

	if (ipudp_ip_is_any(ip))
		return true;
	return len <= 128 && !memcmp(a, b, bytes) &&
	       (!(len % 8) || !((a[bytes] ^ b[bytes]) & mask));
}

/* Whether a port is among those that are selected; 0 may be any. */
static bool has_port(in_port_t wanted, in_port_t mask, in_port_t port)
{
	return !port || !((wanted ^ port) & mask);
}

/* One direction of a tunnel's datagrams, as a selector sees them. */
struct flow {
	union ipudp_ip source;
	union ipudp_ip destination;
	in_port_t source_port;
	in_port_t destination_port;
};

static bool could_match(const struct xfrm_selector *selector, uint16_t family,
			const struct flow *flow)
{
	return (!selector->family || selector->family == family) &&
	       (!selector->proto || selector->proto == UDP) &&
	       covers(&selector->saddr, selector->prefixlen_s, &flow->source) &&
	       covers(&selector->daddr, selector->prefixlen_d, &flow->destination) &&
	       has_port(selector->sport, selector->sport_mask, flow->source_port) &&
	       has_port(selector->dport, selector->dport_mask, flow->destination_port);
}

const char *ipudp_ipsec_why(const struct ipudp_ipsec *ipsec, const struct ipudp_tunnel *tunnel)
{
	const struct ipudp_endpoint_config *config = &tunnel->endpoint->config;
	const struct ipudp_listener_config *listener = &tunnel->listener->config;
	struct flow out = {
		.source = ipudp_ip_is_any(&config->local) ? listener->local : config->local,
		.destination = config->remote,
		.source_port = config->flow_port ? 0 : listener->port,
		.destination_port = config->port,
	}, in = {
		.source = config->remote,
		.destination = out.source,
		.source_port = config->flow_port ? 0 : config->port,
		.destination_port = listener->port,
	};
	size_t i;

	if (ipsec->unknown)
		return "the IPsec policies cannot be read";
	if (ipsec->blocks & (IPUDP_IPSEC_BLOCKS_IN | IPUDP_IPSEC_BLOCKS_OUT))
		return "IPsec blocks what has no policy (ip xfrm policy getdefault)";
	for (i = 0; i < ipsec->n; i++) {
		const struct ipudp_ipsec_policy *policy = &ipsec->policies[i];

		if ((policy->dir == XFRM_POLICY_OUT &&
		     could_match(&policy->selector, config->family, &out)) ||
		    (policy->dir == XFRM_POLICY_IN &&
		     could_match(&policy->selector, config->family, &in)))
			return "an IPsec policy may be for its datagrams (ip xfrm policy)";
	}
	return NULL;
}

bool ipudp_ipsec_any(const struct ipudp_ipsec *ipsec)
{
	return ipsec->unknown || ipsec->blocks || ipsec->n;
}
