// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The broker's side of TSP, message by message, with the words of gogoc 1.2 and gw6c 5.1 and over
 * real keys in a store; and the table of signalling sessions.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "broker/store.h"
#include "broker/users.h"
#include "proto/tsp/base64.h"
#include "proto/tsp/frame.h"
#include "tsp/access.h"
#include "tsp/dialogue.h"
#include "tsp/sessions.h"

/* A text with the NULs in it. */
#define TEXT(text) text, sizeof(text) - 1

#define CREATE                                                                              \
	"<tunnel action=\"create\" type=\"v6udpv4\" proxy=\"no\">\r\n <client>\r\n"         \
	"  <address type=\"ipv4\">10.99.0.1</address>\r\n  <keepalive interval=\"30\">\r\n" \
	"    <address type=\"ipv6\">::</address>\r\n  </keepalive>\r\n </client>\r\n</tunnel>\r\n"
#define ACCEPT "Content-length: 35\r\n<tunnel action=\"accept\"></tunnel>\r\n"

static struct broker_store store;
static struct broker_users *users;
static char key[TSP_KEY_SIZE];
static struct tsp_dialogue dialogue;
static struct tsp_peer peer;
static char answer[TSP_TEXT_MAX + 1];
static unsigned int greeting, creating, accepting;
static unsigned int creates, accepts, removes, rejects;
static struct tsp_tunnel asked;

static unsigned int greet(void *arg, const struct tsp_peer *who, struct tsp_tunnel *ret_list)
{
	(void)arg;
	(void)who;
	lvn_addr_parse("192.0.2.7", &ret_list->brokers[0].addr);
	ret_list->n_brokers = 1;
	return greeting;
}

static int nonce(void *arg, char ret_nonce[TSP_DIALOGUE_NONCE_SIZE])
{
	static unsigned int n;

	(void)arg;
	snprintf(ret_nonce, TSP_DIALOGUE_NONCE_SIZE, "%016x", ++n);
	return 0;
}

static int check(void *arg, struct tsp_dialogue *of, const struct tsp_peer *who,
		 const struct tsp_plain *plain)
{
	(void)arg;
	(void)who;
	return tsp_access_check(users, plain, of->note);
}

static int prove(void *arg, struct tsp_dialogue *of, const struct tsp_peer *who,
		 const struct tsp_response *response, char ret_proof[TSP_HEX_SIZE])
{
	(void)arg;
	(void)who;
	return tsp_access_prove(users, "lvn", response, !of->minor, ret_proof, of->note);
}

static unsigned int info(void *arg, struct tsp_dialogue *of, const struct tsp_peer *who,
			 struct tsp_tunnel *ret_offer)
{
	(void)arg;
	(void)of;
	(void)who;
	ret_offer->type = TSP_TYPE_V6UDPV4;
	ret_offer->client.is_present = true;
	lvn_addr_parse("2001:db8::2", &ret_offer->client.v6);
	ret_offer->n_brokers = 0;
	return creating;
}

static unsigned int create(void *arg, struct tsp_dialogue *of, const struct tsp_peer *who,
			   const struct tsp_tunnel *request, struct tsp_tunnel *ret_offer)
{
	creates++;
	asked = *request;
	return info(arg, of, who, ret_offer);
}

static unsigned int do_accept(void *arg, struct tsp_dialogue *of, const struct tsp_peer *who)
{
	(void)arg;
	(void)of;
	(void)who;
	accepts++;
	return accepting;
}

static unsigned int reject(void *arg, struct tsp_dialogue *of, const struct tsp_peer *who)
{
	(void)arg;
	(void)of;
	(void)who;
	rejects++;
	return TSP_STATUS_SUCCESS;
}

static unsigned int do_remove(void *arg, struct tsp_dialogue *of, const struct tsp_peer *who)
{
	(void)arg;
	(void)of;
	(void)who;
	removes++;
	return TSP_STATUS_SUCCESS;
}

