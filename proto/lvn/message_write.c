// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writing the messages of the control channel.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <openssl/crypto.h>

#include "lib/base/cleanup.h"
#include "proto/lvn/message.h"

/*
 * The json_*_new() functions give references that the set and append functions take; both accept
 * NULL and fail. One failure is enough: `failed` is looked at once, at the end.
 */
struct writer {
	json_t *root;
	bool failed;
};

static void cleanup_writer(struct writer *writer)
{
	json_decref(writer->root);
}

static void put(struct writer *writer, const char *member, json_t *value)
{
	if (json_object_set_new(writer->root, member, value) < 0)
		writer->failed = true;
}

static void put_string(struct writer *writer, const char *member, const char *text)
{
	if (*text)
		put(writer, member, json_string(text));
}

static void put_uint(struct writer *writer, const char *member, uint64_t value)
{
	put(writer, member, json_integer(value));
}

static void append(struct writer *writer, json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) < 0)
		writer->failed = true;
}

static json_t *prefixes(struct writer *writer, const struct lvn_prefix *list, unsigned int n)
{
	char text[LVN_ADDR_TEXT_SIZE];
	json_t *array = json_array();
	unsigned int i;

	for (i = 0; i < n; i++)
		append(writer, array, json_string(lvn_prefix_format(&list[i], text)));
	return array;
}

static json_t *addrs(struct writer *writer, const struct lvn_addr *list, unsigned int n)
{
	char text[LVN_ADDR_TEXT_SIZE];
	json_t *array = json_array();
	unsigned int i;

	for (i = 0; i < n; i++)
		append(writer, array, json_string(lvn_addr_format(&list[i], text)));
	return array;
}

static json_t *features(struct writer *writer, uint32_t set)
{
	json_t *array = json_array();
	uint32_t bit;

	for (bit = 1; bit; bit <<= 1)
		if (set & bit && lvn_feature_name(bit))
			append(writer, array, json_string(lvn_feature_name(bit)));
	return array;
}

static void put_request(struct writer *writer, const struct lvn_request *request)
{
	json_t *object;

	if (!request->is_present)
		return;
	object = json_object();
	if (request->n_addresses)
		json_object_set_new(object, "addresses",
				    addrs(writer, request->addresses, request->n_addresses));
	if (request->n_prefixes)
		json_object_set_new(object, "prefixes",
				    prefixes(writer, request->prefixes, request->n_prefixes));
	put(writer, "request", object);
}

static void put_hello(struct writer *writer, const struct lvn_hello *hello)
{
	json_t *versions = json_array();

	append(writer, versions, json_integer(LVN_PROTOCOL_VERSION));
	put(writer, "versions", versions);
	put(writer, "features", features(writer, hello->features));
	put_string(writer, "software", hello->software);
	put_string(writer, "name", hello->name);
	put_string(writer, "session", hello->session);
	put_string(writer, "token", hello->token);
	put_request(writer, &hello->request);
}

static void put_endpoints(struct writer *writer, const struct lvn_lease *lease)
{
	char text[LVN_ADDR_TEXT_SIZE];
	json_t *array = json_array();
	unsigned int i;

	for (i = 0; i < lease->n_endpoints; i++) {
		json_t *object = json_object();

		json_object_set_new(object, "port", json_integer(lease->endpoints[i].port));
		if (!lvn_addr_is_unspecified(&lease->endpoints[i].addr)) {
			lvn_addr_format(&lease->endpoints[i].addr, text);
			json_object_set_new(object, "address", json_string(text));
		}
		append(writer, array, object);
	}
	put(writer, "endpoints", array);
}

