// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sessions: making, resuming, renewing and ending them.
 */
#include "broker/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <utlist.h>

#include "broker/private.h"
#include "lib/base/cleanup.h"

/* How long a session lives that has had no tunnel yet; and one of a stranger who is gone. */
#define UNBOUND_MS 60000
#define ALONE_MS 10000
/* What a session may change: its bindings, their shares, its prefixes. */
#define CHANGES_RATE 5
#define CHANGES_BURST 20

static void to_hex(const unsigned char *bytes, size_t len, char *ret)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < len; i++) {
		ret[2 * i] = digits[bytes[i] >> 4];
		ret[2 * i + 1] = digits[bytes[i] & 15];
	}
	ret[2 * len] = '\0';
}

/* 32 random bytes as 43 characters of base64url */
static int make_secret(char ret[BROKER_KEY_SIZE])
{
	unsigned char bytes[32], text[BROKER_KEY_SIZE + 4];
	unsigned int i;

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return -EIO;
	EVP_EncodeBlock(text, bytes, sizeof(bytes));
	for (i = 0; i < BROKER_KEY_SIZE - 1; i++)
		ret[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
	ret[i] = '\0';
	OPENSSL_cleanse(bytes, sizeof(bytes));
	OPENSSL_cleanse(text, sizeof(text));
	return 0;
}

struct broker_session *broker_session_lookup(struct broker *broker, const char *id, size_t len)
{
	struct broker_session *session = NULL;

	if (len == BROKER_SESSION_SIZE - 1)
		HASH_FIND(hh, broker->sessions, id, len, session);
	return session;
}

static bool is_made_up(const struct broker_session *session)
{
	return session->lease->identity[0] == '~';
}

void broker_session_set_owner(struct broker *broker, struct broker_session *session, void *owner)
{
	session->owner = owner;
	if (!owner && !session->was_bound && is_made_up(session))
		broker_session_prolong(broker, session, ALONE_MS);
}

bool broker_session_may_change(const struct broker *broker, struct broker_session *session)
{
	return lvn_ratelimit_take(&session->changes, broker->clock.monotonic_ms());
}

uint64_t broker_session_counter(const struct broker_session *session)
{
	uint64_t counter = 0;
	unsigned int i;

	for (i = 0; i < session->n_bindings; i++)
		if (session->bindings[i].counter > counter)
			counter = session->bindings[i].counter;
	return counter;
}

uint32_t broker_session_expires(const struct broker *broker, const struct broker_session *session)
{
	uint64_t now = broker->clock.monotonic_ms();

	return session->expires_ms > now ? (session->expires_ms - now) / 1000 : 0;
}

void broker_session_prolong(struct broker *broker, struct broker_session *session, uint64_t ms)
{
	struct broker_session *before;

	if (session->prev)
		DL_DELETE(broker->expiring, session);
	session->expires_ms = broker->clock.monotonic_ms() + ms;
	/* nearly always the last one: all have the same life */
	if (!broker->expiring || broker->expiring->prev->expires_ms <= session->expires_ms) {
		DL_APPEND(broker->expiring, session);
		return;
	}
	DL_FOREACH(broker->expiring, before)
		if (before->expires_ms > session->expires_ms)
			break;
	DL_PREPEND_ELEM(broker->expiring, before, session);
}

static void session_free(struct broker_session *session)
{
	OPENSSL_cleanse(session->key, sizeof(session->key));
	free(session->bindings);
	free(session->credential);
	free(session->name);
	free(session);
}

static int session_new(struct broker_lease *lease, const char *name, const char *credential,
		       unsigned int n_bindings, struct broker_session **ret)
{
	struct broker_session *session = calloc(1, sizeof(*session));
	unsigned int i;

	if (!session)
		return -ENOMEM;
	session->name = strdup(name);
	session->credential = strdup(credential);
	session->bindings = calloc(n_bindings, sizeof(*session->bindings));
	if (!session->name || !session->credential || !session->bindings) {
		session_free(session);
		return -ENOMEM;
	}
	session->n_bindings = n_bindings;
	for (i = 0; i < n_bindings; i++) {
		session->bindings[i].session = session;
		session->bindings[i].index = i;
	}
	session->lease = lease;
	lvn_ratelimit_init(&session->changes, CHANGES_RATE, CHANGES_BURST);
	*ret = session;
	return 0;
}

static void session_link(struct broker *broker, struct broker_session *session, uint64_t ms)
{
	struct broker_lease *lease = session->lease;

	DL_DELETE(broker->grace, lease);
	lease->free_at = 0;
	lease->session = session;
	HASH_ADD(hh, broker->sessions, id, BROKER_SESSION_SIZE - 1, session);
	broker_session_prolong(broker, session, ms);
	broker_state_change(lease, BROKER_EVENT_BEGIN);
}

int broker_session_create(struct broker *broker, struct broker_lease *lease,
			  const struct broker_claim *claim, struct broker_session **ret_session)
{
	struct broker_session *session;
	unsigned char id[8];
	int ret;

	ret = session_new(lease, claim->name, claim->credential, broker->conf->bindings, &session);
	if (ret < 0)
		return ret;
	do {
		ret = RAND_bytes(id, sizeof(id)) == 1 ? make_secret(session->key) : -EIO;
		to_hex(id, sizeof(id), session->id);
	} while (!ret && broker_session_lookup(broker, session->id, BROKER_SESSION_SIZE - 1));
	if (ret < 0) {
		session_free(session);
		return ret;
	}
	session->credential_ends = claim->credential_ends;
	session->created_at = broker->clock.wall_s();
	session_link(broker, session, UNBOUND_MS);
	*ret_session = session;
	return 0;
}

int broker_session_load(struct broker *broker, const struct broker_session_record *record)
{
	struct broker_lease *lease = broker_lease_lookup(broker, record->identity);
	int64_t left = record->expires_at - broker->clock.wall_s();
	struct broker_session *session;
	int ret;

	if (!lease || lease->session || strlen(record->id) != BROKER_SESSION_SIZE - 1 ||
	    strlen(record->key) != BROKER_KEY_SIZE - 1 || !record->bindings ||
	    record->bindings > BROKER_BINDINGS_MAX)
		return -EINVAL;
	ret = session_new(lease, record->name, record->credential, record->bindings, &session);
	if (ret < 0)
		return ret;
	strcpy(session->id, record->id);
	strcpy(session->key, record->key);
	session->credential_ends = record->credential_ends;
	session->created_at = record->created_at;
	/* a clock that was wrong must neither kill a session nor make it immortal */
	if (left > broker->conf->expires || left < broker->conf->timeout)
		left = broker->conf->timeout;
	/* otherwise its end is near anyway */
	session->was_bound = true;
	session_link(broker, session, left * 1000ull);
	return 0;
}

void broker_session_destroy(struct broker *broker, struct broker_session *session)
{
	unsigned int i;

	for (i = 0; i < session->n_bindings; i++)
		broker_binding_forget_unsaved(broker, &session->bindings[i]);
	if (session->is_unsaved)
		broker->n_unsaved--;
	if (session->prev)
		DL_DELETE(broker->expiring, session);
	HASH_DEL(broker->sessions, session);
	session->lease->session = NULL;
	session_free(session);
}

static int token_identity(const char *token, char ret_identity[BROKER_IDENTITY_SIZE],
			  char ret_secret[65])
{
	unsigned char digest[32];

	if (!EVP_Digest(token, strlen(token), digest, NULL, EVP_sha256(), NULL))
		return -EIO;
	to_hex(digest, sizeof(digest), ret_secret);
	ret_identity[0] = '~';
	memcpy(ret_identity + 1, ret_secret, 16);
	ret_identity[17] = '\0';
	return 0;
}

/* Who is it, if no certificate says so: whoever knows the token, or somebody new. */
static int find_anonymous(struct broker *broker, const struct broker_claim *claim,
			  char identity[BROKER_IDENTITY_SIZE], char secret[65], char *ret_token,
			  struct broker_refusal *refusal)
{
	const struct broker_lease *lease;

	if (!*claim->token) {
		if (broker_admit(broker, claim->source, refusal) < 0)
			return -EPERM;
		if (make_secret(ret_token) < 0 || token_identity(ret_token, identity, secret) < 0)
			return broker_refuse(broker, refusal, "busy", "no random numbers");
		return 0;
	}
	if (strlen(claim->token) >= BROKER_TOKEN_SIZE ||
	    token_identity(claim->token, identity, secret) < 0)
		return broker_refuse(broker, refusal, "token", "unknown token");
	lease = broker_lease_lookup(broker, identity);
	if (!lease || CRYPTO_memcmp(lease->secret, secret, 64) != 0)
		return broker_refuse(broker, refusal, "token", "unknown token");
	strcpy(ret_token, claim->token);
	return 0;
}

static int update_credential(struct broker_session *session, const struct broker_claim *claim)
{
	char *credential = strdup(claim->credential), *name = strdup(claim->name);

	if (!credential || !name) {
		free(credential);
		free(name);
		return -ENOMEM;
	}
	free(session->credential);
	free(session->name);
	session->credential = credential;
	session->name = name;
	session->credential_ends = claim->credential_ends;
	session->is_checked = false;
	return 0;
}

static int resume(struct broker *broker, struct broker_session *session,
		  const struct broker_claim *claim, struct broker_refusal *refusal)
{
	int ret = broker_renew(broker, session, &claim->wish, refusal);

	if (ret < 0)
		return ret;
	if (update_credential(session, claim) < 0)
		return broker_refuse(broker, refusal, "busy", "out of memory");
	broker_save_session(broker, session);
	broker->stats.resumed++;
	broker->stats.renewed--;
	return 0;
}

/*
 * Bring a fresh lease into the store, or take everything back: a session that a restart of the
 * hub would forget is worse than a spoke that comes back later.
 */
static int begin(struct broker *broker, struct broker_lease *lease,
		 const struct broker_claim *claim, struct broker_session **ret,
		 struct broker_refusal *refusal)
{
	struct broker_session *session;

	if (broker_session_create(broker, lease, claim, &session) < 0)
		return broker_refuse(broker, refusal, "busy", "out of memory");
	if (broker_save_begun(broker, session) < 0) {
		broker_session_destroy(broker, session);
		lease->state = BROKER_GRACE;
		lease->free_at = broker->clock.wall_s();
		broker_lease_to_grace(broker, lease);
		return broker_refuse(broker, refusal, "busy", "the store cannot be written");
	}
	lvn_info("session %s: began for %s name=%s", session->id, lease->identity, session->name);
	broker->stats.begun++;
	*ret = session;
	return 0;
}

/* As broker_lease_fill(), at the cost of those that have been away longest. */
static int fill(struct broker *broker, struct broker_lease *lease, const struct broker_wish *wish,
		struct broker_refusal *refusal)
{
	int ret;

	do {
		ret = broker_lease_fill(broker, lease, wish, refusal);
	} while (ret < 0 && refusal->full && broker_evict_for(broker, lease, refusal->full));
	return ret;
}

int broker_hello(struct broker *broker, const struct broker_claim *claim,
		 struct broker_session **ret_session, char *ret_token, bool *ret_resumed,
		 struct broker_refusal *refusal)
{
	char identity[BROKER_IDENTITY_SIZE], secret[65] = "";
	struct broker_session *session;
	struct broker_lease *lease;
	int ret = 0;

	*ret_token = '\0';
	snprintf(identity, sizeof(identity), "%s", claim->identity);
	if (!*identity)
		ret = find_anonymous(broker, claim, identity, secret, ret_token, refusal);
	if (ret < 0)
		return ret;
	if (!broker_policy_allows(broker, identity))
		return broker_refuse(broker, refusal, "denied", "not allowed here");
	lease = broker_lease_lookup(broker, identity);
	session = lease ? lease->session : NULL;
	if (session && strcmp(session->id, claim->session) == 0) {
		*ret_session = session;
		*ret_resumed = true;
		return resume(broker, session, claim, refusal);
	}
	if (session && broker->conf->refuse_duplicate)
		return broker_refuse(broker, refusal, "duplicate", "there is a session already");
	if (session)
		broker_end(broker, session, BROKER_REPLACED, 0, false);
	if (HASH_COUNT(broker->sessions) >= broker->conf->max_sessions)
		return broker_refuse(broker, refusal, "limit", "too many sessions");
	ret = broker_lease_find(broker, identity, claim->source, &lease, refusal);
	if (ret < 0)
		return ret;
	strcpy(lease->secret, secret);
	ret = fill(broker, lease, &claim->wish, refusal);
	if (ret < 0)
		return ret;
	*ret_resumed = false;
	return begin(broker, lease, claim, ret_session, refusal);
}

int broker_renew(struct broker *broker, struct broker_session *session,
		 const struct broker_wish *wish, struct broker_refusal *refusal)
{
	struct broker_lease before = *session->lease;
	int ret;

	ret = fill(broker, session->lease, wish, refusal);
	if (ret < 0)
		return ret;
	if (session->was_bound)
		broker_session_prolong(broker, session, broker->conf->expires * 1000ull);
	broker->stats.renewed++;
	/* that the store forgets a prolongation costs nothing while it knows the session */
	broker_save_session(broker, session);
	broker_binding_update(broker, session, &before);
	return 0;
}

void broker_end(struct broker *broker, struct broker_session *session, enum broker_reason reason,
		unsigned int retry_after, bool release)
{
	struct broker_lease *lease = session->lease;
	unsigned int i;

	for (i = 0; i < session->n_bindings; i++)
		broker_unbind(broker, session, i, 0, reason);
	lvn_info("session %s: ended for %s reason=%s", session->id, lease->identity,
		 broker_reason_name(reason));
	broker->stats.ended[reason]++;
	if (broker->front.ended)
		broker->front.ended(broker->front.arg, session, reason, retry_after);
	broker_save_forget_session(broker, session->id);
	broker_session_destroy(broker, session);
	broker_state_change(lease, BROKER_EVENT_END);
	lease->free_at = broker->clock.wall_s() + broker->conf->grace;
	broker_lease_to_grace(broker, lease);
	/* nobody comes back to what he never used */
	if (release || (reason == BROKER_EXPIRED && lease->identity[0] == '~' && !lease->was_bound))
		broker_lease_forget(broker, lease);
	else
		broker_save_lease(broker, lease);
}

void broker_forget(struct broker *broker, const char *identity, enum broker_reason reason)
{
	struct broker_lease *lease = broker_lease_lookup(broker, identity);

	if (lease && lease->session)
		broker_end(broker, lease->session, reason, 0, true);
	else if (lease)
		broker_lease_forget(broker, lease);
}
