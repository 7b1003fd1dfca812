// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Policy. Denied by anything is denied; an allow list, where there is one, must match.
 */
#include "broker/policy.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "broker/private.h"
#include "lib/base/cleanup.h"

bool broker_policy_allows(const struct broker *broker, const char *identity)
{
	const struct broker_verdict *verdict;
	bool is_allowed = false;

	if (broker_patterns_match(&broker->conf->deny, identity))
		return false;
	for (verdict = broker->verdicts; verdict; verdict = verdict->hh.next) {
		if (fnmatch(verdict->pattern, identity, 0) != 0)
			continue;
		if (!verdict->is_allowed)
			return false;
		is_allowed = true;
	}
	return is_allowed || !broker->conf->allow.n ||
	       broker_patterns_match(&broker->conf->allow, identity);
}

int broker_policy_load(struct broker *broker, const char *pattern, bool is_allowed)
{
	_cleanup_free_ struct broker_verdict *verdict = NULL;
	struct broker_verdict *found;

	HASH_FIND_STR(broker->verdicts, pattern, found);
	if (found) {
		found->is_allowed = is_allowed;
		return 0;
	}
	if (HASH_COUNT(broker->verdicts) >= BROKER_PATTERNS_MAX)
		return -E2BIG;
	verdict = calloc(1, sizeof(*verdict));
	if (!verdict)
		return -ENOMEM;
	verdict->pattern = strdup(pattern);
	if (!verdict->pattern)
		return -ENOMEM;
	verdict->is_allowed = is_allowed;
	found = TAKE_PTR(verdict);
	HASH_ADD_KEYPTR(hh, broker->verdicts, found->pattern, strlen(found->pattern), found);
	return 0;
}

int broker_policy_set(struct broker *broker, const char *pattern, bool is_allowed)
{
	int ret;

	if (!*pattern || strlen(pattern) >= BROKER_IDENTITY_SIZE)
		return -EINVAL;
	ret = broker->store.verdict_put(broker->store.arg, pattern, is_allowed);
	if (ret < 0)
		return ret;
	ret = broker_policy_load(broker, pattern, is_allowed);
	if (ret < 0)
		return ret;
	lvn_info("policy: %s %s", is_allowed ? "allowed" : "denied", pattern);
	broker_policy_enforce(broker);
	return 0;
}

int broker_policy_clear(struct broker *broker, const char *pattern)
{
	struct broker_verdict *verdict;
	int ret;

	HASH_FIND_STR(broker->verdicts, pattern, verdict);
	if (!verdict)
		return -ENOENT;
	ret = broker->store.verdict_del(broker->store.arg, pattern);
	if (ret < 0)
		return ret;
	HASH_DEL(broker->verdicts, verdict);
	lvn_info("policy: cleared %s", pattern);
	free(verdict->pattern);
	free(verdict);
	broker_policy_enforce(broker);
	return 0;
}

void broker_policy_enforce(struct broker *broker)
{
	struct broker_session *session, *next;

	HASH_ITER(hh, broker->sessions, session, next) {
		if (!broker_policy_allows(broker, session->lease->identity))
			broker_end(broker, session, BROKER_DENIED, 0, false);
		else if (broker->front.judge &&
			 !broker->front.judge(broker->front.arg, session->credential))
			broker_end(broker, session, BROKER_REVOKED, 0, false);
	}
}

void broker_policy_expire(struct broker *broker)
{
	int64_t now = broker->clock.wall_s();
	struct broker_session *session, *next;

	HASH_ITER(hh, broker->sessions, session, next)
		if (session->credential_ends && session->credential_ends <= now)
			broker_end(broker, session, BROKER_REVOKED, 0, false);
}

void broker_policy_list(const struct broker *broker, broker_policy_fn *fn, void *arg)
{
	const struct broker_verdict *verdict;

	for (verdict = broker->verdicts; verdict; verdict = verdict->hh.next)
		fn(arg, verdict->pattern, verdict->is_allowed);
}

void broker_policy_destroy(struct broker *broker)
{
	struct broker_verdict *verdict, *next;

	HASH_ITER(hh, broker->verdicts, verdict, next) {
		HASH_DEL(broker->verdicts, verdict);
		free(verdict->pattern);
		free(verdict);
	}
}
