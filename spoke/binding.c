// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The state machine of a binding; its table is in binding.h, its times are those of
 * docs/protocol/lvn.md section 2.3.
 */
#include "spoke/binding.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/event.h>
#include <event2/util.h>
#include <openssl/crypto.h>

#include "lib/base/log.h"
#include "proto/stun/stun.h"
#include "spoke/backoff.h"

#define TRIES_MAX 7
#define SUSPECT_AFTER 3
#define STEP_MIN_MS 250
#define STEP_BOUND_MIN_MS 500
#define STEP_MAX_MS 2000
#define ROUNDS_FAST 3

/* How many requests may be under way: more than are sent in the 5 s that an answer may take. */
#define PENDING_MAX 8

/**
 * struct pending - a request under way
 * @txid: its transaction id
 * @to: where it went
 * @sent_us: when; 0 if there is none
 */
struct pending {
	uint8_t txid[STUN_TXID_LEN];
	struct lvn_endpoint to;
	uint64_t sent_us;
};

/**
 * struct lvn_binding - see the table in binding.h
 * @owner: who sends and is told
 * @params: what to send
 * @timer: the next request
 * @status: what the owner may see; @age_ms is not kept in it
 * @at: index of the endpoint in use
 * @tries: requests since the last answer, or since the endpoint was chosen
 * @rounds: of all endpoints since it was bound
 * @answered_us: when the last answer came, or the binding was bound
 * @pending: requests under way
 * @next_pending: which of them is the oldest
 * @has_cookie: the endpoint in use has given us one
 * @cookie: the last one, shown with the next request
 */
struct lvn_binding {
	struct lvn_binding_owner owner;
	struct lvn_binding_params params;
	struct event *timer;
	struct lvn_binding_status status;
	unsigned int at;
	unsigned int tries;
	unsigned int rounds;
	uint64_t answered_us;
	struct pending pending[PENDING_MAX];
	unsigned int next_pending;
	bool has_cookie;
	uint8_t cookie[STUN_COOKIE_LEN];
};

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void wait_ms(struct lvn_binding *binding, uint64_t ms)
{
	struct timeval delay = { (time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000) };

	event_add(binding->timer, &delay);
}

static const struct lvn_endpoint *endpoint_of(const struct lvn_binding *binding)
{
	return &binding->params.endpoints[binding->at];
}

static int send_request(struct lvn_binding *binding, uint16_t flags)
{
	const struct lvn_binding_params *params = &binding->params;
	struct pending *pending = &binding->pending[binding->next_pending];
	struct stun_message message = {
		.type = STUN_REQUEST,
		.has_magic = true,
		.username = params->session,
		.username_len = (uint16_t)strlen(params->session),
		.has_counter = true,
		.counter = ++*params->counter,
		.has_binding = true,
		.binding = { params->index, params->priority, params->weight, flags },
		.cookie = binding->has_cookie ? binding->cookie : NULL,
		.has_integrity = true,
		.has_fingerprint = true,
	};
	uint8_t buf[STUN_MAX];
	size_t len;
	int ret;

	evutil_secure_rng_get_bytes(message.txid, sizeof(message.txid));
	ret = stun_write(&message, params->key, strlen(params->key), buf, sizeof(buf), &len);
	if (ret)
		return ret;
	memcpy(pending->txid, message.txid, sizeof(pending->txid));
	pending->to = *endpoint_of(binding);
	pending->sent_us = now_us();
	binding->next_pending = (binding->next_pending + 1) % PENDING_MAX;
	binding->status.requests++;
	return binding->owner.send(binding->owner.arg, endpoint_of(binding), buf, len);
}

static void keep_cookie(struct lvn_binding *binding, const uint8_t *cookie)
{
	binding->has_cookie = cookie;
	if (cookie)
		memcpy(binding->cookie, cookie, sizeof(binding->cookie));
}

/* The wait after the request that was just sent, while no answer came. */
static uint32_t step_ms(const struct lvn_binding *binding)
{
	uint32_t step = STEP_MIN_MS;
	uint32_t rtt3_ms = binding->status.rtt_us / 1000 * 3;

	if (binding->status.state == LVN_BINDING_SEARCHING) {
		for (unsigned int i = 1; i < binding->tries && step < STEP_MAX_MS; i++)
			step *= 2;
		/* Nobody there for long: no more often than a keepalive. */
		if (binding->rounds > ROUNDS_FAST)
			step = binding->params.keepalive_ms > STEP_MAX_MS ?
				       binding->params.keepalive_ms / 2 :
				       STEP_MAX_MS;
		return step > STEP_MAX_MS && binding->rounds <= ROUNDS_FAST ? STEP_MAX_MS : step;
	}
	if (binding->tries <= 1)
		return rtt3_ms > STEP_BOUND_MIN_MS ? rtt3_ms : STEP_BOUND_MIN_MS;
	step = STEP_BOUND_MIN_MS;
	for (unsigned int i = 2; i < binding->tries && step < STEP_MAX_MS; i++)
		step *= 2;
	return step;
}

