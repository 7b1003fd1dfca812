// SPDX-License-Identifier: GPL-2.0-or-later
/* See the header. */
#include "broker_fixture.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "broker/conf.h"
#include "broker/dataplane.h"
#include "broker/policy.h"
#include "broker/session.h"
#include "broker/stats.h"
#include "broker/store.h"

struct plane plane;

struct broker_store store;
static struct broker_store real_store;
int store_error;
struct broker *broker;
uint64_t now_ms = 1000000;
static int64_t wall = 1700000000;
unsigned int ups, downs, ends;
enum broker_reason last_reason;

static uint64_t clock_ms(void)
{
	return now_ms;
}
static int64_t clock_s(void)
{
	return wall;
}

void pass(unsigned int seconds)
{
	while (seconds--) {
		now_ms += 1000;
		wall++;
		broker_tick(broker);
	}
}

int tunnel_at(uint32_t id)
{
	int i;

	for (i = 0; i < MAX; i++)
		if (plane.tunnels[i].id == id)
			return i;
	return -1;
}

unsigned int n_tunnels(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < MAX; i++)
		n += plane.tunnels[i].id != 0;
	return n;
}

unsigned int n_rules(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < MAX; i++)
		n += plane.rules[i].n != 0;
	return n;
}

int plane_add(void *arg, uint32_t id, const struct broker_path *path)
{
	int i = tunnel_at(0);

	(void)arg;
	assert_int_equal(tunnel_at(id), -1);
	assert_true(i >= 0);
	if (plane.error)
		return plane.error;
	plane.changes++;
	plane.tunnels[i].id = id;
	plane.tunnels[i].path = *path;
	return 0;
}

static int plane_move(void *arg, uint32_t id, const struct broker_path *path)
{
	int i = tunnel_at(id);

	(void)arg;
	assert_true(i >= 0);
	if (plane.error)
		return plane.error;
	plane.changes++;
	plane.tunnels[i].path = *path;
	return 0;
}

static int plane_rule(void *arg, const struct lvn_prefix *prefix,
		      const struct broker_target *targets, unsigned int n)
{
	int i, free_one = -1;

	(void)arg;
	for (i = 0; i < MAX; i++) {
		if (plane.rules[i].n && lvn_prefix_equal(&plane.rules[i].prefix, prefix))
			break;
		if (!plane.rules[i].n && free_one < 0)
			free_one = i;
	}
	if (i == MAX && !n)
		return -ENOENT;
	if (i == MAX)
		i = free_one;
	if (plane.rules[i].n != n || (n && plane.rules[i].targets[0].tunnel != targets[0].tunnel))
		plane.changes++;
	plane.rules[i].prefix = *prefix;
	plane.rules[i].n = n;
	if (n)
		memcpy(plane.rules[i].targets, targets, n * sizeof(*targets));
	return 0;
}

static int plane_del(void *arg, uint32_t id)
{
	int i = tunnel_at(id);

	(void)arg;
	if (i < 0)
		return -ENOENT;
	plane.changes++;
	plane.tunnels[i].id = 0;
	return 0;
}

static int plane_tunnels(void *arg, broker_tunnel_fn *fn, void *fn_arg)
{
	int i;

	(void)arg;
	for (i = 0; i < MAX; i++)
		if (plane.tunnels[i].id)
			fn(fn_arg, plane.tunnels[i].id, &plane.tunnels[i].path);
	return 0;
}

static int plane_rules(void *arg, broker_rule_fn *fn, void *fn_arg)
{
	int i;

	(void)arg;
	for (i = 0; i < MAX; i++)
		if (plane.rules[i].n)
			fn(fn_arg, &plane.rules[i].prefix, plane.rules[i].targets,
			   plane.rules[i].n);
	return 0;
}

static int plane_route(void *arg, const struct lvn_prefix *prefix, bool is_up)
{
	(void)arg;
	(void)prefix;
	(void)is_up;
	return 0;
}

static int failing_session_put(void *arg, const struct broker_session_record *record)
{
	return store_error ?: real_store.session_put(arg, record);
}

static int failing_binding_put(void *arg, const struct broker_binding_record *record)
{
	return store_error ?: real_store.binding_put(arg, record);
}

static void on_up(void *arg, struct broker_session *session, unsigned int index)
{
	(void)arg;
	(void)session;
	(void)index;
	ups++;
}

