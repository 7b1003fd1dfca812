// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Putting the TSP front end together. Its broker has the realm "tsp" of the hub's store.
 */
#include "hub/tsp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/listener.h>
#include <jansson.h>

#include "broker/command.h"
#include "broker/conf.h"
#include "broker/users.h"
#include "hub/dataplane.h"
#include "hub/hub.h"
#include "lib/base/cleanup.h"
#include "lib/control/metrics.h"
#include "tsp/command.h"
#include "tsp/stream.h"

/**
 * struct hub_tsp - all of it
 * @dataplane: with the device, owned
 * @store: the realm, owned once it is open
 * @users: owned
 * @broker: owned
 * @front: owned
 * @streams: owned
 * @listeners: of TCP, of @n_listeners, owned
 * @n_listeners: how many
 */
struct hub_tsp {
	struct hub_dataplane *dataplane;
	struct broker_store store;
	struct broker_users *users;
	struct broker *broker;
	struct tsp_front *front;
	struct tsp_streams *streams;
	struct evconnlistener *listeners[HUB_LISTEN_MAX];
	unsigned int n_listeners;
};

static void on_frame(void *arg, const struct hub_frame *frame)
{
	struct hub_tsp *tsp = arg;
	const struct tsp_peer peer = {
		.listener = frame->listener,
		.local = frame->local,
		.remote = frame->remote,
	};

	/* a tunnel in a tunnel of ours */
	if (hub_dataplane_is_own(tsp->dataplane, frame))
		return;
	tsp_front_receive(tsp->front, &peer, frame->payload, frame->len);
}

static void on_send(void *arg, const struct tsp_peer *peer, const void *data, size_t len)
{
	const struct hub_frame frame = {
		.listener = peer->listener,
		.local = peer->local,
		.remote = peer->remote,
		.payload = data,
		.len = len,
	};
	struct hub_tsp *tsp = arg;

	if (hub_dataplane_send(tsp->dataplane, &frame) < 0)
		lvn_debug("tsp: an answer could not be sent");
}

static void on_back(void *arg)
{
	struct hub_tsp *tsp = arg;
	int ret = broker_compare(tsp->broker);

	if (ret < 0)
		lvn_error("tsp: cannot set the data plane up again: %s", strerror(-ret));
}

static void on_idle(void *arg, const struct broker_path *path, uint32_t tunnel, bool is_idle)
{
	struct hub_tsp *tsp = arg;

	broker_hear(tsp->broker, path, tunnel, is_idle);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *sa,
		      int len, void *arg)
{
	struct lvn_endpoint peer;
	struct hub_tsp *tsp = arg;

	(void)listener;
	(void)len;
	if (lvn_endpoint_from_sockaddr(sa, &peer) < 0)
		close(fd);
	else
		tsp_streams_add(tsp->streams, fd, &peer);
}

/* Nothing is accepted before the front end is there. */
static int bind_streams(struct hub_tsp *tsp, struct hub *hub)
{
	const struct hub_conf *plane = &hub->conf->tsp->plane;
	char text[LVN_ADDR_TEXT_SIZE];
	struct sockaddr_storage ss;
	struct evconnlistener *made;
	unsigned int i;

	for (i = 0; i < plane->n_listen; i++) {
		socklen_t len = lvn_endpoint_to_sockaddr(&plane->listen[i], &ss);

		made = evconnlistener_new_bind(hub->base, on_accept, tsp,
					       LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC |
						       LEV_OPT_REUSEABLE | LEV_OPT_DISABLED,
					       64, (struct sockaddr *)&ss, len);
		if (!made) {
			int ret = errno ? -errno : -ENOMEM;

			lvn_error("tsp: listen %s: TCP: %s",
				  lvn_endpoint_format(&plane->listen[i], text), strerror(-ret));
			return ret;
		}
		tsp->listeners[tsp->n_listeners++] = made;
	}
	return 0;
}

