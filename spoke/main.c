// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lvn, the spoke: the verbs of the command line. See lvn(8).
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spoke/command.h"
#include "spoke/config.h"

#ifndef LVN_VERSION
#define LVN_VERSION "0"
#endif

static void print_usage(FILE *out)
{
	fputs("usage: lvn up [OPTION...] [HUB[:PORT]...]\n"
	      "       lvn down|reload|renew|status [--json] [--run-dir DIR] [NAME]\n"
	      "       lvn version|help\n"
	      "\n"
	      "  -c, --config FILE        read options from FILE, there without dashes\n"
	      "  -b, --background         return when the spoke is up\n"
	      "      --wait SECONDS       how long to wait for that, 30\n"
	      "      --identity FILE      certificate, key and CA in one file\n"
	      "      --cert, --key, --ca, --crl FILE\n"
	      "      --name DEVICE        name of the device, lvn0\n"
	      "      --label TEXT         what the hub's lists show\n"
	      "      --interface IFNAME   reach the hub through this interface\n"
	      "      --uplink IFNAME[,priority=N][,weight=N][,mark=N]  one of several\n"
	      "      --mark N, --vrf NAME, --port N\n"
	      "      --datapath auto|module|user  kernel module, or ipudpd in user space\n"
	      "      --address ADDRESS, --prefix PREFIX/LENGTH  request these\n"
	      "      --accept PREFIX/LENGTH  take addresses and routes within it only; may be repeated\n"
	      "      --keepalive SECONDS, --mtu N, --table N, --metric N, --no-routes,\n"
	      "      --no-checksum\n"
	      "      --retry-max SECONDS  longest wait between attempts, 60\n"
	      "      --hook FILE, --hook-up, --hook-down, --hook-changed FILE\n"
	      "      --release            give the addresses back on exit\n"
	      "      --accept-unset-clock\n"
	      "      --user NAME, --run-dir DIR, --debug\n",
	      out);
}

static int complain(const char *error)
{
	fprintf(stderr, "lvn: %s\n", error);
	return LVN_EXIT_USAGE;
}

/* Help is wanted, also behind a verb. */
static bool is_word(int argc, char **argv, const char *word, const char *option, const char *letter)
{
	if (argc > 1 && !strcmp(argv[1], word))
		return true;
	for (int i = 1; i < argc && i < 3; i++)
		if (!strcmp(argv[i], option) || !strcmp(argv[i], letter))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(struct lvn_command *command);
		bool takes_hubs;
	} verbs[] = {
		{ "up", lvn_command_up, true },		 { "down", lvn_command_down, false },
		{ "reload", lvn_command_reload, false }, { "renew", lvn_command_renew, false },
		{ "status", lvn_command_status, false },
	};
	struct lvn_command command = { .wait_s = 30 };
	char error[LVN_CONFIG_ERROR_SIZE];
	int status = LVN_EXIT_USAGE;

	signal(SIGPIPE, SIG_IGN);
	/* Until somebody listens to it: the end of a terminal, or a reload, must not end the start. */
	signal(SIGHUP, SIG_IGN);
	if (is_word(argc, argv, "version", "--version", "-V")) {
		puts("lvn " LVN_VERSION);
		return 0;
	}
	if (is_word(argc, argv, "help", "--help", "-h")) {
		print_usage(stdout);
		return 0;
	}
	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(argv[1], verbs[i].name))
			continue;
		if (lvn_config_init(&command.config))
			return complain("no memory");
		command.argv = argv + 2;
		command.argc = argc - 2;
		command.takes_hubs = verbs[i].takes_hubs;
		if (lvn_command_parse(&command, error))
			status = complain(error);
		else
			status = verbs[i].run(&command);
		lvn_config_done(&command.config);
		return status;
	}
	if (argc > 1)
		fprintf(stderr,
			"lvn: '%s' is not a command; the commands are up, down, reload, renew, status, version, help; see 'lvn --help'\n",
			argv[1]);
	else
		print_usage(stderr);
	return status;
}
