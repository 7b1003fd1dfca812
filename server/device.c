// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keeping the server's interface as it should be. Network managers flush what they do not know, people
 * set interfaces down: rtnetlink tells, a look finds what is missing, and that is set again. What
 * cannot be set is told once, and again when it is solved.
 */
#include "server/device.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <uthash.h>

#include "broker/conf.h"
#include "lib/base/cleanup.h"
#include "lib/base/log.h"
#include "lib/net/net.h"

/* News come in crowds: wait for the rest of it, and look at most so often. */
#define SETTLE_MS 200
#define PAUSE_MS 1000
#define PROBLEMS_MAX 16
#define STALE_MAX LVN_NET_ADDRESSES_MAX

/**
 * struct route - a route that there should be
 * @prefix: key
 * @is_local: its addresses are the host's own
 * @is_there: the kernel has it
 * @was_there: it had it at the last look
 * @hh: in the table
 */
struct route {
	struct lvn_prefix prefix;
	bool is_local;
	bool is_there;
	bool was_there;
	UT_hash_handle hh;
};

/**
 * struct problems - what is not as it should be
 * @texts: of @n
 * @n: how many
 */
struct problems {
	char texts[PROBLEMS_MAX][LVN_NET_WHAT_SIZE];
	unsigned int n;
};

/**
 * struct server_device - see the header
 * @name: of the interface, borrowed
 * @gone: who hears that it is gone
 * @arg: for @gone
 * @net: rtnetlink
 * @news: event on it
 * @look: timer: look at everything
 * @ifindex: 0 as long as it is gone
 * @mtu: 0 for any
 * @networks: of @n_networks
 * @n_networks: how many
 * @has_address: which of @networks the kernel has
 * @routes: table of all routes, owned
 * @looked_ms: when it was looked at last
 * @problems: as last told
 * @found: those of the look that is being done
 */
struct server_device {
	const char *name;
	void (*gone)(void *arg);
	void *arg;
	struct lvn_net *net;
	struct event *news;
	struct event *look;
	uint32_t ifindex;
	uint32_t mtu;
	struct lvn_prefix networks[BROKER_NETWORKS_MAX];
	unsigned int n_networks;
	bool has_address[BROKER_NETWORKS_MAX];
	struct route *routes;
	uint64_t looked_ms;
	struct problems problems;
	struct problems found;
};

__attribute__((format(printf, 2, 3))) static void add_problem(struct server_device *device,
							      const char *format, ...)
{
	struct problems *found = &device->found;
	va_list args;

	if (found->n == PROBLEMS_MAX)
		return;
	va_start(args, format);
	vsnprintf(found->texts[found->n++], sizeof(found->texts[0]), format, args);
	va_end(args);
}

static bool has_problem(const struct problems *problems, const char *text)
{
	unsigned int i;

	for (i = 0; i < problems->n; i++)
		if (strcmp(problems->texts[i], text) == 0)
			return true;
	return false;
}

/* Each problem is told once. */
static void tell_problems(struct server_device *device)
{
	unsigned int i;

	for (i = 0; i < device->found.n; i++)
		if (!has_problem(&device->problems, device->found.texts[i]))
			lvn_warning("device %s: %s", device->name, device->found.texts[i]);
	if (device->problems.n && !device->found.n)
		lvn_info("device %s: everything is as it should be again", device->name);
	device->problems = device->found;
}

static void look_soon(struct server_device *device, unsigned int ms)
{
	const struct timeval delay = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	if (!evtimer_pending(device->look, NULL))
		evtimer_add(device->look, &delay);
}

/* Of hash keys each byte counts. */
static struct lvn_prefix make_key(const struct lvn_prefix *prefix)
{
	struct lvn_prefix key;

	memset(&key, 0, sizeof(key));
	key.addr.family = prefix->addr.family;
	memcpy(key.addr.bytes, prefix->addr.bytes, lvn_addr_bits(&prefix->addr) / 8);
	key.len = prefix->len;
	return key;
}

