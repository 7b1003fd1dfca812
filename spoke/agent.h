/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The spoke: what holds the parts together. agent.c runs it and keeps the control channel up,
 * watch.c
 * hears of the host, session.c does what a lease says, uplink.c keeps the bindings and tunnels,
 * status.c tells.
 *
 * The control channel:
 *
 * | state | event | action | next |
 * |---|---|---|---|
 * | waiting | time is up; uplink changed | connect to a hub | connecting |
 * | connecting | TLS is up | hello | greeting |
 * | connecting, greeting | closed | next hub, or backoff | waiting |
 * | greeting | lease | apply it, start the bindings | online |
 * | greeting | error | remember what it asks of us | greeting |
 * | online | half of the lease is over; `lvn renew`; all bindings suspect | renew | online |
 * | online | lease | apply it | online |
 * | online | no answer to renew | close | waiting |
 * | online | closed | backoff; bindings and tunnels go on | waiting |
 * | online | bye | forget the session; backoff as the reason says | waiting |
 * | any | SIGTERM, `lvn down` | bye, hook, undo all | stopping |
 * | stopping | done, or 2 s | | over |
 *
 * The spoke is *up* while at least one binding is bound.
 */
#ifndef _LVN_AGENT_H
#define _LVN_AGENT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/log.h"
#include "lib/net/net.h"
#include "plane/watch.h"
#include "spoke/backoff.h"
#include "spoke/binding.h"
#include "spoke/config.h"
#include "spoke/control.h"
#include "spoke/hooks.h"
#include "spoke/plane.h"
#include "spoke/problems.h"
#include "spoke/resolve.h"
#include "spoke/state.h"

struct event;
struct lvn_agent;
struct lvn_uplinks_handlers;

/** enum lvn_agent_state - see the table above */
enum lvn_agent_state {
	LVN_AGENT_WAITING,
	LVN_AGENT_CONNECTING,
	LVN_AGENT_GREETING,
	LVN_AGENT_ONLINE,
	LVN_AGENT_STOPPING,
};

/**
 * struct lvn_link - an uplink at work
 * @agent: whose
 * @index: of the uplink, and of its binding
 * @binding: its exchange with the hub
 * @has_port: @agent->state.ports[@index] is open
 * @has_tunnel: its tunnel was made
 * @is_demoted: traffic avoids it
 * @is_silent: no endpoint of the hub has answered since it was last bound
 * @source: address that packets to the hub leave from; AF_UNSPEC if there is no way
 */
struct lvn_link {
	struct lvn_agent *agent;
	unsigned int index;
	struct lvn_binding *binding;
	bool has_port;
	bool has_tunnel;
	bool is_demoted;
	bool is_silent;
	struct lvn_addr source;
};

/**
 * struct lvn_known - addresses that the name of a hub had when it was last looked up
 * @n: how many
 * @addrs: they
 */
struct lvn_known {
	unsigned int n;
	struct lvn_addr addrs[LVN_RESOLVE_MAX];
};

/**
 * struct lvn_attempts - when to try a hub
 * @backoff: between attempts
 * @not_before_ms: when it may be tried again
 * @is_strict: the hub wants it so: the wait is not shortened by news from the uplinks
 */
struct lvn_attempts {
	struct lvn_backoff backoff;
	uint64_t not_before_ms;
	bool is_strict;
};

