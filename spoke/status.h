/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the spoke is, as JSON (for programs) and as text (for people).
 */
#ifndef _LVN_STATUS_H
#define _LVN_STATUS_H

#include <stdio.h>

#include <jansson.h>

struct lvn_agent;

/** lvn_status_json() - the status as `lvn status --json` prints it; NULL without memory */
json_t *lvn_status_json(const struct lvn_agent *agent);

/** lvn_status_print() - write what lvn_status_json() gave for people */
void lvn_status_print(FILE *out, const json_t *status);

#endif
