// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Putting the TSP front end together. Its broker has the realm "tsp" of the store.
 */
#include "lvnd/tsp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/listener.h>
#include <jansson.h>

#include "broker/broker.h"
#include "broker/command.h"
#include "broker/stats.h"
#include "broker/store.h"
#include "broker/users.h"
#include "lib/base/log.h"
#include "lib/control/metrics.h"
#include "lvnd/conf_tsp.h"
#include "server/dataplane.h"
#include "tsp/command.h"
#include "tsp/stream.h"

/**
 * struct lvnd_tsp - all of it
 * @conf: as read last, but for what is in @broker; borrowed
 * @base: event loop, borrowed
 * @dataplane: with the device, owned
 * @store: the realm, owned once it is open
 * @users: owned
 * @broker: owned
 * @front: owned
 * @streams: owned
 * @listeners: of TCP, of @n_listeners, owned
 * @n_listeners: how many
 */
struct lvnd_tsp {
	struct lvnd_tsp_conf *conf;
	struct event_base *base;
	struct server_dataplane *dataplane;
	struct broker_store store;
	struct broker_users *users;
	struct broker *broker;
	struct tsp_front *front;
	struct tsp_streams *streams;
	struct evconnlistener *listeners[SERVER_LISTEN_MAX];
	unsigned int n_listeners;
};

static void on_frame(void *arg, const struct server_frame *frame)
{
	struct lvnd_tsp *tsp = arg;
	const struct tsp_peer peer = {
		.listener = frame->listener,
		.local = frame->local,
		.remote = frame->remote,
	};

	/* a tunnel in a tunnel of ours */
	if (server_dataplane_is_own(tsp->dataplane, frame))
		return;
	tsp_front_receive(tsp->front, &peer, frame->payload, frame->len);
}

static void on_send(void *arg, const struct tsp_peer *peer, const void *data, size_t len)
{
	const struct server_frame frame = {
		.listener = peer->listener,
		.local = peer->local,
		.remote = peer->remote,
		.payload = data,
		.len = len,
	};
	struct lvnd_tsp *tsp = arg;

	if (server_dataplane_send(tsp->dataplane, &frame) < 0)
		lvn_debug("tsp: an answer could not be sent");
}

static int on_look(void *arg, uint32_t id, struct tsp_counts *ret)
{
	const struct lvnd_tsp *tsp = arg;
	struct server_counts counts;
	int error = server_dataplane_count(tsp->dataplane, id, &counts);

	if (error < 0)
		return error;
	*ret = (struct tsp_counts){
		.rx_packets = counts.rx_packets,
		.rx_bytes = counts.rx_bytes,
		.tx_packets = counts.tx_packets,
		.tx_bytes = counts.tx_bytes,
		.rx_dropped = counts.rx_dropped,
		.tx_dropped = counts.tx_dropped,
		.has_heard = counts.heard_ms != UINT64_MAX,
		.heard_ms = counts.heard_ms,
	};
	return 0;
}

static void on_back(void *arg)
{
	struct lvnd_tsp *tsp = arg;
	int ret = broker_compare(tsp->broker);

	if (ret < 0)
		lvn_error("tsp: cannot set the data plane up again: %s", strerror(-ret));
}

static void on_idle(void *arg, const struct broker_path *path, uint32_t tunnel, bool is_idle)
{
	struct lvnd_tsp *tsp = arg;

	broker_hear(tsp->broker, path, tunnel, is_idle);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *sa,
		      int len, void *arg)
{
	struct lvn_endpoint peer;
	struct lvnd_tsp *tsp = arg;

	(void)listener;
	(void)len;
	if (lvn_endpoint_from_sockaddr(sa, &peer) < 0)
		close(fd);
	else
		tsp_streams_add(tsp->streams, fd, &peer);
}

