// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A queue of scripts and the child that runs the first.
 */
#include "spoke/hooks.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/log.h"

/* The one that runs, then "changed", "down", "up", "changed" at most. */
#define QUEUE_MAX 8
#define TIMEOUT_S 30
#define PATH_VARIABLE "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/**
 * struct job - a script that waits or runs
 * @hook: which
 * @env: its environment
 */
struct job {
	enum lvn_hook hook;
	struct lvn_hook_env env;
};

/**
 * struct lvn_hooks - the queue
 * @config: the scripts
 * @exited: SIGCHLD
 * @deadline: of the one that runs
 * @pid: of the one that runs, 0 if none; it is the first of @queue
 * @queue: in order
 * @n: how many
 */
struct lvn_hooks {
	const struct lvn_config *config;
	struct event *exited;
	struct event *deadline;
	pid_t pid;
	struct job queue[QUEUE_MAX];
	unsigned int n;
};

const char *lvn_hook_name(enum lvn_hook hook)
{
	switch (hook) {
	case LVN_HOOK_UP:
		return "up";
	case LVN_HOOK_DOWN:
		return "down";
	default:
		return "changed";
	}
}

void lvn_hook_env_add(struct lvn_hook_env *env, const char *name, const char *value)
{
	char *var;

	/* One is kept free for the final NULL, one for PATH. */
	if (env->n >= LVN_HOOK_ENV_MAX - 2 || asprintf(&var, "%s=%s", name, value) < 0)
		return;
	env->vars[env->n++] = var;
}

void lvn_hook_env_done(struct lvn_hook_env *env)
{
	for (unsigned int i = 0; i < env->n; i++)
		free(env->vars[i]);
	env->n = 0;
}

static void __attribute__((noreturn)) child(const char *script, const struct job *job)
{
	char *argv[] = { (char *)script, (char *)lvn_hook_name(job->hook), NULL };
	char *envp[LVN_HOOK_ENV_MAX + 1] = { PATH_VARIABLE };
	sigset_t none;
	int null;

	for (unsigned int i = 0; i < job->env.n; i++)
		envp[i + 1] = job->env.vars[i];
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	setpgid(0, 0);
	null = open("/dev/null", O_RDWR);
	if (null >= 0)
		dup2(null, STDIN_FILENO);
	dup2(STDERR_FILENO, STDOUT_FILENO);
	/* No error if it fails: the script then does what it can. */
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_ADMIN, 0, 0);
	execve(script, argv, envp);
	_exit(127);
}

static void start_first(struct lvn_hooks *hooks);

static void drop_first(struct lvn_hooks *hooks)
{
	lvn_hook_env_done(&hooks->queue[0].env);
	hooks->n--;
	memmove(&hooks->queue[0], &hooks->queue[1], hooks->n * sizeof(hooks->queue[0]));
}

/* The last one that waits, if it is of this kind, need not run any more. Return: whether it was. */
static bool drop_last(struct lvn_hooks *hooks, enum lvn_hook hook)
{
	unsigned int waiting = hooks->pid ? 1 : 0;

	if (hooks->n <= waiting || hooks->queue[hooks->n - 1].hook != hook)
		return false;
	lvn_hook_env_done(&hooks->queue[--hooks->n].env);
	return true;
}

static void start_first(struct lvn_hooks *hooks)
{
	struct timeval limit = { TIMEOUT_S, 0 };

	while (hooks->n && !hooks->pid) {
		const char *script = hooks->config->hooks[hooks->queue[0].hook];
		pid_t pid = -1;

		if (!script) {
			/* A reload took it away while it waited. */
			drop_first(hooks);
			continue;
		}
		if (!access(script, X_OK))
			pid = fork();
		if (pid < 0) {
			lvn_error("hook %s: cannot be run: %s", script, strerror(errno));
			drop_first(hooks);
			continue;
		}
		if (!pid)
			child(script, &hooks->queue[0]);
		hooks->pid = pid;
		event_add(hooks->deadline, &limit);
	}
}

static void on_exited(evutil_socket_t fd, short what, void *arg)
{
	struct lvn_hooks *hooks = arg;
	const char *name;
	int status;

	(void)fd;
	(void)what;
	/* Only our own child: the resolver waits for its. */
	if (!hooks->pid || waitpid(hooks->pid, &status, WNOHANG) != hooks->pid)
		return;
	name = lvn_hook_name(hooks->queue[0].hook);
	if (WIFSIGNALED(status))
		lvn_warning("hook %s: killed by signal %d", name, WTERMSIG(status));
	else if (WEXITSTATUS(status) == 127)
		lvn_warning("hook %s: cannot be run", name);
	else if (WEXITSTATUS(status))
		lvn_warning("hook %s: exit status %d", name, WEXITSTATUS(status));
	hooks->pid = 0;
	event_del(hooks->deadline);
	drop_first(hooks);
	start_first(hooks);
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct lvn_hooks *hooks = arg;

	(void)fd;
	(void)what;
	if (hooks->pid)
		kill(-hooks->pid, SIGKILL);
}

int lvn_hooks_create(struct event_base *base, const struct lvn_config *config,
		     struct lvn_hooks **ret)
{
	struct lvn_hooks *hooks;

	hooks = calloc(1, sizeof(*hooks));
	if (!hooks)
		return -ENOMEM;
	hooks->config = config;
	hooks->exited = evsignal_new(base, SIGCHLD, on_exited, hooks);
	hooks->deadline = event_new(base, -1, 0, on_deadline, hooks);
	if (!hooks->exited || !hooks->deadline || event_add(hooks->exited, NULL)) {
		lvn_hooks_destroy(hooks);
		return -ENOMEM;
	}
	*ret = hooks;
	return 0;
}

void lvn_hooks_destroy(struct lvn_hooks *hooks)
{
	if (!hooks)
		return;
	if (hooks->pid) {
		kill(-hooks->pid, SIGKILL);
		waitpid(hooks->pid, NULL, 0);
	}
	while (hooks->n)
		drop_first(hooks);
	if (hooks->exited)
		event_free(hooks->exited);
	if (hooks->deadline)
		event_free(hooks->deadline);
	free(hooks);
}

void lvn_hooks_run(struct lvn_hooks *hooks, enum lvn_hook hook, struct lvn_hook_env *env)
{
	bool is_undone;

	/*
	 * While one hangs, others gather: only the last "changed" counts, and an "up" that has not
	 * been run is taken back by its "down". So the queue is short, and nothing is lost.
	 */
	if (hook != LVN_HOOK_UP)
		drop_last(hooks, LVN_HOOK_CHANGED);
	is_undone = hook == LVN_HOOK_DOWN && drop_last(hooks, LVN_HOOK_UP);
	if (!hooks->config->hooks[hook] || is_undone || hooks->n == QUEUE_MAX) {
		lvn_hook_env_done(env);
		return;
	}
	hooks->queue[hooks->n].hook = hook;
	hooks->queue[hooks->n].env = *env;
	hooks->n++;
	env->n = 0;
	start_first(hooks);
}

bool lvn_hooks_is_idle(const struct lvn_hooks *hooks)
{
	return !hooks->n;
}
