// SPDX-License-Identifier: GPL-2.0-or-later
/* Tunnels of the fast path: slots, paths, endpoints, counters. */

#include <errno.h>
#include <string.h>

#include <arpa/inet.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <netinet/in.h>

#include "uapi/linux/ipudp.h"

#include "private.h"

/* The loopback interface has it in each namespace. What it carries needs no fast path. */
#define LOOPBACK 1

struct tunnel_key {
	uint32_t ifindex;
	uint32_t id;
};

static struct fastpath_tunnel *find(const struct ipudp_fastpath *fastpath, uint32_t ifindex,
				    uint32_t id)
{
	struct tunnel_key key = { .ifindex = ifindex, .id = id };
	struct fastpath_tunnel *tunnel;

	HASH_FIND(hh, fastpath->tunnels, &key, sizeof(key), tunnel);
	return tunnel;
}

static int write_entry(const struct ipudp_fastpath *fastpath, struct fastpath_tunnel *tunnel)
{
	if (bpf_map_update_elem(fastpath->tables[FASTPATH_TUNNELS], &tunnel->slot, &tunnel->entry,
				BPF_ANY))
		return -errno;
	return 0;
}

/* Let packets see a new path: written where nobody reads, then made the current one. */
static int write_path(const struct ipudp_fastpath *fastpath, struct fastpath_tunnel *tunnel,
		      const struct fast_path *path)
{
	int ret;

	/* The other one may still be read if it was the current one a moment ago. */
	if (!memcmp(&tunnel->entry.paths[tunnel->entry.current & 1], path, sizeof(*path)))
		return 0;
	tunnel->entry.paths[!tunnel->entry.current] = *path;
	ret = write_entry(fastpath, tunnel);
	if (ret)
		return ret;
	tunnel->entry.current = !tunnel->entry.current;
	return write_entry(fastpath, tunnel);
}

static void clear_counters(const struct ipudp_fastpath *fastpath, uint32_t slot)
{
	memset(fastpath->values, 0, fastpath->cpus * sizeof(struct fast_counters));
	bpf_map_update_elem(fastpath->tables[FASTPATH_COUNTERS], &slot, fastpath->values, BPF_ANY);
}

struct fastpath_tunnel *fastpath_tunnel_get(struct ipudp_fastpath *fastpath, uint32_t ifindex,
					    uint32_t id)
{
	struct fastpath_tunnel *tunnel = find(fastpath, ifindex, id);

	if (tunnel) {
		tunnel->seen = true;
		return tunnel;
	}
	if (!fastpath->n_free) {
		fastpath->left_full++;
		return NULL;
	}
	tunnel = calloc(1, sizeof(*tunnel));
	if (!tunnel)
		return NULL;
	tunnel->ifindex = ifindex;
	tunnel->id = id;
	tunnel->seen = true;
	tunnel->slot = fastpath->free_slots[fastpath->n_free - 1];
	tunnel->entry.ifindex = ifindex;
	tunnel->entry.id = id;
	if (write_entry(fastpath, tunnel)) {
		free(tunnel);
		return NULL;
	}
	fastpath->n_free--;
	HASH_ADD(hh, fastpath->tunnels, ifindex, sizeof(struct tunnel_key), tunnel);
	return tunnel;
}

static void forget_endpoint(const struct ipudp_fastpath *fastpath, struct fastpath_tunnel *tunnel)
{
	if (tunnel->receives)
		bpf_map_delete_elem(fastpath->tables[FASTPATH_ENDPOINTS], &tunnel->endpoint);
	tunnel->receives = false;
}

static void leave(const struct ipudp_fastpath *fastpath, struct fastpath_tunnel *tunnel)
{
	static const struct fast_path nothing;

	forget_endpoint(fastpath, tunnel);
	/* The slot exists, so that writing to it cannot fail. */
	write_path(fastpath, tunnel, &nothing);
}

