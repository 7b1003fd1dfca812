// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bindings: from a proved mapping to a tunnel with rules, and back. The store hears of a tunnel
 * before the data plane does, so that after a crash no tunnel is there that nobody knows.
 */
#include <errno.h>
#include <string.h>

#include <utlist.h>

#include "broker/private.h"

static struct broker_remote remote_key(const struct broker_path *path)
{
	struct broker_remote key;

	memset(&key, 0, sizeof(key));
	key.listener = path->listener;
	key.family = path->remote.addr.family;
	key.port = path->remote.port;
	memcpy(key.bytes, path->remote.addr.bytes, lvn_addr_bits(&path->remote.addr) / 8);
	return key;
}

struct broker_binding *broker_binding_at(struct broker *broker, const struct broker_path *path)
{
	struct broker_remote key = remote_key(path);
	struct broker_binding *binding;

	HASH_FIND(hh, broker->by_remote, &key, sizeof(key), binding);
	return binding;
}

/* Into the list, which has the longest silent first; nearly always to its end. */
static void touch(struct broker *broker, struct broker_binding *binding, uint64_t seen_ms)
{
	struct broker_binding *before = NULL, *after;

	if (binding->prev)
		DL_DELETE(broker->consent, binding);
	binding->seen_ms = seen_ms;
	if (broker->conf->hears_data && !binding->is_idle) {
		binding->prev = NULL;
		binding->next = NULL;
		return;
	}
	for (after = broker->consent ? broker->consent->prev : NULL;
	     after && after->seen_ms > seen_ms;
	     after = after == broker->consent ? NULL : after->prev)
		before = after;
	if (before)
		DL_PREPEND_ELEM(broker->consent, before, binding);
	else
		DL_APPEND(broker->consent, binding);
}

bool broker_is_consent_fresh(const struct broker *broker, const struct broker_binding *binding)
{
	return broker->clock.monotonic_ms() - binding->seen_ms < broker->conf->timeout * 500ull;
}

void broker_binding_link(struct broker *broker, struct broker_binding *binding,
			 const struct broker_path *path, uint32_t tunnel)
{
	struct broker_session *session = binding->session;

	binding->path = *path;
	binding->remote = remote_key(path);
	HASH_ADD(hh, broker->by_remote, remote, sizeof(binding->remote), binding);
	if (!binding->tunnel && !session->n_bound++)
		broker_state_change(session->lease, BROKER_EVENT_BIND);
	session->lease->was_bound = true;
	binding->tunnel = tunnel;
	binding->is_idle = false;
	touch(broker, binding, broker->clock.monotonic_ms());
}

void broker_binding_unlink(struct broker *broker, struct broker_binding *binding)
{
	struct broker_session *session = binding->session;

	HASH_DEL(broker->by_remote, binding);
	if (binding->prev)
		DL_DELETE(broker->consent, binding);
	binding->prev = NULL;
	binding->next = NULL;
	binding->tunnel = 0;
	if (!--session->n_bound)
		broker_state_change(session->lease, BROKER_EVENT_UNBIND);
}

void broker_binding_forget_unsaved(struct broker *broker, struct broker_binding *binding)
{
	if (!binding->unsaved_ms)
		return;
	DL_DELETE2(broker->unsaved, binding, unsaved_prev, unsaved_next);
	binding->unsaved_ms = 0;
}

static void count(struct broker *broker, struct broker_binding *binding, uint64_t counter)
{
	if (counter <= binding->counter)
		return;
	binding->counter = counter;
	if (binding->unsaved_ms)
		return;
	binding->unsaved_ms = broker->clock.monotonic_ms() ?: 1;
	DL_APPEND2(broker->unsaved, binding, unsaved_prev, unsaved_next);
}

unsigned int broker_binding_targets(const struct broker_session *session,
				    const struct broker_binding *without,
				    struct broker_target targets[BROKER_BINDINGS_MAX])
{
	unsigned int i, n = 0;

	for (i = 0; i < session->n_bindings; i++) {
		const struct broker_binding *binding = &session->bindings[i];

		if (!binding->tunnel || binding == without)
			continue;
		targets[n++] = (struct broker_target){
			.tunnel = binding->tunnel,
			.priority = binding->priority,
			.weight = binding->weight,
		};
	}
	return n;
}

