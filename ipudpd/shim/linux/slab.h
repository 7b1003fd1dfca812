/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory. */
#ifndef _IPUDP_SHIM_SLAB_H
#define _IPUDP_SHIM_SLAB_H

#include <stdlib.h>
#include <unistd.h>

#include <linux/types.h>

#define GFP_KERNEL 0u
#define GFP_KERNEL_ACCOUNT 0u
#define __GFP_NOFAIL 1u

/** kzalloc() - memory of zeros; NULL if there is none, but with __GFP_NOFAIL it waits */
static inline void *kzalloc(size_t size, gfp_t gfp)
{
	void *memory = calloc(1, size);

	while (!memory && (gfp & __GFP_NOFAIL)) {
		usleep(1000);
		memory = calloc(1, size);
	}
	return memory;
}

#define kcalloc(count, size, gfp) calloc(count, size)
#define kvmalloc_array(count, size, gfp) calloc(count, size)
#define kmalloc(size, gfp) malloc(size)
#define kvzalloc kzalloc

#define kfree free
/** kvfree() - as free(), of what is constant, too */
static inline void kvfree(const void *memory)
{
	free((void *)memory);
}

#endif
