// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `lvn up`: from root to a running spoke.
 */
#include "spoke/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>
#include <openssl/ssl.h>

#include "lib/base/cleanup.h"
#include "lib/base/notify.h"
#include "spoke/agent.h"
#include "spoke/console.h"
#include "spoke/keeper.h"
#include "spoke/privilege.h"
#include "spoke/reload.h"

/**
 * struct run - a running spoke, with what it needs from the system
 * @command: its settings, and where they are from
 * @agent: it
 * @base: the loop
 * @console: its socket
 * @signals: SIGTERM, SIGINT, SIGHUP
 * @lock: descriptor of the lock
 * @keeper: asked for certificates, 0 if there is none
 * @parent: pipe to the process that waits for us, -1 if there is none
 * @abandoned: when that process waits no longer
 */
struct run {
	struct lvn_command *command;
	struct lvn_agent agent;
	struct event_base *base;
	struct lvn_console *console;
	struct event *signals[3];
	int lock;
	int keeper;
	int parent;
	struct event *abandoned;
};

/* Who waits for our output to end, a script say, need not wait for the spoke's end. */
static void go_behind(struct run *run)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	lvn_log_to_syslog("lvn");
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		close(null);
	}
	event_free(run->abandoned);
	run->abandoned = NULL;
	close(run->parent);
	run->parent = -1;
}

static void on_up(void *arg)
{
	struct run *run = arg;

	lvn_notify("STATUS=up");
	if (run->parent < 0)
		return;
	/* The parent only wants to see it; if it has gone, nobody waits. */
	if (write(run->parent, "u", 1) < 0)
		lvn_debug("up, and nobody waits for it");
	go_behind(run);
}

static void on_abandoned(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	go_behind(arg);
}

/* A pipe that nobody reads any more has an error, which counts as readable. */
static int watch_parent(struct run *run)
{
	if (run->parent < 0)
		return 0;
	run->abandoned = event_new(run->base, run->parent, EV_READ, on_abandoned, run);
	return run->abandoned && !event_add(run->abandoned, NULL) ? 0 : -ENOMEM;
}

static int read_settings(const struct lvn_command *command, struct lvn_command *fresh, char *error)
{
	int ret;

	*fresh = (struct lvn_command){ .argv = command->argv,
				       .argc = command->argc,
				       .takes_hubs = command->takes_hubs };
	ret = lvn_config_init(&fresh->config);
	if (!ret)
		ret = lvn_command_parse(fresh, error);
	if (!ret)
		ret = lvn_config_finish(&fresh->config, error);
	return ret;
}

static int reload(void *arg, char *ret_text)
{
	struct lvn_command fresh;
	struct run *run = arg;
	const char *name = run->command->config.name;
	int ret;

	ret = read_settings(run->command, &fresh, ret_text);
	if (!ret)
		ret = lvn_reload(&run->agent, &run->command->config, &fresh.config, ret_text);
	lvn_config_done(&fresh.config);
	if (ret)
		lvn_error("%s: reload: nothing was changed: %s", name, ret_text);
	else if (*ret_text)
		lvn_warning("%s: reload: what was read before is still used: %s", name, ret_text);
	else
		lvn_info("%s: reloaded", name);
	return ret;
}

static void on_signal(evutil_socket_t signal, short what, void *arg)
{
	char text[LVN_RELOAD_TEXT_SIZE] = "";
	struct run *run = arg;

	(void)what;
	if (signal == SIGHUP)
		reload(run, text);
	else
		lvn_agent_stop(&run->agent);
}

static int watch_signals(struct run *run)
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGHUP };

	for (int i = 0; i < 3; i++) {
		run->signals[i] = evsignal_new(run->base, numbers[i], on_signal, run);
		if (!run->signals[i] || event_add(run->signals[i], NULL))
			return -ENOMEM;
	}
	return 0;
}

static void run_done(struct run *run)
{
	lvn_console_destroy(run->console);
	if (run->agent.base)
		lvn_agent_done(&run->agent);
	for (int i = 0; i < 3; i++)
		if (run->signals[i])
			event_free(run->signals[i]);
	if (run->abandoned)
		event_free(run->abandoned);
	if (run->base)
		event_base_free(run->base);
	if (run->keeper)
		close(run->keeper);
	if (run->lock >= 0)
		close(run->lock);
	if (run->parent >= 0)
		close(run->parent);
}

