// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Users and keys for operators. A new key is in the answer of the command that made it, and
 * nowhere else.
 */
#include "tsp/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
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
	case -ERANGE:
		return fail(command,
			    "must be a number of prefixes, 0, 1 or any, and the length of the "
			    "largest network, 1 to 64 or any");
	case -EOPNOTSUPP:
		return fail(command,
			    "MD5 is forbidden on this machine; set auth={\"plain\"} in tsp");
	default:
		return fail(command, strerror(-ret));
	}
}

/* What was done is in the log, even of users who are no more. Return: as explain(). */
static int done(struct command *command, int ret, const char *action, const char *detail)
{
	struct broker_audit audit = { .at = time(NULL) };
	int error;

	if (ret < 0)
		return explain(command, ret, strncmp(action, "key", 3) == 0);
	snprintf(audit.user, sizeof(audit.user), "%s", argument(command, "user"));
	snprintf(audit.action, sizeof(audit.action), "%s", action);
	snprintf(audit.detail, sizeof(audit.detail), "%s", detail);
	error = broker_audit_add(command->front->users, &audit);
	if (error < 0)
		lvn_error("tsp: user %s: %s %s: it is done, but not in the audit log: %s",
			  audit.user, action, detail, strerror(-error));
	return 0;
}

static void emit_user(void *arg, const struct broker_user *user)
{
	_cleanup_(cleanup_json)
		json_t *object = json_pack("{ss sI si sb}", "user", user->name, "created",
					   (json_int_t)user->created_at, "keys", (int)user->n_keys,
					   "disabled", user->is_disabled);
	struct command *command = arg;

	if (!object)
		return;
	if (user->quota.prefixes >= 0)
		json_object_set_new(object, "prefixes", json_integer(user->quota.prefixes));
	if (user->quota.length)
		json_object_set_new(object, "length", json_integer(user->quota.length));
	control_answer_add(command->out, object);
}

static int users_list(struct command *command)
{
	return explain(command, broker_user_list(command->front->users, emit_user, command), false);
}

static int users_add(struct command *command)
{
	return done(command,
		    broker_user_add(command->front->users, argument(command, "user"), time(NULL)),
		    "add", "");
}

static int users_del(struct command *command)
{
	int ret = broker_user_del(command->front->users, argument(command, "user"));

	if (!ret)
		tsp_front_revoke(command->front, argument(command, "user"), NULL, true);
	return done(command, ret, "del", "");
}

/* His addresses stay his. */
static int users_disable(struct command *command)
{
	int ret = broker_user_disable(command->front->users, argument(command, "user"), true);

	if (!ret)
		tsp_front_revoke(command->front, argument(command, "user"), NULL, false);
	return done(command, ret, "disable", "");
}

static int users_enable(struct command *command)
{
	return done(command,
		    broker_user_disable(command->front->users, argument(command, "user"), false),
		    "enable", "");
}

/* Return: 0 with "any" or no text as @none, or -ERANGE. */
static int read_number(const char *text, long min, long max, int none, int *ret)
{
	char *end;
	long number;

	if (!*text || strcmp(text, "any") == 0) {
		*ret = none;
		return 0;
	}
	if (*text < '0' || *text > '9')
		return -ERANGE;
	number = strtol(text, &end, 10);
	if (*end || number < min || number > max)
		return -ERANGE;
	*ret = number;
	return 0;
}

static int users_quota(struct command *command)
{
	const char *prefixes = argument(command, "prefixes"), *length = argument(command, "length");
	struct broker_quota quota;
	char detail[BROKER_AUDIT_SIZE];
	int ret = *prefixes ? read_number(prefixes, 0, 1, -1, &quota.prefixes) : -ERANGE;
	int bits = 0;

	if (!ret)
		ret = read_number(length, 1, 64, 0, &bits);
	quota.length = bits;
	if (!ret)
		ret = broker_user_set_quota(command->front->users, argument(command, "user"),
					    &quota);
	if (!ret)
		tsp_front_limit(command->front, argument(command, "user"));
	snprintf(detail, sizeof(detail), "prefixes %s length %s", prefixes,
		 *length ? length : "any");
	return done(command, ret, "quota", detail);
}

static void emit_audit(void *arg, const struct broker_audit *audit)
{
	_cleanup_(cleanup_json) json_t *object =
		json_pack("{sI ss ss ss}", "at", (json_int_t)audit->at, "user", audit->user,
			  "action", audit->action, "detail", audit->detail);
	struct command *command = arg;

	if (object)
		control_answer_add(command->out, object);
}

static int users_audit(struct command *command)
{
	const char *user = argument(command, "user");

	return explain(command,
		       broker_audit_list(command->front->users, *user ? user : NULL, emit_audit,
					 command),
		       false);
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
	return done(command, ret, "key add", argument(command, "key"));
}

static int keys_revoke(struct command *command)
{
	const char *user = argument(command, "user"), *key = argument(command, "key");
	int ret = broker_key_del(command->front->users, user, key);

	if (!ret)
		tsp_front_revoke(command->front, user, key, false);
	return done(command, ret, "key revoke", key);
}

static int explain_why(struct command *command)
{
	int ret = tsp_explain(command->front, argument(command, "user"), command->out);

	return ret == -ENOENT ? fail(command, "nothing is known of that address") :
				explain(command, ret, false);
}

static const struct {
	const char *command;
	const char *action;
	int (*run)(struct command *command);
} commands[] = {
	{ "explain", "", explain_why },	     { "keys", "add", keys_add },
	{ "keys", "list", keys_list },	     { "keys", "revoke", keys_revoke },
	{ "users", "add", users_add },	     { "users", "audit", users_audit },
	{ "users", "del", users_del },	     { "users", "disable", users_disable },
	{ "users", "enable", users_enable }, { "users", "list", users_list },
	{ "users", "quota", users_quota },
};

bool tsp_command_run(struct tsp_front *front, const json_t *request, struct evbuffer *out)
{
	_cleanup_(cleanup_json) json_t *answer = json_object();
	struct command command = { front, request, out, answer };
	const char *name = argument(&command, "command");
	int ret = -EINVAL;
	size_t i;

	if (strcmp(name, "users") != 0 && strcmp(name, "keys") != 0 && strcmp(name, "explain") != 0)
		return false;
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i].command, name) == 0 &&
		    strcmp(commands[i].action, argument(&command, "action")) == 0)
			break;
	if (i < sizeof(commands) / sizeof(commands[0]))
		ret = commands[i].run(&command);
	else
		fail(&command, strcmp(name, "keys") == 0 ? "must be one of add, list, revoke" :
							   "must be one of add, audit, del, "
							   "disable, enable, list, quota");
	json_object_set_new(answer, "ok", json_boolean(!ret));
	control_answer_add(out, answer);
	return true;
}
