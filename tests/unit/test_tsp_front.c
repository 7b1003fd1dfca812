// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The TSP front end whole, over a store and a data plane in memory: datagrams of stock clients in and out.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "broker/conf.h"
#include "broker/dataplane.h"
#include "broker/policy.h"
#include "broker/session.h"
#include "broker/stats.h"
#include "broker/store.h"
#include "broker/users.h"
#include "lib/base/wire.h"
#include "proto/tsp/frame.h"
#include "tests/unit/tsp_plane.h"
#include "tsp/access.h"
#include "tsp/front.h"

#define SERVER "198.51.100.1"

static struct broker_store store, realm;
static struct broker_users *users;
static struct broker *broker;
static struct tsp_front *front;
static struct tsp_conf conf;
static uint64_t now_ms;
static int64_t now_s;
static const char *network = "2001:db8::1/125";
static char ann_key[TSP_KEY_SIZE], bob_key[TSP_KEY_SIZE];

static unsigned char sent[TSP_HEADER_SIZE + TSP_TEXT_MAX + 1];
static size_t sent_len;
static unsigned int n_sent;
static struct tsp_peer sent_to;

static uint64_t clock_ms(void)
{
	return now_ms;
}

static int64_t clock_s(void)
{
	return now_s;
}

static void do_send(void *arg, const struct tsp_peer *peer, const void *data, size_t len)
{
	(void)arg;
	assert_true(len >= TSP_HEADER_SIZE && len < sizeof(sent));
	memcpy(sent, data, len);
	sent[len] = '\0';
	sent_len = len;
	sent_to = *peer;
	n_sent++;
}

static void start(void)
{
	static const struct broker_clock clock = { clock_ms, clock_s };
	const struct tsp_front_ops front_ops = { .send = do_send, .clock_ms = clock_ms };
	struct broker_conf *broker_conf;

	assert_int_equal(broker_conf_create(&broker_conf), 0);
	lvn_prefix_parse(network, &broker_conf->networks[0]);
	broker_conf->n_networks = 1;
	lvn_prefix_parse("2001:db8:1000::/52", &broker_conf->delegations[0].prefix);
	broker_conf->delegations[0].len = 56;
	broker_conf->n_delegations = 1;
	broker_conf->delegate_limit = 1;
	broker_conf->bindings = 1;
	broker_conf->hears_data = true;
	broker_conf->keeps_leases = true;
	broker_conf->timeout = 300;
	assert_int_equal(broker_create(broker_conf, &tsp_plane_ops, &realm, &clock, &broker), 0);
	assert_int_equal(broker_adopt(broker), 0);
	assert_int_equal(tsp_front_create(&conf, broker, users, &front_ops, &front), 0);
}

static void stop(void)
{
	tsp_front_destroy(front);
	broker_destroy(broker);
}

static int setup(void **state)
{
	(void)state;
	tsp_plane_clear();
	now_ms = 1000000;
	now_s = 1700000000;
	tsp_conf_init(&conf);
	lvn_addr_parse("2001:db8::53", &conf.dns[0]);
	conf.n_dns = 1;
	assert_int_equal(broker_store_open_sqlite(":memory:", &store), 0);
	assert_int_equal(broker_store_realm_sqlite(&store, TSP_STORE_REALM, &realm), 0);
	assert_int_equal(broker_users_open_sqlite(&store, TSP_STORE_REALM, &users), 0);
	assert_int_equal(broker_user_add(users, "ann", 1), 0);
	assert_int_equal(broker_user_add(users, "bob", 1), 0);
	assert_int_equal(tsp_access_make(users, "ann", "home", "lvn", 1, ann_key), 0);
	assert_int_equal(tsp_access_make(users, "bob", "k", "lvn", 1, bob_key), 0);
	start();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	stop();
	broker_users_close(users);
	realm.destroy(realm.arg);
	store.destroy(store.arg);
	return 0;
}

static void pass(unsigned int seconds)
{
	while (seconds--) {
		now_ms += 1000;
		now_s++;
		broker_tick(broker);
		tsp_front_tick(front);
	}
}

