/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bits of words. */
#ifndef _IPUDP_SHIM_BITOPS_H
#define _IPUDP_SHIM_BITOPS_H

#include <linux/types.h>

#define BIT(n) (1ul << (n))
#define BIT_ULL(n) (1ull << (n))

#define hweight32(word) ((unsigned int)__builtin_popcount(word))
#define hweight64(word) ((unsigned int)__builtin_popcountll(word))

/** fls64() - place of the highest bit that is set, from 1; 0 if there is none */
static inline unsigned int fls64(u64 word)
{
	return word ? 64 - __builtin_clzll(word) : 0;
}

/** __fls() - place of the highest bit that is set, from 0; there must be one */
static inline unsigned long __fls(unsigned long word)
{
	return 8 * sizeof(word) - 1 - __builtin_clzl(word);
}

#endif
