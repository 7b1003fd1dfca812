// SPDX-License-Identifier: GPL-2.0-or-later
/* ipudpd: the data plane of one network namespace, in user space. Options, and start and end. */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/net_tstamp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "device.h"
#include "event.h"
#include "fast.h"
#include "guard.h"
#include "home.h"
#include "journal.h"
#include "lib/base/log.h"
#include "link.h"
#include "loop.h"
#include "rcu.h"
#include "record.h"
#include "server.h"
#include "tell.h"

#define WORKERS_MAX 16

/* Where a socket is that was passed, sd_listen_fds(3). */
#define PASSED_FD 3

/* How long, and how often, the name is tried to get that an ending daemon or systemd still has. */
#define FLUSH_WAIT_MS 2000
#define RETRY_MS 10

/* Exit status, see sysexits(3): we may not configure the namespace. lib/ipudp knows it. */
#define STATUS_NO_RIGHTS 77

/**
 * struct options - the command line
 * @threads: that carry packets
 * @linger_ms: see struct ipudp_loop_config
 * @keep: at the end, leave all for a successor
 * @flush: serve nobody, remove what a predecessor left
 * @fast: how to use eBPF
 * @background: return to the caller once it serves
 */
struct options {
	unsigned int threads;
	unsigned int linger_ms;
	bool keep;
	bool flush;
	struct ipudp_fast_config fast;
	bool background;
};

static const struct option long_options[] = {
	{ "background", no_argument, NULL, 'b' },  { "flush", no_argument, NULL, 'f' },
	{ "gro", required_argument, NULL, 'g' },   { "help", no_argument, NULL, 'h' },
	{ "keep", no_argument, NULL, 'k' },	   { "linger", required_argument, NULL, 'l' },
	{ "no-fastpath", no_argument, NULL, 'n' }, { "threads", required_argument, NULL, 't' },
	{ "verbose", no_argument, NULL, 'v' },	   { "version", no_argument, NULL, 'V' },
	{ "xdp", required_argument, NULL, 'x' },   { 0 }
};

static void usage(FILE *out)
{
	fputs("usage: ipudpd [OPTION...]\n"
	      "\n"
	      "Serves the ipudp data plane of this network namespace in user space.\n"
	      "\n"
	      "  -b, --background      go to the background once it serves\n"
	      "  -f, --flush           remove what an ipudpd that has ended left behind, and exit\n"
	      "  -g, --gro on|off      aggregate TCP packets that eBPF received one by one (on)\n"
	      "  -k, --keep            on exit, leave everything for a successor\n"
	      "  -l, --linger SECONDS  exit after so long with nothing to serve\n"
	      "  -n, --no-fastpath     carry all packets in user space\n"
	      "  -t, --threads N       threads that carry packets (one per processor)\n"
	      "  -v, --verbose         log more\n"
	      "  -V, --version         print the version\n"
	      "  -x, --xdp INTERFACE   receive on this interface with XDP; up to 16 times\n"
	      "  -h, --help            print this help\n",
	      out);
}

static bool parse_number(const char *text, unsigned long least, unsigned long most,
			 unsigned int *ret)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || value < least || value > most)
		return false;
	*ret = value;
	return true;
}

static bool parse_on_off(const char *text, bool *ret)
{
	*ret = !strcmp(text, "on");
	return *ret || !strcmp(text, "off");
}

static bool add_xdp(struct ipudp_fast_config *config, const char *name)
{
	if (config->n_xdp == IPUDP_FAST_XDP_MAX || !ipudp_device_valid_name(name))
		return false;
	config->xdp[config->n_xdp++] = name;
	return true;
}

/* Return: -1 to go on, else the exit status. */
static int parse_options(int argc, char **argv, struct options *options)
{
	int option;

	while ((option = getopt_long(argc, argv, "bfg:hkl:nt:vVx:", long_options, NULL)) != -1) {
		bool good = true;

		switch (option) {
		case 'b':
			options->background = true;
			break;
		case 'f':
			options->flush = true;
			break;
		case 'g':
			good = parse_on_off(optarg, &options->fast.gro);
			break;
		case 'h':
			usage(stdout);
			return EXIT_SUCCESS;
		case 'k':
			options->keep = true;
			break;
		case 'n':
			options->fast.on = false;
			break;
		case 'l':
			good = parse_number(optarg, 1, 86400, &options->linger_ms);
			options->linger_ms *= 1000;
			break;
		case 't':
			good = parse_number(optarg, 1, WORKERS_MAX, &options->threads);
			break;
		case 'v':
			lvn_log_set_level(LVN_LOG_DEBUG);
			break;
		case 'V':
			puts("ipudpd " IPUDP_VERSION);
			return EXIT_SUCCESS;
		case 'x':
			good = add_xdp(&options->fast, optarg);
			break;
		default:
			good = false;
		}
		if (!good) {
			/* getopt has said what it did not understand */
			if (option != '?')
				fprintf(stderr, "ipudpd: '%s' is not a valid value of -%c\n",
					optarg, option);
			fputs("see 'ipudpd --help'\n", stderr);
			return 2;
		}
	}
	if (optind == argc)
		return -1;
	fprintf(stderr,
		"ipudpd: '%s' is not an option, and nothing else is expected; see 'ipudpd --help'\n",
		argv[optind]);
	return 2;
}