int hub_tsp_open(struct hub *hub)
{
	struct hub_tsp_conf *conf = hub->conf->tsp;
	struct hub_dataplane_handlers handlers = {
		.frames = HUB_FRAMES_TSP,
		.frame = on_frame,
		.back = on_back,
		.idle = on_idle,
	};
	int ret;

	if (!conf)
		return 0;
	hub->tsp = calloc(1, sizeof(*hub->tsp));
	free(conf->plane.datapath);
	conf->plane.datapath = strdup(hub->conf->datapath);
	if (!hub->tsp || !conf->plane.datapath)
		return -ENOMEM;
	handlers.arg = hub->tsp;
	ret = hub_dataplane_open(&conf->plane, hub->base, &handlers, &hub->tsp->dataplane);
	return ret ?: bind_streams(hub->tsp, hub);
}

static int start(struct hub_tsp *tsp, struct hub *hub)
{
	const struct tsp_front_ops ops = { .arg = tsp, .send = on_send, .clock_ms = lvn_clock_ms };
	struct hub_tsp_conf *conf = hub->conf->tsp;
	unsigned int i;
	int ret = broker_store_realm_sqlite(&hub->store, TSP_STORE_REALM, &tsp->store);

	if (!ret)
		ret = broker_users_open_sqlite(&hub->store, TSP_STORE_REALM, &tsp->users);
	if (!ret)
		ret = broker_create(conf->plane.broker, hub_dataplane_broker(tsp->dataplane),
				    &tsp->store, NULL, &tsp->broker);
	if (ret < 0)
		return ret;
	conf->plane.broker = NULL;
	ret = tsp_front_create(&conf->front, tsp->broker, tsp->users, &ops, &tsp->front);
	if (!ret)
		ret = broker_adopt(tsp->broker);
	if (!ret)
		ret = hub_dataplane_start(tsp->dataplane);
	if (!ret)
		ret = tsp_streams_create(tsp->front, hub->base, &tsp->streams);
	for (i = 0; !ret && i < tsp->n_listeners; i++)
		ret = evconnlistener_enable(tsp->listeners[i]) < 0 ? -ENOMEM : 0;
	return ret;
}

int hub_tsp_start(struct hub *hub)
{
	int ret = hub->tsp ? start(hub->tsp, hub) : 0;

	if (ret < 0)
		lvn_error("tsp: %s", strerror(-ret));
	return ret;
}

void hub_tsp_tick(struct hub *hub)
{
	if (!hub->tsp)
		return;
	broker_tick(hub->tsp->broker);
	tsp_front_tick(hub->tsp->front);
}

void hub_tsp_close(struct hub *hub)
{
	struct hub_tsp *tsp = hub->tsp;

	if (!tsp)
		return;
	while (tsp->n_listeners)
		evconnlistener_free(tsp->listeners[--tsp->n_listeners]);
	tsp_streams_destroy(tsp->streams);
	tsp_front_destroy(tsp->front);
	if (tsp->broker)
		broker_flush(tsp->broker);
	broker_destroy(tsp->broker);
	broker_users_close(tsp->users);
	if (tsp->store.destroy)
		tsp->store.destroy(tsp->store.arg);
	hub_dataplane_close(tsp->dataplane);
	free(tsp);
	hub->tsp = NULL;
}

static bool same_listen(const struct hub_conf *a, const struct hub_conf *b)
{
	unsigned int i;

	for (i = 0; a->n_listen == b->n_listen && i < a->n_listen; i++)
		if (!lvn_endpoint_equal(&a->listen[i], &b->listen[i]))
			return false;
	return a->n_listen == b->n_listen;
}

const char *hub_tsp_needs_restart(const struct hub_conf *old, const struct hub_conf *new)
{
	if (!old->tsp || !new->tsp)
		return old->tsp || new->tsp ? "tsp" : NULL;
	if (!same_listen(&old->tsp->plane, &new->tsp->plane))
		return "listen of tsp";
	if (strcmp(old->tsp->plane.device, new->tsp->plane.device) != 0)
		return "device of tsp";
	/* for which the keys were made */
	if (strcmp(old->tsp->front.realm, new->tsp->front.realm) != 0)
		return "realm of tsp";
	return NULL;
}

