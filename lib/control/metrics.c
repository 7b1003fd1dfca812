// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Metrics in Prometheus' text format: answering, and writing one.
 */
#include "lib/control/metrics.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/http.h>

#include "lib/base/addr.h"
#include "lib/base/cleanup.h"

/**
 * struct control_metrics - see the header
 * @http: owned
 * @fn: who writes the metrics
 * @arg: for @fn
 */
struct control_metrics {
	struct evhttp *http;
	control_metrics_fn *fn;
	void *arg;
};

void control_metrics_family(struct evbuffer *out, const char *name, const char *type,
			    const char *help)
{
	evbuffer_add_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void control_metrics_add(struct evbuffer *out, const char *name, const char *type, const char *help,
			 uint64_t value)
{
	control_metrics_family(out, name, type, help);
	evbuffer_add_printf(out, "%s %llu\n", name, (unsigned long long)value);
}

static void on_request(struct evhttp_request *request, void *arg)
{
	struct control_metrics *metrics = arg;
	struct evbuffer *out = evbuffer_new();

	if (!out) {
		evhttp_send_error(request, HTTP_SERVUNAVAIL, NULL);
		return;
	}
	metrics->fn(metrics->arg, out);
	evhttp_add_header(evhttp_request_get_output_headers(request), "Content-Type",
			  "text/plain; version=0.0.4");
	evhttp_send_reply(request, HTTP_OK, "OK", out);
	evbuffer_free(out);
}

static int open_socket(const struct lvn_endpoint *endpoint)
{
	struct sockaddr_storage ss;
	socklen_t len = lvn_endpoint_to_sockaddr(endpoint, &ss);
	_cleanup_close_ int fd =
		socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const int one = 1;

	if (fd < 0)
		return -errno;
	/* a restart must not wait for connections that have ended */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    bind(fd, (struct sockaddr *)&ss, len) < 0 || listen(fd, 16) < 0)
		return -errno;
	return TAKE_FD(fd);
}

int control_metrics_create(struct event_base *base, const struct lvn_endpoint *endpoint,
			   control_metrics_fn *fn, void *arg, struct control_metrics **ret_metrics)
{
	_cleanup_close_ int fd = open_socket(endpoint);
	struct control_metrics *metrics;

	if (fd < 0)
		return fd;
	metrics = calloc(1, sizeof(*metrics));
	if (!metrics)
		return -ENOMEM;
	metrics->fn = fn;
	metrics->arg = arg;
	metrics->http = evhttp_new(base);
	if (!metrics->http) {
		free(metrics);
		return -ENOMEM;
	}
	evhttp_set_allowed_methods(metrics->http, EVHTTP_REQ_GET);
	evhttp_set_max_headers_size(metrics->http, 8192);
	evhttp_set_max_body_size(metrics->http, 0);
	evhttp_set_timeout(metrics->http, 10);
	evhttp_set_cb(metrics->http, "/metrics", on_request, metrics);
	if (evhttp_accept_socket(metrics->http, fd) < 0) {
		control_metrics_destroy(metrics);
		return -ENOMEM;
	}
	TAKE_FD(fd);
	*ret_metrics = metrics;
	return 0;
}

void control_metrics_destroy(struct control_metrics *metrics)
{
	if (!metrics)
		return;
	evhttp_free(metrics->http);
	free(metrics);
}
