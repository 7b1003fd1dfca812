// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The control channel's messages: from lines to the broker and back.
 */
#include "hub/dialogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/bufferevent_ssl.h>

#include "broker/conf.h"
#include "broker/session.h"
#include "hub/connection.h"
#include "hub/connection_private.h"
#include "hub/hub.h"
#include "hub/stranger.h"
#include "hub/tls.h"
#include "proto/lvn/message.h"

#define WARN_BEFORE_S (14 * 86400)
#define WARN_EVERY_S 86400

/* Codes of the protocol's table that do not end the connection. */
static const char *const mild_codes[] = { "type", "prefix" };

static bool is_fatal(const char *code)
{
	size_t i;

	for (i = 0; i < sizeof(mild_codes) / sizeof(mild_codes[0]); i++)
		if (strcmp(code, mild_codes[i]) == 0)
			return false;
	return true;
}

static void send_error(struct hub_connection *connection, const char *code, const char *text,
		       const char *detail, unsigned int retry_after)
{
	bool is_excused = connection->is_refused && strcmp(code, "order") == 0;
	struct lvn_message message = {
		.type = LVN_MESSAGE_ERROR,
		.fatal = is_fatal(code) && !is_excused,
		.has_retry_after = retry_after,
		.retry_after = retry_after,
	};

	snprintf(message.code, sizeof(message.code), "%s", code);
	snprintf(message.text, sizeof(message.text), "%s", text);
	snprintf(message.detail, sizeof(message.detail), "%s", detail);
	if (hub_stranger_may_log(connection->hub))
		lvn_info("connection %s: refused code=%s detail=%s", connection->peer, code,
			 detail);
	hub_connection_send(connection, &message);
	if (message.fatal)
		hub_connection_close(connection);
}

static void refuse(struct hub_connection *connection, const char *code, const char *detail)
{
	connection->hub->stats.bad_lines++;
	send_error(connection, code, "", detail, 0);
}

static void send_refusal(struct hub_connection *connection, const struct broker_refusal *refusal)
{
	static const struct {
		const char *code;
		unsigned int retry_after;
	} delays[] = {
		{ "pool-exhausted", 60 }, { "limit", 60 },  { "busy", 10 },
		{ "duplicate", 30 },	  { "denied", 60 },
	};
	unsigned int retry_after = 0;
	size_t i;

	for (i = 0; i < sizeof(delays) / sizeof(delays[0]); i++)
		if (strcmp(refusal->code, delays[i].code) == 0)
			retry_after = delays[i].retry_after;
	/* a spoke whose hello was refused mildly may go on as if it had a lease to renew */
	if (connection->state == HELLO)
		connection->is_refused = true;
	send_error(connection, refusal->code, refusal->text, refusal->detail, retry_after);
}

static void fill_endpoints(const struct hub_conf *conf, struct lvn_lease *lease)
{
	unsigned int i, k;

	for (i = 0; i < conf->n_endpoints; i++)
		lease->endpoints[i] = conf->endpoints[i];
	lease->n_endpoints = conf->n_endpoints;
	/* where the spoke reached us, each port once; then the addresses we know by name */
	for (i = 0; !conf->n_endpoints && i < conf->plane.n_listen; i++) {
		for (k = 0; k < lease->n_endpoints; k++)
			if (lease->endpoints[k].port == conf->plane.listen[i].port)
				break;
		if (k == lease->n_endpoints)
			lease->endpoints[lease->n_endpoints++].port = conf->plane.listen[i].port;
	}
	for (i = 0; !conf->n_endpoints && i < conf->plane.n_listen; i++)
		if (!lvn_addr_is_unspecified(&conf->plane.listen[i].addr))
			lease->endpoints[lease->n_endpoints++] = conf->plane.listen[i];
}

static void fill_routes(const struct broker_conf *conf, struct lvn_lease *lease)
{
	unsigned int i;

	for (i = 0; i < conf->n_networks; i++) {
		struct lvn_prefix *route = &lease->routes[lease->n_routes++];

		*route = conf->networks[i];
		lvn_addr_mask(&route->addr, route->len);
		lease->hub[lease->n_hub++] = conf->networks[i].addr;
	}
	for (i = 0; i < conf->n_delegations; i++)
		lease->routes[lease->n_routes++] = conf->delegations[i].prefix;
	for (i = 0; i < conf->n_routes; i++)
		lease->routes[lease->n_routes++] = conf->routes[i];
}

static void fill_addresses(const struct broker_conf *conf, const struct broker_lease *from,
			   struct lvn_lease *lease)
{
	unsigned int i, k;

