// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading from the data plane, and waiting for another when it has ended.
 */
#include "plane/watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "lib/base/log.h"

/* How often a data plane that is away is looked for. */
#define RETRY_MS 250

/**
 * struct plane_watch - see the header
 * @ops: of the owner
 * @base: borrowed
 * @ready: the data plane has something to say; NULL while it is away
 * @retry: timer: look for it
 * @is_stopped: but not any more
 */
struct plane_watch {
	struct plane_watch_ops ops;
	struct event_base *base;
	struct event *ready;
	struct event *retry;
	bool is_stopped;
};

static const char *name_of(const struct plane_watch *watch)
{
	return watch->ops.name ?: "";
}

/* What separates it from the rest of the line. */
static const char *colon_of(const struct plane_watch *watch)
{
	return watch->ops.name ? ": " : "";
}

static void wait_for_another(struct plane_watch *watch)
{
	const struct timeval delay = { .tv_usec = RETRY_MS * 1000 };

	if (!watch->is_stopped)
		event_add(watch->retry, &delay);
}

static void on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct plane_watch *watch = arg;
	int ret = watch->ops.dispatch(watch->ops.arg);

	(void)fd;
	(void)what;
	if (ret >= 0)
		return;
	lvn_warning("%s%sdata plane: connection lost: %s; waiting for another", name_of(watch),
		    colon_of(watch), strerror(-ret));
	event_free(watch->ready);
	watch->ready = NULL;
	if (watch->ops.lost)
		watch->ops.lost(watch->ops.arg);
	wait_for_another(watch);
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct plane_watch *watch = arg;
	int ret;

	(void)fd;
	(void)what;
	ret = watch->ops.reopen(watch->ops.arg);
	if (!ret)
		ret = plane_watch_start(watch);
	if (ret < 0) {
		lvn_debug("%s%sdata plane: not there yet: %s", name_of(watch), colon_of(watch),
			  strerror(-ret));
		wait_for_another(watch);
		return;
	}
	lvn_info("%s%sdata plane: connected again", name_of(watch), colon_of(watch));
	watch->ops.back(watch->ops.arg);
}

int plane_watch_create(struct event_base *base, const struct plane_watch_ops *ops,
		       struct plane_watch **ret_watch)
{
	struct plane_watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return -ENOMEM;
	watch->ops = *ops;
	watch->base = base;
	watch->retry = evtimer_new(base, on_retry, watch);
	if (!watch->retry) {
		free(watch);
		return -ENOMEM;
	}
	*ret_watch = watch;
	return 0;
}

void plane_watch_destroy(struct plane_watch *watch)
{
	if (!watch)
		return;
	if (watch->ready)
		event_free(watch->ready);
	event_free(watch->retry);
	free(watch);
}

int plane_watch_start(struct plane_watch *watch)
{
	struct event *ready = event_new(watch->base, watch->ops.fd(watch->ops.arg),
					EV_READ | EV_PERSIST, on_ready, watch);

	if (!ready)
		return -ENOMEM;
	if (event_add(ready, NULL) < 0) {
		event_free(ready);
		return -ENOMEM;
	}
	watch->ready = ready;
	return 0;
}

void plane_watch_stop(struct plane_watch *watch)
{
	watch->is_stopped = true;
	event_del(watch->retry);
}

bool plane_watch_is_up(const struct plane_watch *watch)
{
	return watch && watch->ready;
}
