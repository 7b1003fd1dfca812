// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Resolving the family by CTRL_CMD_GETFAMILY. To be asked is enough for the kernel to load a
 * module that has the family's alias.
 */

#include "genl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/ipudp.h>

#include "../base/cleanup.h"
#include "attr.h"
#include "error.h"
#include "msg.h"
#include "transport.h"

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

/* Takes over what the controller says: 1 when the answer is complete. */
static int take_answer(const struct nlmsghdr *nlh, struct ipudp_genl_family *family)
{
	struct ipudp_error error;
	int errnum;

	if (nlh->nlmsg_type == GENL_ID_CTRL)
		return ipudp_genl_parse(nlh, family);
	if (nlh->nlmsg_type != NLMSG_ERROR)
		return 0;
	errnum = ipudp_error_read(&error, nlh, NULL);
	if (errnum)
		return errnum == -ENOENT ? -EOPNOTSUPP : errnum;
	return family->id ? 1 : -EBADMSG;
}

int ipudp_genl_resolve(struct ipudp_transport *transport, struct ipudp_genl_family *family)
{
	_cleanup_(ipudp_msg_done) struct ipudp_msg msg = { 0 };
	_cleanup_free_ char *buffer = malloc(IPUDP_DATAGRAM_MAX);
	const uint32_t seq = 1;
	const struct nlmsghdr *nlh;
	size_t left;
	int ret;

	if (!buffer)
		return -ENOMEM;
	ret = ipudp_genl_ask(&msg, seq);
	if (!ret)
		ret = transport->ops->send(transport, IPUDP_CHANNEL_REQUEST, msg.data, msg.len);
	while (!ret) {
		ret = transport->ops->recv(transport, IPUDP_CHANNEL_REQUEST, buffer,
					   IPUDP_DATAGRAM_MAX, true);
		if (ret < 0)
			return ret;
		left = ret;
		ret = 0;
		for (nlh = (const void *)buffer; !ret && ipudp_msg_ok(nlh, left);
		     nlh = ipudp_msg_next(nlh, &left))
			if (nlh->nlmsg_seq == seq)
				ret = take_answer(nlh, family);
	}
	return ret < 0 ? ret : 0;
}
