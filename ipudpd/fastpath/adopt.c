// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Taking over what a dead daemon left: from the interfaces to the programs, from a program to its
 * tables, from the tables to our memory.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <net/if.h>
#include <netinet/in.h>

#include "lib/base/cleanup.h"

#include "private.h"

/* Each program has all tables. */
#define MAX_TABLES 64

static const char *const names[FASTPATH_TABLES] = {
	[FASTPATH_STATE] = "state",	    [FASTPATH_DEVICES] = "devices",
	[FASTPATH_LINKS] = "links",	    [FASTPATH_TUNNELS] = "tunnels",
	[FASTPATH_COUNTERS] = "counters",   [FASTPATH_ENDPOINTS] = "endpoints",
	[FASTPATH_HOSTS4] = "hosts4",	    [FASTPATH_HOSTS6] = "hosts6",
	[FASTPATH_PREFIXES4] = "prefixes4", [FASTPATH_PREFIXES6] = "prefixes6",
	[FASTPATH_DROPS] = "drops",	    [FASTPATH_LEFT] = "left",
	[FASTPATH_DETOURS] = "detours",
};

const char *fastpath_table_name(enum fastpath_table table)
{
	return names[table];
}

static int append(uint32_t **array, size_t *n, uint32_t value)
{
	uint32_t *grown = reallocarray(*array, *n + 1, sizeof(value));

	if (!grown)
		return -ENOMEM;
	*array = grown;
	(*array)[(*n)++] = value;
	return 0;
}

static void close_tables(struct fastpath_found *found)
{
	size_t i;

	for (i = 0; i < FASTPATH_TABLES; i++) {
		if (found->tables[i] >= 0)
			close(found->tables[i]);
		found->tables[i] = -1;
	}
}

/* Keep the descriptor if it is one of our tables. */
static void take_table(struct fastpath_found *found, int fd)
{
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	size_t i;

	if (!bpf_obj_get_info_by_fd(fd, &info, &len)) {
		for (i = 0; i < FASTPATH_TABLES; i++) {
			if (found->tables[i] < 0 && !strcmp(info.name, names[i])) {
				found->tables[i] = fd;
				return;
			}
		}
	}
	close(fd);
}

/* The tables of a program. Return: whether they are all there, and of our layout. */
static bool take_tables(struct fastpath_found *found, uint32_t program)
{
	_cleanup_close_ int fd = bpf_prog_get_fd_by_id(program);
	__u32 ids[MAX_TABLES], key = 0, len;
	struct bpf_prog_info info = {};
	struct fast_state state;
	size_t i;

	info.map_ids = (uintptr_t)ids;
	info.nr_map_ids = MAX_TABLES;
	len = sizeof(info);
	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) || info.nr_map_ids > MAX_TABLES)
		return false;
	for (i = 0; i < info.nr_map_ids; i++) {
		int table = bpf_map_get_fd_by_id(ids[i]);

		if (table >= 0)
			take_table(found, table);
	}
	for (i = 0; i < FASTPATH_TABLES; i++) {
		if (found->tables[i] < 0)
			return false;
	}
	return !bpf_map_lookup_elem(found->tables[FASTPATH_STATE], &key, &state) &&
	       state.layout == FAST_LAYOUT;
}

static void free_names(struct if_nameindex **interfaces)
{
	if (*interfaces)
		if_freenameindex(*interfaces);
}

int fastpath_find(const struct fastpath_ids *ours, struct fastpath_found *ret)
{
	_cleanup_(free_names) struct if_nameindex *interfaces = if_nameindex();
	struct if_nameindex *interface;
	bool complete = false;
	size_t i;

	memset(ret, 0, sizeof(*ret));
	for (i = 0; i < FASTPATH_TABLES; i++)
		ret->tables[i] = -1;
	for (interface = interfaces; interface && interface->if_index; interface++) {
		uint32_t ifindex = interface->if_index;
		uint32_t egress = fastpath_hook_program(ifindex, true);
		uint32_t ingress = fastpath_hook_program(ifindex, false);

		if (egress && append(&ret->egress, &ret->n_egress, ifindex))
			return -ENOMEM;
		if ((ingress || fastpath_tcx_has(ifindex, ours)) &&
		    append(&ret->ingress, &ret->n_ingress, ifindex))
			return -ENOMEM;
		/* Not by tcx: such a program may have come with its interface from another namespace. */
		if (!complete && (egress || ingress)) {
			complete = take_tables(ret, egress ? egress : ingress);
			if (!complete)
				close_tables(ret);
		}
	}
	return 0;
}

void fastpath_found_done(struct fastpath_found *found)
{
	close_tables(found);
	free(found->egress);
	free(found->ingress);
	found->egress = NULL;
	found->ingress = NULL;
	found->n_egress = 0;
	found->n_ingress = 0;
}

static int adopt_devices(struct ipudp_fastpath *fastpath)
{
	int table = fastpath->tables[FASTPATH_DEVICES];
	struct fastpath_device *device;
	uint32_t *previous = NULL;
	uint32_t ifindex;

	while (!bpf_map_get_next_key(table, previous, &ifindex)) {
		previous = &ifindex;
		device = calloc(1, sizeof(*device));
		if (!device)
			return -ENOMEM;
		device->ifindex = ifindex;
		if (bpf_map_lookup_elem(table, &ifindex, &device->entry)) {
			free(device);
			continue;
		}
		device->flags = device->entry.flags & ~(FAST_DEVICE_LEAVE | FAST_DEVICE_PARTIAL);
		/* What did not fit is not known before it is set again. */
		device->filling = device->entry.flags & FAST_DEVICE_PARTIAL;
		HASH_ADD(hh, fastpath->devices, ifindex, sizeof(ifindex), device);
	}
	return 0;
}

