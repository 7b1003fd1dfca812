// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The log, and the token bucket that keeps strangers from filling it.
 */
#include "log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "escape.h"

#define LINE_MAX_BYTES 1000

static enum lvn_log_level log_level = LVN_LOG_INFO;
static bool is_to_syslog;

static const struct {
	const char *name;
	enum lvn_log_level level;
} level_names[] = {
	{ "error", LVN_LOG_ERROR },
	{ "warning", LVN_LOG_WARNING },
	{ "info", LVN_LOG_INFO },
	{ "debug", LVN_LOG_DEBUG },
};

void lvn_log_set_level(enum lvn_log_level level)
{
	log_level = level;
}

int lvn_log_level_parse(const char *text, enum lvn_log_level *ret)
{
	size_t i;

	for (i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++) {
		if (strcmp(text, level_names[i].name) != 0)
			continue;
		*ret = level_names[i].level;
		return 0;
	}
	return -EINVAL;
}

bool lvn_log_is_on(enum lvn_log_level level)
{
	return level <= log_level;
}

void lvn_log_to_syslog(const char *name)
{
	openlog(name, LOG_PID | LOG_NDELAY, LOG_DAEMON);
	is_to_syslog = true;
}

void lvn_log(enum lvn_log_level level, const char *format, ...)
{
	char text[LINE_MAX_BYTES], line[LINE_MAX_BYTES + 8];
	size_t len = 0;
	va_list args;

	if (!lvn_log_is_on(level))
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);

	/* sd-daemon(3): the journal takes the level from this prefix */
	if (!is_to_syslog && getenv("JOURNAL_STREAM"))
		len = snprintf(line, sizeof(line), "<%d>", level);
	len += lvn_escape(text, line + len, sizeof(line) - len - 1);
	if (is_to_syslog) {
		syslog(level, "%.*s", (int)len, line);
		return;
	}
	line[len++] = '\n';
	/* there is nobody left to tell when even stderr fails */
	if (write(STDERR_FILENO, line, len) < 0)
		return;
}

void lvn_ratelimit_init(struct lvn_ratelimit *limit, uint32_t rate, uint32_t burst)
{
	*limit = (struct lvn_ratelimit){
		.rate = rate,
		.burst = burst,
		.tokens = burst * 1000ull,
	};
}

bool lvn_ratelimit_take(struct lvn_ratelimit *limit, uint64_t now_ms)
{
	uint64_t max = limit->burst * 1000ull;
	uint64_t passed = now_ms > limit->last_ms ? now_ms - limit->last_ms : 0;

	/* a bucket that rested this long is full, whatever its rate */
	if (passed > 1000 * 1000)
		limit->tokens = max;
	else
		limit->tokens += passed * limit->rate;
	if (limit->tokens > max)
		limit->tokens = max;
	limit->last_ms = now_ms;
	if (limit->tokens < 1000) {
		limit->missed++;
		return false;
	}
	limit->tokens -= 1000;
	return true;
}

uint64_t lvn_clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * 1000ull + now.tv_nsec / 1000000;
}
