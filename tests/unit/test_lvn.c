// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Parts of the spoke that need no network: backoff, options, order of addresses, state file, and
 * a binding against a hub that is a function.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "lib/base/log.h"
#include "proto/stun/stun.h"
#include "spoke/accept.h"
#include "spoke/backoff.h"
#include "spoke/binding.h"
#include "spoke/config.h"
#include "spoke/problems.h"
#include "spoke/resolve.h"
#include "spoke/state.h"

static void test_backoff(void **state)
{
	struct lvn_backoff backoff;
	uint32_t step_ms = 1000;

	(void)state;
	lvn_backoff_init(&backoff, 1000, 60000);
	assert_true(lvn_backoff_next(&backoff) <= 1000);
	for (int i = 0; i < 100; i++) {
		uint32_t ms = lvn_backoff_next(&backoff);

		assert_in_range(ms, step_ms / 2, step_ms);
		step_ms = step_ms > 30000 ? 60000 : step_ms * 2;
	}
	lvn_backoff_reset(&backoff);
	assert_true(lvn_backoff_next(&backoff) <= 1000);
	lvn_backoff_longest(&backoff);
	assert_in_range(lvn_backoff_next(&backoff), 30000, 60000);
	assert_in_range(lvn_retry_after(7), 7000, 14000);
	assert_in_range(lvn_retry_after(UINT32_MAX), 86400000, 172800000);
	assert_int_equal(lvn_random(0), 0);
	assert_int_equal(lvn_random(1), 0);
}

struct option_case {
	const char *option;
	const char *value;
	int error;
};

static void test_options(void **state)
{
	static const struct option_case cases[] = {
		{ "hub", "hub.example.net", 0 },
		{ "hub", "hub.example.net:444", 0 },
		{ "hub", "[2001:db8::1]", 0 },
		{ "hub", "[2001:db8::1]:444", 0 },
		{ "hub", "2001:db8::1", 0 },
		{ "hub", "[2001:db8::1", -EINVAL },
		{ "hub", "[2001:db8::1]x", -EINVAL },
		{ "hub", "hub:0", -EINVAL },
		{ "hub", "hub:65536", -EINVAL },
		{ "hub", ":50000", -EINVAL },
		{ "hub", "fe80::1%eth0", -EINVAL },
		{ "hub", "[fe80::1]:444", -EINVAL },
		{ "hub", "hub%eth0", -EINVAL },
		{ "hub", "", -EINVAL },
		{ "hub", NULL, -EINVAL },
		{ "name", "lvn-1", 0 },
		{ "name", "../x", -EINVAL },
		{ "name", "..", -EINVAL },
		{ "name", "sixteencharacter", -EINVAL },
		{ "label", "a b", -EINVAL },
		{ "uplink", "eth0", 0 },
		{ "uplink", "eth1,priority=10,weight=3,mark=0x10", 0 },
		{ "uplink", "eth1,weight=0", -EINVAL },
		{ "uplink", "eth1,speed=3", -EINVAL },
		{ "uplink", ",priority=1", -EINVAL },
		{ "port", "0", 0 },
		{ "port", "65536", -EINVAL },
		{ "port", "-1", -EINVAL },
		{ "keepalive", "0", -EINVAL },
		{ "keepalive", "25s", -EINVAL },
		{ "mtu", "575", -EINVAL },
		{ "mtu", "1400", 0 },
		{ "address", "10.0.0.1", 0 },
		{ "address", "10.0.0", -EINVAL },
		{ "prefix", "192.168.7.0/24", 0 },
		{ "prefix", "192.168.7.1/24", -EINVAL },
		{ "prefix", "::/56", 0 },
		{ "datapath", "both", -EINVAL },
		{ "datapath", NULL, -EINVAL },
		{ "datapath", "user", 0 },
		{ "release", NULL, 0 },
		{ "release", "maybe", -EINVAL },
		{ "colour", "red", -ENOENT },
	};
	char error[LVN_CONFIG_ERROR_SIZE];
	struct lvn_config config;

	(void)state;
	assert_int_equal(lvn_config_init(&config), 0);
	assert_int_equal(lvn_config_finish(&config, error), -EINVAL);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int err = lvn_config_set(&config, cases[i].option, cases[i].value, error);

		if (err != cases[i].error)
			fail_msg("%s=%s: %d", cases[i].option, cases[i].value, err);
	}
	assert_int_equal(lvn_config_finish(&config, error), 0);
	assert_int_equal(config.n_hubs, 5);
	assert_string_equal(config.hubs[0].host, "hub.example.net");
	assert_int_equal(config.hubs[0].port, 50000);
	assert_int_equal(config.hubs[1].port, 444);
	assert_string_equal(config.hubs[3].host, "2001:db8::1");
	assert_int_equal(config.hubs[3].port, 444);
	assert_string_equal(config.hubs[4].host, "2001:db8::1");
	assert_int_equal(config.n_uplinks, 2);
	assert_int_equal(config.uplinks[1].priority, 10);
	assert_int_equal(config.uplinks[1].weight, 3);
	assert_int_equal(config.uplinks[1].mark, 16);
	assert_true(config.release);
	assert_int_equal(config.datapath, IPUDP_DATAPATH_USER);
	lvn_config_done(&config);
}

