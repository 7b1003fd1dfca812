// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The order in which the hub is put together, and taken apart.
 */
#include "hub/hub.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "broker/conf.h"
#include "hub/arrival.h"
#include "hub/binding.h"
#include "hub/connection.h"
#include "hub/dialogue.h"
#include "hub/listen.h"
#include "hub/tls.h"
#include "server/dataplane.h"

/* Of one identity a second, and of those that share its bucket. */
#define HELLOS_RATE 10

static void on_frame(void *arg, const struct server_frame *frame)
{
	hub_binding_frame(arg, frame);
}

/* What failed is said there; spokes bind again. */
static void on_back(void *arg)
{
	struct hub *hub = arg;
	int ret = broker_compare(hub->broker);

	if (ret < 0)
		lvn_error("cannot set the data plane up again: %s", strerror(-ret));
}

static int create(struct hub_conf *conf, struct event_base *base, struct hub **ret_hub)
{
	struct hub *hub = calloc(1, sizeof(*hub));
	uint64_t seed;

	*ret_hub = hub;
	if (!hub || RAND_bytes(hub->secret, sizeof(hub->secret)) != 1 ||
	    RAND_bytes((uint8_t *)&seed, sizeof(seed)) != 1) {
		lvn_error("out of memory");
		return -ENOMEM;
	}
	hub->conf = conf;
	hub->base = base;
	lvn_ratelimit_init(&hub->stranger_log, 5, 20);
	lvn_sources_init(&hub->strangers, conf->stun_rate, conf->stun_rate_source, seed);
	lvn_sources_init(&hub->names, 0, HELLOS_RATE, seed);
	lvn_sources_init(&hub->visitors, conf->handshake_rate, conf->handshake_rate_source, seed);
	return 0;
}

static int open_tls(struct hub *hub)
{
	char text[256];
	int ret = hub_tls_create(hub->conf, NULL, text, sizeof(text), &hub->tls);

	if (ret < 0)
		lvn_error("%s", text);
	return ret;
}

int hub_open(struct hub_conf *conf, struct event_base *base, struct hub **ret_hub)
{
	struct server_dataplane_handlers handlers = { .frame = on_frame, .back = on_back };
	int ret = create(conf, base, ret_hub);
	struct hub *hub = *ret_hub;

	if (!ret)
		ret = open_tls(hub);
	handlers.arg = hub;
	if (!ret)
		ret = server_dataplane_open(&conf->plane, conf->broker, base, &handlers,
					    &hub->dataplane);
	return ret ?: hub_listen_bind(hub);
}

int hub_adopt(struct hub *hub, const struct broker_store *store)
{
	struct broker_front front;
	int ret;

	ret = broker_create(hub->conf->broker, server_dataplane_broker(hub->dataplane), store, NULL,
			    &hub->broker);
	if (ret < 0) {
		lvn_error("broker: %s", strerror(-ret));
		return ret;
	}
	hub->conf->broker = NULL;
	hub->dialogue = hub_dialogue();
	hub_dialogue_front(hub, &front);
	broker_set_front(hub->broker, &front);
	ret = broker_adopt(hub->broker);
	if (ret < 0)
		lvn_error("cannot adopt the sessions of the last run: %s", strerror(-ret));
	return ret;
}

int hub_start(struct hub *hub)
{
	int ret = server_dataplane_start(hub->dataplane);

	return ret ?: hub_listen_start(hub);
}

void hub_tick(struct hub *hub)
{
	broker_tick(hub->broker);
	hub_arrival_tick(hub);
	hub_connection_tick(hub);
}

void hub_close(struct hub *hub)
{
	if (!hub)
		return;
	hub_listen_close(hub);
	hub_arrival_close_all(hub);
	hub_connection_close_all(hub);
	if (hub->broker)
		broker_flush(hub->broker);
	broker_destroy(hub->broker);
	server_dataplane_close(hub->dataplane);
	hub_tls_destroy(hub->tls);
	free(hub);
}

static bool same_endpoints(const struct server_conf *a, const struct server_conf *b)
{
	unsigned int i;

	for (i = 0; a->n_listen == b->n_listen && i < a->n_listen; i++)
		if (!lvn_endpoint_equal(&a->listen[i], &b->listen[i]))
			return false;
	return a->n_listen == b->n_listen;
}

const char *hub_needs_restart(const struct hub_conf *old, const struct hub_conf *new)
{
	if (!same_endpoints(&old->plane, &new->plane))
		return "listen";
	if (strcmp(old->plane.device, new->plane.device) != 0)
		return "device";
	return old->is_mutual == new->is_mutual ? NULL : "auth";
}

int hub_reload(struct hub *hub, struct hub_conf *conf, char *text, size_t size)
{
	struct hub_tls *tls, *old = hub->tls;
	int ret = hub_tls_create(conf, old, text, size, &tls);

	if (ret < 0)
		return ret;
	/* before the broker asks for judgements */
	hub->tls = tls;
	ret = broker_reconfigure(hub->broker, conf->broker);
	if (!ret) {
		conf->broker = NULL;
		hub_tls_destroy(old);
		return 0;
	}
	hub->tls = old;
	hub_tls_destroy(tls);
	snprintf(text, size, "%s",
		 ret == -EINVAL ? "'network' or 'delegate' has changed, which "
				  "takes a restart of lvnd" :
				  strerror(-ret));
	return ret;
}

int hub_replace(struct hub *hub, struct hub_conf *conf, char *text, size_t size)
{
	const char *why;
	int ret;

	server_dataplane_reconfigure(hub->dataplane, &conf->plane, broker_conf(hub->broker));
	hub->conf = conf;
	lvn_sources_set(&hub->strangers, conf->stun_rate, conf->stun_rate_source);
	lvn_sources_set(&hub->visitors, conf->handshake_rate, conf->handshake_rate_source);
	ret = hub_tls_kept(hub->tls, &why);
	if (!ret)
		return 0;
	if (ret == -EACCES) {
		lvn_warning("reload: %s; lvnd goes on with the one it read before", why);
		return 0;
	}
	snprintf(text, size, "%s; the key and certificate in use stay, all else was applied", why);
	return ret;
}
