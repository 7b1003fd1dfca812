// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the commands of the control socket do. No secret ever gets into an answer.
 */
#include "broker/command.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <jansson.h>

#include "broker/policy.h"
#include "broker/private.h"
#include "lib/base/cleanup.h"
#include "lib/control/answer.h"

/**
 * struct command - a request that is being carried out
 * @broker: whose
 * @ops: of the daemon
 * @request: the object
 * @out: where the answer goes
 * @answer: last object of the answer
 */
struct command {
	struct broker *broker;
	const struct broker_command_ops *ops;
	const json_t *request;
	struct evbuffer *out;
	json_t *answer;
};

static void cleanup_json(json_t **json)
{
	json_decref(*json);
}

static int fail(struct command *command, const char *text)
{
	json_object_set_new(command->answer, "error", json_string(text));
	return -EINVAL;
}

static const char *argument(const struct command *command, const char *member)
{
	return json_string_value(json_object_get(command->request, member));
}

static json_t *addr_json(const struct lvn_addr *addr)
{
	char text[LVN_ADDR_TEXT_SIZE];

	return json_string(lvn_addr_format(addr, text));
}

static json_t *lease_json(const struct broker_lease *lease)
{
	json_t *addresses = json_array(), *prefixes = json_array();
	char text[LVN_ADDR_TEXT_SIZE];
	unsigned int i;

	for (i = 0; i < lease->n_addresses; i++)
		json_array_append_new(addresses, addr_json(&lease->addresses[i]));
	for (i = 0; i < lease->n_prefixes; i++)
		json_array_append_new(prefixes,
				      json_string(lvn_prefix_format(&lease->prefixes[i], text)));
	return json_pack("{ss ss so so}", "identity", lease->identity, "state",
			 broker_state_name(lease->state), "addresses", addresses, "prefixes",
			 prefixes);
}

/* All times in answers are seconds since 1970. */
static json_t *binding_json(const struct broker *broker, const struct broker_binding *binding)
{
	uint64_t age_ms = broker->clock.monotonic_ms() - binding->seen_ms;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return json_pack("{si sI so si so si si sf}", "index", binding->index,
			 "tunnel", (json_int_t)binding->tunnel,
			 "remote", addr_json(&binding->path.remote.addr),
			 "port", binding->path.remote.port,
			 "local", addr_json(&binding->path.local),
			 "priority", binding->priority, "weight", binding->weight,
			 "seen", now.tv_sec + now.tv_nsec / 1e9 - age_ms / 1e3);
}

static json_t *session_json(const struct broker *broker, const struct broker_session *session)
{
	json_t *object = lease_json(session->lease), *bindings = json_array();
	unsigned int i;

	for (i = 0; i < session->n_bindings; i++)
		if (session->bindings[i].tunnel)
			json_array_append_new(bindings,
					      binding_json(broker, &session->bindings[i]));
	json_object_set_new(object, "session", json_string(session->id));
	json_object_set_new(object, "name", json_string(session->name));
	json_object_set_new(object, "connected", json_boolean(session->owner));
	json_object_set_new(object, "created", json_integer(session->created_at));
	json_object_set_new(object, "expires",
			    json_integer(broker->clock.wall_s() +
					 broker_session_expires(broker, session)));
	if (session->credential_ends)
		json_object_set_new(object, "certificate_ends",
				    json_integer(session->credential_ends));
	json_object_set_new(object, "bindings", bindings);
	return object;
}

static bool is_wanted(const struct command *command, const struct broker_lease *lease)
{
	const char *pattern = argument(command, "identity");

	return !pattern || fnmatch(pattern, lease->identity, 0) == 0 ||
		(lease->session && strcmp(pattern, lease->session->id) == 0);
}

static int run_sessions(struct command *command)
{
	const struct broker_session *session = command->broker->sessions;

	for (; session; session = session->hh.next) {
		_cleanup_(cleanup_json) json_t *object = NULL;

		if (!is_wanted(command, session->lease))
			continue;
		object = session_json(command->broker, session);
		control_answer_add(command->out, object);
	}
	return 0;
}

static int run_leases(struct command *command)
{
	const struct broker_lease *lease = command->broker->leases;

	for (; lease; lease = lease->hh.next) {
		_cleanup_(cleanup_json) json_t *object = NULL;

		if (!is_wanted(command, lease))
			continue;
		object = lease_json(lease);
		if (lease->state == BROKER_GRACE)
			json_object_set_new(object, "free_at", json_integer(lease->free_at));
		control_answer_add(command->out, object);
	}
	return 0;
}

