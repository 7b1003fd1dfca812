// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * STUN requests: who asked, may he, where is he. Nothing here remembers a stranger; what is
 * remembered of a spoke is the broker's.
 */
#include "hub/binding.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "broker/conf.h"
#include "broker/dataplane.h"
#include "broker/session.h"
#include "server/dataplane.h"
#include "hub/hub.h"
#include "hub/stranger.h"
#include "lib/base/wire.h"
#include "proto/stun/stun.h"

/* Cookies change so often while consent lasts, and are good for so many changes. */
#define COOKIES_A_TIMEOUT 16
#define COOKIES_GOOD (COOKIES_A_TIMEOUT / 2)
/* The longest success with a cookie: nothing is longer than what it answers. */
#define ROOM_FOR_COOKIE 100

/**
 * struct exchange - one request being answered
 * @hub: whose
 * @frame: it came in
 * @request: what it says
 * @session: of the spoke, NULL for a stranger
 */
struct exchange {
	struct hub *hub;
	const struct server_frame *frame;
	const struct stun_message *request;
	struct broker_session *session;
};

/*
 * No answer is longer than its request, but those to plain ones as the operator likes: a client
 * that pads nothing could get none. Their rate is bounded.
 */
static bool may_be_longer(const struct exchange *exchange)
{
	return !exchange->request->username && exchange->hub->conf->stun == STUN_ANY;
}

static void answer(const struct exchange *exchange, struct stun_message *message)
{
	const struct server_frame *frame = exchange->frame;
	uint8_t buf[STUN_MAX];
	struct server_frame out = {
		.listener = frame->listener,
		.local = frame->local,
		.remote = frame->remote,
		.payload = buf,
	};
	const char *key = exchange->session ? exchange->session->key : "";

	memcpy(message->txid, exchange->request->txid, sizeof(message->txid));
	message->magic = exchange->request->magic;
	if (stun_write(message, key, strlen(key), buf, sizeof(buf), &out.len) < 0)
		return;
	if (out.len > frame->len && !may_be_longer(exchange))
		return;
	server_dataplane_send(exchange->hub->dataplane, &out);
}

static void answer_error(const struct exchange *exchange, unsigned int error)
{
	struct stun_message message = {
		.type = STUN_ERROR,
		.error = error,
		.has_integrity = exchange->session,
		.has_fingerprint = true,
	};
	unsigned int i;

	if (error == STUN_UNKNOWN_ATTRIBUTE) {
		message.n_unknown = exchange->request->n_unknown;
		for (i = 0; i < message.n_unknown; i++)
			message.unknown[i] = exchange->request->unknown[i];
	}
	answer(exchange, &message);
}

/* How long a cookie is given out, before another one is. */
static uint64_t cookie_ms(const struct hub *hub)
{
	return broker_conf(hub->broker)->timeout * 1000ull / COOKIES_A_TIMEOUT;
}

/*
 * What the cookie promises: this session's binding was asked for from there, then. Whoever shows it
 * has received our answer there.
 */
static void make_cookie(const struct exchange *exchange, uint64_t epoch,
			uint8_t ret[STUN_COOKIE_LEN])
{
	const struct server_frame *frame = exchange->frame;
	uint8_t text[96], sum[32];
	struct lvn_wire_writer writer;

	lvn_wire_writer_init(&writer, text, sizeof(text));
	lvn_wire_write_u64(&writer, epoch);
	lvn_wire_write(&writer, exchange->session->id, BROKER_SESSION_SIZE - 1);
	lvn_wire_write_u16(&writer, exchange->request->binding.index);
	lvn_wire_write_u32(&writer, frame->listener);
	lvn_wire_write_u16(&writer, frame->remote.port);
	lvn_wire_write_u8(&writer, frame->remote.addr.family);
	lvn_wire_write(&writer, frame->remote.addr.bytes, lvn_addr_bits(&frame->remote.addr) / 8);
	HMAC(EVP_sha256(), exchange->hub->secret, HUB_SECRET_LEN, text, lvn_wire_len(&writer), sum,
	     NULL);
	memcpy(ret, sum, STUN_COOKIE_LEN);
}

