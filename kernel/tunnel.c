// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tunnels and their endpoints. What packets read of a tunnel is in its endpoint, which is never
 * changed: a change makes a new endpoint, enters it in the table beside the old one, points the
 * tunnel to it and only then takes the old one out. A packet sees the one or the other.
 */

#include "tunnel.h"

#include <linux/jhash.h>

#include "compat.h"
#include "device.h"
#include "event.h"
#include "header.h"
#include "home.h"
#include "keepalive.h"
#include "listener.h"
#include "mode.h"
#include "refusal.h"
#include "rule.h"

static u32 key_hash(const void *data, u32 len, u32 seed)
{
	const struct ipudp_endpoint_key *key = data;
	u32 low = (__force u32)key->port << 16 | key->family;

	if (key->family == AF_INET)
		return jhash_3words((__force u32)key->remote.v4, low, key->listener, seed);
	return jhash2((const u32 *)key, sizeof(*key) / sizeof(u32), seed);
}

static u32 endpoint_hash(const void *data, u32 len, u32 seed)
{
	const struct ipudp_endpoint *endpoint = data;

	return key_hash(&endpoint->key, len, seed);
}

static int endpoint_compare(struct rhashtable_compare_arg *arg, const void *data)
{
	const struct ipudp_endpoint_key *want = arg->key;
	const struct ipudp_endpoint *endpoint = data;
	const struct ipudp_endpoint_key *have = &endpoint->key;

	return have->remote.v4 != want->remote.v4 || have->port != want->port ||
	       have->listener != want->listener || have->family != want->family ||
	       (want->family == AF_INET6 && !ipudp_ip_equal(&have->remote, &want->remote));
}

static const struct rhashtable_params endpoint_params = {
	.head_offset = offsetof(struct ipudp_endpoint, node),
	.key_offset = offsetof(struct ipudp_endpoint, key),
	.key_len = sizeof(struct ipudp_endpoint_key),
	.hashfn = key_hash,
	.obj_hashfn = endpoint_hash,
	.obj_cmpfn = endpoint_compare,
	.automatic_shrinking = true,
};

int ipudp_endpoint_init(struct ipudp_home *home)
{
	return rhashtable_init(&home->endpoints, &endpoint_params);
}

void ipudp_endpoint_done(struct ipudp_home *home)
{
	rhashtable_destroy(&home->endpoints);
}

struct ipudp_endpoint *ipudp_endpoint_lookup(struct ipudp_home *home,
					     const struct ipudp_endpoint_key *key)
{
	struct ipudp_endpoint *endpoint;
	struct ipudp_endpoint_key any;

	endpoint = rhashtable_lookup(&home->endpoints, key, endpoint_params);
	if (likely(endpoint))
		return endpoint;
	any = *key;
	any.port = 0;
	return rhashtable_lookup(&home->endpoints, &any, endpoint_params);
}

static void endpoint_free(struct rcu_head *rcu)
{
	struct ipudp_endpoint *endpoint = container_of(rcu, struct ipudp_endpoint, rcu);

	dst_cache_destroy(&endpoint->dst_cache);
	kfree(endpoint);
}

static struct ipudp_endpoint *endpoint_create(struct ipudp_tunnel *tunnel,
					      const struct ipudp_endpoint_config *config)
{
	struct ipudp_endpoint *endpoint;
	int ret;

	endpoint = kzalloc(sizeof(*endpoint), GFP_KERNEL_ACCOUNT);
	if (!endpoint)
		return ERR_PTR(-ENOMEM);
	ret = dst_cache_init(&endpoint->dst_cache, GFP_KERNEL_ACCOUNT);
	if (ret) {
		kfree(endpoint);
		return ERR_PTR(ret);
	}
	endpoint->tunnel = tunnel;
	endpoint->config = *config;
	endpoint->key.remote = config->remote;
	endpoint->key.listener = tunnel->listener->id;
	/* Who spreads flows over source ports does so at both ends: any port is the remote's. */
	endpoint->key.port = config->flow_port ? 0 : config->port;
	endpoint->key.family = config->family;
	return endpoint;
}

static struct ipudp_endpoint *endpoint_of(const struct ipudp_tunnel *tunnel)
{
	return rcu_dereference_protected(tunnel->endpoint,
					 lockdep_is_held(&tunnel->device->home->lock));
}

