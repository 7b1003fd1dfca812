/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log of a daemon: to the journal with fields where that is where stderr goes, else lines on
 * stderr, or to syslog. Its level and its way are the globals that are allowed.
 */
#ifndef _LVN_LOG_H
#define _LVN_LOG_H

#include <stdbool.h>
#include <stdint.h>

/**
 * enum lvn_log_level - as of syslog
 * @LVN_LOG_NONE: only for lvn_log_set_level(): say nothing at all
 * @LVN_LOG_ERROR: the operator must act now
 * @LVN_LOG_WARNING: the operator should look
 * @LVN_LOG_INFO: something changed
 * @LVN_LOG_DEBUG: the rest
 */
enum lvn_log_level {
	LVN_LOG_NONE = 0,
	LVN_LOG_ERROR = 3,
	LVN_LOG_WARNING = 4,
	LVN_LOG_INFO = 6,
	LVN_LOG_DEBUG = 7,
};

/** lvn_log_set_level() - say nothing less important than @level */
void lvn_log_set_level(enum lvn_log_level level);

/** lvn_log_level_parse() - read "error", "warning", "info" or "debug"; -EINVAL if it is none */
int lvn_log_level_parse(const char *text, enum lvn_log_level *ret);

/** lvn_log_to_syslog() - from now on to syslog(3), as @name, which must stay */
void lvn_log_to_syslog(const char *name);

/** lvn_log_is_on() - whether messages of @level are printed at all */
bool lvn_log_is_on(enum lvn_log_level level);

/**
 * lvn_log() - write one line
 *
 * What is not printable is written as lvn_escape() does, so that a stranger's text cannot forge lines.
 * Lines longer than 1000 bytes are cut.
 */
void lvn_log(enum lvn_log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#define lvn_error(...) lvn_log(LVN_LOG_ERROR, __VA_ARGS__)
#define lvn_warning(...) lvn_log(LVN_LOG_WARNING, __VA_ARGS__)
#define lvn_info(...) lvn_log(LVN_LOG_INFO, __VA_ARGS__)
#define lvn_debug(...) lvn_log(LVN_LOG_DEBUG, __VA_ARGS__)

/**
 * struct lvn_ratelimit - a token bucket
 * @rate: tokens a second
 * @burst: most tokens it holds
 * @tokens: thousandths of tokens it has
 * @last_ms: when it was filled last
 * @missed: how often it was empty since it last was not
 */
struct lvn_ratelimit {
	uint32_t rate;
	uint32_t burst;
	uint64_t tokens;
	uint64_t last_ms;
	uint64_t missed;
};

/** lvn_ratelimit_init() - a full bucket */
void lvn_ratelimit_init(struct lvn_ratelimit *limit, uint32_t rate, uint32_t burst);

/** lvn_ratelimit_take() - whether there was a token left at @now_ms, of any monotonic clock */
bool lvn_ratelimit_take(struct lvn_ratelimit *limit, uint64_t now_ms);

/** lvn_clock_ms() - CLOCK_BOOTTIME in milliseconds: goes on while suspended, never jumps */
uint64_t lvn_clock_ms(void);

#endif
