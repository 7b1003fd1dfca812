// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rates by source network. Sources of UDP can be forged: the rate of a network bounds what can be
 * sent to it in its name, the rate of all what anybody can make of the server.
 */
#include "lib/base/source.h"

#include <string.h>
#include <sys/socket.h>

#define V4_NET_LEN 24
#define V6_NET_LEN 48

/* The multiplications of splitmix64. */
static uint64_t mix(uint64_t hash)
{
	hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9ull;
	hash = (hash ^ hash >> 27) * 0x94d049bb133111ebull;
	return hash ^ hash >> 31;
}

/* Over the six bytes that count. */
static unsigned int bucket_of(const struct lvn_sources *sources, const struct lvn_addr *addr)
{
	unsigned int len = (addr->family == AF_INET ? V4_NET_LEN : V6_NET_LEN) / 8;
	uint64_t hash = sources->seed ^ (uint64_t)addr->family << 56;
	unsigned int i;

	for (i = 0; i < len; i++)
		hash ^= (uint64_t)addr->bytes[i] << (8 * i);
	return mix(hash) % LVN_SOURCES;
}

void lvn_sources_set(struct lvn_sources *sources, uint32_t rate, uint32_t source_rate)
{
	unsigned int i;

	for (i = 0; i < LVN_SOURCES; i++)
		lvn_ratelimit_init(&sources->buckets[i], source_rate, 2 * source_rate);
	lvn_ratelimit_init(&sources->all, rate, rate);
}

void lvn_sources_init(struct lvn_sources *sources, uint32_t rate, uint32_t source_rate,
		      uint64_t seed)
{
	memset(sources, 0, sizeof(*sources));
	lvn_sources_set(sources, rate, source_rate);
	sources->seed = seed;
}

bool lvn_sources_take(struct lvn_sources *sources, const struct lvn_addr *addr, uint64_t now_ms)
{
	/* its own first: who floods takes nothing from the others */
	return lvn_ratelimit_take(&sources->buckets[bucket_of(sources, addr)], now_ms) &&
	       lvn_ratelimit_take(&sources->all, now_ms);
}

bool lvn_sources_take_name(struct lvn_sources *sources, const char *name, uint64_t now_ms)
{
	uint64_t hash = sources->seed;

	for (; *name; name++)
		hash = mix(hash ^ (uint8_t)*name);
	return lvn_ratelimit_take(&sources->buckets[hash % LVN_SOURCES], now_ms);
}

uint32_t lvn_sources_number(const struct lvn_sources *sources, const struct lvn_addr *addr)
{
	return bucket_of(sources, addr) + 1;
}

bool lvn_sources_same(const struct lvn_sources *sources, const struct lvn_addr *a,
		      const struct lvn_addr *b)
{
	return bucket_of(sources, a) == bucket_of(sources, b);
}

void lvn_sources_enter(struct lvn_sources *sources, const struct lvn_addr *addr)
{
	sources->present[bucket_of(sources, addr)]++;
}

void lvn_sources_leave(struct lvn_sources *sources, const struct lvn_addr *addr)
{
	sources->present[bucket_of(sources, addr)]--;
}

uint32_t lvn_sources_present(const struct lvn_sources *sources, const struct lvn_addr *addr)
{
	return sources->present[bucket_of(sources, addr)];
}
