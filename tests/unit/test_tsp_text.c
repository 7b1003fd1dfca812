// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proto/tsp: headers, lines and framing, with what stock clients send, and messages cut anywhere.
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
#include "proto/tsp/frame.h"
#include "proto/tsp/text.h"

#define TEXT(literal) (literal), sizeof(literal) - 1

static void test_header(void **state)
{
	static const uint8_t datagram[] = "\xf0\x00\x00\xf0\x12\x34\x56\x78VERSION=2.0.2\r\n\0";
	struct tsp_header header;
	uint8_t again[TSP_HEADER_SIZE];
	const char *text;
	size_t len;

	(void)state;
	assert_int_equal(tsp_header_read(datagram, sizeof(datagram) - 1, &header, &text, &len), 0);
	assert_int_equal(header.sequence, TSP_SEQUENCE_FIRST);
	assert_int_equal(header.timestamp, 0x12345678);
	assert_int_equal(len, strlen("VERSION=2.0.2\r\n"));
	assert_ptr_equal(text, datagram + TSP_HEADER_SIZE);
	tsp_header_write(&header, again);
	assert_memory_equal(again, datagram, sizeof(again));

	/* a read of the client: no text at all */
	assert_int_equal(tsp_header_read(datagram, TSP_HEADER_SIZE, &header, &text, &len), 0);
	assert_int_equal(len, 0);
	assert_int_equal(tsp_header_read(datagram, TSP_HEADER_SIZE - 1, &header, &text, &len),
			 -EBADMSG);
	/* an IPv6 packet, the other thing on that port */
	assert_int_equal(tsp_header_read("\x60\0\0\0\0\0\0\0", 8, &header, &text, &len), -EBADMSG);
	assert_int_equal(tsp_sequence_next(0x0fffffff), 0);
}

static void test_long_datagram(void **state)
{
	static char datagram[TSP_HEADER_SIZE + TSP_TEXT_MAX + 1] = "\xff";
	struct tsp_header header;
	const char *text;
	size_t len;

	(void)state;
	memset(datagram + TSP_HEADER_SIZE, 'x', sizeof(datagram) - TSP_HEADER_SIZE);
	assert_int_equal(tsp_header_read(datagram, sizeof(datagram) - 1, &header, &text, &len), 0);
	assert_int_equal(tsp_header_read(datagram, sizeof(datagram), &header, &text, &len),
			 -EMSGSIZE);
}

static void test_version(void **state)
{
	unsigned int minor = 99;

	(void)state;
	assert_int_equal(tsp_version_read(TEXT("VERSION=2.0.2\r\n"), &minor), 0);
	assert_int_equal(minor, 2);
	assert_int_equal(tsp_version_read(TEXT("VERSION=2.0.0"), &minor), 0);
	assert_int_equal(minor, 0);
	assert_int_equal(tsp_version_read(TEXT("VERSION=1.0.1\r\n"), &minor), -EPROTONOSUPPORT);
	assert_int_equal(tsp_version_read(TEXT("VERSION=2.0.\r\n"), &minor), -EPROTONOSUPPORT);
	assert_int_equal(tsp_version_read(TEXT("VERSION=2.0.1.1\r\n"), &minor), -EPROTONOSUPPORT);
	assert_int_equal(tsp_version_read(TEXT("VERSION=2.0.99999\r\n"), &minor), -EPROTONOSUPPORT);
	assert_int_equal(tsp_version_read(TEXT("VERSION=\r\n"), &minor), -EBADMSG);
	assert_int_equal(tsp_version_read(TEXT("VERSION=2.0.x\r\n"), &minor), -EBADMSG);
	assert_int_equal(tsp_version_read(TEXT(""), &minor), -EBADMSG);
}

static void test_capability(void **state)
{
	const struct tsp_capability capability = {
		.types = TSP_BIT(TSP_TYPE_V6V4) | TSP_BIT(TSP_TYPE_V6UDPV4),
		.mechanisms = TSP_BIT(TSP_MECHANISM_ANONYMOUS) | TSP_BIT(TSP_MECHANISM_PLAIN) |
			      TSP_BIT(TSP_MECHANISM_DIGEST_MD5),
	};
	const char *expected = "CAPABILITY TUNNEL=V6V4 TUNNEL=V6UDPV4 AUTH=ANONYMOUS AUTH=PLAIN "
			       "AUTH=DIGEST-MD5\r\n";
	struct tsp_capability again;
	char text[256];
	size_t size;
	int len;

	(void)state;
	len = tsp_capability_write(&capability, text, sizeof(text));
	assert_int_equal(len, strlen(expected));
	assert_string_equal(text, expected);
	assert_int_equal(tsp_capability_read(text, len, &again), 0);
	assert_int_equal(again.types, capability.types);
	assert_int_equal(again.mechanisms, capability.mechanisms);
	for (size = 1; size <= strlen(expected); size++)
		assert_int_equal(tsp_capability_write(&capability, text, size), -ENOSPC);
	assert_int_equal(tsp_capability_read(TEXT("CAPABILITY TUNNEL=V9 AUTH=PASSDSS-3DES-1 X Y=Z"),
					     &again),
			 0);
	assert_int_equal(again.types | again.mechanisms, 0);
	assert_int_equal(tsp_capability_read(TEXT("200 Success\r\n"), &again), -EBADMSG);
}