/* The tunnel that a fixed device sends everything to. */
static int set_only(const struct ipudp_fastpath *fastpath, struct fastpath_device *device,
		    uint32_t slot)
{
	if (!(device->flags & FAST_DEVICE_FIXED) || device->entry.only == slot)
		return 0;
	device->entry.only = slot;
	return fastpath_device_write(fastpath, device);
}

void fastpath_tunnel_remove(struct ipudp_fastpath *fastpath, struct fastpath_tunnel *tunnel)
{
	struct fastpath_device *device = fastpath_device_find(fastpath, tunnel->ifindex);

	if (device && device->entry.only == tunnel->slot)
		set_only(fastpath, device, FAST_NO_SLOT);
	leave(fastpath, tunnel);
	tunnel->entry.ifindex = 0;
	write_entry(fastpath, tunnel);
	clear_counters(fastpath, tunnel->slot);
	fastpath->free_slots[fastpath->n_free++] = tunnel->slot;
	HASH_DEL(fastpath->tunnels, tunnel);
	free(tunnel);
}

static void copy_address(const struct lvn_addr *addr, union fast_ip *ret)
{
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->bytes, addr->bytes, addr->family == AF_INET ? 4 : 16);
}

/* The sum over what is the same in each outer pseudo header of a path; words as in memory. */
static uint32_t constant_sum(const struct fast_path *path)
{
	uint32_t sum = htons(IPPROTO_UDP);
	size_t i;

	for (i = 0; i < (path->family == AF_INET ? 1 : 4); i++) {
		sum += (path->local.words[i] & 0xffff) + (path->local.words[i] >> 16);
		sum += (path->remote.words[i] & 0xffff) + (path->remote.words[i] >> 16);
	}
	return sum;
}

/* Whether the fast path can do all that a tunnel is configured for. */
static bool possible(const struct ipudp_fastpath_tunnel *config)
{
	return (config->local.family == AF_INET || config->local.family == AF_INET6) &&
	       config->local.family == config->remote.family &&
	       !lvn_addr_is_unspecified(&config->local) && config->link &&
	       config->link != config->ifindex && config->link != LOOPBACK && config->local_port &&
	       config->remote_port && (!config->flow_port || config->port_min <= config->port_max);
}

static void fill_path(const struct ipudp_fastpath_tunnel *config, struct fast_path *path)
{
	memset(path, 0, sizeof(*path));
	copy_address(&config->local, &path->local);
	copy_address(&config->remote, &path->remote);
	copy_address(&config->nexthop, &path->nexthop.addr);
	path->nexthop.family = (uint32_t)config->nexthop.family;
	path->link = config->link;
	path->bind = config->bind;
	path->mark = config->mark;
	path->mtu = config->mtu;
	path->local_port = htons(config->local_port);
	path->remote_port = htons(config->remote_port);
	path->family = (uint8_t)config->local.family;
	path->flags = FAST_PATH_TX;
	if (!config->leave_rx)
		path->flags |= FAST_PATH_RX;
	if (config->checksum)
		path->flags |= FAST_PATH_CHECKSUM;
	if (config->strict)
		path->flags |= FAST_PATH_STRICT;
	path->ttl = config->ttl;
	path->dscp = config->dscp;
	path->df = config->df == IPUDP_DF_SET	? FAST_DF_SET :
		   config->df == IPUDP_DF_UNSET ? FAST_DF_UNSET :
						  FAST_DF_INHERIT;
	if (config->flow_port) {
		path->flags |= FAST_PATH_FLOW_PORT;
		path->port_min = config->port_min;
		path->port_range = (uint16_t)(config->port_max - config->port_min + 1);
		/* All ports: 65536 does not fit, and port 0 is none anyway. */
		if (!path->port_range)
			path->port_range = UINT16_MAX;
	}
	path->sum = constant_sum(path);
}

static void fill_endpoint(const struct ipudp_fastpath_tunnel *config, struct fast_endpoint *ret)
{
	memset(ret, 0, sizeof(*ret));
	copy_address(&config->local, &ret->local);
	copy_address(&config->remote, &ret->remote);
	ret->local_port = htons(config->local_port);
	if (!config->flow_port)
		ret->remote_port = htons(config->remote_port);
	ret->family = (uint32_t)config->local.family;
}

