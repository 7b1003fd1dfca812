// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The library in memory, see fake_ipudp.h: the handle, batches, events and the log of calls.
 * What is kept is in fake_objects.c.
 */

#include "fake_ipudp.h"
#include "fake_objects.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/**
 * struct ipudp - the one handle
 * @fd: always readable
 * @text: sentence of the last failure
 * @attr: attribute of the last failure
 * @is_batch: a batch is open
 * @fn: hears of failures
 * @arg: passed to @fn
 * @tag: of the requests to come
 * @queued: failures that are not told yet
 * @n_queued: how many
 * @n_requests: requests since answers were last read
 * @n_failed: failures of the batch
 */
struct ipudp {
	int fd;
	char text[128];
	const char *attr;
	bool is_batch;
	ipudp_batch_fn *fn;
	void *arg;
	uint64_t tag;
	struct queued {
		uint64_t tag;
		int error;
		char text[128];
		const char *attr;
	} * queued;
	size_t n_queued;
	size_t n_requests;
	int n_failed;
};

struct fake_settings fake_settings;

static struct ipudp handle;
static char calls[65536];
static char calls_read[65536];
static bool has_events;

static struct {
	int error;
	const char *text;
	const char *attr;
} refusal;

void fake_reset(void)
{
	fake_objects_clear();
	memset(&fake_settings, 0, sizeof(fake_settings));
	memset(&refusal, 0, sizeof(refusal));
	fake_settings.window = FAKE_WINDOW;
	calls[0] = '\0';
	has_events = false;
}

const char *fake_calls(void)
{
	strcpy(calls_read, calls);
	calls[0] = '\0';
	return calls_read;
}

void fake_log(const char *format, ...)
{
	size_t len = strlen(calls);
	va_list ap;

	if (fake_settings.keeps_no_log)
		return;
	va_start(ap, format);
	vsnprintf(calls + len, sizeof(calls) - len, format, ap);
	va_end(ap);
}

void fake_refuse(int error, const char *sentence, const char *attr)
{
	refusal.error = error;
	refusal.text = sentence;
	refusal.attr = attr;
}

void fake_events(void)
{
	has_events = true;
}

int fake_fail(int error, const char *text, const char *attr)
{
	snprintf(handle.text, sizeof(handle.text), "%s", text);
	handle.attr = attr;
	return error;
}

/* Tell the failures of the requests under way. */
static void answer(void)
{
	size_t i;

	for (i = 0; i < handle.n_queued; i++) {
		const struct queued *queued = &handle.queued[i];

		fake_fail(queued->error, queued->text, queued->attr);
		handle.n_failed++;
		handle.fn(handle.arg, queued->tag, queued->error, queued->text);
	}
	free(handle.queued);
	handle.queued = NULL;
	handle.n_queued = 0;
	handle.n_requests = 0;
}

int fake_check(void)
{
	int ret = refusal.error;

	if (fake_settings.change_error)
		return fake_fail(fake_settings.change_error, "", NULL);
	refusal.error = 0;
	return ret ? fake_fail(ret, refusal.text, refusal.attr) : 0;
}

int fake_answer(int error)
{
	struct queued *queued;

	if (!handle.is_batch)
		return error;
	if (error) {
		handle.queued = reallocarray(handle.queued, handle.n_queued + 1, sizeof(*queued));
		queued = &handle.queued[handle.n_queued++];
		queued->tag = handle.tag;
		queued->error = error;
		strcpy(queued->text, handle.text);
		queued->attr = handle.attr;
	}
	if (++handle.n_requests >= fake_settings.window)
		answer();
	return 0;
}

void fake_settle(void)
{
	if (handle.is_batch)
		answer();
}

bool fake_is_batch(void)
{
	return handle.is_batch;
}

int ipudp_open(enum ipudp_datapath datapath, struct ipudp **ret)
{
	if (fake_settings.open_error)
		return fake_settings.open_error;
	fake_log("open %d\n", (int)datapath);
	memset(&handle, 0, sizeof(handle));
	handle.fd = eventfd(1, EFD_CLOEXEC);
	*ret = &handle;
	return 0;
}

bool ipudp_open_missing(enum ipudp_datapath datapath, char *text, size_t size)
{
	snprintf(text, size, "%s", fake_settings.missing ?: "");
	return datapath != IPUDP_DATAPATH_MODULE && fake_settings.missing;
}

void ipudp_close(struct ipudp *ipudp)
{
	if (!ipudp)
		return;
	close(ipudp->fd);
	free(ipudp->queued);
	ipudp->queued = NULL;
}

enum ipudp_datapath ipudp_datapath(const struct ipudp *ipudp)
{
	(void)ipudp;
	return IPUDP_DATAPATH_MODULE;
}

const char *ipudp_error(const struct ipudp *ipudp)
{
	return ipudp->text;
}

const char *ipudp_error_attr(const struct ipudp *ipudp)
{
	return ipudp->attr;
}

int ipudp_batch_begin(struct ipudp *ipudp, ipudp_batch_fn *fn, void *arg)
{
	ipudp->is_batch = true;
	ipudp->fn = fn;
	ipudp->arg = arg;
	ipudp->n_failed = 0;
	return 0;
}

void ipudp_batch_tag(struct ipudp *ipudp, uint64_t tag)
{
	ipudp->tag = tag;
}

int ipudp_batch_end(struct ipudp *ipudp)
{
	answer();
	ipudp->is_batch = false;
	return ipudp->n_failed;
}

int ipudp_subscribe(struct ipudp *ipudp)
{
	(void)ipudp;
	fake_log("subscribe\n");
	return 0;
}

int ipudp_fd(const struct ipudp *ipudp)
{
	return ipudp->fd;
}

int ipudp_dispatch(struct ipudp *ipudp, const struct ipudp_handlers *handlers)
{
	static const struct ipudp_target target = { .tunnel = 1, .weight = 1 };
	const struct ipudp_listener listener = { .id = 2, .port = 5000, .pinned = true };
	struct ipudp_device device = { .name = "tun0", .ifindex = 7, .home_netnsid = -1 };
	struct ipudp_tunnel tunnel = {
		.device = "tun0",
		.id = 1,
		.remote = { .family = AF_INET },
		.remote_port = 1,
		.local_port = 2,
		.ttl = 64,
		.dscp = 64,
		.checksum = true,
		.state = IPUDP_TUNNEL_STATE_IDLE,
	};
	struct ipudp_rule rule = {
		.device = "tun0",
		.prefix = { .family = AF_INET },
		.targets = &target,
		.n_targets = 1,
	};

	(void)ipudp;
	if (!has_events)
		return fake_fail(-ECONNRESET, "", NULL);
	has_events = false;
	handlers->device(handlers->arg, IPUDP_CMD_DEV_ADD_NTF, &device);
	handlers->listener(handlers->arg, IPUDP_CMD_LISTENER_CHANGE_NTF, &listener);
	handlers->tunnel(handlers->arg, IPUDP_CMD_TUNNEL_IDLE_NTF, &tunnel);
	handlers->rule(handlers->arg, IPUDP_CMD_RULE_DEL_NTF, &rule);
	handlers->overrun(handlers->arg);
	return 5;
}
