// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proto/tsp/digest: the example of RFC 2831, what stock clients send and need, both ends against
 * each other, and gsasl's form of a challenge.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/tsp/base64.h"
#include "proto/tsp/digest.h"

static struct tsp_response rfc_response(void)
{
	return (struct tsp_response){
		.user = "chris",
		.realm = "elwood.innosoft.com",
		.nonce = "OA6MG9tEQGm2hh",
		.cnonce = "OA6MHXh6VqTrRk",
		.uri = "imap/elwood.innosoft.com",
		.nc = "00000001",
		.hash = "d388dad90d4bbd760a152321f2143af7",
	};
}

static void test_rfc2831(void **state)
{
	struct tsp_response response = rfc_response();
	uint8_t secret[TSP_SECRET_SIZE];
	char hash[TSP_HEX_SIZE];

	(void)state;
	assert_int_equal(tsp_digest_secret("chris", response.realm, "secret", false, secret), 0);
	assert_int_equal(tsp_digest_prove(secret, &response, TSP_PROOF_CLIENT, false, hash), 0);
	assert_string_equal(hash, response.hash);
	assert_int_equal(tsp_digest_verify(secret, &response, false), 0);
	assert_int_equal(tsp_digest_prove(secret, &response, TSP_PROOF_BROKER, false, hash), 0);
	assert_string_equal(hash, "ea40f60335c427b5527b84dbabcdfffd");
	response.hash[31] ^= 1;
	assert_int_equal(tsp_digest_verify(secret, &response, false), -EACCES);
}

static void test_latin1(void **state)
{
	uint8_t utf8[TSP_SECRET_SIZE], latin1[TSP_SECRET_SIZE], raw[TSP_SECRET_SIZE];

	(void)state;
	assert_int_equal(tsp_digest_secret("J\xc3\xbcrgen", "r", "\xc3\xa9t\xc3\xa9", false, utf8),
			 0);
	assert_int_equal(tsp_digest_secret("J\xc3\xbcrgen", "r", "\xc3\xa9t\xc3\xa9", true, latin1),
			 0);
	assert_int_equal(tsp_digest_secret("J\xfcrgen", "r", "\xe9t\xe9", false, raw), 0);
	assert_memory_not_equal(utf8, latin1, sizeof(utf8));
	assert_memory_equal(latin1, raw, sizeof(raw));
	/* a euro sign, and a sequence that is cut off */
	assert_int_equal(tsp_digest_secret("u", "r", "\xe2\x82\xac", true, latin1), -EILSEQ);
	assert_int_equal(tsp_digest_secret("u", "r", "\xc3", true, latin1), -EILSEQ);
}

static void test_old_client(void **state)
{
	uint8_t secret[TSP_SECRET_SIZE] = "abc\0defghijklmno", cut[TSP_SECRET_SIZE] = "abc";
	struct tsp_response response = rfc_response();
	char a[TSP_HEX_SIZE], b[TSP_HEX_SIZE];

	(void)state;
	tsp_digest_prove(secret, &response, TSP_PROOF_CLIENT, true, a);
	tsp_digest_prove(cut, &response, TSP_PROOF_CLIENT, true, b);
	assert_string_equal(a, b);
	tsp_digest_prove(secret, &response, TSP_PROOF_CLIENT, false, b);
	assert_string_not_equal(a, b);
}

static void decode(const char *text, int len, char *plain, size_t size)
{
	int n = tsp_base64_decode(text, tsp_line_len(text, len), plain, size - 1);

	assert_true(n > 0);
	plain[n] = '\0';
}

static int encode(const char *plain, char *text, size_t size)
{
	return tsp_base64_encode(plain, strlen(plain), text, size);
}

static void test_challenge(void **state)
{
	const struct tsp_challenge challenge = { "example.net", "Zm9v-123" };
	struct tsp_challenge again;
	char text[1024], plain[1024];
	int len;

	(void)state;
	len = tsp_challenge_write(&challenge, text, sizeof(text));
	assert_true(len > 2);
	assert_string_equal(text + len - 2, "\r\n");
	/* the parsers of stock clients: no blank behind a comma; no digit at the beginning */
	decode(text, len, plain, sizeof(plain));
	assert_string_equal(plain, "realm=\"example.net\",nonce=\"Zm9v-123\",qop=\"auth\","
				   "algorithm=md5-sess,charset=utf-8");
	assert_memory_equal(text, "cmVh", 4);
	assert_int_equal(tsp_challenge_read(text, len, &again), 0);
	assert_string_equal(again.realm, challenge.realm);
	assert_string_equal(again.nonce, challenge.nonce);

	/* as gsasl writes it, and as RFC 2831 has it, without quotes */
	len = encode("realm=\"x\", nonce=\"n\", qop=\"auth-int, auth\", charset=utf-8, "
		     "algorithm=md5-sess",
		     text, sizeof(text));
	assert_int_equal(tsp_challenge_read(text, len, &again), 0);
	assert_string_equal(again.nonce, "n");
	len = encode("realm=x,nonce=n,qop=auth,charset=utf-8,algorithm=md5-sess", text,
		     sizeof(text));
	assert_int_equal(tsp_challenge_read(text, len, &again), 0);
	len = encode("nonce=\"n\",qop=\"auth-int\",algorithm=md5-sess", text, sizeof(text));
	assert_int_equal(tsp_challenge_read(text, len, &again), -EPROTONOSUPPORT);
	len = encode("nonce=\"n\",qop=\"auth\"", text, sizeof(text));
	assert_int_equal(tsp_challenge_read(text, len, &again), -EPROTONOSUPPORT);
	len = encode("qop=\"auth\",algorithm=md5-sess", text, sizeof(text));
	assert_int_equal(tsp_challenge_read(text, len, &again), -EBADMSG);
}

