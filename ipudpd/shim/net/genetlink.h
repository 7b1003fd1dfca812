/* SPDX-License-Identifier: GPL-2.0-or-later */
/* As much of the kernel's generic netlink interfaces as the handlers need in user space. */
#ifndef _IPUDP_SHIM_GENETLINK_H
#define _IPUDP_SHIM_GENETLINK_H

#include <linux/genetlink.h>
#include <linux/types.h>
#include <net/netlink.h>

/** Bytes of a message about one object, as the kernel's NLMSG_GOODSIZE. */
#define GENLMSG_DEFAULT_SIZE 3776

/**
 * struct genl_family - a family; there is one
 * @name: its name
 * @id: its number
 */
struct genl_family {
	char name[GENL_NAMSIZ];
	uint16_t id;
};

/**
 * struct genl_info - a request
 * @snd_seq: its sequence number
 * @snd_portid: of the connection that it came by
 * @nlhdr: the message
 * @genlhdr: in it
 * @attrs: its attributes by type
 * @extack: for refusals
 * @sk: the connection
 */
struct genl_info {
	uint32_t snd_seq;
	uint32_t snd_portid;
	const struct nlmsghdr *nlhdr;
	struct genlmsghdr *genlhdr;
	struct nlattr **attrs;
	struct netlink_ext_ack *extack;
	struct connection *sk;
};

/**
 * struct genl_ops - what is done at a command
 * @doit: one request
 * @dumpit: as much of a list as fits; returns the bytes written, 0 at the end
 * @policy: of the attributes
 * @maxattr: largest attribute of @policy
 * @cmd: the command
 * @flags: GENL_UNS_ADMIN_PERM if only an administrator may
 */
struct genl_ops {
	int (*doit)(struct sk_buff *skb, struct genl_info *info);
	int (*dumpit)(struct sk_buff *skb, struct netlink_callback *cb);
	const struct nla_policy *policy;
	unsigned int maxattr;
	uint8_t cmd;
	uint8_t flags;
};

/**
 * struct genl_multicast_group - a group that may be subscribed to
 * @name: its name
 */
struct genl_multicast_group {
	char name[GENL_NAMSIZ];
};

/**
 * genlmsg_put() - start a message
 * Return: its header, NULL if it does not fit.
 */
void *genlmsg_put(struct sk_buff *skb, uint32_t portid, uint32_t seq,
		  const struct genl_family *family, int flags, uint8_t cmd);

/** genlmsg_end() - end the message that genlmsg_put() started */
void genlmsg_end(struct sk_buff *skb, void *header);

/** genlmsg_cancel() - take it out again */
void genlmsg_cancel(struct sk_buff *skb, void *header);

/** genlmsg_new() - room for messages, for nlmsg_free() or genlmsg_reply(); NULL without memory */
struct sk_buff *genlmsg_new(size_t size, gfp_t gfp);

/** nlmsg_free() - free it */
void nlmsg_free(struct sk_buff *msg);

/** genlmsg_reply() - send a message to who made a request, and free it. Return: 0 */
int genlmsg_reply(struct sk_buff *msg, struct genl_info *info);

#endif