/* Command line before file before environment. */
static void test_datapath(void **state)
{
	static const struct {
		const char *option, *environment;
		int error;
		enum ipudp_datapath expected;
	} cases[] = {
		{ NULL, NULL, 0, IPUDP_DATAPATH_AUTO },
		{ NULL, "", 0, IPUDP_DATAPATH_AUTO },
		{ NULL, "user", 0, IPUDP_DATAPATH_USER },
		{ NULL, "module", 0, IPUDP_DATAPATH_MODULE },
		{ NULL, "fast", -EINVAL, 0 },
		{ "auto", "user", 0, IPUDP_DATAPATH_AUTO },
		{ "module", "fast", 0, IPUDP_DATAPATH_MODULE },
	};
	char error[LVN_CONFIG_ERROR_SIZE];
	struct lvn_config config;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsetenv("IPUDP_DATAPATH");
		if (cases[i].environment)
			setenv("IPUDP_DATAPATH", cases[i].environment, 1);
		assert_int_equal(lvn_config_init(&config), 0);
		assert_int_equal(lvn_config_set(&config, "hub", "h", error), 0);
		if (cases[i].option)
			assert_int_equal(
				lvn_config_set(&config, "datapath", cases[i].option, error), 0);
		assert_int_equal(lvn_config_finish(&config, error), cases[i].error);
		if (!cases[i].error)
			assert_int_equal(config.datapath, cases[i].expected);
		else
			assert_non_null(strstr(error, "IPUDP_DATAPATH"));
		lvn_config_done(&config);
	}
	unsetenv("IPUDP_DATAPATH");
}

static void test_options_bounded(void **state)
{
	char error[LVN_CONFIG_ERROR_SIZE];
	struct lvn_config config;

	(void)state;
	assert_int_equal(lvn_config_init(&config), 0);
	for (int i = 0; i < LVN_HUBS_MAX; i++)
		assert_int_equal(lvn_config_set(&config, "hub", "h", error), 0);
	assert_int_equal(lvn_config_set(&config, "hub", "h", error), -ENOSPC);
	for (int i = 0; i < LVN_PREFIXES_MAX; i++)
		assert_int_equal(lvn_config_set(&config, "prefix", "::/56", error), 0);
	assert_int_equal(lvn_config_set(&config, "prefix", "::/56", error), -ENOSPC);
	lvn_config_done(&config);
}

static void test_file(void **state)
{
	char path[] = "/tmp/test_lvn_XXXXXX";
	char error[LVN_CONFIG_ERROR_SIZE];
	struct lvn_config config;
	FILE *file;

	(void)state;
	file = fdopen(mkstemp(path), "w");
	fputs("# comment\nhub = { \"a\", \"b:1\" }\nname = \"office\"\nport = \"4000\"\n"
	      "no-routes = \"yes\"\nno-checksum = \"yes\"\nuplink = {\"eth0,priority=3\"}\n",
	      file);
	fclose(file);
	assert_int_equal(lvn_config_init(&config), 0);
	assert_int_equal(lvn_config_read(&config, path, error), 0);
	assert_int_equal(config.n_hubs, 2);
	assert_string_equal(config.name, "office");
	assert_int_equal(config.port, 4000);
	assert_true(config.no_routes);
	assert_true(config.no_checksum);
	assert_int_equal(config.uplinks[0].priority, 3);
	file = fopen(path, "w");
	fputs("\ncolour = \"red\"\n", file);
	fclose(file);
	assert_int_equal(lvn_config_read(&config, path, error), -EINVAL);
	assert_non_null(strstr(error, ":2:"));
	file = fopen(path, "w");
	fputs("mtu = \"1\"\n", file);
	fclose(file);
	assert_int_equal(lvn_config_read(&config, path, error), -EINVAL);
	assert_non_null(strstr(error, "mtu"));
	unlink(path);
	assert_int_equal(lvn_config_read(&config, path, error), -ENOENT);
	lvn_config_done(&config);
}

