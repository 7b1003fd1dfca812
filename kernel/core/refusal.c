// SPDX-License-Identifier: GPL-2.0-or-later
/* Why requests are refused. */

#include <net/genetlink.h>

#include "refusal.h"

/* Of no refusal has more attributes, and no sentence is longer: the compiler would say so. */
#define BLAMED_MAX 8
#define TEXT_MAX 96

/*
 * The text is in the structure, so that what an answer's sentence points to tells the refusal even
 * if two have the same.
 */
static const struct refusal {
	char text[TEXT_MAX];
	u16 blamed[BLAMED_MAX];
} refusals[] = {
#define REFUSAL(name, sentence, ...)                                                               \
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

/* The set of attributes that requests of a command have. */
static const u8 command_sets[] = {
#define COMMAND(command, set)                                                                      \
	[command] = (set),
	IPUDP_COMMAND_SETS(COMMAND)
#undef COMMAND
};

void ipudp_refusal_name_attr(struct genl_info *info)
{
	const struct netlink_ext_ack *extack = info->extack;
	u8 cmd = info->genlhdr->cmd;
	const struct refusal *refusal;
	const u16 *blamed;

	if (!extack || !extack->_msg || extack->bad_attr || cmd >= ARRAY_SIZE(command_sets))
		return;
	for (refusal = refusals; refusal < refusals + ARRAY_SIZE(refusals); refusal++) {
		if (extack->_msg == refusal->text)
			break;
	}
	if (refusal == refusals + ARRAY_SIZE(refusals))
		return;
	for (blamed = refusal->blamed; *blamed; blamed++) {
		if (*blamed >> 8 == command_sets[cmd] && info->attrs[*blamed & 0xff]) {
			info->extack->bad_attr = info->attrs[*blamed & 0xff];
			return;
		}
	}
}