static void test_authenticate(void **state)
{
	enum tsp_mechanism mechanism;

	(void)state;
	assert_int_equal(tsp_authenticate_read(TEXT("AUTHENTICATE DIGEST-MD5\r\n\0"), &mechanism),
			 0);
	assert_int_equal(mechanism, TSP_MECHANISM_DIGEST_MD5);
	assert_int_equal(tsp_authenticate_read(TEXT("AUTHENTICATE plain\r\n"), &mechanism), 0);
	assert_int_equal(mechanism, TSP_MECHANISM_PLAIN);
	assert_int_equal(tsp_authenticate_read(TEXT("AUTHENTICATE NONE\r\n"), &mechanism), 0);
	assert_int_equal(mechanism, TSP_MECHANISM_NONE);
	assert_int_equal(tsp_authenticate_read(TEXT("AUTHENTICATE \r\n"), &mechanism), -EBADMSG);
	assert_int_equal(tsp_authenticate_read(TEXT("AUTHENTICATE PLAIN x\r\n"), &mechanism),
			 -EBADMSG);
}

static void assert_plain(const char *text, size_t len, const char *user, const char *password)
{
	struct tsp_plain plain;

	assert_int_equal(tsp_plain_read(text, len, &plain), 0);
	assert_string_equal(plain.user, user);
	assert_string_equal(plain.password, password);
}

static void test_plain(void **state)
{
	static char longest[2 * TSP_USER_SIZE];
	struct tsp_plain plain;

	(void)state;
	assert_plain(TEXT("\0alice\0secret\r\n"), "alice", "secret");
	/* over TCP, with the NUL of the line before */
	assert_plain(TEXT("\0\0alice\0secret\r\n"), "alice", "secret");
	/* base64 */
	assert_plain(TEXT("AGFsaWNlAHNlY3JldA==\r\n"), "alice", "secret");
	/* herself, said twice */
	assert_plain(TEXT("alice\0alice\0secret\r\n"), "alice", "secret");
	/* somebody else */
	assert_int_equal(tsp_plain_read(TEXT("root\0alice\0secret\r\n"), &plain), -EBADMSG);
	assert_int_equal(tsp_plain_read(TEXT("\0alice\r\n"), &plain), -EBADMSG);
	assert_int_equal(tsp_plain_read(TEXT("\0\0secret\r\n"), &plain), -EBADMSG);
	assert_int_equal(tsp_plain_read(TEXT("\0alice\0\r\n"), &plain), -EBADMSG);
	assert_int_equal(tsp_plain_read(TEXT("\0alice\0se\0cret\r\n"), &plain), -EBADMSG);
	assert_int_equal(tsp_plain_read(TEXT("\r\n"), &plain), -EBADMSG);
	assert_int_equal(tsp_plain_read(TEXT(""), &plain), -EBADMSG);

	memset(longest, 'u', sizeof(longest));
	longest[0] = longest[TSP_USER_SIZE] = '\0';
	assert_int_equal(tsp_plain_read(longest, TSP_USER_SIZE + 2, &plain), 0);
	assert_int_equal(strlen(plain.user), TSP_USER_SIZE - 1);
	longest[TSP_USER_SIZE] = 'u';
	longest[TSP_USER_SIZE + 1] = '\0';
	assert_int_equal(tsp_plain_read(longest, TSP_USER_SIZE + 3, &plain), -EBADMSG);
}

static void test_status(void **state)
{
	(void)state;
	assert_int_equal(tsp_status_read(TEXT("200 Success\r\n")), 200);
	assert_int_equal(tsp_status_read(TEXT("1302 Unsupported\r\n")), 1302);
	assert_int_equal(tsp_status_read(TEXT("200")), 200);
	assert_int_equal(tsp_status_read(TEXT("20 x")), -EBADMSG);
	assert_int_equal(tsp_status_read(TEXT("20000 x")), -EBADMSG);
	assert_int_equal(tsp_status_read(TEXT("200x")), -EBADMSG);
	assert_int_equal(tsp_status_read(TEXT("cmVhbG0=")), -EBADMSG);
	assert_string_equal(tsp_status_text(1301), tsp_status_text(301));
}

/* Feed a stream byte by byte: the message is found when its last byte is there, not before. */
static void assert_stream(const char *data, size_t size, enum tsp_framing framing,
			  size_t expected_skip, size_t expected_len)
{
	size_t skip, n;

	for (n = 0; n < size; n++) {
		int len = tsp_stream_next(data, n, framing, &skip);

		assert_int_equal(len, n < expected_skip + expected_len ? 0 : (int)expected_len);
	}
	assert_int_equal(tsp_stream_next(data, size, framing, &skip), expected_len);
	assert_int_equal(skip, expected_skip);
}