/* Go to the next endpoint. The owner is told of the end of a round, and may have stopped us. */
static void next_endpoint(struct lvn_binding *binding)
{
	binding->owner.tell(binding->owner.arg, LVN_BINDING_EVENT_SILENT);
	if (binding->status.state == LVN_BINDING_OFF)
		return;
	binding->tries = 0;
	binding->has_cookie = false;
	binding->at++;
	if (binding->at < binding->params.n_endpoints)
		return;
	binding->at = 0;
	binding->rounds++;
	binding->owner.tell(binding->owner.arg, LVN_BINDING_EVENT_ROUND);
}

static void lose(struct lvn_binding *binding)
{
	binding->status.state = LVN_BINDING_SEARCHING;
	binding->status.losses++;
	binding->rounds = 0;
	binding->tries = 0;
	binding->has_cookie = false;
	binding->at = (binding->at + 1) % binding->params.n_endpoints;
	binding->owner.tell(binding->owner.arg, LVN_BINDING_EVENT_LOST);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct lvn_binding *binding = arg;
	enum lvn_binding_state *state = &binding->status.state;
	uint64_t silent_ms = (now_us() - binding->answered_us) / 1000;

	(void)fd;
	(void)what;
	if (*state != LVN_BINDING_SEARCHING && binding->tries &&
	    silent_ms >= binding->params.timeout_ms)
		lose(binding);
	else if (*state == LVN_BINDING_SEARCHING && binding->tries >= TRIES_MAX)
		next_endpoint(binding);
	if (*state == LVN_BINDING_OFF)
		return;
	if (*state == LVN_BINDING_BOUND && binding->tries == SUSPECT_AFTER) {
		*state = LVN_BINDING_SUSPECT;
		binding->owner.tell(binding->owner.arg, LVN_BINDING_EVENT_SUSPECT);
		if (*state == LVN_BINDING_OFF)
			return;
	}
	binding->tries++;
	/* An endpoint of a family that we have no route for fails at once: try it only twice. */
	if (send_request(binding, 0) && *state == LVN_BINDING_SEARCHING && binding->tries >= 2)
		binding->tries = TRIES_MAX;
	wait_ms(binding, step_ms(binding));
}

static void on_success(struct lvn_binding *binding, const struct stun_message *message,
		       const struct pending *pending)
{
	struct lvn_binding_status *status = &binding->status;
	enum lvn_binding_state before = status->state;
	bool is_moved = status->mapped.addr.family &&
			!lvn_endpoint_equal(&status->mapped, &message->mapped);
	uint32_t keepalive_ms = binding->params.keepalive_ms;

	status->mapped = message->mapped;
	status->rtt_us = (uint32_t)(now_us() - pending->sent_us);
	status->state = LVN_BINDING_BOUND;
	status->answers++;
	keep_cookie(binding, message->cookie);
	binding->answered_us = now_us();
	binding->rounds = 0;
	binding->tries = 0;
	wait_ms(binding, keepalive_ms - lvn_random(keepalive_ms / 5 + 1));
	if (is_moved)
		status->moves++;
	if (before != LVN_BINDING_BOUND)
		binding->owner.tell(binding->owner.arg, LVN_BINDING_EVENT_BOUND);
	else if (is_moved)
		binding->owner.tell(binding->owner.arg, LVN_BINDING_EVENT_MOVED);
}

static void on_error(struct lvn_binding *binding, const struct stun_message *message)
{
	switch (message->error) {
	case STUN_PROVE:
		keep_cookie(binding, message->cookie);
		if (message->cookie)
			send_request(binding, 0);
		return;
	case STUN_REPLAY:
		if (message->has_counter && message->counter > *binding->params.counter)
			*binding->params.counter = message->counter;
		send_request(binding, 0);
		return;
	case STUN_SERVER_ERROR:
		/* It is there, but cannot: no haste. */
		wait_ms(binding, binding->params.keepalive_ms);
		return;
	default:
		lvn_debug("binding %u: error %u", binding->params.index, message->error);
	}
}

static struct pending *pending_lookup(struct lvn_binding *binding, const struct lvn_endpoint *from,
				      const uint8_t *txid)
{
	for (unsigned int i = 0; i < PENDING_MAX; i++) {
		struct pending *pending = &binding->pending[i];

		if (pending->sent_us && lvn_endpoint_equal(&pending->to, from) &&
		    !memcmp(pending->txid, txid, sizeof(pending->txid)))
			return pending;
	}
	return NULL;
}

