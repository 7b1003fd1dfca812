// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proto/lisp: what another implementation sent, tests/vectors/lisp.txt, is understood, its
 * authentication is right, and it is written again to the byte. Each message is cut everywhere, too.
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

#include "lib/base/wire.h"
#include "proto/lisp/auth.h"
#include "proto/lisp/ecm.h"
#include "proto/lisp/message.h"

#define MESSAGE_MAX 512

static const struct lisp_key site1 = { "site1key", 8 }, site2 = { "site2key", 8 };
static const struct lisp_key rtr = { "rtrkey", 6 }, wrong = { "site1kez", 8 };

static size_t vector(const char *name, uint8_t *buf)
{
	const char *path = getenv("LISP_VECTORS") ?: "tests/vectors/lisp.txt";
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
	assert_true(len);
	return len;
}

static void assert_addr(const struct lvn_addr *addr, const char *expected)
{
	char text[LVN_ADDR_TEXT_SIZE];

	assert_string_equal(lvn_addr_format(addr, text), expected);
}

static void assert_eid(const struct lisp_eid *eid, const char *expected, uint32_t iid)
{
	char text[LVN_ADDR_TEXT_SIZE];

	assert_string_equal(lvn_prefix_format(&eid->prefix, text), expected);
	assert_int_equal(eid->iid, iid);
}

/* Write records again as they are read. */
static void copy_records(struct lvn_wire_reader *reader, struct lvn_wire_writer *writer,
			 unsigned int n)
{
	struct lisp_locator locator;
	struct lisp_record record;

	while (n--) {
		assert_int_equal(lisp_record_read(reader, &record), 0);
		lisp_record_write(writer, &record);
		for (; record.n_locators; record.n_locators--) {
			assert_int_equal(lisp_locator_read(reader, &locator), 0);
			lisp_locator_write(writer, &locator);
		}
	}
}

static void assert_written(const struct lvn_wire_writer *writer, const uint8_t *data, size_t len)
{
	assert_false(writer->failed);
	assert_int_equal(lvn_wire_len(writer), len);
	assert_memory_equal(writer->start, data, len);
}

/* A Register, Notify or Ack: read, written to the byte, verified, refused when cut or changed. */
static void check_registration(const uint8_t *data, size_t len, const struct lisp_key *key,
			       struct lisp_registration *registration, struct lisp_record *record)
{
	uint8_t again[MESSAGE_MAX], changed[MESSAGE_MAX];
	struct lvn_wire_reader records, first;
	struct lisp_registration unused;
	struct lvn_wire_writer writer;
	size_t i;

	assert_int_equal(lisp_registration_read(data, len, registration, &records), 0);
	first = records;
	assert_int_equal(lisp_record_read(&first, record), 0);
	lvn_wire_writer_init(&writer, again, sizeof(again));
	lisp_registration_write(&writer, registration);
	copy_records(&records, &writer, registration->n_records);
	if (registration->xtr.is_present)
		lisp_xtr_write(&writer, &registration->xtr);
	assert_written(&writer, data, len);

	assert_int_equal(lisp_auth_verify(data, len, key), 0);
	assert_int_equal(lisp_auth_verify(data, len, &wrong), -EACCES);
	memset(again + 16, 0x55, registration->auth.len);
	assert_int_equal(lisp_auth_sign(again, len, key), 0);
	assert_memory_equal(again, data, len);
	for (i = 0; i < len; i++) {
		assert_int_equal(lisp_registration_read(data, i, &unused, &records), -EBADMSG);
		memcpy(changed, data, len);
		changed[i] ^= 0x04;
		assert_int_not_equal(lisp_auth_verify(changed, len, key), 0);
	}
}

static void test_register(void **state)
{
	struct lisp_registration registration;
	struct lisp_record record;
	uint8_t data[MESSAGE_MAX];
	size_t len;

	(void)state;
	len = vector("register", data);
	check_registration(data, len, &site1, &registration, &record);
	assert_int_equal(registration.type, LISP_TYPE_MAP_REGISTER);
	assert_true(registration.want_notify && !registration.proxy_reply);
	assert_int_equal(registration.nonce, 0xfddd287b882f58e5);
	assert_int_equal(registration.auth.algorithm, LISP_ALGORITHM_SHA1);
	assert_eid(&record.eid, "172.16.1.0/24", 0);
	assert_int_equal(record.ttl_min, 10);
	assert_true(record.is_authoritative);

	len = vector("notify", data);
	check_registration(data, len, &site1, &registration, &record);
	assert_int_equal(registration.type, LISP_TYPE_MAP_NOTIFY);

	len = vector("register-iid", data);
	check_registration(data, len, &site2, &registration, &record);
	assert_true(registration.proxy_reply);
	assert_eid(&record.eid, "172.16.2.0/24", 100);
	assert_true(record.eid.has_iid);
}

