/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long to wait before the next attempt: exponential, bounded, random (docs/protocol/lvn.md
 * section 4).
 */
#ifndef _LVN_BACKOFF_H
#define _LVN_BACKOFF_H

#include <stdint.h>

/**
 * struct lvn_backoff - state of one series of attempts
 * @base_ms: the first step
 * @max_ms: no step is longer
 * @step_ms: the next step, 0 before the first attempt failed
 */
struct lvn_backoff {
	uint32_t base_ms;
	uint32_t max_ms;
	uint32_t step_ms;
};

/** lvn_backoff_init() - as after a success */
void lvn_backoff_init(struct lvn_backoff *backoff, uint32_t base_ms, uint32_t max_ms);

/** lvn_backoff_reset() - the attempt succeeded and lasted */
void lvn_backoff_reset(struct lvn_backoff *backoff);

/** lvn_backoff_longest() - the next step is the longest one */
void lvn_backoff_longest(struct lvn_backoff *backoff);

/**
 * lvn_backoff_next() - an attempt failed
 *
 * Return: milliseconds to wait: 0 to the base at first, then half to all of a step that doubles.
 */
uint32_t lvn_backoff_next(struct lvn_backoff *backoff);

/** lvn_random() - uniformly 0 to @below - 1; 0 if @below is 0. Not for keys */
uint32_t lvn_random(uint32_t below);

/** lvn_retry_after() - what the hub asked for, plus a random part of up to as much again */
uint32_t lvn_retry_after(uint32_t retry_after_s);

#endif
