// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pools as bitmaps. The next free piece is looked for behind the last one given, so that an
 * address is not given to somebody else the moment it becomes free.
 */
#include "broker/pool.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#define BITS 64

/**
 * struct broker_pool - see the header
 * @base: first address, network bits only
 * @prefix_len: of the whole
 * @len: of a piece
 * @size: pieces
 * @used: pieces taken
 * @next: where to look for a free one
 * @taken: one bit a piece
 */
struct broker_pool {
	struct lvn_addr base;
	unsigned int prefix_len;
	unsigned int len;
	uint32_t size;
	uint32_t used;
	uint32_t next;
	uint64_t taken[];
};

int broker_pool_create(const struct lvn_prefix *prefix, unsigned int len, struct broker_pool **ret)
{
	unsigned int bits = lvn_addr_bits(&prefix->addr);
	struct broker_pool *pool;
	uint32_t size;

	if (!bits || len > bits || len < prefix->len)
		return -EINVAL;
	size = len - prefix->len >= 20 ? BROKER_POOL_MAX : 1u << (len - prefix->len);
	pool = calloc(1, sizeof(*pool) + (size + BITS - 1) / BITS * sizeof(pool->taken[0]));
	if (!pool)
		return -ENOMEM;
	pool->base = prefix->addr;
	lvn_addr_mask(&pool->base, prefix->len);
	pool->prefix_len = prefix->len;
	pool->len = len;
	pool->size = size;
	*ret = pool;
	return 0;
}

void broker_pool_destroy(struct broker_pool *pool)
{
	free(pool);
}

uint32_t broker_pool_size(const struct broker_pool *pool)
{
	return pool->size;
}

uint32_t broker_pool_used(const struct broker_pool *pool)
{
	return pool->used;
}

unsigned int broker_pool_len(const struct broker_pool *pool)
{
	return pool->len;
}

int broker_pool_family(const struct broker_pool *pool)
{
	return pool->base.family;
}

static bool is_taken(const struct broker_pool *pool, uint32_t i)
{
	return pool->taken[i / BITS] >> i % BITS & 1;
}

static void set_taken(struct broker_pool *pool, uint32_t i, bool taken)
{
	uint64_t bit = 1ull << i % BITS;

	if (taken)
		pool->taken[i / BITS] |= bit;
	else
		pool->taken[i / BITS] &= ~bit;
	pool->used += taken ? 1 : -1;
}

/* Return: the piece's number, or -ERANGE. */
static int64_t index_of(const struct broker_pool *pool, const struct lvn_addr *addr)
{
	struct lvn_prefix whole = { pool->base, pool->prefix_len };
	unsigned int bits = lvn_addr_bits(&pool->base);
	unsigned __int128 number = 0;
	struct lvn_addr masked = *addr;
	unsigned int i;

	lvn_addr_mask(&masked, pool->len);
	if (!lvn_prefix_contains(&whole, addr) || !lvn_addr_equal(&masked, addr))
		return -ERANGE;
	for (i = 0; i < bits / 8; i++)
		number = number << 8 | (uint8_t)(addr->bytes[i] ^ pool->base.bytes[i]);
	/* a shift by all bits is undefined; such a pool has one piece */
	number = pool->len ? number >> (bits - pool->len) : 0;
	return number < pool->size ? (int64_t)number : -ERANGE;
}

bool broker_pool_has(const struct broker_pool *pool, const struct lvn_addr *addr)
{
	return index_of(pool, addr) >= 0;
}

int broker_pool_take(struct broker_pool *pool, const struct lvn_addr *addr)
{
	int64_t i = index_of(pool, addr);

	if (i < 0)
		return -ERANGE;
	if (is_taken(pool, i))
		return -EBUSY;
	set_taken(pool, i, true);
	return 0;
}

void broker_pool_reserve(struct broker_pool *pool, const struct lvn_prefix *prefix)
{
	struct lvn_prefix whole = { pool->base, pool->prefix_len };
	struct lvn_prefix part = *prefix;
	uint64_t n = 1, at, i;

	if (!lvn_prefix_overlaps(&whole, &part))
		return;
	if (part.len < whole.len)
		part = whole;
	lvn_addr_mask(&part.addr, pool->len);
	if (part.len < pool->len)
		n = pool->len - part.len >= 20 ? BROKER_POOL_MAX : 1u << (pool->len - part.len);
	if (index_of(pool, &part.addr) < 0)
		return;
	at = index_of(pool, &part.addr);
	for (i = at; i < at + n && i < pool->size; i++)
		if (!is_taken(pool, i))
			set_taken(pool, i, true);
}

int broker_pool_take_any(struct broker_pool *pool, struct lvn_addr *ret)
{
	uint32_t n, i;

	if (pool->used == pool->size)
		return -ENOSPC;
	for (n = 0; n < pool->size; n++) {
		i = (pool->next + n) % pool->size;
		if (is_taken(pool, i))
			continue;
		set_taken(pool, i, true);
		pool->next = i + 1;
		*ret = pool->base;
		lvn_addr_add(ret, i, lvn_addr_bits(&pool->base) - pool->len);
		return 0;
	}
	return -ENOSPC;
}

void broker_pool_release(struct broker_pool *pool, const struct lvn_addr *addr)
{
	int64_t i = index_of(pool, addr);

	if (i >= 0 && is_taken(pool, i))
		set_taken(pool, i, false);
}
