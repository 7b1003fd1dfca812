/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects by a 32-bit number, in order. For the control thread. */
#ifndef _IPUDPD_IDMAP_H
#define _IPUDPD_IDMAP_H

#include <stdbool.h>
#include <stdint.h>

struct ipudpd_idmap_node;

/**
 * struct ipudpd_idmap - objects by number
 * @root: of the tree, NULL if it is empty
 * @free: no number from 1 to below this is free
 */
struct ipudpd_idmap {
	struct ipudpd_idmap_node *root;
	uint32_t free;
};

/** ipudpd_idmap_load() - the object of a number, NULL if there is none */
void *ipudpd_idmap_load(const struct ipudpd_idmap *map, uint32_t id);

/** ipudpd_idmap_store() - enter or replace an object. Return: 0 or -ENOMEM */
int ipudpd_idmap_store(struct ipudpd_idmap *map, uint32_t id, void *object);

/** ipudpd_idmap_alloc() - enter an object with the smallest free number from 1 */
int ipudpd_idmap_alloc(struct ipudpd_idmap *map, void *object, uint32_t *ret_id);

/** ipudpd_idmap_erase() - take an object out */
void ipudpd_idmap_erase(struct ipudpd_idmap *map, uint32_t id);

/**
 * ipudpd_idmap_find() - the first object at or behind a number
 * @id: where to start; receives the number found
 * Return: NULL if there is none.
 */
void *ipudpd_idmap_find(const struct ipudpd_idmap *map, uint64_t *id);

#define ipudpd_idmap_for_each(map, id, object, start) \
	for ((id) = (start); ((object) = ipudpd_idmap_find(map, &(id))); (id)++)

#endif
