// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proto/stun/stun: the vectors of tests/vectors/stun.txt, which the protocol document promises, and
 * messages that are broken in every byte.
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
#include <sys/socket.h>

#include "proto/stun/stun.h"

static const char session[] = "9f86d081884c7d65";
static const char key[] = "Vd5KcC1eLrG8jzXgkKxYlT5mS2q0nOaPzWbHfUeR9tQ";
static const uint8_t cookie[] = { 0xc0, 0, 0, 0, 0, 0, 0, 0x0e };

static size_t write_message(const struct stun_message *message, uint8_t *buf)
{
	size_t len;

	assert_int_equal(stun_write(message, key, strlen(key), buf, STUN_MAX, &len), 0);
	return len;
}

static struct stun_message request(void)
{
	return (struct stun_message){
		.type = STUN_REQUEST,
		.txid = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 },
		.username = session,
		.username_len = strlen(session),
		.has_counter = true,
		.counter = 1,
		.has_binding = true,
		.binding = { .weight = 1 },
		.has_integrity = true,
		.has_fingerprint = true,
	};
}

static struct stun_message answer(uint16_t type)
{
	return (struct stun_message){
		.type = type,
		.txid = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 },
		.has_integrity = true,
		.has_fingerprint = true,
	};
}

/* Return: bytes of the vector of that name in the file that the environment names. */
static size_t read_vector(const char *name, uint8_t *buf)
{
	const char *path = getenv("STUN_VECTORS") ?: "tests/vectors/stun.txt";
	char line[2048], found[64], hex[1024];
	FILE *file = fopen(path, "r");
	size_t len = 0;

	assert_non_null(file);
	while (!len && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63s %1023[0-9a-f]", found, hex) != 2 || strcmp(found, name) != 0)
			continue;
		for (len = 0; hex[2 * len]; len++) {
			unsigned int byte;

			assert_int_equal(sscanf(hex + 2 * len, "%2x", &byte), 1);
			buf[len] = byte;
		}
	}
	fclose(file);
	return len;
}

static void check_vector(const char *name, const struct stun_message *message)
{
	uint8_t expected[STUN_MAX], buf[STUN_MAX];
	size_t len = write_message(message, buf), i;

	if (getenv("STUN_PRINT")) {
		printf("%s ", name);
		for (i = 0; i < len; i++)
			printf("%02x", buf[i]);
		printf("\n");
		return;
	}
	assert_int_equal(read_vector(name, expected), len);
	assert_memory_equal(buf, expected, len);
}

static void test_vectors(void **state)
{
	struct stun_message message = request();

	(void)state;
	check_vector("request", &message);
	message.counter = 2;
	message.cookie = cookie;
	check_vector("request-cookie", &message);

	message = answer(STUN_SUCCESS);
	lvn_endpoint_parse("198.51.100.4:61234", 0, &message.mapped);
	check_vector("success-ipv4", &message);
	lvn_endpoint_parse("[2001:db8::4]:61234", 0, &message.mapped);
	check_vector("success-ipv6", &message);

	message = answer(STUN_ERROR);
	message.error = STUN_PROVE;
	message.cookie = cookie;
	check_vector("error-480", &message);
	message = answer(STUN_ERROR);
	message.error = STUN_REPLAY;
	message.has_counter = true;
	message.counter = 41;
	check_vector("error-438", &message);
	message = answer(STUN_ERROR);
	message.error = STUN_UNAUTHENTICATED;
	message.has_integrity = false;
	check_vector("error-401", &message);
}

/* RFC 5769 section 2.1 (SHA-1 integrity, which we ignore) and 2.2, 2.3 for the addresses. */
static void test_rfc5769(void **state)
{
	static const uint8_t sample[] =
		"\x01\x01\x00\x3c\x21\x12\xa4\x42\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87\xdf\xae"
		"\x80\x22\x00\x0b\x74\x65\x73\x74\x20\x76\x65\x63\x74\x6f\x72\x20"
		"\x00\x20\x00\x08\x00\x01\xa1\x47\xe1\x12\xa6\x43"
		"\x00\x08\x00\x14\x2b\x91\xf5\x99\xfd\x9e\x90\xc3\x8c\x74\x89\xf9\x2a\xf9\xba\x53"
		"\xf0\x6b\xe7\xd7\x80\x28\x00\x04\xc0\x7d\x4c\x96";
	struct stun_message message;
	char text[LVN_ADDR_TEXT_SIZE];

	(void)state;
	assert_int_equal(stun_parse(sample, sizeof(sample) - 1, &message), 0);
	assert_int_equal(message.type, STUN_SUCCESS);
	assert_true(message.has_fingerprint);
	assert_false(message.has_integrity);
	assert_string_equal(lvn_endpoint_format(&message.mapped, text), "192.0.2.1:32853");
}

