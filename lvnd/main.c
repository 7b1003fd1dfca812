// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lvnd(8): the order in which the daemon is put together, and taken apart.
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
#include "hub/hub.h"
#include "lib/base/cleanup.h"
#include "lib/base/notify.h"
#include "lib/base/sandbox.h"
#include "lib/control/metrics.h"
#include "lib/control/socket.h"
#include "lvnd/admin.h"
#include "lvnd/check.h"
#include "lvnd/lvnd.h"
#include "lvnd/tsp.h"

#define DEFAULT_PATH "/etc/lvn/lvnd.conf"

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

static const struct option long_options[] = { { "config", required_argument, NULL, 'c' },
					      { "datapath", required_argument, NULL, 'd' },
					      { "help", no_argument, NULL, 'h' },
					      { "test", no_argument, NULL, 't' },
					      { "verbose", no_argument, NULL, 'v' },
					      { "version", no_argument, NULL, 'V' },
					      { 0 } };

/**
 * struct options - the command line, beside what struct lvnd has of it
 * @is_test: read only
 */
struct options {
	bool is_test;
};

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct lvnd *lvnd = arg;

	(void)fd;
	(void)what;
	if (lvnd->hub)
		hub_tick(lvnd->hub);
	lvnd_tsp_tick(lvnd->tsp);
}