/* Enter an endpoint in the table, in the place of @old if that has the same key. */
static int endpoint_enter(struct ipudp_endpoint *endpoint, struct ipudp_endpoint *old)
{
	struct rhashtable *table = &endpoint->tunnel->device->home->endpoints;

	if (old && !memcmp(&old->key, &endpoint->key, sizeof(old->key)))
		return rhashtable_replace_fast(table, &old->node, &endpoint->node,
					       endpoint_params);
	return rhashtable_lookup_insert_key(table, &endpoint->key, &endpoint->node,
					    endpoint_params);
}

static void explain_enter(int error, struct netlink_ext_ack *extack)
{
	if (error == -EEXIST)
		ipudp_refuse(extack, REMOTE_TAKEN);
}

void ipudp_tunnel_config_of(const struct ipudp_tunnel *tunnel, struct ipudp_tunnel_config *ret)
{
	ret->endpoint = endpoint_of(tunnel)->config;
	ret->keepalive_ms = tunnel->keepalive_ms;
	ret->idle_ms = tunnel->idle_ms;
}

static void tunnel_free(struct rcu_head *rcu)
{
	struct ipudp_tunnel *tunnel = container_of(rcu, struct ipudp_tunnel, rcu);

	free_percpu(tunnel->stats);
	kfree(tunnel);
}

static struct ipudp_tunnel *tunnel_create(struct ipudp_device *device,
					  struct ipudp_listener *listener,
					  const struct ipudp_tunnel_config *config)
{
	struct ipudp_endpoint *endpoint;
	struct ipudp_tunnel *tunnel;
	int cpu;

	tunnel = kzalloc(sizeof(*tunnel), GFP_KERNEL_ACCOUNT);
	if (!tunnel)
		return ERR_PTR(-ENOMEM);
	tunnel->device = device;
	tunnel->listener = listener;
	INIT_LIST_HEAD(&tunnel->state_node);
	INIT_HLIST_HEAD(&tunnel->targets);
	ipudp_keepalive_init(tunnel);
	tunnel->stats = alloc_percpu_gfp(struct ipudp_tunnel_stats, GFP_KERNEL_ACCOUNT);
	if (!tunnel->stats) {
		kfree(tunnel);
		return ERR_PTR(-ENOMEM);
	}
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(tunnel->stats, cpu)->syncp);
	endpoint = endpoint_create(tunnel, &config->endpoint);
	if (IS_ERR(endpoint)) {
		tunnel_free(&tunnel->rcu);
		return ERR_CAST(endpoint);
	}
	RCU_INIT_POINTER(tunnel->endpoint, endpoint);
	return tunnel;
}

static int tunnel_number(struct ipudp_device *device, struct ipudp_tunnel *tunnel, const u32 *id,
			 struct netlink_ext_ack *extack)
{
	int ret;

	if (!id)
		return xa_alloc(&device->tunnels, &tunnel->id, tunnel, xa_limit_32b, GFP_KERNEL);
	tunnel->id = *id;
	ret = xa_insert(&device->tunnels, *id, tunnel, GFP_KERNEL);
	if (ret == -EBUSY) {
		ipudp_refuse(extack, TUNNEL_EXISTS);
		return -EEXIST;
	}
	return ret;
}

struct ipudp_tunnel *ipudp_tunnel_add(struct ipudp_device *device, struct ipudp_listener *listener,
				      const u32 *id, const struct ipudp_tunnel_config *config,
				      struct netlink_ext_ack *extack)
{
	struct ipudp_endpoint *endpoint;
	struct ipudp_tunnel *tunnel;
	int ret;

	lockdep_assert_held(&device->home->lock);
	if (device->n_tunnels >= device->mode->max_tunnels) {
		ipudp_refuse(extack, TUNNEL_SECOND);
		return ERR_PTR(-EEXIST);
	}
	ret = ipudp_tunnel_config_check(listener, config, extack);
	if (ret)
		return ERR_PTR(ret);
	tunnel = tunnel_create(device, listener, config);
	if (IS_ERR(tunnel))
		return tunnel;
	endpoint = endpoint_of(tunnel);
	ret = tunnel_number(device, tunnel, id, extack);
	if (ret)
		goto err_free;
	ret = endpoint_enter(endpoint, NULL);
	if (ret) {
		explain_enter(ret, extack);
		goto err_number;
	}
	WRITE_ONCE(tunnel->keepalive_ms, config->keepalive_ms);
	WRITE_ONCE(tunnel->idle_ms, config->idle_ms);
	device->n_tunnels++;
	device->mode->attach(device, tunnel);
	ipudp_keepalive_start(tunnel);
	return tunnel;

err_number:
	xa_erase(&device->tunnels, tunnel->id);
err_free:
	/* Nobody but a reader of device->tunnels under our lock can have seen it. */
	endpoint_free(&endpoint->rcu);
	tunnel_free(&tunnel->rcu);
	return ERR_PTR(ret);
}

