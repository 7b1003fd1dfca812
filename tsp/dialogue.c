// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The broker's side of TSP, message by message. Before the commands answers are bare lines; errors
 * of commands are framed by Content-length, without which gogoc asks again at once, for ever.
 */
#include "tsp/dialogue.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

/**
 * struct turn - a message that is being answered
 * @dialogue: whose
 * @desk: whom to ask
 * @peer: where it is
 * @text: of the message
 * @len: its length in bytes
 * @answer: where the answer goes
 * @size: of @answer
 */
struct turn {
	struct tsp_dialogue *dialogue;
	const struct tsp_desk *desk;
	const struct tsp_peer *peer;
	const char *text;
	size_t len;
	char *answer;
	size_t size;
};

bool tsp_dialogue_is_known(const struct tsp_dialogue *dialogue)
{
	return dialogue->state >= TSP_STATE_PROVED;
}

void tsp_dialogue_done(struct tsp_dialogue *dialogue)
{
	OPENSSL_cleanse(dialogue, sizeof(*dialogue));
}

enum tsp_framing tsp_dialogue_framing(const struct tsp_dialogue *dialogue)
{
	if (dialogue->state == TSP_STATE_PLAIN)
		return TSP_FRAMING_PLAIN;
	return dialogue->state >= TSP_STATE_READY ? TSP_FRAMING_CONTENT : TSP_FRAMING_LINE;
}

bool tsp_dialogue_claims(const struct tsp_dialogue *dialogue, const struct tsp_peer *peer,
			 const char *text, size_t len, char ret_user[TSP_USER_SIZE],
			 bool *ret_is_proved)
{
	struct tsp_response response;
	struct tsp_plain plain;
	bool is_one = false;

	*ret_is_proved = peer->is_stream;
	if (dialogue->state == TSP_STATE_PLAIN && tsp_plain_read(text, len, &plain) == 0) {
		strcpy(ret_user, plain.user);
		OPENSSL_cleanse(&plain, sizeof(plain));
		is_one = true;
	} else if (dialogue->state == TSP_STATE_DIGEST &&
		   tsp_response_read(text, tsp_line_len(text, len), &response) == 0) {
		strcpy(ret_user, response.user);
		/* nobody else knows it */
		*ret_is_proved |= strcmp(response.nonce, dialogue->nonce) == 0;
		is_one = true;
	}
	return is_one;
}

static size_t written(int len)
{
	return len > 0 ? len : 0;
}

static size_t say(struct turn *turn, unsigned int status)
{
	return written(
		snprintf(turn->answer, turn->size, "%u %s\r\n", status, tsp_status_text(status)));
}

static size_t say_framed(struct turn *turn, unsigned int status)
{
	return written(tsp_tunnel_write(status, NULL, turn->answer, turn->size));
}

static bool has_list(unsigned int status)
{
	return status >= TSP_STATUS_WITH_LIST;
}

static size_t take_version(struct turn *turn, int version, unsigned int minor)
{
	struct tsp_dialogue *dialogue = turn->dialogue;
	struct tsp_tunnel list = { .action = TSP_ACTION_LIST };
	unsigned int status;

	tsp_dialogue_done(dialogue);
	if (version < 0)
		return say(turn, TSP_STATUS_BAD_VERSION);
	status = turn->desk->greet(turn->desk->arg, turn->peer, &list);
	if (has_list(status))
		return written(tsp_list_write(status, &list, turn->answer, turn->size));
	if (status != TSP_STATUS_SUCCESS)
		return say(turn, status);
	dialogue->minor = minor;
	dialogue->state = TSP_STATE_CAPABLE;
	return written(tsp_capability_write(&turn->desk->capability, turn->answer, turn->size));
}

static size_t fail(struct turn *turn)
{
	struct tsp_dialogue *dialogue = turn->dialogue;

	OPENSSL_cleanse(dialogue->nonce, sizeof(dialogue->nonce));
	dialogue->mechanism = TSP_MECHANISM_NONE;
	dialogue->state = ++dialogue->failures < TSP_DIALOGUE_FAILURES ? TSP_STATE_CAPABLE :
									 TSP_STATE_START;
	return say(turn, TSP_STATUS_AUTH_FAILED);
}

static size_t challenge(struct turn *turn)
{
	struct tsp_dialogue *dialogue = turn->dialogue;
	struct tsp_challenge out = { 0 };

	if (turn->desk->nonce(turn->desk->arg, dialogue->nonce) < 0)
		return fail(turn);
	snprintf(out.realm, sizeof(out.realm), "%s", turn->desk->realm);
	snprintf(out.nonce, sizeof(out.nonce), "%s", dialogue->nonce);
	dialogue->state = TSP_STATE_DIGEST;
	return written(tsp_challenge_write(&out, turn->answer, turn->size));
}