static struct tsp_desk desk = {
	.capability = {
		TSP_BIT(TSP_TYPE_V6UDPV4),
		TSP_BIT(TSP_MECHANISM_PLAIN) | TSP_BIT(TSP_MECHANISM_DIGEST_MD5),
	},
	.realm = "lvn",
	.greet = greet, .nonce = nonce, .check = check, .prove = prove, .create = create,
	.info = info, .accept = do_accept, .reject = reject, .remove = do_remove,
};

static int setup(void **state)
{
	(void)state;
	memset(&dialogue, 0, sizeof(dialogue));
	greeting = creating = accepting = TSP_STATUS_SUCCESS;
	creates = accepts = removes = rejects = 0;
	desk.capability.mechanisms = TSP_BIT(TSP_MECHANISM_PLAIN) |
				     TSP_BIT(TSP_MECHANISM_DIGEST_MD5);
	peer = (struct tsp_peer){ .listener = 1 };
	lvn_endpoint_parse("192.0.2.9:4000", 0, &peer.remote);
	assert_int_equal(broker_store_open_sqlite(":memory:", &store), 0);
	assert_int_equal(broker_users_open_sqlite(&store, "tsp", &users), 0);
	assert_int_equal(broker_user_add(users, "ann", 1), 0);
	return tsp_access_make(users, "ann", "home", "lvn", 1, key);
}

static int teardown(void **state)
{
	(void)state;
	broker_users_close(users);
	store.destroy(store.arg);
	return 0;
}

/* What is answered, as text. */
static const char *ask(const char *text, size_t len)
{
	size_t n = tsp_dialogue_take(&dialogue, &desk, &peer, text, len, answer, sizeof(answer));

	assert_true(n < sizeof(answer));
	answer[n] = '\0';
	return answer;
}

static const char *command(const char *xml)
{
	char text[TSP_TEXT_MAX];
	int len = snprintf(text, sizeof(text), "Content-length: %zu\r\n%s", strlen(xml), xml);

	return ask(text, len);
}

#define asserted(question, reply) assert_string_equal(ask(TEXT(question)), reply)

#define GREETING "CAPABILITY TUNNEL=V6UDPV4 AUTH=PLAIN AUTH=DIGEST-MD5\r\n"
#define FAILED "300 Authentication failed\r\n"
#define OK "200 Success\r\n"
#define BAD_REQUEST "Content-length: 48\r\n500 Invalid request format or specified length\r\n"

static void plain(void)
{
	char text[128];
	int len;

	asserted("VERSION=2.0.2\r\n", GREETING);
	asserted("AUTHENTICATE PLAIN\r\n", "");
	len = snprintf(text, sizeof(text), "%c%s%c%s\r\n", 0, "ann", 0, key);
	assert_string_equal(ask(text, len), OK);
}

static void test_plain(void **state)
{
	(void)state;
	plain();
	assert_int_equal(dialogue.state, TSP_STATE_READY);
	assert_string_equal(dialogue.user, "ann");
	assert_string_equal(dialogue.note, "home");
	assert_non_null(strstr(command(CREATE), "200 Success\r\n<tunnel action=\"info\""));
	assert_int_equal(asked.client.keepalive_s, 30);
	asserted(ACCEPT, "");
	assert_int_equal(dialogue.state, TSP_STATE_UP);
	/* once more, with another sequence: nothing happens again */
	asserted(ACCEPT, "");
	assert_int_equal(creates, 1);
	assert_int_equal(accepts, 1);
}

static void test_plain_wrong(void **state)
{
	(void)state;
	asserted("VERSION=2.0.1\r\n", GREETING);
	asserted("AUTHENTICATE PLAIN\r\n", "");
	asserted("\0ann\0wrong\r\n", FAILED);
	asserted("AUTHENTICATE PLAIN\r\n", "");
	asserted("\0nobody\0wrong\r\n", FAILED);
	asserted("AUTHENTICATE PLAIN\r\n", "");
	asserted("rubbish\r\n", FAILED);
	/* enough; it has to begin again */
	asserted("AUTHENTICATE PLAIN\r\n", "500 Invalid request format or specified length\r\n");
	plain();
	assert_int_equal(dialogue.state, TSP_STATE_READY);
}

