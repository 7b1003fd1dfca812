/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the vectors need, whatever they are of. */
#ifndef _FASTPATH_VECTORS_H
#define _FASTPATH_VECTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bpf_map;
struct fast;

/** sum() - one's complement sum after @start, to be complemented for a checksum (RFC 1071) */
uint32_t sum(const void *data, size_t len, uint32_t start);

/** checksum() - of a sum, in network byte order */
uint16_t checksum(uint32_t value);

/** since_6_3() - whether the kernel takes IPv4 out of IPv6 and the other way round at once */
bool since_6_3(void);

/**
 * load_fast() - the programs of the fast path; skips the test without the right to load them
 * @any_family: as the kernel is, or false for what is done on older ones
 *
 * Return: what fast__destroy() frees.
 */
struct fast *load_fast(bool any_family);

/** put_map() - an entry of a table */
void put_map(const struct bpf_map *map, const void *key, const void *value);

#endif
