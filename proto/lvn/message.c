// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading the messages of the control channel. Whatever a stranger can send ends here as a bounded
 * structure or as a fault; writing is in message_write.c.
 */
#include "proto/lvn/message.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "lib/base/cleanup.h"
#include "lib/base/escape.h"
#include "proto/lvn/message_names.h"

#define NESTING_MAX 4
#define ARRAY_MAX 32
#define COUNTER_MAX ((1ll << 53) - 1)

/*
 * struct parser - the state of one lvn_message_parse(): the first fault wins, after it all
 * readers do nothing.
 */
struct parser {
	const json_t *root;
	struct lvn_fault *fault;
	bool failed;
};

static void cleanup_json(json_t **json)
{
	json_decref(*json);
}

static void fail(struct parser *parser, const char *member)
{
	if (parser->failed)
		return;
	parser->failed = true;
	parser->fault->code = "member";
	snprintf(parser->fault->detail, sizeof(parser->fault->detail), "%s", member);
}

/* Before the JSON reader, whose recursion must not be driven by a stranger. */
static bool is_shallow(const char *line, size_t len)
{
	bool is_string = false;
	unsigned int depth = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		if (is_string) {
			if (line[i] == '\\')
				i++;
			else if (line[i] == '"')
				is_string = false;
		} else if (line[i] == '"') {
			is_string = true;
		} else if (line[i] == '{' || line[i] == '[') {
			if (++depth > NESTING_MAX)
				return false;
		} else if ((line[i] == '}' || line[i] == ']') && depth) {
			depth--;
		}
	}
	return true;
}

/* What others write ends in logs, on terminals and in the environment of hooks: escaped here. */
static void read_string(struct parser *parser, const json_t *object, const char *member, char *ret,
			size_t size)
{
	const json_t *value = json_object_get(object, member);

	if (!value || parser->failed)
		return;
	if (!json_is_string(value) || json_string_length(value) >= size)
		fail(parser, member);
	else
		lvn_escape(json_string_value(value), ret, size);
}

/* Unlike read_string(), the string must consist of @chars only and must not be empty. */
static void read_token(struct parser *parser, const json_t *object, const char *member,
		       const char *chars, char *ret, size_t size)
{
	read_string(parser, object, member, ret, size);
	if (json_object_get(object, member) && (!*ret || ret[strspn(ret, chars)]))
		fail(parser, member);
}

static uint64_t read_uint(struct parser *parser, const json_t *object, const char *member,
			  uint64_t min, uint64_t max, uint64_t absent)
{
	const json_t *value = json_object_get(object, member);
	json_int_t number;

	if (!value || parser->failed)
		return absent;
	number = json_integer_value(value);
	if (!json_is_integer(value) || number < 0 || (uint64_t)number < min ||
	    (uint64_t)number > max) {
		fail(parser, member);
		return absent;
	}
	return number;
}

static bool read_bool(struct parser *parser, const char *member, bool absent)
{
	const json_t *value = json_object_get(parser->root, member);

	if (!value || parser->failed)
		return absent;
	if (!json_is_boolean(value))
		fail(parser, member);
	return json_is_true(value);
}

/* Return: the array, NULL if it is absent or wrong. */
static const json_t *read_array(struct parser *parser, const json_t *object, const char *member,
				size_t max)
{
	const json_t *value = json_object_get(object, member);

	if (!value || parser->failed)
		return NULL;
	if (json_is_array(value) && json_array_size(value) <= max)
		return value;
	fail(parser, member);
	return NULL;
}

static void require(struct parser *parser, const char *member)
{
	if (!json_object_get(parser->root, member))
		fail(parser, member);
}

static void read_addrs(struct parser *parser, const json_t *object, const char *member,
		       struct lvn_addr *ret, unsigned int max, unsigned int *ret_n)
{
	const json_t *array = read_array(parser, object, member, max);
	const json_t *value;
	size_t i;

	json_array_foreach(array, i, value) {
		if (!json_is_string(value) || lvn_addr_parse(json_string_value(value), &ret[i]) < 0)
			return fail(parser, member);
		*ret_n = i + 1;
	}
}

static void read_prefixes(struct parser *parser, const json_t *object, const char *member,
			  struct lvn_prefix *ret, unsigned int max, unsigned int *ret_n)
{
	const json_t *array = read_array(parser, object, member, max);
	const json_t *value;
	size_t i;

	json_array_foreach(array, i, value) {
		if (!json_is_string(value) ||
		    lvn_prefix_parse(json_string_value(value), &ret[i]) < 0)
			return fail(parser, member);
		*ret_n = i + 1;
	}
}

