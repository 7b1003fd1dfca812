// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Resolving the family by CTRL_CMD_GETFAMILY. To be asked is enough for the kernel to load a
 * module that has the family's alias.
 */

#include "genl.h"

#include <errno.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/ipudp.h>

#include "attr.h"
#include "msg.h"

int ipudp_genl_ask(struct ipudp_msg *msg, uint32_t seq)
{
	ipudp_msg_begin(msg, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, NLM_F_ACK, seq);
	ipudp_msg_put_text(msg, CTRL_ATTR_FAMILY_NAME, IPUDP_FAMILY_NAME);
	return ipudp_msg_end(msg);
}

static int parse_group(const struct nlattr *group, uint32_t *events)
{
	const struct nlattr *attr;
	bool is_events = false;
	uint32_t id = 0;

	mnl_attr_for_each_nested(attr, group) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_NAME)
			is_events = ipudp_attr_is_text(attr, IPUDP_MCGRP_EVENTS);
		else if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_ID &&
			 !ipudp_attr_get_u32(attr, &id))
			return -EBADMSG;
	}
	if (is_events)
		*events = id;
	return 0;
}

int ipudp_genl_parse(const struct nlmsghdr *nlh, struct ipudp_genl_family *ret)
{
	struct ipudp_genl_family family = { 0 };
	const struct nlattr *attr, *group;

	if (mnl_nlmsg_get_payload_len(nlh) < GENL_HDRLEN)
		return -EBADMSG;
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		switch (mnl_attr_get_type(attr)) {
		case CTRL_ATTR_FAMILY_ID:
			if (!ipudp_attr_get_u16(attr, &family.id))
				return -EBADMSG;
			break;
		case CTRL_ATTR_MCAST_GROUPS:
			mnl_attr_for_each_nested(group, attr)
				if (parse_group(group, &family.events))
					return -EBADMSG;
			break;
		}
	}
	if (family.id < NLMSG_MIN_TYPE)
		return -EBADMSG;
	*ret = family;
	return 0;
}