/*
 * Leave the caller, who waits until clients can connect: they wait in the queue of the socket until
 * they are served. What we do next is not to be told to the caller's service manager, nor logged.
 */
static int go_behind(void)
{
	unsetenv("NOTIFY_SOCKET");
	if (daemon(0, 0))
		return -errno;
	return ipudp_guard_start();
}

/* A socket that systemd, or whoever started us, listens on; -ENOENT if there is none. */
static int passed_socket(void)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");

	if (!pid || !count || strtol(pid, NULL, 10) != getpid() || strcmp(count, "1") != 0)
		return -ENOENT;
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	if (fcntl(PASSED_FD, F_SETFD, FD_CLOEXEC) || fcntl(PASSED_FD, F_SETFL, O_NONBLOCK))
		return -errno;
	return PASSED_FD;
}

/* Who is to remove what another one left waits until that one, which may be about to end, has. */
static int listen_for(const struct options *options)
{
	const struct timespec pause = { .tv_nsec = RETRY_MS * 1000000 };
	int tries = options->flush ? FLUSH_WAIT_MS / RETRY_MS : 0, fd;

	while ((fd = ipudp_server_listen()) == -EADDRINUSE && tries--)
		nanosleep(&pause, NULL);
	return fd;
}

/* Whether we have CAP_NET_ADMIN over the namespace: by an option that the kernel lets nobody else set. */
static bool may_serve(void)
{
	const struct sock_txtime txtime = { .clockid = CLOCK_TAI };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool may;

	if (fd < 0)
		return false;
	may = !setsockopt(fd, SOL_SOCKET, SO_TXTIME, &txtime, sizeof(txtime));
	close(fd);
	return may;
}

static int open_signals(void)
{
	sigset_t set;
	int fd;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

/* A device has a descriptor for each thread, a listener two. */
static void raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* Find out about interfaces, and take over what there is. */
static void start(struct ipudp_home *home, const struct options *options)
{
	int ret;

	/* In this order: who hears of a change finds it done by the fast path. */
	ipudp_event_observe(home, &ipudp_record_observer);
	ipudp_event_observe(home, &ipudp_fast_observer);
	ipudp_event_observe(home, &ipudp_tell_observer);
	ipudp_fast_open(home, &options->fast);
	ret = ipudp_journal_open(home);
	if (ret)
		lvn_info("without a journal, nothing can be taken over: %s", strerror(-ret));
	ipudp_link_sync(home);
	ipudp_fast_ready(home);
}

static int serve(const struct options *options, int listen_fd)
{
	struct ipudp_loop_config config = {
		.listen_fd = listen_fd,
		.signal_fd = open_signals(),
		.linger_ms = options->linger_ms,
	};
	bool keep = options->keep && !options->flush;
	struct ipudp_home home;
	int ret;

	raise_limits();
	ret = config.signal_fd < 0 ? config.signal_fd : 0;
	if (!ret)
		ret = ipudp_home_init(&home, options->threads);
	if (ret) {
		lvn_error("cannot start: %s", strerror(-ret));
		return ret;
	}
	start(&home, options);
	if (options->flush)
		close(listen_fd);
	else
		ret = ipudp_loop_run(&home, &config);
	if (ret)
		lvn_error("cannot serve: %s", strerror(-ret));
	ipudp_journal_close(&home, keep);
	if (!keep)
		ipudp_home_flush(&home);
	ipudp_fast_close(&home, keep);
	ipudp_home_done(&home);
	/* What is kept is not taken apart, its memory neither. */
	if (keep)
		_exit(ret ? EXIT_FAILURE : EXIT_SUCCESS);
	return ret;
}

int main(int argc, char **argv)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	struct options options = {
		.threads = processors > 0 ? processors : 1,
		.fast = { .on = true, .gro = true },
	};
	int ret, fd, error;

	if (options.threads > WORKERS_MAX)
		options.threads = WORKERS_MAX;
	ret = parse_options(argc, argv, &options);
	if (ret >= 0)
		return ret;
	fd = passed_socket();
	/* Who cannot serve must not take the name. */
	if (fd < 0 && !may_serve()) {
		lvn_error("CAP_NET_ADMIN is missing, nothing can be served");
		return STATUS_NO_RIGHTS;
	}
	if (fd < 0)
		fd = listen_for(&options);
	if (fd == -EADDRINUSE) {
		lvn_error("another ipudpd serves this network namespace");
		return EXIT_FAILURE;
	}
	if (fd < 0) {
		lvn_error("cannot listen: %s", strerror(-fd));
		return EXIT_FAILURE;
	}
	error = options.background ? go_behind() : 0;
	if (error) {
		lvn_error("cannot go to the background: %s", strerror(-error));
		return EXIT_FAILURE;
	}
	return serve(&options, fd) ? EXIT_FAILURE : EXIT_SUCCESS;
}
