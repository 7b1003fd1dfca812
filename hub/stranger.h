/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bounding what strangers can put into the log.
 */
#ifndef _HUB_STRANGER_H
#define _HUB_STRANGER_H

#include <stdbool.h>

struct hub;

/** hub_stranger_may_log() - whether something a stranger caused may be logged now */
bool hub_stranger_may_log(struct hub *hub);

#endif
