// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads the XML of TSP. What expat sees is bounded by the caller, and a document type ends it, so
 * that there are no entities to expand.
 */
#include "proto/tsp/tunnel.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include <expat.h>

#include "lib/base/cleanup.h"
#include "proto/tsp/frame.h"

#define DEPTH_MAX 8

enum element {
	ELEMENT_UNKNOWN,
	ELEMENT_TUNNEL,
	ELEMENT_SERVER,
	ELEMENT_CLIENT,
	ELEMENT_BROKER,
	ELEMENT_ROUTER,
	ELEMENT_DNS_SERVER,
	ELEMENT_KEEPALIVE,
	ELEMENT_ADDRESS,
	ELEMENT_PREFIX,
};

/* What each element may be in; ELEMENT_UNKNOWN stands for the document. */
static const struct {
	const char *name;
	enum element element;
	unsigned int parents;
} elements[] = {
	{ "tunnel", ELEMENT_TUNNEL, 1u << ELEMENT_UNKNOWN },
	{ "server", ELEMENT_SERVER, 1u << ELEMENT_TUNNEL },
	{ "client", ELEMENT_CLIENT, 1u << ELEMENT_TUNNEL },
	{ "broker", ELEMENT_BROKER, 1u << ELEMENT_TUNNEL },
	{ "router", ELEMENT_ROUTER, 1u << ELEMENT_SERVER | 1u << ELEMENT_CLIENT },
	{ "keepalive", ELEMENT_KEEPALIVE, 1u << ELEMENT_SERVER | 1u << ELEMENT_CLIENT },
	{ "prefix", ELEMENT_PREFIX, 1u << ELEMENT_ROUTER },
	{ "dns_server", ELEMENT_DNS_SERVER,
	  1u << ELEMENT_SERVER | 1u << ELEMENT_CLIENT | 1u << ELEMENT_ROUTER },
	{ "address", ELEMENT_ADDRESS,
	  1u << ELEMENT_SERVER | 1u << ELEMENT_CLIENT | 1u << ELEMENT_BROKER |
		  1u << ELEMENT_DNS_SERVER | 1u << ELEMENT_KEEPALIVE },
};

static const struct {
	const char *name;
	enum tsp_action action;
} actions[] = {
	{ "create", TSP_ACTION_CREATE }, { "info", TSP_ACTION_INFO },
	{ "accept", TSP_ACTION_ACCEPT }, { "reject", TSP_ACTION_REJECT },
	{ "delete", TSP_ACTION_DELETE }, { "list", TSP_ACTION_LIST },
};

/**
 * struct state - where the parser is
 * @parser: expat's
 * @tunnel: what was read so far
 * @stack: the open elements, [0] the document
 * @depth: how many are open
 * @unknown: how many open elements belong to one that is passed over
 * @end: the open server or client
 * @host: what the open address says
 * @host_type: its attribute "type"
 * @text: of the open address or prefix
 * @len: bytes in @text
 * @why: what is wrong; "" while nothing is
 */
struct state {
	XML_Parser parser;
	struct tsp_tunnel tunnel;
	enum element stack[DEPTH_MAX + 1];
	unsigned int depth;
	unsigned int unknown;
	struct tsp_end *end;
	char host_type[8];
	char text[TSP_NAME_SIZE];
	size_t len;
	char why[TSP_WHY_SIZE];
};

__attribute__((format(printf, 2, 3))) static void fail(struct state *state, const char *format, ...)
{
	va_list args;

	if (*state->why)
		return;
	va_start(args, format);
	vsnprintf(state->why, sizeof(state->why), format, args);
	va_end(args);
	XML_StopParser(state->parser, XML_FALSE);
}

/* The value of an attribute, or NULL. */
static const char *attribute(const XML_Char **attributes, const char *name)
{
	for (; *attributes; attributes += 2)
		if (strcmp(attributes[0], name) == 0)
			return attributes[1];
	return NULL;
}

/* Read a number attribute that may be absent; 0 then. */
static uint32_t number(struct state *state, const XML_Char **attributes, const char *name,
		       uint32_t max)
{
	const char *text = attribute(attributes, name);
	uint64_t value = 0;
	size_t i;

	if (!text)
		return 0;
	for (i = 0; i < 10 && isdigit((unsigned char)text[i]); i++)
		value = value * 10 + (text[i] - '0');
	if (!i || text[i] || value > max) {
		fail(state, "attribute \"%s\" must be a number up to %u", name, max);
		return 0;
	}
	return value;
}

