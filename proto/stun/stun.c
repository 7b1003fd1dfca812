// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The STUN codec. What a message means is decided by its callers, hub/binding.c and spoke/.
 */
#include "proto/stun/stun.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "lib/base/wire.h"

#define MAGIC 0x2112a442
#define FINGERPRINT_XOR 0x5354554e
#define ATTR_HEADER_LEN 4
#define INTEGRITY_LEN 32
#define DATAGRAM_MAX 2048
#define FINGERPRINT_LEN 4

enum {
	ATTR_MAPPED_ADDRESS = 0x0001,
	ATTR_CHANGE_REQUEST = 0x0003,
	ATTR_USERNAME = 0x0006,
	ATTR_MESSAGE_INTEGRITY = 0x0008,
	ATTR_ERROR_CODE = 0x0009,
	ATTR_UNKNOWN_ATTRIBUTES = 0x000a,
	ATTR_MESSAGE_INTEGRITY_SHA256 = 0x001c,
	ATTR_XOR_MAPPED_ADDRESS = 0x0020,
	ATTR_FINGERPRINT = 0x8028,
	ATTR_LVN_COUNTER = 0xfd01,
	ATTR_LVN_BINDING = 0xfd02,
	ATTR_LVN_COOKIE = 0xfd03,
};

/* RFC 8489 section 14: known, harmless in a request, and without meaning to us. */
static const uint16_t ignored_attrs[] = {
	ATTR_MESSAGE_INTEGRITY, 0x0014, /* REALM */
	0x0015, /* NONCE */
	0x0026, /* PADDING (RFC 5780) */
};

/* ITU V.42 (RFC 8489 section 14.7), four bits at a time. */
static uint32_t crc32(const uint8_t *data, size_t len)
{
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
		0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};
	uint32_t crc = 0xffffffff;
	size_t i;

	for (i = 0; i < len; i++) {
		crc ^= data[i];
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return ~crc;
}

/*
 * RFC 8489 sections 14.5 to 14.7: both sums cover the message up to their attribute, with the
 * length in the header as if the message ended with it.
 */
static int integrity(const uint8_t *data, size_t at, const void *key, size_t key_len,
		     uint8_t ret[INTEGRITY_LEN])
{
	uint8_t copy[DATAGRAM_MAX];
	size_t len = at + ATTR_HEADER_LEN + INTEGRITY_LEN - STUN_HEADER_LEN;

	if (at > sizeof(copy))
		return -ENOBUFS;
	memcpy(copy, data, at);
	copy[2] = len >> 8;
	copy[3] = len;
	if (!HMAC(EVP_sha256(), key, key_len, copy, at, ret, NULL))
		return -EIO;
	return 0;
}

/* RFC 5780: nothing that we could not do unless it asks to be answered from elsewhere. */
static bool wants_change(const uint8_t *value, size_t len)
{
	return len != 4 || value[0] || value[1] || value[2] || value[3];
}

static bool is_ignored(uint16_t type, const uint8_t *value, size_t len)
{
	size_t i;

	if (type == ATTR_CHANGE_REQUEST)
		return !wants_change(value, len);

	for (i = 0; i < sizeof(ignored_attrs) / sizeof(ignored_attrs[0]); i++)
		if (type == ignored_attrs[i])
			return true;
	return type >= 0x8000;
}

/* RFC 8489 sections 14.1 and 14.2 */
static bool read_mapped(struct lvn_wire_reader *reader, bool is_xor, struct stun_message *message)
{
	struct lvn_endpoint mapped = { .port = 0 };
	const uint8_t *bytes;
	uint8_t mask[16];
	uint8_t family;
	size_t len, i;

	lvn_wire_read_u8(reader);
	family = lvn_wire_read_u8(reader);
	mapped.port = lvn_wire_read_u16(reader);
	if (family != 1 && family != 2)
		return false;
	mapped.addr.family = family == 1 ? AF_INET : AF_INET6;
	len = lvn_addr_bits(&mapped.addr) / 8;
	bytes = lvn_wire_read(reader, len);
	if (!bytes)
		return false;
	for (i = 0; i < 4; i++)
		mask[i] = (uint32_t)MAGIC >> (24 - 8 * i);
	memcpy(mask + 4, message->txid, STUN_TXID_LEN);
	for (i = 0; i < len; i++)
		mapped.addr.bytes[i] = bytes[i] ^ (is_xor ? mask[i] : 0);
	if (is_xor)
		mapped.port ^= MAGIC >> 16;
	message->mapped = mapped;
	return !lvn_wire_left(reader);
}

static bool read_error(struct lvn_wire_reader *reader, struct stun_message *message)
{
	uint8_t class, number;

	lvn_wire_read_u16(reader);
	class = lvn_wire_read_u8(reader) & 7;
	number = lvn_wire_read_u8(reader);
	message->error = class * 100 + number;
	return !reader->failed && class >= 3 && class <= 6 && number < 100;
}

