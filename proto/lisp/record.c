// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Records of mappings and locators (RFC 9301 section 5.4).
 */
#include "proto/lisp/record.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/base/wire.h"

#define RECORD_AUTHORITATIVE 0x1000
#define RECORD_VERSION 0x0fff
#define ACTION_SHIFT 13

#define LOCATOR_LOCAL 0x0004
#define LOCATOR_PROBED 0x0002
#define LOCATOR_REACHABLE 0x0001

unsigned int lisp_type_of(const void *data, size_t len)
{
	return len ? *(const uint8_t *)data >> 4 : 0;
}

int lisp_record_read(struct lvn_wire_reader *reader, struct lisp_record *ret_record)
{
	struct lisp_record record = { .n_locators = 0 };
	struct lisp_address address;
	uint16_t flags;
	uint8_t len;
	int ret;

	record.ttl_min = lvn_wire_read_u32(reader);
	record.n_locators = lvn_wire_read_u8(reader);
	len = lvn_wire_read_u8(reader);
	flags = lvn_wire_read_u16(reader);
	record.version = lvn_wire_read_u16(reader) & RECORD_VERSION;
	record.action = flags >> ACTION_SHIFT;
	record.is_authoritative = flags & RECORD_AUTHORITATIVE;
	ret = lisp_address_read(reader, &address);
	if (!ret)
		ret = lisp_eid_from(&address, len, &record.eid);
	if (!ret)
		*ret_record = record;
	return ret;
}

void lisp_record_write(struct lvn_wire_writer *writer, const struct lisp_record *record)
{
	const struct lisp_address address = lisp_eid_address(&record->eid);

	lvn_wire_write_u32(writer, record->ttl_min);
	lvn_wire_write_u8(writer, record->n_locators);
	lvn_wire_write_u8(writer, record->eid.prefix.len);
	lvn_wire_write_u16(writer, record->action << ACTION_SHIFT |
					   (record->is_authoritative ? RECORD_AUTHORITATIVE : 0));
	lvn_wire_write_u16(writer, record->version & RECORD_VERSION);
	lisp_address_write(writer, &address);
}

int lisp_locator_read(struct lvn_wire_reader *reader, struct lisp_locator *ret_locator)
{
	struct lisp_locator locator = { .priority = 0 };
	uint16_t flags;
	int ret;

	locator.priority = lvn_wire_read_u8(reader);
	locator.weight = lvn_wire_read_u8(reader);
	locator.m_priority = lvn_wire_read_u8(reader);
	locator.m_weight = lvn_wire_read_u8(reader);
	flags = lvn_wire_read_u16(reader);
	locator.is_local = flags & LOCATOR_LOCAL;
	locator.is_probed = flags & LOCATOR_PROBED;
	locator.is_reachable = flags & LOCATOR_REACHABLE;
	ret = lisp_address_read(reader, &locator.address);
	if (!ret)
		*ret_locator = locator;
	return ret;
}

void lisp_locator_write(struct lvn_wire_writer *writer, const struct lisp_locator *locator)
{
	lvn_wire_write_u8(writer, locator->priority);
	lvn_wire_write_u8(writer, locator->weight);
	lvn_wire_write_u8(writer, locator->m_priority);
	lvn_wire_write_u8(writer, locator->m_weight);
	lvn_wire_write_u16(writer, (locator->is_local ? LOCATOR_LOCAL : 0) |
					   (locator->is_probed ? LOCATOR_PROBED : 0) |
					   (locator->is_reachable ? LOCATOR_REACHABLE : 0));
	lisp_address_write(writer, &locator->address);
}

int lisp_locator_compare(const struct lisp_locator *a, const struct lisp_locator *b)
{
	int difference = lvn_addr_compare(&a->address.ip, &b->address.ip);

	return difference ?: strcmp(a->address.name, b->address.name);
}
