// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Waiting between attempts. Sets no timers.
 */
#include "spoke/backoff.h"

#include <event2/util.h>

#define RETRY_AFTER_MAX_S 86400

void lvn_backoff_init(struct lvn_backoff *backoff, uint32_t base_ms, uint32_t max_ms)
{
	backoff->base_ms = base_ms;
	backoff->max_ms = max_ms < base_ms ? base_ms : max_ms;
	backoff->step_ms = 0;
}

void lvn_backoff_reset(struct lvn_backoff *backoff)
{
	backoff->step_ms = 0;
}

void lvn_backoff_longest(struct lvn_backoff *backoff)
{
	backoff->step_ms = backoff->max_ms;
}

uint32_t lvn_backoff_next(struct lvn_backoff *backoff)
{
	uint32_t step_ms = backoff->step_ms;

	if (!step_ms) {
		backoff->step_ms = backoff->base_ms;
		return lvn_random(backoff->base_ms + 1);
	}
	backoff->step_ms = step_ms > backoff->max_ms / 2 ? backoff->max_ms : step_ms * 2;
	return step_ms / 2 + lvn_random(step_ms - step_ms / 2 + 1);
}

uint32_t lvn_random(uint32_t below)
{
	uint64_t value;

	if (!below)
		return 0;
	evutil_secure_rng_get_bytes(&value, sizeof(value));
	return (uint32_t)(value % below);
}

uint32_t lvn_retry_after(uint32_t retry_after_s)
{
	uint32_t ms;

	if (retry_after_s > RETRY_AFTER_MAX_S)
		retry_after_s = RETRY_AFTER_MAX_S;
	ms = retry_after_s * 1000;
	return ms + lvn_random(ms + 1);
}
