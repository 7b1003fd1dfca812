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
#include <sys/stat.h>

#include <event2/event.h>
#include <openssl/rand.h>

#include "hub/admin.h"
#include "hub/arrival.h"
#include "hub/binding.h"
#include "hub/check.h"
#include "hub/connection.h"
#include "hub/dataplane.h"
#include "hub/dialogue.h"
#include "hub/hub.h"
#include "hub/listen.h"
#include "hub/tls.h"
#include "hub/tsp.h"
#include "lib/base/cleanup.h"
#include "lib/base/notify.h"
#include "lib/base/sandbox.h"
#include "lib/control/metrics.h"
#include "lib/control/socket.h"

#define DEFAULT_PATH "/etc/lvn/lvnd.conf"

/* Of one identity a second, and of those that share its bucket. */
#define HELLOS_RATE 10

#ifndef LVN_VERSION
#define LVN_VERSION "0"
#endif

static const char usage[] =
	"usage: lvnd [OPTION...]\n"
	"\n"
	"  -c, --config FILE   read the configuration from FILE instead of\n"
	"                      " DEFAULT_PATH "\n"
	"      --datapath auto|module|user  use the kernel module, or ipudpd in user space\n"
	"  -t, --test          check what a start would need, and exit with 0 if all is well\n"
	"  -v, --verbose       log debug messages\n"
	"  -h, --help          print this\n"
	"  -V, --version       print the version\n";

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "datapath", required_argument, NULL, 'd' },
	{ "help", no_argument, NULL, 'h' },
	{ "test", no_argument, NULL, 't' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, 'V' },
	{ 0 }
};

/**
 * struct options - the command line, beside what struct hub has of it
 * @is_test: read only
 */
struct options {
	bool is_test;
};

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
	hub_tsp_tick(hub);
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
	const char *path = hub->conf->store;

	if (!ret)
		return 0;
	if (ret == -EBUSY)
		lvn_error("store %s: locked by another process", path);
	else if (ret == -EPROTO)
		lvn_error("store %s: made by a newer version of lvnd", path);
	else if (ret == -EUCLEAN)
		lvn_error("store %s: damaged, or not a database; if you move it away, lvnd begins "
			  "with an empty one, and spokes get new addresses", path);
	else if (ret == -ENOENT)
		lvn_error("store %s: %s; the folder must exist", path, strerror(-ret));
	else
		lvn_error("store %s: %s; %s%s must be able to write to the file and its folder", path,
			  strerror(-ret), *hub->conf->user ? "user " : "", *hub->conf->user ? hub->conf->user : "lvnd");
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
	hub->dialogue = hub_dialogue();
	hub_dialogue_front(hub, &front);
	broker_set_front(hub->broker, &front);
	ret = broker_adopt(hub->broker);
	if (ret < 0)
		lvn_error("cannot adopt what there is: %s", strerror(-ret));
	return ret;
}

static int drop(struct hub *hub)
{
	int ret = lvn_sandbox_drop(hub->conf->user);

	if (ret == -ENOENT)
		lvn_error("user '%s' does not exist", hub->conf->user);
	else if (ret < 0)
		lvn_error("cannot %s%s with CAP_NET_ADMIN only: %s; start lvnd as root",
			  *hub->conf->user ? "become user " : "go on", hub->conf->user,
			  strerror(-ret));
	/* what it writes from now on is for the hub's eyes only */
	umask(077);
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
	int ret = hub_tls_create(hub->conf, NULL, text, sizeof(text), &hub->tls);

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
		ret = hub_tsp_open(hub);
	if (!ret)
		ret = hub_listen_bind(hub);
	if (!ret)
		ret = drop(hub);
	if (!ret)
		hub_check_reload(hub->path, hub->conf);
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
		ret = hub_tsp_start(hub);
	if (!ret)
		ret = hub_listen_start(hub);
	return ret;
}

static void cleanup_event(struct event **event)
{
	if (*event)
		event_free(*event);
}

