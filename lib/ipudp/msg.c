// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Building netlink messages in a growing buffer. libmnl lays the attributes out; this file makes
 * room first, so that its unchecked functions cannot run over the end.
 */

#include "msg.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include <ipudp/ipudp.h>

/* The largest payload of an attribute, whose length has 16 bits. */
#define ATTR_PAYLOAD_MAX (UINT16_MAX - MNL_ATTR_HDRLEN)

/* Above this no data plane takes a message. */
#define MSG_SIZE_MAX ((size_t)16 << 20)

void ipudp_msg_done(struct ipudp_msg *msg)
{
	free(msg->data);
	*msg = (struct ipudp_msg){ 0 };
}

void ipudp_msg_reset(struct ipudp_msg *msg)
{
	msg->len = 0;
	msg->start = 0;
	msg->error = 0;
}

/* Makes room for @need more bytes; false if there is an error, old or new. */
static bool reserve(struct ipudp_msg *msg, size_t need)
{
	size_t size = msg->size ? msg->size : 4096;
	char *data;

	if (msg->error)
		return false;
	if (msg->size - msg->len >= need)
		return true;
	while (size - msg->len < need)
		size *= 2;
	if (size > MSG_SIZE_MAX) {
		msg->error = -EMSGSIZE;
		return false;
	}
	data = realloc(msg->data, size);
	if (!data) {
		msg->error = -ENOMEM;
		return false;
	}
	msg->data = data;
	msg->size = size;
	return true;
}

struct nlmsghdr *ipudp_msg_last(const struct ipudp_msg *msg)
{
	return (struct nlmsghdr *)(void *)(msg->data + msg->start);
}

void ipudp_msg_begin(struct ipudp_msg *msg, uint16_t type, uint8_t cmd, uint16_t flags,
		     uint32_t seq)
{
	struct genlmsghdr *genl;
	struct nlmsghdr *nlh;

	msg->error = 0;
	msg->start = msg->len;
	if (!reserve(msg, MNL_NLMSG_HDRLEN + GENL_HDRLEN))
		return;
	nlh = mnl_nlmsg_put_header(msg->data + msg->start);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = seq;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = IPUDP_FAMILY_VERSION;
	msg->len = msg->start + nlh->nlmsg_len;
}

int ipudp_msg_end(struct ipudp_msg *msg)
{
	int ret = msg->error;

	if (ret)
		msg->len = msg->start;
	msg->error = 0;
	return ret;
}

void ipudp_msg_put(struct ipudp_msg *msg, uint16_t attr, const void *data, size_t len)
{
	size_t size = MNL_ATTR_HDRLEN + MNL_ALIGN(len);
	struct nlmsghdr *nlh;

	if (len > ATTR_PAYLOAD_MAX && !msg->error)
		msg->error = -EMSGSIZE;
	if (!reserve(msg, size))
		return;
	/* libmnl leaves the padding; what was in the buffer is nobody's business. */
	memset(msg->data + msg->len + size - MNL_ALIGNTO, 0, MNL_ALIGNTO);
	nlh = ipudp_msg_last(msg);
	mnl_attr_put(nlh, attr, len, data);
	msg->len = msg->start + nlh->nlmsg_len;
}

void ipudp_msg_put_u8(struct ipudp_msg *msg, uint16_t attr, uint8_t value)
{
	ipudp_msg_put(msg, attr, &value, sizeof(value));
}

void ipudp_msg_put_u16(struct ipudp_msg *msg, uint16_t attr, uint16_t value)
{
	ipudp_msg_put(msg, attr, &value, sizeof(value));
}

void ipudp_msg_put_u32(struct ipudp_msg *msg, uint16_t attr, uint32_t value)
{
	ipudp_msg_put(msg, attr, &value, sizeof(value));
}

void ipudp_msg_put_be16(struct ipudp_msg *msg, uint16_t attr, uint16_t value)
{
	ipudp_msg_put_u16(msg, attr, htons(value));
}

void ipudp_msg_put_text(struct ipudp_msg *msg, uint16_t attr, const char *text)
{
	ipudp_msg_put(msg, attr, text, strlen(text) + 1);
}

void ipudp_msg_put_addr(struct ipudp_msg *msg, uint16_t attr, const struct ipudp_addr *addr)
{
	if (addr->family == AF_INET)
		ipudp_msg_put(msg, attr, &addr->v4, sizeof(addr->v4));
	else if (addr->family == AF_INET6)
		ipudp_msg_put(msg, attr, &addr->v6, sizeof(addr->v6));
	else
		ipudp_msg_put(msg, attr, "", 0);
}

size_t ipudp_msg_nest(struct ipudp_msg *msg, uint16_t attr)
{
	struct nlmsghdr *nlh;
	size_t nest = msg->len;

	if (!reserve(msg, MNL_ATTR_HDRLEN))
		return 0;
	nlh = ipudp_msg_last(msg);
	mnl_attr_nest_start(nlh, attr);
	msg->len = msg->start + nlh->nlmsg_len;
	return nest;
}

void ipudp_msg_nest_end(struct ipudp_msg *msg, size_t nest)
{
	if (!msg->error && msg->len - nest > UINT16_MAX)
		msg->error = -EMSGSIZE;
	if (!msg->error)
		mnl_attr_nest_end(ipudp_msg_last(msg), (void *)(msg->data + nest));
}

bool ipudp_msg_ok(const struct nlmsghdr *nlh, size_t left)
{
	return left >= sizeof(*nlh) && nlh->nlmsg_len >= sizeof(*nlh) && nlh->nlmsg_len <= left;
}

const struct nlmsghdr *ipudp_msg_next(const struct nlmsghdr *nlh, size_t *left)
{
	size_t step = MNL_ALIGN((size_t)nlh->nlmsg_len);

	if (step > *left)
		step = *left;
	*left -= step;
	return (const void *)((const char *)nlh + step);
}
