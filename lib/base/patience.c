// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bloom filters that take turns: the present one is written, those before are read.
 */
#include "lib/base/patience.h"

#include <stdlib.h>
#include <string.h>

#define FILTERS 4
#define FILTER_BITS (1u << 23)
#define FILTER_BYTES (FILTER_BITS / 8)

/* Bits of each in a filter. With 150,000 in it, 1 of 6000 others seems to be there. */
#define PROBES 3

void lvn_patience_init(struct lvn_patience *patience, uint64_t seed)
{
	*patience = (struct lvn_patience){ .seed = seed };
}

void lvn_patience_destroy(struct lvn_patience *patience)
{
	free(patience->bits);
	patience->bits = NULL;
}

/* The multiplications of splitmix64. */
static uint64_t mix(uint64_t hash)
{
	hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9ull;
	hash = (hash ^ hash >> 27) * 0x94d049bb133111ebull;
	return hash ^ hash >> 31;
}

static void probes_of(const struct lvn_patience *patience, const struct lvn_endpoint *who,
		      uint32_t probes[PROBES])
{
	unsigned int len = lvn_addr_bits(&who->addr) / 8, i;
	uint64_t hash = patience->seed ^ (uint64_t)who->addr.family << 48 ^ who->port;

	for (i = 0; i < len; i += 4) {
		uint32_t word;

		memcpy(&word, who->addr.bytes + i, sizeof(word));
		hash = mix(hash ^ word);
	}
	for (i = 0; i < PROBES; i++) {
		hash = mix(hash + 0x9e3779b97f4a7c15ull);
		probes[i] = hash % FILTER_BITS;
	}
}

static uint8_t *filter_of(const struct lvn_patience *patience, uint64_t span)
{
	return patience->bits + span % FILTERS * FILTER_BYTES;
}

/* Empty the filters of spans that began since the last call. */
static void turn(struct lvn_patience *patience, uint64_t span)
{
	if (span - patience->span > FILTERS)
		patience->span = span - FILTERS;
	while (patience->span < span)
		memset(filter_of(patience, ++patience->span), 0, FILTER_BYTES);
}

static bool is_in(const uint8_t *filter, const uint32_t probes[PROBES])
{
	unsigned int i;

	for (i = 0; i < PROBES; i++)
		if (!(filter[probes[i] / 8] >> probes[i] % 8 & 1))
			return false;
	return true;
}

bool lvn_patience_ask(struct lvn_patience *patience, const struct lvn_endpoint *who,
		      uint64_t now_ms)
{
	uint64_t span = now_ms / LVN_PATIENCE_MS + FILTERS;
	uint32_t probes[PROBES];
	bool has_waited = false;
	unsigned int i;
	uint8_t *now;

	if (!patience->bits) {
		patience->bits = calloc(FILTERS, FILTER_BYTES);
		patience->span = span;
	}
	if (!patience->bits)
		return false;
	turn(patience, span);
	probes_of(patience, who, probes);
	for (i = 1; i < FILTERS && !has_waited; i++)
		has_waited = is_in(filter_of(patience, span - i), probes);
	now = filter_of(patience, span);
	for (i = 0; i < PROBES; i++)
		now[probes[i] / 8] |= 1 << probes[i] % 8;
	return has_waited;
}
