// SPDX-License-Identifier: GPL-2.0-or-later
/* Devices of the fast path, and the interfaces that datagrams come by. */

#include <errno.h>
#include <string.h>

#include "uapi/linux/ipudp.h"

#include "fast.skel.h"
#include "private.h"

struct fastpath_device *fastpath_device_find(const struct ipudp_fastpath *fastpath,
					     uint32_t ifindex)
{
	struct fastpath_device *device;

	HASH_FIND(hh, fastpath->devices, &ifindex, sizeof(ifindex), device);
	return device;
}

uint16_t fastpath_device_flags(const struct fastpath_device *device)
{
	bool partial = device->n_missing || device->filling;

	return device->flags | (partial ? FAST_DEVICE_LEAVE | FAST_DEVICE_PARTIAL : 0);
}

int fastpath_device_write(const struct ipudp_fastpath *fastpath, struct fastpath_device *device)
{
	if (bpf_map_update_elem(fastpath->tables[FASTPATH_DEVICES], &device->ifindex,
				&device->entry, BPF_ANY))
		return -errno;
	return 0;
}

/* The lowest number that no device has; FAST_MAX_DEVICES if there is none. */
static uint32_t free_number(const struct ipudp_fastpath *fastpath)
{
	bool taken[FAST_MAX_DEVICES] = {};
	struct fastpath_device *device, *next;
	uint32_t number;

	HASH_ITER(hh, fastpath->devices, device, next)
		taken[device->entry.number] = true;
	for (number = 0; number < FAST_MAX_DEVICES && taken[number]; number++)
		;
	return number;
}

static int device_create(struct ipudp_fastpath *fastpath, uint32_t ifindex,
			 struct fastpath_device **ret)
{
	uint32_t number = free_number(fastpath);
	struct fastpath_device *device;

	if (number == FAST_MAX_DEVICES) {
		fastpath->left_full++;
		return -ENOSPC;
	}
	device = calloc(1, sizeof(*device));
	if (!device)
		return -ENOMEM;
	device->ifindex = ifindex;
	device->entry.number = number;
	memset(fastpath->values, 0, fastpath->cpus * sizeof(struct fast_drops));
	bpf_map_update_elem(fastpath->tables[FASTPATH_DROPS], &number, fastpath->values, BPF_ANY);
	HASH_ADD(hh, fastpath->devices, ifindex, sizeof(ifindex), device);
	*ret = device;
	return 0;
}

static uint16_t flags_of(const struct ipudp_fastpath_device *config)
{
	uint16_t flags = 0;

	if (config->mode == IPUDP_MODE_FIXED)
		flags |= FAST_DEVICE_FIXED;
	else if (config->lookup == IPUDP_LOOKUP_NEXTHOP)
		flags |= FAST_DEVICE_LEAVE;
	if (config->leave)
		flags |= FAST_DEVICE_LEAVE;
	if (config->down)
		flags |= FAST_DEVICE_DOWN;
	if (config->source_check)
		flags |= FAST_DEVICE_SOURCE_CHECK;
	if (config->rewrite)
		flags |= FAST_DEVICE_REWRITE;
	return flags;
}

int ipudp_fastpath_device_set(struct ipudp_fastpath *fastpath,
			      const struct ipudp_fastpath_device *config)
{
	struct fastpath_device *device = fastpath_device_find(fastpath, config->ifindex);
	bool fresh = !device;
	int ret;

	if (config->off) {
		if (device) {
			device->entry.hooks &= (uint16_t)~FAST_HOOK_QDISC;
			fastpath_device_remove(fastpath, device);
		}
		fastpath_hook_prepare(config->ifindex);
		return 0;
	}
	if (!device) {
		ret = device_create(fastpath, config->ifindex, &device);
		if (ret)
			return ret;
	}
	fastpath_cut_open(fastpath);
	if (!config->filling)
		device->filling = false;
	else if (fresh || (!device->seen && device->entry.flags & FAST_DEVICE_PARTIAL))
		device->filling = true;
	/* What was adopted is on its way still, by a pair that is yet to be taken over. */
	if (device->seen || fresh || fastpath->gro)
		device->entry.gro = fastpath->gro;
	device->seen = true;
	device->entry.cut = fastpath->cut;
	device->entry.mtu = config->mtu > UINT16_MAX ? UINT16_MAX : (uint16_t)config->mtu;
	device->flags = flags_of(config);
	device->entry.flags = fastpath_device_flags(device);
	ret = fastpath_hook_attach(config->ifindex, true,
				   bpf_program__fd(fastpath->skeleton->progs.fast_encap),
				   &device->entry.hooks);
	if (!ret)
		ret = fastpath_device_write(fastpath, device);
	if (ret)
		fastpath_device_remove(fastpath, device);
	return ret;
}

void fastpath_device_remove(struct ipudp_fastpath *fastpath, struct fastpath_device *device)
{
	struct fastpath_tunnel *tunnel, *next_tunnel;
	struct fastpath_rule *rule, *next_rule;

	fastpath_hook_detach(device->ifindex, true, device->entry.hooks);
	HASH_ITER(hh, device->rules, rule, next_rule)
		fastpath_rule_remove(fastpath, device, rule);
	HASH_ITER(hh, fastpath->tunnels, tunnel, next_tunnel) {
		if (tunnel->ifindex == device->ifindex)
			fastpath_tunnel_remove(fastpath, tunnel);
	}
	bpf_map_delete_elem(fastpath->tables[FASTPATH_DEVICES], &device->ifindex);
	HASH_DEL(fastpath->devices, device);
	free(device);
	if (!fastpath->devices)
		fastpath_cut_close(fastpath);
}

void ipudp_fastpath_device_del(struct ipudp_fastpath *fastpath, uint32_t ifindex)
{
	struct fastpath_device *device = fastpath_device_find(fastpath, ifindex);

	if (device)
		fastpath_device_remove(fastpath, device);
}

void ipudp_fastpath_drops(const struct ipudp_fastpath *fastpath, uint32_t ifindex, uint64_t *rx,
			  uint64_t *tx)
{
	struct fastpath_device *device = fastpath_device_find(fastpath, ifindex);
	const struct fast_drops *all = fastpath->values;
	unsigned int cpu;

	*rx = 0;
	*tx = 0;
	if (!device || bpf_map_lookup_elem(fastpath->tables[FASTPATH_DROPS], &device->entry.number,
					   fastpath->values))
		return;
	for (cpu = 0; cpu < fastpath->cpus; cpu++) {
		*rx += all[cpu].rx_nomem;
		*tx += all[cpu].tx_nomem;
	}
}