static void on_down(void *arg, struct broker_session *session, unsigned int index,
		    enum broker_reason reason)
{
	(void)arg;
	(void)session;
	(void)index;
	last_reason = reason;
	downs++;
}

static void on_ended(void *arg, struct broker_session *session, enum broker_reason reason,
		     unsigned int retry_after)
{
	(void)arg;
	(void)session;
	(void)retry_after;
	last_reason = reason;
	ends++;
}

struct broker_conf *make_conf(const char *network)
{
	struct broker_conf *conf;
	char text[128] = "";

	assert_int_equal(broker_conf_create(&conf), 0);
	assert_int_equal(lvn_prefix_parse(network, &conf->networks[0]), 0);
	assert_int_equal(lvn_prefix_parse("fd00:100::1/64", &conf->networks[1]), 0);
	conf->n_networks = 2;
	assert_int_equal(lvn_prefix_parse("fd00:200::/60", &conf->delegations[0].prefix), 0);
	conf->delegations[0].len = 64;
	conf->n_delegations = 1;
	conf->identities = calloc(1, sizeof(*conf->identities));
	assert_non_null(conf->identities);
	conf->n_identities = 1;
	conf->identities[0].pattern = strdup("fixed");
	conf->identities[0].n_addresses = 1;
	lvn_addr_parse("10.0.0.5", &conf->identities[0].addresses[0]);
	conf->identities[0].n_permitted = 1;
	lvn_prefix_parse("192.168.0.0/16", &conf->identities[0].permitted[0]);
	assert_int_equal(broker_conf_check(conf, text, sizeof(text)), 0);
	return conf;
}

void start(const char *network)
{
	static const struct broker_clock clock = { clock_ms, clock_s };
	static const struct broker_front front = { .up = on_up,
						   .down = on_down,
						   .ended = on_ended };
	static const struct broker_dataplane dataplane = {
		.tunnel_add = plane_add,
		.tunnel_move = plane_move,
		.tunnel_del = plane_del,
		.rule_set = plane_rule,
		.tunnel_list = plane_tunnels,
		.rule_list = plane_rules,
		.route_set = plane_route,
	};

	assert_int_equal(broker_create(make_conf(network), &dataplane, &store, &clock, &broker), 0);
	broker_set_front(broker, &front);
	assert_int_equal(broker_adopt(broker), 0);
}

int setup(void **state)
{
	(void)state;
	memset(&plane, 0, sizeof(plane));
	store_error = 0;
	ups = downs = ends = 0;
	assert_int_equal(broker_store_open_sqlite(":memory:", &real_store), 0);
	store = real_store;
	store.session_put = failing_session_put;
	store.binding_put = failing_binding_put;
	start("10.0.0.1/24");
	return 0;
}

int teardown(void **state)
{
	(void)state;
	broker_destroy(broker);
	store.destroy(store.arg);
	return 0;
}

/* What a crash leaves: the store and the data plane. */
void crash(void)
{
	broker_destroy(broker);
	ups = downs = ends = 0;
	plane.changes = 0;
	start("10.0.0.1/24");
}

char token[BROKER_TOKEN_SIZE];
struct broker_refusal refusal;
bool resumed;

int try_hello(const char *identity, const char *session, const char *with_token,
	      const struct broker_wish *wish, struct broker_session **ret)
{
	struct broker_claim claim = {
		.identity = identity,
		.session = session,
		.token = with_token,
		.name = "n",
		.credential = "c",
	};

	if (wish)
		claim.wish = *wish;
	return broker_hello(broker, &claim, ret, token, &resumed, &refusal);
}

struct broker_session *hello(const char *identity)
{
	struct broker_session *session;

	assert_int_equal(try_hello(identity, "", "", NULL, &session), 0);
	return session;
}

int bind_at(struct broker_session *session, unsigned int index, const char *remote,
	    uint64_t counter)
{
	struct broker_path path = { .listener = 1 };
	struct broker_bind bind = {
		.index = index, .weight = 1, .counter = counter, .proved_ms = now_ms, .path = &path
	};

	assert_int_equal(lvn_endpoint_parse(remote, 0, &path.remote), 0);
	lvn_addr_parse("203.0.113.1", &path.local);
	return broker_bind(broker, session, &bind);
}

const char *addr_of(const struct broker_session *session, unsigned int i)
{
	static char text[LVN_ADDR_TEXT_SIZE];

	return lvn_addr_format(&session->lease->addresses[i], text);
}