	for (i = 0; i < from->n_addresses; i++) {
		struct lvn_prefix *prefix = &lease->addresses[lease->n_addresses++];

		prefix->addr = from->addresses[i];
		prefix->len = lvn_addr_bits(&prefix->addr);
		for (k = 0; k < conf->n_networks; k++)
			if (lvn_prefix_contains(&conf->networks[k], &prefix->addr))
				prefix->len = conf->networks[k].len;
	}
	for (i = 0; i < from->n_prefixes; i++)
		lease->prefixes[lease->n_prefixes++] = from->prefixes[i];
}

static void send_lease(struct hub_connection *connection, const char *token, bool resumed)
{
	const struct broker_session *session = connection->session;
	const struct broker_conf *conf = broker_conf(connection->hub->broker);
	struct lvn_message message = { .type = LVN_MESSAGE_LEASE };
	struct lvn_lease *lease = &message.lease;

	lease->version = LVN_PROTOCOL_VERSION;
	lease->features = connection->features;
	strcpy(lease->session, session->id);
	lease->resumed = resumed;
	strcpy(lease->key, session->key);
	lease->counter = broker_session_counter(session);
	strcpy(lease->token, token);
	strcpy(lease->identity, session->lease->identity);
	lease->expires = conf->expires;
	lease->grace = conf->grace;
	lease->mtu = conf->mtu;
	lease->bindings = session->n_bindings;
	lease->keepalive = conf->keepalive;
	lease->timeout = conf->timeout;
	fill_addresses(conf, session->lease, lease);
	fill_routes(conf, lease);
	fill_endpoints(connection->hub->conf, lease);
	hub_connection_send(connection, &message);
	explicit_bzero(&message, sizeof(message));
}

/* Somebody has to make a new certificate: tell in time, and not with each renewal. */
static void warn_of_end(struct hub_connection *connection)
{
	int64_t now = time(NULL), ends = connection->session->credential_ends;
	struct lvn_message message = { .type = LVN_MESSAGE_NOTIFY, .event = "certificate" };

	if (!ends || ends <= now || ends - now > WARN_BEFORE_S ||
	    now - connection->warned_s < WARN_EVERY_S)
		return;
	connection->warned_s = now;
	message.expires = ends - now;
	hub_connection_send(connection, &message);
}

static void send_up(struct hub_connection *connection, const struct broker_binding *binding)
{
	const struct lvn_message message = {
		.type = LVN_MESSAGE_UP,
		.binding = binding->index,
		.mapped = binding->path.remote,
	};

	hub_connection_send(connection, &message);
}

static struct broker_wish to_wish(const struct lvn_request *request)
{
	return (struct broker_wish){
		.is_present = request->is_present,
		.addresses = request->addresses,
		.n_addresses = request->n_addresses,
		.prefixes = request->prefixes,
		.n_prefixes = request->n_prefixes,
	};
}

static void attach(struct hub_connection *connection, struct broker_session *session)
{
	struct hub_connection *old = session->owner;

	if (old && old != connection)
		hub_connection_close(old);
	connection->session = session;
	broker_session_set_owner(connection->hub->broker, session, connection);
	connection->is_refused = false;
	hub_connection_set_state(connection, OPEN);
}

static void handle_hello(struct hub_connection *connection, const struct lvn_hello *hello)
{
	char token[BROKER_TOKEN_SIZE];
	struct broker_claim claim = {
		.token = hello->token,
		.session = hello->session,
		.name = hello->name,
		.wish = to_wish(&hello->request),
	};
	struct broker_refusal refusal;
	struct broker_session *session;
	struct hub_peer peer;
	const char *name;
	bool resumed;
	unsigned int i;

	if (connection->state != HELLO)
		return refuse(connection, "order", "hello");
	if (!hello->has_version)
		return refuse(connection, "version", "");
	if (*hello->unknown_feature)
		return refuse(connection, "feature", hello->unknown_feature);
	if (hub_tls_peer(bufferevent_openssl_get_ssl(connection->bev), &peer) < 0)
		return refuse(connection, "identity", "");
	claim.identity = peer.identity;
	claim.credential = peer.credential;
	claim.credential_ends = peer.ends;
	claim.source = lvn_sources_number(&connection->hub->visitors, &connection->from.addr);
	/* who has no name yet is counted by his network, in the broker */
	name = *peer.identity ? peer.identity : hello->token;
	if (*name && !lvn_sources_take_name(&connection->hub->names, name, lvn_clock_ms()))
		return send_error(connection, "limit", "too many hellos of this identity", "", 10);
	if (broker_hello(connection->hub->broker, &claim, &session, token, &resumed, &refusal) < 0)
		return send_refusal(connection, &refusal);
	connection->features = hello->features;
	attach(connection, session);
	lvn_debug("session %s: connection %s resumed=%d software=%s", session->id, connection->peer,
		  resumed, hello->software);
	send_lease(connection, token, resumed);
	explicit_bzero(token, sizeof(token));
	for (i = 0; i < session->n_bindings; i++)
		if (session->bindings[i].tunnel)
			send_up(connection, &session->bindings[i]);
	warn_of_end(connection);
}