static void test_interleave(void **state)
{
	static const char *const before = "666444", *const after = "646464";
	struct lvn_endpoint endpoints[6] = { 0 };

	(void)state;
	for (int i = 0; i < 6; i++) {
		endpoints[i].addr.family = before[i] == '6' ? AF_INET6 : AF_INET;
		endpoints[i].port = (uint16_t)i;
	}
	lvn_resolve_interleave(endpoints, 6);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(endpoints[i].addr.family, after[i] == '6' ? AF_INET6 : AF_INET);
		assert_int_equal(endpoints[i].port, i / 2 + (i % 2 ? 3 : 0));
	}
}

static void test_state(void **state)
{
	struct lvn_state out = { .has_device = true,
				 .session = "9f86d081884c7d65",
				 .hub = "h",
				 .token = "t",
				 .n_ports = 1,
				 .ports = { { 7, 4000, 3 } } };
	char folder[] = "/tmp/test_lvn_XXXXXX";
	struct lvn_state in;
	int lock, other;

	(void)state;
	assert_non_null(mkdtemp(folder));
	out.set.table = 100;
	out.set.n_addresses = out.set.n_routes = 1;
	assert_int_equal(lvn_prefix_parse("10.0.0.2/24", &out.set.addresses[0]), 0);
	assert_int_equal(lvn_prefix_parse("fd00::/64", &out.set.routes[0].prefix), 0);
	out.set.routes[0].is_unreachable = true;
	assert_int_equal(lvn_state_prepare(folder, "x", geteuid(), &lock), 0);
	assert_int_equal(lvn_state_prepare(folder, "x", geteuid(), &other), -EBUSY);
	assert_int_equal(lvn_state_load(folder, "x", &in), -ENOENT);
	assert_int_equal(lvn_state_save(folder, "x", &out), 0);
	assert_int_equal(lvn_state_load(folder, "x", &in), 0);
	assert_true(in.has_device);
	assert_string_equal(in.session, out.session);
	assert_string_equal(in.token, "t");
	assert_int_equal(in.ports[0].port, 4000);
	assert_int_equal(in.set.table, 100);
	assert_true(lvn_prefix_equal(&in.set.addresses[0], &out.set.addresses[0]));
	assert_true(in.set.routes[0].is_unreachable);
	assert_true(lvn_prefix_equal(&in.set.routes[0].prefix, &out.set.routes[0].prefix));
	lvn_state_remove(folder, "x");
	assert_int_equal(lvn_state_load(folder, "x", &in), -ENOENT);
	close(lock);
}

/* A hub that is a function; the answer comes by a timer, or not. */
struct hub {
	struct event_base *base;
	struct lvn_binding *binding;
	struct lvn_binding_params params;
	uint64_t counter;
	bool is_silent;
	bool is_forging;
	bool wants_cookie;
	unsigned int requests;
	unsigned int events[LVN_BINDING_EVENT_REFUSED + 1];
	struct lvn_endpoint mapped;
	struct lvn_endpoint to;
	uint8_t answer[STUN_MAX];
	size_t answer_len;
};

static void on_answer(evutil_socket_t fd, short what, void *arg)
{
	const struct lvn_addr local = { .family = AF_INET };
	struct hub *hub = arg;

	(void)fd;
	(void)what;
	lvn_binding_input(hub->binding, &hub->to, &local, hub->answer, hub->answer_len);
}

