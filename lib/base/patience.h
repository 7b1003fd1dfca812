/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who asks again after a while. Under a flood with forged sources the few answers that there may be
 * go to the flood; but such a flood does not come back with the same source, and a client does.
 */
#ifndef _LVN_PATIENCE_H
#define _LVN_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/addr.h"

/** A repetition counts from one to two of these on, for three of them. */
#define LVN_PATIENCE_MS 1500

/**
 * struct lvn_patience - Bloom filters of those who asked, one for each span of time
 * @bits: four filters, NULL until somebody has asked; owned
 * @span: which span it is, counted from 0
 * @seed: of the hash
 */
struct lvn_patience {
	uint8_t *bits;
	uint64_t span;
	uint64_t seed;
};

/**
 * lvn_patience_init() - nobody has asked
 * @seed: secret, so that nobody can ask in the name of another
 */
void lvn_patience_init(struct lvn_patience *patience, uint64_t seed);

/** lvn_patience_destroy() - free what it has */
void lvn_patience_destroy(struct lvn_patience *patience);

/**
 * lvn_patience_ask() - note that @who asks at @now_ms, of any monotonic clock
 *
 * Needs 4 MiB from the first time on. Of a hundred thousand forged sources a second fewer than a
 * hundred are taken for one that has waited.
 *
 * Return: whether @who has asked before, and not just now; false without memory
 */
bool lvn_patience_ask(struct lvn_patience *patience, const struct lvn_endpoint *who,
		      uint64_t now_ms);

#endif
