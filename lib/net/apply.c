// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From what a device is to have to the kernel. Nothing is asked to replace: NLM_F_EXCL makes the
 * kernel refuse instead, and what is removed is named by protocol, device and metric.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include "lib/net/request.h"

#define UNREACHABLE_METRIC 0x7fffffffu
#define DUMP_TRIES 3
#define SEEN_MAX 64

/**
 * struct seen - an address of the host
 * @prefix: with its length
 * @ifindex: of its interface
 */
struct seen {
	struct lvn_prefix prefix;
	uint32_t ifindex;
};

/**
 * struct work - one run of lvn_net_apply() or lvn_net_sync()
 * @net: where to
 * @ifindex: our device
 * @want: what it is to have
 * @table: of @want, never 0
 * @fn: told of failures
 * @arg: for @fn
 * @done: what is there in the end
 * @mine: routes of the device that have our protocol, if @has_mine
 * @has_mine: @mine was read
 */
struct work {
	struct lvn_net *net;
	uint32_t ifindex;
	const struct lvn_netset *want;
	uint32_t table;
	lvn_net_remark_fn *fn;
	void *arg;
	struct lvn_netset done;
	struct lvn_netset mine;
	bool has_mine;
};

static void remark(const struct work *work, int error, const char *verb,
		   const struct lvn_prefix *prefix, const char *why)
{
	char text[LVN_NET_WHAT_SIZE], name[LVN_ADDR_TEXT_SIZE];

	if (!work->fn)
		return;
	snprintf(text, sizeof(text), "%s %s: %s", verb, lvn_prefix_format(prefix, name),
		 why ? why : strerror(-error));
	work->fn(work->arg, error, text);
}

static const char *device_name(uint32_t ifindex, char name[IF_NAMESIZE])
{
	if (!ifindex || !if_indextoname(ifindex, name))
		strcpy(name, "no device");
	return name;
}

static int address_set(struct lvn_net *net, uint32_t ifindex, const struct lvn_prefix *prefix,
		       bool is_wanted)
{
	size_t len = lvn_addr_bits(&prefix->addr) / 8;
	char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifaddrmsg *ifa;

	nlh->nlmsg_type = is_wanted ? RTM_NEWADDR : RTM_DELADDR;
	nlh->nlmsg_flags = is_wanted ? NLM_F_CREATE | NLM_F_EXCL : 0;
	ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	ifa->ifa_family = (uint8_t)prefix->addr.family;
	ifa->ifa_prefixlen = prefix->len;
	ifa->ifa_index = ifindex;
	mnl_attr_put(nlh, IFA_LOCAL, len, prefix->addr.bytes);
	mnl_attr_put(nlh, IFA_ADDRESS, len, prefix->addr.bytes);
	mnl_attr_put_u32(nlh, IFA_FLAGS, IFA_F_NODAD | IFA_F_NOPREFIXROUTE);
	return lvn_net_request(net, nlh, NULL, NULL);
}

static int route_set(struct lvn_net *net, uint32_t ifindex, const struct lvn_netset *set,
		     const struct lvn_route *route, bool is_wanted)
{
	uint32_t metric = route->is_unreachable ? UNREACHABLE_METRIC : set->metric;
	size_t len = lvn_addr_bits(&route->prefix.addr) / 8;
	uint32_t table = set->table ? set->table : RT_TABLE_MAIN;
	char buf[256];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct rtmsg *rtm;

	nlh->nlmsg_type = is_wanted ? RTM_NEWROUTE : RTM_DELROUTE;
	nlh->nlmsg_flags = is_wanted ? NLM_F_CREATE | NLM_F_EXCL : 0;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = (uint8_t)route->prefix.addr.family;
	rtm->rtm_dst_len = route->prefix.len;
	rtm->rtm_table = (uint8_t)(table < 256 ? table : RT_TABLE_UNSPEC);
	rtm->rtm_protocol = LVN_ROUTE_PROTOCOL;
	rtm->rtm_type = route->is_unreachable ? RTN_UNREACHABLE :
			route->is_local	      ? RTN_LOCAL :
						RTN_UNICAST;
	if (route->prefix.addr.family == AF_INET && !route->is_unreachable)
		rtm->rtm_scope = RT_SCOPE_LINK;
	mnl_attr_put(nlh, RTA_DST, len, route->prefix.addr.bytes);
	mnl_attr_put_u32(nlh, RTA_TABLE, table);
	if (!route->is_unreachable)
		mnl_attr_put_u32(nlh, RTA_OIF, ifindex);
	if (metric)
		mnl_attr_put_u32(nlh, RTA_PRIORITY, metric);
	return lvn_net_request(net, nlh, NULL, NULL);
}

