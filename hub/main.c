// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lvnd(8): the order in which the hub is put together, and taken apart.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <event2/event.h>
#include <openssl/rand.h>

#include "broker/control.h"
#include "broker/metrics.h"
#include "hub/admin.h"
#include "hub/arrival.h"
#include "hub/binding.h"
#include "hub/connection.h"
#include "hub/dataplane.h"
#include "hub/hub.h"
#include "hub/listen.h"
#include "hub/tls.h"
#include "lib/base/cleanup.h"
#include "lib/base/notify.h"
#include "lib/base/sandbox.h"

#define DEFAULT_PATH "/etc/lvn/lvnd.conf"

static const char usage[] =
	"usage: lvnd [OPTION...]\n"
	"\n"
	"  -c, --config FILE   configuration, " DEFAULT_PATH " unless given\n"
	"      --datapath auto|module|user  kernel module, or ipudpd in user space\n"
	"  -t, --test          read the configuration and end, with 0 if it is good\n"
	"  -v, --verbose       log debug messages\n"
	"  -h, --help          print this\n";

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "datapath", required_argument, NULL, 'd' },
	{ "help", no_argument, NULL, 'h' },
	{ "test", no_argument, NULL, 't' },
	{ "verbose", no_argument, NULL, 'v' },
	{ 0 }
};

/**
 * struct options - the command line, beside what struct hub has of it
 * @is_verbose: debug messages
 * @is_test: read only
 */
struct options {
	bool is_verbose;
	bool is_test;
};

bool hub_stranger_may_log(struct hub *hub)
{
	return lvn_ratelimit_take(&hub->stranger_log, lvn_clock_ms());
}

static void on_frame(void *arg, const struct hub_frame *frame)
{
	hub_binding_frame(arg, frame);
}

/* What failed is said there; spokes bind again. */
static void on_back(void *arg)
{
	struct hub *hub = arg;
	int ret = broker_compare(hub->broker);

	if (ret < 0)
		lvn_error("cannot set the data plane up again: %s", strerror(-ret));
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct hub *hub = arg;

	(void)fd;
	(void)what;
	broker_tick(hub->broker);
	hub_arrival_tick(hub);
	hub_connection_tick(hub);
}

static void on_signal(evutil_socket_t signal, short what, void *arg)
{
	struct hub *hub = arg;
	char text[256];

	(void)what;
	if (signal == SIGHUP)
		hub_admin_reload(hub, text, sizeof(text));
	else
		event_base_loopbreak(hub->base);
}

/* Ten thousand spokes are as many descriptors. */
static void raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		/* what there is must do then; accept() tells */
		if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
			lvn_debug("cannot raise the number of descriptors");
	}
}

static int open_store(struct hub *hub)
{
	int ret = broker_store_open_sqlite(hub->conf->store, &hub->store);

	if (ret < 0)
		lvn_error("store %s: %s", hub->conf->store,
			  ret == -EBUSY ? "locked by another process" :
			  ret == -EPROTO ? "made by a newer version" : strerror(-ret));
	return ret;
}

static int open_broker(struct hub *hub)
{
	struct broker_front front;
	int ret;

	ret = broker_create(hub->conf->broker, hub_dataplane_broker(hub->dataplane), &hub->store,
			  NULL, &hub->broker);
	if (ret < 0) {
		lvn_error("broker: %s", strerror(-ret));
		return ret;
	}
	hub->conf->broker = NULL;
	hub_connection_front(hub, &front);
	broker_set_front(hub->broker, &front);
	ret = broker_adopt(hub->broker);
	if (ret < 0)
		lvn_error("cannot adopt what there is: %s", strerror(-ret));
	return ret;
}

static int drop(struct hub *hub)
{
	int ret = lvn_sandbox_drop(hub->conf->user);

	if (ret < 0)
		lvn_error("cannot become user '%s' with CAP_NET_ADMIN only: %s", hub->conf->user,
			  strerror(-ret));
	return ret;
}

static int enter_sandbox(const struct hub *hub)
{
	int ret = hub->conf->sandbox ? lvn_sandbox_enter() : 0;

	if (ret < 0)
		lvn_error("sandbox: %s; it can be turned off by sandbox=false", strerror(-ret));
	return ret;
}

static int open_tls(struct hub *hub)
{
	char text[256];
	int ret = hub_tls_create(hub->conf, text, sizeof(text), &hub->tls);

	if (ret < 0)
		lvn_error("%s", text);
	return ret;
}

