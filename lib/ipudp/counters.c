// SPDX-License-Identifier: LGPL-2.1-or-later
/* Reading counters and drops. */

#include "counters.h"

#include <errno.h>
#include <stddef.h>

#include <libmnl/libmnl.h>

#include <ipudp/ipudp.h>

#include "attr.h"

_Static_assert(IPUDP_DROP_REASON_MAX < IPUDP_DROP_REASONS, "no room for all drop reasons");

#define FIELD(NAME, name) \
	[IPUDP_A_COUNTERS_##NAME] = offsetof(struct ipudp_counters, name) + 1

/* Offset + 1 of the member of each attribute; 0 where there is none. */
static const size_t fields[IPUDP_A_COUNTERS_MAX + 1] = {
	FIELD(RX_PACKETS, rx_packets),
	FIELD(RX_BYTES, rx_bytes),
	FIELD(TX_PACKETS, tx_packets),
	FIELD(TX_BYTES, tx_bytes),
	FIELD(RX_DROPPED, rx_dropped),
	FIELD(TX_DROPPED, tx_dropped),
	FIELD(RX_KEEPALIVES, rx_keepalives),
	FIELD(TX_KEEPALIVES, tx_keepalives),
	FIELD(RX_FRAMES, rx_frames),
	FIELD(TX_FRAMES, tx_frames),
	FIELD(RX_AGE_MS, rx_age_ms),
	FIELD(TX_AGE_MS, tx_age_ms),
};

void ipudp_counters_init(struct ipudp_counters *counters)
{
	*counters = (struct ipudp_counters) { .rx_age_ms = UINT64_MAX, .tx_age_ms = UINT64_MAX };
}

int ipudp_counters_get(const struct nlattr *nest, struct ipudp_counters *counters)
{
	const struct nlattr *attr;
	uint16_t type;

	mnl_attr_for_each_nested(attr, nest) {
		type = mnl_attr_get_type(attr);
		if (type > IPUDP_A_COUNTERS_MAX || !fields[type])
			continue;
		if (!ipudp_attr_get_u64(attr, (void *)((char *)counters + fields[type] - 1)))
			return -EBADMSG;
	}
	return 0;
}

int ipudp_drop_get(const struct nlattr *nest, uint64_t *drops)
{
	uint32_t reason = UINT32_MAX;
	const struct nlattr *attr;
	uint64_t count = 0;

	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) == IPUDP_A_DROP_REASON) {
			if (!ipudp_attr_get_u32(attr, &reason))
				return -EBADMSG;
		} else if (mnl_attr_get_type(attr) == IPUDP_A_DROP_COUNT) {
			if (!ipudp_attr_get_u64(attr, &count))
				return -EBADMSG;
		}
	}
	if (reason < IPUDP_DROP_REASONS)
		drops[reason] = count;
	return 0;
}
