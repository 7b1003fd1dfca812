// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Objects by number: a radix tree of fixed height, six levels of six bits. Nodes without anything
 * are freed.
 */

#include "idmap.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#define BITS 6
#define SLOTS (1u << BITS)
/* Levels of six bits: 36 bits hold 32. */
#define TOP_SHIFT 30

struct ipudp_idmap_node {
	uint64_t used;
	void *slot[SLOTS];
};

static unsigned int slot_at(uint32_t id, unsigned int shift)
{
	return (uint64_t)id >> shift & (SLOTS - 1);
}

void *ipudp_idmap_load(const struct ipudp_idmap *map, uint32_t id)
{
	struct ipudp_idmap_node *node = map->root;
	int shift;

	for (shift = TOP_SHIFT; node && shift; shift -= BITS)
		node = node->slot[slot_at(id, shift)];
	return node ? node->slot[slot_at(id, 0)] : NULL;
}

int ipudp_idmap_store(struct ipudp_idmap *map, uint32_t id, void *object)
{
	struct ipudp_idmap_node **where = &map->root, *node;
	int shift = TOP_SHIFT;

	for (;;) {
		if (!*where)
			*where = calloc(1, sizeof(**where));
		node = *where;
		if (!node)
			return -ENOMEM;
		if (!shift)
			break;
		/* Marked before it exists; one that cannot be made stays empty and is skipped. */
		node->used |= 1ull << slot_at(id, shift);
		where = (struct ipudp_idmap_node **)&node->slot[slot_at(id, shift)];
		shift -= BITS;
	}
	node->slot[slot_at(id, 0)] = object;
	node->used |= 1ull << slot_at(id, 0);
	return 0;
}

int ipudp_idmap_alloc(struct ipudp_idmap *map, void *object, uint32_t *ret_id)
{
	uint32_t id = map->free ? map->free : 1;
	int ret;

	while (ipudp_idmap_load(map, id)) {
		if (id == UINT32_MAX)
			return -EBUSY;
		id++;
	}
	ret = ipudp_idmap_store(map, id, object);
	if (ret)
		return ret;
	map->free = id;
	*ret_id = id;
	return 0;
}

void ipudp_idmap_erase(struct ipudp_idmap *map, uint32_t id)
{
	struct ipudp_idmap_node **path[TOP_SHIFT / BITS + 1];
	struct ipudp_idmap_node **where = &map->root;
	int shift = TOP_SHIFT, depth = 0;

	if (!ipudp_idmap_load(map, id))
		return;
	for (; shift; shift -= BITS) {
		path[depth++] = where;
		where = (struct ipudp_idmap_node **)&(*where)->slot[slot_at(id, shift)];
	}
	path[depth++] = where;
	for (shift = 0; depth--; shift += BITS) {
		struct ipudp_idmap_node *node = *path[depth];

		node->slot[slot_at(id, shift)] = NULL;
		node->used &= ~(1ull << slot_at(id, shift));
		if (node->used)
			break;
		free(node);
		*path[depth] = NULL;
	}
	if (id && id < map->free)
		map->free = id;
}

static void *find(struct ipudp_idmap_node *node, unsigned int shift, uint64_t base, uint64_t *id)
{
	unsigned int i = *id > base ? *id >> shift & (SLOTS - 1) : 0;

	for (; i < SLOTS; i++) {
		uint64_t here = base | (uint64_t)i << shift;
		void *found;

		if (!(node->used >> i))
			return NULL;
		if (!(node->used >> i & 1) || !node->slot[i])
			continue;
		if (!shift) {
			*id = here;
			return node->slot[i];
		}
		found = find(node->slot[i], shift - BITS, here, id);
		if (found)
			return found;
	}
	return NULL;
}

void *ipudp_idmap_find(const struct ipudp_idmap *map, uint64_t *id)
{
	if (!map->root || *id > UINT32_MAX)
		return NULL;
	return find(map->root, TOP_SHIFT, 0, id);
}
