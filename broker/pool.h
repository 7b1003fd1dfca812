/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pool: a prefix cut into equal pieces, addresses or smaller prefixes, each taken or free.
 */
#ifndef _BROKER_POOL_H
#define _BROKER_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/addr.h"

/** Most pieces a pool has; of a larger prefix the first ones. */
#define BROKER_POOL_MAX (1u << 20)

struct broker_pool;

/**
 * broker_pool_create() - make a pool whose pieces are all free
 * @prefix: the whole; bits beyond its length are ignored
 * @len: of a piece, 32 or 128 for addresses
 *
 * Return: 0, -EINVAL if @len does not suit @prefix, -ENOMEM.
 */
int broker_pool_create(const struct lvn_prefix *prefix, unsigned int len, struct broker_pool **ret);

/** broker_pool_destroy() - free it; NULL is allowed */
void broker_pool_destroy(struct broker_pool *pool);

/** broker_pool_size() - how many pieces it has */
uint32_t broker_pool_size(const struct broker_pool *pool);

/** broker_pool_used() - how many are taken */
uint32_t broker_pool_used(const struct broker_pool *pool);

/** broker_pool_len() - the length of a piece */
unsigned int broker_pool_len(const struct broker_pool *pool);

/** broker_pool_has() - whether @addr is the first address of one of its pieces */
bool broker_pool_has(const struct broker_pool *pool, const struct lvn_addr *addr);

/** broker_pool_family() - AF_INET or AF_INET6 */
int broker_pool_family(const struct broker_pool *pool);

/**
 * broker_pool_take() - take a certain piece
 * Return: 0; -ERANGE if it is not one of the pool's; -EBUSY if it is taken.
 */
int broker_pool_take(struct broker_pool *pool, const struct lvn_addr *addr);

/** broker_pool_reserve() - take all pieces that overlap @prefix and are free, for good */
void broker_pool_reserve(struct broker_pool *pool, const struct lvn_prefix *prefix);

/**
 * broker_pool_take_any() - take a free piece, the one that was free longest if possible
 * Return: 0, or -ENOSPC if there is none.
 */
int broker_pool_take_any(struct broker_pool *pool, struct lvn_addr *ret);

/** broker_pool_release() - give a piece back; what is not the pool's is ignored */
void broker_pool_release(struct broker_pool *pool, const struct lvn_addr *addr);

#endif
