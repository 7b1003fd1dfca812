/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses, endpoints and prefixes of both families: text, comparison, sockets.
 */
#ifndef _LVN_ADDR_H
#define _LVN_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <netinet/in.h>

struct sockaddr;
struct sockaddr_storage;

/** Size that holds "[v6]:port" or "v6/len" with the final NUL. */
#define LVN_ADDR_TEXT_SIZE 64

/**
 * struct lvn_addr - an IPv4 or IPv6 address
 * @family: AF_INET, AF_INET6, or AF_UNSPEC for none
 * @v4: if @family is AF_INET
 * @v6: if @family is AF_INET6
 * @bytes: either, in network byte order
 */
struct lvn_addr {
	int family;
	union {
		struct in_addr v4;
		struct in6_addr v6;
		uint8_t bytes[16];
	};
};

/**
 * struct lvn_endpoint - a transport address
 * @addr: the address
 * @port: in host byte order
 */
struct lvn_endpoint {
	struct lvn_addr addr;
	uint16_t port;
};

/**
 * struct lvn_prefix - an address and how many of its bits count
 * @addr: the address, which may have bits beyond @len (an interface's address and network)
 * @len: 0 to 32 or 128
 */
struct lvn_prefix {
	struct lvn_addr addr;
	uint8_t len;
};

/** lvn_addr_bits() - 32, 128, or 0 for AF_UNSPEC */
unsigned int lvn_addr_bits(const struct lvn_addr *addr);

/** lvn_addr_parse() - read an address; -EINVAL if it is none */
int lvn_addr_parse(const char *text, struct lvn_addr *ret);

/** lvn_prefix_parse() - read ADDRESS[/LENGTH]; -EINVAL if it is none */
int lvn_prefix_parse(const char *text, struct lvn_prefix *ret_prefix);

/**
 * lvn_endpoint_parse() - read ADDRESS, ADDRESS:PORT, [ADDRESS]:PORT or *:PORT
 * @port: used when the text has none
 *
 * "*" and an empty address give AF_UNSPEC. An IPv6 address with a port needs brackets.
 */
int lvn_endpoint_parse(const char *text, uint16_t port, struct lvn_endpoint *ret_endpoint);

/* Write text and return it; "any" for AF_UNSPEC. */
const char *lvn_addr_format(const struct lvn_addr *addr, char text[LVN_ADDR_TEXT_SIZE]);
const char *lvn_prefix_format(const struct lvn_prefix *prefix, char text[LVN_ADDR_TEXT_SIZE]);
const char *lvn_endpoint_format(const struct lvn_endpoint *endpoint, char text[LVN_ADDR_TEXT_SIZE]);

/** lvn_addr_compare() - order as memcmp() does, family first */
int lvn_addr_compare(const struct lvn_addr *a, const struct lvn_addr *b);

/* Whether two are the same, family included. */
bool lvn_addr_equal(const struct lvn_addr *a, const struct lvn_addr *b);
bool lvn_endpoint_equal(const struct lvn_endpoint *a, const struct lvn_endpoint *b);
bool lvn_prefix_equal(const struct lvn_prefix *a, const struct lvn_prefix *b);

/** lvn_addr_is_unspecified() - whether it is 0.0.0.0, :: or none at all */
bool lvn_addr_is_unspecified(const struct lvn_addr *addr);

/** lvn_addr_unmap() - turn an IPv4-mapped IPv6 address into the IPv4 address it is */
void lvn_addr_unmap(struct lvn_addr *addr);

/** lvn_addr_mask() - clear the bits of @addr beyond @len */
void lvn_addr_mask(struct lvn_addr *addr, unsigned int len);

/** lvn_addr_add() - add @n << @shift to the address, wrapping around */
void lvn_addr_add(struct lvn_addr *addr, uint64_t n, unsigned int shift);

/** lvn_prefix_contains() - whether @addr is in @prefix */
bool lvn_prefix_contains(const struct lvn_prefix *prefix, const struct lvn_addr *addr);

/** lvn_prefix_covers() - whether all of @inner is in @outer */
bool lvn_prefix_covers(const struct lvn_prefix *outer, const struct lvn_prefix *inner);

/** lvn_prefix_overlaps() - whether one of the two is in the other */
bool lvn_prefix_overlaps(const struct lvn_prefix *a, const struct lvn_prefix *b);

/** lvn_endpoint_from_sockaddr() - -EAFNOSUPPORT unless IPv4 or IPv6; mapped ones become IPv4 */
int lvn_endpoint_from_sockaddr(const struct sockaddr *sa, struct lvn_endpoint *ret);

/** lvn_endpoint_to_sockaddr() - AF_UNSPEC becomes the IPv6 any address. Return: its length */
size_t lvn_endpoint_to_sockaddr(const struct lvn_endpoint *endpoint, struct sockaddr_storage *ret);

#endif
