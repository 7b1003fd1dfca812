// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * STUN at the hub: strangers, two spokes that know their keys, and sources that are forged, so that
 * the answers go where nobody tells. No answer is longer than its request, none goes elsewhere, and
 * no tunnel ever leads to a forged source.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "broker/conf.h"
#include "broker/dataplane.h"
#include "broker/session.h"
#include "broker/store.h"
#include "hub/binding.h"
#include "server/dataplane.h"
#include "hub/hub.h"
#include "proto/stun/stun.h"

#define SPOKES 2
#define REMOTES 6
/* Of the remotes, those that somebody pretends to be. */
#define FORGED 3

/* The hub has one data plane, and so have we. */
static struct {
	const struct server_frame *request;
	unsigned int answers;
	bool has_username;
	uint8_t cookie[STUN_COOKIE_LEN];
	bool has_cookie;
} wire;

static struct lvn_endpoint remotes[REMOTES];

static unsigned int remote_index(const struct lvn_endpoint *remote)
{
	unsigned int i;

	for (i = 0; i < REMOTES; i++)
		if (lvn_endpoint_equal(remote, &remotes[i]))
			return i;
	abort();
}

bool server_dataplane_is_own(const struct server_dataplane *dataplane,
			     const struct server_frame *frame)
{
	(void)dataplane;
	return frame->ifindex == 7;
}

int server_dataplane_send(struct server_dataplane *dataplane, const struct server_frame *frame)
{
	struct stun_message answer;

	(void)dataplane;
	if (wire.answers++ || !lvn_endpoint_equal(&frame->remote, &wire.request->remote) ||
	    frame->listener != wire.request->listener)
		abort();
	if (wire.has_username && frame->len > wire.request->len)
		abort();
	if (frame->len > wire.request->len + 24)
		abort();
	if (stun_parse(frame->payload, frame->len, &answer) < 0)
		abort();
	if (!answer.cookie || remote_index(&frame->remote) < FORGED)
		return 0;
	memcpy(wire.cookie, answer.cookie, sizeof(wire.cookie));
	wire.has_cookie = true;
	return 0;
}

static void check_path(const struct broker_path *path)
{
	if (remote_index(&path->remote) < FORGED)
		abort();
}

static int tunnel_set(void *arg, uint32_t id, const struct broker_path *path)
{
	(void)arg;
	(void)id;
	check_path(path);
	return 0;
}

static int tunnel_del(void *arg, uint32_t id)
{
	(void)arg;
	(void)id;
	return 0;
}

static int rule_set(void *arg, const struct lvn_prefix *prefix, const struct broker_target *targets,
		    unsigned int n_targets)
{
	(void)arg;
	(void)prefix;
	(void)targets;
	(void)n_targets;
	return 0;
}

static int tunnel_list(void *arg, broker_tunnel_fn *fn, void *fn_arg)
{
	(void)arg;
	(void)fn;
	(void)fn_arg;
	return 0;
}

static int rule_list(void *arg, broker_rule_fn *fn, void *fn_arg)
{
	(void)arg;
	(void)fn;
	(void)fn_arg;
	return 0;
}

static int route_set(void *arg, const struct lvn_prefix *prefix, bool is_up)
{
	(void)arg;
	(void)prefix;
	(void)is_up;
	return 0;
}

static struct broker *make_broker(struct broker_store *store)
{
	static const struct broker_dataplane dataplane = {
		.tunnel_add = tunnel_set,
		.tunnel_move = tunnel_set,
		.tunnel_del = tunnel_del,
		.rule_set = rule_set,
		.tunnel_list = tunnel_list,
		.rule_list = rule_list,
		.route_set = route_set,
	};
	struct broker_conf *conf;
	struct broker *broker;

	if (broker_conf_create(&conf) < 0)
		abort();
	lvn_prefix_parse("10.0.0.1/24", &conf->networks[0]);
	conf->n_networks = 1;
	if (broker_create(conf, &dataplane, store, NULL, &broker) < 0)
		abort();
	return broker;
}

