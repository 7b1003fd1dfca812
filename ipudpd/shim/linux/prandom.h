/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random numbers that are the same each time. For self-tests. */
#ifndef _IPUDP_SHIM_PRANDOM_H
#define _IPUDP_SHIM_PRANDOM_H

#include <linux/types.h>

/**
 * struct rnd_state - where they come from
 * @state: never 0
 */
struct rnd_state {
	u64 state;
};

static inline void prandom_seed_state(struct rnd_state *random, u64 seed)
{
	random->state = seed | 1;
}

/** prandom_u32_state() - the next one, by xorshift64* */
static inline u32 prandom_u32_state(struct rnd_state *random)
{
	random->state ^= random->state >> 12;
	random->state ^= random->state << 25;
	random->state ^= random->state >> 27;
	return random->state * 0x2545f4914f6cdd1dull >> 32;
}

#endif
