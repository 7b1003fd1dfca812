// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proto/lisp: what no capture has: IPv6, LCAFs, subscriptions, all algorithms, and messages that
 * contradict themselves.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/socket.h>

#include "lib/base/wire.h"
#include "proto/lisp/auth.h"
#include "proto/lisp/message.h"

#define MESSAGE_MAX 512

static struct lvn_addr addr(const char *text)
{
	struct lvn_addr addr;

	assert_int_equal(lvn_addr_parse(text, &addr), 0);
	return addr;
}

static int read_bytes(const char *bytes, size_t len, struct lisp_address *address)
{
	struct lvn_wire_reader reader;

	lvn_wire_reader_init(&reader, bytes, len);
	return lisp_address_read(&reader, address);
}

#define READ(literal, address) read_bytes(literal, sizeof(literal) - 1, address)

static void test_addresses(void **state)
{
	const struct lisp_address addresses[] = {
		{ .ip.family = AF_UNSPEC },
		{ .ip = addr("192.0.2.1") },
		{ .ip = addr("2001:db8::1") },
		{ .ip.family = AF_UNSPEC, .name = "router-1" },
		{ .ip = addr("192.0.2.1"), .name = "router-1" },
		{ .ip = addr("2001:db8::1"), .has_iid = true, .iid = LISP_IID_MAX, .iid_bits = 32 },
		{ .ip = addr("10.0.0.1"), .name = "x", .has_iid = true, .iid = 7 },
	};
	struct lisp_address again;
	struct lvn_wire_reader reader;
	struct lvn_wire_writer writer;
	uint8_t data[256];
	unsigned int i;
	size_t cut;

	(void)state;
	for (i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		lvn_wire_writer_init(&writer, data, sizeof(data));
		lisp_address_write(&writer, &addresses[i]);
		lvn_wire_reader_init(&reader, data, lvn_wire_len(&writer));
		assert_int_equal(lisp_address_read(&reader, &again), 0);
		assert_int_equal(lvn_wire_left(&reader), 0);
		assert_true(lvn_addr_equal(&again.ip, &addresses[i].ip));
		assert_string_equal(again.name, addresses[i].name);
		assert_int_equal(again.has_iid, addresses[i].has_iid);
		assert_int_equal(again.iid, addresses[i].iid);
		for (cut = 0; cut < lvn_wire_len(&writer); cut++) {
			lvn_wire_reader_init(&reader, data, cut);
			assert_int_equal(lisp_address_read(&reader, &again), -EBADMSG);
		}
	}
}

static void test_addresses_refused(void **state)
{
	static char long_name[LISP_NAME_SIZE + 8] = "\0\x11";
	struct lisp_address address;

	(void)state;
	/* an AFI and an LCAF that nobody uses */
	assert_int_equal(READ("\x00\x63....", &address), -EAFNOSUPPORT);
	assert_int_equal(READ("\x40\x03\0\0\x0e\0\0\x02{}", &address), -EAFNOSUPPORT);
	/* an instance id in another, one that has too many bits, and one around a NAT */
	assert_int_equal(
		READ("\x40\x03\0\0\x02\x20\0\x12\0\0\0\x01\x40\x03\0\0\x02\x20\0\x06\0\0\0\x01\0\0",
		     &address),
		-EBADMSG);
	assert_int_equal(READ("\x40\x03\0\0\x02\x20\0\x0a\x01\0\0\0\0\x01\x0a\0\0\x01", &address),
			 -EBADMSG);
	assert_int_equal(READ("\x40\x03\0\0\x02\x20\0\x10\0\0\0\x01\x40\x03\0\0\x07\0\0\x04....",
			      &address),
			 -EAFNOSUPPORT);
	/* more behind the address than there should be; a length beyond the message */
	assert_int_equal(READ("\x40\x03\0\0\x02\x20\0\x0b\0\0\0\x01\0\x01\x0a\0\0\x01.", &address),
			 -EBADMSG);
	assert_int_equal(READ("\x40\x03\0\0\x02\x20\0\x0b\0\0\0\x01\0\x01\x0a\0\0\x01", &address),
			 -EBADMSG);
	/* lists in lists, two addresses in one */
	assert_int_equal(
		READ("\x40\x03\0\0\x01\0\0\x10\x40\x03\0\0\x01\0\0\x08\x40\x03\0\0\x01\0\0\0",
		     &address),
		-EAFNOSUPPORT);
	assert_int_equal(READ("\x40\x03\0\0\x01\0\0\x0c\0\x01\x0a\0\0\x01\0\x01\x0a\0\0\x02",
			      &address),
			 -EAFNOSUPPORT);
	memset(long_name + 2, 'x', LISP_NAME_SIZE);
	assert_int_equal(read_bytes(long_name, sizeof(long_name), &address), -EBADMSG);
}