static int fail(const struct lvn_config *config, const char *what, int error)
{
	if (error)
		lvn_error("%s: %s: %s", config->name, what, strerror(-error));
	else
		lvn_error("%s: %s", config->name, what);
	return LVN_EXIT_FAILURE;
}

/* All that needs root, and then no root any more. */
static int prepare(struct run *run, const struct lvn_config *config)
{
	const struct lvn_tls_files files = lvn_reload_paths(config, 0);
	uint64_t stamp = lvn_tls_stamp(&files);
	char error[LVN_TLS_ERROR_SIZE];
	struct lvn_user user;
	SSL_CTX *tls;
	int ret;

	ret = lvn_user_find(config->user, &user);
	if (ret) {
		snprintf(error, sizeof(error),
			 "user: there is no user '%s' here; create it or name "
			 "another",
			 config->user ? config->user : "nobody");
		return fail(config, error, 0);
	}
	if (!geteuid() && user.uid)
		ret = lvn_keeper_start(&files, &user, &run->keeper);
	if (ret)
		return fail(config, "process that reads certificates", ret);
	if (lvn_tls_context(&files, NULL, &tls, error))
		return fail(config, error, 0);
	run->base = event_base_new();
	if (!run->base) {
		SSL_CTX_free(tls);
		return fail(config, "event loop", -ENOMEM);
	}
	ret = lvn_agent_init(&run->agent, run->base, config, tls, error);
	if (ret) {
		SSL_CTX_free(tls);
		return fail(config, error, 0);
	}
	run->agent.files_stamp = stamp;
	run->agent.keeper = run->keeper;
	run->agent.on_reload = reload;
	run->agent.on_up_arg = run;
	ret = lvn_state_prepare(config->run_dir, config->name, user.uid, &run->lock);
	if (ret)
		return fail(config,
			    ret == -EBUSY ? "a spoke of this name is running already" :
					    config->run_dir,
			    ret == -EBUSY ? 0 : ret);
	ret = lvn_console_create(&run->agent, user.uid, &run->console);
	if (!ret)
		ret = watch_signals(run);
	if (!ret)
		ret = watch_parent(run);
	if (ret)
		return fail(config, "socket", ret);
	ret = lvn_privilege_drop(&user);
	if (ret)
		return fail(config, "privileges", ret);
	return 0;
}

static int run_spoke(struct lvn_command *command, int parent)
{
	struct run run = { .command = command, .lock = -1, .parent = parent };
	const struct lvn_config *config = &command->config;
	int status;

	status = prepare(&run, config);
	if (!status) {
		run.agent.on_up = on_up;
		lvn_notify("READY=1\nSTATUS=connecting");
		lvn_agent_start(&run.agent);
		event_base_dispatch(run.base);
		lvn_notify("STOPPING=1");
		/* The loop also ends when the data plane is gone. */
		if (run.agent.phase != LVN_AGENT_STOPPING)
			status = LVN_EXIT_FAILURE;
	}
	run_done(&run);
	return status;
}

/* The child goes on; the parent returns when it is up, has failed, or time is over. */
static int run_behind(struct lvn_command *command)
{
	const struct lvn_config *config = &command->config;
	struct pollfd pollfd = { .events = POLLIN };
	char byte;
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return fail(config, "pipe", -errno);
	pid = fork();
	if (pid < 0)
		return fail(config, "fork", -errno);
	if (!pid) {
		close(fds[0]);
		setsid();
		return run_spoke(command, fds[1]);
	}
	close(fds[1]);
	pollfd.fd = fds[0];
	switch (poll(&pollfd, 1, (int)command->wait_s * 1000)) {
	case 1:
		return read(fds[0], &byte, 1) == 1 ? 0 : LVN_EXIT_FAILURE;
	case 0:
		return fail(config, "not up yet; it goes on trying, see lvn status", 0);
	default:
		return fail(config, "wait", -errno);
	}
}

int lvn_command_up(struct lvn_command *command)
{
	struct lvn_config *config = &command->config;
	char error[LVN_CONFIG_ERROR_SIZE];

	lvn_log_set_level(config->debug ? LVN_LOG_DEBUG : LVN_LOG_INFO);
	if (lvn_config_finish(config, error)) {
		fprintf(stderr, "lvn: %s\n", error);
		return LVN_EXIT_USAGE;
	}
	if (command->is_background)
		return run_behind(command);
	return run_spoke(command, -1);
}