/* Return: the LVN_FEATURE_* bits of those known; @ret_unknown gets one that is not. */
static uint32_t read_features(struct parser *parser, const char *member, char *ret_unknown)
{
	const json_t *array = read_array(parser, parser->root, member, ARRAY_MAX);
	const json_t *value;
	uint32_t features = 0, bit;
	size_t i;

	json_array_foreach(array, i, value) {
		if (!json_is_string(value) || json_string_length(value) >= LVN_TEXT_SIZE) {
			fail(parser, member);
			return 0;
		}
		bit = lvn_feature_parse(json_string_value(value));
		features |= bit;
		if (!bit && ret_unknown)
			lvn_escape(json_string_value(value), ret_unknown, LVN_WORD_SIZE);
	}
	return features;
}

static void read_request(struct parser *parser, struct lvn_request *ret)
{
	const json_t *object = json_object_get(parser->root, "request");
	unsigned int i;

	if (!object)
		return;
	if (!json_is_object(object))
		return fail(parser, "request");
	ret->is_present = true;
	read_addrs(parser, object, "addresses", ret->addresses, LVN_ASKED_ADDRESSES_MAX,
		   &ret->n_addresses);
	read_prefixes(parser, object, "prefixes", ret->prefixes, LVN_PREFIXES_MAX,
		      &ret->n_prefixes);
	for (i = 0; i < ret->n_prefixes; i++) {
		struct lvn_prefix masked = ret->prefixes[i];

		lvn_addr_mask(&masked.addr, masked.len);
		if (!masked.len || !lvn_prefix_equal(&masked, &ret->prefixes[i]))
			return fail(parser, "prefixes");
	}
}

static void read_hello(struct parser *parser, struct lvn_hello *ret)
{
	const json_t *versions = read_array(parser, parser->root, "versions", 8);
	const json_t *value;
	size_t i;

	if (!json_array_size(versions))
		return fail(parser, "versions");
	json_array_foreach(versions, i, value) {
		if (!json_is_integer(value))
			return fail(parser, "versions");
		if (json_integer_value(value) == LVN_PROTOCOL_VERSION)
			ret->has_version = true;
	}
	ret->features = read_features(parser, "features", NULL);
	ret->features |= read_features(parser, "require", ret->unknown_feature);
	read_string(parser, parser->root, "software", ret->software, sizeof(ret->software));
	read_token(parser, parser->root, "name", LVN_NAME_CHARS, ret->name, sizeof(ret->name));
	read_token(parser, parser->root, "session", LVN_HEX_CHARS, ret->session,
		   sizeof(ret->session));
	read_token(parser, parser->root, "token", LVN_BASE64_CHARS, ret->token, sizeof(ret->token));
	read_request(parser, &ret->request);
}

static void read_endpoints(struct parser *parser, struct lvn_lease *ret)
{
	const json_t *array = read_array(parser, parser->root, "endpoints", LVN_ENDPOINTS_MAX);
	const json_t *value;
	size_t i;

	json_array_foreach(array, i, value) {
		char text[LVN_ADDR_TEXT_SIZE] = "";

		ret->endpoints[i].port = read_uint(parser, value, "port", 1, UINT16_MAX, 0);
		read_string(parser, value, "address", text, sizeof(text));
		if (!ret->endpoints[i].port ||
		    (*text && lvn_addr_parse(text, &ret->endpoints[i].addr) < 0))
			return fail(parser, "endpoints");
		ret->n_endpoints = i + 1;
	}
	if (!ret->n_endpoints)
		fail(parser, "endpoints");
}