static void test_eids(void **state)
{
	struct lisp_address address = lisp_address_of(&(struct lvn_addr){ .family = AF_UNSPEC });
	struct lisp_eid eid;

	(void)state;
	assert_int_equal(lisp_eid_from(&address, 0, &eid), -EAFNOSUPPORT);
	address.ip = addr("10.1.2.3");
	assert_int_equal(lisp_eid_from(&address, 33, &eid), -EBADMSG);
	assert_int_equal(lisp_eid_from(&address, 16, &eid), 0);
	address.ip = addr("10.1.0.0");
	assert_true(lvn_addr_equal(&eid.prefix.addr, &address.ip));
	address.ip = addr("2001:db8::1");
	assert_int_equal(lisp_eid_from(&address, 128, &eid), 0);
}

/* RFC 9437: a subscription, to two prefixes, with a mapping of the sender's. */
static void test_subscription(void **state)
{
	struct lisp_map_request request = {
		.has_record = true,
		.nonce = 0x0102030405060708,
		.source.ip.family = AF_UNSPEC,
		.n_itr_rlocs = 2,
		.n_records = 2,
		.xtr = { true, { 1, 2, 3 }, { 4, 5 } },
	};
	struct lisp_record record = { .ttl_min = 1440, .is_authoritative = true }, again_record;
	struct lisp_map_request again;
	struct lvn_wire_reader reader;
	struct lvn_wire_writer writer;
	uint8_t data[MESSAGE_MAX];
	size_t len;

	(void)state;
	request.itr_rlocs[0] = addr("192.0.2.1");
	request.itr_rlocs[1] = addr("2001:db8::1");
	assert_int_equal(lvn_prefix_parse("10.0.0.0/8", &request.records[0].eid.prefix), 0);
	assert_int_equal(lvn_prefix_parse("2001:db8::/32", &request.records[1].eid.prefix), 0);
	request.records[1].wants_notify = true;
	assert_int_equal(lvn_prefix_parse("10.9.0.0/16", &record.eid.prefix), 0);
	lvn_wire_writer_init(&writer, data, sizeof(data));
	lisp_map_request_write(&writer, &request);
	lisp_record_write(&writer, &record);
	lisp_xtr_write(&writer, &request.xtr);
	assert_false(writer.failed);
	len = lvn_wire_len(&writer);
	assert_int_equal(lisp_map_request_read(data, len, &again, &reader), 0);
	assert_int_equal(again.n_records, 2);
	assert_false(again.records[0].wants_notify);
	assert_true(again.records[1].wants_notify);
	assert_int_equal(again.n_itr_rlocs, 2);
	assert_true(again.xtr.is_present);
	assert_memory_equal(again.xtr.xtr_id, request.xtr.xtr_id, LISP_XTR_ID_SIZE);
	assert_int_equal(lisp_record_read(&reader, &again_record), 0);
	assert_true(lisp_eid_equal(&again_record.eid, &record.eid));
	/* bit I and no room for what it promises */
	assert_int_equal(lisp_map_request_read(data, len - 1, &again, &reader), -EBADMSG);
}

static size_t write_register(uint8_t *data, enum lisp_type type, enum lisp_algorithm algorithm,
			     bool rfc_lengths)
{
	struct lisp_registration registration = {
		.type = type,
		.nonce = 42,
		.auth = { .algorithm = algorithm, .len = lisp_auth_len(algorithm, rfc_lengths) },
	};
	struct lvn_wire_writer writer;

	lvn_wire_writer_init(&writer, data, MESSAGE_MAX);
	lisp_registration_write(&writer, &registration);
	assert_false(writer.failed);
	return lvn_wire_len(&writer);
}