static void test_revoked(void **state)
{
	char text[128];
	int len = snprintf(text, sizeof(text), "%c%s%c%s\r\n", 0, "ann", 0, key);

	(void)state;
	assert_int_equal(broker_key_del(users, "ann", "home"), 0);
	asserted("VERSION=2.0.1\r\n", GREETING);
	asserted("AUTHENTICATE PLAIN\r\n", "");
	assert_string_equal(ask(text, len), FAILED);
}

static void test_sha256(void **state)
{
	char text[128], plain_key[TSP_KEY_SIZE];
	int len;

	(void)state;
	assert_int_equal(tsp_access_make(users, "ann", "plain", "", 1, plain_key), 0);
	len = snprintf(text, sizeof(text), "%c%s%c%s\r\n", 0, "ann", 0, plain_key);
	asserted("VERSION=2.0.1\r\n", GREETING);
	asserted("AUTHENTICATE PLAIN\r\n", "");
	assert_string_equal(ask(text, len), OK);
}

/* The response of a client to the challenge in @answer. Return: what is answered to that. */
static const char *respond(const char *user, const char *password, const char *nc, bool old_client,
			   bool latin1, char ret_proof[TSP_HEX_SIZE])
{
	struct tsp_challenge challenge;
	struct tsp_response response = { 0 };
	uint8_t secret[TSP_SECRET_SIZE];
	char text[1024];
	int len;

	/* stock clients look for a status in it by atoi() */
	assert_memory_equal(answer, "cmVhbG09", 8);
	assert_int_equal(tsp_challenge_read(answer, strlen(answer), &challenge), 0);
	strcpy(response.user, user);
	strcpy(response.realm, challenge.realm);
	strcpy(response.nonce, challenge.nonce);
	strcpy(response.cnonce, "1700000000");
	strcpy(response.uri, "tsp/10.99.0.2:3653");
	strcpy(response.nc, nc);
	assert_int_equal(tsp_digest_secret(user, challenge.realm, password, latin1, secret), 0);
	tsp_digest_prove(secret, &response, TSP_PROOF_CLIENT, old_client, response.hash);
	tsp_digest_prove(secret, &response, TSP_PROOF_BROKER, old_client, ret_proof);
	len = tsp_response_write(&response, text, sizeof(text));
	assert_true(len > 0);
	return ask(text, len);
}

static void begin_digest(const char *version)
{
	assert_string_equal(ask(version, strlen(version)), GREETING);
	ask(TEXT("AUTHENTICATE DIGEST-MD5\r\n"));
	assert_int_equal(dialogue.state, TSP_STATE_DIGEST);
}

static void test_digest(void **state)
{
	static const struct {
		const char *version;
		bool old_client;
	} clients[] = {
		{ "VERSION=2.0.2\r\n", false },
		{ "VERSION=2.0.1\r\n", false },
		{ "VERSION=2.0.0\r\n", false },
		{ "VERSION=2.0.0\r\n", true },
	};
	char proof[TSP_HEX_SIZE], read[TSP_HEX_SIZE];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(clients) / sizeof(clients[0]); i++) {
		begin_digest(clients[i].version);
		respond("ann", key, "00000001", clients[i].old_client, false, proof);
		assert_int_equal(tsp_rspauth_read(answer, strlen(answer), read), 0);
		assert_string_equal(read, proof);
		assert_int_equal(dialogue.state, TSP_STATE_PROVED);
		asserted("", OK);
		/* a read again has nothing more */
		asserted("", "");
		assert_string_equal(dialogue.user, "ann");
	}
}

static void test_digest_wrong(void **state)
{
	char proof[TSP_HEX_SIZE], first[512];

	(void)state;
	begin_digest("VERSION=2.0.2\r\n");
	assert_string_equal(respond("ann", "wrong", "00000001", false, false, proof), FAILED);
	begin_digest("VERSION=2.0.2\r\n");
	assert_string_equal(respond("bob", key, "00000001", false, false, proof), FAILED);
	begin_digest("VERSION=2.0.2\r\n");
	assert_string_equal(respond("ann", key, "00000002", false, false, proof), FAILED);
	begin_digest("VERSION=2.0.2\r\n");
	asserted("!!!!\r\n", FAILED);
	/* an answer to an older challenge */
	begin_digest("VERSION=2.0.2\r\n");
	strcpy(first, answer);
	begin_digest("VERSION=2.0.2\r\n");
	assert_string_not_equal(first, answer);
	strcpy(answer, first);
	assert_string_equal(respond("ann", key, "00000001", false, false, proof), FAILED);
}