static void make_fresh_cookie(const struct exchange *exchange, uint8_t ret[STUN_COOKIE_LEN])
{
	make_cookie(exchange, lvn_clock_ms() / cookie_ms(exchange->hub), ret);
}

static void answer_success(const struct exchange *exchange)
{
	uint8_t cookie[STUN_COOKIE_LEN];
	struct stun_message message = {
		.type = STUN_SUCCESS,
		.mapped = exchange->frame->remote,
		.is_plain_mapped = !exchange->request->has_magic,
		.has_integrity = exchange->session,
		.has_fingerprint = exchange->session || exchange->request->has_fingerprint,
	};

	/* what it shows with its next request, so that none has to be asked twice */
	if (exchange->session && exchange->frame->len >= ROOM_FOR_COOKIE) {
		make_fresh_cookie(exchange, cookie);
		message.cookie = cookie;
	}
	/* a stranger's fingerprint only if there is room for ours */
	if (!exchange->session &&
	    exchange->frame->len < (lvn_addr_bits(&message.mapped.addr) == 32 ? 40 : 52))
		message.has_fingerprint = false;
	answer(exchange, &message);
}

static bool may_answer_stranger(const struct exchange *exchange)
{
	struct hub *hub = exchange->hub;

	if (lvn_sources_take(&hub->strangers, &exchange->frame->remote.addr, lvn_clock_ms()))
		return true;
	hub->stats.stun_limited++;
	return false;
}

static void handle_plain(const struct exchange *exchange)
{
	const struct stun_message *request = exchange->request;
	struct hub *hub = exchange->hub;

	if (hub->conf->stun == STUN_OFF || (hub->conf->stun == STUN_PADDED && !request->has_magic))
		return;
	/* old clients take any answer for what they asked, say from another address */
	if (request->n_unknown && !request->has_magic)
		return;
	if (!may_answer_stranger(exchange))
		return;
	hub->stats.stun_plain++;
	if (request->n_unknown)
		answer_error(exchange, STUN_UNKNOWN_ATTRIBUTE);
	else
		answer_success(exchange);
}

static void handle_unauthenticated(struct exchange *exchange)
{
	exchange->session = NULL;
	if (may_answer_stranger(exchange))
		answer_error(exchange, STUN_UNAUTHENTICATED);
}

/* Return: when the cookie was given out first, monotonic; 0 if it is old, or none of ours. */
static uint64_t proved_ms(const struct exchange *exchange)
{
	uint64_t each_ms = cookie_ms(exchange->hub), epoch = lvn_clock_ms() / each_ms;
	uint8_t cookie[STUN_COOKIE_LEN];
	unsigned int i;

	for (i = 0; exchange->request->cookie && i < COOKIES_GOOD && i < epoch; i++) {
		make_cookie(exchange, epoch - i, cookie);
		if (CRYPTO_memcmp(cookie, exchange->request->cookie, sizeof(cookie)) == 0)
			return (epoch - i) * each_ms;
	}
	return 0;
}

static void ask_for_proof(const struct exchange *exchange)
{
	uint8_t cookie[STUN_COOKIE_LEN];
	struct stun_message message = {
		.type = STUN_ERROR,
		.error = STUN_PROVE,
		.cookie = cookie,
		.has_integrity = true,
		.has_fingerprint = true,
	};

	make_fresh_cookie(exchange, cookie);
	exchange->hub->stats.stun_proofs++;
	answer(exchange, &message);
}

static void answer_replay(const struct exchange *exchange, uint64_t counter)
{
	struct stun_message message = {
		.type = STUN_ERROR,
		.error = STUN_REPLAY,
		.has_counter = true,
		.counter = counter,
		.has_integrity = true,
		.has_fingerprint = true,
	};

	exchange->hub->stats.stun_replayed++;
	answer(exchange, &message);
}

/* The binding is there already, and it is not long ago that it was proved. */
static bool is_known_at(const struct hub *hub, const struct broker_binding *binding,
			const struct broker_path *path)
{
	return binding->tunnel && broker_is_consent_fresh(hub->broker, binding) &&
	       binding->path.listener == path->listener &&
	       lvn_endpoint_equal(&binding->path.remote, &path->remote);
}

