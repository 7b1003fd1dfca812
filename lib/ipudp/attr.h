/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading single attributes. Each function returns false, and leaves its output, when the length
 * is not that of the type. Walking over attributes is libmnl's part.
 */
#ifndef _IPUDP_ATTR_H
#define _IPUDP_ATTR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ipudp_addr;
struct nlattr;

bool ipudp_attr_get_u8(const struct nlattr *attr, uint8_t *ret);
bool ipudp_attr_get_u16(const struct nlattr *attr, uint16_t *ret);
bool ipudp_attr_get_u32(const struct nlattr *attr, uint32_t *ret);
bool ipudp_attr_get_u64(const struct nlattr *attr, uint64_t *ret);

/** ipudp_attr_get_be16() - read a port, into host byte order */
bool ipudp_attr_get_be16(const struct nlattr *attr, uint16_t *ret);

/** ipudp_attr_get_addr() - read an address of 4 or 16 bytes, or none */
bool ipudp_attr_get_addr(const struct nlattr *attr, struct ipudp_addr *ret);

/** ipudp_attr_get_text() - copy a string that fits @size with its final NUL, sent or not */
bool ipudp_attr_get_text(const struct nlattr *attr, char *text, size_t size);

/** ipudp_attr_is_text() - whether the attribute is this string */
bool ipudp_attr_is_text(const struct nlattr *attr, const char *text);

#endif
