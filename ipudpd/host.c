// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the administrator set beyond routes: IPsec policies, routing rules by what differs from packet
 * to packet, strict reverse paths, and traffic control of our devices.
 */

#include "host.h"

#include <linux/fib_rules.h>
#include <linux/netconf.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include <net/netlink.h>

#include "device.h"
#include "dump.h"
#include "fast.h"
#include "fastpath.h"
#include "home.h"
#include "lib/base/log.h"
#include "tunnel.h"

/* linux/fib_rules.h of Linux 6.13 and later */
#define RULE_DSCP 25

/* What rp_filter is for a strict reverse path. */
#define STRICT 1

void ipudp_host_open(struct ipudp_host *host)
{
	memset(host, 0, sizeof(*host));
	ipudp_ipsec_open(&host->ipsec);
	ipudp_host_lost(host);
}

void ipudp_host_close(struct ipudp_host *host)
{
	ipudp_ipsec_close(&host->ipsec);
}

void ipudp_host_lost(struct ipudp_host *host)
{
	host->rules_stale = true;
	host->conf_stale = true;
	host->control_stale = true;
}

/* What a message says of the qdisc or filter that it is about. */
static const char *kind_of(const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;
	int rest;

	nlmsg_for_each_attr(attr, nlh, sizeof(struct tcmsg), rest) {
		if (nla_type(attr) == TCA_KIND && nla_len(attr) &&
		    !((const char *)nla_data(attr))[nla_len(attr) - 1])
			return nla_data(attr);
	}
	return "";
}

/* One that carries filters and delays nothing; ours is one. */
static bool is_hook(const struct nlmsghdr *nlh)
{
	const char *kind = kind_of(nlh);

	return !strcmp(kind, "clsact") || !strcmp(kind, "ingress");
}

static void control_news(struct ipudp_home *home, const struct nlmsghdr *nlh)
{
	const struct tcmsg *tcm = NLMSG_DATA(nlh);
	struct ipudp_device *device;

	if (nlh->nlmsg_len < NLMSG_LENGTH(sizeof(*tcm)))
		return;
	device = ipudp_device_lookup(home, tcm->tcm_ifindex, NULL);
	home->host.control_stale |= device && !device->away;
}

bool ipudp_host_news(struct ipudp_home *home, const struct nlmsghdr *nlh)
{
	switch (nlh->nlmsg_type) {
	case RTM_NEWRULE:
	case RTM_DELRULE:
		home->host.rules_stale = true;
		return false;
	case RTM_NEWNETCONF:
	case RTM_DELNETCONF:
		home->host.conf_stale = true;
		return true;
	case RTM_NEWQDISC:
	case RTM_DELQDISC:
	case RTM_NEWTFILTER:
	case RTM_DELTFILTER:
		control_news(home, nlh);
		return true;
	case RTM_NEWTCLASS:
	case RTM_DELTCLASS:
	case RTM_NEWCHAIN:
	case RTM_DELCHAIN:
		return true;
	default:
		return false;
	}
}

static void begin_rules(void *arg)
{
	struct ipudp_host *host = arg;

	host->by_dscp = false;
	host->by_port = false;
}

static void add_rule(const struct nlmsghdr *nlh, void *arg)
{
	const struct fib_rule_hdr *rule = NLMSG_DATA(nlh);
	struct ipudp_host *host = arg;
	const struct nlattr *attr;
	int rest;

	if (nlh->nlmsg_type != RTM_NEWRULE || nlh->nlmsg_len < NLMSG_LENGTH(sizeof(*rule)))
		return;
	host->by_dscp |= rule->tos;
	nlmsg_for_each_attr(attr, nlh, sizeof(*rule), rest) {
		host->by_dscp |= nla_type(attr) == RULE_DSCP;
		host->by_port |= nla_type(attr) == FRA_SPORT_RANGE ||
				 nla_type(attr) == FRA_DPORT_RANGE;
	}
}

/* Return: whether something changed. */
static bool read_rules(struct ipudp_host *host)
{
	const struct fib_rule_hdr all = { .family = AF_UNSPEC };
	bool dscp = host->by_dscp, port = host->by_port;
	int ret;

	host->rules_stale = false;
	ret = ipudp_dump(NETLINK_ROUTE, RTM_GETRULE, &all, sizeof(all), begin_rules, add_rule,
			 host);
	if (ret)
		lvn_warning("cannot read the routing rules: %s", strerror(-ret));
	return dscp != host->by_dscp || port != host->by_port;
}

/**
 * struct strictness - what rp_filter is, as far as it was read
 * @all: for all interfaces
 * @some: of these, one is at most this much by itself: bits of the values
 */
struct strictness {
	uint32_t all;
	uint32_t some;
};

static void begin_conf(void *arg)
{
	memset(arg, 0, sizeof(struct strictness));
}