/** struct client - one that speaks */
struct client {
	const char *remote;
	uint32_t sequence;
	uint32_t timestamp;
	unsigned int copies;
};

static struct tsp_peer peer_of(const char *remote)
{
	struct tsp_peer peer = { .listener = 7 };

	assert_int_equal(lvn_endpoint_parse(remote, 0, &peer.remote), 0);
	lvn_addr_parse(SERVER, &peer.local);
	return peer;
}

static void transmit(const struct client *client, const char *text, size_t len)
{
	struct tsp_peer peer = peer_of(client->remote);
	uint8_t data[TSP_HEADER_SIZE + TSP_TEXT_MAX];
	const struct tsp_header header = { client->sequence, client->timestamp };

	assert_true(len <= TSP_TEXT_MAX);
	tsp_header_write(&header, data);
	memcpy(data + TSP_HEADER_SIZE, text, len);
	tsp_front_receive(front, &peer, data, TSP_HEADER_SIZE + len);
}

/* While strangers send 20 frames a ms, none from where one was. */
static bool is_flooded;

static void flood(unsigned int ms)
{
	static uint32_t source;
	uint64_t until_ms = now_ms + ms;
	struct tsp_peer peer = peer_of("10.0.0.0:4000");
	uint8_t data[] = "\xf0\0\0\xf0\0\0\0\1VERSION=2.0.2\r\n";
	unsigned int i;

	for (; now_ms < until_ms; now_ms++)
		for (i = 0; i < 20; i++, source++) {
			memcpy(peer.remote.addr.bytes + 1, &source, 3);
			tsp_front_receive(front, &peer, data, sizeof(data) - 1);
		}
}

/* Send a message, and what came back must be for it. Return: the text of the answer. */
static const char *ask_bytes(struct client *client, const char *text, size_t len)
{
	struct tsp_peer peer = peer_of(client->remote);
	struct lvn_wire_reader reader;
	unsigned int before, i;
	char first[TSP_TEXT_MAX + 1];

	client->timestamp += 17;
	/* as clients do, some time after the last answer, and again until there is one */
	for (i = 0, before = n_sent; i < 5 && n_sent == before; i++) {
		if (is_flooded)
			flood(i ? 2000 : 300);
		before = n_sent;
		transmit(client, text, len);
	}
	assert_int_equal(n_sent, before + 1);
	snprintf(first, sizeof(first), "%s", (char *)sent + TSP_HEADER_SIZE);
	for (i = 0; i < client->copies; i++) {
		client->timestamp++;
		transmit(client, text, len);
		assert_int_equal(n_sent, before + 2 + i);
		assert_string_equal((char *)sent + TSP_HEADER_SIZE, first);
	}
	lvn_wire_reader_init(&reader, sent, sent_len);
	assert_int_equal(lvn_wire_read_u32(&reader), 0xf0000000u | client->sequence);
	assert_int_equal(lvn_wire_read_u32(&reader), client->timestamp);
	assert_true(lvn_endpoint_equal(&sent_to.remote, &peer.remote));
	client->sequence++;
	return (char *)sent + TSP_HEADER_SIZE;
}

static const char *ask(struct client *client, const char *text)
{
	return ask_bytes(client, text, strlen(text));
}

static struct client client_at(const char *remote)
{
	return (struct client){ .remote = remote, .sequence = TSP_SEQUENCE_FIRST };
}

#define OK "200 Success\r\n"
#define ACCEPT "Content-length: 35\r\n<tunnel action=\"accept\"></tunnel>\r\n"

static const char *create(struct client *client, const char *type, const char *router)
{
	char xml[1024], text[1200];
	int len = snprintf(xml, sizeof(xml),
			   "<tunnel action=\"create\" type=\"%s\" proxy=\"no\">\r\n <client>\r\n"
			   "  <address type=\"ipv4\">10.99.0.1</address>\r\n"
			   "  <keepalive interval=\"30\">\r\n"
			   "    <address type=\"ipv6\">::</address>\r\n  </keepalive>\r\n"
			   "%s </client>\r\n</tunnel>\r\n",
			   type, router);

	snprintf(text, sizeof(text), "Content-length: %d\r\n%s", len, xml);
	return ask(client, text);
}

