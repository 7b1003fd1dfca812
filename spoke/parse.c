// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Arguments of the command line, which a reload reads again.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "spoke/command.h"
#include "spoke/config.h"

#define WAIT_MAX_S 86400u

static int take_wait(struct lvn_command *command, const char *value, char *error)
{
	char *end = NULL;
	unsigned long seconds = value ? strtoul(value, &end, 10) : 0;

	if (!value || *value < '0' || *value > '9' || *end || seconds > WAIT_MAX_S) {
		snprintf(error, LVN_CONFIG_ERROR_SIZE,
			 "--wait: invalid value '%.40s'; must be a number from 0 to %u",
			 value ? value : "", WAIT_MAX_S);
		return -EINVAL;
	}
	command->wait_s = (unsigned int)seconds;
	return 2;
}

/*
 * Options that are not in the configuration file. Return: arguments used, 0 if it is none, negative
 * errno.
 */
static int take_own_option(struct lvn_command *command, char **argv, int left, char *error)
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
	if (!strcmp(argv[0], "--wait"))
		return take_wait(command, value, error);
	if (strcmp(argv[0], "-c") && strcmp(argv[0], "--config"))
		return 0;
	if (!value) {
		snprintf(error, LVN_CONFIG_ERROR_SIZE, "%s: needs a value: a file", argv[0]);
		return -EINVAL;
	}
	/* Read before all others. */
	return 2;
}

/* --OPTION VALUE, --OPTION=VALUE or --OPTION. Return: arguments used, negative errno. */
static int take_option(struct lvn_config *config, char **argv, int left, char *error)
{
	_cleanup_free_ char *copy = strdup(argv[0]);
	char *equals = copy ? strchr(copy, '=') : NULL;
	char *option;
	int takes_value;
	char *value;
	int ret;

	/* The arguments stay as they are: a reload reads them again. */
	if (!copy)
		return -ENOMEM;
	option = copy + 2;
	if (strncmp(argv[0], "--", 2) || (equals && equals == option)) {
		snprintf(error, LVN_CONFIG_ERROR_SIZE, "unknown option '%.40s'; see lvn --help",
			 argv[0]);
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

int lvn_command_parse(struct lvn_command *command, char *error)
{
	struct lvn_config *config = &command->config;
	bool takes_hubs = command->takes_hubs;
	char **argv = command->argv;
	int argc = command->argc;
	bool has_hub = false;
	int ret;

	ret = read_files(config, argc, argv, error);
	if (ret)
		return ret;
	for (int i = 0; i < argc;) {
		int used = take_own_option(command, argv + i, argc - i, error);

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
		if (command->has_name && !takes_hubs) {
			snprintf(error, LVN_CONFIG_ERROR_SIZE,
				 "'%s' is one name too many: one device at a time", argv[i]);
			return -EINVAL;
		}
		ret = lvn_config_set(config, takes_hubs ? "hub" : "name", argv[i++], error);
		if (ret)
			return ret;
		command->has_name |= !takes_hubs;
	}
	return 0;
}