static int adopt_links(struct ipudp_fastpath *fastpath)
{
	int table = fastpath->tables[FASTPATH_LINKS];
	struct fastpath_link *link;
	uint32_t *previous = NULL;
	uint32_t ifindex;

	while (!bpf_map_get_next_key(table, previous, &ifindex)) {
		previous = &ifindex;
		link = calloc(1, sizeof(*link));
		if (!link)
			return -ENOMEM;
		link->ifindex = ifindex;
		if (bpf_map_lookup_elem(table, &ifindex, &link->entry)) {
			free(link);
			continue;
		}
		HASH_ADD(hh, fastpath->links, ifindex, sizeof(ifindex), link);
	}
	return 0;
}

/* The slots in use, and the stack of free ones. */
static int adopt_tunnels(struct ipudp_fastpath *fastpath)
{
	int table = fastpath->tables[FASTPATH_TUNNELS];
	struct fastpath_tunnel *tunnel = NULL;
	uint32_t slot;

	fastpath->n_free = 0;
	for (slot = fastpath->limits.tunnels; slot > FAST_NO_SLOT; slot--) {
		if (!tunnel)
			tunnel = calloc(1, sizeof(*tunnel));
		if (!tunnel)
			return -ENOMEM;
		if (bpf_map_lookup_elem(table, &slot, &tunnel->entry) || !tunnel->entry.ifindex) {
			fastpath->free_slots[fastpath->n_free++] = slot;
			continue;
		}
		tunnel->ifindex = tunnel->entry.ifindex;
		tunnel->id = tunnel->entry.id;
		tunnel->slot = slot;
		HASH_ADD(hh, fastpath->tunnels, ifindex, 2 * sizeof(uint32_t), tunnel);
		tunnel = NULL;
	}
	free(tunnel);
	return 0;
}

static struct fastpath_tunnel *tunnel_of_slot(const struct ipudp_fastpath *fastpath, uint32_t slot)
{
	struct fastpath_tunnel *tunnel;
	struct fast_tunnel entry;

	if (bpf_map_lookup_elem(fastpath->tables[FASTPATH_TUNNELS], &slot, &entry))
		return NULL;
	HASH_FIND(hh, fastpath->tunnels, &entry.ifindex, 2 * sizeof(uint32_t), tunnel);
	return tunnel && tunnel->slot == slot ? tunnel : NULL;
}

static void adopt_endpoints(struct ipudp_fastpath *fastpath)
{
	int table = fastpath->tables[FASTPATH_ENDPOINTS];
	struct fast_endpoint endpoint, *previous = NULL;
	struct fastpath_tunnel *tunnel;
	uint32_t slot;

	while (!bpf_map_get_next_key(table, previous, &endpoint)) {
		previous = &endpoint;
		if (bpf_map_lookup_elem(table, &endpoint, &slot))
			continue;
		tunnel = tunnel_of_slot(fastpath, slot);
		/* One of nobody, or a second one: the daemon died when it was about to delete it. */
		if (!tunnel || (tunnel->receives &&
				memcmp(&tunnel->endpoint, &endpoint, sizeof(endpoint)) != 0)) {
			bpf_map_delete_elem(table, &endpoint);
			previous = NULL;
			continue;
		}
		tunnel->endpoint = endpoint;
		tunnel->receives = true;
	}
}

static struct fastpath_device *device_of_number(const struct ipudp_fastpath *fastpath,
						uint32_t number)
{
	struct fastpath_device *device, *next;

	HASH_ITER(hh, fastpath->devices, device, next) {
		if (device->entry.number == number)
			return device;
	}
	return NULL;
}

/* The rules of one table; @host is where their keys have struct fast_host4 or 6. */
static int adopt_rules(struct ipudp_fastpath *fastpath, enum fastpath_table which, int family,
		       size_t host)
{
	union {
		struct fast_key4 key4;
		struct fast_key6 key6;
		uint8_t bytes[sizeof(struct fast_key6)];
	} key, *previous = NULL;
	int table = fastpath->tables[which];
	struct fastpath_device *device;
	union fast_ip addr;
	uint32_t number;
	uint8_t len;
	int ret;

	memset(&key, 0, sizeof(key));
	while (!bpf_map_get_next_key(table, previous, &key)) {
		previous = &key;
		memcpy(&number, key.bytes + host, sizeof(number));
		memset(&addr, 0, sizeof(addr));
		memcpy(&addr, key.bytes + host + sizeof(number), family == AF_INET ? 4 : 16);
		len = host ? (uint8_t)(key.key4.len - 32) : (family == AF_INET ? 32 : 128);
		device = device_of_number(fastpath, number);
		if (!device)
			continue;
		ret = fastpath_rule_remember(device, family, len, &addr);
		if (ret)
			return ret;
	}
	return 0;
}

int fastpath_adopt(struct ipudp_fastpath *fastpath)
{
	int ret;

	ret = adopt_devices(fastpath);
	if (!ret)
		ret = adopt_links(fastpath);
	if (!ret)
		ret = adopt_tunnels(fastpath);
	if (!ret)
		adopt_endpoints(fastpath);
	if (!ret)
		ret = adopt_rules(fastpath, FASTPATH_HOSTS4, AF_INET, 0);
	if (!ret)
		ret = adopt_rules(fastpath, FASTPATH_HOSTS6, AF_INET6, 0);
	if (!ret)
		ret = adopt_rules(fastpath, FASTPATH_PREFIXES4, AF_INET,
				  offsetof(struct fast_key4, host));
	if (!ret)
		ret = adopt_rules(fastpath, FASTPATH_PREFIXES6, AF_INET6,
				  offsetof(struct fast_key6, host));
	return ret;
}
