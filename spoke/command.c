// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `lvn down`, `renew` and `status`: they ask the running spokes, or clean up after one that was
 * killed.
 */
#include "spoke/command.h"

#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include <net/if.h>
#include <time.h>

#include "lib/base/cleanup.h"
#include "spoke/agent.h"
#include "spoke/console.h"
#include "spoke/session.h"
#include "spoke/status.h"

#define DOWN_TIMEOUT_MS 70000
#define DOWN_STEP_MS 50

static void put_json(json_t **json)
{
	json_decref(*json);
}

static int fail(const char *name, int error)
{
	if (error == -ENOENT || error == -ECONNREFUSED) {
		fprintf(stderr, "lvn: %s: no such spoke is running\n", name);
		return LVN_EXIT_NOT_RUNNING;
	}
	fprintf(stderr, "lvn: %s: %s\n", name, strerror(-error));
	return LVN_EXIT_FAILURE;
}

/* Wait until the spoke has let its lock go. */
static int wait_for_end(const struct lvn_config *config)
{
	const struct timespec step = { .tv_nsec = DOWN_STEP_MS * 1000000L };

	for (int waited = 0; waited < DOWN_TIMEOUT_MS; waited += DOWN_STEP_MS) {
		_cleanup_close_ int lock = -1;

		if (!lvn_state_prepare(config->run_dir, config->name, (uid_t)-1, &lock))
			return 0;
		nanosleep(&step, NULL);
	}
	return -ETIMEDOUT;
}

/* What a killed spoke left in the kernel goes, without the spoke. */
static int clean_up(const struct lvn_config *config)
{
	struct lvn_agent agent = { .config = config };
	enum ipudp_datapath datapath = config->datapath;
	_cleanup_close_ int lock = -1;
	int ret;

	ret = lvn_state_prepare(config->run_dir, config->name, (uid_t)-1, &lock);
	if (!ret)
		ret = lvn_state_load(config->run_dir, config->name, &agent.state);
	if (datapath == LVN_DATAPATH_UNSAID)
		datapath = agent.state.is_user ? IPUDP_DATAPATH_USER : IPUDP_DATAPATH_AUTO;
	if (!ret)
		ret = lvn_plane_open(datapath, NULL, NULL, &agent.plane);
	if (!ret)
		ret = lvn_net_open(&agent.net);
	if (!ret) {
		agent.ifindex = if_nametoindex(config->name);
		ret = lvn_session_undo(&agent);
	}
	lvn_net_close(agent.net);
	lvn_plane_close(agent.plane);
	return ret;
}

int lvn_command_down(struct lvn_command *command)
{
	const struct lvn_config *config = &command->config;
	_cleanup_(put_json) json_t *answer = NULL;
	int ret;

	ret = lvn_console_ask(config->run_dir, config->name, "down", &answer);
	if (!ret)
		ret = wait_for_end(config);
	else if (ret == -ENOENT || ret == -ECONNREFUSED)
		ret = clean_up(config);
	return ret ? fail(config->name, ret) : 0;
}

int lvn_command_renew(struct lvn_command *command)
{
	const struct lvn_config *config = &command->config;
	_cleanup_(put_json) json_t *answer = NULL;
	int ret;

	ret = lvn_console_ask(config->run_dir, config->name, "renew", &answer);
	return ret ? fail(config->name, ret) : 0;
}

int lvn_command_reload(struct lvn_command *command)
{
	const struct lvn_config *config = &command->config;
	_cleanup_(put_json) json_t *answer = NULL;
	const char *text;
	int ret;

	ret = lvn_console_ask(config->run_dir, config->name, "reload", &answer);
	if (ret)
		return fail(config->name, ret);
	if (json_is_true(json_object_get(answer, "ok"))) {
		text = json_string_value(json_object_get(answer, "warning"));
		if (text && *text)
			fprintf(stderr, "lvn: %s: what was read before is still used: %s\n",
				config->name, text);
		return 0;
	}
	text = json_string_value(json_object_get(answer, "error"));
	fprintf(stderr, "lvn: %s: nothing was changed: %s\n", config->name, text ? text : "?");
	return LVN_EXIT_FAILURE;
}

static int show_one(const struct lvn_command *command, const char *name)
{
	_cleanup_(put_json) json_t *answer = NULL;
	int ret;

	ret = lvn_console_ask(command->config.run_dir, name, "status", &answer);
	if (ret)
		return fail(name, ret);
	if (command->is_json) {
		json_dumpf(answer, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
		putchar('\n');
	} else {
		lvn_status_print(stdout, answer);
	}
	if (fflush(stdout) || ferror(stdout))
		return fail("standard output", -EIO);
	return json_is_true(json_object_get(answer, "up")) ? 0 : LVN_EXIT_DOWN;
}

static void free_glob(glob_t *found)
{
	globfree(found);
}

int lvn_command_status(struct lvn_command *command)
{
	_cleanup_(free_glob) glob_t found = { 0 };
	int status = LVN_EXIT_NOT_RUNNING;
	char pattern[PATH_MAX];

	if (command->has_name)
		return show_one(command, command->config.name);
	snprintf(pattern, sizeof(pattern), "%s/*.sock", command->config.run_dir);
	if (glob(pattern, 0, NULL, &found) || !found.gl_pathc) {
		fprintf(stderr, "lvn: no spoke is running\n");
		return status;
	}
	status = 0;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *name = strrchr(found.gl_pathv[i], '/') + 1;
		int one;

		name[strlen(name) - strlen(".sock")] = '\0';
		one = show_one(command, name);
		/* The worst: an error says more than that one is down. */
		if (!status || (status == LVN_EXIT_DOWN && one))
			status = one;
	}
	return status;
}