static bool read_binding(struct lvn_wire_reader *reader, struct stun_message *message)
{
	message->has_binding = true;
	message->binding.index = lvn_wire_read_u16(reader);
	message->binding.priority = lvn_wire_read_u16(reader);
	message->binding.weight = lvn_wire_read_u16(reader);
	message->binding.flags = lvn_wire_read_u16(reader);
	return message->binding.weight;
}

/* The first of several attributes of one type counts (RFC 8489 section 14). */
static bool read_attr(uint16_t type, const uint8_t *value, size_t len, struct stun_message *message)
{
	struct lvn_wire_reader reader;
	bool is_good = true;

	lvn_wire_reader_init(&reader, value, len);
	switch (type) {
	case ATTR_USERNAME:
		if (len > STUN_USERNAME_MAX)
			return false;
		if (!message->username) {
			message->username = (const char *)value;
			message->username_len = len;
		}
		return true;
	case ATTR_LVN_COUNTER:
		if (!message->has_counter)
			message->counter = lvn_wire_read_u64(&reader);
		message->has_counter = true;
		return len == 8;
	case ATTR_LVN_BINDING:
		if (!message->has_binding)
			is_good = read_binding(&reader, message);
		return is_good && len == 8;
	case ATTR_LVN_COOKIE:
		if (!message->cookie)
			message->cookie = value;
		return len == STUN_COOKIE_LEN;
	case ATTR_XOR_MAPPED_ADDRESS:
		return read_mapped(&reader, true, message);
	case ATTR_MAPPED_ADDRESS:
		/* an answer may carry both; the other one is the better */
		return message->mapped.port || read_mapped(&reader, false, message);
	case ATTR_ERROR_CODE:
		return read_error(&reader, message);
	case ATTR_UNKNOWN_ATTRIBUTES:
		return len % 2 == 0;
	}
	if (!is_ignored(type, value, len) && message->n_unknown < STUN_UNKNOWN_MAX)
		message->unknown[message->n_unknown++] = type;
	return true;
}

static bool read_attrs(struct lvn_wire_reader *reader, const uint8_t *data,
		       struct stun_message *message)
{
	while (lvn_wire_left(reader)) {
		size_t at = reader->at - data;
		uint16_t type = lvn_wire_read_u16(reader);
		uint16_t len = lvn_wire_read_u16(reader);
		const uint8_t *value = lvn_wire_read(reader, len);

		lvn_wire_read(reader, -(size_t)len & 3);
		if (reader->failed)
			return false;
		if (type == ATTR_FINGERPRINT) {
			struct lvn_wire_reader sum;

			/* the last attribute, always */
			lvn_wire_reader_init(&sum, value, len);
			message->has_fingerprint = true;
			return len == FINGERPRINT_LEN && !lvn_wire_left(reader) &&
			       lvn_wire_read_u32(&sum) == (crc32(data, at) ^ FINGERPRINT_XOR);
		}
		if (message->has_integrity)
			continue;
		if (type == ATTR_MESSAGE_INTEGRITY_SHA256) {
			message->has_integrity = true;
			message->integrity_at = at;
			if (len != INTEGRITY_LEN)
				return false;
			continue;
		}
		if (!read_attr(type, value, len, message))
			return false;
	}
	return true;
}

int stun_parse(const void *data, size_t len, struct stun_message *ret)
{
	struct stun_message message = { .binding = { .weight = 1 } };
	struct lvn_wire_reader reader;
	uint16_t length;

	lvn_wire_reader_init(&reader, data, len);
	message.type = lvn_wire_read_u16(&reader);
	length = lvn_wire_read_u16(&reader);
	message.magic = lvn_wire_read_u32(&reader);
	message.has_magic = message.magic == MAGIC;
	if (len < STUN_HEADER_LEN || message.type & 0xc000 || length % 4 ||
	    length != len - STUN_HEADER_LEN)
		return -EBADMSG;
	memcpy(message.txid, lvn_wire_read(&reader, STUN_TXID_LEN), STUN_TXID_LEN);
	if (!read_attrs(&reader, data, &message))
		return -EBADMSG;
	*ret = message;
	return 0;
}

int stun_verify(const struct stun_message *message, const void *data, const void *key,
		size_t key_len)
{
	const uint8_t *bytes = data;
	uint8_t sum[INTEGRITY_LEN];
	int ret;

	if (!message->has_integrity)
		return -ENODATA;
	ret = integrity(bytes, message->integrity_at, key, key_len, sum);
	if (ret < 0)
		return -EACCES;
	ret = CRYPTO_memcmp(sum, bytes + message->integrity_at + ATTR_HEADER_LEN, INTEGRITY_LEN);
	return ret ? -EACCES : 0;
}

static void write_attr(struct lvn_wire_writer *writer, uint16_t type, const void *value, size_t len)
{
	lvn_wire_write_u16(writer, type);
	lvn_wire_write_u16(writer, len);
	lvn_wire_write(writer, value, len);
	lvn_wire_write(writer, NULL, -len & 3);
}

