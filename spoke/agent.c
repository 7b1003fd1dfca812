// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The life of a spoke and of its control channel; the table is in agent.h.
 */
#include "spoke/agent.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <event2/event.h>
#include <openssl/crypto.h>
#include <openssl/ssl.h>

#include "spoke/accept.h"
#include "spoke/reload.h"
#include "spoke/routes.h"
#include "spoke/session.h"
#include "spoke/uplink.h"
#include "spoke/watch.h"

#ifndef LVN_VERSION
#define LVN_VERSION "0"
#endif

#define BACKOFF_BASE_MS 1000
#define STABLE_S 60
#define LONGEST_MS 60000
#define ANSWER_S 10
#define FILES_MS 10000
#define NOTIFIED_MIN_MS 500
#define STOP_S 2
/* The script that runs and "down" after it have 30 s each. */
#define STOP_HOOK_MS 65000

static void add_timer(struct event *timer, uint64_t ms)
{
	struct timeval delay = { (time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000) };

	event_add(timer, &delay);
}

const char *lvn_agent_state_name(enum lvn_agent_state state)
{
	switch (state) {
	case LVN_AGENT_WAITING:
		return "waiting";
	case LVN_AGENT_CONNECTING:
		return "connecting";
	case LVN_AGENT_GREETING:
		return "greeting";
	case LVN_AGENT_ONLINE:
		return "online";
	case LVN_AGENT_STOPPING:
		return "stopping";
	}
	return "unknown";
}

static const struct lvn_hub_address *hub_of(const struct lvn_agent *agent)
{
	return &agent->config->hubs[agent->hub];
}

static struct lvn_attempts *attempts_of(struct lvn_agent *agent)
{
	return &agent->attempts[agent->hub];
}

/* While data flows to a hub, that one; else the first after it whose time has come, or comes first. */
static unsigned int next_hub(const struct lvn_agent *agent)
{
	uint64_t now_ms = lvn_clock_ms();
	unsigned int best = agent->hub;

	if (agent->is_up)
		return best;
	for (unsigned int i = 1; i <= agent->config->n_hubs; i++) {
		unsigned int hub = (agent->hub + i) % agent->config->n_hubs;

		if (agent->attempts[hub].not_before_ms <= now_ms)
			return hub;
		if (i == 1 ||
		    agent->attempts[hub].not_before_ms < agent->attempts[best].not_before_ms)
			best = hub;
	}
	return best;
}

/* Whom to try next, and when. */
static void wait_for_retry(struct lvn_agent *agent)
{
	struct lvn_attempts *attempts = attempts_of(agent);
	uint32_t delay_ms = lvn_backoff_next(&attempts->backoff);
	uint64_t now_ms = lvn_clock_ms();

	if (delay_ms < agent->retry_ms)
		delay_ms = agent->retry_ms;
	agent->retry_ms = 0;
	attempts->not_before_ms = now_ms + delay_ms;
	agent->phase = LVN_AGENT_WAITING;
	agent->uplink = (agent->uplink + 1) % agent->config->n_uplinks;
	agent->hub = next_hub(agent);
	attempts = attempts_of(agent);
	delay_ms = attempts->not_before_ms > now_ms ? (uint32_t)(attempts->not_before_ms - now_ms) :
						      lvn_random(250);
	lvn_debug("%s: next attempt in %u ms", agent->config->name, delay_ms);
	add_timer(agent->retry, delay_ms);
}

/* Choose a hub that may be tried earlier than planned. Return: whether there is one. */
static bool hurry(struct lvn_agent *agent)
{
	unsigned int n = agent->is_up ? 1 : agent->config->n_hubs;

	for (unsigned int i = 0; i < n; i++) {
		unsigned int hub = (agent->hub + i) % agent->config->n_hubs;

		if (agent->attempts[hub].is_strict &&
		    agent->attempts[hub].not_before_ms > lvn_clock_ms())
			continue;
		agent->hub = hub;
		return true;
	}
	return false;
}

static void drop_control(struct lvn_agent *agent)
{
	lvn_control_close(agent->control);
	agent->control = NULL;
	event_del(agent->stable);
	event_del(agent->renew);
	event_del(agent->answer);
}

void lvn_agent_reconnect(struct lvn_agent *agent, const char *why)
{
	bool is_news = strcmp(agent->last_error, why);

	drop_control(agent);
	/* The same again and again is not worth a line each time. */
	lvn_log(is_news ? LVN_LOG_WARNING : LVN_LOG_DEBUG, "%s: hub %s: %s", agent->config->name,
		hub_of(agent)->host, why);
	snprintf(agent->last_error, sizeof(agent->last_error), "%s", why);
	wait_for_retry(agent);
}