static void on_signal(evutil_socket_t signal, short what, void *arg)
{
	struct lvnd *lvnd = arg;
	char text[256];

	(void)what;
	if (signal == SIGHUP)
		lvnd_admin_reload(lvnd, text, sizeof(text));
	else
		event_base_loopbreak(lvnd->base);
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

static int open_store(struct lvnd *lvnd)
{
	int ret = broker_store_open_sqlite(lvnd->conf->store, &lvnd->store);

	if (ret < 0)
		lvnd_check_complain(lvnd->conf, ret);
	return ret;
}

static int drop(struct lvnd *lvnd)
{
	int ret = lvn_sandbox_drop(lvnd->conf->user);

	if (ret == -ENOENT)
		lvn_error("user '%s' does not exist", lvnd->conf->user);
	else if (ret < 0)
		lvn_error("cannot %s%s with CAP_NET_ADMIN only: %s; start lvnd as root",
			  *lvnd->conf->user ? "become user " : "go on", lvnd->conf->user,
			  strerror(-ret));
	/* what it writes from now on is for lvnd's eyes only */
	umask(077);
	return ret;
}

static int enter_sandbox(const struct lvnd *lvnd)
{
	int ret = lvnd->conf->sandbox ? lvn_sandbox_enter() : 0;

	if (ret < 0)
		lvn_error("sandbox: %s; turn it off with sandbox = false", strerror(-ret));
	return ret;
}

/* Device, listeners and TCP. */
static int open_fronts(struct lvnd *lvnd)
{
	struct lvnd_conf *conf = lvnd->conf;
	int ret = conf->hub ? hub_open(conf->hub, lvnd->base, &lvnd->hub) : 0;

	if (!ret && conf->tsp)
		ret = lvnd_tsp_open(conf->tsp, lvnd->base, &lvnd->tsp);
	return ret;
}

static int start_fronts(struct lvnd *lvnd)
{
	int ret = lvnd->hub ? hub_start(lvnd->hub) : 0;

	if (!ret && lvnd->tsp)
		ret = lvnd_tsp_start(lvnd->tsp, &lvnd->store);
	return ret;
}

/* What needs root comes first, what strangers reach comes last. */
static int start(struct lvnd *lvnd)
{
	int ret = open_fronts(lvnd);

	if (!ret)
		ret = drop(lvnd);
	if (!ret)
		lvnd_check_reload(lvnd->path, lvnd->conf);
	if (!ret)
		ret = open_store(lvnd);
	if (!ret)
		ret = enter_sandbox(lvnd);
	if (!ret && lvnd->hub)
		ret = hub_adopt(lvnd->hub, &lvnd->store);
	if (!ret)
		ret = lvnd_admin_start(lvnd);
	return ret ?: start_fronts(lvnd);
}

static void cleanup_event(struct event **event)
{
	if (*event)
		event_free(*event);
}

static int watch_signal(struct lvnd *lvnd, int signal, struct event **ret_event)
{
	struct event *event = evsignal_new(lvnd->base, signal, on_signal, lvnd);

	if (!event)
		return -ENOMEM;
	*ret_event = event;
	return event_add(event, NULL) < 0 ? -ENOMEM : 0;
}

static int loop(struct lvnd *lvnd)
{
	_cleanup_(cleanup_event) struct event *interrupt = NULL;
	_cleanup_(cleanup_event) struct event *term = NULL;
	_cleanup_(cleanup_event) struct event *tick = NULL;
	const struct timeval second = { .tv_sec = 1 };

	if (watch_signal(lvnd, SIGINT, &interrupt) < 0 || watch_signal(lvnd, SIGTERM, &term) < 0)
		return -ENOMEM;
	tick = event_new(lvnd->base, -1, EV_PERSIST, on_tick, lvnd);
	if (!tick || event_add(tick, &second) < 0)
		return -ENOMEM;
	lvn_notify("READY=1");
	lvn_info("ready");
	event_base_dispatch(lvnd->base);
	lvn_notify("STOPPING=1");
	lvn_info("stopping, sessions go on");
	return 0;
}

static void done(struct lvnd *lvnd)
{
	control_metrics_destroy(lvnd->metrics);
	control_socket_destroy(lvnd->control);
	hub_close(lvnd->hub);
	lvnd_tsp_close(lvnd->tsp);
	if (lvnd->store.destroy)
		lvnd->store.destroy(lvnd->store.arg);
	if (lvnd->base)
		event_base_free(lvnd->base);
	lvnd_conf_destroy(lvnd->conf);
}

static int run(struct lvnd *lvnd)
{
	int ret;

	lvnd->started_ms = lvn_clock_ms();
	lvn_info("lvnd %s with %s", LVN_VERSION, lvnd->path);
	raise_limits();
	signal(SIGPIPE, SIG_IGN);
	ret = start(lvnd);
	return ret ?: loop(lvnd);
}

/* Return: -1 to go on, else the exit status. */
static int parse(int argc, char **argv, struct lvnd *lvnd, struct options *options)
{
	int option;

	while ((option = getopt_long(argc, argv, "c:htvV", long_options, NULL)) != -1) {
		switch (option) {
		case 'c':
			lvnd->path = optarg;
			break;
		case 'd':
			lvnd->datapath = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		case 't':
			options->is_test = true;
			break;
		case 'v':
			lvnd->is_verbose = true;
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
	fprintf(stderr,
		"lvnd: '%s' is not an option; a configuration is given with -c FILE; "
		"see 'lvnd --help'\n",
		argv[optind]);
	return 2;
}

static int read_conf(struct lvnd *lvnd)
{
	char text[256] = "";
	int ret;

	ret = lvnd_conf_read(lvnd->path, text, sizeof(text), &lvnd->conf);
	if (!ret && lvnd->datapath)
		ret = lvnd_conf_set_datapath(lvnd->conf, lvnd->datapath, text, sizeof(text));
	if (ret < 0)
		lvn_error("%s", text);
	else
		lvn_log_set_level(lvnd->is_verbose ? LVN_LOG_DEBUG : lvnd->conf->log);
	return ret;
}

int main(int argc, char **argv)
{
	struct lvnd lvnd = { .path = DEFAULT_PATH };
	struct options options = { 0 };
	struct event *hup = NULL;
	int ret;

	ret = parse(argc, argv, &lvnd, &options);
	if (ret >= 0)
		return ret;
	/* a reload that comes too early is done after the start */
	lvnd.base = event_base_new();
	ret = lvnd.base ? watch_signal(&lvnd, SIGHUP, &hup) : -ENOMEM;
	if (!ret)
		ret = read_conf(&lvnd);
	if (!ret)
		ret = options.is_test ? lvnd_check(lvnd.path, lvnd.conf) : run(&lvnd);
	cleanup_event(&hup);
	done(&lvnd);
	return ret < 0 ? 1 : 0;
}