/**
 * struct lvn_agent - a spoke
 * @config: borrowed
 * @tls: settings for control connections
 * @base: the loop
 * @net: rtnetlink
 * @plane: the data plane
 * @hooks: scripts
 * @state: what is in the kernel and outlives us; saved when it changes
 * @phase: of the control channel
 * @control: NULL while waiting
 * @control_endpoint: where it goes
 * @known: addresses of each hub
 * @hub: index of the hub that is tried or connected
 * @uplink: index of the uplink that control uses
 * @attempts: of each hub, so that the refusal of one does not delay another
 * @retry_ms: at least so long to wait before the next, as the hub in use wants it
 * @connected_ms: when control last was connected, 0 before
 * @last_error: why the last attempt failed, "" if it did not
 * @ifindex: of the device, 0 before it is made
 * @has_lease: @lease is valid
 * @lease: the last
 * @lease_ms: when it came
 * @refused: what of it was not accepted
 * @problems: what is wrong now, @refused included
 * @astray_ms: when a route of ours last led packets for the hub into the tunnel; 0 if never
 * @counter: last LVN-COUNTER sent in the session
 * @uplinks_tell: whom uplinks tell
 * @links: one an uplink
 * @n_links: how many
 * @is_up: at least one binding is bound
 * @up_ms: since when it is
 * @ups: how often it became so
 * @stop_ms: when it was told to stop
 * @retry: timer: connect again
 * @stable: timer: the connection has lasted
 * @renew: timer: renew the lease
 * @answer: timer: the hub should have answered
 * @news: timer: look at the uplinks and the device
 * @news_ms: when that was last done
 * @news_cost_ms: how long it took
 * @plane_watch: reads from the data plane, and waits for another
 * @net_ready: rtnetlink has
 * @limit_refused: how often a 401 has effect
 * @limit_words: how often words of the hub are logged
 * @limit_poke: how often the hub's "down" has effect
 * @is_notified: the hub said "changed", and the lease was not renewed since
 * @files: timer: look whether certificates have changed
 * @files_stamp: of the files when they were last read
 * @keeper: see keeper.h; 0 if there is none
 * @on_reload: read the settings again; @ret_text of LVN_RELOAD_TEXT_SIZE bytes says why not
 * @on_up: called once, when first up; may be NULL
 * @on_up_arg: for @on_up and @on_reload
 */
struct lvn_agent {
	const struct lvn_config *config;
	SSL_CTX *tls;
	struct event_base *base;
	struct lvn_net *net;
	struct lvn_plane *plane;
	struct lvn_hooks *hooks;
	struct lvn_state state;
	enum lvn_agent_state phase;
	struct lvn_control *control;
	struct lvn_endpoint control_endpoint;
	struct lvn_known known[LVN_HUBS_MAX];
	unsigned int hub;
	unsigned int uplink;
	struct lvn_attempts attempts[LVN_HUBS_MAX];
	uint32_t retry_ms;
	uint64_t connected_ms;
	char last_error[LVN_TEXT_SIZE];
	uint32_t ifindex;
	bool has_lease;
	struct lvn_lease lease;
	uint64_t lease_ms;
	struct lvn_problems refused;
	struct lvn_problems problems;
	uint64_t astray_ms;
	uint64_t counter;
	const struct lvn_uplinks_handlers *uplinks_tell;
	struct lvn_link links[LVN_UPLINKS_MAX];
	unsigned int n_links;
	bool is_up;
	uint64_t up_ms;
	uint64_t ups;
	uint64_t stop_ms;
	struct event *retry;
	struct event *stable;
	struct event *renew;
	struct event *answer;
	struct event *news;
	uint64_t news_ms;
	uint64_t news_cost_ms;
	struct plane_watch *plane_watch;
	struct event *net_ready;
	struct lvn_ratelimit limit_refused;
	struct lvn_ratelimit limit_words;
	struct lvn_ratelimit limit_poke;
	bool is_notified;
	struct event *files;
	uint64_t files_stamp;
	int keeper;
	int (*on_reload)(void *arg, char *ret_text);
	void (*on_up)(void *arg);
	void *on_up_arg;
};

/**
 * lvn_agent_init() - take what is needed before root is dropped; lvn_agent_done() it
 * @tls: is taken over on success
 * @ret_error: at least LVN_CONFIG_ERROR_SIZE bytes, filled on failure
 */
int lvn_agent_init(struct lvn_agent *agent, struct event_base *base,
		   const struct lvn_config *config, SSL_CTX *tls, char *ret_error);

/** lvn_agent_done() - free all; what is in the kernel stays. A zeroed one is allowed */
void lvn_agent_done(struct lvn_agent *agent);

/** lvn_agent_start() - begin, with what a former run left */
int lvn_agent_start(struct lvn_agent *agent);

/** lvn_agent_stop() - say bye, undo all, then end the loop. Again: do not wait for the hub */
void lvn_agent_stop(struct lvn_agent *agent);

/** lvn_agent_renew() - renew the lease, or connect now */
void lvn_agent_renew(struct lvn_agent *agent);

/** lvn_agent_reconnect() - close control and connect again, after the backoff */
void lvn_agent_reconnect(struct lvn_agent *agent, const char *why);

/** lvn_agent_restart_control() - connect again, at once: settings are others now */
void lvn_agent_restart_control(struct lvn_agent *agent);

/** lvn_agent_state_name() - "waiting", "connecting", ... */
const char *lvn_agent_state_name(enum lvn_agent_state state);

#endif