static void put_lease(struct writer *writer, const struct lvn_lease *lease)
{
	put_uint(writer, "version", lease->version);
	put(writer, "features", features(writer, lease->features));
	put_string(writer, "session", lease->session);
	put(writer, "resumed", json_boolean(lease->resumed));
	put_string(writer, "key", lease->key);
	put_uint(writer, "counter", lease->counter);
	put_string(writer, "token", lease->token);
	put_string(writer, "identity", lease->identity);
	put_uint(writer, "expires", lease->expires);
	put_uint(writer, "grace", lease->grace);
	put(writer, "addresses", prefixes(writer, lease->addresses, lease->n_addresses));
	put(writer, "prefixes", prefixes(writer, lease->prefixes, lease->n_prefixes));
	put(writer, "routes", prefixes(writer, lease->routes, lease->n_routes));
	put(writer, "hub", addrs(writer, lease->hub, lease->n_hub));
	put_uint(writer, "mtu", lease->mtu);
	put_endpoints(writer, lease);
	put_uint(writer, "bindings", lease->bindings);
	put_uint(writer, "keepalive", lease->keepalive);
	put_uint(writer, "timeout", lease->timeout);
}

static void put_binding(struct writer *writer, const struct lvn_message *message)
{
	char text[LVN_ADDR_TEXT_SIZE];

	put_uint(writer, "binding", message->binding);
	if (message->mapped.addr.family) {
		put_string(writer, "mapped", lvn_addr_format(&message->mapped.addr, text));
		put_uint(writer, "port", message->mapped.port);
	}
}

static void put_other(struct writer *writer, const struct lvn_message *message)
{
	put_string(writer, "reason", message->reason);
	put_string(writer, "event", message->event);
	if (message->type == LVN_MESSAGE_NOTIFY && message->expires)
		put_uint(writer, "expires", message->expires);
	if (message->release)
		put(writer, "release", json_true());
	put_string(writer, "code", message->code);
	put_string(writer, "detail", message->detail);
	put_string(writer, "message", message->text);
	if (message->type != LVN_MESSAGE_ERROR)
		return;
	put(writer, "fatal", json_boolean(message->fatal));
	if (strcmp(message->code, "version") == 0) {
		json_t *versions = json_array();

		append(writer, versions, json_integer(LVN_PROTOCOL_VERSION));
		put(writer, "versions", versions);
	}
}

static void put_message(struct writer *writer, const struct lvn_message *message)
{
	put_string(writer, "type", lvn_message_type_name(message->type));
	switch (message->type) {
	case LVN_MESSAGE_HELLO:
		return put_hello(writer, &message->hello);
	case LVN_MESSAGE_LEASE:
		return put_lease(writer, &message->lease);
	case LVN_MESSAGE_RENEW:
		return put_request(writer, &message->request);
	case LVN_MESSAGE_UP:
	case LVN_MESSAGE_DOWN:
		put_binding(writer, message);
		break;
	case LVN_MESSAGE_NOTIFY:
	case LVN_MESSAGE_BYE:
	case LVN_MESSAGE_ERROR:
	case LVN_MESSAGE_UNKNOWN:
		break;
	}
	put_other(writer, message);
	if (message->has_retry_after)
		put_uint(writer, "retry_after", message->retry_after);
}

int lvn_message_write(const struct lvn_message *message, char **ret_line, size_t *ret_len)
{
	_cleanup_(cleanup_writer) struct writer writer = { .root = json_object() };
	_cleanup_free_ char *line = NULL;
	size_t len, max;

	if (message->type == LVN_MESSAGE_UNKNOWN)
		return -EINVAL;
	put_message(&writer, message);
	len = writer.failed ? 0 : json_dumpb(writer.root, NULL, 0, JSON_COMPACT);
	if (!len)
		return -ENOMEM;
	max = message->type == LVN_MESSAGE_HELLO || message->type == LVN_MESSAGE_RENEW ?
		      LVN_LINE_FROM_SPOKE_MAX :
		      LVN_LINE_FROM_HUB_MAX;
	if (len + 1 > max)
		return -EMSGSIZE;
	line = malloc(len + 2);
	if (!line)
		return -ENOMEM;
	if (json_dumpb(writer.root, line, len, JSON_COMPACT) != len) {
		OPENSSL_cleanse(line, len);
		return -ENOMEM;
	}
	line[len] = '\n';
	line[len + 1] = '\0';
	*ret_line = TAKE_PTR(line);
	*ret_len = len + 1;
	return 0;
}