static void write_mapped(struct lvn_wire_writer *writer, const struct stun_message *message)
{
	unsigned int len = lvn_addr_bits(&message->mapped.addr) / 8;
	bool is_xor = !message->is_plain_mapped;
	uint8_t mask[16] = { 0x21, 0x12, 0xa4, 0x42 };
	unsigned int i;

	memcpy(mask + 4, message->txid, STUN_TXID_LEN);
	lvn_wire_write_u16(writer, is_xor ? ATTR_XOR_MAPPED_ADDRESS : ATTR_MAPPED_ADDRESS);
	lvn_wire_write_u16(writer, 4 + len);
	lvn_wire_write_u8(writer, 0);
	lvn_wire_write_u8(writer, len == 4 ? 1 : 2);
	lvn_wire_write_u16(writer, message->mapped.port ^ (is_xor ? MAGIC >> 16 : 0));
	for (i = 0; i < len; i++)
		lvn_wire_write_u8(writer, message->mapped.addr.bytes[i] ^ (is_xor ? mask[i] : 0));
}

static void write_counter(struct lvn_wire_writer *writer, uint64_t counter)
{
	lvn_wire_write_u16(writer, ATTR_LVN_COUNTER);
	lvn_wire_write_u16(writer, 8);
	lvn_wire_write_u64(writer, counter);
}

static void write_binding(struct lvn_wire_writer *writer, const struct stun_binding *binding)
{
	lvn_wire_write_u16(writer, ATTR_LVN_BINDING);
	lvn_wire_write_u16(writer, 8);
	lvn_wire_write_u16(writer, binding->index);
	lvn_wire_write_u16(writer, binding->priority);
	lvn_wire_write_u16(writer, binding->weight);
	lvn_wire_write_u16(writer, binding->flags);
}

static void write_error(struct lvn_wire_writer *writer, const struct stun_message *message)
{
	unsigned int i;

	lvn_wire_write_u16(writer, ATTR_ERROR_CODE);
	lvn_wire_write_u16(writer, 4);
	lvn_wire_write_u16(writer, 0);
	lvn_wire_write_u8(writer, message->error / 100);
	lvn_wire_write_u8(writer, message->error % 100);
	if (!message->n_unknown)
		return;
	lvn_wire_write_u16(writer, ATTR_UNKNOWN_ATTRIBUTES);
	lvn_wire_write_u16(writer, 2 * message->n_unknown);
	for (i = 0; i < message->n_unknown; i++)
		lvn_wire_write_u16(writer, message->unknown[i]);
	lvn_wire_write(writer, NULL, message->n_unknown % 2 * 2);
}

static void set_length(const struct lvn_wire_writer *writer)
{
	size_t len = lvn_wire_len(writer) - STUN_HEADER_LEN;

	writer->start[2] = len >> 8;
	writer->start[3] = len;
}

static int write_sums(struct lvn_wire_writer *writer, const struct stun_message *message,
		      const void *key, size_t key_len)
{
	uint8_t sum[INTEGRITY_LEN];
	int ret;

	if (writer->failed)
		return -ENOBUFS;
	if (message->has_integrity) {
		ret = integrity(writer->start, lvn_wire_len(writer), key, key_len, sum);
		if (ret < 0)
			return ret;
		write_attr(writer, ATTR_MESSAGE_INTEGRITY_SHA256, sum, sizeof(sum));
	}
	if (message->has_fingerprint) {
		size_t at = lvn_wire_len(writer);

		lvn_wire_write_u16(writer, ATTR_FINGERPRINT);
		lvn_wire_write_u16(writer, FINGERPRINT_LEN);
		lvn_wire_write_u32(writer, 0);
		if (writer->failed)
			return -ENOBUFS;
		set_length(writer);
		writer->at -= 4;
		lvn_wire_write_u32(writer, crc32(writer->start, at) ^ FINGERPRINT_XOR);
	}
	if (writer->failed)
		return -ENOBUFS;
	set_length(writer);
	return 0;
}

int stun_write(const struct stun_message *message, const void *key, size_t key_len, void *buf,
	       size_t size, size_t *ret_len)
{
	struct lvn_wire_writer writer;
	int ret;

	lvn_wire_writer_init(&writer, buf, size);
	lvn_wire_write_u16(&writer, message->type);
	lvn_wire_write_u16(&writer, 0);
	lvn_wire_write_u32(&writer, message->is_plain_mapped ? message->magic : MAGIC);
	lvn_wire_write(&writer, message->txid, STUN_TXID_LEN);
	if (message->username)
		write_attr(&writer, ATTR_USERNAME, message->username, message->username_len);
	if (message->error)
		write_error(&writer, message);
	if (message->has_counter)
		write_counter(&writer, message->counter);
	if (message->has_binding)
		write_binding(&writer, &message->binding);
	if (message->cookie)
		write_attr(&writer, ATTR_LVN_COOKIE, message->cookie, STUN_COOKIE_LEN);
	if (message->mapped.addr.family != AF_UNSPEC)
		write_mapped(&writer, message);
	ret = write_sums(&writer, message, key, key_len);
	if (ret < 0)
		return ret;
	*ret_len = lvn_wire_len(&writer);
	return 0;
}