static void start_tunnel(struct state *state, const XML_Char **attributes)
{
	const char *action = attribute(attributes, "action"), *type = attribute(attributes, "type");
	const char *proxy = attribute(attributes, "proxy");
	struct tsp_tunnel *tunnel = &state->tunnel;
	unsigned int i;

	for (i = 0; action && i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strcasecmp(actions[i].name, action) == 0)
			tunnel->action = actions[i].action;
	if (tunnel->action == TSP_ACTION_NONE)
		fail(state, action ? "unknown action" : "element \"tunnel\" has no action");
	if (type && tunnel->action != TSP_ACTION_LIST) {
		tunnel->type = tsp_type_find(type, strlen(type));
		tunnel->is_unknown_type = tunnel->type == TSP_TYPE_NONE;
	}
	tunnel->wants_proxy = proxy && strcasecmp(proxy, "yes") == 0;
	tunnel->lifetime = number(state, attributes, "lifetime", UINT32_MAX);
	tunnel->mtu = number(state, attributes, "mtu", UINT16_MAX);
}

static void start_end(struct state *state, struct tsp_end *end)
{
	if (end->is_present)
		fail(state, "element \"%s\" is there twice",
		     end == &state->tunnel.server ? "server" : "client");
	end->is_present = true;
	state->end = end;
}

static void start_element(struct state *state, enum element element, const XML_Char **attributes)
{
	struct tsp_end *end = state->end;
	const char *type;

	state->len = 0;
	switch (element) {
	case ELEMENT_TUNNEL:
		start_tunnel(state, attributes);
		break;
	case ELEMENT_SERVER:
		start_end(state, &state->tunnel.server);
		break;
	case ELEMENT_CLIENT:
		start_end(state, &state->tunnel.client);
		break;
	case ELEMENT_ROUTER:
		if (end->router.is_present)
			fail(state, "element \"router\" is there twice");
		end->router.is_present = true;
		break;
	case ELEMENT_KEEPALIVE:
		if (end->has_keepalive)
			fail(state, "element \"keepalive\" is there twice");
		end->has_keepalive = true;
		end->keepalive_s = number(state, attributes, "interval", UINT32_MAX);
		break;
	case ELEMENT_PREFIX:
		if (end->router.prefix.len)
			fail(state, "element \"prefix\" is there twice");
		end->router.prefix.len = number(state, attributes, "length", 128);
		break;
	case ELEMENT_ADDRESS:
		type = attribute(attributes, "type") ?: "";
		snprintf(state->host_type, sizeof(state->host_type), "%s", type);
		break;
	case ELEMENT_BROKER:
	case ELEMENT_DNS_SERVER:
	case ELEMENT_UNKNOWN:
		break;
	}
}

static void XMLCALL on_start(void *data, const XML_Char *name, const XML_Char **attributes)
{
	enum element parent, element = ELEMENT_UNKNOWN;
	struct state *state = data;
	unsigned int i;

	parent = state->stack[state->depth];
	for (i = 0; !state->unknown && i < sizeof(elements) / sizeof(elements[0]); i++)
		if (strcmp(elements[i].name, name) == 0 && elements[i].parents & 1u << parent)
			element = elements[i].element;
	if (!state->depth && element != ELEMENT_TUNNEL) {
		fail(state, "the first element must be \"tunnel\"");
		return;
	}
	if (state->depth == DEPTH_MAX) {
		fail(state, "elements are nested too deep");
		return;
	}
	state->stack[++state->depth] = element;
	if (element == ELEMENT_UNKNOWN)
		state->unknown++;
	else
		start_element(state, element, attributes);
}

static void XMLCALL on_text(void *data, const XML_Char *text, int len)
{
	struct state *state = data;
	enum element element = state->stack[state->depth];

	if (element != ELEMENT_ADDRESS && element != ELEMENT_PREFIX)
		return;
	if (state->len + len >= sizeof(state->text)) {
		fail(state, "an address is too long");
		return;
	}
	memcpy(state->text + state->len, text, len);
	state->len += len;
}

/* The text of an element without blanks around it (RFC 5572's figures have them). */
static const char *trimmed(struct state *state)
{
	char *text = state->text;

	while (state->len && isspace((unsigned char)text[state->len - 1]))
		state->len--;
	text[state->len] = '\0';
	while (isspace((unsigned char)*text))
		text++;
	return text;
}

/* Letters, digits, hyphens, underscores, dots; nothing that means anything elsewhere. */
static bool is_name(const char *text)
{
	size_t i;

	for (i = 0; text[i]; i++)
		if (!isalnum((unsigned char)text[i]) && !strchr("-_.", text[i]))
			return false;
	return i && text[0] != '-';
}

static int read_host(struct state *state, struct tsp_host *ret_host)
{
	const char *text = trimmed(state);
	struct tsp_host host = { .addr.family = AF_UNSPEC };
	int family = AF_UNSPEC;

	if (strcasecmp(state->host_type, "dn") == 0) {
		if (!is_name(text)) {
			fail(state, "a domain name has characters that do not belong there");
			return -EBADMSG;
		}
		snprintf(host.name, sizeof(host.name), "%s", text);
	} else {
		if (strcasecmp(state->host_type, "ipv4") == 0)
			family = AF_INET;
		else if (strcasecmp(state->host_type, "ipv6") == 0)
			family = AF_INET6;
		if (family == AF_UNSPEC || lvn_addr_parse(text, &host.addr) < 0 ||
		    host.addr.family != family) {
			fail(state, "an address is not what its type says");
			return -EBADMSG;
		}
	}
	*ret_host = host;
	return 0;
}

