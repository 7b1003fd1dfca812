// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Users and keys for operators. A new key is in the answer of the command that made it, and
 * nowhere else.
 */
#include "tsp/command.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include <jansson.h>
#include <openssl/crypto.h>

#include "lib/base/cleanup.h"
#include "lib/control/answer.h"
#include "tsp/access.h"
#include "tsp/front_private.h"

/**
 * struct command - a request that is being carried out
 * @front: whose
 * @request: the object
 * @out: where lists go
 * @answer: last object of the answer
 */
struct command {
	struct tsp_front *front;
	const json_t *request;
	struct evbuffer *out;
	json_t *answer;
};

static void cleanup_json(json_t **json)
{
	json_decref(*json);
}

static const char *argument(const struct command *command, const char *member)
{
	return json_string_value(json_object_get(command->request, member)) ?: "";
}

static int fail(struct command *command, const char *text)
{
	json_object_set_new(command->answer, "error", json_string(text));
	return -EINVAL;
}

/* Return: 0 for 0, else after a sentence. */
static int explain(struct command *command, int ret, bool is_key)
{
	switch (ret) {
	case 0:
		return 0;
	case -EINVAL:
		return fail(command,
			    "a name has 1 to 64 bytes of UTF-8, without blanks and any of "
			    ": \" ' \\ * ? [ ] , = < > & /, and does not begin with ~ or -");
	case -EEXIST:
		return fail(command, is_key ? "the user has a key of that name; revoke it before" :
					      "there is such a user already");
	case -ENOENT:
		return fail(command, is_key ? "no such user or key" : "no such user");
	case -E2BIG:
		return fail(command,
			    "the user has as many keys as one may have; revoke one before");
	case -EOPNOTSUPP:
		return fail(command,
			    "MD5 is forbidden on this machine; set auth={\"plain\"} in tsp");
	default:
		return fail(command, strerror(-ret));
	}
}

static void emit_user(void *arg, const struct broker_user *user)
{
	_cleanup_(cleanup_json)
		json_t *object = json_pack("{ss sI si}", "user", user->name, "created",
					   (json_int_t)user->created_at, "keys", (int)user->n_keys);
	struct command *command = arg;

	if (object)
		control_answer_add(command->out, object);
}

static int users_list(struct command *command)
{
	return explain(command, broker_user_list(command->front->users, emit_user, command), false);
}

static int users_add(struct command *command)
{
	return explain(command,
		       broker_user_add(command->front->users, argument(command, "user"),
				       time(NULL)),
		       false);
}

static int users_del(struct command *command)
{
	int ret = broker_user_del(command->front->users, argument(command, "user"));

	if (!ret)
		tsp_front_revoke(command->front, argument(command, "user"), NULL, true);
	return explain(command, ret, false);
}

static void emit_key(void *arg, const struct broker_key *key)
{
	_cleanup_(cleanup_json) json_t *object =
		json_pack("{ss ss ss sI}", "user", key->user, "key", key->name, "for",
			  key->kind == BROKER_KEY_MD5 ? "digest-md5, plain" : "plain", "created",
			  (json_int_t)key->created_at);
	struct command *command = arg;

	if (object)
		control_answer_add(command->out, object);
}

static int keys_list(struct command *command)
{
	const char *user = argument(command, "user");
	int ret = broker_key_list(command->front->users, *user ? user : NULL, emit_key, command);

	return explain(command, ret < 0 ? ret : 0, true);
}

static int keys_add(struct command *command)
{
	const struct tsp_front *front = command->front;
	bool has_digest = front->conf.mechanisms & TSP_BIT(TSP_MECHANISM_DIGEST_MD5);
	char key[TSP_KEY_SIZE] = "";
	int ret = tsp_access_make(front->users, argument(command, "user"), argument(command, "key"),
				  has_digest ? front->conf.realm : "", time(NULL), key);

	if (!ret)
		json_object_set_new(command->answer, "secret", json_string(key));
	OPENSSL_cleanse(key, sizeof(key));
	return explain(command, ret, true);
}

static int keys_revoke(struct command *command)
{
	const char *user = argument(command, "user"), *key = argument(command, "key");
	int ret = broker_key_del(command->front->users, user, key);

	if (!ret)
		tsp_front_revoke(command->front, user, key, false);
	return explain(command, ret, true);
}

static const struct {
	const char *command;
	const char *action;
	int (*run)(struct command *command);
} commands[] = {
	{ "keys", "add", keys_add },	   { "keys", "list", keys_list },
	{ "keys", "revoke", keys_revoke }, { "users", "add", users_add },
	{ "users", "del", users_del },	   { "users", "list", users_list },
};

bool tsp_command_run(struct tsp_front *front, const json_t *request, struct evbuffer *out)
{
	_cleanup_(cleanup_json) json_t *answer = json_object();
	struct command command = { front, request, out, answer };
	const char *name = argument(&command, "command");
	int ret = -EINVAL;
	size_t i;

	if (strcmp(name, "users") != 0 && strcmp(name, "keys") != 0)
		return false;
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].command, name) == 0 &&
		    strcmp(commands[i].action, argument(&command, "action")) == 0)
			break;
	if (i < sizeof(commands) / sizeof(commands[0]))
		ret = commands[i].run(&command);
	else
		fail(&command, strcmp(name, "keys") == 0 ? "must be one of add, list, revoke" :
							   "must be one of add, del, list");
	json_object_set_new(answer, "ok", json_boolean(!ret));
	control_answer_add(out, answer);
	return true;
}