static void test_challenge_that_clients_cannot_read(void **state)
{
	const struct tsp_challenge bad[] = {
		{ "a,b", "n" }, { "", "n" }, { "r", "" }, { "a\"b", "n" }
	};
	char text[256];
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(tsp_challenge_write(&bad[i], text, sizeof(text)), -EINVAL);
}

static void test_response(void **state)
{
	struct tsp_response response = rfc_response(), again;
	char text[2048], plain[2048];
	int len;

	(void)state;
	strcpy(response.uri, "tsp/10.99.0.2:3653");
	strcpy(response.user, "o\"mal\\ley");
	len = tsp_response_write(&response, text, sizeof(text));
	decode(text, len, plain, sizeof(plain));
	assert_string_equal(
		plain, "charset=utf-8,username=\"o\\\"mal\\\\ley\",realm=\"elwood.innosoft.com\","
		       "nonce=\"OA6MG9tEQGm2hh\",nc=00000001,cnonce=\"OA6MHXh6VqTrRk\","
		       "digest-uri=\"tsp/10.99.0.2:3653\","
		       "response=d388dad90d4bbd760a152321f2143af7,qop=auth");
	assert_int_equal(tsp_response_read(text, len, &again), 0);
	assert_string_equal(again.user, response.user);
	assert_string_equal(again.uri, response.uri);
	assert_string_equal(again.hash, response.hash);
	assert_string_equal(again.cnonce, response.cnonce);
}

static void test_response_refused(void **state)
{
#define REST                                                         \
	"realm=\"r\",nonce=\"n\",cnonce=\"c\",digest-uri=\"tsp/x\"," \
	"response=d388dad90d4bbd760a152321f2143af7"
	static const char *const bad[] = {
		"username=\"u\",nc=00000002," REST, /* a nonce is for once */
		"username=\"u\",nc=1," REST,
		"username=\"u\"," REST,
		"nc=00000001," REST,
		"username=\"u\",username=\"v\",nc=00000001," REST,
		"username=\"u\",nc=00000001,qop=auth-int," REST,
		"username=\"u,nc=00000001," REST,
		"username=\"u\\",
		"username=\"u\" x,nc=00000001," REST,
		"username=,nc=00000001," REST,
		"=,nc=00000001," REST,
		"username=\"u\",nc=00000001,digest-uri=\"imap/x\",nonce=n,cnonce=c,"
		"response=d388dad90d4bbd760a152321f2143af7",
		"username=\"u\",nc=00000001,digest-uri=\"tsp/x\",nonce=n,cnonce=c,response=d388",
	};
	struct tsp_response response;
	char text[1024];
	unsigned int i;
	int len;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		len = encode(bad[i], text, sizeof(text));
		if (tsp_response_read(text, len, &response) != -EBADMSG)
			fail_msg("accepted: %s", bad[i]);
	}
	len = encode("username=\"u\",nc=00000001," REST, text, sizeof(text));
	assert_int_equal(tsp_response_read(text, len, &response), 0);
	assert_int_equal(tsp_response_read("not base64!", 11, &response), -EBADMSG);
#undef REST
}

static void test_rspauth(void **state)
{
	char hash[TSP_HEX_SIZE], text[128];
	int len;

	(void)state;
	len = tsp_rspauth_write("ea40f60335c427b5527b84dbabcdfffd", text, sizeof(text));
	assert_int_equal(tsp_rspauth_read(text, len, hash), 0);
	assert_string_equal(hash, "ea40f60335c427b5527b84dbabcdfffd");
	assert_int_equal(tsp_rspauth_read("300 Authentication failed\r\n", 27, hash), -EBADMSG);
	assert_int_equal(tsp_rspauth_write(hash, text, len), -ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc2831),
		cmocka_unit_test(test_latin1),
		cmocka_unit_test(test_old_client),
		cmocka_unit_test(test_challenge),
		cmocka_unit_test(test_challenge_that_clients_cannot_read),
		cmocka_unit_test(test_response),
		cmocka_unit_test(test_response_refused),
		cmocka_unit_test(test_rspauth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