static bool has_address(const struct lvn_netset *set, const struct lvn_prefix *prefix)
{
	for (unsigned int i = 0; i < set->n_addresses; i++)
		if (lvn_prefix_equal(&set->addresses[i], prefix))
			return true;
	return false;
}

static bool has_route(const struct lvn_netset *set, const struct lvn_route *route)
{
	for (unsigned int i = 0; i < set->n_routes; i++)
		if (set->routes[i].is_unreachable == route->is_unreachable &&
		    lvn_prefix_equal(&set->routes[i].prefix, &route->prefix))
			return true;
	return false;
}

static void add_done(struct work *work, const struct lvn_prefix *address)
{
	if (!has_address(&work->done, address))
		work->done.addresses[work->done.n_addresses++] = *address;
}

/**
 * struct addresses - those of the host, as far as they matter
 * @want: wanted ones
 * @seen: wanted ones that an interface has, and all of ours
 * @n: how many
 * @own: our device
 */
struct addresses {
	const struct lvn_netset *want;
	struct seen seen[SEEN_MAX];
	unsigned int n;
	uint32_t own;
};

static int take_address(const struct nlmsghdr *nlh, void *arg)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct addresses *addresses = arg;
	struct seen seen = { .ifindex = 0 };
	struct lvn_addr local = { .family = AF_UNSPEC };
	bool is_wanted = false;
	struct nlattr *attr;

	if (nlh->nlmsg_type != RTM_NEWADDR || mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifa))
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(*ifa)) {
		if (mnl_attr_get_type(attr) == IFA_LOCAL)
			lvn_net_attr_addr(attr, ifa->ifa_family, &local);
		else if (mnl_attr_get_type(attr) == IFA_ADDRESS)
			lvn_net_attr_addr(attr, ifa->ifa_family, &seen.prefix.addr);
	}
	if (local.family)
		seen.prefix.addr = local;
	seen.prefix.len = ifa->ifa_prefixlen;
	seen.ifindex = ifa->ifa_index;
	for (unsigned int i = 0; i < addresses->want->n_addresses; i++)
		is_wanted |= lvn_addr_equal(&addresses->want->addresses[i].addr, &seen.prefix.addr);
	if ((is_wanted || seen.ifindex == addresses->own) && addresses->n < SEEN_MAX)
		addresses->seen[addresses->n++] = seen;
	return MNL_CB_OK;
}

static void read_addresses(struct work *work, struct addresses *ret)
{
	int error = -EINTR;

	for (int i = 0; error == -EINTR && i < DUMP_TRIES; i++) {
		char buf[64];
		struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

		nlh->nlmsg_type = RTM_GETADDR;
		mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifaddrmsg));
		*ret = (struct addresses){ .want = work->want, .own = work->ifindex };
		error = lvn_net_dump(work->net, nlh, take_address, ret);
	}
}

