// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lvn, the spoke: the verbs of the command line. See lvn(8).
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hub/client/command.h"
#include "hub/client/config.h"

#ifndef LVN_VERSION
#define LVN_VERSION "0"
#endif

static void print_usage(FILE *out)
{
	fputs("usage: lvn up [OPTION...] [HUB[:PORT]...]\n"
	      "       lvn down|renew|status [--json] [--run-dir DIR] [NAME]\n"
	      "       lvn version|help\n"
	      "\n"
	      "  -c, --config FILE        read options from FILE, without their dashes\n"
	      "  -b, --background         return when the spoke is up\n"
	      "      --wait SECONDS       how long to wait for that, 30\n"
	      "      --identity FILE      certificate, key and CA in one file\n"
	      "      --cert, --key, --ca, --crl FILE\n"
	      "      --name DEVICE        name of the device, lvn0\n"
	      "      --label TEXT         what the hub's lists show\n"
	      "      --interface IFNAME   leave by this interface\n"
	      "      --uplink IFNAME[,priority=N][,weight=N][,mark=N]  one of several\n"
	      "      --mark N, --vrf NAME, --port N\n"
	      "      --datapath auto|module|user  kernel module, or ipudpd in user space\n"
	      "      --address ADDRESS, --prefix PREFIX/LENGTH  to ask for\n"
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

/* Options that are not in the configuration file. Return: arguments used, 0 if it is none. */
static int take_own_option(struct lvn_command *command, char **argv, int left)
{
	const char *value = left > 1 ? argv[1] : NULL;

	if (!strcmp(argv[0], "-b") || !strcmp(argv[0], "--background")) {
		command->is_background = true;
		return 1;
	}
	if (!strcmp(argv[0], "-j") || !strcmp(argv[0], "--json")) {
		command->is_json = true;
		return 1;
	}
	if (!strcmp(argv[0], "--wait") && value) {
		command->wait_s = (unsigned int)strtoul(value, NULL, 10);
		return 2;
	}
	/* Read before all others. */
	if ((!strcmp(argv[0], "-c") || !strcmp(argv[0], "--config")) && value)
		return 2;
	return 0;
}

/* --OPTION VALUE, --OPTION=VALUE or --OPTION. Return: arguments used, negative errno. */
static int take_option(struct lvn_config *config, char **argv, int left, char *error)
{
	char *equals = strchr(argv[0], '=');
	char *option = argv[0] + 2;
	int takes_value;
	char *value;
	int ret;

	if (strncmp(argv[0], "--", 2) || (equals && equals == option)) {
		snprintf(error, LVN_CONFIG_ERROR_SIZE, "no option '%.40s'", argv[0]);
		return -ENOENT;
	}
	if (equals)
		*equals = '\0';
	takes_value = lvn_config_takes_value(option);
	value = equals ? equals + 1 : takes_value == 1 && left > 1 ? argv[1] : NULL;
	ret = lvn_config_set(config, option, value, error);
	if (ret)
		return ret;
	return !equals && takes_value ? 2 : 1;
}

static int read_files(struct lvn_config *config, int argc, char **argv, char *error)
{
	for (int i = 0; i + 1 < argc; i++) {
		int ret;

		if (strcmp(argv[i], "-c") && strcmp(argv[i], "--config"))
			continue;
		ret = lvn_config_read(config, argv[i + 1], error);
		if (ret)
			return ret;
	}
	return 0;
}

static int parse(struct lvn_command *command, int argc, char **argv, bool takes_hubs, char *error)
{
	struct lvn_config *config = &command->config;
	bool has_hub = false;
	int ret;

	ret = read_files(config, argc, argv, error);
	if (ret)
		return ret;
	for (int i = 0; i < argc;) {
		int used = take_own_option(command, argv + i, argc - i);

		if (!used && argv[i][0] == '-')
			used = take_option(config, argv + i, argc - i, error);
		if (used < 0)
			return used;
		if (used) {
			i += used;
			continue;
		}
		/* Hubs on the command line take the place of those of the file. */
		if (takes_hubs && !has_hub)
			config->n_hubs = 0;
		has_hub = true;
		ret = lvn_config_set(config, takes_hubs ? "hub" : "name", argv[i++], error);
		if (ret)
			return ret;
		command->has_name |= !takes_hubs;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(struct lvn_command *command);
		bool takes_hubs;
	} verbs[] = {
		{ "up", lvn_command_up, true },
		{ "down", lvn_command_down, false },
		{ "renew", lvn_command_renew, false },
		{ "status", lvn_command_status, false },
	};
	struct lvn_command command = { .wait_s = 30 };
	char error[LVN_CONFIG_ERROR_SIZE];
	int status = LVN_EXIT_USAGE;

	signal(SIGPIPE, SIG_IGN);
	if (argc == 2 && (!strcmp(argv[1], "version") || !strcmp(argv[1], "--version") ||
			  !strcmp(argv[1], "-V"))) {
		puts("lvn " LVN_VERSION);
		return 0;
	}
	if (argc == 2 && (!strcmp(argv[1], "help") || !strcmp(argv[1], "--help") ||
			  !strcmp(argv[1], "-h"))) {
		print_usage(stdout);
		return 0;
	}
	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(argv[1], verbs[i].name))
			continue;
		if (lvn_config_init(&command.config))
			return complain("no memory");
		if (parse(&command, argc - 2, argv + 2, verbs[i].takes_hubs, error))
			status = complain(error);
		else
			status = verbs[i].run(&command);
		lvn_config_done(&command.config);
		return status;
	}
	if (argc > 1)
		fprintf(stderr, "lvn: '%s' is not a command; the commands are up, down, renew, status, version, help; see 'lvn --help'\n",
			argv[1]);
	else
		print_usage(stderr);
	return status;
}