/* Nothing is accepted before the front end is there. */
static int bind_streams(struct lvnd_tsp *tsp)
{
	const struct server_conf *plane = &tsp->conf->plane;
	char text[LVN_ADDR_TEXT_SIZE];
	struct sockaddr_storage ss;
	struct evconnlistener *made;
	unsigned int i;

	for (i = 0; i < plane->n_listen; i++) {
		socklen_t len = lvn_endpoint_to_sockaddr(&plane->listen[i], &ss);

		made = evconnlistener_new_bind(tsp->base, on_accept, tsp,
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

int lvnd_tsp_open(struct lvnd_tsp_conf *conf, struct event_base *base, struct lvnd_tsp **ret_tsp)
{
	struct lvnd_tsp *tsp = calloc(1, sizeof(*tsp));
	const struct server_dataplane_handlers handlers = {
		.arg = tsp,
		.frames = SERVER_FRAMES_TSP,
		.frame = on_frame,
		.back = on_back,
		.idle = on_idle,
	};
	int ret;

	*ret_tsp = tsp;
	if (!tsp) {
		lvn_error("tsp: %s", strerror(ENOMEM));
		return -ENOMEM;
	}
	tsp->conf = conf;
	tsp->base = base;
	ret = server_dataplane_open(&conf->plane, conf->broker, base, &handlers, &tsp->dataplane);
	return ret ?: bind_streams(tsp);
}

static int start(struct lvnd_tsp *tsp, const struct broker_store *store)
{
	const struct tsp_front_ops ops = {
		.arg = tsp,
		.look = on_look,
		.send = on_send,
		.clock_ms = lvn_clock_ms,
	};
	struct lvnd_tsp_conf *conf = tsp->conf;
	unsigned int i;
	int ret = broker_store_realm_sqlite(store, TSP_STORE_REALM, &tsp->store);

	if (!ret)
		ret = broker_users_open_sqlite(store, TSP_STORE_REALM, &tsp->users);
	if (!ret)
		ret = broker_create(conf->broker, server_dataplane_broker(tsp->dataplane),
				    &tsp->store, NULL, &tsp->broker);
	if (ret < 0)
		return ret;
	conf->broker = NULL;
	ret = tsp_front_create(&conf->front, tsp->broker, tsp->users, &ops, &tsp->front);
	if (!ret)
		ret = broker_adopt(tsp->broker);
	if (!ret)
		ret = server_dataplane_start(tsp->dataplane);
	if (!ret)
		ret = tsp_streams_create(tsp->front, tsp->base, &tsp->streams);
	for (i = 0; !ret && i < tsp->n_listeners; i++)
		ret = evconnlistener_enable(tsp->listeners[i]) < 0 ? -ENOMEM : 0;
	return ret;
}

int lvnd_tsp_start(struct lvnd_tsp *tsp, const struct broker_store *store)
{
	int ret = start(tsp, store);

	if (ret < 0)
		lvn_error("tsp: %s", strerror(-ret));
	return ret;
}

void lvnd_tsp_tick(struct lvnd_tsp *tsp)
{
	if (!tsp)
		return;
	broker_tick(tsp->broker);
	tsp_front_tick(tsp->front);
}

void lvnd_tsp_close(struct lvnd_tsp *tsp)
{
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
	server_dataplane_close(tsp->dataplane);
	free(tsp);
}

static bool same_listen(const struct server_conf *a, const struct server_conf *b)
{
	unsigned int i;

	for (i = 0; a->n_listen == b->n_listen && i < a->n_listen; i++)
		if (!lvn_endpoint_equal(&a->listen[i], &b->listen[i]))
			return false;
	return a->n_listen == b->n_listen;
}

const char *lvnd_tsp_needs_restart(const struct lvnd_tsp_conf *old, const struct lvnd_tsp_conf *new)
{
	if (!same_listen(&old->plane, &new->plane))
		return "listen of tsp";
	if (strcmp(old->plane.device, new->plane.device) != 0)
		return "device of tsp";
	if (old->front.has_pairs != new->front.has_pairs)
		return "pairs of tsp";
	/* for which the keys were made */
	if (strcmp(old->front.realm, new->front.realm) != 0)
		return "realm of tsp";
	return NULL;
}

void lvnd_tsp_reload(struct lvnd_tsp *tsp, struct lvnd_tsp_conf *conf)
{
	int ret = broker_reconfigure(tsp->broker, conf->broker);

	if (ret < 0)
		lvn_error("reload: tsp: %s; its addresses stay as they were",
			  ret == -EINVAL ?
				  "'network' or 'delegate' has changed, which takes a restart" :
				  strerror(-ret));
	else
		conf->broker = NULL;
	server_dataplane_reconfigure(tsp->dataplane, &conf->plane, broker_conf(tsp->broker));
	tsp_front_reconfigure(tsp->front, &conf->front);
	tsp->conf = conf;
}

struct server_dataplane *lvnd_tsp_dataplane(const struct lvnd_tsp *tsp)
{
	return tsp->dataplane;
}

void lvnd_tsp_status(struct lvnd_tsp *tsp, json_t *object)
{
	const struct tsp_stats *stats = tsp_front_stats(tsp->front);

	json_object_update_new(
		object,
		json_pack("{si sI sI sI sI sI sI}", "dialogues",
			  (int)tsp_front_dialogues(tsp->front), "logins", (json_int_t)stats->logins,
			  "logins_refused", (json_int_t)stats->refused, "logins_slowed",
			  (json_int_t)stats->slowed, "offers", (json_int_t)stats->offered,
			  "accepted", (json_int_t)stats->accepted, "frames_lost",
			  (json_int_t)server_dataplane_lost(tsp->dataplane)));
	server_dataplane_status(tsp->dataplane, object);
}

void lvnd_tsp_command(struct lvnd_tsp *tsp, const struct json_t *request,
		      const struct broker_command_ops *ops, const char *line, size_t len,
		      struct evbuffer *out)
{
	if (!tsp_command_run(tsp->front, request, out))
		broker_command_run(tsp->broker, ops, line, len, out);
}

void lvnd_tsp_metrics(struct lvnd_tsp *tsp, struct evbuffer *out)
{
	const struct tsp_stats *s = tsp_front_stats(tsp->front);
	struct broker_stats broker;
	size_t i;

	broker_stats_get(tsp->broker, &broker);
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
		{ "lvn_tsp_logins_slowed_total", "Keys that came too soon after wrong ones.",
		  s->slowed },
		{ "lvn_tsp_offers_total", "Offers of tunnels.", s->offered },
		{ "lvn_tsp_accepted_total", "Offers that were accepted.", s->accepted },
		{ "lvn_tsp_redirected_total", "Clients sent to other brokers.", s->redirected },
	};

	for (i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
		control_metrics_add(out, metrics[i].name, "counter", metrics[i].help,
				    metrics[i].value);
	control_metrics_add(out, "lvn_tsp_dialogues", "gauge", "Dialogues of signalling, now.",
			    tsp_front_dialogues(tsp->front));
	control_metrics_add(out, "lvn_tsp_leases", "gauge",
			    "Users and anonymous clients with addresses.", broker.leases);
	control_metrics_add(out, "lvn_tsp_tunnels", "gauge", "Tunnels.", broker.bindings);
	server_dataplane_metrics(tsp->dataplane, "lvn_tsp", out);
}