bool broker_binding_prefix(const struct broker_lease *lease, unsigned int i, struct lvn_prefix *ret)
{
	if (i < lease->n_addresses) {
		ret->addr = lease->addresses[i];
		ret->len = lvn_addr_bits(&ret->addr);
		return true;
	}
	i -= lease->n_addresses;
	if (i >= lease->n_prefixes)
		return false;
	*ret = lease->prefixes[i];
	return true;
}

int broker_binding_rules(struct broker *broker, const struct broker_lease *lease,
			 const struct broker_binding *without)
{
	const struct broker_dataplane *dataplane = &broker->dataplane;
	struct broker_target targets[BROKER_BINDINGS_MAX];
	struct lvn_prefix prefix;
	unsigned int n, i;
	int ret;

	n = broker_binding_targets(lease->session, without, targets);
	for (i = 0; broker_binding_prefix(lease, i, &prefix); i++) {
		ret = dataplane->rule_set(dataplane->arg, &prefix, targets, n);
		if (!ret && i >= lease->n_addresses)
			ret = dataplane->route_set(dataplane->arg, &prefix, n > 0);
		/* a rule that is not there needs not be removed */
		if (ret < 0 && n)
			return ret;
	}
	return 0;
}

static bool has_rule_for(const struct broker_lease *lease, const struct lvn_prefix *prefix)
{
	struct lvn_prefix own;
	unsigned int i;

	for (i = 0; broker_binding_prefix(lease, i, &own); i++)
		if (lvn_prefix_equal(&own, prefix))
			return true;
	return false;
}

void broker_binding_update(struct broker *broker, struct broker_session *session,
			   const struct broker_lease *before)
{
	const struct broker_dataplane *dataplane = &broker->dataplane;
	struct broker_lease *lease = session->lease;
	bool is_other = false;
	struct lvn_prefix prefix;
	unsigned int i;

	for (i = 0; broker_binding_prefix(before, i, &prefix); i++) {
		if (has_rule_for(lease, &prefix))
			continue;
		is_other = true;
		if (!session->n_bound)
			continue;
		dataplane->rule_set(dataplane->arg, &prefix, NULL, 0);
		if (i >= before->n_addresses)
			dataplane->route_set(dataplane->arg, &prefix, false);
	}
	for (i = 0; !is_other && broker_binding_prefix(lease, i, &prefix); i++)
		is_other = !has_rule_for(before, &prefix);
	if (!is_other)
		return;
	broker_save_lease(broker, lease);
	if (session->n_bound)
		broker_binding_rules(broker, lease, NULL);
}

static int dataplane_failed(struct broker *broker, struct broker_binding *binding, int error)
{
	char text[LVN_ADDR_TEXT_SIZE];

	broker->stats.dataplane_errors++;
	lvn_warning("session %s: binding %u of %s to %s: data plane: %s", binding->session->id,
		    binding->index, binding->session->lease->identity,
		    lvn_endpoint_format(&binding->path.remote, text), strerror(-error));
	return error;
}

/* Make a tunnel and let the rules use it; of an old one on another listener, remove it then. */
static int make(struct broker *broker, struct broker_binding *binding,
		const struct broker_path *path)
{
	const struct broker_dataplane *dataplane = &broker->dataplane;
	uint32_t old = binding->tunnel, id = broker->next_tunnel++;
	int ret;

	if (old)
		HASH_DEL(broker->by_remote, binding);
	broker_binding_link(broker, binding, path, id);
	broker_save_binding(broker, binding);
	ret = dataplane->tunnel_add(dataplane->arg, id, path);
	if (!ret)
		ret = broker_binding_rules(broker, binding->session->lease, NULL);
	if (old)
		dataplane->tunnel_del(dataplane->arg, old);
	if (!ret)
		return 0;
	dataplane_failed(broker, binding, ret);
	broker_unbind(broker, binding->session, binding->index, 0, BROKER_FAILED);
	return ret;
}

static int move(struct broker *broker, struct broker_binding *binding,
		const struct broker_path *path)
{
	const struct broker_dataplane *dataplane = &broker->dataplane;
	int ret;

	if (binding->path.listener != path->listener)
		return make(broker, binding, path);
	HASH_DEL(broker->by_remote, binding);
	broker_binding_link(broker, binding, path, binding->tunnel);
	broker_save_binding(broker, binding);
	ret = dataplane->tunnel_move(dataplane->arg, binding->tunnel, path);
	if (!ret)
		return 0;
	dataplane_failed(broker, binding, ret);
	broker_unbind(broker, binding->session, binding->index, 0, BROKER_FAILED);
	return ret;
}