void hub_tsp_reload(struct hub *hub, struct hub_conf *conf)
{
	struct hub_tsp *tsp = hub->tsp;
	int ret;

	if (!tsp)
		return;
	ret = broker_reconfigure(tsp->broker, conf->tsp->plane.broker);
	if (ret < 0)
		lvn_error("reload: tsp: %s; its addresses stay as they were",
			  ret == -EINVAL ?
				  "'network' or 'delegate' has changed, which takes a restart" :
				  strerror(-ret));
	else
		conf->tsp->plane.broker = NULL;
	hub_dataplane_reconfigure(tsp->dataplane, &conf->tsp->plane, broker_conf(tsp->broker));
	tsp_front_reconfigure(tsp->front, &conf->tsp->front);
}

static void cleanup_json(json_t **json)
{
	json_decref(*json);
}

static void on_status(void *arg, json_t *object)
{
	const struct hub_tsp *tsp = arg;
	const struct tsp_stats *stats = tsp_front_stats(tsp->front);

	json_object_update_new(object, json_pack("{si sI sI sI sI}", "dialogues",
						 (int)tsp_front_dialogues(tsp->front), "logins",
						 (json_int_t)stats->logins, "logins_refused",
						 (json_int_t)stats->refused, "offers",
						 (json_int_t)stats->offered, "accepted",
						 (json_int_t)stats->accepted));
	hub_dataplane_status(tsp->dataplane, object);
}

static int on_reload(void *arg, char *text, size_t size)
{
	(void)arg;
	snprintf(text, size, "there is one configuration for all; reload without a realm");
	return -EINVAL;
}

static const char *member(const json_t *request, const char *name)
{
	return json_string_value(json_object_get(request, name)) ?: "";
}

static void refuse(struct evbuffer *out, const char *text)
{
	evbuffer_add_printf(out, "{\"error\":\"%s\",\"ok\":false}\n", text);
}

bool hub_tsp_command(struct hub *hub, const char *line, size_t len, struct evbuffer *out)
{
	_cleanup_(cleanup_json) json_t *request = json_loadb(line, len, 0, NULL);
	const struct broker_command_ops ops = {
		.arg = hub->tsp,
		.reload = on_reload,
		.status = on_status,
	};
	const char *realm = member(request, "realm"), *name = member(request, "command");
	bool is_ours = strcmp(realm, TSP_STORE_REALM) == 0 || strcmp(name, "users") == 0 ||
		       strcmp(name, "keys") == 0;

	if (!is_ours && *realm && strcmp(realm, BROKER_REALM_HUB) != 0) {
		refuse(out, "no such realm; there are hub and tsp");
		return true;
	}
	if (!is_ours)
		return false;
	if (!hub->tsp)
		refuse(out, "the configuration of lvnd has no section tsp");
	else if (!tsp_command_run(hub->tsp->front, request, out))
		broker_command_run(hub->tsp->broker, &ops, line, len, out);
	return true;
}

void hub_tsp_metrics(const struct hub *hub, struct evbuffer *out)
{
	const struct tsp_stats *s;
	size_t i;

	if (!hub->tsp)
		return;
	s = tsp_front_stats(hub->tsp->front);
	const struct {
		const char *name, *help;
		uint64_t value;
	} metrics[] = {
		{ "lvn_tsp_datagrams_total", "Datagrams of TSP that came in.", s->received },
		{ "lvn_tsp_malformed_total", "Those that are not of TSP.", s->malformed },
		{ "lvn_tsp_dropped_total", "Out of sequence, or of no dialogue.", s->dropped },
		{ "lvn_tsp_repeated_total", "The last message again.", s->repeated },
		{ "lvn_tsp_limited_total", "Strangers' messages over the rate.", s->limited },
		{ "lvn_tsp_full_total", "New clients for whom there was no room.", s->full },
		{ "lvn_tsp_logins_total", "Clients that authenticated.", s->logins },
		{ "lvn_tsp_logins_refused_total", "Unknown users and wrong keys.", s->refused },
		{ "lvn_tsp_offers_total", "Offers of tunnels.", s->offered },
		{ "lvn_tsp_accepted_total", "Offers that were accepted.", s->accepted },
		{ "lvn_tsp_redirected_total", "Clients sent to other brokers.", s->redirected },
	};

	for (i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
		control_metrics_add(out, metrics[i].name, "counter", metrics[i].help,
				    metrics[i].value);
	control_metrics_add(out, "lvn_tsp_dialogues", "gauge", "Dialogues of signalling, now.",
			    tsp_front_dialogues(hub->tsp->front));
}
