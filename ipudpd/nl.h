/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The netlink family in user space: what its files share. Requests, answers, refusals and events
 * are those of the kernel module, byte for byte; only how they travel is different (server.h).
 */
#ifndef _IPUDPD_NL_H
#define _IPUDPD_NL_H

#include <net/genetlink.h>

#include <linux/ipudp.h>

#include "addr.h"

struct connection;
struct ipudpd_device;
struct ipudpd_home;
struct ipudpd_listener;
struct ipudpd_rule;
struct ipudpd_tunnel;

/** The family's number, and that of its group of events, which CTRL_CMD_GETFAMILY tells. */
#define IPUDPD_NL_FAMILY 0x1d
#define IPUDPD_NL_EVENTS 0x1d

/** Bytes of a message about one object, as the kernel's NLMSG_GOODSIZE. */
#define IPUDPD_NL_SIZE 3776

/** Bytes of a part of a list. */
#define IPUDPD_NL_DUMP_SIZE 16384

/**
 * ipudpd_nl_receive() - deal with one message of a client
 * @nlh: whole, its length is checked
 *
 * Sends the answers; a list is begun, and goes on by ipudpd_nl_dump().
 */
void ipudpd_nl_receive(struct connection *connection, const struct nlmsghdr *nlh);

/**
 * ipudpd_nl_dump() - go on with the list that a connection waits for
 * Return: false when it is complete.
 */
bool ipudpd_nl_dump(struct connection *connection);

/** ipudpd_nl_dump_flags() - the flags of the next message of a list */
int ipudpd_nl_dump_flags(struct netlink_callback *cb);

/** struct ipudpd_dump - a list under way, in struct connection */
struct ipudpd_dump {
	const struct genl_ops *ops;
	struct netlink_callback cb;
	struct nlmsghdr *request;
	struct nlattr **attrs;
};

/** ipudpd_nl_dump_done() - forget a list */
void ipudpd_nl_dump_done(struct ipudpd_dump *dump);

/**
 * ipudpd_nl_apply() - do what an accepted request says that was written to the journal
 * Return: 0 or a negative errno.
 */
int ipudpd_nl_apply(struct ipudpd_home *home, const struct nlmsghdr *nlh);

/** ipudpd_nl_home() - the home of a request */
struct ipudpd_home *ipudpd_nl_home(const struct connection *connection);

/**
 * ipudpd_nl_device_get() - the device that a request names
 * @attr_ifindex: attribute with the index
 * @attr_ifname: attribute with the name
 * Return: 0 or a negative errno with a sentence.
 */
int ipudpd_nl_device_get(struct ipudpd_home *home, struct nlattr **attrs, int attr_ifindex,
			 int attr_ifname, struct netlink_ext_ack *extack,
			 struct ipudpd_device **ret);

/** ipudpd_nl_ip() - read an address and its family; 0 or -EINVAL with a sentence */
int ipudpd_nl_ip(const struct nlattr *attr, union ipudpd_ip *ip, uint16_t *family,
		 struct netlink_ext_ack *extack);

/** ipudpd_nl_put_ip() - write an address; nothing for any */
int ipudpd_nl_put_ip(struct sk_buff *msg, int attrtype, const union ipudpd_ip *ip, uint16_t family);

/** ipudpd_nl_put_drops() - write the reasons that occurred, each as a nest @attrtype */
int ipudpd_nl_put_drops(struct sk_buff *msg, int attrtype, const uint64_t *drops);

/**
 * ipudpd_nl_missing() - complain of an attribute that a request lacks, if it does
 * @what: a literal, its name in a sentence
 * Return: 0 or -EINVAL with a sentence.
 */
#define ipudpd_nl_missing(info, attrtype, what) \
	((info)->attrs[attrtype] ?              \
		 0 :                            \
		 ipudpd_nl_refuse_missing(info, attrtype, "the request lacks the " what))

/** ipudpd_nl_refuse_missing() - see ipudpd_nl_missing(); -EINVAL */
int ipudpd_nl_refuse_missing(struct genl_info *info, uint32_t attrtype, const char *sentence);

/** ipudpd_nl_send() - send a message to the client that made a request */
void ipudpd_nl_send(const struct genl_info *info, const struct sk_buff *msg);

/*
 * Writing a whole message about an object; in nl_<object>.c. @cmd, @portid, @seq and @flags are
 * those of the message. Return: 0 or -EMSGSIZE.
 */
int ipudpd_nl_device_fill(struct sk_buff *msg, struct ipudpd_device *device, uint8_t cmd,
			  uint32_t portid, uint32_t seq, int flags);
int ipudpd_nl_listener_fill(struct sk_buff *msg, const struct ipudpd_listener *listener,
			    uint8_t cmd, uint32_t portid, uint32_t seq, int flags);
int ipudpd_nl_tunnel_fill(struct sk_buff *msg, struct ipudpd_tunnel *tunnel, uint8_t cmd,
			  uint32_t portid, uint32_t seq, int flags);

/**
 * ipudpd_nl_rule_fill() - write a message about a rule, with as many targets as fit
 * @skip: how many targets to leave out at the beginning
 * Return: how many targets of the rule were written or left out so far, or -EMSGSIZE.
 */
int ipudpd_nl_rule_fill(struct sk_buff *msg, const struct ipudpd_device *device,
			const struct ipudpd_rule *rule, unsigned int skip, uint8_t cmd,
			uint32_t portid, uint32_t seq, int flags);

/** ipudpd_nl_rule_targets() - how many targets a rule has */
int ipudpd_nl_rule_targets(const struct ipudpd_rule *rule);

/*
 * Doing again what an event in the journal says was done; in nl_<object>.c. @attrs are the event's.
 */
int ipudpd_nl_device_restore(struct ipudpd_home *home, struct nlattr **attrs, uint8_t cmd);
int ipudpd_nl_listener_restore(struct ipudpd_home *home, struct nlattr **attrs, uint8_t cmd);
int ipudpd_nl_tunnel_restore(struct ipudpd_home *home, struct nlattr **attrs, uint8_t cmd);
int ipudpd_nl_rule_restore(struct ipudpd_home *home, const struct nlmsghdr *nlh,
			   struct nlattr **attrs, uint8_t cmd);

#endif
