// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A message is answered, and both are noted. What is noted are first lines and kinds: never keys,
 * and nothing that a terminal would not like.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tsp/front_private.h"

static const char *const actions[] = {
	[TSP_ACTION_NONE] = "a command that is none",
	[TSP_ACTION_CREATE] = "create",
	[TSP_ACTION_INFO] = "info",
	[TSP_ACTION_ACCEPT] = "accept",
	[TSP_ACTION_REJECT] = "reject",
	[TSP_ACTION_DELETE] = "delete",
	[TSP_ACTION_LIST] = "list",
};

/* The first line, as far as it is ASCII that can be printed. */
static void first_line(const char *text, size_t len, char *ret, size_t size)
{
	size_t i;

	for (i = 0; i < len && i < size - 1 && text[i] >= ' ' && text[i] <= '~'; i++)
		ret[i] = text[i];
	ret[i] = '\0';
}

/* @before: how far the dialogue was when it was asked. */
static void describe_question(enum tsp_state before, const struct tsp_dialogue *after,
			      const char *text, size_t len, char ret[TSP_ASKED_SIZE])
{
	unsigned int minor;

	if (tsp_version_read(text, len, &minor) == 0 || before <= TSP_STATE_CAPABLE)
		first_line(text, len, ret, TSP_ASKED_SIZE);
	else if (before == TSP_STATE_PLAIN)
		strcpy(ret, "a key by PLAIN");
	else if (before == TSP_STATE_DIGEST)
		strcpy(ret, "a key by DIGEST-MD5");
	else if (after->action == TSP_ACTION_CREATE && after->is_router)
		snprintf(ret, TSP_ASKED_SIZE, "create, with a prefix of length %u",
			 after->prefix_len);
	else
		strcpy(ret, actions[after->action]);
}

static void describe_answer(const struct tsp_front *front, const struct tsp_dialogue *after,
			    const char *text, size_t len, char ret[TSP_ANSWERED_SIZE])
{
	static const char content[] = "Content-length:";
	const char *line = text, *end;
	size_t n;

	if (!len) {
		strcpy(ret, "acknowledged");
	} else if (after->state == TSP_STATE_DIGEST) {
		strcpy(ret, "a challenge");
	} else if (after->state == TSP_STATE_PROVED) {
		strcpy(ret, "the key is right");
	} else {
		end = strncmp(text, content, sizeof(content) - 1) == 0 ? strchr(text, '\n') : NULL;
		line = end ? end + 1 : text;
		first_line(line, len - (line - text), ret, TSP_ANSWERED_SIZE);
		n = strlen(ret);
		if (*front->why)
			snprintf(ret + n, TSP_ANSWERED_SIZE - n, " (%.80s)", front->why);
	}
}

size_t tsp_front_talk(struct tsp_front *front, struct tsp_dialogue *dialogue,
		      const struct tsp_peer *peer, const char *text, size_t len, char *answer,
		      size_t size)
{
	struct tsp_step step = {
		.at = time(NULL),
		.remote = peer->remote,
		.is_stream = peer->is_stream,
	};
	const enum tsp_state before = dialogue->state;
	char user[TSP_USER_SIZE];
	bool is_proved;
	size_t n;

	*front->why = '\0';
	if (tsp_dialogue_claims(dialogue, peer, text, len, user, &is_proved) &&
	    broker_user_name_check(user))
		memcpy(step.user, user, strlen(user) + 1);
	n = tsp_dialogue_take(dialogue, &front->desk, peer, text, len, answer, size);
	/* it reads, or repeats what was noted */
	if (!len)
		return n;
	step.is_known = tsp_dialogue_is_known(dialogue) && *dialogue->user;
	if (step.is_known)
		strcpy(step.user, dialogue->user);
	describe_question(before, dialogue, text, len, step.asked);
	describe_answer(front, dialogue, answer, n, step.answered);
	tsp_diary_note(&front->diary, &step);
	return n;
}
