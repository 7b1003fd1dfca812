// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * News of the host and of the data plane, and what follows from them.
 */
#include "spoke/watch.h"

#include <errno.h>

#include <event2/event.h>

#include "spoke/agent.h"
#include "spoke/session.h"
#include "spoke/uplink.h"

#define NEWS_MS 200
#define DEVICE_RETRY_MS 2000

static void add_timer(struct event *timer, uint64_t ms)
{
	struct timeval delay = { (time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000) };

	event_add(timer, &delay);
}

/* Not at all times, on a router whose routes always change: a twentieth of the time is for this. */
static void look_soon(struct lvn_agent *agent, uint64_t delay_ms)
{
	uint64_t since_ms = lvn_clock_ms() - agent->news_ms;
	uint64_t rest_ms = agent->news_cost_ms * 20;

	if (rest_ms > since_ms && rest_ms - since_ms > delay_ms)
		delay_ms = rest_ms - since_ms;
	/* Once for all that happens in a moment; a storm of news cannot put it off. */
	if (!evtimer_pending(agent->news, NULL))
		add_timer(agent->news, delay_ms);
}

static void on_news(evutil_socket_t fd, short what, void *arg)
{
	struct lvn_agent *agent = arg;

	(void)fd;
	(void)what;
	if (agent->phase == LVN_AGENT_STOPPING)
		return;
	agent->news_ms = lvn_clock_ms();
	lvn_uplinks_look(agent);
	if (lvn_session_check(agent))
		add_timer(agent->news, DEVICE_RETRY_MS);
	if (agent->phase == LVN_AGENT_WAITING)
		lvn_agent_renew(agent);
	agent->news_cost_ms = lvn_clock_ms() - agent->news_ms;
}

static void on_net_ready(evutil_socket_t fd, short what, void *arg)
{
	struct lvn_agent *agent = arg;

	(void)fd;
	(void)what;
	if (lvn_net_watch_read(agent->net, agent->ifindex))
		look_soon(agent, NEWS_MS);
}

static int on_plane_fd(void *arg)
{
	const struct lvn_agent *agent = arg;

	return lvn_plane_fd(agent->plane);
}

static int on_plane_ready(void *arg)
{
	const struct lvn_agent *agent = arg;

	return lvn_plane_dispatch(agent->plane);
}

static int on_plane_reopen(void *arg)
{
	const struct lvn_agent *agent = arg;

	return lvn_plane_reopen(agent->plane);
}

static void on_plane_lost(void *arg)
{
	lvn_session_check(arg);
}

static void on_plane_back(void *arg)
{
	/* It says itself what failed; the next lease tries again. */
	if (lvn_session_restore(arg))
		lvn_agent_renew(arg);
}

static int watch_plane(struct lvn_agent *agent)
{
	const struct plane_watch_ops ops = {
		.arg = agent,
		.name = agent->config->name,
		.fd = on_plane_fd,
		.dispatch = on_plane_ready,
		.reopen = on_plane_reopen,
		.lost = on_plane_lost,
		.back = on_plane_back,
	};
	int ret = plane_watch_create(agent->base, &ops, &agent->plane_watch);

	return ret ?: plane_watch_start(agent->plane_watch);
}

void lvn_watch_frame(void *arg, unsigned int uplink, const struct lvn_endpoint *from,
		     const struct lvn_addr *local, const void *data, size_t len)
{
	lvn_uplinks_input(arg, uplink, from, local, data, len);
}

int lvn_watch_init(struct lvn_agent *agent)
{
	agent->news = evtimer_new(agent->base, on_news, agent);
	agent->net_ready = event_new(agent->base, lvn_net_watch_fd(agent->net),
				     EV_READ | EV_PERSIST, on_net_ready, agent);
	if (!agent->news || !agent->net_ready)
		return -ENOMEM;
	event_add(agent->net_ready, NULL);
	return watch_plane(agent);
}