static void read_lease(struct parser *parser, struct lvn_lease *ret)
{
	const json_t *root = parser->root;

	ret->version = read_uint(parser, root, "version", 1, UINT16_MAX, 0);
	ret->features = read_features(parser, "features", NULL);
	ret->features |= read_features(parser, "require", ret->unknown_feature);
	read_token(parser, root, "session", LVN_HEX_CHARS, ret->session, sizeof(ret->session));
	ret->resumed = read_bool(parser, "resumed", false);
	read_token(parser, root, "key", LVN_BASE64_CHARS, ret->key, sizeof(ret->key));
	ret->counter = read_uint(parser, root, "counter", 0, COUNTER_MAX, 0);
	read_token(parser, root, "token", LVN_BASE64_CHARS, ret->token, sizeof(ret->token));
	read_string(parser, root, "identity", ret->identity, sizeof(ret->identity));
	ret->expires = read_uint(parser, root, "expires", 1, INT32_MAX, 0);
	ret->grace = read_uint(parser, root, "grace", 0, INT32_MAX, 0);
	read_prefixes(parser, root, "addresses", ret->addresses, LVN_ADDRESSES_MAX,
		      &ret->n_addresses);
	read_prefixes(parser, root, "prefixes", ret->prefixes, LVN_PREFIXES_MAX, &ret->n_prefixes);
	read_prefixes(parser, root, "routes", ret->routes, LVN_ROUTES_MAX, &ret->n_routes);
	read_addrs(parser, root, "hub", ret->hub, LVN_ADDRESSES_MAX, &ret->n_hub);
	ret->mtu = read_uint(parser, root, "mtu", 0, UINT16_MAX, 0);
	read_endpoints(parser, ret);
	ret->bindings = read_uint(parser, root, "bindings", 1, LVN_BINDINGS_MAX, 1);
	ret->keepalive = read_uint(parser, root, "keepalive", 1, 600, 25);
	ret->timeout = read_uint(parser, root, "timeout", 1, INT32_MAX, 80);

	if (strlen(ret->session) != LVN_SESSION_SIZE - 1)
		fail(parser, "session");
	if (strlen(ret->key) != LVN_KEY_SIZE - 1)
		fail(parser, "key");
	if (!ret->n_addresses)
		fail(parser, "addresses");
	require(parser, "version");
	require(parser, "expires");
}

static void read_up(struct parser *parser, struct lvn_message *ret)
{
	char text[LVN_ADDR_TEXT_SIZE] = "";

	require(parser, "binding");
	ret->binding = read_uint(parser, parser->root, "binding", 0, LVN_BINDINGS_MAX - 1, 0);
	read_string(parser, parser->root, "mapped", text, sizeof(text));
	if (*text && lvn_addr_parse(text, &ret->mapped.addr) < 0)
		fail(parser, "mapped");
	ret->mapped.port = read_uint(parser, parser->root, "port", 0, UINT16_MAX, 0);
}

static void read_other(struct parser *parser, struct lvn_message *ret)
{
	const json_t *root = parser->root;

	read_string(parser, root, "reason", ret->reason, sizeof(ret->reason));
	read_string(parser, root, "event", ret->event, sizeof(ret->event));
	ret->expires = read_uint(parser, root, "expires", 0, INT32_MAX, 0);
	ret->release = read_bool(parser, "release", false);
	read_string(parser, root, "code", ret->code, sizeof(ret->code));
	read_string(parser, root, "detail", ret->detail, sizeof(ret->detail));
	ret->fatal = read_bool(parser, "fatal", false);
	ret->has_retry_after = json_object_get(root, "retry_after");
	ret->retry_after = read_uint(parser, root, "retry_after", 0, INT32_MAX, 0);
	read_string(parser, root, "message", ret->text, sizeof(ret->text));
}

static void read_message(struct parser *parser, struct lvn_message *ret)
{
	char type[LVN_TEXT_SIZE] = "";

	require(parser, "type");
	read_string(parser, parser->root, "type", type, sizeof(type));
	if (parser->failed)
		return;
	ret->type = lvn_message_type_parse(type);
	switch (ret->type) {
	case LVN_MESSAGE_HELLO:
		return read_hello(parser, &ret->hello);
	case LVN_MESSAGE_LEASE:
		return read_lease(parser, &ret->lease);
	case LVN_MESSAGE_RENEW:
		return read_request(parser, &ret->request);
	case LVN_MESSAGE_UP:
	case LVN_MESSAGE_DOWN:
		read_up(parser, ret);
		return read_other(parser, ret);
	case LVN_MESSAGE_NOTIFY:
	case LVN_MESSAGE_BYE:
	case LVN_MESSAGE_ERROR:
		return read_other(parser, ret);
	case LVN_MESSAGE_UNKNOWN:
		strcpy(ret->detail, type);
	}
}

int lvn_message_parse(const char *line, size_t len, struct lvn_message *ret,
		      struct lvn_fault *fault)
{
	_cleanup_(cleanup_json) json_t *root = NULL;
	struct lvn_fault unheard;
	struct parser parser = { .fault = fault ?: &unheard };

	memset(ret, 0, sizeof(*ret));
	if (len > LVN_LINE_FROM_HUB_MAX) {
		*parser.fault = (struct lvn_fault){ .code = "too-long" };
		return -EBADMSG;
	}
	if (is_shallow(line, len))
		root = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(root)) {
		*parser.fault = (struct lvn_fault){ .code = "syntax" };
		return -EBADMSG;
	}
	parser.root = root;
	read_message(&parser, ret);
	return parser.failed ? -EBADMSG : 0;
}