static struct route *find_route(const struct server_device *device, const struct lvn_prefix *prefix)
{
	const struct lvn_prefix key = make_key(prefix);
	struct route *route;

	HASH_FIND(hh, device->routes, &key, sizeof(key), route);
	return route;
}

static int add_route(struct server_device *device, const struct lvn_prefix *prefix, bool is_local)
{
	struct route *route;

	if (find_route(device, prefix))
		return 0;
	route = calloc(1, sizeof(*route));
	if (!route)
		return -ENOMEM;
	route->prefix = make_key(prefix);
	route->is_local = is_local;
	HASH_ADD(hh, device->routes, prefix, sizeof(route->prefix), route);
	return 0;
}

static void set_route(struct server_device *device, struct route *route)
{
	struct lvn_netset want = {
		.routes[0] = { .prefix = route->prefix, .is_local = route->is_local },
		.n_routes = 1,
	};
	char what[LVN_NET_WHAT_SIZE];

	if (lvn_net_apply(device->net, device->ifindex, NULL, &want, what) < 0)
		add_problem(device, "%s", what);
	else
		route->is_there = true;
}

static void set_address(struct server_device *device, unsigned int i)
{
	struct lvn_netset want = { .addresses[0] = device->networks[i], .n_addresses = 1 };
	char what[LVN_NET_WHAT_SIZE];

	if (lvn_net_apply(device->net, device->ifindex, NULL, &want, what) < 0)
		add_problem(device, "%s", what);
	else
		device->has_address[i] = true;
}

static void see_address(void *arg, const struct lvn_prefix *prefix, bool is_ours)
{
	struct server_device *device = arg;
	unsigned int i;

	(void)is_ours;
	for (i = 0; i < device->n_networks; i++)
		if (lvn_prefix_equal(prefix, &device->networks[i]))
			device->has_address[i] = true;
}

static void see_route(void *arg, const struct lvn_prefix *prefix, bool is_ours)
{
	struct route *route = find_route(arg, prefix);

	(void)is_ours;
	if (route)
		route->is_there = true;
}

/* What was there at the last look, and is not now, somebody has removed. */
static void look_at_addresses(struct server_device *device)
{
	char text[LVN_ADDR_TEXT_SIZE];
	bool had[BROKER_NETWORKS_MAX];
	unsigned int i;

	memcpy(had, device->has_address, sizeof(had));
	memset(device->has_address, 0, sizeof(device->has_address));
	if (lvn_net_own_addresses(device->net, device->ifindex, see_address, device) < 0)
		look_soon(device, PAUSE_MS);
	for (i = 0; i < device->n_networks; i++) {
		if (device->has_address[i])
			continue;
		set_address(device, i);
		if (had[i] && device->has_address[i])
			lvn_warning("device %s: somebody removed the address %s; set again",
				    device->name, lvn_prefix_format(&device->networks[i], text));
	}
}

static void look_at_routes(struct server_device *device)
{
	unsigned int n_again = 0;
	struct route *route;

	for (route = device->routes; route; route = route->hh.next) {
		route->was_there = route->is_there;
		route->is_there = false;
	}
	if (lvn_net_own_routes(device->net, device->ifindex, see_route, device) < 0)
		look_soon(device, PAUSE_MS);
	for (route = device->routes; route; route = route->hh.next) {
		if (route->is_there)
			continue;
		set_route(device, route);
		n_again += route->was_there && route->is_there;
	}
	if (n_again)
		lvn_warning("device %s: somebody removed %u routes; set again", device->name,
			    n_again);
}

/* Return: -ENODEV if it is gone. */
static int look_at_link(struct server_device *device)
{
	struct lvn_net_link link;
	int ret = lvn_net_link_get(device->net, device->ifindex, &link);

	if (ret < 0)
		return ret;
	if (strcmp(link.name, device->name) != 0)
		add_problem(device, "somebody gave the interface the name %s", link.name);
	if (link.is_up && (!device->mtu || link.mtu == device->mtu))
		return 0;
	ret = lvn_net_link_set(device->net, device->ifindex, device->mtu);
	if (ret < 0)
		add_problem(device, "cannot be set up with mtu %u: %s", device->mtu,
			    strerror(-ret));
	else
		lvn_warning("device %s: somebody %s; set again", device->name,
			    link.is_up ? "changed its MTU" : "set it down");
	return ret == -ENODEV ? ret : 0;
}

