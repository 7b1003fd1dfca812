// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The start: sessions out of the store, and the data plane compared with what they need; and the
 * same comparison again, when the data plane was away. What is right is not touched, so that
 * traffic does not notice.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "broker/policy.h"
#include "broker/private.h"

/**
 * struct found - a tunnel or a rule that is not as it should be
 * @id: of the tunnel
 * @prefix: of the rule
 * @next: in a list
 */
struct found {
	uint32_t id;
	struct lvn_prefix prefix;
	struct found *next;
};

/**
 * struct adoption - what is known while the data plane is compared
 * @broker: whose
 * @by_tunnel: bindings of the store in order of their tunnels
 * @n: how many
 * @has_tunnel: for each, whether the data plane has its tunnel
 * @is_elsewhere: for each, whether that leads elsewhere
 * @tunnels: tunnels to be removed
 * @rules: rules to be removed
 * @error: first one
 */
struct adoption {
	struct broker *broker;
	struct broker_binding **by_tunnel;
	unsigned int n;
	bool *has_tunnel;
	bool *is_elsewhere;
	struct found *tunnels;
	struct found *rules;
	int error;
};

static void adoption_done(struct adoption *adoption)
{
	struct found *found, *next;

	LL_FOREACH_SAFE(adoption->tunnels, found, next)
		free(found);
	LL_FOREACH_SAFE(adoption->rules, found, next)
		free(found);
	free(adoption->by_tunnel);
	free(adoption->has_tunnel);
	free(adoption->is_elsewhere);
}

static int read_lease(void *arg, const struct broker_lease_record *record)
{
	struct broker *broker = arg;
	struct broker_refusal refusal;
	struct broker_lease *lease;
	unsigned int i;

	if (record->n_addresses > BROKER_ADDRESSES_MAX ||
	    record->n_prefixes - record->n_addresses > BROKER_PREFIXES_MAX ||
	    broker_lease_find(broker, record->identity, 0, &lease, &refusal) < 0)
		return 0;
	strncpy(lease->secret, record->secret, sizeof(lease->secret) - 1);
	lease->n_addresses = record->n_addresses;
	lease->n_prefixes = record->n_prefixes - record->n_addresses;
	for (i = 0; i < lease->n_addresses; i++)
		lease->addresses[i] = record->prefixes[i].addr;
	for (i = 0; i < lease->n_prefixes; i++)
		lease->prefixes[i] = record->prefixes[lease->n_addresses + i];
	lease->was_bound = true;
	broker_lease_reclaim(broker, lease);
	DL_DELETE(broker->grace, lease);
	/* one whose session the store does not have gets its grace time from now */
	lease->free_at = record->free_at ?: broker->clock.wall_s() + broker->conf->grace;
	broker_lease_to_grace(broker, lease);
	return 0;
}

static int read_session(void *arg, const struct broker_session_record *record)
{
	struct broker *broker = arg;
	int ret = broker_session_load(broker, record);

	if (ret < 0)
		lvn_warning("session %s: not adopted for %s: %s", record->id, record->identity,
			    strerror(-ret));
	else
		broker->stats.adopted++;
	return ret == -ENOMEM ? ret : 0;
}

static int read_binding(void *arg, const struct broker_binding_record *record)
{
	struct broker *broker = arg;
	struct broker_session *session;
	struct broker_binding *binding;

	session = broker_session_lookup(broker, record->session, strlen(record->session));
	if (!session || record->index >= session->n_bindings)
		return 0;
	binding = &session->bindings[record->index];
	binding->counter = record->counter;
	binding->priority = record->priority;
	binding->weight = record->weight ?: 1;
	if (record->tunnel >= broker->next_tunnel)
		broker->next_tunnel = record->tunnel + 1;
	if (record->tunnel && !broker_binding_at(broker, &record->path) &&
	    !broker_prefix_is_inside(broker, &record->path.remote.addr))
		broker_binding_link(broker, binding, &record->path, record->tunnel);
	return 0;
}

static int read_verdict(void *arg, const char *pattern, bool is_allowed)
{
	return broker_policy_load(arg, pattern, is_allowed);
}

static int compare_tunnels(const void *a, const void *b)
{
	const struct broker_binding *const *left = a, *const *right = b;

	return (*left)->tunnel < (*right)->tunnel ? -1 : (*left)->tunnel > (*right)->tunnel;
}

static int sort_bindings(struct adoption *adoption)
{
	struct broker_binding *binding;
	size_t n = HASH_COUNT(adoption->broker->by_remote) + 1;

	adoption->by_tunnel = calloc(n, sizeof(*adoption->by_tunnel));
	adoption->has_tunnel = calloc(n, sizeof(*adoption->has_tunnel));
	adoption->is_elsewhere = calloc(n, sizeof(*adoption->is_elsewhere));
	if (!adoption->by_tunnel || !adoption->has_tunnel || !adoption->is_elsewhere)
		return -ENOMEM;
	for (binding = adoption->broker->by_remote; binding; binding = binding->hh.next)
		adoption->by_tunnel[adoption->n++] = binding;
	qsort(adoption->by_tunnel, adoption->n, sizeof(*adoption->by_tunnel), compare_tunnels);
	return 0;
}

