/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a broker answers to each message of a client (RFC 5572 section 4.4), as a state machine
 * without sockets, clocks and memory of its own. It asks a desk for all that needs knowledge of
 * users and addresses.
 */
#ifndef _TSP_DIALOGUE_H
#define _TSP_DIALOGUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"
#include "proto/tsp/digest.h"
#include "proto/tsp/frame.h"
#include "proto/tsp/text.h"
#include "proto/tsp/tunnel.h"

/** Longest name of a user, with the final NUL; longer ones are nobody's. */
#define TSP_DIALOGUE_USER_SIZE 65

/** Room for a nonce of ours, with the final NUL. */
#define TSP_DIALOGUE_NONCE_SIZE 33

/** Room for what a desk remembers, with the final NUL. */
#define TSP_DIALOGUE_NOTE_SIZE 65

/** How often a client may fail to authenticate before it has to begin again. */
#define TSP_DIALOGUE_FAILURES 3

/**
 * enum tsp_state - how far a dialogue is
 * @TSP_STATE_START: nothing was said yet
 * @TSP_STATE_CAPABLE: it knows what we can do
 * @TSP_STATE_PLAIN: the response of PLAIN is to come
 * @TSP_STATE_DIGEST: that of DIGEST-MD5
 * @TSP_STATE_PROVED: both have proved themselves, and the client waits for the status
 * @TSP_STATE_READY: commands may come
 * @TSP_STATE_OFFERED: an offer was made
 * @TSP_STATE_UP: it was accepted
 */
enum tsp_state {
	TSP_STATE_START,
	TSP_STATE_CAPABLE,
	TSP_STATE_PLAIN,
	TSP_STATE_DIGEST,
	TSP_STATE_PROVED,
	TSP_STATE_READY,
	TSP_STATE_OFFERED,
	TSP_STATE_UP,
};

/**
 * struct tsp_dialogue - one dialogue; all zeros is one that has not begun
 * @state: how far it is
 * @minor: last number of the version
 * @failures: how often authentication failed
 * @mechanism: by which it authenticated, or tries to
 * @user: who; "" until it is proved, and for ANONYMOUS
 * @nonce: of DIGEST-MD5, used once
 * @note: the desk's
 * @action: of the last command
 * @client_v4: what the client takes for its address; of no family without a request
 * @is_router: whether it asked for a prefix
 * @prefix_len: of which length; 0 for any
 */
struct tsp_dialogue {
	enum tsp_state state;
	unsigned int minor;
	unsigned int failures;
	enum tsp_mechanism mechanism;
	char user[TSP_DIALOGUE_USER_SIZE];
	char nonce[TSP_DIALOGUE_NONCE_SIZE];
	char note[TSP_DIALOGUE_NOTE_SIZE];
	enum tsp_action action;
	struct lvn_addr client_v4;
	bool is_router;
	uint8_t prefix_len;
};

/**
 * struct tsp_peer - where the client is
 * @listener: id of the listener that it asks; 0 for TCP
 * @local: our address
 * @remote: its address and port
 * @is_stream: it talks by TCP
 */
struct tsp_peer {
	uint32_t listener;
	struct lvn_addr local;
	struct lvn_endpoint remote;
	bool is_stream;
};

/**
 * struct tsp_desk - whom a dialogue asks
 * @arg: first argument of each
 * @capability: what is offered
 * @realm: of DIGEST-MD5
 * @greet: whether a client may go on; TSP_STATUS_SUCCESS, or another, of which one above
 *	TSP_STATUS_WITH_LIST comes with @ret_list
 * @nonce: write digits that were never used before
 * @check: whether a name and a key belong together; 0 or negative errno
 * @prove: the same by DIGEST-MD5, with the broker's own proof
 * @create: what the client gets; TSP_STATUS_SUCCESS with an offer in @ret_offer, which is zeroed
 *	before, or another, above TSP_STATUS_WITH_LIST with a list
 * @info: the offer again, as @create
 * @accept: make the tunnel
 * @reject: the offer is not wanted; nothing to be undone is an error
 * @remove: remove the tunnel
 *
 * Those that return a status answer with one of enum tsp_status.
 */
struct tsp_desk {
	void *arg;
	struct tsp_capability capability;
	const char *realm;
	unsigned int (*greet)(void *arg, const struct tsp_peer *peer, struct tsp_tunnel *ret_list);
	int (*nonce)(void *arg, char ret_nonce[TSP_DIALOGUE_NONCE_SIZE]);
	int (*check)(void *arg, struct tsp_dialogue *dialogue, const struct tsp_peer *peer,
		     const struct tsp_plain *plain);
	int (*prove)(void *arg, struct tsp_dialogue *dialogue, const struct tsp_peer *peer,
		     const struct tsp_response *response, char ret_proof[TSP_HEX_SIZE]);
	unsigned int (*create)(void *arg, struct tsp_dialogue *dialogue,
			       const struct tsp_peer *peer, const struct tsp_tunnel *request,
			       struct tsp_tunnel *ret_offer);
	unsigned int (*info)(void *arg, struct tsp_dialogue *dialogue, const struct tsp_peer *peer,
			     struct tsp_tunnel *ret_offer);
	unsigned int (*accept)(void *arg, struct tsp_dialogue *dialogue,
			       const struct tsp_peer *peer);
	unsigned int (*reject)(void *arg, struct tsp_dialogue *dialogue,
			       const struct tsp_peer *peer);
	unsigned int (*remove)(void *arg, struct tsp_dialogue *dialogue,
			       const struct tsp_peer *peer);
};

/**
 * tsp_dialogue_take() - answer one message
 * @text: of the message, whole; may be empty, which asks for what comes next
 * @answer: gets the text of the answer
 * @size: of @answer, TSP_TEXT_MAX + 1 at least
 *
 * A VERSION starts over in any state.
 *
 * Return: length of the answer in bytes. 0 is an acknowledgement without text: by UDP a header, by
 * TCP nothing.
 */
size_t tsp_dialogue_take(struct tsp_dialogue *dialogue, const struct tsp_desk *desk,
			 const struct tsp_peer *peer, const char *text, size_t len, char *answer,
			 size_t size);

/**
 * tsp_dialogue_claims() - whether a message shows a key now, without looking at it
 * @ret_user: gets the name that it claims to be
 * @ret_is_proved: whether the client was seen to receive what is sent to it
 */
bool tsp_dialogue_claims(const struct tsp_dialogue *dialogue, const struct tsp_peer *peer,
			 const char *text, size_t len, char ret_user[TSP_USER_SIZE],
			 bool *ret_is_proved);

/** tsp_dialogue_framing() - how the end of the next message is found in a stream */
enum tsp_framing tsp_dialogue_framing(const struct tsp_dialogue *dialogue);

/** tsp_dialogue_is_known() - whether the client has authenticated, be it as ANONYMOUS */
bool tsp_dialogue_is_known(const struct tsp_dialogue *dialogue);

/** tsp_dialogue_done() - wipe it; it has not begun then */
void tsp_dialogue_done(struct tsp_dialogue *dialogue);

#endif