static int run_kick(struct command *command)
{
	bool release = json_is_true(json_object_get(command->request, "release"));
	json_int_t retry_after = json_integer_value(json_object_get(command->request,
								     "retry_after"));
	struct broker_session *session, *next;
	unsigned int n = 0;

	if (!argument(command, "identity"))
		return fail(command, "whom?");
	HASH_ITER(hh, command->broker->sessions, session, next) {
		if (!is_wanted(command, session->lease))
			continue;
		broker_end(command->broker, session, BROKER_KICKED,
			   retry_after > 0 && retry_after < INT32_MAX ? retry_after : 0, release);
		n++;
	}
	json_object_set_new(command->answer, "kicked", json_integer(n));
	return n ? 0 : fail(command, "no such session");
}

static int set_policy(struct command *command, bool is_allowed)
{
	const char *pattern = argument(command, "identity");
	int ret = pattern ? broker_policy_set(command->broker, pattern, is_allowed) : -EINVAL;

	return ret < 0 ? fail(command, strerror(-ret)) : 0;
}

static int run_allow(struct command *command)
{
	return set_policy(command, true);
}

static int run_deny(struct command *command)
{
	return set_policy(command, false);
}

static int run_clear(struct command *command)
{
	const char *pattern = argument(command, "identity");
	int ret = pattern ? broker_policy_clear(command->broker, pattern) : -EINVAL;

	return ret < 0 ? fail(command, ret == -ENOENT ? "no such entry" : strerror(-ret)) : 0;
}

static void emit_verdict(void *arg, const char *pattern, bool is_allowed)
{
	_cleanup_(cleanup_json) json_t *object =
		json_pack("{ss ss}", "identity", pattern, "verdict", is_allowed ? "allow" : "deny");
	struct command *command = arg;

	control_answer_add(command->out, object);
}

static int run_policy(struct command *command)
{
	broker_policy_list(command->broker, emit_verdict, command);
	return 0;
}

static int run_reload(struct command *command)
{
	char text[256] = "";

	if (!command->ops->reload)
		return fail(command, "nothing to reload");
	if (command->ops->reload(command->ops->arg, text, sizeof(text)) < 0)
		return fail(command, text);
	return 0;
}

static int run_status(struct command *command)
{
	struct broker_stats stats;

	broker_stats_get(command->broker, &stats);
	json_object_update_new(command->answer, json_pack("{sI sI sI sI sI sI sI}",
		"leases", (json_int_t)stats.leases, "sessions", (json_int_t)stats.sessions,
		"bindings", (json_int_t)stats.bindings,
		"addresses_used", (json_int_t)stats.addresses_used,
		"addresses_size", (json_int_t)stats.addresses_size,
		"store_errors", (json_int_t)stats.store_errors,
		"dataplane_errors", (json_int_t)stats.dataplane_errors));
	if (command->ops->status)
		command->ops->status(command->ops->arg, command->answer);
	return 0;
}

static const struct {
	const char *name;
	int (*run)(struct command *command);
} commands[] = {
	{ "allow", run_allow },
	{ "clear", run_clear },
	{ "deny", run_deny },
	{ "kick", run_kick },
	{ "leases", run_leases },
	{ "policy", run_policy },
	{ "reload", run_reload },
	{ "sessions", run_sessions },
	{ "status", run_status },
};

static int run(struct command *command)
{
	const char *name = argument(command, "command");
	size_t i;

	if (!name)
		return fail(command, "not a request");
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(name, commands[i].name) == 0)
			return commands[i].run(command);
	return fail(command, "unknown command");
}

void broker_command_run(struct broker *broker, const struct broker_command_ops *ops,
			const char *line, size_t len, struct evbuffer *out)
{
	_cleanup_(cleanup_json) json_t *request = json_loadb(line, len, 0, NULL);
	_cleanup_(cleanup_json) json_t *answer = json_object();
	struct command command = {
		.broker = broker, .ops = ops, .request = request, .out = out, .answer = answer,
	};
	int ret = run(&command);

	json_object_set_new(answer, "ok", json_boolean(!ret));
	control_answer_add(out, answer);
}
