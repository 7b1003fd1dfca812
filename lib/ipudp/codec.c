// SPDX-License-Identifier: LGPL-2.1-or-later
/* Attributes to structs and back, by the tables of the objects. */

#include "codec.h"

#include <errno.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include <ipudp/ipudp.h>

#include "attr.h"
#include "counters.h"
#include "msg.h"

/* Enumerations are copied as unsigned int, whichever they are. */
_Static_assert(sizeof(enum ipudp_mode) == sizeof(unsigned int), "enums are not ints");

static void put_field(struct ipudp_msg *msg, uint16_t attr, enum ipudp_kind kind,
		      const void *member)
{
	unsigned int value;

	switch (kind) {
	case IPUDP_KIND_U8:
		ipudp_msg_put_u8(msg, attr, *(const uint8_t *)member);
		break;
	case IPUDP_KIND_U32:
		ipudp_msg_put(msg, attr, member, sizeof(uint32_t));
		break;
	case IPUDP_KIND_ENUM:
		memcpy(&value, member, sizeof(value));
		/* A value that would only be cut is out of any range. */
		ipudp_msg_put_u8(msg, attr, value > UINT8_MAX ? UINT8_MAX : value);
		break;
	case IPUDP_KIND_BOOL:
		ipudp_msg_put_u8(msg, attr, *(const bool *)member);
		break;
	case IPUDP_KIND_PORT:
		ipudp_msg_put_be16(msg, attr, *(const uint16_t *)member);
		break;
	case IPUDP_KIND_ADDR:
		ipudp_msg_put_addr(msg, attr, member);
		break;
	case IPUDP_KIND_NAME:
		ipudp_msg_put_text(msg, attr, member);
		break;
	case IPUDP_KIND_NONE:
	case IPUDP_KIND_FLAG:
	case IPUDP_KIND_SENTENCE:
	case IPUDP_KIND_COUNTERS:
	case IPUDP_KIND_DROP:
		break;
	}
}

void ipudp_codec_put(const struct ipudp_codec *codec, struct ipudp_msg *msg, const void *object,
		     uint32_t has)
{
	const struct ipudp_field *field;
	size_t i;

	for (i = 0; i < codec->n_fields; i++) {
		field = &codec->fields[i];
		if (field->has & has)
			put_field(msg, i, field->kind, (const char *)object + field->offset);
	}
}

static bool get_enum(const struct nlattr *attr, void *member)
{
	unsigned int value;
	uint8_t byte;

	if (!ipudp_attr_get_u8(attr, &byte))
		return false;
	value = byte;
	memcpy(member, &value, sizeof(value));
	return true;
}

static bool get_bool(const struct nlattr *attr, bool *member)
{
	uint8_t byte;

	if (!ipudp_attr_get_u8(attr, &byte))
		return false;
	*member = byte;
	return true;
}

static void get_sentence(const struct nlattr *attr, char *member)
{
	size_t len = strnlen(mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr));

	if (len >= IPUDP_SENTENCE_SIZE)
		len = IPUDP_SENTENCE_SIZE - 1;
	memcpy(member, mnl_attr_get_payload(attr), len);
	member[len] = 0;
}

static bool get_field(const struct nlattr *attr, enum ipudp_kind kind, void *member)
{
	switch (kind) {
	case IPUDP_KIND_U8:
		return ipudp_attr_get_u8(attr, member);
	case IPUDP_KIND_U32:
		return ipudp_attr_get_u32(attr, member);
	case IPUDP_KIND_ENUM:
		return get_enum(attr, member);
	case IPUDP_KIND_BOOL:
		return get_bool(attr, member);
	case IPUDP_KIND_FLAG:
		*(bool *)member = true;
		return true;
	case IPUDP_KIND_PORT:
		return ipudp_attr_get_be16(attr, member);
	case IPUDP_KIND_ADDR:
		return ipudp_attr_get_addr(attr, member);
	case IPUDP_KIND_NAME:
		return ipudp_attr_get_text(attr, member, IPUDP_IFNAME_SIZE);
	case IPUDP_KIND_SENTENCE:
		get_sentence(attr, member);
		return true;
	case IPUDP_KIND_COUNTERS:
		return !ipudp_counters_get(attr, member);
	case IPUDP_KIND_DROP:
		return !ipudp_drop_get(attr, member);
	case IPUDP_KIND_NONE:
		break;
	}
	return true;
}

static void init(const struct ipudp_codec *codec, void *object)
{
	size_t i;

	memset(object, 0, codec->size);
	for (i = 0; i < codec->n_fields; i++)
		if (codec->fields[i].kind == IPUDP_KIND_COUNTERS)
			ipudp_counters_init((void *)((char *)object + codec->fields[i].offset));
}

int ipudp_codec_get(const struct ipudp_codec *codec, const struct nlmsghdr *nlh, void *object)
{
	const struct ipudp_field *field;
	const struct nlattr *attr;
	uint32_t has = 0;
	uint16_t type;

	if (mnl_nlmsg_get_payload_len(nlh) < GENL_HDRLEN)
		return -EBADMSG;
	init(codec, object);
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		type = mnl_attr_get_type(attr);
		if (type >= codec->n_fields)
			continue;
		field = &codec->fields[type];
		if (!get_field(attr, field->kind, (char *)object + field->offset))
			return -EBADMSG;
		has |= field->has;
	}
	if (codec->has_offset != SIZE_MAX)
		memcpy((char *)object + codec->has_offset, &has, sizeof(has));
	return 0;
}
