/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LISP's control messages (RFC 9301 section 5): Map-Request, Map-Reply, Map-Register, Map-Notify,
 * Map-Notify-Ack, and the Info-Request and Info-Reply of xTRs behind NATs. Their heads become
 * structures; the records that follow are read and written one by one with record.h.
 */
#ifndef _LISP_MESSAGE_H
#define _LISP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/lisp/record.h"

/** As many as the field IRC can count. */
#define LISP_ITR_RLOCS_MAX 32

/** More EIDs than that in one Map-Request are passed over. */
#define LISP_REQUESTED_MAX 16

/** Longest authentication data: an HMAC-SHA-256 that is not truncated. */
#define LISP_AUTH_MAX 32

#define LISP_XTR_ID_SIZE 16
#define LISP_SITE_ID_SIZE 8

/**
 * struct lisp_xtr - who registers or subscribes
 * @is_present: whether the message has it (bit I)
 * @xtr_id: of the router
 * @site_id: of its site
 */
struct lisp_xtr {
	bool is_present;
	uint8_t xtr_id[LISP_XTR_ID_SIZE];
	uint8_t site_id[LISP_SITE_ID_SIZE];
};

/**
 * struct lisp_requested - a record of a Map-Request
 * @eid: which mapping is wanted
 * @wants_notify: the sender subscribes to its changes (RFC 9437, bit N)
 */
struct lisp_requested {
	struct lisp_eid eid;
	bool wants_notify;
};

/**
 * struct lisp_map_request - RFC 9301 section 5.2
 * @is_authoritative: only the ETR may answer (bit A)
 * @has_record: a mapping of the sender follows (bit M); to be read with lisp_record_read()
 * @is_probe: RLOC-probe (bit P)
 * @is_smr: solicits a request (bit S)
 * @from_pitr: bit p
 * @smr_invoked: answers an SMR (bit s)
 * @is_local_xtr: the xTR's RLOCs are local (bit L)
 * @no_reply: do not answer, only ask back (bit D)
 * @nonce: to be echoed
 * @source: the EID that the packet came from; AFI 0 in refreshes and probes
 * @itr_rlocs: where the answer may go
 * @n_itr_rlocs: at least 1
 * @records: what is asked for
 * @n_records: how many
 * @xtr: who subscribes
 */
struct lisp_map_request {
	bool is_authoritative;
	bool has_record;
	bool is_probe;
	bool is_smr;
	bool from_pitr;
	bool smr_invoked;
	bool is_local_xtr;
	bool no_reply;
	uint64_t nonce;
	struct lisp_address source;
	struct lvn_addr itr_rlocs[LISP_ITR_RLOCS_MAX];
	unsigned int n_itr_rlocs;
	struct lisp_requested records[LISP_REQUESTED_MAX];
	unsigned int n_records;
	struct lisp_xtr xtr;
};

/**
 * struct lisp_map_reply - RFC 9301 section 5.4, without its records
 * @is_probe: answers a probe (bit P)
 * @echo_nonce: the sender can echo nonces of data (bit E)
 * @has_security: authentication data of LISP-SEC follow the records (bit S)
 * @nonce: that of the request
 * @n_records: how many follow
 */
struct lisp_map_reply {
	bool is_probe;
	bool echo_nonce;
	bool has_security;
	uint64_t nonce;
	uint8_t n_records;
};

/**
 * struct lisp_auth - authentication data (RFC 9301 section 5.6)
 * @key_id: which of the keys that both sides know
 * @algorithm: enum lisp_algorithm in auth.h
 * @len: bytes of @data
 * @data: the MAC
 */
struct lisp_auth {
	uint8_t key_id;
	uint8_t algorithm;
	uint8_t len;
	uint8_t data[LISP_AUTH_MAX];
};

/**
 * struct lisp_registration - Map-Register, Map-Notify or Map-Notify-Ack (RFC 9301 sections 5.6, 5.7)
 * @type: which of the three
 * @proxy_reply: the Map-Server is to answer (bit P, of a Register)
 * @has_security: LISP-SEC is done (bit S, of a Register)
 * @by_rtr: by way of an RTR (bit R of draft-ermagan-lisp-nat-traversal)
 * @is_mobile: bit E
 * @use_ttl: the TTL is that of the registration (bit T)
 * @merge: merge with what others register (bit a)
 * @want_notify: to be acknowledged (bit M)
 * @reliable: registrations may follow over TCP (bit r)
 * @nonce: increasing
 * @auth: MAC over the message
 * @xtr: who; follows the records
 * @n_records: how many follow
 */
struct lisp_registration {
	enum lisp_type type;
	bool proxy_reply;
	bool has_security;
	bool by_rtr;
	bool is_mobile;
	bool use_ttl;
	bool merge;
	bool want_notify;
	bool reliable;
	uint64_t nonce;
	struct lisp_auth auth;
	struct lisp_xtr xtr;
	uint8_t n_records;
};

/**
 * struct lisp_info - Info-Request or Info-Reply (RFC 8060 section 4.4, draft-ermagan-lisp-nat-traversal)
 * @is_reply: which
 * @nonce: echoed
 * @auth: MAC over the message; of length 0 in lispers.net's variant
 * @ttl_min: in minutes
 * @eid: whose NAT; AF_UNSPEC in lispers.net's variant
 * @name: of the xTR in lispers.net's variant; or ""
 * @nat: of a reply
 */
struct lisp_info {
	bool is_reply;
	uint64_t nonce;
	struct lisp_auth auth;
	uint32_t ttl_min;
	struct lisp_eid eid;
	char name[LISP_NAME_SIZE];
	struct lisp_nat nat;
};

/*
 * The readers take a whole message and return 0; -EBADMSG if it is cut off, is of another type or
 * contradicts itself; -EAFNOSUPPORT for an address that we do not know. *@ret_records stands before
 * the first record afterwards. Each record and locator is checked, so that reading them does not
 * fail.
 */

/** lisp_map_request_read() - *@ret_record stands before the mapping of bit M, if there is one */
int lisp_map_request_read(const void *data, size_t len, struct lisp_map_request *ret_request,
			  struct lvn_wire_reader *ret_record);
int lisp_map_reply_read(const void *data, size_t len, struct lisp_map_reply *ret_reply,
			struct lvn_wire_reader *ret_records);
int lisp_registration_read(const void *data, size_t len, struct lisp_registration *ret_registration,
			   struct lvn_wire_reader *ret_records);
int lisp_info_read(const void *data, size_t len, struct lisp_info *ret_info);

/*
 * The writers write the head. Records follow, then lisp_xtr_write() where the message has one, and
 * the MAC is put in by lisp_auth_sign() at last. What does not fit makes the writer fail.
 */
void lisp_map_request_write(struct lvn_wire_writer *writer, const struct lisp_map_request *request);
void lisp_map_reply_write(struct lvn_wire_writer *writer, const struct lisp_map_reply *reply);
void lisp_registration_write(struct lvn_wire_writer *writer,
			     const struct lisp_registration *registration);
void lisp_info_write(struct lvn_wire_writer *writer, const struct lisp_info *info);
void lisp_xtr_write(struct lvn_wire_writer *writer, const struct lisp_xtr *xtr);

#endif