static void add_conf(const struct nlmsghdr *nlh, void *arg)
{
	struct strictness *said = arg;
	uint32_t value = 0, ifindex = 0;
	const struct nlattr *attr;
	int rest;

	if (nlh->nlmsg_type != RTM_NEWNETCONF)
		return;
	nlmsg_for_each_attr(attr, nlh, sizeof(struct netconfmsg), rest) {
		if (nla_type(attr) == NETCONFA_IFINDEX && nla_len(attr) == 4)
			ifindex = nla_get_u32(attr);
		if (nla_type(attr) == NETCONFA_RP_FILTER && nla_len(attr) == 4)
			value = nla_get_u32(attr);
	}
	if (ifindex == (uint32_t)NETCONFA_IFINDEX_ALL)
		said->all = value;
	else if (ifindex != (uint32_t)NETCONFA_IFINDEX_DEFAULT && value < 32)
		said->some |= 1u << value;
}

/* Of an interface's own value and that for all, the kernel takes the larger one. */
static bool read_conf(struct ipudp_host *host)
{
	const struct netconfmsg all = { .ncm_family = AF_INET };
	struct strictness said = { 0 };
	bool had = host->strict;
	int ret;

	host->conf_stale = false;
	ret = ipudp_dump(NETLINK_ROUTE, RTM_GETNETCONF, &all, sizeof(all), begin_conf, add_conf,
			 &said);
	if (ret)
		lvn_warning("cannot read rp_filter: %s", strerror(-ret));
	host->strict = (said.all <= STRICT && said.some & 1u << STRICT) ||
		       (said.all == STRICT && said.some & 1);
	return had != host->strict;
}

/**
 * struct control - what was found at our devices
 * @home: whose they are
 * @device: whose filters are read
 */
struct control {
	struct ipudp_home *home;
	struct ipudp_device *device;
};

static void begin_qdiscs(void *arg)
{
	struct control *control = arg;
	struct ipudp_device *device;

	list_for_each_entry(device, &control->home->devices, home_node)
		device->controlled = false;
}

/* Those that the kernel chose have no number. */
static void add_qdisc(const struct nlmsghdr *nlh, void *arg)
{
	const struct tcmsg *tcm = NLMSG_DATA(nlh);
	struct control *control = arg;
	struct ipudp_device *device;

	if (nlh->nlmsg_type != RTM_NEWQDISC || nlh->nlmsg_len < NLMSG_LENGTH(sizeof(*tcm)) ||
	    !TC_H_MAJ(tcm->tcm_handle) || is_hook(nlh))
		return;
	device = ipudp_device_lookup(control->home, tcm->tcm_ifindex, NULL);
	if (device && !device->away)
		device->controlled = true;
}

static void begin_filters(void *arg)
{
	(void)arg;
}

static void add_filter(const struct nlmsghdr *nlh, void *arg)
{
	const struct tcmsg *tcm = NLMSG_DATA(nlh);
	struct control *control = arg;

	if (nlh->nlmsg_type == RTM_NEWTFILTER && nlh->nlmsg_len >= NLMSG_LENGTH(sizeof(*tcm)) &&
	    TC_H_MAJ(tcm->tcm_info) >> 16 > IPUDP_FASTPATH_PRIORITY)
		control->device->controlled = true;
}

/* Somebody's qdiscs at our devices, and filters that would see a packet after our program. */
static bool read_control(struct ipudp_home *home)
{
	const struct tcmsg all = { .tcm_family = AF_UNSPEC };
	struct control control = { .home = home };
	struct ipudp_device *device;
	bool changed = false;

	home->host.control_stale = false;
	if (list_empty(&home->devices))
		return false;
	list_for_each_entry(device, &home->devices, home_node)
		device->was_controlled = device->controlled;
	ipudp_dump(NETLINK_ROUTE, RTM_GETQDISC, &all, sizeof(all), begin_qdiscs, add_qdisc,
		   &control);
	list_for_each_entry(device, &home->devices, home_node) {
		const struct tcmsg egress = {
			.tcm_family = AF_UNSPEC,
			.tcm_ifindex = (int)device->ifindex,
			.tcm_parent = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS),
		};

		control.device = device;
		if (!device->controlled && !device->away)
			ipudp_dump(NETLINK_ROUTE, RTM_GETTFILTER, &egress, sizeof(egress),
				   begin_filters, add_filter, &control);
		changed |= device->controlled != device->was_controlled;
	}
	return changed;
}

void ipudp_host_refresh(struct ipudp_home *home)
{
	struct ipudp_host *host = &home->host;
	bool changed = ipudp_ipsec_refresh(&host->ipsec);

	if (host->rules_stale)
		changed |= read_rules(host);
	if (host->conf_stale)
		changed |= read_conf(host);
	if (host->control_stale)
		changed |= read_control(home);
	if (changed)
		ipudp_fast_host(home);
}

bool ipudp_host_wants_port(const struct ipudp_host *host, const struct ipudp_tunnel *tunnel)
{
	return host->by_port || ipudp_ipsec_why(&host->ipsec, tunnel);
}

const char *ipudp_host_why(const struct ipudp_host *host, const struct ipudp_tunnel *tunnel)
{
	const struct ipudp_endpoint_config *config = &tunnel->endpoint->config;
	const char *why = ipudp_ipsec_why(&host->ipsec, tunnel);

	if (why)
		return why;
	if (host->by_dscp && config->dscp == IPUDP_DSCP_INHERIT)
		return "a routing rule looks at the DSCP, which differs with dscp inherit";
	if (host->by_port && config->flow_port)
		return "a routing rule looks at ports, which differ with source-port flow";
	return NULL;
}