static void login_plain(struct client *client, const char *user, const char *key)
{
	char text[128];
	int len = snprintf(text, sizeof(text), "%c%s%c%s\r\n", 0, user, 0, key);

	assert_memory_equal(ask(client, "VERSION=2.0.2\r\n"), "CAPABILITY ", 11);
	/* as stock clients do, with the NUL of their string */
	assert_string_equal(ask_bytes(client, "AUTHENTICATE PLAIN\r\n", 21), "");
	assert_string_equal(ask_bytes(client, text, len), OK);
}

/* The client's address out of an offer. */
static const char *offered(const char *offer)
{
	static char text[64];
	const char *at = strstr(offer, "<client>");

	assert_non_null(at);
	at = strstr(at, "<address type=\"ipv6\">");
	assert_non_null(at);
	assert_int_equal(sscanf(at, "<address type=\"ipv6\">%63[^<]", text), 1);
	return text;
}

static const char *remote_of(const char *address)
{
	static char text[LVN_ADDR_TEXT_SIZE];
	struct lvn_addr addr;
	unsigned int i;
	int tunnel;

	lvn_addr_parse(address, &addr);
	for (i = 0; i < plane.n_rules; i++) {
		if (!lvn_prefix_contains(&plane.rules[i].prefix, &addr))
			continue;
		tunnel = tsp_plane_find(plane.rules[i].tunnel);
		assert_true(tunnel >= 0);
		return lvn_endpoint_format(&plane.tunnels[tunnel].path.remote, text);
	}
	return "";
}

static char *come_up(const char *remote, const char *user, const char *key)
{
	static char address[64];
	struct client client = client_at(remote);

	login_plain(&client, user, key);
	strcpy(address, offered(create(&client, "v6udpv4", "")));
	assert_string_equal(ask(&client, ACCEPT), "");
	assert_string_equal(remote_of(address), remote);
	return address;
}

static void test_host(void **state)
{
	static const char wanted[] = OK
		"<tunnel action=\"info\" type=\"v6udpv4\" lifetime=\"604800\">\r\n"
		" <server>\r\n  <address type=\"ipv4\">198.51.100.1</address>\r\n"
		"  <address type=\"ipv6\">2001:db8::1</address>\r\n </server>\r\n"
		" <client>\r\n  <address type=\"ipv4\">10.99.0.1</address>\r\n"
		"  <address type=\"ipv6\">2001:db8::2</address>\r\n"
		"  <dns_server>\r\n   <address type=\"ipv6\">2001:db8::53</address>\r\n"
		"  </dns_server>\r\n  <keepalive interval=\"30\">\r\n"
		"   <address type=\"ipv6\">2001:db8::1</address>\r\n  </keepalive>\r\n"
		" </client>\r\n</tunnel>\r\n";
	struct client client = client_at("192.0.2.1:4000");
	const char *offer;
	char length[64];

	(void)state;
	client.copies = 2;
	login_plain(&client, "ann", ann_key);
	offer = create(&client, "v6anyv4", "");
	snprintf(length, sizeof(length), "Content-length: %zu\r\n", sizeof(wanted) - 1);
	assert_memory_equal(offer, length, strlen(length));
	assert_string_equal(offer + strlen(length), wanted);
	assert_int_equal(plane.n_tunnels, 0);
	assert_string_equal(ask(&client, ACCEPT), "");
	assert_int_equal(plane.n_tunnels, 1);
	assert_string_equal(remote_of("2001:db8::2"), "192.0.2.1:4000");
	assert_int_equal(plane.tunnels[0].path.listener, 7);
	assert_int_equal(tsp_front_stats(front)->offered, 1);
	assert_int_equal(tsp_front_stats(front)->accepted, 1);
}