static struct broker_session *make_session(struct broker *broker, const char *identity)
{
	struct broker_claim claim = {
		.identity = identity, .token = "", .session = "", .name = "", .credential = ""
	};
	char token[BROKER_TOKEN_SIZE];
	struct broker_refusal refusal;
	struct broker_session *session;
	bool resumed;

	if (broker_hello(broker, &claim, &session, token, &resumed, &refusal) < 0)
		abort();
	return session;
}

/* A request of a spoke: eight bytes say what is in it. */
static size_t make_request(const uint8_t how[8], const struct broker_session *session,
			   uint64_t *counter, uint8_t *buf)
{
	static const uint8_t nothing[STUN_COOKIE_LEN];
	struct stun_message message = {
		.type = STUN_REQUEST,
		.has_magic = true,
		.txid = { how[0], how[1] },
		.username = session->id,
		.username_len = BROKER_SESSION_SIZE - 1,
		.has_counter = how[1] & 1,
		.has_binding = how[1] & 2,
		.binding = { how[2] % 5, how[3], how[4], how[1] >> 2 & 1 },
		.has_integrity = how[1] & 8,
		.has_fingerprint = how[1] & 16,
	};
	size_t len;

	*counter += how[5] % 3;
	message.counter = *counter;
	if (how[1] & 32)
		message.cookie = wire.has_cookie ? wire.cookie : nothing;
	if (stun_write(&message, how[6] % 8 ? session->key : "x", how[6] % 8 ? 43 : 1, buf,
		       STUN_MAX, &len) < 0)
		abort();
	if (!(how[7] % 4))
		buf[how[7] % len] ^= how[0];
	return len;
}

static void run(struct hub *hub, struct broker_session **sessions, const uint8_t *data, size_t size)
{
	uint64_t counters[SPOKES] = { 0 };
	uint8_t buf[STUN_MAX];

	while (size >= 10) {
		struct server_frame frame = { .listener = 1 + data[0] / 128, .payload = buf };
		struct stun_message parsed;
		unsigned int spoke = data[1] % SPOKES;

		frame.remote = remotes[data[0] % REMOTES];
		frame.ifindex = data[1] & 64 ? 7 : 2;
		if (data[1] & 128) {
			frame.len = size - 2 < 60 ? size - 2 : 60;
			memcpy(buf, data + 2, frame.len);
		} else {
			frame.len = make_request(data + 2, sessions[spoke], &counters[spoke], buf);
		}
		wire.request = &frame;
		wire.answers = 0;
		wire.has_username = !stun_parse(buf, frame.len, &parsed) && parsed.username;
		hub_binding_frame(hub, &frame);
		data += 10;
		size -= 10;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const texts[REMOTES] = { "192.0.2.1:1",     "[2001:db8::1]:1",
						    "198.51.100.7:9",  "198.51.100.7:1",
						    "[2001:db8::2]:2", "203.0.113.9:3" };
	struct hub_conf conf = { .stun = STUN_ANY };
	struct hub hub = { .conf = &conf };
	struct broker_session *sessions[SPOKES];
	struct broker_store store;
	unsigned int i;

	lvn_log_set_level(0);
	for (i = 0; i < REMOTES; i++)
		if (lvn_endpoint_parse(texts[i], 0, &remotes[i]) < 0)
			abort();
	memset(&wire, 0, sizeof(wire));
	if (broker_store_open_sqlite(":memory:", &store) < 0)
		abort();
	hub.broker = make_broker(&store);
	lvn_sources_init(&hub.strangers, 1000, 100, 1);
	sessions[0] = make_session(hub.broker, "a");
	sessions[1] = make_session(hub.broker, "b");
	run(&hub, sessions, data, size < 600 ? size : 600);
	broker_destroy(hub.broker);
	store.destroy(store.arg);
	return 0;
}
