// SPDX-License-Identifier: GPL-2.0-or-later
/* Why requests are refused. */

#include <net/genetlink.h>

#include "refusal.h"

/* Of no refusal has more attributes, and no sentence is longer: the compiler would say so. */
#define BLAMED_MAX 8
#define TEXT_MAX 80

/*
 * The text is in the structure, so that what an answer's sentence points to tells the refusal even
 * if two have the same.
 */
static const struct refusal {
	char text[TEXT_MAX];
	uint16_t blamed[BLAMED_MAX];
} refusals[] = {
#define REFUSAL(name, sentence, ...) \
	[IPUDP_REFUSAL_##name] = { .text = (sentence), .blamed = { __VA_ARGS__ } },
	IPUDP_REFUSALS(REFUSAL)
#undef REFUSAL
};

void ipudp_refuse_attr(struct netlink_ext_ack *extack, enum ipudp_refusal refusal,
		       const struct nlattr *attr)
{
	if (!extack)
		return;
	extack->_msg = refusals[refusal].text;
	if (attr)
		extack->bad_attr = attr;
}

/* Sets of the attributes of requests, by command. */
/* clang-format off */
static const uint8_t sets[] = {
#define COMMAND(command, set) \
	[command] = (set),
	IPUDP_COMMAND_SETS(COMMAND)
#undef COMMAND
};

/* clang-format on */

void ipudp_refusal_name_attr(struct genl_info *info)
{
	const struct netlink_ext_ack *extack = info->extack;
	uint8_t cmd = info->genlhdr->cmd;
	unsigned int set = cmd < ARRAY_SIZE(sets) ? sets[cmd] : 0;
	const struct refusal *refusal;
	const uint16_t *blamed;

	if (!extack || !extack->_msg || extack->bad_attr)
		return;
	for (refusal = refusals; refusal < refusals + ARRAY_SIZE(refusals); refusal++) {
		if (extack->_msg == refusal->text)
			break;
	}
	if (refusal == refusals + ARRAY_SIZE(refusals))
		return;
	for (blamed = refusal->blamed; *blamed; blamed++) {
		if (*blamed >> 8 == set && info->attrs[*blamed & 0xff]) {
			info->extack->bad_attr = info->attrs[*blamed & 0xff];
			return;
		}
	}
}