static void test_reply(void **state)
{
	static const char *const names[] = { "reply", "probe-reply", "negative-reply",
					     "reply-proxy-iid" };
	uint8_t data[MESSAGE_MAX], again[MESSAGE_MAX];
	struct lvn_wire_reader records;
	struct lvn_wire_writer writer;
	struct lisp_map_reply reply;
	struct lisp_locator locator;
	struct lisp_record record;
	size_t len, i, cut;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		len = vector(names[i], data);
		assert_int_equal(lisp_map_reply_read(data, len, &reply, &records), 0);
		lvn_wire_writer_init(&writer, again, sizeof(again));
		lisp_map_reply_write(&writer, &reply);
		copy_records(&records, &writer, reply.n_records);
		assert_written(&writer, data, len);
		for (cut = 0; cut < len; cut++)
			assert_int_equal(lisp_map_reply_read(data, cut, &reply, &records),
					 -EBADMSG);
	}
	len = vector("probe-reply", data);
	lisp_map_reply_read(data, len, &reply, &records);
	assert_true(reply.is_probe);
	lisp_record_read(&records, &record);
	lisp_locator_read(&records, &locator);
	assert_true(locator.is_local && locator.is_probed && locator.is_reachable);
	assert_int_equal(locator.weight, 100);
	assert_int_equal(locator.m_priority, LISP_PRIORITY_NEVER);
	assert_addr(&locator.address.ip, "10.2.0.1");
	len = vector("negative-reply", data);
	lisp_map_reply_read(data, len, &reply, &records);
	lisp_record_read(&records, &record);
	assert_int_equal(record.n_locators, 0);
	assert_int_equal(record.action, LISP_ACTION_NATIVE);
	assert_int_equal(record.ttl_min, 15);
}

static void check_request(const uint8_t *data, size_t len, struct lisp_map_request *request)
{
	struct lisp_map_request unused;
	struct lvn_wire_reader record;
	struct lvn_wire_writer writer;
	uint8_t again[MESSAGE_MAX];
	size_t cut;

	assert_int_equal(lisp_map_request_read(data, len, request, &record), 0);
	lvn_wire_writer_init(&writer, again, sizeof(again));
	lisp_map_request_write(&writer, request);
	assert_written(&writer, data, len);
	for (cut = 0; cut < len; cut++)
		assert_int_equal(lisp_map_request_read(data, cut, &unused, &record), -EBADMSG);
}

static void test_request(void **state)
{
	struct lisp_map_request request;
	uint8_t data[MESSAGE_MAX];
	size_t len;

	(void)state;
	len = vector("probe", data);
	check_request(data, len, &request);
	assert_true(request.is_probe && !request.is_smr);
	assert_int_equal(request.source.ip.family, AF_UNSPEC);
	assert_int_equal(request.n_itr_rlocs, 1);
	assert_addr(&request.itr_rlocs[0], "10.1.0.1");
	assert_eid(&request.records[0].eid, "172.16.2.0/24", 0);
	len = vector("smr", data);
	check_request(data, len, &request);
	assert_true(request.is_smr && !request.smr_invoked);
	assert_int_equal(request.nonce, 0);
	assert_addr(&request.source.ip, "172.16.2.0");
}

/* An ECM that is passed on stays the same; what is in it has the ends that it says. */
static void check_ecm(const char *name, uint8_t *data, size_t *ret_len, struct lisp_ecm *ecm)
{
	uint8_t again[MESSAGE_MAX];
	struct lisp_ecm unused;
	size_t len, cut;

	len = vector(name, data);
	assert_int_equal(lisp_ecm_read(data, len, ecm), 0);
	assert_int_equal(lisp_ecm_write(ecm, again, sizeof(again)), len);
	assert_memory_equal(again, data, len);
	for (cut = 0; cut < len; cut++) {
		assert_int_equal(lisp_ecm_read(data, cut, &unused), -EBADMSG);
		assert_int_equal(lisp_ecm_write(ecm, again, cut), -ENOSPC);
	}
	*ret_len = len;
}

