// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From the broker's objects to the store. A store that fails does not stop sessions: what could
 * not be written is marked, and tried again every second.
 */
#include <string.h>

#include <utlist.h>

#include "broker/private.h"

static int failed(struct broker *broker, const char *what, int error)
{
	broker->stats.store_errors++;
	if (lvn_ratelimit_take(&broker->store_log, broker->clock.monotonic_ms()))
		lvn_error("store: cannot write %s: %s; sessions go on, a restart would lose it",
			  what, strerror(-error));
	return error;
}

static void mark(struct broker *broker, struct broker_session *session, bool is_unsaved)
{
	if (session->is_unsaved == is_unsaved)
		return;
	session->is_unsaved = is_unsaved;
	broker->n_unsaved += is_unsaved ? 1 : -1;
}

int broker_save_lease(struct broker *broker, const struct broker_lease *lease)
{
	struct broker_lease_record record = {
		.identity = lease->identity,
		.secret = lease->secret,
		.n_addresses = lease->n_addresses,
		.free_at = lease->free_at,
	};
	int ret;

	while (broker_binding_prefix(lease, record.n_prefixes, &record.prefixes[record.n_prefixes]))
		record.n_prefixes++;
	ret = broker->store.lease_put(broker->store.arg, &record);
	if (!ret)
		return 0;
	if (lease->session)
		mark(broker, lease->session, true);
	return failed(broker, "lease", ret);
}

int broker_save_session(struct broker *broker, struct broker_session *session)
{
	int64_t left = (session->expires_ms - broker->clock.monotonic_ms()) / 1000;
	struct broker_session_record record = {
		.id = session->id,
		.key = session->key,
		.identity = session->lease->identity,
		.name = session->name,
		.credential = session->credential,
		.credential_ends = session->credential_ends,
		.created_at = session->created_at,
		.expires_at = broker->clock.wall_s() + left,
		.bindings = session->n_bindings,
	};
	int ret = broker->store.session_put(broker->store.arg, &record);

	if (!ret)
		return 0;
	mark(broker, session, true);
	return failed(broker, "session", ret);
}

int broker_save_begun(struct broker *broker, struct broker_session *session)
{
	int ret = broker->store.begin(broker->store.arg), r_commit;

	if (ret < 0)
		return failed(broker, "session", ret);
	ret = broker_save_lease(broker, session->lease);
	if (!ret)
		ret = broker_save_session(broker, session);
	/* what was written of it must not stay open, even if there was an error */
	r_commit = broker->store.commit(broker->store.arg);
	if (r_commit < 0)
		failed(broker, "session", r_commit);
	return ret ?: r_commit;
}

int broker_save_binding(struct broker *broker, struct broker_binding *binding)
{
	struct broker_binding_record record = {
		.session = binding->session->id,
		.index = binding->index,
		.tunnel = binding->tunnel,
		.path = binding->path,
		.priority = binding->priority,
		.weight = binding->weight,
		.counter = binding->counter,
	};
	int ret;

	broker_binding_forget_unsaved(broker, binding);
	ret = broker->store.binding_put(broker->store.arg, &record);
	if (!ret)
		return 0;
	mark(broker, binding->session, true);
	return failed(broker, "binding", ret);
}

void broker_save_forget_lease(struct broker *broker, const char *identity)
{
	int ret = broker->store.lease_del(broker->store.arg, identity);

	if (ret < 0)
		failed(broker, "end of lease", ret);
}

void broker_save_forget_session(struct broker *broker, const char *id)
{
	int ret = broker->store.session_del(broker->store.arg, id);

	if (ret < 0)
		failed(broker, "end of session", ret);
}

static int save_all(struct broker *broker, struct broker_session *session)
{
	unsigned int i;
	int ret;

	ret = broker_save_lease(broker, session->lease);
	if (!ret)
		ret = broker_save_session(broker, session);
	for (i = 0; !ret && i < session->n_bindings; i++)
		ret = broker_save_binding(broker, &session->bindings[i]);
	return ret;
}

void broker_save_retry(struct broker *broker)
{
	struct broker_session *session;

	for (session = broker->sessions; session && broker->n_unsaved; session = session->hh.next) {
		if (!session->is_unsaved)
			continue;
		if (save_all(broker, session) < 0)
			return;
		mark(broker, session, false);
		if (!broker->n_unsaved)
			lvn_info("store: all is written again");
	}
}

void broker_save_counters(struct broker *broker, uint64_t before_ms, unsigned int max)
{
	const struct broker_store *store = &broker->store;
	unsigned int n;
	int ret;

	if (!broker->unsaved || broker->unsaved->unsaved_ms > before_ms)
		return;
	ret = store->begin(store->arg);
	if (ret < 0) {
		failed(broker, "counters", ret);
		return;
	}
	for (n = 0; n < max; n++) {
		if (!broker->unsaved || broker->unsaved->unsaved_ms > before_ms)
			break;
		broker_save_binding(broker, broker->unsaved);
	}
	ret = store->commit(store->arg);
	if (ret < 0)
		failed(broker, "counters", ret);
}