static int on_send(void *arg, const struct lvn_endpoint *to, const void *data, size_t len)
{
	const struct timeval at_once = { 0, 1000 };
	struct stun_message request,
		answer = { .has_magic = true, .has_integrity = true, .has_fingerprint = true };
	const char *key;
	struct hub *hub = arg;

	hub->requests++;
	assert_int_equal(stun_parse(data, len, &request), 0);
	assert_int_equal(stun_verify(&request, data, hub->params.key, strlen(hub->params.key)), 0);
	assert_int_equal(request.type, STUN_REQUEST);
	/* It must rise with each. */
	assert_true(request.counter > hub->counter || request.counter == *hub->params.counter);
	hub->counter = request.counter;
	if (hub->is_silent)
		return 0;
	memcpy(answer.txid, request.txid, sizeof(answer.txid));
	key = hub->is_forging ? "wrong" : hub->params.key;
	if (hub->wants_cookie && !request.cookie) {
		answer.type = STUN_ERROR;
		answer.error = STUN_PROVE;
		answer.cookie = (const uint8_t *)"12345678";
	} else {
		answer.type = STUN_SUCCESS;
		answer.mapped = hub->mapped;
	}
	hub->to = *to;
	assert_int_equal(stun_write(&answer, key, strlen(key), hub->answer, sizeof(hub->answer),
				    &hub->answer_len),
			 0);
	event_base_once(hub->base, -1, EV_TIMEOUT, on_answer, hub, &at_once);
	return 0;
}

static void on_tell(void *arg, enum lvn_binding_event event)
{
	struct hub *hub = arg;

	hub->events[event]++;
}

static void hub_init(struct hub *hub)
{
	struct lvn_binding_owner owner = { hub, on_send, on_tell };

	memset(hub, 0, sizeof(*hub));
	hub->base = event_base_new();
	assert_int_equal(lvn_binding_create(hub->base, &owner, &hub->binding), 0);
	strcpy(hub->params.session, "9f86d081884c7d65");
	memset(hub->params.key, 'k', LVN_KEY_SIZE - 1);
	hub->params.n_endpoints = 2;
	assert_int_equal(lvn_endpoint_parse("192.0.2.1:1", 0, &hub->params.endpoints[0]), 0);
	assert_int_equal(lvn_endpoint_parse("192.0.2.2:2", 0, &hub->params.endpoints[1]), 0);
	assert_int_equal(lvn_endpoint_parse("198.51.100.4:9", 0, &hub->mapped), 0);
	hub->params.weight = 1;
	hub->params.keepalive_ms = 100;
	hub->params.timeout_ms = 3000;
	hub->params.counter = &hub->counter;
}

static void hub_done(struct hub *hub)
{
	lvn_binding_destroy(hub->binding);
	event_base_free(hub->base);
}

static void run_ms(struct hub *hub, unsigned int ms)
{
	const struct timeval limit = { ms / 1000, ms % 1000 * 1000 };

	event_base_loopexit(hub->base, &limit);
	event_base_dispatch(hub->base);
}

static void test_binding(void **state)
{
	struct lvn_binding_status status;
	struct hub hub;

	(void)state;
	hub_init(&hub);
	hub.wants_cookie = true;
	lvn_binding_start(hub.binding, &hub.params);
	run_ms(&hub, 50);
	lvn_binding_status(hub.binding, &status);
	assert_int_equal(status.state, LVN_BINDING_BOUND);
	assert_int_equal(hub.requests, 2);
	assert_true(lvn_endpoint_equal(&status.mapped, &hub.mapped));
	/* Keepalives go on. */
	hub.wants_cookie = false;
	run_ms(&hub, 350);
	assert_in_range(hub.requests, 4, 8);
	hub.mapped.port++;
	run_ms(&hub, 250);
	assert_int_equal(hub.events[LVN_BINDING_EVENT_MOVED], 1);
	assert_int_equal(hub.events[LVN_BINDING_EVENT_BOUND], 1);
	hub_done(&hub);
}

