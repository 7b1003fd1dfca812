// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The clock of a machine that has just been switched on and has no battery: to be preloaded. Times
 * that pass are right, the day is the first of 1970.
 */
#include <dlfcn.h>
#include <stddef.h>
#include <sys/time.h>
#include <time.h>

static time_t uptime(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec % 86400;
}

time_t time(time_t *ret)
{
	time_t now = uptime();

	if (ret)
		*ret = now;
	return now;
}

int gettimeofday(struct timeval *ret, void *zone)
{
	(void)zone;
	*ret = (struct timeval){ .tv_sec = uptime() };
	return 0;
}

int clock_gettime(clockid_t clock, struct timespec *ret)
{
	static __typeof__(clock_gettime) *next;
	int r;

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "clock_gettime");
	r = next(clock, ret);
	if (!r && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		ret->tv_sec = uptime();
	return r;
}