static void on_look(evutil_socket_t fd, short what, void *arg)
{
	struct server_device *device = arg;

	(void)fd;
	(void)what;
	device->looked_ms = lvn_clock_ms();
	device->found.n = 0;
	if (!device->ifindex || look_at_link(device) == -ENODEV) {
		device->ifindex = 0;
		add_problem(device, "somebody removed the interface; it is being made again");
		tell_problems(device);
		device->gone(device->arg);
		if (!device->ifindex)
			look_soon(device, PAUSE_MS);
		return;
	}
	look_at_addresses(device);
	look_at_routes(device);
	tell_problems(device);
}

static void on_news(evutil_socket_t fd, short what, void *arg)
{
	struct server_device *device = arg;
	uint64_t passed = lvn_clock_ms() - device->looked_ms;

	(void)fd;
	(void)what;
	if (lvn_net_watch_read(device->net, device->ifindex))
		look_soon(device, passed < PAUSE_MS ? PAUSE_MS - passed + SETTLE_MS : SETTLE_MS);
}

/**
 * struct stale - what another run has left
 * @device: whose
 * @set: of it, as much as fits
 */
struct stale {
	const struct server_device *device;
	struct lvn_netset set;
};

static void see_stale_address(void *arg, const struct lvn_prefix *prefix, bool is_ours)
{
	struct stale *stale = arg;
	unsigned int i;

	for (i = 0; i < stale->device->n_networks; i++)
		is_ours &= !lvn_prefix_equal(prefix, &stale->device->networks[i]);
	if (is_ours && stale->set.n_addresses < STALE_MAX)
		stale->set.addresses[stale->set.n_addresses++] = *prefix;
}

static void see_stale_route(void *arg, const struct lvn_prefix *prefix, bool is_ours)
{
	struct stale *stale = arg;

	if (is_ours && !find_route(stale->device, prefix) &&
	    stale->set.n_routes < LVN_NET_ROUTES_MAX)
		stale->set.routes[stale->set.n_routes++].prefix = *prefix;
}

/* As often as there is more than fits. */
static void remove_stale(struct server_device *device, bool is_routes)
{
	const struct lvn_netset none = { .n_routes = 0 };
	struct stale stale = { .device = device };
	char what[LVN_NET_WHAT_SIZE] = "";
	unsigned int n;
	int ret = 0;

	do {
		memset(&stale.set, 0, sizeof(stale.set));
		if (is_routes)
			lvn_net_own_routes(device->net, device->ifindex, see_stale_route, &stale);
		else
			lvn_net_own_addresses(device->net, device->ifindex, see_stale_address,
					      &stale);
		n = is_routes ? stale.set.n_routes : stale.set.n_addresses;
		if (n)
			ret = lvn_net_apply(device->net, device->ifindex, &stale.set, &none, what);
	} while (!ret && n >= (is_routes ? LVN_NET_ROUTES_MAX : STALE_MAX));
	if (ret < 0)
		lvn_warning("device %s: %s", device->name, what);
	else if (n)
		lvn_info("device %s: %u %s of other networks removed", device->name, n,
			 is_routes ? "routes" : "addresses");
}

/* Of another interface, nothing was there. */
static void forget(struct server_device *device)
{
	struct route *route;

	memset(device->has_address, 0, sizeof(device->has_address));
	for (route = device->routes; route; route = route->hh.next)
		route->is_there = false;
}

