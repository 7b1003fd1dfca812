/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses in LISP messages: an address family (AFI) and what it says (RFC 9301 section 5), plain
 * or in the canonical format LCAF (RFC 8060). LCAFs are read as deep as they make sense: an
 * instance id around an address, a list of an address and a name, and what a NAT does.
 */
#ifndef _LISP_ADDRESS_H
#define _LISP_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/addr.h"

struct lvn_wire_reader;
struct lvn_wire_writer;

/** A distinguished name (AFI 17, RFC 9735) with the final NUL. */
#define LISP_NAME_SIZE 128

/** Instance ids have 24 bits in data packets (RFC 9300 section 5.3). */
#define LISP_IID_MAX 0xffffffu

/** How long an IID-mask-len of a single instance id is. */
#define LISP_IID_BITS 32

/** How many RTRs one LCAF of type NAT may have for us. */
#define LISP_RTRS_MAX 8

/**
 * struct lisp_address - an address as it stands in a message
 * @ip: AF_UNSPEC for AFI 0, or if there is only a name
 * @has_iid: whether it is in an LCAF with an instance id (type 2)
 * @iid: the instance id, at most LISP_IID_MAX
 * @iid_bits: the field IID-mask-len, as sent
 * @name: a distinguished name, alone or in a list with @ip (LCAF type 1); or ""
 */
struct lisp_address {
	struct lvn_addr ip;
	bool has_iid;
	uint32_t iid;
	uint8_t iid_bits;
	char name[LISP_NAME_SIZE];
};

/**
 * struct lisp_eid - an endpoint identifier prefix
 * @has_iid: whether its instance id is said; 0 else
 * @iid: instance id
 * @iid_bits: the field IID-mask-len, as sent
 * @prefix: without bits beyond its length
 */
struct lisp_eid {
	bool has_iid;
	uint32_t iid;
	uint8_t iid_bits;
	struct lvn_prefix prefix;
};

/**
 * struct lisp_nat - LCAF type 7: what a Map-Server sees of an xTR behind a NAT
 * @ms_port: port of the Map-Server, host byte order
 * @etr_port: port that the NAT gave the xTR, host byte order
 * @etr: the xTR as the Map-Server sees it
 * @ms: the Map-Server
 * @etr_private: the xTR as it sees itself
 * @rtrs: who may forward for it
 * @n_rtrs: how many
 */
struct lisp_nat {
	uint16_t ms_port;
	uint16_t etr_port;
	struct lvn_addr etr;
	struct lvn_addr ms;
	struct lvn_addr etr_private;
	struct lvn_addr rtrs[LISP_RTRS_MAX];
	unsigned int n_rtrs;
};

/**
 * lisp_address_read() - read an AFI and an address
 *
 * Return: 0; -EBADMSG if it is cut off or contradicts itself; -EAFNOSUPPORT for an AFI or a type of
 * LCAF that we do not know, which RFC 9301 section 5 wants logged and the message dropped.
 */
int lisp_address_read(struct lvn_wire_reader *reader, struct lisp_address *ret_address);

/** lisp_address_write() - write it the same way; a writer without room has failed afterwards */
void lisp_address_write(struct lvn_wire_writer *writer, const struct lisp_address *address);

/** lisp_address_of() - a plain address without instance id and name */
struct lisp_address lisp_address_of(const struct lvn_addr *ip);

/**
 * lisp_eid_from() - an address and a length of its prefix, as records have them
 *
 * Return: 0; -EBADMSG if the length does not fit; -EAFNOSUPPORT if it is no IP address.
 */
int lisp_eid_from(const struct lisp_address *address, uint8_t len, struct lisp_eid *ret_eid);

/** lisp_eid_address() - the address of a prefix as it is written in messages */
struct lisp_address lisp_eid_address(const struct lisp_eid *eid);

/** lisp_eid_equal() - whether two name the same instance and prefix */
bool lisp_eid_equal(const struct lisp_eid *a, const struct lisp_eid *b);

/** lisp_nat_read() - read an AFI that must be LCAF type 7. Return: as lisp_address_read() */
int lisp_nat_read(struct lvn_wire_reader *reader, struct lisp_nat *ret_nat);

/** lisp_nat_write() - write it */
void lisp_nat_write(struct lvn_wire_writer *writer, const struct lisp_nat *nat);

#endif