static void handle_renew(struct hub_connection *connection, const struct lvn_request *request)
{
	const struct broker_wish wish = to_wish(request);
	struct broker_refusal refusal;

	if (connection->state != OPEN)
		return refuse(connection, "order", "renew");
	if (!broker_session_may_change(connection->hub->broker, connection->session))
		return send_error(connection, "limit", "too many changes", "", 10);
	if (broker_renew(connection->hub->broker, connection->session, &wish, &refusal) < 0)
		return send_refusal(connection, &refusal);
	send_lease(connection, "", true);
	warn_of_end(connection);
}

static void handle_bye(struct hub_connection *connection, const struct lvn_message *message)
{
	const struct lvn_message bye = { .type = LVN_MESSAGE_BYE, .reason = "exit" };
	struct broker_session *session = connection->session;

	if (session) {
		/* its end is answered here, not by ended() */
		broker_session_set_owner(connection->hub->broker, session, NULL);
		connection->session = NULL;
		broker_end(connection->hub->broker, session, BROKER_EXIT, 0, message->release);
	}
	hub_connection_send(connection, &bye);
	hub_connection_close(connection);
}

static void on_line(struct hub_connection *connection, const char *line, size_t len)
{
	struct lvn_fault fault;
	struct lvn_message message;

	if (!lvn_ratelimit_take(&connection->limit, lvn_clock_ms()))
		return refuse(connection, "limit", "");
	if (lvn_message_parse(line, len, &message, &fault) < 0)
		return refuse(connection, fault.code, fault.detail);
	switch (message.type) {
	case LVN_MESSAGE_HELLO:
		handle_hello(connection, &message.hello);
		break;
	case LVN_MESSAGE_RENEW:
		handle_renew(connection, &message.request);
		break;
	case LVN_MESSAGE_BYE:
		handle_bye(connection, &message);
		break;
	case LVN_MESSAGE_UNKNOWN:
		refuse(connection, "type", message.detail);
		break;
	default:
		refuse(connection, "order", lvn_message_type_name(message.type));
	}
	explicit_bzero(&message, sizeof(message));
}

static void on_up(void *arg, struct broker_session *session, unsigned int index)
{
	(void)arg;
	if (session->owner)
		send_up(session->owner, &session->bindings[index]);
}

static void on_down(void *arg, struct broker_session *session, unsigned int index,
		    enum broker_reason reason)
{
	struct lvn_message message = { .type = LVN_MESSAGE_DOWN, .binding = index };

	(void)arg;
	/* a session that ends tells its bindings' end by its own */
	if (!session->owner || reason <= BROKER_REPLACED)
		return;
	snprintf(message.reason, sizeof(message.reason), "%s", broker_reason_name(reason));
	hub_connection_send(session->owner, &message);
}

static void on_ended(void *arg, struct broker_session *session, enum broker_reason reason,
		     unsigned int retry_after)
{
	struct lvn_message message = {
		.type = LVN_MESSAGE_BYE,
		.has_retry_after = retry_after,
		.retry_after = retry_after,
	};
	struct hub_connection *connection = session->owner;

	(void)arg;
	if (!connection)
		return;
	snprintf(message.reason, sizeof(message.reason), "%s", broker_reason_name(reason));
	hub_connection_send(connection, &message);
	hub_connection_close(connection);
}

static void on_changed(void *arg, struct broker_session *session)
{
	const struct lvn_message message = { .type = LVN_MESSAGE_NOTIFY, .event = "changed" };

	(void)arg;
	if (session->owner)
		hub_connection_send(session->owner, &message);
}

static bool on_judge(void *arg, const char *credential)
{
	const struct hub *hub = arg;

	return hub_tls_judge(hub->tls, credential);
}

const struct hub_dialogue *hub_dialogue(void)
{
	static const struct hub_dialogue dialogue = { .line = on_line, .refuse = refuse };

	return &dialogue;
}

void hub_dialogue_front(struct hub *hub, struct broker_front *front)
{
	*front = (struct broker_front){
		.arg = hub,
		.up = on_up,
		.down = on_down,
		.ended = on_ended,
		.changed = on_changed,
		.judge = on_judge,
	};
}