int server_device_set(struct server_device *device, uint32_t ifindex, uint32_t mtu,
		      const struct lvn_prefix *networks, unsigned int n,
		      const struct lvn_prefix *own)
{
	unsigned int i;
	int ret;

	ret = lvn_net_link_set(device->net, ifindex, mtu);
	if (ret < 0)
		return ret;
	if (ifindex != device->ifindex)
		forget(device);
	device->ifindex = ifindex;
	device->mtu = mtu;
	device->n_networks = n;
	device->found.n = 0;
	for (i = 0; i < n; i++) {
		struct lvn_prefix prefix = networks[i];

		device->networks[i] = networks[i];
		lvn_addr_mask(&prefix.addr, prefix.len);
		ret = add_route(device, &prefix, false);
		if (ret < 0)
			return ret;
	}
	ret = own->addr.family ? add_route(device, own, true) : 0;
	if (ret < 0)
		return ret;
	remove_stale(device, false);
	look_at_addresses(device);
	look_at_routes(device);
	tell_problems(device);
	return 0;
}

void server_device_set_mtu(struct server_device *device, uint32_t mtu)
{
	int ret;

	if (mtu == device->mtu)
		return;
	device->mtu = mtu;
	ret = mtu && device->ifindex ? lvn_net_link_set(device->net, device->ifindex, mtu) : 0;
	if (ret < 0)
		lvn_warning("device %s: cannot set mtu %u: %s", device->name, mtu, strerror(-ret));
}

int server_device_route(struct server_device *device, const struct lvn_prefix *prefix, bool is_up)
{
	struct route *route = find_route(device, prefix);
	struct lvn_netset have = { .n_routes = 1 }, none = { .n_routes = 0 };
	char what[LVN_NET_WHAT_SIZE];
	unsigned int before;

	if (is_up) {
		if (!route && add_route(device, prefix, false) < 0)
			return -ENOMEM;
		route = find_route(device, prefix);
		device->found = device->problems;
		before = device->found.n;
		if (device->ifindex && !route->is_there)
			set_route(device, route);
		if (device->found.n > before)
			tell_problems(device);
		return 0;
	}
	if (!route)
		return 0;
	have.routes[0].prefix = route->prefix;
	if (device->ifindex && route->is_there &&
	    lvn_net_apply(device->net, device->ifindex, &have, &none, what) < 0)
		lvn_warning("device %s: %s", device->name, what);
	HASH_DEL(device->routes, route);
	free(route);
	return 0;
}

int server_device_watch(struct server_device *device)
{
	if (event_pending(device->news, EV_READ, NULL))
		return 0;
	remove_stale(device, true);
	return event_add(device->news, NULL) < 0 ? -ENOMEM : 0;
}

uint32_t server_device_index(const struct server_device *device)
{
	return device->ifindex;
}

void server_device_problems(const struct server_device *device,
			    void (*fn)(void *arg, const char *text), void *arg)
{
	unsigned int i;

	for (i = 0; i < device->problems.n; i++)
		fn(arg, device->problems.texts[i]);
}

int server_device_create(const char *name, struct event_base *base, void (*gone)(void *arg),
			 void *arg, struct server_device **ret_device)
{
	struct server_device *device = calloc(1, sizeof(*device));
	int ret;

	if (!device)
		return -ENOMEM;
	device->name = name;
	device->gone = gone;
	device->arg = arg;
	ret = lvn_net_open(&device->net);
	if (!ret) {
		device->look = evtimer_new(base, on_look, device);
		device->news = event_new(base, lvn_net_watch_fd(device->net), EV_READ | EV_PERSIST,
					 on_news, device);
		if (!device->look || !device->news)
			ret = -ENOMEM;
	}
	if (ret < 0) {
		server_device_destroy(device);
		return ret;
	}
	*ret_device = device;
	return 0;
}

void server_device_destroy(struct server_device *device)
{
	struct route *route, *next;

	if (!device)
		return;
	if (device->news)
		event_free(device->news);
	if (device->look)
		event_free(device->look);
	HASH_ITER(hh, device->routes, route, next) {
		HASH_DEL(device->routes, route);
		free(route);
	}
	lvn_net_close(device->net);
	free(device);
}
