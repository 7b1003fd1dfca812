/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The messages of the control channel (docs/protocol/lvn.md section 1.2) as structures, for both
 * sides. No sockets, no sessions.
 */
#ifndef _HUB_MESSAGE_H
#define _HUB_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"

#define HUB_PROTOCOL_VERSION	1
#define HUB_DEFAULT_PORT	50000
#define HUB_ALPN		"lvn/1"

/** Longest lines, LF included. */
#define HUB_LINE_FROM_SPOKE_MAX	4096
#define HUB_LINE_FROM_HUB_MAX	16384

#define HUB_TEXT_SIZE		256
#define HUB_NAME_SIZE		65
#define HUB_SESSION_SIZE	17
#define HUB_KEY_SIZE		44
#define HUB_WORD_SIZE		32

#define HUB_ASKED_ADDRESSES_MAX	4
#define HUB_PREFIXES_MAX	8
#define HUB_ADDRESSES_MAX	8
#define HUB_ROUTES_MAX		256
#define HUB_ENDPOINTS_MAX	16
#define HUB_BINDINGS_MAX	16

/** Bits of feature sets. */
#define HUB_FEATURE_PREFIXES	(1u << 0)
#define HUB_FEATURE_BINDINGS	(1u << 1)
#define HUB_FEATURES_KNOWN	(HUB_FEATURE_PREFIXES | HUB_FEATURE_BINDINGS)

/** enum hub_message_type - by the member "type" */
enum hub_message_type {
	HUB_MESSAGE_UNKNOWN,
	HUB_MESSAGE_HELLO,
	HUB_MESSAGE_LEASE,
	HUB_MESSAGE_UP,
	HUB_MESSAGE_DOWN,
	HUB_MESSAGE_RENEW,
	HUB_MESSAGE_NOTIFY,
	HUB_MESSAGE_BYE,
	HUB_MESSAGE_ERROR,
};

/**
 * struct hub_request - what a spoke would like
 * @is_present: the member "request" was there
 * @addresses: wishes
 * @n_addresses: how many
 * @prefixes: for the networks behind the spoke; an unspecified address asks for any of its length
 * @n_prefixes: how many
 */
struct hub_request {
	bool is_present;
	struct lvn_addr addresses[HUB_ASKED_ADDRESSES_MAX];
	unsigned int n_addresses;
	struct lvn_prefix prefixes[HUB_PREFIXES_MAX];
	unsigned int n_prefixes;
};

/**
 * struct hub_hello - the first message of a spoke; empty strings stand for absent members
 * @has_version: our version is among "versions"
 * @features: HUB_FEATURE_* that the spoke knows
 * @unknown_feature: a member of "require" that we do not know
 * @software: for the log
 * @name: a label
 * @session: to be resumed
 * @token: of the last lease
 * @request: wishes
 */
struct hub_hello {
	bool has_version;
	uint32_t features;
	char unknown_feature[HUB_WORD_SIZE];
	char software[HUB_NAME_SIZE];
	char name[HUB_NAME_SIZE];
	char session[HUB_SESSION_SIZE];
	char token[HUB_NAME_SIZE];
	struct hub_request request;
};

/**
 * struct hub_lease - what the spoke gets; the members are those of the protocol document
 * @unknown_feature: a member of "require" that we do not know
 */
struct hub_lease {
	unsigned int version;
	uint32_t features;
	char unknown_feature[HUB_WORD_SIZE];
	char session[HUB_SESSION_SIZE];
	bool resumed;
	char key[HUB_KEY_SIZE];
	uint64_t counter;
	char token[HUB_NAME_SIZE];
	char identity[HUB_TEXT_SIZE];
	uint32_t expires;
	uint32_t grace;
	struct lvn_prefix addresses[HUB_ADDRESSES_MAX];
	unsigned int n_addresses;
	struct lvn_prefix prefixes[HUB_PREFIXES_MAX];
	unsigned int n_prefixes;
	struct lvn_prefix routes[HUB_ROUTES_MAX];
	unsigned int n_routes;
	struct lvn_addr hub[HUB_ADDRESSES_MAX];
	unsigned int n_hub;
	uint32_t mtu;
	struct lvn_endpoint endpoints[HUB_ENDPOINTS_MAX];
	unsigned int n_endpoints;
	unsigned int bindings;
	uint32_t keepalive;
	uint32_t timeout;
};

/**
 * struct hub_message - a message of any type; members that its type has not are empty
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
struct hub_message {
	enum hub_message_type type;
	union {
		struct hub_hello hello;
		struct hub_lease lease;
		struct hub_request request;
		struct {
			unsigned int binding;
			struct lvn_endpoint mapped;
			char reason[HUB_WORD_SIZE];
			char event[HUB_WORD_SIZE];
			uint32_t expires;
			bool release;
			char code[HUB_WORD_SIZE];
			char detail[HUB_TEXT_SIZE];
			bool fatal;
			bool has_retry_after;
			uint32_t retry_after;
			char text[HUB_TEXT_SIZE];
		};
	};
};

/**
 * struct hub_fault - why a line was refused, as an error message tells it
 * @code: a static string of the protocol's table: "syntax", "member", "too-long"
 * @detail: the member, "" if none
 */
struct hub_fault {
	const char *code;
	char detail[HUB_WORD_SIZE];
};

/**
 * hub_message_parse() - read one line
 * @line: without its LF; need not be terminated
 * @len: bytes of @line
 * @ret: the message
 * @fault: filled on failure only
 *
 * Accepts the messages of both sides; a type that is not known gives HUB_MESSAGE_UNKNOWN.
 *
 * Return: 0, -EBADMSG with @fault, or -ENOMEM.
 */
int hub_message_parse(const char *line, size_t len, struct hub_message *ret,
		      struct hub_fault *fault);

/**
 * hub_message_write() - write a message as one line with its LF
 * @message: of any type but UNKNOWN
 * @ret_line: free() it. May hold secrets: wipe it first, with OPENSSL_cleanse() or the like
 * @ret_len: bytes of @ret_line
 *
 * Return: 0, -EINVAL for a type that cannot be written, -ENOMEM, or -EMSGSIZE if the line would be
 * longer than the other side takes.
 */
int hub_message_write(const struct hub_message *message, char **ret_line, size_t *ret_len);

/** hub_message_type_name() - the word of the member "type"; "unknown" */
const char *hub_message_type_name(enum hub_message_type type);

/** hub_feature_name() - the name of a single HUB_FEATURE_* bit; NULL if there is none */
const char *hub_feature_name(uint32_t feature);

#endif
