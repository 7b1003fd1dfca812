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
	int r;

	while (broker_binding_prefix(lease, record.n_prefixes, &record.prefixes[record.n_prefixes]))
		record.n_prefixes++;
	r = broker->store.lease_put(broker->store.arg, &record);
	if (!r)
		return 0;
	if (lease->session)
		mark(broker, lease->session, true);
	return failed(broker, "lease", r);
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
	int r = broker->store.session_put(broker->store.arg, &record);

	if (!r)
		return 0;
	mark(broker, session, true);
	return failed(broker, "session", r);
}

int broker_save_begun(struct broker *broker, struct broker_session *session)
{
	int r = broker->store.begin(broker->store.arg), r_commit;

	if (r < 0)
		return failed(broker, "session", r);
	r = broker_save_lease(broker, session->lease);
	if (!r)
		r = broker_save_session(broker, session);
	/* what was written of it must not stay open, even if there was an error */
	r_commit = broker->store.commit(broker->store.arg);
	if (r_commit < 0)
		failed(broker, "session", r_commit);
	return r ?: r_commit;
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
	int r;

	broker_binding_forget_unsaved(broker, binding);
	r = broker->store.binding_put(broker->store.arg, &record);
	if (!r)
		return 0;
	mark(broker, binding->session, true);
	return failed(broker, "binding", r);
}

void broker_save_forget_lease(struct broker *broker, const char *identity)
{
	int r = broker->store.lease_del(broker->store.arg, identity);

	if (r < 0)
		failed(broker, "end of lease", r);
}

void broker_save_forget_session(struct broker *broker, const char *id)
{
	int r = broker->store.session_del(broker->store.arg, id);

	if (r < 0)
		failed(broker, "end of session", r);
}

static int save_all(struct broker *broker, struct broker_session *session)
{
	unsigned int i;
	int r;

	r = broker_save_lease(broker, session->lease);
	if (!r)
		r = broker_save_session(broker, session);
	for (i = 0; !r && i < session->n_bindings; i++)
		r = broker_save_binding(broker, &session->bindings[i]);
	return r;
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
	int r;

	if (!broker->unsaved || broker->unsaved->unsaved_ms > before_ms)
		return;
	r = store->begin(store->arg);
	if (r < 0) {
		failed(broker, "counters", r);
		return;
	}
	for (n = 0; n < max; n++) {
		if (!broker->unsaved || broker->unsaved->unsaved_ms > before_ms)
			break;
		broker_save_binding(broker, broker->unsaved);
	}
	r = store->commit(store->arg);
	if (r < 0)
		failed(broker, "counters", r);
}
