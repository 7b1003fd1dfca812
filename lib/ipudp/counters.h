/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading the nests that devices, listeners and tunnels share: counters and drops. */
#ifndef _IPUDP_COUNTERS_H
#define _IPUDP_COUNTERS_H

#include <stdint.h>

struct ipudp_counters;
struct nlattr;

/** ipudp_counters_init() - all zero, ages never */
void ipudp_counters_init(struct ipudp_counters *counters);

/** ipudp_counters_get() - read a nest of counters; 0 or -EBADMSG */
int ipudp_counters_get(const struct nlattr *nest, struct ipudp_counters *counters);

/**
 * ipudp_drop_get() - read one drop reason with its count into @drops, which has
 * IPUDP_DROP_REASONS entries; one that is not known is skipped. Return: 0 or -EBADMSG.
 */
int ipudp_drop_get(const struct nlattr *nest, uint64_t *drops);

#endif
