/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The messages of the control channel (docs/protocol/lvn.md section 1.2) as structures, for both
 * sides. No sockets, no sessions.
 */
#ifndef _LVN_MESSAGE_H
#define _LVN_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"

#define LVN_PROTOCOL_VERSION	1
#define LVN_DEFAULT_PORT	50000
#define LVN_ALPN		"lvn/1"

/** Longest lines, LF included. */
#define LVN_LINE_FROM_SPOKE_MAX	4096
#define LVN_LINE_FROM_HUB_MAX	16384

#define LVN_TEXT_SIZE		256
#define LVN_NAME_SIZE		65
#define LVN_SESSION_SIZE	17
#define LVN_KEY_SIZE		44
#define LVN_WORD_SIZE		32

#define LVN_ASKED_ADDRESSES_MAX	4
#define LVN_PREFIXES_MAX	8
#define LVN_ADDRESSES_MAX	8
#define LVN_ROUTES_MAX		256
#define LVN_ENDPOINTS_MAX	16
#define LVN_BINDINGS_MAX	16

/** Bits of feature sets. */
#define LVN_FEATURE_PREFIXES	(1u << 0)
#define LVN_FEATURE_BINDINGS	(1u << 1)
#define LVN_FEATURES_KNOWN	(LVN_FEATURE_PREFIXES | LVN_FEATURE_BINDINGS)

/** enum lvn_message_type - by the member "type" */
enum lvn_message_type {
	LVN_MESSAGE_UNKNOWN,
	LVN_MESSAGE_HELLO,
	LVN_MESSAGE_LEASE,
	LVN_MESSAGE_UP,
	LVN_MESSAGE_DOWN,
	LVN_MESSAGE_RENEW,
	LVN_MESSAGE_NOTIFY,
	LVN_MESSAGE_BYE,
	LVN_MESSAGE_ERROR,
};

/**
 * struct lvn_request - what a spoke would like
 * @is_present: the member "request" was there
 * @addresses: wishes
 * @n_addresses: how many
 * @prefixes: for the networks behind the spoke; an unspecified address asks for any of its length
 * @n_prefixes: how many
 */
struct lvn_request {
	bool is_present;
	struct lvn_addr addresses[LVN_ASKED_ADDRESSES_MAX];
	unsigned int n_addresses;
	struct lvn_prefix prefixes[LVN_PREFIXES_MAX];
	unsigned int n_prefixes;
};

/**
 * struct lvn_hello - the first message of a spoke; empty strings stand for absent members
 * @has_version: our version is among "versions"
 * @features: LVN_FEATURE_* that the spoke knows
 * @unknown_feature: a member of "require" that we do not know
 * @software: for the log
 * @name: a label
 * @session: to be resumed
 * @token: of the last lease
 * @request: wishes
 */
struct lvn_hello {
	bool has_version;
	uint32_t features;
	char unknown_feature[LVN_WORD_SIZE];
	char software[LVN_NAME_SIZE];
	char name[LVN_NAME_SIZE];
	char session[LVN_SESSION_SIZE];
	char token[LVN_NAME_SIZE];
	struct lvn_request request;
};

/**
 * struct lvn_lease - what the spoke gets; the members are those of the protocol document
 * @unknown_feature: a member of "require" that we do not know
 */
struct lvn_lease {
	unsigned int version;
	uint32_t features;
	char unknown_feature[LVN_WORD_SIZE];
	char session[LVN_SESSION_SIZE];
	bool resumed;
	char key[LVN_KEY_SIZE];
	uint64_t counter;
	char token[LVN_NAME_SIZE];
	char identity[LVN_TEXT_SIZE];
	uint32_t expires;
	uint32_t grace;
	struct lvn_prefix addresses[LVN_ADDRESSES_MAX];
	unsigned int n_addresses;
	struct lvn_prefix prefixes[LVN_PREFIXES_MAX];
	unsigned int n_prefixes;
	struct lvn_prefix routes[LVN_ROUTES_MAX];
	unsigned int n_routes;
	struct lvn_addr hub[LVN_ADDRESSES_MAX];
	unsigned int n_hub;
	uint32_t mtu;
	struct lvn_endpoint endpoints[LVN_ENDPOINTS_MAX];
	unsigned int n_endpoints;
	unsigned int bindings;
	uint32_t keepalive;
	uint32_t timeout;
};

/**
 * struct lvn_message - a message of any type; members that its type has not are empty
 * @type: which of the others count
 * @hello: of HELLO
 * @lease: of LEASE
 * @request: of RENEW
 * @binding: of UP and DOWN
 * @mapped: of UP
 * @reason: of DOWN, BYE
 * @event: of NOTIFY
 * @expires: of NOTIFY
 * @release: of BYE
 * @code: of ERROR
 * @detail: of ERROR; of UNKNOWN the type
 * @fatal: of ERROR
 * @has_retry_after: of BYE, ERROR
 * @retry_after: of BYE, ERROR
 * @text: the member "message" of DOWN, BYE, ERROR
 */
struct lvn_message {
	enum lvn_message_type type;
	union {
		struct lvn_hello hello;
		struct lvn_lease lease;
		struct lvn_request request;
		struct {
			unsigned int binding;
			struct lvn_endpoint mapped;
			char reason[LVN_WORD_SIZE];
			char event[LVN_WORD_SIZE];
			uint32_t expires;
			bool release;
			char code[LVN_WORD_SIZE];
			char detail[LVN_TEXT_SIZE];
			bool fatal;
			bool has_retry_after;
			uint32_t retry_after;
			char text[LVN_TEXT_SIZE];
		};
	};
};

/**
 * struct lvn_fault - why a line was refused, as an error message tells it
 * @code: a static string of the protocol's table: "syntax", "member", "too-long"
 * @detail: the member, "" if none
 */
struct lvn_fault {
	const char *code;
	char detail[LVN_WORD_SIZE];
};

/**
 * lvn_message_parse() - read one line
 * @line: without its LF; need not be terminated
 * @len: bytes of @line
 * @ret: the message
 * @fault: filled on failure only
 *
 * Accepts the messages of both sides; a type that is not known gives LVN_MESSAGE_UNKNOWN.
 *
 * Return: 0, -EBADMSG with @fault, or -ENOMEM.
 */
int lvn_message_parse(const char *line, size_t len, struct lvn_message *ret,
		      struct lvn_fault *fault);

/**
 * lvn_message_write() - write a message as one line with its LF
 * @message: of any type but UNKNOWN
 * @ret_line: free() it. May hold secrets: wipe it first, with OPENSSL_cleanse() or the like
 * @ret_len: bytes of @ret_line
 *
 * Return: 0, -EINVAL for a type that cannot be written, -ENOMEM, or -EMSGSIZE if the line would be
 * longer than the other side takes.
 */
int lvn_message_write(const struct lvn_message *message, char **ret_line, size_t *ret_len);

/** lvn_message_type_name() - the word of the member "type"; "unknown" */
const char *lvn_message_type_name(enum lvn_message_type type);

/** lvn_feature_name() - the name of a single LVN_FEATURE_* bit; NULL if there is none */
const char *lvn_feature_name(uint32_t feature);

#endif