static void test_digest(void **state)
{
	struct client client = client_at("192.0.2.1:4000");
	struct tsp_challenge challenge;
	struct tsp_response response = { .user = "ann", .cnonce = "1", .uri = "tsp/x:3653" };
	uint8_t secret[TSP_SECRET_SIZE];
	const char *text;
	char out[1024];

	(void)state;
	client.copies = 1;
	assert_memory_equal(ask(&client, "VERSION=2.0.1\r\n"), "CAPABILITY ", 11);
	text = ask_bytes(&client, "AUTHENTICATE DIGEST-MD5\r\n", 26);
	assert_int_equal(tsp_challenge_read(text, strlen(text), &challenge), 0);
	assert_string_equal(challenge.realm, "lvn");
	strcpy(response.realm, challenge.realm);
	strcpy(response.nonce, challenge.nonce);
	strcpy(response.nc, "00000001");
	tsp_digest_secret("ann", "lvn", ann_key, false, secret);
	tsp_digest_prove(secret, &response, TSP_PROOF_CLIENT, false, response.hash);
	tsp_response_write(&response, out, sizeof(out));
	text = ask(&client, out);
	tsp_digest_prove(secret, &response, TSP_PROOF_BROKER, false, response.hash);
	assert_int_equal(tsp_rspauth_read(text, strlen(text), out), 0);
	assert_string_equal(out, response.hash);
	assert_string_equal(ask(&client, ""), OK);
	assert_string_equal(offered(create(&client, "v6udpv4", "")), "2001:db8::2");
	assert_string_equal(ask(&client, ACCEPT), "");
	assert_int_equal(plane.n_tunnels, 1);
}

static void test_router(void **state)
{
	static const char router[] = "  <router>\r\n   <prefix length=\"48\"/>\r\n  </router>\r\n";
	static const char prefix[] = "   <router>\r\n"
				     "   <prefix length=\"56\">"
				     "2001:0db8:1000:0000:0000:0000:0000:0000</prefix>\r\n";
	struct client client = client_at("192.0.2.1:4000");

	(void)state;
	login_plain(&client, "ann", ann_key);
	assert_non_null(strstr(create(&client, "v6udpv4", router), prefix + 1));
	assert_string_equal(ask(&client, ACCEPT), "");
	assert_string_equal(remote_of("2001:db8:1000::99"), "192.0.2.1:4000");
	assert_int_equal(plane.n_routes, 1);
	/* the same for ever, whatever length it wants the next time */
	client = client_at("192.0.2.1:4001");
	login_plain(&client, "ann", ann_key);
	assert_non_null(
		strstr(create(&client, "v6udpv4",
			      "  <router>\r\n   <prefix length=\"64\"/>\r\n  </router>\r\n"),
		       prefix + 1));
	assert_string_equal(ask(&client, ACCEPT), "");
	assert_string_equal(remote_of("2001:db8:1000::99"), "192.0.2.1:4001");
	/* and for another another */
	client = client_at("192.0.2.1:4002");
	login_plain(&client, "bob", bob_key);
	assert_non_null(strstr(create(&client, "v6udpv4", router), ">2001:0db8:1000:0100:"));
}

static void test_host_becomes_router(void **state)
{
	struct client client;

	(void)state;
	come_up("192.0.2.1:4000", "ann", ann_key);
	client = client_at("192.0.2.1:5000");
	login_plain(&client, "ann", ann_key);
	assert_non_null(strstr(create(&client, "v6udpv4", "<router/>"), "length=\"56\""));
	assert_string_equal(ask(&client, ACCEPT), "");
	assert_string_equal(remote_of("2001:db8:1000::1"), "192.0.2.1:5000");
	assert_string_equal(remote_of("2001:db8::2"), "192.0.2.1:5000");
	assert_int_equal(plane.n_tunnels, 1);
}

static void test_rebinding(void **state)
{
	struct client client;
	char address[64];

	(void)state;
	strcpy(address, come_up("192.0.2.1:4000", "ann", ann_key));
	/* a login alone moves nothing */
	client = client_at("203.0.113.5:9");
	login_plain(&client, "ann", ann_key);
	assert_string_equal(offered(create(&client, "v6udpv4", "")), address);
	assert_string_equal(remote_of(address), "192.0.2.1:4000");
	assert_string_equal(ask(&client, ACCEPT), "");
	assert_string_equal(remote_of(address), "203.0.113.5:9");
	assert_int_equal(plane.n_tunnels, 1);
	/* from the same port, again from the first sequence */
	pass(20);
	assert_string_equal(come_up("203.0.113.5:9", "ann", ann_key), address);
	assert_int_equal(plane.n_tunnels, 1);
}

