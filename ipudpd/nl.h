/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The netlink family in user space: what its files share. Requests, answers, refusals and events
 * are those of the kernel module, byte for byte; only how they travel is different (server.h).
 */
#ifndef _IPUDP_NL_H
#define _IPUDP_NL_H

#include <net/genetlink.h>

#include <linux/ipudp.h>

#include "addr.h"

struct connection;
struct ipudp_device;
struct ipudp_home;
struct ipudp_listener;
struct ipudp_rule;
struct ipudp_tunnel;

/** The family's number, and that of its group of events, which CTRL_CMD_GETFAMILY tells. */
#define IPUDP_NL_FAMILY 0x1d
#define IPUDP_NL_EVENTS 0x1d

/** Bytes of a message about one object, as the kernel's NLMSG_GOODSIZE. */
#define IPUDP_NL_SIZE 3776

/** Bytes of a part of a list. */
#define IPUDP_NL_DUMP_SIZE 16384

/**
 * ipudp_nl_receive() - deal with one message of a client
 * @nlh: whole, its length is checked
 *
 * Sends the answers; a list is begun, and goes on by ipudp_nl_dump().
 */
void ipudp_nl_receive(struct connection *connection, const struct nlmsghdr *nlh);

/**
 * ipudp_nl_dump() - go on with the list that a connection waits for
 * Return: false when it is complete.
 */
bool ipudp_nl_dump(struct connection *connection);

/** ipudp_nl_dump_flags() - the flags of the next message of a list */
int ipudp_nl_dump_flags(struct netlink_callback *cb);

/** struct ipudp_dump - a list under way, in struct connection */
struct ipudp_dump {
	const struct genl_ops *ops;
	struct netlink_callback cb;
	struct nlmsghdr *request;
	struct nlattr **attrs;
};

/** ipudp_nl_dump_done() - forget a list */
void ipudp_nl_dump_done(struct ipudp_dump *dump);

/**
 * ipudp_nl_apply() - do what an accepted request says that was written to the journal
 * Return: 0 or a negative errno.
 */
int ipudp_nl_apply(struct ipudp_home *home, const struct nlmsghdr *nlh);

/** ipudp_nl_home() - the home of a request */
struct ipudp_home *ipudp_nl_home(const struct connection *connection);

/**
 * ipudp_nl_device_get() - the device that a request names
 * @attr_ifindex: attribute with the index
 * @attr_ifname: attribute with the name
 * Return: 0 or a negative errno with a sentence.
 */
int ipudp_nl_device_get(struct ipudp_home *home, struct nlattr **attrs, int attr_ifindex,
			int attr_ifname, struct netlink_ext_ack *extack, struct ipudp_device **ret);

/** ipudp_nl_ip() - read an address and its family; 0 or -EINVAL with a sentence */
int ipudp_nl_ip(const struct nlattr *attr, union ipudp_ip *ip, uint16_t *family,
		struct netlink_ext_ack *extack);

/** ipudp_nl_put_ip() - write an address; nothing for any */
int ipudp_nl_put_ip(struct sk_buff *msg, int attrtype, const union ipudp_ip *ip, uint16_t family);

/** ipudp_nl_put_drops() - write the reasons that occurred, each as a nest @attrtype */
int ipudp_nl_put_drops(struct sk_buff *msg, int attrtype, const uint64_t *drops);

/**
 * ipudp_nl_missing() - complain of an attribute that a request lacks, if it does
 * @what: a literal, its name in a sentence
 * Return: 0 or -EINVAL with a sentence.
 */
#define ipudp_nl_missing(info, attrtype, what) \
	((info)->attrs[attrtype] ?             \
		 0 :                           \
		 ipudp_nl_refuse_missing(info, attrtype, "the request lacks the " what))

/** ipudp_nl_refuse_missing() - see ipudp_nl_missing(); -EINVAL */
int ipudp_nl_refuse_missing(struct genl_info *info, uint32_t attrtype, const char *sentence);

/** ipudp_nl_send() - send a message to the client that made a request */
void ipudp_nl_send(const struct genl_info *info, const struct sk_buff *msg);

/*
 * Writing a whole message about an object; in nl_<object>.c. @cmd, @portid, @seq and @flags are
 * those of the message. Return: 0 or -EMSGSIZE.
 */
int ipudp_nl_device_fill(struct sk_buff *msg, struct ipudp_device *device, uint8_t cmd,
			 uint32_t portid, uint32_t seq, int flags);
int ipudp_nl_listener_fill(struct sk_buff *msg, const struct ipudp_listener *listener, uint8_t cmd,
			   uint32_t portid, uint32_t seq, int flags);
int ipudp_nl_tunnel_fill(struct sk_buff *msg, struct ipudp_tunnel *tunnel, uint8_t cmd,
			 uint32_t portid, uint32_t seq, int flags);

/**
 * ipudp_nl_rule_fill() - write a message about a rule, with as many targets as fit
 * @skip: how many targets to leave out at the beginning
 * Return: how many targets of the rule were written or left out so far, or -EMSGSIZE.
 */
int ipudp_nl_rule_fill(struct sk_buff *msg, const struct ipudp_device *device,
		       const struct ipudp_rule *rule, unsigned int skip, uint8_t cmd,
		       uint32_t portid, uint32_t seq, int flags);

/** ipudp_nl_rule_targets() - how many targets a rule has */
int ipudp_nl_rule_targets(const struct ipudp_rule *rule);

/*
 * Doing again what an event in the journal says was done; in nl_<object>.c. @attrs are the event's.
 */
int ipudp_nl_device_restore(struct ipudp_home *home, struct nlattr **attrs, uint8_t cmd);
int ipudp_nl_listener_restore(struct ipudp_home *home, struct nlattr **attrs, uint8_t cmd);
int ipudp_nl_tunnel_restore(struct ipudp_home *home, struct nlattr **attrs, uint8_t cmd);
int ipudp_nl_rule_restore(struct ipudp_home *home, const struct nlmsghdr *nlh,
			  struct nlattr **attrs, uint8_t cmd);

#endif
