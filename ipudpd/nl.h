/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The netlink family in user space: what its files share. Requests, answers, refusals and events
 * are those of the kernel module, byte for byte; only how they travel is different (server.h).
 */
#ifndef _IPUDP_NL_H
#define _IPUDP_NL_H

#include <linux/err.h>
#include <net/genetlink.h>

#include "nl_common.h"

struct connection;
struct ipudp_device;
struct ipudp_home;

/** The family's number, and that of its group of events, which CTRL_CMD_GETFAMILY tells. */
#define IPUDP_NL_FAMILY 0x1d
#define IPUDP_NL_EVENTS 0x1d

/** Bytes of a message about one object. */
#define IPUDP_NL_SIZE GENLMSG_DEFAULT_SIZE

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

/** ipudp_nl_home_of() - the home of a connection */
struct ipudp_home *ipudp_nl_home_of(const struct connection *connection);

/** ipudp_nl_home() - lock the home of a request; to be unlocked by mutex_unlock() */
struct ipudp_home *ipudp_nl_home(struct genl_info *info);

/**
 * ipudp_nl_device_get() - the device that a request names, with its home locked
 * @attr_ifindex: attribute with the index
 * @attr_ifname: attribute with the name
 * @alive: whether its home must still exist, which it does here
 *
 * Return: the device, to be given back by ipudp_nl_device_put(), or an ERR_PTR with a sentence.
 */
struct ipudp_device *ipudp_nl_device_get(struct genl_info *info, int attr_ifindex, int attr_ifname,
					 bool alive);

/** ipudp_nl_device_put() - unlock its home and let it go */
void ipudp_nl_device_put(struct ipudp_device *device);

/** ipudp_nl_may_use_home() - whether a request may change the home of a device: who sent it is of it */
static inline bool ipudp_nl_may_use_home(const struct ipudp_device *device,
					 const struct sk_buff *request)
{
	(void)device;
	(void)request;
	return true;
}

/** ipudp_nl_dump_home() - the home that a dump is of; not locked */
struct ipudp_home *ipudp_nl_dump_home(const struct sk_buff *msg);

/** ipudp_nl_dump_device() - as ipudp_nl_device_get(), of a dump */
struct ipudp_device *ipudp_nl_dump_device(struct netlink_callback *cb, const struct sk_buff *msg,
					  int attr_ifindex, int attr_ifname);

/**
 * ipudp_nl_dump_device_next() - the device with the smallest index at or behind @ifindex
 * Return: not locked, for ipudp_device_release(); NULL if there is none.
 */
struct ipudp_device *ipudp_nl_dump_device_next(const struct sk_buff *msg, long ifindex);

/** ipudp_nl_dump_begin() - a dump goes on; for what has changed since, it was interrupted */
void ipudp_nl_dump_begin(struct netlink_callback *cb, const struct sk_buff *msg);

/** ipudp_nl_dump_attrs() - the attributes of a dump's request, by type */
static inline struct nlattr **ipudp_nl_dump_attrs(struct netlink_callback *cb)
{
	return cb->attrs;
}

/** ipudp_nl_dump_portid() - who asked for a dump */
static inline uint32_t ipudp_nl_dump_portid(const struct netlink_callback *cb)
{
	return cb->portid;
}

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

/*
 * Doing again what an event in the journal says was done. @attrs are the event's.
 */
int ipudp_nl_device_restore(struct ipudp_home *home, struct nlattr **attrs, uint8_t cmd);
int ipudp_nl_listener_restore(struct ipudp_home *home, struct nlattr **attrs, uint8_t cmd);
int ipudp_nl_tunnel_restore(struct ipudp_home *home, struct nlattr **attrs, uint8_t cmd);
int ipudp_nl_rule_restore(struct ipudp_home *home, const struct nlmsghdr *nlh,
			  struct nlattr **attrs, uint8_t cmd);

#endif