/* Receive by an endpoint, and no more by the one before. */
static int set_endpoint(struct ipudp_fastpath *fastpath, struct fastpath_tunnel *tunnel,
			const struct fast_endpoint *endpoint)
{
	int table = fastpath->tables[FASTPATH_ENDPOINTS];

	if (tunnel->receives && !memcmp(&tunnel->endpoint, endpoint, sizeof(*endpoint)))
		return 0;
	if (bpf_map_update_elem(table, endpoint, &tunnel->slot, BPF_NOEXIST)) {
		int ret = -errno;

		if (ret != -E2BIG)
			return ret;
		fastpath->left_full++;
		return -ENOSPC;
	}
	forget_endpoint(fastpath, tunnel);
	tunnel->endpoint = *endpoint;
	tunnel->receives = true;
	return 0;
}

int ipudp_fastpath_tunnel_set(struct ipudp_fastpath *fastpath,
			      const struct ipudp_fastpath_tunnel *config)
{
	struct fastpath_device *device = fastpath_device_find(fastpath, config->ifindex);
	struct fast_endpoint endpoint;
	struct fastpath_tunnel *tunnel;
	struct fast_path path;
	int ret;

	if (!device)
		return -EOPNOTSUPP;
	tunnel = fastpath_tunnel_get(fastpath, config->ifindex, config->id);
	if (!tunnel)
		return -ENOSPC;
	ret = set_only(fastpath, device, tunnel->slot);
	if (!ret && !possible(config))
		ret = -EOPNOTSUPP;
	if (!ret) {
		fill_path(config, &path);
		fill_endpoint(config, &endpoint);
		ret = write_path(fastpath, tunnel, &path);
	}
	if (!ret && config->leave_rx)
		forget_endpoint(fastpath, tunnel);
	else if (!ret)
		ret = set_endpoint(fastpath, tunnel, &endpoint);
	if (ret)
		leave(fastpath, tunnel);
	return ret;
}

void ipudp_fastpath_tunnel_leave(struct ipudp_fastpath *fastpath, uint32_t ifindex, uint32_t id)
{
	struct fastpath_tunnel *tunnel = find(fastpath, ifindex, id);

	if (!tunnel)
		return;
	tunnel->seen = true;
	leave(fastpath, tunnel);
}

void ipudp_fastpath_tunnel_del(struct ipudp_fastpath *fastpath, uint32_t ifindex, uint32_t id)
{
	struct fastpath_tunnel *tunnel = find(fastpath, ifindex, id);

	if (tunnel)
		fastpath_tunnel_remove(fastpath, tunnel);
}

void ipudp_fastpath_tunnel_counters(const struct ipudp_fastpath *fastpath, uint32_t ifindex,
				    uint32_t id, struct ipudp_fastpath_counters *ret)
{
	struct fastpath_tunnel *tunnel = find(fastpath, ifindex, id);
	const struct fast_counters *all = fastpath->values;
	unsigned int cpu;

	memset(ret, 0, sizeof(*ret));
	if (!tunnel || bpf_map_lookup_elem(fastpath->tables[FASTPATH_COUNTERS], &tunnel->slot,
					   fastpath->values))
		return;
	for (cpu = 0; cpu < fastpath->cpus; cpu++) {
		ret->rx_packets += all[cpu].rx_packets;
		ret->rx_bytes += all[cpu].rx_bytes;
		ret->tx_packets += all[cpu].tx_packets;
		ret->tx_bytes += all[cpu].tx_bytes;
		if (all[cpu].rx_last > ret->rx_last_ns)
			ret->rx_last_ns = all[cpu].rx_last;
		if (all[cpu].tx_last > ret->tx_last_ns)
			ret->tx_last_ns = all[cpu].tx_last;
	}
}
