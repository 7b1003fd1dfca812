/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What requests share in both data planes. Here an sk_buff is a netlink message. */
#ifndef _IPUDP_NL_COMMON_H
#define _IPUDP_NL_COMMON_H

#include <net/genetlink.h>
#include <uapi/linux/ipudp.h>

#include "addr.h"

struct ipudp_device;
struct ipudp_home;
struct ipudp_listener;
struct ipudp_listener_config;
struct ipudp_rule;
struct ipudp_rule_config;
struct ipudp_rule_target;
struct ipudp_tunnel;
struct ipudp_tunnel_config;

extern struct genl_family ipudp_nl_family;

/** ipudp_nl_dump_flags() - the flags of the next message of a dump */
int ipudp_nl_dump_flags(struct netlink_callback *cb);

/**
 * ipudp_nl_ip() - read an address
 * @family: receives AF_INET or AF_INET6
 * Return: 0 or -EINVAL with a sentence.
 */
int ipudp_nl_ip(const struct nlattr *attr, union ipudp_ip *ip, u16 *family,
		struct netlink_ext_ack *extack);

/** ipudp_nl_put_ip() - write an address; nothing for any. Return: 0 or -EMSGSIZE */
int ipudp_nl_put_ip(struct sk_buff *msg, int attrtype, const union ipudp_ip *ip, u16 family);

/**
 * ipudp_nl_put_drops() - write the reasons that occurred, each as a nest @attrtype
 * @drops: how many packets were lost, by reason
 * Return: 0 or -EMSGSIZE.
 */
int ipudp_nl_put_drops(struct sk_buff *msg, int attrtype, const u64 *drops);

/**
 * ipudp_nl_reply() - answer a request with a message
 * @msg: taken over
 * @ret: what writing it returned
 * Return: 0 or a negative errno.
 */
int ipudp_nl_reply(struct sk_buff *msg, int ret, struct genl_info *info);

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

/** ipudp_nl_rule_targets() - how many targets a rule has */
unsigned int ipudp_nl_rule_targets(const struct ipudp_rule *rule);

/*
 * Reading what a request or an event says of an object: 0 or a negative errno with a sentence.
 * ipudp_nl_tunnel_read() overlays it on @config, which holds the defaults or what is.
 */
int ipudp_nl_listener_read(struct nlattr **attrs, struct ipudp_listener_config *config,
			   struct netlink_ext_ack *extack);
int ipudp_nl_tunnel_read(struct nlattr **attrs, struct ipudp_tunnel_config *config,
			 struct netlink_ext_ack *extack);
int ipudp_nl_rule_read_prefix(struct genl_info *info, struct ipudp_rule_config *config);

/**
 * ipudp_nl_rule_read_targets() - read all targets of a rule; one needs no memory
 * @one: room for a single target
 * @config: receives the array, which is to be freed by ipudp_nl_rule_free_targets()
 * Return: 0 or a negative errno with a sentence.
 */
int ipudp_nl_rule_read_targets(struct genl_info *info, struct ipudp_rule_target *one,
			       struct ipudp_rule_config *config);

/** ipudp_nl_rule_free_targets() - free what ipudp_nl_rule_read_targets() needed */
void ipudp_nl_rule_free_targets(const struct ipudp_rule_target *one,
				const struct ipudp_rule_config *config);

#endif
