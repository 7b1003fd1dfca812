// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tunnels and their endpoints. What packets read of a tunnel is in its endpoint, which is never
 * changed: a change makes a new endpoint, enters it in the table beside the old one, points the
 * tunnel to it and only then takes the old one out. A packet sees the one or the other.
 */

#include "tunnel.h"

#include <linux/err.h>

#include <errno.h>
#include <stdlib.h>

#include <net/netlink.h>

#include "device.h"
#include "event.h"
#include "home.h"
#include "keepalive.h"
#include "listener.h"
#include "mode.h"
#include "refusal.h"
#include "rule.h"

static bool endpoint_equal(const struct ipudp_table_node *node, const void *key)
{
	const struct ipudp_endpoint *endpoint = container_of(node, struct ipudp_endpoint, node);

	return !memcmp(&endpoint->key, key, sizeof(endpoint->key));
}

static struct ipudp_endpoint *find(struct ipudp_table *table, const struct ipudp_endpoint_key *key)
{
	struct ipudp_table_node *node;

	node = ipudp_table_lookup(table, ipudp_table_hash(table, key, sizeof(*key)), endpoint_equal,
				  key);
	return node ? container_of(node, struct ipudp_endpoint, node) : NULL;
}

struct ipudp_endpoint *ipudp_endpoint_lookup(struct ipudp_home *home,
					     const struct ipudp_endpoint_key *key)
{
	struct ipudp_endpoint *endpoint = find(&home->endpoints, key);
	struct ipudp_endpoint_key any;

	if (endpoint)
		return endpoint;
	any = *key;
	any.port = 0;
	return find(&home->endpoints, &any);
}

static void endpoint_free(struct ipudp_rcu_head *head)
{
	free(container_of(head, struct ipudp_endpoint, rcu));
}

static struct ipudp_endpoint *endpoint_create(struct ipudp_tunnel *tunnel,
					      const struct ipudp_endpoint_config *config)
{
	struct ipudp_endpoint *endpoint = calloc(1, sizeof(*endpoint));

	if (!endpoint)
		return NULL;
	endpoint->tunnel = tunnel;
	endpoint->config = *config;
	endpoint->key.remote = config->remote;
	endpoint->key.listener = tunnel->listener->id;
	/* Who spreads flows over source ports does so at both ends: any port is the remote's. */
	endpoint->key.port = config->flow_port ? 0 : config->port;
	endpoint->key.family = config->family;
	endpoint->node.hash = ipudp_table_hash(&tunnel->device->home->endpoints, &endpoint->key,
					       sizeof(endpoint->key));
	return endpoint;
}

/* Enter an endpoint in the table, in the place of @old if that has the same key. */
static int endpoint_enter(struct ipudp_endpoint *endpoint, struct ipudp_endpoint *old)
{
	struct ipudp_table *table = &endpoint->tunnel->device->home->endpoints;

	if (old && !memcmp(&old->key, &endpoint->key, sizeof(old->key))) {
		ipudp_table_replace(table, &old->node, &endpoint->node);
		return 0;
	}
	if (find(table, &endpoint->key))
		return -EEXIST;
	ipudp_table_insert(table, &endpoint->node);
	return 0;
}

static void explain_enter(int error, struct netlink_ext_ack *extack)
{
	if (error == -EEXIST)
		ipudp_refuse(extack, REMOTE_TAKEN);
}

void ipudp_tunnel_config_of(const struct ipudp_tunnel *tunnel, struct ipudp_tunnel_config *ret)
{
	/* Whole, with what is between the members: configurations are compared so. */
	memcpy(&ret->endpoint, &tunnel->endpoint->config, sizeof(ret->endpoint));
	ret->keepalive_ms = tunnel->keepalive;
	ret->idle_ms = tunnel->idle;
}

static void tunnel_destroy(struct ipudp_tunnel *tunnel)
{
	free(tunnel->stats);
	free(tunnel);
}

static void tunnel_free(struct ipudp_rcu_head *head)
{
	tunnel_destroy(container_of(head, struct ipudp_tunnel, rcu));
}

static struct ipudp_tunnel *tunnel_create(struct ipudp_device *device,
					  struct ipudp_listener *listener,
					  const struct ipudp_tunnel_config *config)
{
	struct ipudp_tunnel *tunnel = calloc(1, sizeof(*tunnel));

	if (!tunnel)
		return NULL;
	tunnel->device = device;
	tunnel->listener = listener;
	INIT_LIST_HEAD(&tunnel->state_node);
	INIT_HLIST_HEAD(&tunnel->targets);
	ipudp_keepalive_init(tunnel);
	tunnel->stats = ipudp_stats_alloc(device->home->n_workers + 1, sizeof(*tunnel->stats));
	if (tunnel->stats)
		tunnel->endpoint = endpoint_create(tunnel, &config->endpoint);
	if (!tunnel->endpoint) {
		tunnel_destroy(tunnel);
		return NULL;
	}
	return tunnel;
}

static int tunnel_number(struct ipudp_device *device, struct ipudp_tunnel *tunnel,
			 const uint32_t *id, struct netlink_ext_ack *extack)
{
	if (!id)
		return ipudp_idmap_alloc(&device->tunnels, tunnel, &tunnel->id);
	if (ipudp_idmap_load(&device->tunnels, *id)) {
		ipudp_refuse(extack, TUNNEL_EXISTS);
		return -EEXIST;
	}
	tunnel->id = *id;
	return ipudp_idmap_store(&device->tunnels, *id, tunnel);
}