static void test_digest_latin1(void **state)
{
	char proof[TSP_HEX_SIZE], other[TSP_KEY_SIZE];

	(void)state;
	assert_int_equal(broker_user_add(users, "j\xc3\xbcrgen", 1), 0);
	assert_int_equal(tsp_access_make(users, "j\xc3\xbcrgen", "k", "lvn", 1, other), 0);
	begin_digest("VERSION=2.0.2\r\n");
	respond("j\xc3\xbcrgen", other, "00000001", false, true, proof);
	assert_int_equal(dialogue.state, TSP_STATE_PROVED);
	begin_digest("VERSION=2.0.2\r\n");
	respond("j\xc3\xbcrgen", other, "00000001", false, false, proof);
	assert_int_equal(dialogue.state, TSP_STATE_PROVED);
}

static void test_anonymous(void **state)
{
	(void)state;
	asserted("VERSION=2.0.2\r\n", GREETING);
	asserted("AUTHENTICATE ANONYMOUS\r\n", FAILED);
	desk.capability.mechanisms |= TSP_BIT(TSP_MECHANISM_ANONYMOUS);
	asserted("VERSION=2.0.2\r\n",
		 "CAPABILITY TUNNEL=V6UDPV4 AUTH=ANONYMOUS AUTH=PLAIN AUTH=DIGEST-MD5\r\n");
	asserted("AUTHENTICATE ANONYMOUS\r\n", OK);
	assert_string_equal(dialogue.user, "");
	assert_int_equal(dialogue.state, TSP_STATE_READY);
}

static void test_versions(void **state)
{
	(void)state;
	asserted("VERSION=1.0.1\r\n", "302 Unsupported client version\r\n");
	asserted("VERSION=2.0.7\r\n", GREETING);
	greeting = TSP_STATUS_BUSY;
	asserted("VERSION=2.0.2\r\n", "530 Server too busy\r\n");
	assert_int_equal(dialogue.state, TSP_STATE_START);
	greeting = TSP_STATUS_WITH_LIST + TSP_STATUS_BAD_VERSION;
	assert_memory_equal(ask(TEXT("VERSION=2.0.2\r\n")), "1302 ", 5);
	assert_non_null(strstr(answer, "<address type=\"ipv4\">192.0.2.7</address>"));
	assert_null(strstr(answer, "Content-length"));
	assert_int_equal(dialogue.state, TSP_STATE_START);
}

static void test_commands(void **state)
{
	static const char *const bad[] = {
		"<tunnel action=\"frobnicate\"/>",
		"rubbish",
		"",
		"<!DOCTYPE t [<!ENTITY a \"b\">]><tunnel action=\"create\">&a;</tunnel>",
		"<tunnel action=\"accept\"></tunnel>",
		"<tunnel action=\"info\"/>",
		"<tunnel action=\"reject\"/>",
	};
	static const char *const types[] = {
		"<tunnel action=\"create\" type=\"v6v4\"/>",
		"<tunnel action=\"create\" type=\"v4v6\"/>",
		"<tunnel action=\"create\" type=\"strange\"/>",
		"<tunnel action=\"create\"/>",
		"<tunnel action=\"create\" type=\"v6udpv4\" proxy=\"yes\"/>",
	};
	size_t i;

	(void)state;
	plain();
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_string_equal(command(bad[i]), BAD_REQUEST);
	asserted("no frame\r\n", BAD_REQUEST);
	asserted("Content-length: 99\r\n<tunnel action=\"accept\"/>", BAD_REQUEST);
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		assert_string_equal(command(types[i]),
				    "Content-length: 29\r\n303 Unsupported tunnel type\r\n");
	assert_int_equal(creates + accepts + rejects + removes, 0);
	assert_non_null(strstr(command("<tunnel action=\"create\" type=\"v6anyv4\"/>"), OK));
	assert_non_null(strstr(command("<tunnel action=\"info\"/>"), "type=\"v6udpv4\""));
	assert_string_equal(command("<tunnel action=\"reject\"/>"), "Content-length: 13\r\n" OK);
	assert_string_equal(command("<tunnel action=\"accept\"/>"), BAD_REQUEST);
	assert_string_equal(command("<tunnel action=\"delete\"/>"), "Content-length: 13\r\n" OK);
	assert_int_equal(rejects, 1);
	assert_int_equal(removes, 1);
}

