// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What dialogues ask: keys of the store, addresses and tunnels of the broker.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/rand.h>

#include "broker/conf.h"
#include "broker/dataplane.h"
#include "broker/session.h"
#include "broker/stats.h"
#include "tsp/access.h"
#include "tsp/front_private.h"

static unsigned int list_brokers(struct tsp_front *front, unsigned int status,
				 struct tsp_tunnel *ret_list)
{
	if (!front->conf.n_brokers)
		return status;
	memcpy(ret_list->brokers, front->conf.brokers, sizeof(front->conf.brokers));
	ret_list->n_brokers = front->conf.n_brokers;
	front->stats.redirected++;
	return TSP_STATUS_WITH_LIST + status;
}

static unsigned int greet(void *arg, const struct tsp_peer *peer, struct tsp_tunnel *ret_list)
{
	struct tsp_front *front = arg;

	(void)peer;
	if (front->conf.redirect == TSP_REDIRECT_ALWAYS && front->conf.n_brokers)
		return list_brokers(front, TSP_STATUS_NO_MORE_TUNNELS, ret_list);
	return TSP_STATUS_SUCCESS;
}

static int nonce(void *arg, char ret_nonce[TSP_DIALOGUE_NONCE_SIZE])
{
	uint8_t bytes[(TSP_DIALOGUE_NONCE_SIZE - 1) / 2];
	size_t i;

	(void)arg;
	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return -EIO;
	for (i = 0; i < sizeof(bytes); i++)
		snprintf(ret_nonce + 2 * i, 3, "%02x", bytes[i]);
	return 0;
}

/* Return: @ret. */
static int judged(struct tsp_front *front, const struct tsp_peer *peer, const char *user,
		  bool is_proved, int ret)
{
	const struct tsp_try try = { &peer->remote.addr, user, is_proved || peer->is_stream };
	char text[LVN_ADDR_TEXT_SIZE];

	if (!ret) {
		front->stats.logins++;
		tsp_brake_right(&front->brake, &try);
		return 0;
	}
	front->stats.refused++;
	snprintf(front->why, sizeof(front->why), "%s",
		 ret == -EACCES ? "unknown, or wrong key" :
		 ret == -EPERM	? "disabled" :
				  strerror(-ret));
	/* else it is ours that something is wrong */
	if (ret == -EACCES)
		tsp_brake_wrong(&front->brake, &try, front->ops.clock_ms());
	if (lvn_ratelimit_take(&front->log, front->ops.clock_ms()))
		lvn_info("tsp %s: user '%s': %s", lvn_endpoint_format(&peer->remote, text),
			 broker_user_name_check(user) ? user : "?", front->why);
	return ret;
}

static int check(void *arg, struct tsp_dialogue *dialogue, const struct tsp_peer *peer,
		 const struct tsp_plain *plain)
{
	struct tsp_front *front = arg;

	return judged(front, peer, plain->user, false,
		      tsp_access_check(front->users, plain, dialogue->note));
}

static int prove(void *arg, struct tsp_dialogue *dialogue, const struct tsp_peer *peer,
		 const struct tsp_response *response, char ret_proof[TSP_HEX_SIZE])
{
	struct tsp_front *front = arg;

	return judged(front, peer, response->user, true,
		      tsp_access_prove(front->users, front->conf.realm, response, !dialogue->minor,
				       ret_proof, dialogue->note));
}

static bool is_anonymous(const struct tsp_dialogue *dialogue)
{
	return dialogue->mechanism == TSP_MECHANISM_ANONYMOUS;
}

/* What a dialogue's client has; NULL for nothing. */
static struct broker_session *session_of(struct tsp_front *front,
					 const struct tsp_dialogue *dialogue)
{
	struct broker_lease *lease;

	if (is_anonymous(dialogue))
		return broker_session_lookup(front->broker, dialogue->note, strlen(dialogue->note));
	lease = broker_lease_lookup(front->broker, dialogue->user);
	return lease ? lease->session : NULL;
}

/*
 * The pool for a client that asks for a length: that length, else the next smaller network, else
 * the smallest there is.
 */
static unsigned int choose_length(const struct broker_conf *conf, unsigned int asked)
{
	unsigned int i, best = 0, longest = 0;

	for (i = 0; i < conf->n_delegations; i++) {
		unsigned int len = conf->delegations[i].len;

		if (conf->delegations[i].prefix.addr.family != AF_INET6)
			continue;
		if (len >= asked && (!best || len < best))
			best = len;
		if (len > longest)
			longest = len;
	}
	return best ?: longest;
}

static unsigned int status_of(struct tsp_front *front, const struct broker_refusal *refusal,
			      struct tsp_tunnel *ret_offer)
{
	if (strcmp(refusal->code, "denied") == 0)
		return TSP_STATUS_AUTH_FAILED;
	if (strcmp(refusal->code, "prefix") == 0)
		return TSP_STATUS_BAD_PREFIX_LENGTH;
	if (strcmp(refusal->code, "busy") == 0)
		return TSP_STATUS_BUSY;
	return list_brokers(front, TSP_STATUS_NO_MORE_TUNNELS, ret_offer);
}

