/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Attributes to structs and back, driven by one table for each kind of object. Every length is
 * checked here; an attribute that a table does not know is skipped, so that a newer data plane may
 * say more.
 */
#ifndef _IPUDP_CODEC_H
#define _IPUDP_CODEC_H

#include <stddef.h>
#include <stdint.h>

struct ipudp_msg;
struct nlattr;
struct nlmsghdr;

/**
 * enum ipudp_kind - how an attribute is written, and the C type of its member
 * @IPUDP_KIND_NONE: not a member
 * @IPUDP_KIND_U8: uint8_t
 * @IPUDP_KIND_U32: uint32_t or int32_t
 * @IPUDP_KIND_ENUM: 8 bits in the message, an enum in the struct
 * @IPUDP_KIND_BOOL: 8 bits in the message, a bool in the struct
 * @IPUDP_KIND_FLAG: no payload, true by being there
 * @IPUDP_KIND_PORT: big endian in the message, uint16_t in host order in the struct
 * @IPUDP_KIND_ADDR: struct ipudp_addr
 * @IPUDP_KIND_NAME: char[IPUDP_IFNAME_SIZE]
 * @IPUDP_KIND_SENTENCE: char[IPUDP_SENTENCE_SIZE]; answers only, cut off if it is longer
 * @IPUDP_KIND_COUNTERS: struct ipudp_counters; answers only
 * @IPUDP_KIND_DROP: uint64_t[IPUDP_DROP_REASONS]; answers only
 */
enum ipudp_kind {
	IPUDP_KIND_NONE,
	IPUDP_KIND_U8,
	IPUDP_KIND_U32,
	IPUDP_KIND_ENUM,
	IPUDP_KIND_BOOL,
	IPUDP_KIND_FLAG,
	IPUDP_KIND_PORT,
	IPUDP_KIND_ADDR,
	IPUDP_KIND_NAME,
	IPUDP_KIND_SENTENCE,
	IPUDP_KIND_COUNTERS,
	IPUDP_KIND_DROP,
};

/**
 * struct ipudp_field - one attribute of an object; tables are indexed by attribute
 * @kind: how it is written
 * @offset: of its member
 * @has: bit of the object's has mask, 0 if it has none
 */
struct ipudp_field {
	enum ipudp_kind kind;
	size_t offset;
	uint32_t has;
};

/**
 * struct ipudp_codec - how a kind of object is written
 * @fields: table indexed by attribute
 * @n_fields: entries of @fields
 * @size: of the struct
 * @has_offset: of the struct's has mask, SIZE_MAX if it has none
 */
struct ipudp_codec {
	const struct ipudp_field *fields;
	size_t n_fields;
	size_t size;
	size_t has_offset;
};

/** ipudp_codec_put() - add the attributes of those members whose bit is in @has */
void ipudp_codec_put(const struct ipudp_codec *codec, struct ipudp_msg *msg, const void *object,
		     uint32_t has);

/**
 * ipudp_codec_get() - read a message's attributes
 * @object: set to zero, ages to UINT64_MAX, then to what the message has
 *
 * Return: 0, or -EBADMSG, and then @object is undefined.
 */
int ipudp_codec_get(const struct ipudp_codec *codec, const struct nlmsghdr *nlh, void *object);

#endif
