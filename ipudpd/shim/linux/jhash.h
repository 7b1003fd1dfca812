/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hashes of words. Nobody else sees them, so they need not be the kernel's: MurmurHash3, 32 bits. */
#ifndef _IPUDP_SHIM_JHASH_H
#define _IPUDP_SHIM_JHASH_H

#include <linux/types.h>

/** jhash2() - the hash of @count words */
static inline u32 jhash2(const u32 *words, u32 count, u32 seed)
{
	u32 hash = seed, i;

	for (i = 0; i < count; i++) {
		u32 word = words[i] * 0xcc9e2d51;

		word = word << 15 | word >> 17;
		hash ^= word * 0x1b873593;
		hash = (hash << 13 | hash >> 19) * 5 + 0xe6546b64;
	}
	hash ^= count * sizeof(*words);
	hash = (hash ^ hash >> 16) * 0x85ebca6b;
	hash = (hash ^ hash >> 13) * 0xc2b2ae35;
	return hash ^ hash >> 16;
}

static inline u32 jhash_1word(u32 word, u32 seed)
{
	return jhash2(&word, 1, seed);
}

#endif