static void test_stream(void **state)
{
	static char endless[TSP_TEXT_MAX + 1];
	size_t skip;

	(void)state;
	assert_stream(TEXT("VERSION=2.0.2\r\nAUTH"), TSP_FRAMING_LINE, 0, 15);
	assert_stream(TEXT("\0AUTHENTICATE X\r\n"), TSP_FRAMING_LINE, 1, 16);
	assert_stream(TEXT("\0\0u\0p\r\n"), TSP_FRAMING_PLAIN, 0, 7);
	assert_stream(TEXT("\0Content-length: 5\r\nhello more"), TSP_FRAMING_CONTENT, 1, 24);
	assert_stream(TEXT("content-length:0\n"), TSP_FRAMING_CONTENT, 0, 17);
	assert_int_equal(tsp_stream_next(TEXT("Content-type"), TSP_FRAMING_CONTENT, &skip),
			 -EBADMSG);
	assert_int_equal(tsp_stream_next(TEXT("Content-length: x\r\n"), TSP_FRAMING_CONTENT, &skip),
			 -EBADMSG);
	assert_int_equal(tsp_stream_next(TEXT("Content-length: \r\n"), TSP_FRAMING_CONTENT, &skip),
			 -EBADMSG);
	assert_int_equal(tsp_stream_next(TEXT("Content-length: 5000"), TSP_FRAMING_CONTENT, &skip),
			 -EMSGSIZE);
	assert_int_equal(tsp_stream_next(TEXT("Content-length: 4096\r\n"), TSP_FRAMING_CONTENT,
					 &skip),
			 -EMSGSIZE);
	assert_int_equal(tsp_stream_next(TEXT("Content-length:                      "),
					 TSP_FRAMING_CONTENT, &skip),
			 -EBADMSG);
	memset(endless, 'x', sizeof(endless));
	assert_int_equal(tsp_stream_next(endless, TSP_TEXT_MAX - 1, TSP_FRAMING_LINE, &skip), 0);
	assert_int_equal(tsp_stream_next(endless, sizeof(endless), TSP_FRAMING_LINE, &skip),
			 -EMSGSIZE);
}

static void test_content(void **state)
{
	size_t len, missing;
	const char *body;

	(void)state;
	assert_int_equal(tsp_content_read(TEXT("Content-length: 2\r\nhi"), &body, &len, NULL), 0);
	assert_int_equal(len, 2);
	assert_memory_equal(body, "hi", 2);
	assert_int_equal(tsp_content_read(TEXT("Content-length: 3\r\nhi"), &body, &len, NULL),
			 -EBADMSG);
	assert_int_equal(tsp_content_read(TEXT("Content-length: 3\r\nhi"), &body, &len, &missing),
			 0);
	assert_int_equal(missing, 1);
	assert_int_equal(tsp_content_read(TEXT("Content-length: 1\r\nhi"), &body, &len, &missing),
			 -EBADMSG);
	assert_int_equal(tsp_content_read(TEXT("Content-length: 1"), &body, &len, NULL), -EBADMSG);
	assert_int_equal(tsp_content_read(TEXT("<tunnel/>"), &body, &len, NULL), -EBADMSG);
}

static void test_base64(void **state)
{
	char data[8], text[16];

	(void)state;
	assert_int_equal(tsp_base64_encode("abcd", 4, text, sizeof(text)), 8);
	assert_string_equal(text, "YWJjZA==");
	assert_int_equal(tsp_base64_decode(TEXT("YWJjZA=="), data, sizeof(data)), 4);
	assert_memory_equal(data, "abcd", 4);
	assert_int_equal(tsp_base64_encode("abcd", 4, text, 8), -ENOSPC);
	assert_int_equal(tsp_base64_decode(TEXT("YWJjZA=="), data, 3), -ENOSPC);
	/* not canonical: bits beyond the end, blanks, padding inside, none at all */
	assert_int_equal(tsp_base64_decode(TEXT("YWJjZB=="), data, sizeof(data)), -EBADMSG);
	assert_int_equal(tsp_base64_decode(TEXT(" YWJjZA="), data, sizeof(data)), -EBADMSG);
	assert_int_equal(tsp_base64_decode(TEXT("YQ==YQ=="), data, sizeof(data)), -EBADMSG);
	assert_int_equal(tsp_base64_decode(TEXT("YWJjZA"), data, sizeof(data)), -EBADMSG);
	assert_int_equal(tsp_base64_decode(TEXT("===="), data, sizeof(data)), -EBADMSG);
	assert_int_equal(tsp_base64_decode(TEXT(""), data, sizeof(data)), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header),	     cmocka_unit_test(test_long_datagram),
		cmocka_unit_test(test_version),	     cmocka_unit_test(test_capability),
		cmocka_unit_test(test_authenticate), cmocka_unit_test(test_plain),
		cmocka_unit_test(test_status),	     cmocka_unit_test(test_stream),
		cmocka_unit_test(test_content),	     cmocka_unit_test(test_base64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