static void test_ecm(void **state)
{
	uint8_t data[MESSAGE_MAX], again[MESSAGE_MAX];
	struct lisp_map_request request;
	struct lisp_ecm ecm, made;
	size_t len;
	int n;

	(void)state;
	check_ecm("ecm-request", data, &len, &ecm);
	assert_addr(&ecm.source.addr, "172.16.1.10");
	assert_addr(&ecm.destination.addr, "172.16.2.10");
	assert_int_equal(ecm.destination.port, LISP_PORT_CONTROL);
	check_request(ecm.message, ecm.len, &request);
	assert_eid(&request.records[0].eid, "172.16.2.10/32", 0);

	/* made anew, it says the same */
	made = ecm;
	made.packet = NULL;
	n = lisp_ecm_write(&made, again, sizeof(again));
	assert_int_equal(n, len);
	assert_int_equal(lisp_ecm_read(again, n, &made), 0);
	assert_int_equal(made.len, ecm.len);
	assert_memory_equal(made.message, ecm.message, ecm.len);

	/* a byte of the message, against the UDP checksum */
	data[len - 1] ^= 1;
	assert_int_equal(lisp_ecm_read(data, len, &ecm), -EBADMSG);

	check_ecm("ecm-request-iid", data, &len, &ecm);
	check_request(ecm.message, ecm.len, &request);
	assert_eid(&request.records[0].eid, "172.16.2.10/32", 100);
	assert_int_equal(request.source.iid, 100);
	check_ecm("ecm-smr-invoked", data, &len, &ecm);
	check_request(ecm.message, ecm.len, &request);
}

static void test_ecm6(void **state)
{
	const char message[] = "odd";
	struct lisp_ecm ecm = { .message = message, .len = 3, .is_ddt = true }, again;
	uint8_t data[MESSAGE_MAX];
	int len;

	(void)state;
	assert_int_equal(lvn_endpoint_parse("[2001:db8::1]:4342", 0, &ecm.source), 0);
	assert_int_equal(lvn_endpoint_parse("[2001:db8::2]:4342", 0, &ecm.destination), 0);
	len = lisp_ecm_write(&ecm, data, sizeof(data));
	assert_int_equal(len, 4 + 40 + 8 + 3);
	assert_int_equal(lisp_ecm_read(data, len, &again), 0);
	assert_true(again.is_ddt);
	assert_true(lvn_endpoint_equal(&again.destination, &ecm.destination));
	assert_memory_equal(again.message, message, 3);
	lvn_endpoint_parse("192.0.2.1:4342", 0, &ecm.source);
	assert_int_equal(lisp_ecm_write(&ecm, data, sizeof(data)), -EINVAL);
}

static void test_nat(void **state)
{
	uint8_t data[MESSAGE_MAX], again[MESSAGE_MAX];
	struct lisp_registration registration;
	struct lvn_wire_writer writer;
	struct lisp_record record;
	struct lisp_info info;
	struct lisp_ecm ecm;
	size_t len, cut;

	(void)state;
	len = vector("info-reply", data);
	assert_int_equal(lisp_info_read(data, len, &info), 0);
	assert_true(info.is_reply);
	assert_int_equal(info.nat.etr_port, 19154);
	assert_int_equal(info.nat.ms_port, LISP_PORT_CONTROL);
	assert_addr(&info.nat.etr, "10.3.0.254");
	assert_int_equal(info.nat.etr_private.family, AF_UNSPEC);
	assert_int_equal(info.nat.n_rtrs, 1);
	assert_addr(&info.nat.rtrs[0], "10.5.0.1");
	lvn_wire_writer_init(&writer, again, sizeof(again));
	lisp_info_write(&writer, &info);
	assert_written(&writer, data, len);
	assert_int_equal(lisp_auth_verify(data, len, &site1), 0);
	for (cut = 0; cut < len; cut++)
		assert_int_equal(lisp_info_read(data, cut, &info), -EBADMSG);

	len = vector("info-request", data);
	assert_int_equal(lisp_info_read(data, len, &info), 0);
	assert_false(info.is_reply);
	assert_eid(&info.eid, "172.16.1.0/24", 0);
	lvn_wire_writer_init(&writer, again, sizeof(again));
	lisp_info_write(&writer, &info);
	assert_written(&writer, data, len);
	assert_int_equal(lisp_auth_verify(data, len, &site1), 0);

	check_ecm("ecm-rtr-register", data, &len, &ecm);
	assert_true(ecm.to_rtr && !ecm.by_rtr);
	check_registration(ecm.message, ecm.len, &site1, &registration, &record);
	assert_true(registration.xtr.is_present);
	assert_int_equal(registration.xtr.xtr_id[0], 0xfb);
	check_ecm("ecm-relayed-register", data, &len, &ecm);
	assert_true(ecm.by_rtr && !ecm.to_rtr);
	check_ecm("ecm-rtr-notify", data, &len, &ecm);
	assert_true(ecm.has_rtr_auth);
	assert_int_equal(ecm.auth.algorithm, LISP_ALGORITHM_SHA1);
	assert_int_equal(lisp_auth_mac_verify(&ecm.auth, ecm.message, ecm.len, &rtr), 0);
	assert_int_equal(lisp_auth_mac_verify(&ecm.auth, ecm.message, ecm.len, &site1), -EACCES);
	check_registration(ecm.message, ecm.len, &site1, &registration, &record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_register), cmocka_unit_test(test_reply),
		cmocka_unit_test(test_request),	 cmocka_unit_test(test_ecm),
		cmocka_unit_test(test_ecm6),	 cmocka_unit_test(test_nat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