static void add_addresses(struct work *work, const struct addresses *before)
{
	for (unsigned int i = 0; i < work->want->n_addresses; i++) {
		const struct lvn_prefix *prefix = &work->want->addresses[i];
		const struct seen *holder = NULL;
		char name[IF_NAMESIZE], why[64];
		int ret = 0;

		for (unsigned int j = 0; j < before->n; j++)
			if (lvn_addr_equal(&before->seen[j].prefix.addr, &prefix->addr) &&
			    before->seen[j].ifindex != work->ifindex)
				holder = &before->seen[j];
		if (holder && !has_address(&work->done, prefix)) {
			snprintf(why, sizeof(why), "%s has this address already, and keeps it",
				 device_name(holder->ifindex, name));
			remark(work, -EEXIST, "address", prefix, why);
			continue;
		}
		ret = address_set(work->net, work->ifindex, prefix, true);
		if (!ret || ret == -EEXIST)
			add_done(work, prefix);
		else
			remark(work, ret, "address", prefix, NULL);
	}
}

/*
 * With the first IPv4 address of a network the kernel removes the others of it, and with the last
 * address all routes: so routes come after, and addresses once more, those of the operator, too.
 */
static void remove_addresses(struct work *work, const struct lvn_netset *have,
			     const struct addresses *before)
{
	bool is_any = false;

	for (unsigned int i = 0; i < have->n_addresses; i++) {
		int ret;

		if (has_address(&work->done, &have->addresses[i]))
			continue;
		ret = address_set(work->net, work->ifindex, &have->addresses[i], false);
		is_any |= !ret;
		if (ret && ret != -EADDRNOTAVAIL && ret != -ENODEV)
			remark(work, ret, "address to be removed", &have->addresses[i], NULL);
	}
	for (unsigned int i = 0; is_any && i < before->n; i++) {
		const struct seen *seen = &before->seen[i];

		if (seen->ifindex == work->ifindex &&
		    (!has_address(have, &seen->prefix) || has_address(&work->done, &seen->prefix)))
			address_set(work->net, work->ifindex, &seen->prefix, true);
	}
	if (is_any)
		add_addresses(work, before);
}

static int take_mine(const struct nlmsghdr *nlh, void *arg)
{
	struct work *work = arg;
	struct lvn_net_foreign route;
	uint8_t protocol;

	if (nlh->nlmsg_type != RTM_NEWROUTE || !lvn_net_route_read(nlh, &route, &protocol) ||
	    protocol != LVN_ROUTE_PROTOCOL || route.ifindex != work->ifindex ||
	    route.table != work->table || work->mine.n_routes == LVN_NET_ROUTES_MAX)
		return MNL_CB_OK;
	work->mine.routes[work->mine.n_routes++].prefix = route.prefix;
	return MNL_CB_OK;
}

static int read_mine_of(struct work *work, int family)
{
	char buf[128];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct rtmsg *rtm;

	nlh->nlmsg_type = RTM_GETROUTE;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = (uint8_t)family;
	rtm->rtm_protocol = LVN_ROUTE_PROTOCOL;
	mnl_attr_put_u32(nlh, RTA_TABLE, work->table);
	mnl_attr_put_u32(nlh, RTA_OIF, work->ifindex);
	return lvn_net_dump(work->net, nlh, take_mine, work);
}

static void read_mine(struct work *work)
{
	int ret = -EINTR;

	for (int i = 0; !work->has_mine && ret == -EINTR && i < DUMP_TRIES; i++) {
		memset(&work->mine, 0, sizeof(work->mine));
		work->mine.table = work->table;
		work->mine.metric = work->want->metric;
		ret = read_mine_of(work, AF_INET);
		/* There is no such table yet (-ENOENT), or no IPv6. */
		if (ret != -EINTR)
			ret = read_mine_of(work, AF_INET6);
		work->has_mine = ret != -EINTR;
	}
}

/* Whether the kernel's "exists" is about our own. */
static bool is_mine(struct work *work, const struct lvn_netset *have, const struct lvn_route *route)
{
	if (route->is_unreachable)
		return have && has_route(have, route);
	read_mine(work);
	return has_route(&work->mine, route);
}