static void test_binding_forged(void **state)
{
	struct lvn_binding_status status;
	struct hub hub;

	(void)state;
	hub_init(&hub);
	hub.is_forging = true;
	lvn_binding_start(hub.binding, &hub.params);
	run_ms(&hub, 400);
	lvn_binding_status(hub.binding, &status);
	assert_int_equal(status.state, LVN_BINDING_SEARCHING);
	assert_int_equal(status.answers, 0);
	assert_int_equal(status.mapped.addr.family, AF_UNSPEC);
	hub_done(&hub);
}

static void test_binding_lost(void **state)
{
	struct lvn_binding_status status;
	struct hub hub;

	(void)state;
	hub_init(&hub);
	lvn_binding_start(hub.binding, &hub.params);
	run_ms(&hub, 50);
	hub.is_silent = true;
	run_ms(&hub, 2500);
	lvn_binding_status(hub.binding, &status);
	assert_int_equal(status.state, LVN_BINDING_SUSPECT);
	run_ms(&hub, 3000);
	assert_int_equal(hub.events[LVN_BINDING_EVENT_SUSPECT], 1);
	assert_int_equal(hub.events[LVN_BINDING_EVENT_LOST], 1);
	/* The other endpoint is tried, and found. */
	hub.is_silent = false;
	run_ms(&hub, 2500);
	lvn_binding_status(hub.binding, &status);
	assert_int_equal(status.state, LVN_BINDING_BOUND);
	assert_true(lvn_endpoint_equal(&status.endpoint, &hub.params.endpoints[1]));
	assert_int_equal(status.losses, 1);
	lvn_binding_release(hub.binding);
	lvn_binding_status(hub.binding, &status);
	assert_int_equal(status.state, LVN_BINDING_OFF);
	hub_done(&hub);
}

struct accept_case {
	const char *prefix;
	bool is_address;
	bool is_route;
	bool is_behind;
};

/* Which parts of a lease remain, each offered as address, route and delegated prefix. */
static void check_accepted(const struct lvn_config *config, const struct accept_case *item)
{
	const struct lvn_addr control = { .family = AF_INET, .v4 = { htonl(0xcb007101) } };
	struct lvn_problems problems = { .n = 0 };
	struct lvn_lease lease = {
		.n_addresses = 1, .n_routes = 1, .n_prefixes = 1, .n_endpoints = 1
	};

	assert_int_equal(lvn_prefix_parse(item->prefix, &lease.addresses[0]), 0);
	lease.routes[0] = lease.prefixes[0] = lease.addresses[0];
	assert_int_equal(lvn_accept_lease(config, &control, &lease, &problems), 0);
	if (lease.n_addresses != item->is_address || lease.n_routes != item->is_route ||
	    lease.n_prefixes != item->is_behind)
		fail_msg("%s: %u %u %u", item->prefix, lease.n_addresses, lease.n_routes,
			 lease.n_prefixes);
	assert_int_equal(problems.n, 3 - item->is_address - item->is_route - item->is_behind);
}

static void test_accept(void **state)
{
	static const struct accept_case any[] = {
		{ "10.100.0.7/24", true, true, true },
		{ "fd00:100::7/64", true, true, true },
		{ "203.0.113.5/32", true, true, true },
		{ "0.0.0.0/0", false, true, false },
		{ "::/0", false, true, false },
		{ "128.0.0.0/1", false, true, false },
		{ "8000::/1", false, true, false },
		{ "11.0.0.0/7", false, true, false },
		{ "2000::/15", false, true, false },
		{ "0.0.0.0/8", false, false, false },
		{ "127.0.0.1/32", false, false, false },
		{ "169.254.169.254/32", false, false, false },
		{ "224.0.0.1/24", false, false, false },
		{ "224.0.0.0/3", false, false, false },
		{ "240.1.2.3/24", false, false, false },
		{ "255.255.255.255/32", false, false, false },
		{ "::1/128", false, false, false },
		{ "::/128", false, false, false },
		{ "fe80::1/64", false, false, false },
		{ "ff02::1/64", false, false, false },
		{ "::ffff:10.0.0.1/128", false, false, false },
	};
	static const struct accept_case within[] = {
		{ "10.100.0.7/24", true, true, true },	   { "10.100.0.0/15", true, false, false },
		{ "10.101.0.7/24", false, false, false },  { "0.0.0.0/0", false, false, false },
		{ "fd00:100::7/64", false, false, false },
	};
	struct lvn_prefix prefix, link;
	char error[LVN_CONFIG_ERROR_SIZE];
	struct lvn_config config;

	(void)state;
	assert_int_equal(lvn_config_init(&config), 0);
	for (size_t i = 0; i < sizeof(any) / sizeof(any[0]); i++)
		check_accepted(&config, &any[i]);
	assert_int_equal(lvn_config_set(&config, "accept", "10.100.0.1/16", error), -EINVAL);
	assert_int_equal(lvn_config_set(&config, "accept", "10.100.0.0/16", error), 0);
	for (size_t i = 0; i < sizeof(within) / sizeof(within[0]); i++)
		check_accepted(&config, &within[i]);
	/* Within a link only if that is what was named. */
	assert_int_equal(lvn_prefix_parse("10.100.7.0/24", &prefix), 0);
	assert_int_equal(lvn_prefix_parse("10.0.0.0/8", &link), 0);
	assert_true(lvn_accept_is_vouched(&config, &prefix, &link));
	assert_int_equal(lvn_prefix_parse("10.100.0.0/16", &link), 0);
	assert_false(lvn_accept_is_vouched(&config, &prefix, &link));
	lvn_config_done(&config);
}