/* What needs root comes first, what strangers reach comes last. */
static int start(struct hub *hub)
{
	const struct hub_dataplane_handlers handlers = {
		.arg = hub,
		.frame = on_frame,
		.back = on_back,
	};
	int ret = open_tls(hub);

	if (!ret)
		ret = hub_dataplane_open(hub->conf, hub->base, &handlers, &hub->dataplane);
	if (!ret)
		ret = hub_listen_bind(hub);
	if (!ret)
		ret = drop(hub);
	if (!ret)
		ret = open_store(hub);
	if (!ret)
		ret = enter_sandbox(hub);
	if (!ret)
		ret = open_broker(hub);
	if (!ret)
		ret = hub_admin_start(hub);
	if (!ret)
		ret = hub_dataplane_start(hub->dataplane);
	if (!ret)
		ret = hub_listen_start(hub);
	return ret;
}

static void cleanup_event(struct event **event)
{
	if (*event)
		event_free(*event);
}

static int loop(struct hub *hub)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGTERM };
	_cleanup_(cleanup_event) struct event *hup = NULL;
	_cleanup_(cleanup_event) struct event *interrupt = NULL;
	_cleanup_(cleanup_event) struct event *term = NULL;
	_cleanup_(cleanup_event) struct event *tick = NULL;
	struct event **events[] = { &hup, &interrupt, &term };
	const struct timeval second = { .tv_sec = 1 };
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		*events[i] = evsignal_new(hub->base, signals[i], on_signal, hub);
		if (!*events[i] || event_add(*events[i], NULL) < 0)
			return -ENOMEM;
	}
	tick = event_new(hub->base, -1, EV_PERSIST, on_tick, hub);
	if (!tick || event_add(tick, &second) < 0)
		return -ENOMEM;
	lvn_notify("READY=1");
	lvn_info("ready");
	event_base_dispatch(hub->base);
	lvn_notify("STOPPING=1");
	lvn_info("stopping, sessions go on");
	return 0;
}

static void done(struct hub *hub)
{
	broker_metrics_destroy(hub->metrics);
	broker_control_destroy(hub->control);
	hub_listen_close(hub);
	hub_arrival_close_all(hub);
	hub_connection_close_all(hub);
	if (hub->broker)
		broker_flush(hub->broker);
	broker_destroy(hub->broker);
	if (hub->store.destroy)
		hub->store.destroy(hub->store.arg);
	hub_dataplane_close(hub->dataplane);
	hub_tls_destroy(hub->tls);
	if (hub->base)
		event_base_free(hub->base);
	hub_conf_destroy(hub->conf);
}

static int run(struct hub *hub)
{
	uint64_t seed;
	int ret;

	hub->base = event_base_new();
	if (!hub->base || RAND_bytes(hub->secret, sizeof(hub->secret)) != 1 ||
	    RAND_bytes((uint8_t *)&seed, sizeof(seed)) != 1)
		return -ENOMEM;
	hub->started_ms = lvn_clock_ms();
	lvn_ratelimit_init(&hub->stranger_log, 5, 20);
	hub_sources_init(&hub->strangers, hub->conf->stun_rate, hub->conf->stun_rate_source, seed);
	hub_sources_init(&hub->visitors, hub->conf->handshake_rate,
			 hub->conf->handshake_rate_source, seed);
	raise_limits();
	signal(SIGPIPE, SIG_IGN);
	ret = start(hub);
	return ret ?: loop(hub);
}

/* Return: -1 to go on, else the exit status. */
static int parse(int argc, char **argv, struct hub *hub, struct options *options)
{
	int option;

	while ((option = getopt_long(argc, argv, "c:htv", long_options, NULL)) != -1) {
		switch (option) {
		case 'c':
			hub->path = optarg;
			break;
		case 'd':
			hub->datapath = optarg;
			break;
		case 't':
			options->is_test = true;
			break;
		case 'v':
			options->is_verbose = true;
			break;
		default:
			fputs(usage, option == 'h' ? stdout : stderr);
			return option == 'h' ? 0 : 2;
		}
	}
	return -1;
}

int main(int argc, char **argv)
{
	struct hub hub = { .path = DEFAULT_PATH };
	struct options options = { 0 };
	char text[256] = "";
	int ret;

	ret = parse(argc, argv, &hub, &options);
	if (ret >= 0)
		return ret;
	ret = hub_conf_read(hub.path, text, sizeof(text), &hub.conf);
	if (!ret && hub.datapath)
		ret = hub_conf_set_datapath(hub.conf, hub.datapath, text, sizeof(text));
	if (ret < 0)
		lvn_error("%s", text);
	else
		lvn_log_set_level(options.is_verbose ? LVN_LOG_DEBUG : hub.conf->log);
	if (!ret && !options.is_test)
		ret = run(&hub);
	done(&hub);
	return ret < 0 ? 1 : 0;
}