static void test_mapping_of_another(void **state)
{
	char address[64];

	(void)state;
	strcpy(address, come_up("192.0.2.1:4000", "ann", ann_key));
	pass(10);
	assert_string_not_equal(come_up("192.0.2.1:4000", "bob", bob_key), address);
	assert_string_equal(remote_of(address), "");
	assert_int_equal(plane.n_tunnels, 1);
	/* and his address is still his */
	assert_string_equal(come_up("192.0.2.1:4001", "ann", ann_key), address);
}

/* Tell the broker as the data plane does. */
static void hear(const char *remote, bool is_idle)
{
	struct tsp_peer peer = peer_of(remote);
	const struct broker_path path = { 7, peer.local, peer.remote };

	broker_hear(broker, &path, plane.tunnels[0].id, is_idle);
}

static void test_liveness(void **state)
{
	char address[64];

	(void)state;
	strcpy(address, come_up("192.0.2.1:4000", "ann", ann_key));
	/* no message for a day, but data */
	pass(86400);
	assert_string_equal(remote_of(address), "192.0.2.1:4000");
	hear("192.0.2.1:4000", true);
	pass(299);
	hear("192.0.2.1:4000", false);
	pass(86400);
	assert_string_equal(remote_of(address), "192.0.2.1:4000");
	/* events of others and of what was before mean nothing */
	hear("192.0.2.1:4001", true);
	pass(400);
	assert_int_equal(plane.n_tunnels, 1);
	hear("192.0.2.1:4000", true);
	pass(301);
	assert_int_equal(plane.n_tunnels, 0);
	assert_int_equal(plane.n_rules, 0);
	/* the address stays */
	pass(7200);
	come_up("192.0.2.1:5", "bob", bob_key);
	assert_string_equal(come_up("192.0.2.1:6", "ann", ann_key), address);
}

static void test_crash(void **state)
{
	char address[64];
	struct client client;

	(void)state;
	strcpy(address, come_up("192.0.2.1:4000", "ann", ann_key));
	client = client_at("192.0.2.2:4000");
	login_plain(&client, "bob", bob_key);
	create(&client, "v6udpv4", "");
	stop();
	start();
	assert_string_equal(remote_of(address), "192.0.2.1:4000");
	pass(7200);
	assert_string_equal(remote_of(address), "192.0.2.1:4000");
	/* the dialogue is gone: nothing is answered, and the client begins again */
	transmit(&client, ACCEPT, strlen(ACCEPT));
	assert_int_equal(tsp_front_stats(front)->dropped, 1);
	come_up("192.0.2.2:4000", "bob", bob_key);
	assert_int_equal(plane.n_tunnels, 2);
}

static void test_anonymous(void **state)
{
	struct client client = client_at("192.0.2.1:4000");
	struct broker_stats before, stats;

	(void)state;
	broker_stats_get(broker, &before);
	conf.mechanisms |= TSP_BIT(TSP_MECHANISM_ANONYMOUS);
	tsp_front_reconfigure(front, &conf);
	client.copies = 1;
	ask(&client, "VERSION=2.0.2\r\n");
	assert_string_equal(ask_bytes(&client, "AUTHENTICATE ANONYMOUS\r\n", 25), OK);
	assert_non_null(strstr(create(&client, "v6udpv4", "<router/>"), "\r\n522 "));
	assert_string_equal(offered(create(&client, "v6udpv4", "")), "2001:db8::2");
	/* once more, with another sequence: no second address */
	assert_string_equal(offered(create(&client, "v6udpv4", "")), "2001:db8::2");
	assert_string_equal(ask(&client, ACCEPT), "");
	assert_int_equal(plane.n_tunnels, 1);
	hear("192.0.2.1:4000", true);
	pass(301);
	assert_int_equal(plane.n_tunnels, 0);
	/* of nobody nothing is kept */
	broker_stats_get(broker, &stats);
	assert_int_equal(stats.leases + stats.sessions, 0);
	assert_int_equal(stats.addresses_used, before.addresses_used);
}