static bool same_path(const struct broker_path *a, const struct broker_path *b)
{
	return a->listener == b->listener && lvn_endpoint_equal(&a->remote, &b->remote) &&
	       lvn_addr_equal(&a->local, &b->local);
}

static int place(struct broker *broker, struct broker_binding *binding,
		 const struct broker_path *path)
{
	struct broker_session *session = binding->session;
	struct broker_binding *other = broker_binding_at(broker, path);
	char text[LVN_ADDR_TEXT_SIZE];
	bool had = binding->tunnel;
	int ret;

	if (other && other != binding)
		broker_unbind(broker, other->session, other->index, 0, BROKER_TAKEN);
	ret = had ? move(broker, binding, path) : make(broker, binding, path);
	if (ret < 0)
		return ret;
	if (had)
		broker->stats.moved++;
	else
		broker->stats.made++;
	lvn_info("session %s: binding %u of %s %s %s tunnel=%u", session->id, binding->index,
		 session->lease->identity, had ? "moved to" : "at",
		 lvn_endpoint_format(&path->remote, text), binding->tunnel);
	if (broker->front.up)
		broker->front.up(broker->front.arg, session, binding->index);
	return 0;
}

bool broker_bind_is_change(const struct broker_session *session, const struct broker_bind *bind)
{
	const struct broker_binding *binding = &session->bindings[bind->index];

	return !binding->tunnel || !same_path(&binding->path, bind->path) ||
	       binding->priority != bind->priority || binding->weight != bind->weight;
}

void broker_hear(struct broker *broker, const struct broker_path *path, uint32_t tunnel,
		 bool is_idle)
{
	struct broker_binding *binding = broker_binding_at(broker, path);

	if (!broker->conf->hears_data || !binding || binding->tunnel != tunnel ||
	    binding->is_idle == is_idle)
		return;
	binding->is_idle = is_idle;
	touch(broker, binding, broker->clock.monotonic_ms());
}

/* From now on it lives as long as its lease. */
static void begin_life(struct broker *broker, struct broker_session *session)
{
	if (session->was_bound)
		return;
	session->was_bound = true;
	broker_session_prolong(broker, session, broker->conf->expires * 1000ull);
	broker_save_session(broker, session);
}

int broker_bind(struct broker *broker, struct broker_session *session,
		const struct broker_bind *bind)
{
	struct broker_binding *binding;
	bool is_share_new;
	int ret;

	if (bind->index >= session->n_bindings)
		return -ERANGE;
	binding = &session->bindings[bind->index];
	count(broker, binding, bind->counter);
	is_share_new = binding->priority != bind->priority || binding->weight != bind->weight;
	binding->priority = bind->priority;
	binding->weight = bind->weight;
	if (!binding->tunnel || !same_path(&binding->path, bind->path)) {
		if (broker_prefix_is_inside(broker, &bind->path->remote.addr))
			return -EPERM;
		ret = place(broker, binding, bind->path);
		if (!ret)
			begin_life(broker, session);
		if (!ret && bind->proved_ms)
			touch(broker, binding, bind->proved_ms);
		return ret;
	}
	if (bind->proved_ms > binding->seen_ms)
		touch(broker, binding, bind->proved_ms);
	if (!is_share_new)
		return 0;
	broker_save_binding(broker, binding);
	return broker_binding_rules(broker, session->lease, NULL);
}

void broker_unbind(struct broker *broker, struct broker_session *session, unsigned int index,
		   uint64_t counter, enum broker_reason reason)
{
	const struct broker_dataplane *dataplane = &broker->dataplane;
	struct broker_binding *binding = &session->bindings[index];
	uint32_t tunnel = binding->tunnel;
	char text[LVN_ADDR_TEXT_SIZE];
	int ret;

	count(broker, binding, counter);
	if (!tunnel)
		return;
	broker_binding_rules(broker, session->lease, binding);
	broker_binding_unlink(broker, binding);
	broker_save_binding(broker, binding);
	ret = dataplane->tunnel_del(dataplane->arg, tunnel);
	if (ret < 0 && ret != -ENOENT && ret != -ENODEV)
		dataplane_failed(broker, binding, ret);
	broker->stats.lost[reason]++;
	lvn_info("session %s: binding %u of %s lost %s reason=%s", session->id, index,
		 session->lease->identity, lvn_endpoint_format(&binding->path.remote, text),
		 broker_reason_name(reason));
	if (broker->front.down)
		broker->front.down(broker->front.arg, session, index, reason);
}