static void add_route(struct work *work, const struct lvn_netset *have,
		      const struct lvn_route *route)
{
	const struct lvn_net_foreign *other = NULL;
	char name[IF_NAMESIZE], why[96];
	int ret;

	if (!route->is_unreachable)
		other = lvn_net_conflict(work->net, work->ifindex, work->table, work->want->metric,
					 &route->prefix);
	if (other) {
		snprintf(why, sizeof(why),
			 "the host has this route already (%s, metric %u), and keeps it",
			 device_name(other->ifindex, name), other->metric);
		remark(work, -EEXIST, "route", &route->prefix, why);
		return;
	}
	ret = route_set(work->net, work->ifindex, work->want, route, true);
	if (ret == -EEXIST && !is_mine(work, have, route)) {
		remark(work, ret, "route", &route->prefix,
		       "the host has this route already, and keeps it");
		return;
	}
	if (ret && ret != -EEXIST) {
		remark(work, ret, "route", &route->prefix, NULL);
		return;
	}
	work->done.routes[work->done.n_routes++] = *route;
}

/* Whether table or metric are others now. */
static bool is_moved(const struct work *work, const struct lvn_netset *have)
{
	return (have->table ? have->table : (uint32_t)RT_TABLE_MAIN) != work->table ||
	       have->metric != work->want->metric;
}

static void remove_routes(struct work *work, const struct lvn_netset *have)
{
	for (unsigned int i = 0; i < have->n_routes; i++) {
		const struct lvn_route *route = &have->routes[i];
		int ret;

		if (has_route(&work->done, route))
			continue;
		ret = route_set(work->net, work->ifindex, have, route, false);
		/* It went with its device, or somebody else removed it: as wanted. */
		if (ret && ret != -ESRCH && ret != -ENODEV && ret != -ENETDOWN)
			remark(work, ret, "route to be removed", &route->prefix, NULL);
	}
}

static void do_work(struct work *work, const struct lvn_netset *have, bool is_whole)
{
	struct addresses before = { .want = work->want, .own = work->ifindex };

	work->table = work->want->table ? work->want->table : RT_TABLE_MAIN;
	work->done.table = work->want->table;
	work->done.metric = work->want->metric;
	if (work->want->n_addresses || (have && have->n_addresses))
		read_addresses(work, &before);
	add_addresses(work, &before);
	if (have)
		remove_addresses(work, have, &before);
	/* Not told from the new ones by a request without a metric, so before these are there. */
	if (have && is_moved(work, have))
		remove_routes(work, have);
	for (unsigned int i = 0; i < work->want->n_routes; i++)
		add_route(work, have, &work->want->routes[i]);
	if (have && !is_moved(work, have))
		remove_routes(work, have);
	if (!is_whole)
		return;
	work->has_mine = false;
	read_mine(work);
	remove_routes(work, &work->mine);
}

void lvn_net_sync(struct lvn_net *net, uint32_t ifindex, const struct lvn_netset *have,
		  const struct lvn_netset *want, lvn_net_remark_fn *fn, void *arg,
		  struct lvn_netset *ret_done)
{
	struct work work = { .net = net, .ifindex = ifindex, .want = want, .fn = fn, .arg = arg };

	do_work(&work, have, true);
	*ret_done = work.done;
}

/**
 * struct first - the first remark
 * @error: 0 if there was none
 * @what: of LVN_NET_WHAT_SIZE bytes
 */
struct first {
	int error;
	char *what;
};

static void note_first(void *arg, int error, const char *text)
{
	struct first *first = arg;

	if (first->error)
		return;
	first->error = error;
	snprintf(first->what, LVN_NET_WHAT_SIZE, "%s", text);
}

int lvn_net_apply(struct lvn_net *net, uint32_t ifindex, const struct lvn_netset *have,
		  const struct lvn_netset *want, char *ret_what)
{
	struct first first = { .what = ret_what };
	struct work work = {
		.net = net, .ifindex = ifindex, .want = want, .fn = note_first, .arg = &first
	};

	ret_what[0] = '\0';
	do_work(&work, have, false);
	return first.error;
}