bool lvn_binding_input(struct lvn_binding *binding, const struct lvn_endpoint *from,
		       const struct lvn_addr *local, const void *data, size_t len)
{
	const struct lvn_binding_params *params = &binding->params;
	struct stun_message message;
	struct pending *pending;
	struct pending found;

	if (binding->status.state == LVN_BINDING_OFF || stun_parse(data, len, &message) ||
	    (message.type != STUN_SUCCESS && message.type != STUN_ERROR))
		return false;
	pending = pending_lookup(binding, from, message.txid);
	if (!pending)
		return false;
	if (stun_verify(&message, data, params->key, strlen(params->key))) {
		/* Only a hint, as anyone on the path can send it. */
		if (message.type == STUN_ERROR && message.error == STUN_UNAUTHENTICATED)
			binding->owner.tell(binding->owner.arg, LVN_BINDING_EVENT_REFUSED);
		return true;
	}
	found = *pending;
	pending->sent_us = 0;
	binding->status.local = *local;
	if (message.type == STUN_ERROR)
		on_error(binding, &message);
	else if (message.mapped.addr.family && lvn_endpoint_equal(&found.to, endpoint_of(binding)))
		on_success(binding, &message, &found);
	return true;
}

int lvn_binding_create(struct event_base *base, const struct lvn_binding_owner *owner,
		       struct lvn_binding **ret)
{
	struct lvn_binding *binding;

	binding = calloc(1, sizeof(*binding));
	if (!binding)
		return -ENOMEM;
	binding->owner = *owner;
	binding->timer = event_new(base, -1, 0, on_timer, binding);
	if (!binding->timer) {
		free(binding);
		return -ENOMEM;
	}
	*ret = binding;
	return 0;
}

void lvn_binding_destroy(struct lvn_binding *binding)
{
	if (!binding)
		return;
	event_free(binding->timer);
	OPENSSL_cleanse(binding, sizeof(*binding));
	free(binding);
}

void lvn_binding_start(struct lvn_binding *binding, const struct lvn_binding_params *params)
{
	bool is_same = binding->status.state != LVN_BINDING_OFF &&
		       !strcmp(binding->params.session, params->session) &&
		       !strcmp(binding->params.key, params->key);
	struct lvn_endpoint endpoint = *endpoint_of(binding);

	binding->params = *params;
	if (is_same) {
		for (unsigned int i = 0; i < params->n_endpoints; i++) {
			if (!lvn_endpoint_equal(&params->endpoints[i], &endpoint))
				continue;
			binding->at = i;
			/* The session is known to the hub again: see whether we are. */
			if (binding->status.state != LVN_BINDING_BOUND || binding->tries)
				lvn_binding_poke(binding);
			return;
		}
	}
	memset(binding->pending, 0, sizeof(binding->pending));
	binding->has_cookie = false;
	binding->at = 0;
	binding->tries = 0;
	binding->rounds = 0;
	binding->answered_us = now_us();
	binding->status.state = LVN_BINDING_SEARCHING;
	wait_ms(binding, 0);
}

void lvn_binding_stop(struct lvn_binding *binding)
{
	event_del(binding->timer);
	binding->status.state = LVN_BINDING_OFF;
}

void lvn_binding_poke(struct lvn_binding *binding)
{
	if (binding->status.state == LVN_BINDING_OFF)
		return;
	/* Fresh tries, but the time since the last answer goes on. */
	binding->tries = 0;
	wait_ms(binding, 0);
}

void lvn_binding_doubt(struct lvn_binding *binding)
{
	if (binding->status.state != LVN_BINDING_BOUND)
		return;
	memset(binding->pending, 0, sizeof(binding->pending));
	binding->status.state = LVN_BINDING_SUSPECT;
}

void lvn_binding_release(struct lvn_binding *binding)
{
	if (binding->status.state == LVN_BINDING_OFF)
		return;
	send_request(binding, STUN_RELEASE);
	lvn_binding_stop(binding);
}

void lvn_binding_status(const struct lvn_binding *binding, struct lvn_binding_status *ret)
{
	*ret = binding->status;
	ret->endpoint = *endpoint_of(binding);
	ret->age_ms = ret->answers ? (now_us() - binding->answered_us) / 1000 : UINT64_MAX;
}

const char *lvn_binding_state_name(enum lvn_binding_state state)
{
	switch (state) {
	case LVN_BINDING_OFF:
		return "off";
	case LVN_BINDING_SEARCHING:
		return "searching";
	case LVN_BINDING_BOUND:
		return "bound";
	case LVN_BINDING_SUSPECT:
		return "suspect";
	}
	return "unknown";
}
