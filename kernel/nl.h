/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the generic netlink family share beyond nl_common.h: whose a request is. */
#ifndef _IPUDP_NL_H
#define _IPUDP_NL_H

#include <net/genetlink.h>

#include "compat.h"
#include "nl_common.h"

struct ipudp_device;
struct ipudp_home;

/**
 * ipudp_nl_device_get() - the device that a request names, with its home locked
 * @attr_ifindex: attribute with the index
 * @attr_ifname: attribute with the name
 * @alive: whether its home must still exist
 *
 * Return: the device, to be given back by ipudp_nl_device_put(), or an ERR_PTR with a sentence.
 */
struct ipudp_device *ipudp_nl_device_get(struct genl_info *info, int attr_ifindex,
					 int attr_ifname, bool alive);

/** ipudp_nl_device_put() - unlock its home and let it go */
void ipudp_nl_device_put(struct ipudp_device *device);

/**
 * ipudp_nl_may_use_home() - whether the sender of a request may change the home of a device
 *
 * The home is another namespace than the sender's if the device was moved.
 */
bool ipudp_nl_may_use_home(const struct ipudp_device *device, struct sk_buff *request);

/** ipudp_nl_home() - lock the home of a request's namespace; to be unlocked by mutex_unlock() */
struct ipudp_home *ipudp_nl_home(struct genl_info *info);

/** ipudp_nl_dump_home() - the home of the namespace that a dump is of; not locked */
struct ipudp_home *ipudp_nl_dump_home(const struct sk_buff *msg);

/** ipudp_nl_dump_device() - as ipudp_nl_device_get(), of a dump, whether its home exists or not */
struct ipudp_device *ipudp_nl_dump_device(struct netlink_callback *cb, const struct sk_buff *msg,
					  int attr_ifindex, int attr_ifname);

/**
 * ipudp_nl_dump_device_next() - the device of ours with the smallest index at or behind @ifindex
 *
 * The order that dumps go by: it stays whatever comes and goes meanwhile. Return: not locked, for
 * ipudp_device_release(); NULL if there is none.
 */
struct ipudp_device *ipudp_nl_dump_device_next(const struct sk_buff *msg, long ifindex);

/**
 * ipudp_nl_dump_begin() - a dump goes on; for what has changed since, it was interrupted
 *
 * Context: under the lock of the home of what is listed, before any of it.
 */
void ipudp_nl_dump_begin(struct netlink_callback *cb, const struct sk_buff *msg);

/** ipudp_nl_dump_attrs() - the attributes of a dump's request, by type */
static inline struct nlattr **ipudp_nl_dump_attrs(struct netlink_callback *cb)
{
	return ipudp_compat_dump_attrs(cb);
}

/** ipudp_nl_dump_portid() - who asked for a dump */
static inline u32 ipudp_nl_dump_portid(const struct netlink_callback *cb)
{
	return NETLINK_CB(cb->skb).portid;
}

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

/** ipudp_nl_init() - register the family, at module load */
int ipudp_nl_init(void);

/** ipudp_nl_done() - unregister it */
void ipudp_nl_done(void);

#endif