static int watch_signal(struct hub *hub, int signal, struct event **ret_event)
{
	struct event *event = evsignal_new(hub->base, signal, on_signal, hub);

	if (!event)
		return -ENOMEM;
	*ret_event = event;
	return event_add(event, NULL) < 0 ? -ENOMEM : 0;
}

static int loop(struct hub *hub)
{
	_cleanup_(cleanup_event) struct event *interrupt = NULL;
	_cleanup_(cleanup_event) struct event *term = NULL;
	_cleanup_(cleanup_event) struct event *tick = NULL;
	const struct timeval second = { .tv_sec = 1 };

	if (watch_signal(hub, SIGINT, &interrupt) < 0 || watch_signal(hub, SIGTERM, &term) < 0)
		return -ENOMEM;
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
	control_metrics_destroy(hub->metrics);
	control_socket_destroy(hub->control);
	hub_listen_close(hub);
	hub_arrival_close_all(hub);
	hub_connection_close_all(hub);
	if (hub->broker)
		broker_flush(hub->broker);
	broker_destroy(hub->broker);
	hub_tsp_close(hub);
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

	if (RAND_bytes(hub->secret, sizeof(hub->secret)) != 1 ||
	    RAND_bytes((uint8_t *)&seed, sizeof(seed)) != 1)
		return -ENOMEM;
	hub->started_ms = lvn_clock_ms();
	lvn_ratelimit_init(&hub->stranger_log, 5, 20);
	lvn_sources_init(&hub->strangers, hub->conf->stun_rate, hub->conf->stun_rate_source, seed);
	lvn_sources_init(&hub->names, 0, HELLOS_RATE, seed);
	lvn_sources_init(&hub->visitors, hub->conf->handshake_rate,
			 hub->conf->handshake_rate_source, seed);
	lvn_info("lvnd %s with %s", LVN_VERSION, hub->path);
	raise_limits();
	signal(SIGPIPE, SIG_IGN);
	ret = start(hub);
	return ret ?: loop(hub);
}

/* Return: -1 to go on, else the exit status. */
static int parse(int argc, char **argv, struct hub *hub, struct options *options)
{
	int option;

	while ((option = getopt_long(argc, argv, "c:htvV", long_options, NULL)) != -1) {
		switch (option) {
		case 'c':
			hub->path = optarg;
			break;
		case 'd':
			hub->datapath = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		case 't':
			options->is_test = true;
			break;
		case 'v':
			hub->is_verbose = true;
			break;
		case 'V':
			puts("lvnd " LVN_VERSION);
			return 0;
		default:
			fputs("see 'lvnd --help'\n", stderr);
			return 2;
		}
	}
	if (optind == argc)
		return -1;
	fprintf(stderr, "lvnd: '%s' is not an option; a configuration is given with -c FILE; "
		"see 'lvnd --help'\n", argv[optind]);
	return 2;
}

static int read_conf(struct hub *hub)
{
	char text[256] = "";
	int ret;

	ret = hub_conf_read(hub->path, text, sizeof(text), &hub->conf);
	if (!ret && hub->datapath)
		ret = hub_conf_set_datapath(hub->conf, hub->datapath, text, sizeof(text));
	if (ret < 0)
		lvn_error("%s", text);
	else
		lvn_log_set_level(hub->is_verbose ? LVN_LOG_DEBUG : hub->conf->log);
	return ret;
}

int main(int argc, char **argv)
{
	struct hub hub = { .path = DEFAULT_PATH };
	struct options options = { 0 };
	struct event *hup = NULL;
	int ret;

	ret = parse(argc, argv, &hub, &options);
	if (ret >= 0)
		return ret;
	/* a reload that comes too early is done after the start */
	hub.base = event_base_new();
	ret = hub.base ? watch_signal(&hub, SIGHUP, &hup) : -ENOMEM;
	if (!ret)
		ret = read_conf(&hub);
	if (!ret)
		ret = options.is_test ? hub_check(hub.path, hub.conf) : run(&hub);
	cleanup_event(&hup);
	done(&hub);
	return ret < 0 ? 1 : 0;
}
