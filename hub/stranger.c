// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What strangers can put into the log: little.
 */
#include "hub/stranger.h"

#include "hub/hub.h"

bool hub_stranger_may_log(struct hub *hub)
{
	return lvn_ratelimit_take(&hub->stranger_log, lvn_clock_ms());
}