static int setup_wide(void **state)
{
	network = "2001:db8::1/112";
	return setup(state);
}

static int teardown_wide(void **state)
{
	network = "2001:db8::1/125";
	return teardown(state);
}

/* All fall silent at once, more than there is room to remember: of none anything is kept. */
static void test_many_anonymous(void **state)
{
	struct broker_stats before, stats;
	char remote[64];
	unsigned int i;

	(void)state;
	broker_stats_get(broker, &before);
	conf.mechanisms |= TSP_BIT(TSP_MECHANISM_ANONYMOUS);
	conf.rate = conf.rate_source = 1000000;
	tsp_front_reconfigure(front, &conf);
	for (i = 0; i < 1100; i++) {
		struct client client = client_at(remote);

		snprintf(remote, sizeof(remote), "198.18.%u.%u:4000", i % 200, i / 200);
		ask(&client, "VERSION=2.0.2\r\n");
		assert_string_equal(ask_bytes(&client, "AUTHENTICATE ANONYMOUS\r\n", 25), OK);
		offered(create(&client, "v6udpv4", ""));
		assert_string_equal(ask(&client, ACCEPT), "");
	}
	assert_int_equal(plane.n_tunnels, 1100);
	for (i = 0; i < plane.n_tunnels; i++)
		broker_hear(broker, &plane.tunnels[i].path, plane.tunnels[i].id, true);
	pass(301);
	assert_int_equal(plane.n_tunnels, 0);
	broker_stats_get(broker, &stats);
	assert_int_equal(stats.leases + stats.sessions, 0);
	assert_int_equal(stats.addresses_used, before.addresses_used);
}

static void test_revoke(void **state)
{
	char address[64];

	(void)state;
	strcpy(address, come_up("192.0.2.1:4000", "ann", ann_key));
	tsp_front_revoke(front, "ann", "other", false);
	tsp_front_revoke(front, "bob", NULL, false);
	assert_int_equal(plane.n_tunnels, 1);
	tsp_front_revoke(front, "ann", "home", false);
	assert_int_equal(plane.n_tunnels, 0);
	assert_string_equal(come_up("192.0.2.1:4000", "ann", ann_key), address);
	tsp_front_revoke(front, "ann", NULL, true);
	assert_int_equal(plane.n_tunnels, 0);
	assert_null(broker_lease_lookup(broker, "ann"));
	/* nor is anything kept of who is away */
	come_up("192.0.2.1:4000", "ann", ann_key);
	tsp_front_revoke(front, "ann", "home", false);
	assert_non_null(broker_lease_lookup(broker, "ann"));
	tsp_front_revoke(front, "ann", NULL, true);
	assert_null(broker_lease_lookup(broker, "ann"));
	come_up("192.0.2.1:4001", "bob", bob_key);
	/* who may not is told so, and loses what he has */
	assert_int_equal(broker_policy_set(broker, "bob", false), 0);
	assert_int_equal(plane.n_tunnels, 0);
}

static void test_disabled(void **state)
{
	struct client client = client_at("192.0.2.1:4000");
	char address[64], text[128];
	unsigned int i;
	int len = snprintf(text, sizeof(text), "%c%s%c%s\r\n", 0, "ann", 0, ann_key);

	(void)state;
	strcpy(address, come_up("192.0.2.1:4000", "ann", ann_key));
	assert_int_equal(broker_user_disable(users, "ann", true), 0);
	tsp_front_revoke(front, "ann", NULL, false);
	assert_int_equal(plane.n_tunnels, 0);
	/* his key is no wrong one: nobody is slowed down by it */
	for (i = 0; i < 40; i++) {
		pass(1);
		assert_memory_equal(ask(&client, "VERSION=2.0.2\r\n"), "CAPABILITY ", 11);
		ask_bytes(&client, "AUTHENTICATE PLAIN\r\n", 21);
		assert_memory_equal(ask_bytes(&client, text, len), "300 ", 4);
	}
	assert_int_equal(tsp_front_stats(front)->slowed, 0);
	assert_int_equal(tsp_front_stats(front)->refused, 40);
	assert_int_equal(broker_user_disable(users, "ann", false), 0);
	assert_string_equal(come_up("192.0.2.1:4001", "ann", ann_key), address);
}

