// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reading errors: the errno, the extended acknowledgement's sentence, and the attribute, which the
 * kernel names by its offset in the request or, where it is missing, by its type.
 */

#include "error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "attr.h"
#include "names.h"

/* The kernel's bound of errno values. */
#define ERRNO_MAX 4095

/* What an extended acknowledgement said beside the sentence. */
struct details {
	uint32_t offset;
	uint32_t missing;
	uint32_t missing_nest;
};

void ipudp_error_clear(struct ipudp_error *error)
{
	error->text[0] = 0;
	error->attr = NULL;
}

int ipudp_error_set(struct ipudp_error *error, int errnum, const char *attr, const char *text)
{
	snprintf(error->text, sizeof(error->text), "%s", text);
	error->attr = attr;
	return errnum;
}

static const struct ipudp_attr_name *command_attrs(const struct nlmsghdr *request)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(request);
	const struct ipudp_command_name *command = ipudp_commands;
	unsigned int i;

	for (i = 1; command->name; i++, command++)
		if (i == genl->cmd)
			return command->attrs;
	return NULL;
}

static const struct ipudp_attr_name *lookup_type(const struct ipudp_attr_name *set, uint32_t type)
{
	uint32_t i;

	for (i = 1; set && set->name; i++, set++)
		if (i == type)
			return set;
	return NULL;
}

/* The attribute at or around an offset in the request, the innermost that starts there. */
static const struct ipudp_attr_name *lookup_offset(const struct nlmsghdr *request, size_t offset)
{
	const char *target = (const char *)request + offset;
	const struct ipudp_attr_name *outer, *inner;
	const struct nlattr *attr, *nested;

	mnl_attr_for_each(attr, request, GENL_HDRLEN) {
		if (target < (const char *)attr || target >= (const char *)attr + attr->nla_len)
			continue;
		outer = lookup_type(command_attrs(request), mnl_attr_get_type(attr));
		if (!outer || !outer->nested)
			return outer;
		mnl_attr_for_each_nested(nested, attr) {
			if ((const char *)nested != target)
				continue;
			inner = lookup_type(outer->nested, mnl_attr_get_type(nested));
			return inner ? inner : outer;
		}
		return outer;
	}
	return NULL;
}

static const char *name_attr(const struct nlmsghdr *request, const struct details *details)
{
	const struct ipudp_attr_name *name = NULL, *nest;

	if (details->missing && details->missing_nest) {
		nest = lookup_offset(request, details->missing_nest);
		name = nest ? lookup_type(nest->nested, details->missing) : NULL;
	} else if (details->missing) {
		name = lookup_type(command_attrs(request), details->missing);
	} else if (details->offset) {
		name = lookup_offset(request, details->offset);
	}
	return name ? name->name : NULL;
}

static void read_details(struct ipudp_error *error, const void *data, size_t len,
			 struct details *ret)
{
	const struct nlattr *attr;

	mnl_attr_for_each_payload(data, len) {
		switch (mnl_attr_get_type(attr)) {
		case NLMSGERR_ATTR_MSG:
			snprintf(error->text, sizeof(error->text), "%.*s",
				 (int)mnl_attr_get_payload_len(attr),
				 (const char *)mnl_attr_get_payload(attr));
			break;
		case NLMSGERR_ATTR_OFFS:
			ipudp_attr_get_u32(attr, &ret->offset);
			break;
		case NLMSGERR_ATTR_MISS_TYPE:
			ipudp_attr_get_u32(attr, &ret->missing);
			break;
		case NLMSGERR_ATTR_MISS_NEST:
			ipudp_attr_get_u32(attr, &ret->missing_nest);
			break;
		}
	}
}

/* Where the attributes of an acknowledgement start in its payload; behind the end if it is bad. */
static size_t details_start(const struct nlmsghdr *answer)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(answer);

	if (answer->nlmsg_type == NLMSG_DONE)
		return MNL_ALIGN(sizeof(int));
	if (answer->nlmsg_flags & NLM_F_CAPPED || !err->error)
		return sizeof(*err);
	if (err->msg.nlmsg_len < sizeof(err->msg))
		return SIZE_MAX;
	return sizeof(*err) + MNL_ALIGN((size_t)err->msg.nlmsg_len) - sizeof(err->msg);
}

/* A sentence for what the kernel refuses without one. */
static void explain(struct ipudp_error *error, int errnum)
{
	if (error->text[0])
		return;
	if (errnum == -EPERM)
		ipudp_error_set(error, errnum, error->attr,
				"needs CAP_NET_ADMIN in the network namespace");
}

int ipudp_error_read(struct ipudp_error *error, const struct nlmsghdr *answer,
		     const struct nlmsghdr *request)
{
	size_t len = mnl_nlmsg_get_payload_len(answer), start;
	struct details details = { 0 };
	int errnum;

	ipudp_error_clear(error);
	if (len < (answer->nlmsg_type == NLMSG_DONE ? sizeof(int) : sizeof(struct nlmsgerr)))
		return ipudp_error_set(error, -EBADMSG, NULL, "malformed answer");
	memcpy(&errnum, mnl_nlmsg_get_payload(answer), sizeof(errnum));
	if (!errnum || (errnum > 0 && answer->nlmsg_type == NLMSG_DONE))
		return 0;
	if (errnum > 0 || errnum < -ERRNO_MAX)
		return ipudp_error_set(error, -EBADMSG, NULL, "malformed answer");

	start = details_start(answer);
	if (answer->nlmsg_flags & NLM_F_ACK_TLVS && start <= len) {
		read_details(error, (const char *)mnl_nlmsg_get_payload(answer) + start,
			     len - start, &details);
		if (request)
			error->attr = name_attr(request, &details);
	}
	explain(error, errnum);
	return errnum;
}
