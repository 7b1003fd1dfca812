/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/ipudp.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_IPUDP_GEN_H
#define _LINUX_IPUDP_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/ipudp.h>

/* Common nested types */
extern const struct nla_policy ipudp_target_nl_policy[IPUDP_A_TARGET_WEIGHT + 1];

extern const struct nla_policy ipudp_dev_get_nl_policy[IPUDP_A_DEVICE_IFNAME + 1];

extern const struct nla_policy ipudp_dev_new_nl_policy[IPUDP_A_DEVICE_FAST_PATH + 1];

extern const struct nla_policy ipudp_dev_set_nl_policy[IPUDP_A_DEVICE_FAST_PATH + 1];

extern const struct nla_policy ipudp_dev_del_nl_policy[IPUDP_A_DEVICE_IFNAME + 1];

extern const struct nla_policy ipudp_listener_get_nl_policy[IPUDP_A_LISTENER_ID + 1];

extern const struct nla_policy ipudp_listener_new_nl_policy[IPUDP_A_LISTENER_BIND_IFINDEX + 1];

extern const struct nla_policy ipudp_listener_del_nl_policy[IPUDP_A_LISTENER_ID + 1];

extern const struct nla_policy ipudp_tunnel_get_nl_policy[IPUDP_A_TUNNEL_LISTENER + 1];

extern const struct nla_policy ipudp_tunnel_new_nl_policy[IPUDP_A_TUNNEL_IDLE_MS + 1];

extern const struct nla_policy ipudp_tunnel_set_nl_policy[IPUDP_A_TUNNEL_IDLE_MS + 1];

extern const struct nla_policy ipudp_tunnel_del_nl_policy[IPUDP_A_TUNNEL_ID + 1];

extern const struct nla_policy ipudp_rule_get_nl_policy[IPUDP_A_RULE_TUNNEL + 1];

extern const struct nla_policy ipudp_rule_new_nl_policy[IPUDP_A_RULE_EXISTS + 1];

extern const struct nla_policy ipudp_rule_del_nl_policy[IPUDP_A_RULE_TARGET + 1];

extern const struct nla_policy ipudp_frame_register_nl_policy[IPUDP_A_FRAME_CLASS + 1];

extern const struct nla_policy ipudp_frame_unregister_nl_policy[IPUDP_A_FRAME_CLASS + 1];

extern const struct nla_policy ipudp_frame_send_nl_policy[IPUDP_A_FRAME_PAYLOAD + 1];

/* Ops table for ipudp */
extern const struct genl_ops ipudp_nl_ops[17];

int ipudp_nl_dev_get_doit(struct sk_buff *skb, struct genl_info *info);
int ipudp_nl_dev_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int ipudp_nl_dev_new_doit(struct sk_buff *skb, struct genl_info *info);
int ipudp_nl_dev_set_doit(struct sk_buff *skb, struct genl_info *info);
int ipudp_nl_dev_del_doit(struct sk_buff *skb, struct genl_info *info);
int ipudp_nl_listener_get_doit(struct sk_buff *skb, struct genl_info *info);
int ipudp_nl_listener_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb);
int ipudp_nl_listener_new_doit(struct sk_buff *skb, struct genl_info *info);
int ipudp_nl_listener_del_doit(struct sk_buff *skb, struct genl_info *info);
int ipudp_nl_tunnel_get_doit(struct sk_buff *skb, struct genl_info *info);
int ipudp_nl_tunnel_get_dumpit(struct sk_buff *skb,
			       struct netlink_callback *cb);
int ipudp_nl_tunnel_new_doit(struct sk_buff *skb, struct genl_info *info);
int ipudp_nl_tunnel_set_doit(struct sk_buff *skb, struct genl_info *info);
int ipudp_nl_tunnel_del_doit(struct sk_buff *skb, struct genl_info *info);
int ipudp_nl_rule_get_doit(struct sk_buff *skb, struct genl_info *info);
int ipudp_nl_rule_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int ipudp_nl_rule_new_doit(struct sk_buff *skb, struct genl_info *info);
int ipudp_nl_rule_del_doit(struct sk_buff *skb, struct genl_info *info);
int ipudp_nl_frame_register_doit(struct sk_buff *skb, struct genl_info *info);
int ipudp_nl_frame_unregister_doit(struct sk_buff *skb, struct genl_info *info);
int ipudp_nl_frame_send_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	IPUDP_NLGRP_EVENTS,
};

extern const struct genl_multicast_group ipudp_nl_mcgrps[1];

#endif /* _LINUX_IPUDP_GEN_H */