void lvn_agent_restart_control(struct lvn_agent *agent)
{
	if (agent->phase == LVN_AGENT_STOPPING)
		return;
	drop_control(agent);
	for (unsigned int i = 0; i < LVN_HUBS_MAX; i++) {
		agent->attempts[i] = (struct lvn_attempts){ .not_before_ms = 0 };
		lvn_backoff_init(&agent->attempts[i].backoff, BACKOFF_BASE_MS,
				 agent->config->retry_max * 1000);
	}
	agent->phase = LVN_AGENT_WAITING;
	add_timer(agent->retry, 0);
}

static void send_hello(struct lvn_agent *agent)
{
	const struct lvn_config *config = agent->config;
	struct lvn_message message = { .type = LVN_MESSAGE_HELLO };
	struct lvn_hello *hello = &message.hello;
	int ret;

	hello->has_version = true;
	hello->features = LVN_FEATURES_KNOWN;
	snprintf(hello->software, sizeof(hello->software), "lvn/%s", LVN_VERSION);
	strcpy(hello->name, config->label);
	if (!strcmp(agent->state.hub, hub_of(agent)->host)) {
		strcpy(hello->session, agent->state.session);
		strcpy(hello->token, agent->state.token);
	}
	hello->request = config->request;
	ret = lvn_control_send(agent->control, &message);
	OPENSSL_cleanse(&message, sizeof(message));
	if (ret)
		lvn_agent_reconnect(agent, strerror(-ret));
}

/* Remember them: packets to a hub must not go through the tunnel to another, or to itself. */
static unsigned int on_resolved(void *arg, struct lvn_endpoint *endpoints, unsigned int n)
{
	struct lvn_agent *agent = arg;
	struct lvn_known *known = &agent->known[agent->hub];
	unsigned int kept = 0;

	known->n = 0;
	for (unsigned int i = 0; i < n && i < LVN_RESOLVE_MAX; i++)
		known->addrs[known->n++] = endpoints[i].addr;
	for (unsigned int i = 0; i < n; i++)
		if (lvn_accept_is_reachable(&endpoints[i].addr) &&
		    !lvn_routes_is_inside(agent, &endpoints[i].addr))
			endpoints[kept++] = endpoints[i];
	return kept;
}

static void on_open(void *arg, const struct lvn_endpoint *hub)
{
	struct lvn_agent *agent = arg;

	agent->control_endpoint = *hub;
	agent->phase = LVN_AGENT_GREETING;
	add_timer(agent->answer, ANSWER_S * 1000);
	send_hello(agent);
}

static void on_lease(struct lvn_agent *agent, const struct lvn_lease *lease)
{
	bool is_first = agent->phase == LVN_AGENT_GREETING;
	struct lvn_message bye = { .type = LVN_MESSAGE_BYE };
	int ret;

	/* A hub may not change things here at its own pace: a lease is an answer. */
	if (!is_first && !evtimer_pending(agent->answer, NULL))
		return;
	event_del(agent->answer);
	agent->is_notified = false;
	if (*lease->unknown_feature) {
		strcpy(bye.reason, "feature");
		lvn_control_send(agent->control, &bye);
		lvn_backoff_longest(&attempts_of(agent)->backoff);
		lvn_agent_reconnect(agent, "the hub needs a feature that this version has not");
		return;
	}
	if (is_first) {
		char text[LVN_ADDR_TEXT_SIZE];

		lvn_info("%s: hub %s at %s, session %s as %s", agent->config->name,
			 hub_of(agent)->host, lvn_endpoint_format(&agent->control_endpoint, text),
			 lease->resumed ? "resumed" : "new", lease->identity);
		agent->phase = LVN_AGENT_ONLINE;
		agent->connected_ms = lvn_clock_ms();
		agent->last_error[0] = '\0';
		add_timer(agent->stable, STABLE_S * 1000);
	}
	add_timer(agent->renew, (uint64_t)lease->expires * 500 + 1000);
	ret = lvn_session_apply(agent, lease);
	if (ret) {
		lvn_backoff_longest(&attempts_of(agent)->backoff);
		lvn_agent_reconnect(agent,
				    "what the hub leases cannot be set up, see the problems");
	}
}

static void note_retry_after(struct lvn_agent *agent, const struct lvn_message *message)
{
	if (!message->has_retry_after)
		return;
	agent->retry_ms = lvn_retry_after(message->retry_after);
	attempts_of(agent)->is_strict = true;
}