static void test_refusals(void **state)
{
	(void)state;
	plain();
	creating = TSP_STATUS_NO_MORE_TUNNELS;
	assert_string_equal(command(CREATE),
			    "Content-length: 31\r\n301 No more tunnels available\r\n");
	asserted(ACCEPT, BAD_REQUEST);
	creating = TSP_STATUS_WITH_LIST + TSP_STATUS_NO_MORE_TUNNELS;
	assert_non_null(strstr(command(CREATE), "\r\n1301 "));
	assert_memory_equal(answer, "Content-length: ", 16);
	creating = TSP_STATUS_SUCCESS;
	command(CREATE);
	accepting = TSP_STATUS_SERVER_ERROR;
	asserted(ACCEPT, "Content-length: 23\r\n310 Server side error\r\n");
	assert_int_equal(dialogue.state, TSP_STATE_OFFERED);
	/* no tunnel of UDP over anything else */
	peer.is_stream = true;
	assert_non_null(strstr(command(CREATE), "303 "));
	peer.is_stream = false;
	lvn_endpoint_parse("[2001:db8::1]:4000", 0, &peer.remote);
	assert_non_null(strstr(command(CREATE), "303 "));
}

static struct tsp_sessions sessions;
static struct tsp_session *session;

static enum tsp_verdict take(const char *remote, uint32_t sequence, const char *text, uint64_t now)
{
	const struct tsp_header header = { .sequence = sequence };
	struct lvn_endpoint endpoint;

	assert_int_equal(lvn_endpoint_parse(remote, 0, &endpoint), 0);
	return tsp_sessions_take(&sessions, 1, &endpoint, &header, text, strlen(text), now,
				 &session);
}

#define V "VERSION=2.0.2\r\n"
#define A "192.0.2.1:1000"

static void test_sequences(void **state)
{
	(void)state;
	tsp_sessions_init(&sessions, 100, 1);
	/* strangers cost no memory */
	assert_int_equal(take(A, 0xf0, "AUTHENTICATE PLAIN\r\n", 0), TSP_DROP);
	assert_int_equal(take(A, 0xf0, "", 0), TSP_DROP);
	assert_int_equal(take(A, 0xf0, "VERSION=1.0\r\n", 0), TSP_STRANGER);
	assert_int_equal(sessions.n, 0);

	assert_int_equal(take(A, 0xf0, V, 0), TSP_BEGIN);
	assert_int_equal(tsp_session_reply(session, "CAP", 3), 0);
	assert_int_equal(take(A, 0xf0, V, 2000), TSP_AGAIN);
	assert_memory_equal(session->reply, "CAP", 3);
	assert_int_equal(take(A, 0xf2, "x", 2000), TSP_DROP);
	assert_int_equal(take(A, 0xef, "x", 2000), TSP_DROP);
	/* the same sequence with another text is neither */
	assert_int_equal(take(A, 0xf0, "x", 2000), TSP_DROP);
	assert_int_equal(take(A, 0xf1, "x", 2000), TSP_NEW);
	assert_int_equal(session->reply_len, 0);
	assert_int_equal(take(A, 0xf1, "x", 2000), TSP_AGAIN);
	/* a copy of the VERSION that was delayed; and a client that starts over */
	assert_int_equal(take(A, 0xf0, V, 2500), TSP_DROP);
	assert_int_equal(take(A, 0xf2, "y", 2500), TSP_NEW);
	session->dialogue.state = TSP_STATE_UP;
	assert_int_equal(take(A, 0xf0, "VERSION=2.0.1\r\n", 2600), TSP_BEGIN);
	assert_int_equal(session->dialogue.state, TSP_STATE_START);
	assert_int_equal(take(A, 0xf1, "x", 2700), TSP_NEW);
	assert_int_equal(take(A, 0xf0, "VERSION=2.0.1\r\n", 2600 + TSP_STRAY_MS), TSP_BEGIN);
	/* another port is another */
	assert_int_equal(take("192.0.2.1:1001", 0xf1, "x", 9000), TSP_DROP);
	/* the longest pause of a stock client */
	assert_int_equal(take(A, 0xf1, "x", 60000), TSP_NEW);
	assert_int_equal(take(A, 0xf1, "x", 60000 + 66000), TSP_AGAIN);
	assert_int_equal(take(A, 0xf2, "x", 126000 + TSP_SESSION_MS), TSP_DROP);
	assert_int_equal(sessions.n, 0);
	/* 28 bits */
	assert_int_equal(take(A, 0x0fffffff, V, 300000), TSP_BEGIN);
	assert_int_equal(take(A, 0, "x", 300000), TSP_NEW);
	tsp_sessions_destroy(&sessions);
}

