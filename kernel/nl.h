/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the generic netlink family share. */
#ifndef _IPUDP_NL_H
#define _IPUDP_NL_H

#include <net/genetlink.h>
#include <uapi/linux/ipudp.h>

#include "addr.h"
#include "stats.h"

struct ipudp_device;
struct ipudp_home;
struct ipudp_listener;
struct ipudp_rule;
struct ipudp_tunnel;

extern struct genl_family ipudp_nl_family;

/**
 * ipudp_nl_device_get() - the device that a request names, with its home locked
 * @attr_ifindex: attribute with the index
 * @attr_ifname: attribute with the name
 * @alive: whether its home must still exist
 *
 * Return: the device, to be given back by ipudp_nl_device_put(), or an ERR_PTR with a sentence.
 */
struct ipudp_device *ipudp_nl_device_get(struct net *net, struct nlattr **attrs, int attr_ifindex,
					 int attr_ifname, bool alive,
					 struct netlink_ext_ack *extack);

/**
 * ipudp_nl_device_next() - the device of ours with the smallest index at or behind @ifindex
 *
 * The order that dumps go by: it stays whatever comes and goes meanwhile. Return: with a
 * reference; NULL if there is none.
 */
struct net_device *ipudp_nl_device_next(struct net *net, long ifindex);

/** ipudp_nl_device_put() - unlock its home and let it go */
void ipudp_nl_device_put(struct ipudp_device *device);

/**
 * ipudp_nl_may_use_home() - whether the sender of a request may change the home of a device
 *
 * The home is another namespace than the sender's if the device was moved.
 */
bool ipudp_nl_may_use_home(const struct ipudp_device *device, struct sk_buff *skb);

/**
 * ipudp_nl_dump_begin() - a dump goes on; for what has changed since, it was interrupted
 *
 * Context: under the lock of the home of what is listed, before any of it.
 */
void ipudp_nl_dump_begin(struct netlink_callback *cb, struct net *net);

/** ipudp_nl_dump_flags() - the flags of the next message of a dump */
int ipudp_nl_dump_flags(struct netlink_callback *cb);

/** ipudp_nl_home() - lock the home of a request's namespace; to be unlocked by mutex_unlock() */
struct ipudp_home *ipudp_nl_home(struct genl_info *info);

/**
 * ipudp_nl_ip() - read an address
 * @family: receives AF_INET or AF_INET6
 * Return: 0 or -EINVAL with a sentence.
 */
int ipudp_nl_ip(const struct nlattr *attr, union ipudp_ip *ip, u16 *family,
		struct netlink_ext_ack *extack);

/** ipudp_nl_put_ip() - write an address; nothing for any. Return: 0 or -EMSGSIZE */
int ipudp_nl_put_ip(struct sk_buff *msg, int attrtype, const union ipudp_ip *ip, u16 family);

/** ipudp_nl_put_drops() - write the reasons that occurred, each as a nest @attrtype */
int ipudp_nl_put_drops(struct sk_buff *msg, int attrtype,
		       const struct ipudp_drop_stats __percpu *stats);

/**
 * ipudp_nl_missing() - complain of an attribute that a request lacks, if it does
 * @what: a literal, its name in a sentence
 * Return: 0 or -EINVAL with a sentence.
 */
#define ipudp_nl_missing(info, attrtype, what) ({					\
	int __missing = (info)->attrs[attrtype] ? 0 : -EINVAL;				\
											\
	if (__missing) {								\
		ipudp_compat_attr_miss(info, attrtype);					\
		NL_SET_ERR_MSG((info)->extack, "the request lacks the " what);		\
	}										\
	__missing;									\
})

/*
 * Writing a whole message about an object; in nl_<object>.c. @cmd, @portid, @seq and @flags are
 * those of the message. Return: 0 or -EMSGSIZE. Under home->lock.
 */
int ipudp_nl_device_fill(struct sk_buff *msg, struct ipudp_device *device, u8 cmd, u32 portid,
			 u32 seq, int flags);
int ipudp_nl_listener_fill(struct sk_buff *msg, const struct ipudp_listener *listener, u8 cmd,
			   u32 portid, u32 seq, int flags);
int ipudp_nl_tunnel_fill(struct sk_buff *msg, struct ipudp_tunnel *tunnel, u8 cmd, u32 portid,
			 u32 seq, int flags);

/**
 * ipudp_nl_rule_fill() - write a message about a rule, with as many targets as fit
 * @skip: how many targets to leave out at the beginning
 * Return: how many targets of the rule were written or left out so far, or -EMSGSIZE.
 */
int ipudp_nl_rule_fill(struct sk_buff *msg, const struct ipudp_device *device,
		       const struct ipudp_rule *rule, unsigned int skip, u8 cmd, u32 portid,
		       u32 seq, int flags);

/** ipudp_nl_init() - register the family, at module load */
int ipudp_nl_init(void);

/** ipudp_nl_done() - unregister it */
void ipudp_nl_done(void);

#endif