int ipudp_tunnel_set(struct ipudp_tunnel *tunnel, const struct ipudp_tunnel_config *config,
		     struct netlink_ext_ack *extack)
{
	struct rhashtable *table = &tunnel->device->home->endpoints;
	struct ipudp_endpoint *old = endpoint_of(tunnel), *endpoint;
	bool moved;
	int ret;

	lockdep_assert_held(&tunnel->device->home->lock);
	ret = ipudp_tunnel_config_check(tunnel->listener, config, extack);
	if (ret)
		return ret;
	if (memcmp(&old->config, &config->endpoint, sizeof(old->config))) {
		endpoint = endpoint_create(tunnel, &config->endpoint);
		if (IS_ERR(endpoint))
			return PTR_ERR(endpoint);
		moved = memcmp(&old->key, &endpoint->key, sizeof(old->key));
		ret = endpoint_enter(endpoint, old);
		if (ret) {
			explain_enter(ret, extack);
			endpoint_free(&endpoint->rcu);
			return ret;
		}
		rcu_assign_pointer(tunnel->endpoint, endpoint);
		if (moved)
			rhashtable_remove_fast(table, &old->node, endpoint_params);
		call_rcu(&old->rcu, endpoint_free);
	}
	WRITE_ONCE(tunnel->keepalive_ms, config->keepalive_ms);
	WRITE_ONCE(tunnel->idle_ms, config->idle_ms);
	ipudp_keepalive_start(tunnel);
	return 0;
}

/*
 * Who may still hold the tunnel or its endpoint when this begins, and why each ends:
 *
 * 1. Requests, and the work that tells of idleness: they hold home->lock, as we do, and look it up
 *    again each time.
 * 2. A packet that is sent: found it by a choice or by the mode. ipudp_rules_forget() and detach()
 *    take it out of both, so that no later one finds it; those under way are inside
 *    rcu_read_lock(), and both objects are freed by call_rcu().
 * 3. A packet that is received, or an ICMP error: found the endpoint in the home's table.
 *    rhashtable_remove_fast() ends that for later ones, call_rcu() waits for those under way.
 * 4. The timer: has no reference. ipudp_keepalive_stop() sets dead, and waits until the timer
 *    neither runs nor will.
 * 5. The list of tunnels whose idleness changed: 2, 3 and 4 may put it there. They look at dead
 *    under state_lock, under which ipudp_keepalive_stop() takes it out after it had set dead.
 * 6. A packet that is queued, in a GRO cell or below: holds the device or a route, no tunnel.
 *
 * The listener is put last but one: 2 and 4 send by its sockets. Even if it is destroyed by that,
 * these and its memory live for a grace period from then on, which ends after theirs.
 */
void ipudp_tunnel_remove(struct ipudp_tunnel *tunnel)
{
	struct ipudp_endpoint *endpoint = endpoint_of(tunnel);
	struct ipudp_device *device = tunnel->device;

	lockdep_assert_held(&device->home->lock);
	ipudp_rules_forget(tunnel);
	device->mode->detach(device, tunnel);
	rhashtable_remove_fast(&device->home->endpoints, &endpoint->node, endpoint_params);
	xa_erase(&device->tunnels, tunnel->id);
	device->n_tunnels--;
	ipudp_keepalive_stop(tunnel);
	ipudp_event_tunnel(tunnel, IPUDP_CMD_TUNNEL_DEL_NTF);
	call_rcu(&endpoint->rcu, endpoint_free);
	ipudp_listener_put(tunnel->listener);
	call_rcu(&tunnel->rcu, tunnel_free);
}

struct ipudp_tunnel *ipudp_tunnel_lookup(const struct ipudp_device *device, u32 id)
{
	return xa_load((struct xarray *)&device->tunnels, id);
}
