/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often strangers are served: a rate for each network they come from, and one for all; and how
 * many of each network are here.
 */
#ifndef _LVN_SOURCE_H
#define _LVN_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/addr.h"
#include "lib/base/log.h"

/** Networks that are told apart; others share a bucket with one of them. */
#define LVN_SOURCES 1024

/**
 * struct lvn_sources - the buckets; of a fixed size, whoever asks
 * @buckets: a network's is found by its hash
 * @present: how many of each network are here, as told by lvn_sources_enter() and _leave()
 * @all: of all networks together
 * @seed: of the hash
 */
struct lvn_sources {
	struct lvn_ratelimit buckets[LVN_SOURCES];
	uint32_t present[LVN_SOURCES];
	struct lvn_ratelimit all;
	uint64_t seed;
};

/**
 * lvn_sources_init() - full buckets
 * @rate: answers a second to all
 * @source_rate: to each IPv4 /24 or IPv6 /48, twice as many at once
 * @seed: secret, so that nobody can choose whom to share a bucket with
 */
void lvn_sources_init(struct lvn_sources *sources, uint32_t rate, uint32_t source_rate,
		      uint64_t seed);

/** lvn_sources_set() - other rates; who is present stays */
void lvn_sources_set(struct lvn_sources *sources, uint32_t rate, uint32_t source_rate);

/** lvn_sources_take() - whether @addr may be answered at @now_ms, of any monotonic clock */
bool lvn_sources_take(struct lvn_sources *sources, const struct lvn_addr *addr, uint64_t now_ms);

/** lvn_sources_take_name() - the same for a text, where buckets are for names, not for networks */
bool lvn_sources_take_name(struct lvn_sources *sources, const char *name, uint64_t now_ms);

/** lvn_sources_number() - of the network of @addr, 1 to LVN_SOURCES */
uint32_t lvn_sources_number(const struct lvn_sources *sources, const struct lvn_addr *addr);

/** lvn_sources_same() - whether two addresses share a bucket */
bool lvn_sources_same(const struct lvn_sources *sources, const struct lvn_addr *a,
		      const struct lvn_addr *b);

/* Somebody came from @addr, or has left. */
void lvn_sources_enter(struct lvn_sources *sources, const struct lvn_addr *addr);
void lvn_sources_leave(struct lvn_sources *sources, const struct lvn_addr *addr);

/** lvn_sources_present() - how many are there of the network of @addr */
uint32_t lvn_sources_present(const struct lvn_sources *sources, const struct lvn_addr *addr);

#endif