static void set_quota(const char *user, int prefixes, unsigned int length)
{
	const struct broker_quota quota = { prefixes, length };

	assert_int_equal(broker_user_set_quota(users, user, &quota), 0);
}

static void test_quota(void **state)
{
	static const char router[] = "  <router>\r\n   <prefix length=\"48\"/>\r\n  </router>\r\n";
	struct client client = client_at("192.0.2.1:4000");
	struct broker_lease *lease;
	char address[64];

	(void)state;
	/* there is no network that small */
	set_quota("ann", 1, 60);
	login_plain(&client, "ann", ann_key);
	assert_non_null(strstr(create(&client, "v6udpv4", router), "\r\n507 "));
	set_quota("ann", 0, 0);
	assert_non_null(strstr(create(&client, "v6udpv4", router), "\r\n507 "));
	set_quota("ann", 1, 56);
	assert_non_null(strstr(create(&client, "v6udpv4", router), "length=\"56\""));
	assert_string_equal(ask(&client, ACCEPT), "");
	assert_int_equal(plane.n_rules, 2);
	/* others have their own */
	set_quota("bob", 0, 0);
	tsp_front_limit(front, "bob");
	tsp_front_limit(front, "ann");
	assert_int_equal(plane.n_rules, 2);
	/* of a tunnel that is there only the network goes */
	set_quota("ann", 0, 0);
	tsp_front_limit(front, "ann");
	assert_int_equal(plane.n_rules, 1);
	assert_int_equal(plane.n_tunnels, 1);
	assert_int_equal(plane.n_routes, 0);
	lease = broker_lease_lookup(broker, "ann");
	assert_int_equal(lease->n_prefixes, 0);
	set_quota("ann", -1, 0);
	client = client_at("192.0.2.1:4001");
	login_plain(&client, "ann", ann_key);
	strcpy(address, offered(create(&client, "v6udpv4", router)));
	assert_string_equal(ask(&client, ACCEPT), "");
	assert_int_equal(plane.n_rules, 2);
	/* who is away loses it when he comes, and keeps his address */
	tsp_front_revoke(front, "ann", NULL, false);
	set_quota("ann", 0, 0);
	tsp_front_limit(front, "ann");
	assert_string_equal(come_up("192.0.2.1:4002", "ann", ann_key), address);
	assert_int_equal(plane.n_rules, 1);
	assert_int_equal(broker_lease_lookup(broker, "ann")->n_prefixes, 0);
}

static void test_full(void **state)
{
	struct client client;
	char user[8], key[TSP_KEY_SIZE], remote[32];
	unsigned int i;

	(void)state;
	/* six addresses besides the server's */
	for (i = 0; i < 6; i++) {
		snprintf(user, sizeof(user), "u%u", i);
		snprintf(remote, sizeof(remote), "192.0.2.1:%u", 100 + i);
		assert_int_equal(broker_user_add(users, user, 1), 0);
		assert_int_equal(tsp_access_make(users, user, "k", "lvn", 1, key), 0);
		come_up(remote, user, key);
	}
	client = client_at("192.0.2.1:4000");
	login_plain(&client, "ann", ann_key);
	assert_string_equal(create(&client, "v6udpv4", ""),
			    "Content-length: 31\r\n301 No more tunnels available\r\n");
	/* nobody loses his address, however long he is away */
	tsp_front_revoke(front, "u0", NULL, false);
	pass(3600);
	client = client_at("192.0.2.1:4001");
	login_plain(&client, "ann", ann_key);
	assert_non_null(strstr(create(&client, "v6udpv4", ""), "\r\n301 "));
	/* others have room */
	lvn_addr_parse("192.0.2.200", &conf.brokers[0].addr);
	conf.n_brokers = 1;
	tsp_front_reconfigure(front, &conf);
	assert_non_null(strstr(create(&client, "v6udpv4", ""), "\r\n1301 "));
	assert_non_null(strstr((char *)sent + 8, "<address type=\"ipv4\">192.0.2.200</address>"));
	conf.redirect = TSP_REDIRECT_ALWAYS;
	tsp_front_reconfigure(front, &conf);
	client = client_at("192.0.2.1:4002");
	assert_memory_equal(ask(&client, "VERSION=2.0.2\r\n"), "1301 ", 5);
	assert_int_equal(plane.n_tunnels, 5);
}