static size_t take_mechanism(struct turn *turn)
{
	struct tsp_dialogue *dialogue = turn->dialogue;
	enum tsp_mechanism mechanism;

	if (tsp_authenticate_read(turn->text, turn->len, &mechanism) < 0)
		return say(turn, TSP_STATUS_BAD_REQUEST);
	if (!mechanism || !(turn->desk->capability.mechanisms & TSP_BIT(mechanism)))
		return fail(turn);
	dialogue->mechanism = mechanism;
	switch (mechanism) {
	case TSP_MECHANISM_PLAIN:
		dialogue->state = TSP_STATE_PLAIN;
		return 0;
	case TSP_MECHANISM_DIGEST_MD5:
		return challenge(turn);
	default:
		dialogue->state = TSP_STATE_READY;
		return say(turn, TSP_STATUS_SUCCESS);
	}
}

static int keep_user(struct tsp_dialogue *dialogue, const char *user)
{
	if (strlen(user) >= sizeof(dialogue->user))
		return -EACCES;
	strcpy(dialogue->user, user);
	return 0;
}

static size_t take_plain(struct turn *turn)
{
	struct tsp_plain plain;
	int ret = tsp_plain_read(turn->text, turn->len, &plain);

	if (ret < 0)
		return fail(turn);
	ret = turn->desk->check(turn->desk->arg, turn->dialogue, turn->peer, &plain);
	if (!ret)
		ret = keep_user(turn->dialogue, plain.user);
	OPENSSL_cleanse(&plain, sizeof(plain));
	if (ret < 0)
		return fail(turn);
	turn->dialogue->state = TSP_STATE_READY;
	return say(turn, TSP_STATUS_SUCCESS);
}

/* Whether it answers our challenge, and that for the first time. */
static bool is_for_us(const struct turn *turn, const struct tsp_response *response)
{
	return strcmp(response->realm, turn->desk->realm) == 0 &&
	       strcmp(response->nonce, turn->dialogue->nonce) == 0 &&
	       strcmp(response->nc, "00000001") == 0 && strncmp(response->uri, "tsp/", 4) == 0;
}

/* What follows a wrong response must be 300: stock clients take anything else for our proof. */
static size_t take_response(struct turn *turn)
{
	struct tsp_dialogue *dialogue = turn->dialogue;
	struct tsp_response response;
	char proof[TSP_HEX_SIZE];

	if (tsp_response_read(turn->text, tsp_line_len(turn->text, turn->len), &response) < 0 ||
	    !is_for_us(turn, &response))
		return fail(turn);
	if (turn->desk->prove(turn->desk->arg, dialogue, turn->peer, &response, proof) < 0 ||
	    keep_user(dialogue, response.user) < 0)
		return fail(turn);
	OPENSSL_cleanse(dialogue->nonce, sizeof(dialogue->nonce));
	dialogue->state = TSP_STATE_PROVED;
	return written(tsp_rspauth_write(proof, turn->answer, turn->size));
}

static size_t offer(struct turn *turn, unsigned int status, struct tsp_tunnel *tunnel)
{
	size_t len;

	if (has_list(status)) {
		tunnel->action = TSP_ACTION_LIST;
		return written(tsp_tunnel_write(status, tunnel, turn->answer, turn->size));
	}
	if (status != TSP_STATUS_SUCCESS)
		return say_framed(turn, status);
	tunnel->action = TSP_ACTION_INFO;
	len = written(tsp_tunnel_write(status, tunnel, turn->answer, turn->size));
	return len ?: say_framed(turn, TSP_STATUS_SERVER_ERROR);
}

/* Data comes from where the signalling does, and that has to be UDP over IPv4 (section 4.4.1.2). */
static bool is_possible(const struct turn *turn, const struct tsp_tunnel *request)
{
	return (request->type == TSP_TYPE_V6UDPV4 || request->type == TSP_TYPE_V6ANYV4) &&
	       !request->wants_proxy && !turn->peer->is_stream &&
	       turn->peer->remote.addr.family == AF_INET;
}

