/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Objects by number under the kernel's names, over ipudpd/idmap.h. For the control thread. */
#ifndef _IPUDP_SHIM_XARRAY_H
#define _IPUDP_SHIM_XARRAY_H

#include <linux/err.h>
#include <linux/types.h>

#include "ipudpd/idmap.h"

#define xarray ipudp_idmap
#define xa_limit_32b 0

/** xa_store() - enter or replace an object. Return: NULL or -ENOMEM as a pointer */
static inline void *xa_store(struct xarray *map, u32 id, void *object, gfp_t gfp)
{
	(void)gfp;
	return ERR_PTR(ipudp_idmap_store(map, id, object));
}

#define xa_load ipudp_idmap_load
#define xa_erase ipudp_idmap_erase

/**
 * xa_alloc_cyclic() - enter an object by the first free number at or behind @next
 * Return: 0 or -ENOMEM.
 */
static inline int xa_alloc_cyclic(struct xarray *map, u32 *id, void *object, int limit, u32 *next,
				  gfp_t gfp)
{
	int ret;

	(void)limit;
	(void)gfp;
	while (ipudp_idmap_load(map, *next))
		++*next;
	ret = ipudp_idmap_store(map, *next, object);
	if (!ret)
		*id = (*next)++;
	return ret;
}

/* The first object at or behind @at, and in @id its number; NULL if there is none. */
static inline void *xa_find_from(const struct xarray *map, unsigned long *id, u64 at)
{
	void *object = ipudp_idmap_find(map, &at);

	*id = at;
	return object;
}

/** xa_find() - the first object at or behind @id, which receives its number; NULL if there is none */
#define XA_PRESENT 0
#define xa_find(map, id, most, filter) xa_find_from(map, id, *(id))

#define xa_for_each_start(map, id, object, start)                  \
	for ((object) = xa_find_from(map, &(id), start); (object); \
	     (object) = xa_find_from(map, &(id), (u64)(id) + 1))

#define xa_for_each(map, id, object)                           \
	for ((object) = xa_find_from(map, &(id), 0); (object); \
	     (object) = xa_find_from(map, &(id), (u64)(id) + 1))

#endif