/* Who may not gets no answer, as if the request was lost: he asks again, later and later. */
static bool may_change(const struct exchange *exchange)
{
	if (broker_session_may_change(exchange->hub->broker, exchange->session))
		return true;
	exchange->hub->stats.stun_limited++;
	return false;
}

/* A tunnel inside the tunnels: packets would go in circles. */
static void refuse_inside(const struct exchange *exchange)
{
	char text[LVN_ADDR_TEXT_SIZE];

	exchange->hub->stats.stun_inside++;
	if (hub_stranger_may_log(exchange->hub))
		lvn_info("session %s: no binding at %s, which is inside the overlay",
			 exchange->session->id,
			 lvn_endpoint_format(&exchange->frame->remote, text));
	answer_error(exchange, STUN_FORBIDDEN);
}

/* The request is the spoke's own, and none of the past. */
static void handle_binding(const struct exchange *exchange, struct broker_binding *binding)
{
	const struct stun_message *request = exchange->request;
	const struct server_frame *frame = exchange->frame;
	const struct broker_path path = {
		.listener = frame->listener,
		.local = frame->local,
		.remote = frame->remote,
	};
	const struct broker_bind bind = {
		.index = binding->index,
		.priority = request->binding.priority,
		.weight = request->binding.weight,
		.counter = request->counter,
		.proved_ms = proved_ms(exchange),
		.path = &path,
	};
	int ret;

	if (request->binding.flags & STUN_RELEASE) {
		if (binding->tunnel && !may_change(exchange))
			return;
		broker_unbind(exchange->hub->broker, exchange->session, binding->index,
			      request->counter, BROKER_RELEASED);
		answer_success(exchange);
		return;
	}
	if (server_dataplane_is_own(exchange->hub->dataplane, frame)) {
		refuse_inside(exchange);
		return;
	}
	if (!bind.proved_ms && !is_known_at(exchange->hub, binding, &path)) {
		ask_for_proof(exchange);
		return;
	}
	if (broker_bind_is_change(exchange->session, &bind) && !may_change(exchange))
		return;
	ret = broker_bind(exchange->hub->broker, exchange->session, &bind);
	if (ret == -EPERM)
		refuse_inside(exchange);
	else if (ret < 0)
		answer_error(exchange, STUN_SERVER_ERROR);
	else
		answer_success(exchange);
}

static void handle_spoke(struct exchange *exchange)
{
	const struct stun_message *request = exchange->request;
	struct hub *hub = exchange->hub;
	struct broker_binding *binding;
	struct broker_session *session;

	session = broker_session_lookup(hub->broker, request->username, request->username_len);
	exchange->session = session;
	if (!session) {
		hub->stats.stun_unknown++;
		handle_unauthenticated(exchange);
		return;
	}
	if (stun_verify(request, exchange->frame->payload, session->key, strlen(session->key)) <
	    0) {
		hub->stats.stun_forged++;
		handle_unauthenticated(exchange);
		return;
	}
	if (request->n_unknown) {
		answer_error(exchange, STUN_UNKNOWN_ATTRIBUTE);
		return;
	}
	if (!request->has_counter || request->binding.index >= session->n_bindings) {
		hub->stats.stun_malformed++;
		return;
	}
	binding = &session->bindings[request->binding.index];
	if (request->counter <= binding->counter) {
		answer_replay(exchange, binding->counter);
		return;
	}
	hub->stats.stun_good++;
	handle_binding(exchange, binding);
}

void hub_binding_frame(struct hub *hub, const struct server_frame *frame)
{
	struct stun_message request;
	struct exchange exchange = { .hub = hub, .frame = frame, .request = &request };

	if (stun_parse(frame->payload, frame->len, &request) < 0 || request.type != STUN_REQUEST) {
		hub->stats.stun_malformed++;
		return;
	}
	if (!request.username)
		handle_plain(&exchange);
	else if (request.has_magic)
		handle_spoke(&exchange);
}
