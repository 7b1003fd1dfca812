// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Administration of lvnd.
 */
#include "lvnd/admin.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/buffer.h>
#include <jansson.h>

#include "broker/command.h"
#include "hub/conf.h"
#include "hub/hub.h"
#include "lib/base/cleanup.h"
#include "lib/base/notify.h"
#include "lib/control/answer.h"
#include "lib/control/metrics.h"
#include "lib/control/socket.h"
#include "lvnd/lvnd.h"
#include "lvnd/tsp.h"
#include "server/dataplane.h"
#include "tsp/command.h"
#include "tsp/front.h"

static void cleanup_json(json_t **json)
{
	json_decref(*json);
}

static void cleanup_conf(struct lvnd_conf **conf)
{
	lvnd_conf_destroy(*conf);
}

/* Seconds since 1970. */
static int64_t started(const struct lvnd *lvnd)
{
	return time(NULL) - (int64_t)((lvn_clock_ms() - lvnd->started_ms) / 1000);
}

static const char *datapath(const struct lvnd *lvnd)
{
	const struct server_dataplane *dataplane = lvnd->hub ? lvnd->hub->dataplane :
							       lvnd_tsp_dataplane(lvnd->tsp);

	return server_dataplane_datapath(dataplane);
}

static void on_metrics(void *arg, struct evbuffer *out)
{
	const struct lvnd *lvnd = arg;

	control_metrics_family(out, "lvn_build_info", "gauge",
			       "Always 1; what runs is in its labels.");
	evbuffer_add_printf(out, "lvn_build_info{version=\"%s\",datapath=\"%s\"} 1\n", LVN_VERSION,
			    datapath(lvnd));
	control_metrics_add(out, "lvn_start_timestamp_seconds", "gauge", "When lvnd was started.",
			    started(lvnd));
	if (lvnd->hub)
		hub_metrics(lvnd->hub, out);
	if (lvnd->tsp)
		lvnd_tsp_metrics(lvnd->tsp, out);
}

