/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects by a 32-bit number, in order. For the control thread. */
#ifndef _IPUDP_IDMAP_H
#define _IPUDP_IDMAP_H

#include <stdbool.h>
#include <stdint.h>

struct ipudp_idmap_node;

/**
 * struct ipudp_idmap - objects by number
 * @root: of the tree, NULL if it is empty
 * @free: no number from 1 to below this is free
 */
struct ipudp_idmap {
	struct ipudp_idmap_node *root;
	uint32_t free;
};

/** ipudp_idmap_load() - the object of a number, NULL if there is none */
void *ipudp_idmap_load(const struct ipudp_idmap *map, uint32_t id);

/** ipudp_idmap_store() - enter or replace an object. Return: 0 or -ENOMEM */
int ipudp_idmap_store(struct ipudp_idmap *map, uint32_t id, void *object);

/** ipudp_idmap_alloc() - enter an object with the smallest free number from 1 */
int ipudp_idmap_alloc(struct ipudp_idmap *map, void *object, uint32_t *ret_id);

/** ipudp_idmap_erase() - take an object out */
void ipudp_idmap_erase(struct ipudp_idmap *map, uint32_t id);

/**
 * ipudp_idmap_find() - the first object at or behind a number
 * @id: where to start; receives the number found
 * Return: NULL if there is none.
 */
void *ipudp_idmap_find(const struct ipudp_idmap *map, uint64_t *id);

#define ipudp_idmap_for_each(map, id, object, start) \
	for ((id) = (start); ((object) = ipudp_idmap_find(map, &(id))); (id)++)

#endif