static void test_room(void **state)
{
	char remote[64];
	unsigned int i;

	(void)state;
	tsp_sessions_init(&sessions, 20, 1);
	/* somebody who is known, and a flood out of his network */
	assert_int_equal(take(A, 0xf0, V, 0), TSP_BEGIN);
	session->dialogue.state = TSP_STATE_READY;
	for (i = 0; i < 100; i++) {
		snprintf(remote, sizeof(remote), "192.0.2.%u:5", i + 2);
		assert_int_equal(take(remote, 0xf0, V, 1), TSP_BEGIN);
	}
	assert_int_equal(sessions.n, 16);
	assert_int_equal(sessions.evicted, 100 + 1 - 16);
	assert_int_equal(take(A, 0xf1, "x", 2), TSP_NEW);
	/* and from everywhere */
	for (i = 0; i < 100; i++) {
		snprintf(remote, sizeof(remote), "10.0.%u.1:5", i);
		assert_int_equal(take(remote, 0xf0, V, 3), TSP_BEGIN);
		session->dialogue.state = TSP_STATE_READY;
		if (sessions.n == 20 && sessions.evicted >= 100)
			break;
	}
	assert_int_equal(sessions.n, 20);
	assert_int_equal(take("10.9.9.9:1", 0xf0, V, 4), TSP_FULL);
	assert_null(session);
	assert_int_equal(take(A, 0xf2, "y", 4), TSP_NEW);
	tsp_sessions_destroy(&sessions);
	assert_int_equal(sessions.n, 0);
}

static void test_framing(void **state)
{
	(void)state;
	asserted("VERSION=2.0.2\r\n", GREETING);
	assert_int_equal(tsp_dialogue_framing(&dialogue), TSP_FRAMING_LINE);
	asserted("AUTHENTICATE PLAIN\r\n", "");
	assert_int_equal(tsp_dialogue_framing(&dialogue), TSP_FRAMING_PLAIN);
	plain();
	assert_int_equal(tsp_dialogue_framing(&dialogue), TSP_FRAMING_CONTENT);
	assert_true(tsp_dialogue_is_known(&dialogue));
	tsp_dialogue_done(&dialogue);
	assert_false(tsp_dialogue_is_known(&dialogue));
	assert_string_equal(dialogue.user, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_plain, setup, teardown),
		cmocka_unit_test_setup_teardown(test_plain_wrong, setup, teardown),
		cmocka_unit_test_setup_teardown(test_revoked, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sha256, setup, teardown),
		cmocka_unit_test_setup_teardown(test_digest, setup, teardown),
		cmocka_unit_test_setup_teardown(test_digest_wrong, setup, teardown),
		cmocka_unit_test_setup_teardown(test_digest_latin1, setup, teardown),
		cmocka_unit_test_setup_teardown(test_anonymous, setup, teardown),
		cmocka_unit_test_setup_teardown(test_versions, setup, teardown),
		cmocka_unit_test_setup_teardown(test_commands, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
		cmocka_unit_test_setup_teardown(test_framing, setup, teardown),
		cmocka_unit_test(test_sequences),
		cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