static void test_algorithms(void **state)
{
	const struct lisp_key key = { "secret", 6 }, other = { "secreu", 6 };
	enum lisp_algorithm algorithm;
	uint8_t data[MESSAGE_MAX];
	int rfc_lengths;
	size_t len;

	(void)state;
	for (algorithm = LISP_ALGORITHM_SHA1; algorithm <= LISP_ALGORITHM_SHA256_HKDF;
	     algorithm++) {
		for (rfc_lengths = 0; rfc_lengths < 2; rfc_lengths++) {
			len = write_register(data, LISP_TYPE_MAP_REGISTER, algorithm, rfc_lengths);
			assert_int_equal(lisp_auth_sign(data, len, &key), 0);
			assert_int_equal(lisp_auth_verify(data, len, &key), 0);
			assert_int_equal(lisp_auth_verify(data, len, &other), -EACCES);
		}
	}
	/* the purposes are apart with key derivation, and only then */
	len = write_register(data, LISP_TYPE_MAP_NOTIFY, LISP_ALGORITHM_SHA256_HKDF, false);
	lisp_auth_sign(data, len, &key);
	data[0] = LISP_TYPE_MAP_NOTIFY_ACK << 4;
	assert_int_equal(lisp_auth_verify(data, len, &key), -EACCES);

	/* lengths that are none, among them 0, which would be no check at all */
	len = write_register(data, LISP_TYPE_MAP_REGISTER, LISP_ALGORITHM_SHA256, false);
	data[15] = 0;
	assert_int_equal(lisp_auth_verify(data, len, &key), -EACCES);
	data[15] = 1;
	assert_int_equal(lisp_auth_verify(data, len, &key), -EACCES);
	data[14] = 0xff;
	assert_int_equal(lisp_auth_verify(data, len, &key), -EACCES);
	len = write_register(data, LISP_TYPE_MAP_REGISTER, LISP_ALGORITHM_NONE, false);
	assert_int_equal(lisp_auth_verify(data, len, &key), -EOPNOTSUPP);
	assert_int_equal(lisp_auth_sign(data, len, &key), -EOPNOTSUPP);
	assert_int_equal(lisp_auth_verify(data, 15, &key), -EINVAL);
}

static void test_types(void **state)
{
	struct lisp_registration registration;
	struct lisp_map_request request;
	struct lvn_wire_reader reader;
	struct lisp_map_reply reply;
	uint8_t data[64] = { 0x90 };
	struct lisp_info info;

	(void)state;
	assert_int_equal(lisp_type_of(data, 0), 0);
	assert_int_equal(lisp_type_of(data, 1), 9);
	assert_int_equal(lisp_map_request_read(data, sizeof(data), &request, &reader), -EBADMSG);
	assert_int_equal(lisp_map_reply_read(data, sizeof(data), &reply, &reader), -EBADMSG);
	assert_int_equal(lisp_registration_read(data, sizeof(data), &registration, &reader),
			 -EBADMSG);
	assert_int_equal(lisp_info_read(data, sizeof(data), &info), -EBADMSG);
	/* a request for nothing */
	data[0] = 0x10;
	assert_int_equal(lisp_map_request_read(data, sizeof(data), &request, &reader), -EBADMSG);
}

static void test_locators_order(void **state)
{
	const struct lisp_locator v4 = { .address.ip = addr("192.0.2.9") };
	const struct lisp_locator v6 = { .address.ip = addr("2001:db8::1") };
	const struct lisp_locator low = { .address.ip = addr("192.0.2.1") };

	(void)state;
	assert_true(lisp_locator_compare(&low, &v4) < 0);
	assert_true(lisp_locator_compare(&v4, &v6) < 0);
	assert_int_equal(lisp_locator_compare(&v6, &v6), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),      cmocka_unit_test(test_addresses_refused),
		cmocka_unit_test(test_eids),	       cmocka_unit_test(test_subscription),
		cmocka_unit_test(test_algorithms),     cmocka_unit_test(test_types),
		cmocka_unit_test(test_locators_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