/* Where a hub may send the spoke, and the MTU that it may set. */
static void test_accept_rest(void **state)
{
	static const char *const bad[] = { "127.0.0.1",	      "224.0.0.5",  "255.255.255.255",
					   "169.254.1.1",     "fe80::1",    "ff02::1",
					   "::ffff:10.0.0.1", "10.100.0.7", "10.100.0.1" };
	struct lvn_addr control = { .family = AF_INET, .v4 = { htonl(0xcb007101) } };
	struct lvn_problems problems = { .n = 0 };
	struct lvn_lease lease = { .n_addresses = 2, .n_hub = 1, .mtu = 576, .n_endpoints = 2 };
	struct lvn_lease copy;
	struct lvn_config config;

	(void)state;
	assert_int_equal(lvn_config_init(&config), 0);
	assert_int_equal(lvn_prefix_parse("10.100.0.7/24", &lease.addresses[0]), 0);
	assert_int_equal(lvn_prefix_parse("fd00::7/64", &lease.addresses[1]), 0);
	assert_int_equal(lvn_addr_parse("10.100.0.1", &lease.hub[0]), 0);
	lease.endpoints[0].port = 50000;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(lvn_addr_parse(bad[i], &lease.endpoints[1].addr), 0);
		copy = lease;
		memset(&problems, 0, sizeof(problems));
		assert_int_equal(lvn_accept_lease(&config, &control, &copy, &problems), 0);
		assert_int_equal(copy.n_endpoints, 1);
		assert_int_equal(problems.n, 2);
	}
	assert_int_equal(lvn_accept_mtu(&config, &lease), 1280);
	lease.endpoints[0] = lease.endpoints[1];
	assert_int_equal(lvn_accept_lease(&config, &control, &lease, &problems), -EPERM);
	/* The hub of this very host may well be named by its own address. */
	control = lease.endpoints[0].addr;
	lease.n_addresses = lease.n_hub = 0;
	lease.n_endpoints = 1;
	lease.endpoints[0].addr = control;
	assert_int_equal(lvn_accept_lease(&config, &control, &lease, &problems), 0);
	assert_int_equal(lvn_accept_mtu(&config, &lease), 576);
	lease.mtu = 68;
	memset(&problems, 0, sizeof(problems));
	assert_int_equal(lvn_accept_lease(&config, &control, &lease, &problems), 0);
	assert_non_null(
		strstr(problems.texts[problems.n - 1], "MTU 68 is refused: IPv4 needs 576"));
	assert_int_equal(lvn_accept_mtu(&config, &lease), 576);
	lease.mtu = 0;
	assert_int_equal(lvn_accept_mtu(&config, &lease), 0);
	lvn_config_done(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_backoff),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_options_bounded),
		cmocka_unit_test(test_datapath),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_interleave),
		cmocka_unit_test(test_state),
		cmocka_unit_test(test_accept),
		cmocka_unit_test(test_accept_rest),
		cmocka_unit_test(test_binding),
		cmocka_unit_test(test_binding_forged),
		cmocka_unit_test(test_binding_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