static void add_dns(struct state *state, struct tsp_dns *dns, const struct tsp_host *host)
{
	if (dns->n == TSP_DNS_MAX)
		fail(state, "there are more than %u name servers", TSP_DNS_MAX);
	else
		dns->servers[dns->n++] = *host;
}

/* What an address says of the server or client it is in. */
static void set_end(struct state *state, const struct tsp_host *host)
{
	struct lvn_addr *addr = host->addr.family == AF_INET ? &state->end->v4 : &state->end->v6;

	if (host->addr.family == AF_UNSPEC) {
		if (*state->end->name)
			fail(state, "there are two names of one end");
		memcpy(state->end->name, host->name, sizeof(state->end->name));
	} else {
		if (addr->family != AF_UNSPEC)
			fail(state, "there are two addresses of one type");
		*addr = host->addr;
	}
}

static void end_address(struct state *state, enum element parent, enum element grandparent)
{
	struct tsp_tunnel *tunnel = &state->tunnel;
	struct tsp_host host;

	if (read_host(state, &host) < 0)
		return;
	switch (parent) {
	case ELEMENT_BROKER:
		if (tunnel->n_brokers == TSP_BROKERS_MAX)
			fail(state, "there are more than %u brokers", TSP_BROKERS_MAX);
		else
			tunnel->brokers[tunnel->n_brokers++] = host;
		break;
	case ELEMENT_DNS_SERVER:
		add_dns(state,
			grandparent == ELEMENT_ROUTER ? &state->end->router.dns : &state->end->dns,
			&host);
		break;
	case ELEMENT_KEEPALIVE:
		state->end->keepalive = host.addr;
		break;
	default:
		set_end(state, &host);
	}
}

static void end_prefix(struct state *state)
{
	struct lvn_prefix *prefix = &state->end->router.prefix;
	const char *text = trimmed(state);

	if (*text && (lvn_addr_parse(text, &prefix->addr) < 0 || prefix->addr.family != AF_INET6))
		fail(state, "the prefix is no IPv6 address");
}

static void XMLCALL on_end(void *data, const XML_Char *name)
{
	struct state *state = data;
	enum element element = state->stack[state->depth];

	(void)name;
	if (element == ELEMENT_UNKNOWN)
		state->unknown--;
	else if (element == ELEMENT_ADDRESS)
		end_address(state, state->stack[state->depth - 1], state->stack[state->depth - 2]);
	else if (element == ELEMENT_PREFIX)
		end_prefix(state);
	state->depth--;
}

static void XMLCALL on_doctype(void *data, const XML_Char *name, const XML_Char *system_id,
			       const XML_Char *public_id, int has_internal)
{
	(void)name;
	(void)system_id;
	(void)public_id;
	(void)has_internal;
	fail(data, "document types and entities are not accepted");
}

static void parse(struct state *state, const char *text, size_t len)
{
	XML_Parser parser = state->parser;

	XML_SetUserData(parser, state);
	XML_SetElementHandler(parser, on_start, on_end);
	XML_SetCharacterDataHandler(parser, on_text);
	XML_SetStartDoctypeDeclHandler(parser, on_doctype);
	if (XML_Parse(parser, text, len, XML_TRUE) != XML_STATUS_OK && !*state->why)
		snprintf(state->why, sizeof(state->why), "line %lu: %s",
			 XML_GetCurrentLineNumber(parser),
			 XML_ErrorString(XML_GetErrorCode(parser)));
}

int tsp_tunnel_read(const char *text, size_t len, struct tsp_tunnel *ret_tunnel,
		    char ret_why[TSP_WHY_SIZE])
{
	_cleanup_free_ struct state *state = calloc(1, sizeof(*state));
	int ret = 0;

	*ret_why = '\0';
	if (!state)
		return -ENOMEM;
	if (len > TSP_TEXT_MAX) {
		snprintf(ret_why, TSP_WHY_SIZE, "the message is longer than %d bytes",
			 TSP_TEXT_MAX);
		return -EBADMSG;
	}
	/* UTF-8 whatever a prolog says, so that there is one way to read the bytes */
	state->parser = XML_ParserCreate("UTF-8");
	if (!state->parser)
		return -ENOMEM;
	parse(state, text, len);
	XML_ParserFree(state->parser);
	if (*state->why) {
		memcpy(ret_why, state->why, TSP_WHY_SIZE);
		ret = -EBADMSG;
	} else {
		*ret_tunnel = state->tunnel;
	}
	return ret;
}