static void test_round_trip(void **state)
{
	struct stun_message in = request(), out;
	uint8_t buf[STUN_MAX];
	size_t len;

	(void)state;
	in.counter = 0x0123456789abcdef;
	in.binding = (struct stun_binding){ 3, 100, 7, STUN_RELEASE };
	in.cookie = cookie;
	len = write_message(&in, buf);
	assert_int_equal(stun_parse(buf, len, &out), 0);
	assert_int_equal(out.type, in.type);
	assert_true(out.has_magic);
	assert_memory_equal(out.txid, in.txid, sizeof(in.txid));
	assert_int_equal(out.username_len, strlen(session));
	assert_memory_equal(out.username, session, strlen(session));
	assert_int_equal(out.counter, in.counter);
	assert_memory_equal(&out.binding, &in.binding, sizeof(in.binding));
	assert_memory_equal(out.cookie, cookie, sizeof(cookie));
	assert_int_equal(stun_verify(&out, buf, key, strlen(key)), 0);
	assert_int_equal(stun_verify(&out, buf, key, strlen(key) - 1), -EACCES);
}

static void test_no_answer_is_longer(void **state)
{
	struct stun_message message = request();
	size_t asked, answered;
	uint8_t buf[STUN_MAX];

	(void)state;
	message.has_binding = false;
	asked = write_message(&message, buf);
	message = answer(STUN_SUCCESS);
	lvn_endpoint_parse("[2001:db8::4]:61234", 0, &message.mapped);
	answered = write_message(&message, buf);
	assert_true(answered <= asked);
	message = answer(STUN_ERROR);
	message.error = STUN_UNKNOWN_ATTRIBUTE;
	message.n_unknown = STUN_UNKNOWN_MAX;
	answered = write_message(&message, buf);
	assert_true(answered <= asked);
}

/* Whatever bit is turned: it is malformed, or the integrity is wrong, never accepted. */
static void test_every_bit(void **state)
{
	struct stun_message message = request(), out;
	uint8_t buf[STUN_MAX];
	size_t len, bit;

	(void)state;
	message.has_fingerprint = false;
	len = write_message(&message, buf);
	for (bit = 0; bit < 8 * len; bit++) {
		buf[bit / 8] ^= 1 << bit % 8;
		assert_false(stun_parse(buf, len, &out) == 0 && out.has_magic &&
			     stun_verify(&out, buf, key, strlen(key)) == 0);
		buf[bit / 8] ^= 1 << bit % 8;
	}
}

static void test_truncated(void **state)
{
	struct stun_message message = request(), out;
	uint8_t buf[STUN_MAX];
	size_t len, cut;

	(void)state;
	len = write_message(&message, buf);
	for (cut = 0; cut < len; cut++) {
		/* an allocation of its own, for the address sanitizer */
		uint8_t *copy = malloc(cut ?: 1);

		assert_non_null(copy);
		memcpy(copy, buf, cut);
		assert_int_equal(stun_parse(copy, cut, &out), -EBADMSG);
		free(copy);
	}
}

static void test_fingerprint(void **state)
{
	struct stun_message message = request(), out;
	uint8_t buf[STUN_MAX];
	size_t len = write_message(&message, buf);

	(void)state;
	buf[len - 1] ^= 1;
	assert_int_equal(stun_parse(buf, len, &out), -EBADMSG);
}

/* A smuggled attribute behind the integrity must not count. */
static void test_after_integrity(void **state)
{
	struct stun_message message = request(), out;
	uint8_t buf[STUN_MAX];
	size_t len;

	(void)state;
	message.has_fingerprint = false;
	message.cookie = NULL;
	len = write_message(&message, buf);
	memcpy(buf + len, "\xfd\x03\x00\x08........", 12);
	len += 12;
	buf[2] = (len - 20) >> 8;
	buf[3] = len - 20;
	assert_int_equal(stun_parse(buf, len, &out), 0);
	assert_null(out.cookie);
	assert_int_equal(stun_verify(&out, buf, key, strlen(key)), 0);
}

static void test_unknown_required(void **state)
{
	static const uint8_t data[] = "\x00\x01\x00\x08\x21\x12\xa4\x42............"
				      "\x7f\xff\x00\x01x...";
	struct stun_message out;

	(void)state;
	assert_int_equal(stun_parse(data, sizeof(data) - 1, &out), 0);
	assert_int_equal(out.n_unknown, 1);
	assert_int_equal(out.unknown[0], 0x7fff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),		 cmocka_unit_test(test_rfc5769),
		cmocka_unit_test(test_round_trip),	 cmocka_unit_test(test_no_answer_is_longer),
		cmocka_unit_test(test_every_bit),	 cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_fingerprint),	 cmocka_unit_test(test_after_integrity),
		cmocka_unit_test(test_unknown_required),
	};

	return cmocka_run_group_tests_name("stun", tests, NULL, NULL);
}