static void test_delete(void **state)
{
	struct client client = client_at("192.0.2.1:4000");
	static const char text[] = "Content-length: 25\r\n<tunnel action=\"delete\"/>";
	char address[64];

	(void)state;
	strcpy(address, come_up("192.0.2.1:4000", "ann", ann_key));
	client.sequence += 5;
	assert_string_equal(ask(&client, text), "Content-length: 13\r\n" OK);
	assert_int_equal(plane.n_tunnels, 0);
	assert_string_equal(come_up("192.0.2.1:4001", "ann", ann_key), address);
}

static void test_strangers(void **state)
{
	struct client client = client_at("192.0.2.1:4000");
	unsigned int i, before = n_sent;
	struct tsp_peer peer = peer_of("192.0.2.1:4000");

	(void)state;
	/* garbage of all lengths, signalling or not */
	for (i = 0; i < 64; i++)
		tsp_front_receive(front, &peer,
				  "\xf0\0\0\xf0\0\0\0\0\x80garbage\0\0\0\0<<<<>>>>"
				  "VERSION=garbage and much more of that than anybody needs",
				  i);
	assert_int_equal(n_sent, before);
	assert_int_equal(tsp_front_dialogues(front), 0);
	/* nor does it take anything from an honest client beside it */
	for (i = 0; i < 1000; i++)
		tsp_front_receive(front, &peer, "\xf0\0\0\xf0\0\0\0\0nothing", 15);
	assert_int_equal(tsp_front_stats(front)->limited, 0);
	/* a flood is answered so often and not more, and others are served */
	now_ms += 10000;
	for (i = 0; i < 1000; i++) {
		client.sequence = i;
		client.timestamp = i;
		transmit(&client, "VERSION=9\r\n", 11);
	}
	assert_int_equal(n_sent - before, 2 * conf.rate_source);
	assert_true(tsp_front_stats(front)->limited > 0);
	/* networks share counters by a hash with a random seed: the first with one of its own */
	for (i = 0, before = n_sent; i < 2 && n_sent == before; i++) {
		client = client_at(i ? "198.18.0.1:4000" : "203.0.113.1:4000");
		transmit(&client, "VERSION=2.0.0\r\n", 15);
	}
	come_up(client.remote, "ann", ann_key);
	assert_int_equal(tsp_front_dialogues(front), 1);
	pass(76);
	assert_int_equal(tsp_front_dialogues(front), 0);
	assert_int_equal(plane.n_tunnels, 1);
}

/* Forged sources, of all networks: who asks again gets through, and then whatever comes next. */
static void test_spread_flood(void **state)
{
	(void)state;
	is_flooded = true;
	come_up("192.0.2.1:4000", "ann", ann_key);
	is_flooded = false;
	assert_true(tsp_front_stats(front)->limited > 10000);
	assert_int_equal(plane.n_tunnels, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_host, setup, teardown),
		cmocka_unit_test_setup_teardown(test_digest, setup, teardown),
		cmocka_unit_test_setup_teardown(test_router, setup, teardown),
		cmocka_unit_test_setup_teardown(test_host_becomes_router, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rebinding, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mapping_of_another, setup, teardown),
		cmocka_unit_test_setup_teardown(test_liveness, setup, teardown),
		cmocka_unit_test_setup_teardown(test_crash, setup, teardown),
		cmocka_unit_test_setup_teardown(test_anonymous, setup, teardown),
		cmocka_unit_test_setup_teardown(test_many_anonymous, setup_wide, teardown_wide),
		cmocka_unit_test_setup_teardown(test_revoke, setup, teardown),
		cmocka_unit_test_setup_teardown(test_disabled, setup, teardown),
		cmocka_unit_test_setup_teardown(test_quota, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_delete, setup, teardown),
		cmocka_unit_test_setup_teardown(test_strangers, setup, teardown),
		cmocka_unit_test_setup_teardown(test_spread_flood, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