static int index_of(const struct adoption *adoption, uint32_t tunnel)
{
	struct broker_binding key = { .tunnel = tunnel }, *wanted = &key, **found;

	if (!adoption->n)
		return -1;
	found = bsearch(&wanted, adoption->by_tunnel, adoption->n, sizeof(*adoption->by_tunnel),
			compare_tunnels);
	return found ? found - adoption->by_tunnel : -1;
}

static struct found *remember(struct adoption *adoption, struct found **list)
{
	struct found *found = calloc(1, sizeof(*found));

	if (!found) {
		adoption->error = -ENOMEM;
		return NULL;
	}
	LL_PREPEND(*list, found);
	return found;
}

static void see_tunnel(void *arg, uint32_t id, const struct broker_path *path)
{
	struct adoption *adoption = arg;
	const struct broker_path *wanted;
	struct found *found;
	int i = index_of(adoption, id);

	if (id >= adoption->broker->next_tunnel)
		adoption->broker->next_tunnel = id + 1;
	wanted = i >= 0 ? &adoption->by_tunnel[i]->path : NULL;
	if (wanted && wanted->listener == path->listener) {
		adoption->has_tunnel[i] = true;
		adoption->is_elsewhere[i] = !lvn_endpoint_equal(&wanted->remote, &path->remote) ||
					    !lvn_addr_equal(&wanted->local, &path->local);
		return;
	}
	found = remember(adoption, &adoption->tunnels);
	if (found)
		found->id = id;
}

/* Whose is the prefix? The lease of the session that the first target's tunnel belongs to. */
static bool is_right(const struct adoption *adoption, const struct lvn_prefix *prefix,
		     const struct broker_target *targets, unsigned int n)
{
	const struct broker_lease *lease;
	struct lvn_prefix own;
	int binding;
	unsigned int i;

	binding = n ? index_of(adoption, targets[0].tunnel) : -1;
	if (binding < 0)
		return false;
	lease = adoption->by_tunnel[binding]->session->lease;
	for (i = 0; broker_binding_prefix(lease, i, &own); i++)
		if (lvn_prefix_equal(&own, prefix))
			return true;
	return false;
}

static void see_rule(void *arg, const struct lvn_prefix *prefix,
		     const struct broker_target *targets, unsigned int n)
{
	struct adoption *adoption = arg;
	struct found *found;

	if (is_right(adoption, prefix, targets, n))
		return;
	found = remember(adoption, &adoption->rules);
	if (found)
		found->prefix = *prefix;
}

/*
 * Rules are replaced by the same, which loses no packet; tunnels are made only if they are
 * missing. A binding that cannot be had is lost, its spoke will bind again.
 */
static void repair(struct adoption *adoption)
{
	struct broker *broker = adoption->broker;
	const struct broker_dataplane *dataplane = &broker->dataplane;
	struct found *found;
	unsigned int i;
	int ret;

	LL_FOREACH(adoption->rules, found)
		dataplane->rule_set(dataplane->arg, &found->prefix, NULL, 0);
	LL_FOREACH(adoption->tunnels, found)
		dataplane->tunnel_del(dataplane->arg, found->id);
	for (i = 0; i < adoption->n; i++) {
		struct broker_binding *binding = adoption->by_tunnel[i];

		ret = 0;
		if (!adoption->has_tunnel[i])
			ret = dataplane->tunnel_add(dataplane->arg, binding->tunnel, &binding->path);
		else if (adoption->is_elsewhere[i])
			ret = dataplane->tunnel_move(dataplane->arg, binding->tunnel, &binding->path);
		if (!ret)
			ret = broker_binding_rules(broker, binding->session->lease, NULL);
		if (ret < 0) {
			lvn_warning("session %s: binding %u of %s not adopted: %s",
				    binding->session->id, binding->index,
				    binding->session->lease->identity, strerror(-ret));
			broker_unbind(broker, binding->session, binding->index, 0, BROKER_FAILED);
		}
	}
}

int broker_compare(struct broker *broker)
{
	struct adoption adoption = { .broker = broker };
	int ret;

	ret = sort_bindings(&adoption);
	if (!ret)
		ret = broker->dataplane.tunnel_list(broker->dataplane.arg, see_tunnel, &adoption);
	if (!ret)
		ret = broker->dataplane.rule_list(broker->dataplane.arg, see_rule, &adoption);
	if (!ret)
		ret = adoption.error;
	if (!ret)
		repair(&adoption);
	adoption_done(&adoption);
	return ret;
}

int broker_adopt(struct broker *broker)
{
	const struct broker_store_reader reader = {
		.arg = broker,
		.lease = read_lease,
		.session = read_session,
		.binding = read_binding,
		.verdict = read_verdict,
	};
	int ret;

	ret = broker->store.read(broker->store.arg, &reader);
	if (!ret)
		ret = broker_compare(broker);
	if (ret < 0)
		return ret;
	broker_lease_refill(broker);
	if (broker->stats.adopted)
		lvn_info("adopted %lu sessions, %u bindings", (unsigned long)broker->stats.adopted,
			 HASH_COUNT(broker->by_remote));
	broker_policy_enforce(broker);
	return 0;
}
