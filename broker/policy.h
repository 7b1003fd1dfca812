/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who is allowed: the lists of the configuration, and those that lvnctl changes and the store
 * remembers.
 */
#ifndef _BROKER_POLICY_H
#define _BROKER_POLICY_H

#include <stdbool.h>

struct broker;

/** broker_policy_set() - allow or deny a pattern; ends the sessions that are no longer allowed */
int broker_policy_set(struct broker *broker, const char *pattern, bool is_allowed);

/** broker_policy_clear() - forget the entry; -ENOENT if there is none */
int broker_policy_clear(struct broker *broker, const char *pattern);

/** broker_policy_enforce() - end the sessions that are not allowed, or not any more */
void broker_policy_enforce(struct broker *broker);

/** typedef broker_policy_fn - sees one entry */
typedef void broker_policy_fn(void *arg, const char *pattern, bool is_allowed);

/** broker_policy_list() - call @fn for each entry */
void broker_policy_list(const struct broker *broker, broker_policy_fn *fn, void *arg);

#endif
