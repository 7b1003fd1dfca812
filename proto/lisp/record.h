/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of mappings and their locators, which Map-Reply, Map-Register, Map-Notify and
 * Map-Notify-Ack share (RFC 9301 section 5.4), and what all messages begin with.
 */
#ifndef _LISP_RECORD_H
#define _LISP_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/lisp/address.h"

struct lvn_wire_reader;
struct lvn_wire_writer;

#define LISP_PORT_DATA 4341
#define LISP_PORT_CONTROL 4342

/** enum lisp_type - types of messages, the first four bits (RFC 9301 section 5.1) */
enum lisp_type {
	LISP_TYPE_MAP_REQUEST = 1,
	LISP_TYPE_MAP_REPLY = 2,
	LISP_TYPE_MAP_REGISTER = 3,
	LISP_TYPE_MAP_NOTIFY = 4,
	LISP_TYPE_MAP_NOTIFY_ACK = 5,
	LISP_TYPE_MAP_REFERRAL = 6,
	LISP_TYPE_INFO = 7,
	LISP_TYPE_ECM = 8,
};

/** A record without locators is kept until its receiver decides otherwise. */
#define LISP_TTL_FOREVER 0xffffffffu

/** Of a locator's priority: not to be used. */
#define LISP_PRIORITY_NEVER 255

/** enum lisp_action - what to do without locators (RFC 9301 section 5.4) */
enum lisp_action {
	LISP_ACTION_NONE = 0,
	LISP_ACTION_NATIVE = 1,
	LISP_ACTION_REQUEST = 2,
	LISP_ACTION_DROP = 3,
	LISP_ACTION_DROP_POLICY = 4,
	LISP_ACTION_DROP_AUTH = 5,
};

/**
 * struct lisp_record - a mapping, without its locators, which follow it
 * @eid: whom it is about
 * @ttl_min: in minutes; 0 to remove it, LISP_TTL_FOREVER
 * @action: counts if there are no locators
 * @is_authoritative: said by an ETR itself
 * @version: of the mapping (RFC 9302), 12 bits; 0 for none
 * @n_locators: how many follow
 */
struct lisp_record {
	struct lisp_eid eid;
	uint32_t ttl_min;
	uint8_t action;
	bool is_authoritative;
	uint16_t version;
	uint8_t n_locators;
};

/**
 * struct lisp_locator - an RLOC of a mapping
 * @address: of the router
 * @priority: the lowest wins
 * @weight: share among those of a priority
 * @m_priority: for multicast
 * @m_weight: for multicast
 * @is_local: belongs to the router that says so (bit L)
 * @is_probed: it is this one that a probe asked for (bit p)
 * @is_reachable: packets may be sent to it (bit R)
 */
struct lisp_locator {
	struct lisp_address address;
	uint8_t priority;
	uint8_t weight;
	uint8_t m_priority;
	uint8_t m_weight;
	bool is_local;
	bool is_probed;
	bool is_reachable;
};

/** lisp_type_of() - the type of a message by its first byte; 0 if it has none */
unsigned int lisp_type_of(const void *data, size_t len);

/**
 * lisp_record_read() - read a record up to its locators
 *
 * Return: 0; -EBADMSG; -EAFNOSUPPORT for an address that we do not know.
 */
int lisp_record_read(struct lvn_wire_reader *reader, struct lisp_record *ret_record);

/** lisp_locator_read() - read one locator. Return: as lisp_record_read() */
int lisp_locator_read(struct lvn_wire_reader *reader, struct lisp_locator *ret_locator);

/** lisp_record_write() - write a record; the caller writes its locators, sorted */
void lisp_record_write(struct lvn_wire_writer *writer, const struct lisp_record *record);

/** lisp_locator_write() - write one locator */
void lisp_locator_write(struct lvn_wire_writer *writer, const struct lisp_locator *locator);

/** lisp_locator_compare() - the order of locators in a record: IPv4 before IPv6, ascending */
int lisp_locator_compare(const struct lisp_locator *a, const struct lisp_locator *b);

#endif