/* What lvnd.conf(5) marks with (R), but for what the brokers compare themselves. */
static const char *needs_restart(const struct lvnd_conf *old, const struct lvnd_conf *new)
{
	const struct {
		const char *name;
		bool is_same;
	} settings[] = {
		{ "datapath", strcmp(old->datapath, new->datapath) == 0 },
		{ "store", strcmp(old->store, new->store) == 0 },
		{ "control", strcmp(old->control, new->control) == 0 },
		{ "user", strcmp(old->user, new->user) == 0 },
		{ "sandbox", old->sandbox == new->sandbox },
		{ "network", !old->hub == !new->hub },
		{ "tsp", !old->tsp == !new->tsp },
	};
	const char *what = NULL;
	size_t i;

	for (i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (!settings[i].is_same)
			return settings[i].name;
	if (old->hub)
		what = hub_needs_restart(old->hub, new->hub);
	if (!what && old->tsp)
		what = lvnd_tsp_needs_restart(old->tsp, new->tsp);
	return what;
}

static int read_conf(struct lvnd *lvnd, char *text, size_t size, struct lvnd_conf **ret_conf)
{
	_cleanup_(cleanup_conf) struct lvnd_conf *conf = NULL;
	const char *what;
	int ret;

	ret = lvnd_conf_read(lvnd->path, text, size, &conf);
	if (!ret && lvnd->datapath)
		ret = lvnd_conf_set_datapath(conf, lvnd->datapath, text, size);
	if (ret < 0)
		return ret;
	what = needs_restart(lvnd->conf, conf);
	if (what) {
		snprintf(text, size, "%s: '%s' has changed, which takes a restart of lvnd",
			 lvnd->path, what);
		return -EINVAL;
	}
	*ret_conf = TAKE_PTR(conf);
	return 0;
}

static int open_metrics(struct lvnd *lvnd, const struct lvn_endpoint *endpoint, char *text,
			size_t size)
{
	char name[LVN_ADDR_TEXT_SIZE];
	int ret;

	if (!endpoint->port)
		return 0;
	ret = control_metrics_create(lvnd->base, endpoint, on_metrics, lvnd, &lvnd->metrics);
	if (ret < 0)
		snprintf(text, size, "metrics %s: %s", lvn_endpoint_format(endpoint, name),
			 strerror(-ret));
	return ret;
}

/* The new address may be another one of the same port: the old socket has to go first. */
static int move_metrics(struct lvnd *lvnd, const struct lvn_endpoint *endpoint, char *text,
			size_t size)
{
	char again[128];
	int ret;

	if (lvn_endpoint_equal(&lvnd->conf->metrics, endpoint))
		return 0;
	control_metrics_destroy(lvnd->metrics);
	lvnd->metrics = NULL;
	ret = open_metrics(lvnd, endpoint, text, size);
	if (ret < 0 && open_metrics(lvnd, &lvnd->conf->metrics, again, sizeof(again)) < 0)
		lvn_error("%s", again);
	return ret;
}

/* All that can be wrong. */
static int use_conf(struct lvnd *lvnd, struct lvnd_conf *conf, char *text, size_t size)
{
	struct lvn_endpoint old = lvnd->conf->metrics;
	int ret = move_metrics(lvnd, &conf->metrics, text, size);

	if (ret < 0)
		return ret;
	lvnd->conf->metrics = conf->metrics;
	ret = lvnd->hub ? hub_reload(lvnd->hub, conf->hub, text, size) : 0;
	if (ret < 0 && move_metrics(lvnd, &old, (char[128]){ 0 }, 128) == 0)
		lvnd->conf->metrics = old;
	return ret;
}

/* What the front ends had to agree to is done; what is left to fail here leaves a part of it as it was. */
static int replace_conf(struct lvnd *lvnd, struct lvnd_conf *conf, char *text, size_t size)
{
	struct lvnd_conf *old = lvnd->conf;
	int ret = lvnd->hub ? hub_replace(lvnd->hub, conf->hub, text, size) : 0;

	if (lvnd->tsp)
		lvnd_tsp_reload(lvnd->tsp, conf->tsp);
	lvnd->conf = conf;
	lvn_log_set_level(lvnd->is_verbose ? LVN_LOG_DEBUG : conf->log);
	lvnd_conf_destroy(old);
	return ret;
}

/*
 * What is wrong with the files leaves all as it was, but for the key and the certificate: what is
 * revoked or denied must not depend on them.
 */
static int try_reload(struct lvnd *lvnd, char *text, size_t size)
{
	_cleanup_(cleanup_conf) struct lvnd_conf *conf = NULL;
	int ret;

	ret = read_conf(lvnd, text, size, &conf);
	if (!ret)
		ret = use_conf(lvnd, conf, text, size);
	if (ret < 0) {
		lvn_error("reload: %s; everything stays as it was", text);
		return ret;
	}
	ret = replace_conf(lvnd, TAKE_PTR(conf), text, size);
	if (ret < 0)
		lvn_error("reload: %s", text);
	return ret;
}

int lvnd_admin_reload(struct lvnd *lvnd, char *text, size_t size)
{
	int ret;

	lvn_notify("RELOADING=1");
	ret = try_reload(lvnd, text, size);
	if (!ret)
		lvn_info("reloaded %s", lvnd->path);
	lvn_notify("READY=1");
	return ret;
}

static int on_reload(void *arg, char *text, size_t size)
{
	return lvnd_admin_reload(arg, text, size);
}

static void add_own(const struct lvnd *lvnd, json_t *object)
{
	json_object_update_new(object, json_pack("{ss sI}", "version", LVN_VERSION, "started",
						 (json_int_t)started(lvnd)));
}

static void on_hub_status(void *arg, json_t *object)
{
	const struct lvnd *lvnd = arg;

	add_own(lvnd, object);
	hub_status(lvnd->hub, object);
}

static void on_tsp_status(void *arg, json_t *object)
{
	const struct lvnd *lvnd = arg;

	add_own(lvnd, object);
	lvnd_tsp_status(lvnd->tsp, object);
}

static const char *member(const json_t *request, const char *name)
{
	return json_string_value(json_object_get(request, name)) ?: "";
}

static void refuse(struct evbuffer *out, const char *text)
{
	_cleanup_(cleanup_json) json_t *answer = json_pack("{sb ss}", "ok", 0, "error", text);

	control_answer_add(out, answer);
}

/* Return: the realm that a request is for; without one it is the hub's, if there is a hub. */
static const char *realm_of(const struct lvnd *lvnd, const json_t *request)
{
	const char *name = member(request, "command"), *realm = member(request, "realm");

	if (strcmp(name, "users") == 0 || strcmp(name, "keys") == 0 || strcmp(name, "explain") == 0)
		return TSP_STORE_REALM;
	if (*realm)
		return realm;
	return lvnd->hub ? BROKER_REALM_HUB : TSP_STORE_REALM;
}

static void on_line(void *arg, const char *line, size_t len, struct evbuffer *out)
{
	_cleanup_(cleanup_json) json_t *request = json_loadb(line, len, 0, NULL);
	struct broker_command_ops ops = { .arg = arg, .reload = on_reload };
	struct lvnd *lvnd = arg;
	const char *realm = realm_of(lvnd, request);

	if (strcmp(realm, BROKER_REALM_HUB) == 0) {
		ops.status = on_hub_status;
		if (lvnd->hub)
			broker_command_run(lvnd->hub->broker, &ops, line, len, out);
		else
			refuse(out, "the configuration of lvnd has no hub; use the realm tsp");
	} else if (strcmp(realm, TSP_STORE_REALM) == 0) {
		ops.status = on_tsp_status;
		if (lvnd->tsp)
			lvnd_tsp_command(lvnd->tsp, request, &ops, line, len, out);
		else
			refuse(out, "the configuration of lvnd has no section tsp");
	} else {
		refuse(out, "no such realm; there are hub and tsp");
	}
}

int lvnd_admin_start(struct lvnd *lvnd)
{
	char text[128];
	int ret;

	ret = control_socket_create(lvnd->base, lvnd->conf->control, on_line, lvnd, &lvnd->control);
	if (ret < 0) {
		lvn_error("control %s: %s", lvnd->conf->control,
			  ret == -EADDRINUSE ? "another lvnd is running" : strerror(-ret));
		return ret;
	}
	ret = open_metrics(lvnd, &lvnd->conf->metrics, text, sizeof(text));
	if (ret < 0)
		lvn_error("%s", text);
	return ret;
}