/* Some answers will be the same the next time, whatever we do. */
static void note_longest(struct lvn_agent *agent)
{
	lvn_backoff_longest(&attempts_of(agent)->backoff);
	if (!agent->retry_ms)
		agent->retry_ms = LONGEST_MS / 2 + lvn_random(LONGEST_MS / 2);
	if (agent->retry_ms > agent->config->retry_max * 1000 && !attempts_of(agent)->is_strict)
		agent->retry_ms = agent->config->retry_max * 1000;
	attempts_of(agent)->is_strict = true;
}

static void on_bye(struct lvn_agent *agent, const struct lvn_message *message)
{
	static const char *const final[] = { "denied", "revoked", "replaced", "feature" };
	bool is_withdrawn = !strcmp(message->reason, "kicked");
	char why[LVN_TEXT_SIZE];

	note_retry_after(agent, message);
	for (size_t i = 0; i < sizeof(final) / sizeof(final[0]); i++) {
		if (strcmp(message->reason, final[i]))
			continue;
		is_withdrawn = true;
		note_longest(agent);
	}
	snprintf(why, sizeof(why), "the session is over: %s %.180s", message->reason,
		 message->text);
	lvn_session_forget(agent, is_withdrawn);
	lvn_agent_reconnect(agent, why);
}

/* Words of the hub, no more of them than somebody can read. */
static void say(struct lvn_agent *agent, const char *text)
{
	if (lvn_ratelimit_take(&agent->limit_words, lvn_clock_ms() / 10))
		lvn_warning("%s: hub: %s", agent->config->name, text);
}

static void on_error(struct lvn_agent *agent, const struct lvn_message *message)
{
	static const char *const final[] = { "version", "feature", "identity", "denied",
					     "duplicate" };
	char why[LVN_TEXT_SIZE];

	snprintf(why, sizeof(why), "%s: %.180s %.40s", message->code, message->text,
		 message->detail);
	if (!message->fatal && strcmp(message->code, "prefix")) {
		say(agent, why);
		return;
	}
	note_retry_after(agent, message);
	if (!strcmp(message->code, "token"))
		agent->state.token[0] = '\0';
	for (size_t i = 0; i < sizeof(final) / sizeof(final[0]); i++)
		if (!strcmp(message->code, final[i]))
			note_longest(agent);
	/* A prefix that cannot be had is for the operator to settle: not again at once. */
	if (!strcmp(message->code, "prefix")) {
		if (agent->phase == LVN_AGENT_ONLINE) {
			say(agent, why);
			return;
		}
		note_longest(agent);
	}
	if (agent->has_lease && !strcmp(message->code, "denied"))
		lvn_session_forget(agent, true);
	lvn_agent_reconnect(agent, why);
}

static void on_notify(struct lvn_agent *agent, const struct lvn_message *message)
{
	char text[64];

	if (!strcmp(message->event, "changed")) {
		/* Once until the next lease, and not at once: again and again must not cost more. */
		if (!agent->is_notified)
			add_timer(agent->renew,
				  NOTIFIED_MIN_MS + lvn_random(agent->lease.keepalive * 1000));
		agent->is_notified = true;
	} else if (!strcmp(message->event, "certificate")) {
		snprintf(text, sizeof(text), "our certificate expires in %u days",
			 message->expires / 86400);
		say(agent, text);
	}
}

static void on_message(void *arg, const struct lvn_message *message)
{
	struct lvn_agent *agent = arg;

	if (agent->phase == LVN_AGENT_STOPPING) {
		if (message->type == LVN_MESSAGE_BYE)
			event_active(agent->retry, EV_TIMEOUT, 0);
		return;
	}
	switch (message->type) {
	case LVN_MESSAGE_LEASE:
		on_lease(agent, &message->lease);
		return;
	case LVN_MESSAGE_BYE:
		on_bye(agent, message);
		return;
	case LVN_MESSAGE_ERROR:
		on_error(agent, message);
		return;
	case LVN_MESSAGE_NOTIFY:
		if (agent->phase == LVN_AGENT_ONLINE)
			on_notify(agent, message);
		return;
	case LVN_MESSAGE_DOWN:
		lvn_debug("%s: binding %u is down: %s", agent->config->name, message->binding,
			  message->reason);
		/* If it was not us who wanted that, asking again brings it back. */
		if (message->binding < agent->n_links && strcmp(message->reason, "released") &&
		    lvn_ratelimit_take(&agent->limit_poke, lvn_clock_ms()))
			lvn_binding_poke(agent->links[message->binding].binding);
		return;
	default:
		return;
	}
}

