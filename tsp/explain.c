// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Why it does not work: what a client said and was told lately, what it has, and what the data plane
 * counts of it.
 */
#include <errno.h>
#include <string.h>

#include <jansson.h>

#include "broker/session.h"
#include "lib/base/cleanup.h"
#include "lib/control/answer.h"
#include "tsp/command.h"
#include "tsp/front_private.h"

/**
 * struct explanation - one that is being given
 * @front: whose
 * @out: where it goes
 * @addr: that was asked for, of no family for a user
 * @leases: how many there were
 */
struct explanation {
	struct tsp_front *front;
	struct evbuffer *out;
	struct lvn_addr addr;
	unsigned int leases;
};

static void cleanup_json(json_t **json)
{
	json_decref(*json);
}

static void emit_step(void *arg, const struct tsp_step *step)
{
	char text[LVN_ADDR_TEXT_SIZE];
	_cleanup_(cleanup_json) json_t *object =
		json_pack("{sI ss ss ss sb ss ss}", "at", (json_int_t)step->at, "remote",
			  lvn_endpoint_format(&step->remote, text), "transport",
			  step->is_stream ? "tcp" : "udp", "user", step->user, "proved",
			  step->is_known, "asked", step->asked, "answered", step->answered);
	const struct explanation *explanation = arg;

	if (object)
		control_answer_add(explanation->out, object);
}

static void add_text(json_t *list, const char *text)
{
	json_array_append_new(list, json_string(text));
}

static void add_counts(json_t *object, json_t *findings, const struct tsp_counts *counts,
		       bool is_idle)
{
	json_object_update_new(object, json_pack("{sI sI sI sI sI sI}", "rx_packets",
						 (json_int_t)counts->rx_packets, "rx_bytes",
						 (json_int_t)counts->rx_bytes, "tx_packets",
						 (json_int_t)counts->tx_packets, "tx_bytes",
						 (json_int_t)counts->tx_bytes, "rx_dropped",
						 (json_int_t)counts->rx_dropped, "tx_dropped",
						 (json_int_t)counts->tx_dropped));
	if (counts->has_heard)
		json_object_set_new(object, "heard_ms", json_integer(counts->heard_ms));
	if (!counts->has_heard)
		add_text(findings,
			 "nothing was ever received through the tunnel: is data on its way "
			 "dropped, or does the client not use it?");
	else if (is_idle)
		add_text(findings,
			 "nothing has been received through the tunnel lately: the client "
			 "is away, or its NAT has forgotten it");
	if (counts->rx_dropped)
		add_text(findings,
			 "packets from the tunnel were dropped: their sources are not the "
			 "user's, or there is no route for them");
	if (counts->tx_dropped)
		add_text(findings, "packets into the tunnel were dropped: they are too large, or "
				   "could not be sent");
}

static void add_tunnel(struct tsp_front *front, const struct broker_session *session,
		       json_t *object, json_t *findings)
{
	const struct broker_binding *binding = session ? &session->bindings[0] : NULL;
	char text[LVN_ADDR_TEXT_SIZE];
	struct tsp_counts counts;

	if (!binding || !binding->tunnel) {
		add_text(findings, session ?
					   "an offer was made, and there is no tunnel: it was not "
					   "accepted, or the tunnel was idle for too long" :
					   "there is no tunnel");
		return;
	}
	json_object_set_new(object, "tunnel", json_integer(binding->tunnel));
	json_object_set_new(object, "remote",
			    json_string(lvn_endpoint_format(&binding->path.remote, text)));
	if (front->ops.look && front->ops.look(front->ops.arg, binding->tunnel, &counts) == 0)
		add_counts(object, findings, &counts, binding->is_idle);
	else
		add_text(findings, "the data plane does not tell what it counts");
}

static void add_lease(const struct broker_lease *lease, json_t *object)
{
	json_t *addresses = json_array(), *prefixes = json_array();
	char text[LVN_ADDR_TEXT_SIZE];
	unsigned int i;

	for (i = 0; i < lease->n_addresses; i++)
		add_text(addresses, lvn_addr_format(&lease->addresses[i], text));
	for (i = 0; i < lease->n_prefixes; i++)
		add_text(prefixes, lvn_prefix_format(&lease->prefixes[i], text));
	json_object_set_new(object, "addresses", addresses);
	json_object_set_new(object, "prefixes", prefixes);
}

static void add_user(struct tsp_front *front, const char *name, json_t *object, json_t *findings)
{
	struct broker_user user;
	int ret = *name == '~' ? 0 : broker_user_find(front->users, name, &user);

	json_object_set_new(object, "user", json_string(name));
	if (*name == '~')
		return;
	if (ret < 0)
		add_text(findings, ret == -ENOENT ? "there is no such user" : strerror(-ret));
	else if (user.is_disabled)
		add_text(findings, "the user is disabled");
	else if (broker_key_list(front->users, name, NULL, NULL) == 0)
		add_text(findings, "the user has no key");
}

static void emit_state(struct explanation *explanation, const char *name,
		       const struct broker_lease *lease)
{
	_cleanup_(cleanup_json) json_t *object = json_object();
	json_t *findings = json_array();

	add_user(explanation->front, name, object, findings);
	if (lease)
		add_lease(lease, object);
	add_tunnel(explanation->front, lease ? lease->session : NULL, object, findings);
	json_object_set_new(object, "findings", findings);
	control_answer_add(explanation->out, object);
	explanation->leases++;
}

static bool is_about(const struct broker_lease *lease, const struct lvn_addr *addr)
{
	const struct broker_session *session = lease->session;
	unsigned int i;

	if (session && session->n_bound &&
	    lvn_addr_equal(&session->bindings[0].path.remote.addr, addr))
		return true;
	for (i = 0; i < lease->n_addresses; i++)
		if (lvn_addr_equal(&lease->addresses[i], addr))
			return true;
	for (i = 0; i < lease->n_prefixes; i++)
		if (lvn_prefix_contains(&lease->prefixes[i], addr))
			return true;
	return false;
}

static void see_lease(void *arg, const struct broker_lease *lease)
{
	struct explanation *explanation = arg;

	if (!is_about(lease, &explanation->addr))
		return;
	/* an address inside says nothing of where the client is */
	if (!lease->session ||
	    !lvn_addr_equal(&lease->session->bindings[0].path.remote.addr, &explanation->addr))
		tsp_diary_read(&explanation->front->diary, lease->identity, NULL, emit_step,
			       explanation);
	emit_state(explanation, lease->identity, lease);
}

int tsp_explain(struct tsp_front *front, const char *what, struct evbuffer *out)
{
	struct explanation explanation = { .front = front, .out = out };
	int ret;

	if (lvn_addr_parse(what, &explanation.addr) == 0) {
		ret = tsp_diary_read(&front->diary, NULL, &explanation.addr, emit_step,
				     &explanation);
		broker_lease_list(front->broker, see_lease, &explanation);
		return ret < 0 ? ret : ret || explanation.leases ? 0 : -ENOENT;
	}
	if (!broker_user_name_check(what))
		return -EINVAL;
	ret = tsp_diary_read(&front->diary, what, NULL, emit_step, &explanation);
	if (ret < 0)
		return ret;
	emit_state(&explanation, what, broker_lease_lookup(front->broker, what));
	return 0;
}