static size_t take_create(struct turn *turn, const struct tsp_tunnel *request)
{
	struct tsp_tunnel out = { 0 };
	unsigned int status;

	if (!is_possible(turn, request))
		return say_framed(turn, TSP_STATUS_BAD_TUNNEL_TYPE);
	turn->dialogue->client_v4 = request->client.v4;
	turn->dialogue->is_router = request->client.router.is_present;
	turn->dialogue->prefix_len = request->client.router.prefix.len;
	status = turn->desk->create(turn->desk->arg, turn->dialogue, turn->peer, request, &out);
	if (status == TSP_STATUS_SUCCESS)
		turn->dialogue->state = TSP_STATE_OFFERED;
	return offer(turn, status, &out);
}

static size_t take_info(struct turn *turn)
{
	struct tsp_tunnel out = { 0 };
	unsigned int status = TSP_STATUS_BAD_REQUEST;

	if (turn->dialogue->state >= TSP_STATE_OFFERED)
		status = turn->desk->info(turn->desk->arg, turn->dialogue, turn->peer, &out);
	return offer(turn, status, &out);
}

static size_t take_accept(struct turn *turn)
{
	unsigned int status = TSP_STATUS_BAD_REQUEST;

	if (turn->dialogue->state == TSP_STATE_UP)
		return 0;
	if (turn->dialogue->state == TSP_STATE_OFFERED)
		status = turn->desk->accept(turn->desk->arg, turn->dialogue, turn->peer);
	if (status != TSP_STATUS_SUCCESS)
		return say_framed(turn, status);
	turn->dialogue->state = TSP_STATE_UP;
	return 0;
}

static size_t take_end(struct turn *turn, bool is_delete)
{
	const struct tsp_desk *desk = turn->desk;
	unsigned int status = TSP_STATUS_BAD_REQUEST;

	/* whoever has just come back may remove what is left of the last time */
	if (is_delete)
		status = desk->remove(desk->arg, turn->dialogue, turn->peer);
	else if (turn->dialogue->state == TSP_STATE_OFFERED)
		status = desk->reject(desk->arg, turn->dialogue, turn->peer);
	if (status == TSP_STATUS_SUCCESS)
		turn->dialogue->state = TSP_STATE_READY;
	return say_framed(turn, status);
}

static size_t take_command(struct turn *turn)
{
	struct tsp_tunnel request;
	char why[TSP_WHY_SIZE];
	const char *body;
	size_t len;

	turn->dialogue->action = TSP_ACTION_NONE;
	if (tsp_content_read(turn->text, turn->len, &body, &len, NULL) < 0 ||
	    tsp_tunnel_read(body, len, &request, why) < 0)
		return say_framed(turn, TSP_STATUS_BAD_REQUEST);
	turn->dialogue->action = request.action;
	switch (request.action) {
	case TSP_ACTION_CREATE:
		return take_create(turn, &request);
	case TSP_ACTION_INFO:
		return take_info(turn);
	case TSP_ACTION_ACCEPT:
		return take_accept(turn);
	case TSP_ACTION_REJECT:
		return take_end(turn, false);
	case TSP_ACTION_DELETE:
		return take_end(turn, true);
	default:
		return say_framed(turn, TSP_STATUS_BAD_REQUEST);
	}
}

/* A client that reads sends nothing; only after the proof there is something to be read. */
static size_t take_nothing(struct turn *turn)
{
	if (turn->dialogue->state != TSP_STATE_PROVED)
		return 0;
	turn->dialogue->state = TSP_STATE_READY;
	return say(turn, TSP_STATUS_SUCCESS);
}

static size_t take(struct turn *turn)
{
	switch (turn->dialogue->state) {
	case TSP_STATE_CAPABLE:
		return take_mechanism(turn);
	case TSP_STATE_PLAIN:
		return take_plain(turn);
	case TSP_STATE_DIGEST:
		return take_response(turn);
	case TSP_STATE_READY:
	case TSP_STATE_OFFERED:
	case TSP_STATE_UP:
		return take_command(turn);
	case TSP_STATE_PROVED:
		/* it did not wait for the status */
		turn->dialogue->state = TSP_STATE_READY;
		return take_command(turn);
	case TSP_STATE_START:
		break;
	}
	return say(turn, TSP_STATUS_BAD_REQUEST);
}

size_t tsp_dialogue_take(struct tsp_dialogue *dialogue, const struct tsp_desk *desk,
			 const struct tsp_peer *peer, const char *text, size_t len, char *answer,
			 size_t size)
{
	struct turn turn = { dialogue, desk, peer, text, len, answer, size };
	unsigned int minor = 0;
	int version;

	if (!len)
		return take_nothing(&turn);
	/* a response of PLAIN is any bytes, but begins with none of these */
	version = tsp_version_read(text, len, &minor);
	if (version != -EBADMSG)
		return take_version(&turn, version, minor);
	return take(&turn);
}