static void on_closed(void *arg, const char *why)
{
	struct lvn_agent *agent = arg;

	agent->control = NULL;
	if (agent->phase == LVN_AGENT_STOPPING)
		event_active(agent->retry, EV_TIMEOUT, 0);
	else
		lvn_agent_reconnect(agent, why);
}

static void connect_now(struct lvn_agent *agent)
{
	const struct lvn_control_handlers handlers = {
		.arg = agent,
		.resolved = on_resolved,
		.open = on_open,
		.message = on_message,
		.closed = on_closed,
	};
	const struct lvn_uplink *uplink = &agent->config->uplinks[agent->uplink];
	struct lvn_control_target target = {
		.host = hub_of(agent)->host,
		.port = hub_of(agent)->port,
		.ifname = *uplink->ifname ? uplink->ifname : agent->config->vrf,
		.mark = uplink->mark,
		.accept_unset_clock = agent->config->accept_unset_clock,
	};
	int ret;

	/* Certificates may have been renewed since the last attempt, which failed for that maybe. */
	lvn_reload_files(agent);
	target.tls = agent->tls;
	agent->phase = LVN_AGENT_CONNECTING;
	attempts_of(agent)->is_strict = false;
	event_del(agent->retry);
	ret = lvn_control_start(agent->base, &target, &handlers, &agent->control);
	if (ret)
		lvn_agent_reconnect(agent, strerror(-ret));
}

static void finish_stop(struct lvn_agent *agent)
{
	drop_control(agent);
	event_base_loopbreak(agent->base);
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct lvn_agent *agent = arg;

	(void)fd;
	(void)what;
	if (agent->phase == LVN_AGENT_STOPPING) {
		/* The last script may need a moment more than the hub. */
		if (lvn_hooks_is_idle(agent->hooks) ||
		    lvn_clock_ms() - agent->stop_ms > STOP_HOOK_MS)
			finish_stop(agent);
		else
			add_timer(agent->retry, 50);
	} else if (!agent->control) {
		connect_now(agent);
	}
}

static void on_files(evutil_socket_t fd, short what, void *arg)
{
	struct lvn_agent *agent = arg;

	(void)fd;
	(void)what;
	lvn_reload_files(agent);
	add_timer(agent->files, FILES_MS);
}

static void on_stable(evutil_socket_t fd, short what, void *arg)
{
	struct lvn_agent *agent = arg;

	(void)fd;
	(void)what;
	lvn_backoff_reset(&attempts_of(agent)->backoff);
}

static void on_answer_missing(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	lvn_agent_reconnect(arg, "the hub does not answer");
}

void lvn_agent_renew(struct lvn_agent *agent)
{
	struct lvn_message message = { .type = LVN_MESSAGE_RENEW };

	switch (agent->phase) {
	case LVN_AGENT_WAITING:
		/* Not so soon that it makes a storm, nor earlier than the hub allows. */
		if (hurry(agent))
			add_timer(agent->retry, lvn_random(500));
		return;
	case LVN_AGENT_ONLINE:
		if (evtimer_pending(agent->answer, NULL))
			return;
		if (lvn_control_send(agent->control, &message)) {
			lvn_agent_reconnect(agent, "renew cannot be sent");
			return;
		}
		add_timer(agent->answer, ANSWER_S * 1000);
		return;
	default:
		return;
	}
}

static void on_renew(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	lvn_agent_renew(arg);
}

static int init_events(struct lvn_agent *agent)
{
	agent->retry = evtimer_new(agent->base, on_retry, agent);
	agent->stable = evtimer_new(agent->base, on_stable, agent);
	agent->renew = evtimer_new(agent->base, on_renew, agent);
	agent->answer = evtimer_new(agent->base, on_answer_missing, agent);
	agent->files = evtimer_new(agent->base, on_files, agent);
	if (!agent->retry || !agent->stable || !agent->renew || !agent->answer || !agent->files)
		return -ENOMEM;
	add_timer(agent->files, FILES_MS);
	return lvn_watch_init(agent);
}

static void on_uplinks(struct lvn_agent *agent, bool is_up)
{
	lvn_session_hook(agent, is_up ? LVN_HOOK_UP : LVN_HOOK_DOWN);
	if (!is_up)
		return;
	agent->up_ms = lvn_clock_ms();
	agent->ups++;
	if (agent->on_up)
		agent->on_up(agent->on_up_arg);
	agent->on_up = NULL;
}

