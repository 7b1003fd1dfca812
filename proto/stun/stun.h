/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * STUN (RFC 8489) as docs/protocol/lvn.md section 2 uses it: reading, checking and writing Binding
 * messages. No sockets, no sessions, no memory of its own.
 */
#ifndef _STUN_STUN_H
#define _STUN_STUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"

#define STUN_REQUEST		0x0001
#define STUN_INDICATION		0x0011
#define STUN_SUCCESS		0x0101
#define STUN_ERROR		0x0111

#define STUN_HEADER_LEN		20
#define STUN_TXID_LEN		12
#define STUN_COOKIE_LEN		8
#define STUN_USERNAME_MAX	508
#define STUN_UNKNOWN_MAX	4

/** Size that holds any message this file writes. */
#define STUN_MAX		1024

/** ERROR-CODE values in use. */
#define STUN_UNAUTHENTICATED	401
#define STUN_FORBIDDEN		403
#define STUN_UNKNOWN_ATTRIBUTE	420
#define STUN_REPLAY		438
#define STUN_PROVE		480
#define STUN_SERVER_ERROR	500

/** Flags of struct stun_binding. */
#define STUN_RELEASE		0x0001

/**
 * struct stun_binding - the attribute LVN-BINDING
 * @index: which of the session's bindings
 * @priority: lower is preferred
 * @weight: share of the flows among bindings of one priority, at least 1
 * @flags: STUN_RELEASE
 */
struct stun_binding {
	uint16_t index;
	uint16_t priority;
	uint16_t weight;
	uint16_t flags;
};

/**
 * struct stun_message - a STUN message, read or to be written
 * @type: STUN_REQUEST, STUN_SUCCESS, ...
 * @has_magic: false for an RFC 3489 message; then its last 16 bytes of header are the id
 * @txid: transaction id
 * @magic: what stood in the place of the magic cookie, to be sent back to old clients
 * @username: not terminated, points into the datagram when read; NULL if absent
 * @username_len: bytes of @username
 * @has_counter: LVN-COUNTER is there
 * @counter: its value
 * @has_binding: LVN-BINDING is there
 * @binding: its value; index 0, priority 0, weight 1 when absent from a message that was read
 * @cookie: LVN-COOKIE, STUN_COOKIE_LEN bytes; NULL if absent
 * @mapped: XOR-MAPPED-ADDRESS or MAPPED-ADDRESS; AF_UNSPEC if absent
 * @is_plain_mapped: write MAPPED-ADDRESS (RFC 3489) instead of XOR-MAPPED-ADDRESS
 * @error: ERROR-CODE, 0 if absent
 * @unknown: comprehension-required attributes that are not known (read), UNKNOWN-ATTRIBUTES (write)
 * @n_unknown: how many of @unknown
 * @has_integrity: MESSAGE-INTEGRITY-SHA256 is there (read), or wanted (write)
 * @has_fingerprint: FINGERPRINT is there and right (read), or wanted (write)
 * @integrity_at: where MESSAGE-INTEGRITY-SHA256 begins; read only
 *
 * Attributes after the integrity, but for FINGERPRINT, have no effect.
 */
struct stun_message {
	uint16_t type;
	bool has_magic;
	uint8_t txid[STUN_TXID_LEN];
	uint32_t magic;
	const char *username;
	uint16_t username_len;
	bool has_counter;
	uint64_t counter;
	bool has_binding;
	struct stun_binding binding;
	const uint8_t *cookie;
	struct lvn_endpoint mapped;
	bool is_plain_mapped;
	uint16_t error;
	uint16_t unknown[STUN_UNKNOWN_MAX];
	unsigned int n_unknown;
	bool has_integrity;
	bool has_fingerprint;
	size_t integrity_at;
};

/**
 * stun_parse() - read a datagram
 * @ret: what it says; points into @data, which must stay
 *
 * Return: 0, or -EBADMSG if it is no well-formed STUN message: bad lengths, a known attribute of a
 * wrong size, a fingerprint that is wrong.
 */
int stun_parse(const void *data, size_t len, struct stun_message *ret);

/**
 * stun_verify() - check the integrity of a message that stun_parse() read from @data
 * @key: the HMAC key, the 43 characters of the lease
 *
 * Takes the same time wherever the difference is.
 *
 * Return: 0; -ENODATA if the message has no integrity; -EACCES if it is wrong.
 */
int stun_verify(const struct stun_message *message, const void *data, const void *key,
		    size_t key_len);

/**
 * stun_write() - write a message, attributes in the order of the protocol document
 * @key: may be NULL unless message->has_integrity
 * @buf: at least STUN_MAX bytes always suffice
 * @ret_len: bytes written
 *
 * Return: 0, -ENOBUFS if it does not fit, -EIO if the cryptographic library failed.
 */
int stun_write(const struct stun_message *message, const void *key, size_t key_len,
		   void *buf, size_t size, size_t *ret_len);

#endif