static struct broker_quota quota_of(struct tsp_front *front, const char *name)
{
	struct broker_quota none = BROKER_QUOTA_NONE;
	struct broker_user user;

	return broker_user_find(front->users, name, &user) == 0 ? user.quota : none;
}

static bool is_over(const struct broker_lease *lease, const struct broker_quota *quota)
{
	unsigned int i;

	if (quota->prefixes >= 0 && lease->n_prefixes > (unsigned int)quota->prefixes)
		return true;
	for (i = 0; i < lease->n_prefixes; i++)
		if (lease->prefixes[i].len < quota->length)
			return true;
	return false;
}

void tsp_front_limit(struct tsp_front *front, const char *user)
{
	struct broker_lease *lease = broker_lease_lookup(front->broker, user);
	const struct broker_quota quota = quota_of(front, user);
	const struct broker_wish nothing = { .is_present = true };
	struct broker_refusal refusal;

	if (lease && lease->session && is_over(lease, &quota) &&
	    broker_renew(front->broker, lease->session, &nothing, &refusal) < 0)
		broker_end(front->broker, lease->session, BROKER_REVOKED, 0, false);
}

/* What the client is to have: nothing is said of a prefix that stays. */
static void fill_wish(struct tsp_front *front, const struct tsp_dialogue *dialogue,
		      struct lvn_prefix *prefix, struct broker_wish *ret_wish)
{
	const struct broker_lease *lease =
		is_anonymous(dialogue) ? NULL : broker_lease_lookup(front->broker, dialogue->user);
	const struct broker_quota quota = quota_of(front, dialogue->user);
	unsigned int asked = dialogue->prefix_len > quota.length ? dialogue->prefix_len :
								   quota.length;

	/* a prefix that was given once stays, whatever is asked for now */
	if (lease && lease->n_prefixes && !is_over(lease, &quota))
		return;
	if (dialogue->is_router) {
		prefix->len = choose_length(broker_conf(front->broker), asked);
		*ret_wish = (struct broker_wish){
			.is_present = true,
			.prefixes = prefix,
			.n_prefixes = 1,
		};
	} else if (lease && lease->n_prefixes) {
		ret_wish->is_present = true;
	}
}

/* Begin or go on with the session of a client; its tunnel stays where it is. */
static int open_session(struct tsp_front *front, struct tsp_dialogue *dialogue,
			const struct tsp_peer *peer, struct broker_refusal *refusal)
{
	struct broker_session *session = session_of(front, dialogue);
	struct lvn_prefix prefix = { .addr.family = AF_INET6 };
	struct broker_claim claim = {
		.identity = is_anonymous(dialogue) ? "" : dialogue->user,
		.token = "",
		.session = session ? session->id : "",
		.name = "",
		.credential = is_anonymous(dialogue) ? "" : dialogue->note,
		.source = lvn_sources_number(&front->strangers, &peer->remote.addr),
	};
	char token[BROKER_TOKEN_SIZE];
	bool resumed;
	int ret;

	fill_wish(front, dialogue, &prefix, &claim.wish);
	if (session && is_anonymous(dialogue))
		return broker_renew(front->broker, session, &claim.wish, refusal);
	ret = broker_hello(front->broker, &claim, &session, token, &resumed, refusal);
	if (!ret && is_anonymous(dialogue))
		snprintf(dialogue->note, sizeof(dialogue->note), "%s", session->id);
	return ret;
}

/* The server's end of the tunnel, which the client pings. */
static struct lvn_addr server_of(const struct tsp_front *front, const struct broker_lease *lease)
{
	const struct lvn_prefix *network = &broker_conf(front->broker)->networks[0];
	struct lvn_addr addr = lease->addresses[0];

	if (!front->conf.has_pairs)
		return network->addr;
	lvn_addr_add(&addr, 1, lvn_addr_bits(&addr) - network->len - 1);
	return addr;
}

static void fill_offer(const struct tsp_front *front, const struct tsp_dialogue *dialogue,
		       const struct tsp_peer *peer, const struct broker_session *session,
		       struct tsp_tunnel *offer)
{
	const struct broker_lease *lease = session->lease;
	unsigned int i;

	offer->type = TSP_TYPE_V6UDPV4;
	offer->lifetime = front->conf.lifetime;
	offer->server.is_present = true;
	offer->server.v4 = peer->local;
	offer->server.v6 = server_of(front, lease);
	offer->client.is_present = true;
	offer->client.v4 = dialogue->client_v4.family ? dialogue->client_v4 : peer->remote.addr;
	offer->client.v6 = lease->addresses[0];
	for (i = 0; i < front->conf.n_dns; i++)
		offer->client.dns.servers[i].addr = front->conf.dns[i];
	offer->client.dns.n = front->conf.n_dns;
	if (dialogue->is_router && lease->n_prefixes) {
		offer->client.router.is_present = true;
		offer->client.router.prefix = lease->prefixes[0];
	}
	offer->client.has_keepalive = true;
	offer->client.keepalive_s = front->conf.keepalive;
	offer->client.keepalive = offer->server.v6;
}