static void on_moved(struct lvn_agent *agent)
{
	lvn_session_hook(agent, LVN_HOOK_CHANGED);
}

static void on_changed(struct lvn_agent *agent)
{
	lvn_session_check(agent);
}

static const struct lvn_uplinks_handlers uplinks_handlers = {
	.is_up = on_uplinks,
	.moved = on_moved,
	.changed = on_changed,
	.refused = lvn_agent_renew,
	.saved = lvn_session_save,
};

int lvn_agent_init(struct lvn_agent *agent, struct event_base *base,
		   const struct lvn_config *config, SSL_CTX *tls, char *ret_error)
{
	char why[LVN_CONFIG_ERROR_SIZE - 16];
	int ret;

	memset(agent, 0, sizeof(*agent));
	agent->base = base;
	agent->config = config;
	for (unsigned int i = 0; i < LVN_HUBS_MAX; i++)
		lvn_backoff_init(&agent->attempts[i].backoff, BACKOFF_BASE_MS,
				 config->retry_max * 1000);
	/* Ten seconds are one tick of the clock of its words: see say(). */
	lvn_ratelimit_init(&agent->limit_words, 1, 10);
	lvn_ratelimit_init(&agent->limit_poke, 1, 4);
	ret = lvn_plane_open(config->datapath, lvn_watch_frame, agent, &agent->plane);
	if (ret) {
		lvn_plane_open_error(config->datapath, ret, why, sizeof(why));
		snprintf(ret_error, LVN_CONFIG_ERROR_SIZE, "data plane: %s", why);
		return ret;
	}
	ret = lvn_net_open(&agent->net);
	if (!ret)
		ret = lvn_hooks_create(base, config, &agent->hooks);
	if (!ret)
		ret = lvn_uplinks_init(agent, &uplinks_handlers);
	if (!ret)
		ret = init_events(agent);
	if (ret) {
		snprintf(ret_error, LVN_CONFIG_ERROR_SIZE, "start: %s", strerror(-ret));
		lvn_agent_done(agent);
		return ret;
	}
	agent->tls = tls;
	return 0;
}

void lvn_agent_done(struct lvn_agent *agent)
{
	struct event *events[] = { agent->retry, agent->stable,	   agent->renew, agent->answer,
				   agent->news,	 agent->net_ready, agent->files };

	lvn_control_close(agent->control);
	lvn_uplinks_done(agent);
	lvn_hooks_destroy(agent->hooks);
	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (events[i])
			event_free(events[i]);
	plane_watch_destroy(agent->plane_watch);
	lvn_net_close(agent->net);
	lvn_plane_close(agent->plane);
	SSL_CTX_free(agent->tls);
	OPENSSL_cleanse(agent, sizeof(*agent));
}

int lvn_agent_start(struct lvn_agent *agent)
{
	const struct lvn_config *config = agent->config;
	int ret;

	ret = lvn_state_load(config->run_dir, config->name, &agent->state);
	if (!ret)
		lvn_info("%s: going on where the last run ended", config->name);
	else if (ret != -ENOENT)
		lvn_warning("%s: state of the last run: %s", config->name, strerror(-ret));
	/* Start with the hub of the session that may still be. */
	for (unsigned int i = 0; i < config->n_hubs; i++)
		if (*agent->state.session && !strcmp(config->hubs[i].host, agent->state.hub))
			agent->hub = i;
	connect_now(agent);
	return 0;
}

void lvn_agent_stop(struct lvn_agent *agent)
{
	struct lvn_message bye = { .type = LVN_MESSAGE_BYE, .reason = "exit" };
	bool is_online = agent->phase == LVN_AGENT_ONLINE;

	/* Who is impatient need not wait for the hub, but the last script is always run. */
	if (agent->phase == LVN_AGENT_STOPPING) {
		event_active(agent->retry, EV_TIMEOUT, 0);
		return;
	}
	bye.release = agent->config->release;
	agent->phase = LVN_AGENT_STOPPING;
	agent->stop_ms = lvn_clock_ms();
	event_del(agent->renew);
	event_del(agent->answer);
	event_del(agent->news);
	/* Only who holds our device can remove it; if there is nobody, `lvn down` will later. */
	if (!plane_watch_is_up(agent->plane_watch))
		lvn_plane_reopen(agent->plane);
	plane_watch_stop(agent->plane_watch);
	lvn_session_undo(agent);
	if (is_online && !lvn_control_send(agent->control, &bye))
		add_timer(agent->retry, STOP_S * 1000);
	else
		event_active(agent->retry, EV_TIMEOUT, 0);
}
