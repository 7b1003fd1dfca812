/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the broker counts, for lvnctl and for Prometheus.
 */
#ifndef _BROKER_STATS_H
#define _BROKER_STATS_H

#include <stdint.h>

#include "broker/broker.h"

#define BROKER_REASONS (BROKER_FAILED + 1)
#define BROKER_REFUSALS 8

/** broker_refusal_names - codes of refusals that are counted; the last one is for all others */
extern const char *const broker_refusal_names[BROKER_REFUSALS];

/**
 * struct broker_stats - totals since start, but for those marked now
 * @leases: now
 * @sessions: now
 * @bindings: now, those with tunnels
 * @addresses_used: now, in all pools
 * @addresses_size: now
 * @prefixes_used: now, of delegations
 * @prefixes_size: now
 * @begun: sessions that began
 * @resumed: that were resumed
 * @renewed: renewals
 * @refused: requests refused, in the order of broker_refusal_names
 * @adopted: sessions taken over at the start
 * @ended: sessions that ended, by reason
 * @made: tunnels made
 * @moved: tunnels moved to another mapping
 * @lost: tunnels removed, by reason
 * @dataplane_errors: requests that the data plane refused
 * @store_errors: writes that the store refused
 */
struct broker_stats {
	uint64_t leases;
	uint64_t sessions;
	uint64_t bindings;
	uint64_t addresses_used;
	uint64_t addresses_size;
	uint64_t prefixes_used;
	uint64_t prefixes_size;
	uint64_t begun;
	uint64_t resumed;
	uint64_t renewed;
	uint64_t refused[BROKER_REFUSALS];
	uint64_t adopted;
	uint64_t ended[BROKER_REASONS];
	uint64_t made;
	uint64_t moved;
	uint64_t lost[BROKER_REASONS];
	uint64_t dataplane_errors;
	uint64_t store_errors;
};

/** broker_stats_get() - read them */
void broker_stats_get(const struct broker *broker, struct broker_stats *ret);

#endif