struct ipudp_tunnel *ipudp_tunnel_add(struct ipudp_device *device, struct ipudp_listener *listener,
				      const uint32_t *id, const struct ipudp_tunnel_config *config,
				      struct netlink_ext_ack *extack)
{
	struct ipudp_tunnel *tunnel;
	int ret;

	if (device->n_tunnels >= device->mode->max_tunnels) {
		ipudp_refuse(extack, TUNNEL_SECOND);
		return ERR_PTR(-EEXIST);
	}
	ret = ipudp_tunnel_config_check(listener, config, extack);
	if (ret)
		return ERR_PTR(ret);
	tunnel = tunnel_create(device, listener, config);
	if (!tunnel)
		return ERR_PTR(-ENOMEM);
	ret = tunnel_number(device, tunnel, id, extack);
	if (!ret) {
		ret = endpoint_enter(tunnel->endpoint, NULL);
		explain_enter(ret, extack);
		if (ret)
			ipudp_idmap_erase(&device->tunnels, tunnel->id);
	}
	if (ret) {
		/* No packet can have seen it. */
		free(tunnel->endpoint);
		tunnel_destroy(tunnel);
		return ERR_PTR(ret);
	}
	tunnel->keepalive = config->keepalive_ms;
	tunnel->idle = config->idle_ms;
	listener->flows += config->endpoint.flow_port;
	device->n_tunnels++;
	device->mode->attach(device, tunnel);
	ipudp_keepalive_start(tunnel);
	return tunnel;
}

int ipudp_tunnel_set(struct ipudp_tunnel *tunnel, const struct ipudp_tunnel_config *config,
		     struct netlink_ext_ack *extack)
{
	struct ipudp_home *home = tunnel->device->home;
	struct ipudp_endpoint *old = tunnel->endpoint, *endpoint;
	int ret;

	ret = ipudp_tunnel_config_check(tunnel->listener, config, extack);
	if (ret)
		return ret;
	if (memcmp(&old->config, &config->endpoint, sizeof(old->config))) {
		endpoint = endpoint_create(tunnel, &config->endpoint);
		if (!endpoint)
			return -ENOMEM;
		ret = endpoint_enter(endpoint, old);
		if (ret) {
			explain_enter(ret, extack);
			free(endpoint);
			return ret;
		}
		ipudp_rcu_store(tunnel->endpoint, endpoint);
		tunnel->listener->flows += endpoint->config.flow_port;
		tunnel->listener->flows -= old->config.flow_port;
		if (memcmp(&old->key, &endpoint->key, sizeof(old->key)))
			ipudp_table_remove(&home->endpoints, &old->node);
		ipudp_rcu_call(&home->rcu, &old->rcu, endpoint_free);
	}
	tunnel->keepalive = config->keepalive_ms;
	tunnel->idle = config->idle_ms;
	ipudp_keepalive_start(tunnel);
	return 0;
}

/*
 * Who may still hold the tunnel or its endpoint when this begins, and why each ends:
 *
 * 1. Requests, timers, the work that tells of idleness: they run in the control thread, as we do,
 *    and look it up again each time. ipudp_keepalive_stop() takes the timer out of the heap.
 * 2. A packet that a thread sends: found it by a choice or by the mode. ipudp_rules_forget() and
 *    detach() take it out of both. Both objects are freed by ipudp_rcu_call(), after each thread
 *    has begun another round.
 * 3. A packet that a thread receives: found the endpoint in the home's table, out of which it is
 *    taken here; then as 2.
 * 4. The list of tunnels whose idleness changed: 2 and 3 may put it there. They look at dead under
 *    state_lock, under which ipudp_keepalive_stop() sets it and takes the tunnel out.
 * 5. The fast path and its neighbours: by ipudp_event_tunnel(), which takes the tunnel off the list
 *    of its neighbour, and its row out of the tables of the eBPF programs. These know numbers only.
 *
 * The listener is put last but one: 2 may send by its sockets. If it is destroyed by that, they are
 * closed, and their memory is freed, after each thread has begun another round, too.
 */
void ipudp_tunnel_remove(struct ipudp_tunnel *tunnel)
{
	struct ipudp_device *device = tunnel->device;
	struct ipudp_home *home = device->home;

	ipudp_rules_forget(tunnel);
	device->mode->detach(device, tunnel);
	ipudp_table_remove(&home->endpoints, &tunnel->endpoint->node);
	ipudp_idmap_erase(&device->tunnels, tunnel->id);
	device->n_tunnels--;
	ipudp_keepalive_stop(tunnel);
	ipudp_event_tunnel(tunnel, IPUDP_CMD_TUNNEL_DEL_NTF);
	tunnel->listener->flows -= tunnel->endpoint->config.flow_port;
	ipudp_rcu_call(&home->rcu, &tunnel->endpoint->rcu, endpoint_free);
	ipudp_listener_put(tunnel->listener);
	ipudp_rcu_call(&home->rcu, &tunnel->rcu, tunnel_free);
}

struct ipudp_tunnel *ipudp_tunnel_lookup(const struct ipudp_device *device, uint32_t id)
{
	return ipudp_idmap_load(&device->tunnels, id);
}
