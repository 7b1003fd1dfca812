// SPDX-License-Identifier: LGPL-2.1-or-later
/* Reading single attributes, each with its length checked. */

#include "attr.h"

#include <arpa/inet.h>
#include <string.h>

#include <libmnl/libmnl.h>

#include <ipudp/ipudp.h>

static bool get(const struct nlattr *attr, void *ret, size_t len)
{
	if (mnl_attr_get_payload_len(attr) != len)
		return false;
	memcpy(ret, mnl_attr_get_payload(attr), len);
	return true;
}

bool ipudp_attr_get_u8(const struct nlattr *attr, uint8_t *ret)
{
	return get(attr, ret, sizeof(*ret));
}

bool ipudp_attr_get_u16(const struct nlattr *attr, uint16_t *ret)
{
	return get(attr, ret, sizeof(*ret));
}

bool ipudp_attr_get_u32(const struct nlattr *attr, uint32_t *ret)
{
	return get(attr, ret, sizeof(*ret));
}

bool ipudp_attr_get_u64(const struct nlattr *attr, uint64_t *ret)
{
	return get(attr, ret, sizeof(*ret));
}

bool ipudp_attr_get_be16(const struct nlattr *attr, uint16_t *ret)
{
	uint16_t value;

	if (!get(attr, &value, sizeof(value)))
		return false;
	*ret = ntohs(value);
	return true;
}

bool ipudp_attr_get_addr(const struct nlattr *attr, struct ipudp_addr *ret)
{
	struct ipudp_addr addr = { .family = AF_UNSPEC };

	if (get(attr, &addr.v4, sizeof(addr.v4)))
		addr.family = AF_INET;
	else if (get(attr, &addr.v6, sizeof(addr.v6)))
		addr.family = AF_INET6;
	else if (mnl_attr_get_payload_len(attr))
		return false;
	*ret = addr;
	return true;
}

bool ipudp_attr_get_text(const struct nlattr *attr, char *text, size_t size)
{
	const char *payload = mnl_attr_get_payload(attr);
	size_t len = strnlen(payload, mnl_attr_get_payload_len(attr));

	if (len >= size)
		return false;
	memcpy(text, payload, len);
	text[len] = 0;
	return true;
}

bool ipudp_attr_is_text(const struct nlattr *attr, const char *text)
{
	size_t len = strlen(text);

	return mnl_attr_get_payload_len(attr) >= len &&
	       strnlen(mnl_attr_get_payload(attr), mnl_attr_get_payload_len(attr)) == len &&
	       !memcmp(mnl_attr_get_payload(attr), text, len);
}
