// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The states of an identity, as a table (docs/protocol/lvn.md section 3). All changes of
 * lease->state go through here; what cannot happen is a bug, refused and told.
 */
#include <errno.h>

#include "broker/private.h"

#define NEVER -1

static const int next_state[][4] = {
	/*			BEGIN		BIND		UNBIND		END */
	[BROKER_GRACE] = { BROKER_LEASED, NEVER, NEVER, NEVER },
	[BROKER_LEASED] = { NEVER, BROKER_BOUND, NEVER, BROKER_GRACE },
	[BROKER_BOUND] = { NEVER, NEVER, BROKER_LEASED, NEVER },
};

static const char *const state_names[] = {
	[BROKER_GRACE] = "grace",
	[BROKER_LEASED] = "leased",
	[BROKER_BOUND] = "bound",
};

static const char *const reason_names[] = {
	[BROKER_EXIT] = "exit",	      [BROKER_EXPIRED] = "expired",
	[BROKER_KICKED] = "kicked",   [BROKER_DENIED] = "denied",
	[BROKER_REVOKED] = "revoked", [BROKER_REPLACED] = "replaced",
	[BROKER_TIMEOUT] = "timeout", [BROKER_RELEASED] = "released",
	[BROKER_TAKEN] = "taken",     [BROKER_FAILED] = "failed",
};

const char *broker_state_name(enum broker_state state)
{
	return state_names[state];
}

const char *broker_reason_name(enum broker_reason reason)
{
	return reason_names[reason];
}

int broker_state_change(struct broker_lease *lease, enum broker_event event)
{
	int next = next_state[lease->state][event];

	if (next == NEVER) {
		lvn_error("%s: event %d in state %s", lease->identity, event,
			  state_names[lease->state]);
		return -EINVAL;
	}
	lvn_debug("%s: %s, then %s", lease->identity, state_names[lease->state], state_names[next]);
	lease->state = next;
	return 0;
}