/* Whether a router gets a network at all. */
static unsigned int check_router(struct tsp_front *front, const struct tsp_dialogue *dialogue)
{
	const struct broker_quota quota = quota_of(front, dialogue->user);
	unsigned int longest;

	if (is_anonymous(dialogue))
		return TSP_STATUS_ANONYMOUS_PREFIX;
	longest = choose_length(broker_conf(front->broker), quota.length);
	if (!quota.prefixes || longest < quota.length)
		strcpy(front->why, "the user's quota");
	if (!quota.prefixes || !longest || longest < quota.length)
		return TSP_STATUS_BAD_PREFIX_LENGTH;
	return TSP_STATUS_SUCCESS;
}

static unsigned int create(void *arg, struct tsp_dialogue *dialogue, const struct tsp_peer *peer,
			   const struct tsp_tunnel *request, struct tsp_tunnel *ret_offer)
{
	struct tsp_front *front = arg;
	unsigned int status = TSP_STATUS_SUCCESS;
	struct broker_refusal refusal;
	char text[LVN_ADDR_TEXT_SIZE];

	(void)request;
	if (dialogue->is_router)
		status = check_router(front, dialogue);
	if (status != TSP_STATUS_SUCCESS)
		return status;
	if (open_session(front, dialogue, peer, &refusal) < 0) {
		snprintf(front->why, sizeof(front->why), "%s %s", refusal.text, refusal.detail);
		if (lvn_ratelimit_take(&front->log, front->ops.clock_ms()))
			lvn_info("tsp %s: user '%s': no tunnel: %s %s",
				 lvn_endpoint_format(&peer->remote, text), dialogue->user,
				 refusal.text, refusal.detail);
		return status_of(front, &refusal, ret_offer);
	}
	front->stats.offered++;
	fill_offer(front, dialogue, peer, session_of(front, dialogue), ret_offer);
	return TSP_STATUS_SUCCESS;
}

static unsigned int info(void *arg, struct tsp_dialogue *dialogue, const struct tsp_peer *peer,
			 struct tsp_tunnel *ret_offer)
{
	struct tsp_front *front = arg;
	struct broker_session *session = session_of(front, dialogue);

	if (!session)
		return TSP_STATUS_NO_MORE_TUNNELS;
	fill_offer(front, dialogue, peer, session, ret_offer);
	return TSP_STATUS_SUCCESS;
}

static unsigned int accept_offer(void *arg, struct tsp_dialogue *dialogue,
				 const struct tsp_peer *peer)
{
	const struct broker_path path = {
		.listener = peer->listener,
		.local = peer->local,
		.remote = peer->remote,
	};
	struct tsp_front *front = arg;
	struct broker_session *session = session_of(front, dialogue);
	const struct broker_bind bind = {
		.weight = 1,
		.proved_ms = front->ops.clock_ms(),
		.path = &path,
	};

	if (!session)
		return TSP_STATUS_NO_MORE_TUNNELS;
	if (broker_bind(front->broker, session, &bind) < 0)
		return TSP_STATUS_SERVER_ERROR;
	front->stats.accepted++;
	return TSP_STATUS_SUCCESS;
}

static unsigned int reject_offer(void *arg, struct tsp_dialogue *dialogue,
				 const struct tsp_peer *peer)
{
	struct tsp_front *front = arg;
	struct broker_session *session = session_of(front, dialogue);

	(void)peer;
	/* a user's address is his, and so is the tunnel that he may have elsewhere */
	if (session && is_anonymous(dialogue))
		broker_end(front->broker, session, BROKER_RELEASED, 0, true);
	return TSP_STATUS_SUCCESS;
}

static unsigned int remove_tunnel(void *arg, struct tsp_dialogue *dialogue,
				  const struct tsp_peer *peer)
{
	struct tsp_front *front = arg;
	struct broker_session *session = session_of(front, dialogue);

	(void)peer;
	if (session)
		broker_unbind(front->broker, session, 0, 0, BROKER_RELEASED);
	return TSP_STATUS_SUCCESS;
}

void tsp_desk_init(struct tsp_front *front)
{
	front->desk = (struct tsp_desk){
		.arg = front,
		.capability.types = TSP_BIT(TSP_TYPE_V6UDPV4),
		.realm = front->conf.realm,
		.greet = greet,
		.nonce = nonce,
		.check = check,
		.prove = prove,
		.create = create,
		.info = info,
		.accept = accept_offer,
		.reject = reject_offer,
		.remove = remove_tunnel,
	};
}
