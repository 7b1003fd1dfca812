/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Status codes of TSP (RFC 5572 section 9, and what stock clients know besides), and the kinds of
 * tunnels and of authentication that the protocol has words for.
 */
#ifndef _TSP_STATUS_H
#define _TSP_STATUS_H

#include <stddef.h>

/** enum tsp_status - what a broker answers; a code plus 1000 comes with a list of other brokers */
enum tsp_status {
	TSP_STATUS_SUCCESS = 200,
	TSP_STATUS_AUTH_FAILED = 300,
	TSP_STATUS_NO_MORE_TUNNELS = 301,
	TSP_STATUS_BAD_VERSION = 302,
	TSP_STATUS_BAD_TUNNEL_TYPE = 303,
	TSP_STATUS_SERVER_ERROR = 310,
	TSP_STATUS_BAD_REQUEST = 500,
	TSP_STATUS_BAD_IPV4 = 501,
	TSP_STATUS_BAD_IPV6 = 502,
	TSP_STATUS_IPV4_IN_USE = 506,
	TSP_STATUS_BAD_PREFIX_LENGTH = 507,
	TSP_STATUS_IN_PROGRESS = 521,
	TSP_STATUS_ANONYMOUS_PREFIX = 522,
	TSP_STATUS_BUSY = 530,
	TSP_STATUS_REDIRECT = 1200,
};

/** What is added to a status that comes with a list of brokers (RFC 5572 section 9). */
#define TSP_STATUS_WITH_LIST 1000

/** enum tsp_type - kinds of tunnels (RFC 5572 section 4.1) */
enum tsp_type {
	TSP_TYPE_NONE,
	TSP_TYPE_V6V4,
	TSP_TYPE_V6UDPV4,
	TSP_TYPE_V6ANYV4,
	TSP_TYPE_V4V6,
};

/** enum tsp_mechanism - ways to authenticate (RFC 5572 section 4.4.2) */
enum tsp_mechanism {
	TSP_MECHANISM_NONE,
	TSP_MECHANISM_ANONYMOUS,
	TSP_MECHANISM_PLAIN,
	TSP_MECHANISM_DIGEST_MD5,
};

/** TSP_BIT() - a member of one of the enums above in a set of them */
#define TSP_BIT(value) (1u << (value))

/** tsp_status_text() - what the code means, in English; the same text with and without a list */
const char *tsp_status_text(unsigned int status);

/** tsp_type_name() - as the attribute "type" has it, in lower case; "none" if there is none */
const char *tsp_type_name(enum tsp_type type);

/** tsp_type_find() - the kind of that name in any case. Return: TSP_TYPE_NONE if unknown */
enum tsp_type tsp_type_find(const char *name, size_t len);

/** tsp_mechanism_name() - as CAPABILITY and AUTHENTICATE have it, in upper case */
const char *tsp_mechanism_name(enum tsp_mechanism mechanism);

/** tsp_mechanism_find() - the mechanism of that name in any case. Return: _NONE if unknown */
enum tsp_mechanism tsp_mechanism_find(const char *name, size_t len);

#endif
