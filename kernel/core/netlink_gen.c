// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/ipudp.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "netlink_gen.h"

#include <uapi/linux/ipudp.h>

/* Common nested types */
const struct nla_policy ipudp_target_nl_policy[IPUDP_A_TARGET_WEIGHT + 1] = {
	[IPUDP_A_TARGET_TUNNEL] = { .type = NLA_U32, },
	[IPUDP_A_TARGET_PRIORITY] = { .type = NLA_U32, },
	[IPUDP_A_TARGET_WEIGHT] = NLA_POLICY_MIN(NLA_U16, 1),
};

/* IPUDP_CMD_DEV_GET - do */
const struct nla_policy ipudp_dev_get_nl_policy[IPUDP_A_DEVICE_IFNAME + 1] = {
	[IPUDP_A_DEVICE_IFINDEX] = { .type = NLA_U32, },
	[IPUDP_A_DEVICE_IFNAME] = { .type = NLA_NUL_STRING, .len = 15, },
};

/* IPUDP_CMD_DEV_NEW - do */
const struct nla_policy ipudp_dev_new_nl_policy[IPUDP_A_DEVICE_FAST_PATH + 1] = {
	[IPUDP_A_DEVICE_IFNAME] = { .type = NLA_NUL_STRING, .len = 15, },
	[IPUDP_A_DEVICE_MODE] = NLA_POLICY_MAX(NLA_U8, 1),
	[IPUDP_A_DEVICE_LOOKUP] = NLA_POLICY_MAX(NLA_U8, 1),
	[IPUDP_A_DEVICE_HEADER] = NLA_POLICY_MAX(NLA_U8, 0),
	[IPUDP_A_DEVICE_SOURCE_CHECK] = NLA_POLICY_MAX(NLA_U8, 1),
	[IPUDP_A_DEVICE_MTU] = { .type = NLA_U32, },
	[IPUDP_A_DEVICE_FAST_PATH] = NLA_POLICY_MAX(NLA_U8, 2),
};

/* IPUDP_CMD_DEV_SET - do */
const struct nla_policy ipudp_dev_set_nl_policy[IPUDP_A_DEVICE_FAST_PATH + 1] = {
	[IPUDP_A_DEVICE_IFINDEX] = { .type = NLA_U32, },
	[IPUDP_A_DEVICE_IFNAME] = { .type = NLA_NUL_STRING, .len = 15, },
	[IPUDP_A_DEVICE_MODE] = NLA_POLICY_MAX(NLA_U8, 1),
	[IPUDP_A_DEVICE_LOOKUP] = NLA_POLICY_MAX(NLA_U8, 1),
	[IPUDP_A_DEVICE_SOURCE_CHECK] = NLA_POLICY_MAX(NLA_U8, 1),
	[IPUDP_A_DEVICE_FAST_PATH] = NLA_POLICY_MAX(NLA_U8, 2),
};

/* IPUDP_CMD_DEV_DEL - do */
const struct nla_policy ipudp_dev_del_nl_policy[IPUDP_A_DEVICE_IFNAME + 1] = {
	[IPUDP_A_DEVICE_IFINDEX] = { .type = NLA_U32, },
	[IPUDP_A_DEVICE_IFNAME] = { .type = NLA_NUL_STRING, .len = 15, },
};

/* IPUDP_CMD_LISTENER_GET - do */
const struct nla_policy ipudp_listener_get_nl_policy[IPUDP_A_LISTENER_ID + 1] = {
	[IPUDP_A_LISTENER_ID] = { .type = NLA_U32, },
};

/* IPUDP_CMD_LISTENER_NEW - do */
const struct nla_policy ipudp_listener_new_nl_policy[IPUDP_A_LISTENER_BIND_IFINDEX + 1] = {
	[IPUDP_A_LISTENER_FAMILY] = NLA_POLICY_MAX(NLA_U8, 2),
	[IPUDP_A_LISTENER_LOCAL] = { .type = NLA_BINARY, },
	[IPUDP_A_LISTENER_PORT] = { .type = NLA_U16, },
	[IPUDP_A_LISTENER_BIND_IFINDEX] = { .type = NLA_U32, },
};

/* IPUDP_CMD_LISTENER_DEL - do */
const struct nla_policy ipudp_listener_del_nl_policy[IPUDP_A_LISTENER_ID + 1] = {
	[IPUDP_A_LISTENER_ID] = { .type = NLA_U32, },
};

/* IPUDP_CMD_TUNNEL_GET - do */
const struct nla_policy ipudp_tunnel_get_nl_policy[IPUDP_A_TUNNEL_LISTENER + 1] = {
	[IPUDP_A_TUNNEL_IFINDEX] = { .type = NLA_U32, },
	[IPUDP_A_TUNNEL_IFNAME] = { .type = NLA_NUL_STRING, .len = 15, },
	[IPUDP_A_TUNNEL_ID] = { .type = NLA_U32, },
	[IPUDP_A_TUNNEL_LISTENER] = { .type = NLA_U32, },
};

/* IPUDP_CMD_TUNNEL_NEW - do */
const struct nla_policy ipudp_tunnel_new_nl_policy[IPUDP_A_TUNNEL_IDLE_MS + 1] = {
	[IPUDP_A_TUNNEL_IFINDEX] = { .type = NLA_U32, },
	[IPUDP_A_TUNNEL_IFNAME] = { .type = NLA_NUL_STRING, .len = 15, },
	[IPUDP_A_TUNNEL_ID] = { .type = NLA_U32, },
	[IPUDP_A_TUNNEL_LISTENER] = { .type = NLA_U32, },
	[IPUDP_A_TUNNEL_LOCAL] = { .type = NLA_BINARY, },
	[IPUDP_A_TUNNEL_LOCAL_PORT] = { .type = NLA_U16, },
	[IPUDP_A_TUNNEL_REMOTE] = { .type = NLA_BINARY, },
	[IPUDP_A_TUNNEL_REMOTE_PORT] = { .type = NLA_U16, },
	[IPUDP_A_TUNNEL_BIND_IFINDEX] = { .type = NLA_U32, },
	[IPUDP_A_TUNNEL_LINK_IFINDEX] = { .type = NLA_U32, },
	[IPUDP_A_TUNNEL_MARK] = { .type = NLA_U32, },
	[IPUDP_A_TUNNEL_TTL] = { .type = NLA_U8, },
	[IPUDP_A_TUNNEL_DSCP] = NLA_POLICY_MAX(NLA_U8, 64),
	[IPUDP_A_TUNNEL_DF] = NLA_POLICY_MAX(NLA_U8, 2),
	[IPUDP_A_TUNNEL_CHECKSUM] = NLA_POLICY_MAX(NLA_U8, 1),
	[IPUDP_A_TUNNEL_FLOW_PORT] = NLA_POLICY_MAX(NLA_U8, 1),
	[IPUDP_A_TUNNEL_KEEPALIVE_MS] = { .type = NLA_U32, },
	[IPUDP_A_TUNNEL_IDLE_MS] = { .type = NLA_U32, },
};

/* IPUDP_CMD_TUNNEL_SET - do */
const struct nla_policy ipudp_tunnel_set_nl_policy[IPUDP_A_TUNNEL_IDLE_MS + 1] = {
	[IPUDP_A_TUNNEL_IFINDEX] = { .type = NLA_U32, },
	[IPUDP_A_TUNNEL_IFNAME] = { .type = NLA_NUL_STRING, .len = 15, },
	[IPUDP_A_TUNNEL_ID] = { .type = NLA_U32, },
	[IPUDP_A_TUNNEL_LOCAL] = { .type = NLA_BINARY, },
	[IPUDP_A_TUNNEL_REMOTE] = { .type = NLA_BINARY, },
	[IPUDP_A_TUNNEL_REMOTE_PORT] = { .type = NLA_U16, },
	[IPUDP_A_TUNNEL_LINK_IFINDEX] = { .type = NLA_U32, },
	[IPUDP_A_TUNNEL_MARK] = { .type = NLA_U32, },
	[IPUDP_A_TUNNEL_TTL] = { .type = NLA_U8, },
	[IPUDP_A_TUNNEL_DSCP] = NLA_POLICY_MAX(NLA_U8, 64),
	[IPUDP_A_TUNNEL_DF] = NLA_POLICY_MAX(NLA_U8, 2),
	[IPUDP_A_TUNNEL_CHECKSUM] = NLA_POLICY_MAX(NLA_U8, 1),
	[IPUDP_A_TUNNEL_FLOW_PORT] = NLA_POLICY_MAX(NLA_U8, 1),
	[IPUDP_A_TUNNEL_KEEPALIVE_MS] = { .type = NLA_U32, },
	[IPUDP_A_TUNNEL_IDLE_MS] = { .type = NLA_U32, },
};

/* IPUDP_CMD_TUNNEL_DEL - do */
const struct nla_policy ipudp_tunnel_del_nl_policy[IPUDP_A_TUNNEL_ID + 1] = {
	[IPUDP_A_TUNNEL_IFINDEX] = { .type = NLA_U32, },
	[IPUDP_A_TUNNEL_IFNAME] = { .type = NLA_NUL_STRING, .len = 15, },
	[IPUDP_A_TUNNEL_ID] = { .type = NLA_U32, },
};

/* IPUDP_CMD_RULE_GET - do */
const struct nla_policy ipudp_rule_get_nl_policy[IPUDP_A_RULE_TUNNEL + 1] = {
	[IPUDP_A_RULE_IFINDEX] = { .type = NLA_U32, },
	[IPUDP_A_RULE_IFNAME] = { .type = NLA_NUL_STRING, .len = 15, },
	[IPUDP_A_RULE_PREFIX] = { .type = NLA_BINARY, },
	[IPUDP_A_RULE_PREFIX_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[IPUDP_A_RULE_TUNNEL] = { .type = NLA_U32, },
};

/* IPUDP_CMD_RULE_NEW - do */
const struct nla_policy ipudp_rule_new_nl_policy[IPUDP_A_RULE_EXISTS + 1] = {
	[IPUDP_A_RULE_IFINDEX] = { .type = NLA_U32, },
	[IPUDP_A_RULE_IFNAME] = { .type = NLA_NUL_STRING, .len = 15, },
	[IPUDP_A_RULE_PREFIX] = { .type = NLA_BINARY, },
	[IPUDP_A_RULE_PREFIX_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[IPUDP_A_RULE_ACTION] = NLA_POLICY_MAX(NLA_U8, 3),
	[IPUDP_A_RULE_TARGET] = NLA_POLICY_NESTED(ipudp_target_nl_policy),
	[IPUDP_A_RULE_EXISTS] = NLA_POLICY_MAX(NLA_U8, 2),
};

/* IPUDP_CMD_RULE_DEL - do */
const struct nla_policy ipudp_rule_del_nl_policy[IPUDP_A_RULE_TARGET + 1] = {
	[IPUDP_A_RULE_IFINDEX] = { .type = NLA_U32, },
	[IPUDP_A_RULE_IFNAME] = { .type = NLA_NUL_STRING, .len = 15, },
	[IPUDP_A_RULE_PREFIX] = { .type = NLA_BINARY, },
	[IPUDP_A_RULE_PREFIX_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[IPUDP_A_RULE_TARGET] = NLA_POLICY_NESTED(ipudp_target_nl_policy),
};

/* IPUDP_CMD_FRAME_REGISTER - do */
const struct nla_policy ipudp_frame_register_nl_policy[IPUDP_A_FRAME_CLASS + 1] = {
	[IPUDP_A_FRAME_LISTENER] = { .type = NLA_U32, },
	[IPUDP_A_FRAME_CLASS] = NLA_POLICY_MAX(NLA_U8, 2),
};

/* IPUDP_CMD_FRAME_UNREGISTER - do */
const struct nla_policy ipudp_frame_unregister_nl_policy[IPUDP_A_FRAME_CLASS + 1] = {
	[IPUDP_A_FRAME_LISTENER] = { .type = NLA_U32, },
	[IPUDP_A_FRAME_CLASS] = NLA_POLICY_MAX(NLA_U8, 2),
};

/* IPUDP_CMD_FRAME_SEND - do */
const struct nla_policy ipudp_frame_send_nl_policy[IPUDP_A_FRAME_PAYLOAD + 1] = {
	[IPUDP_A_FRAME_LISTENER] = { .type = NLA_U32, },
	[IPUDP_A_FRAME_REMOTE] = { .type = NLA_BINARY, },
	[IPUDP_A_FRAME_REMOTE_PORT] = { .type = NLA_U16, },
	[IPUDP_A_FRAME_LOCAL] = { .type = NLA_BINARY, },
	[IPUDP_A_FRAME_IFINDEX] = { .type = NLA_U32, },
	[IPUDP_A_FRAME_MARK] = { .type = NLA_U32, },
	[IPUDP_A_FRAME_PAYLOAD] = { .type = NLA_BINARY, },
};

/* Ops table for ipudp */
const struct genl_ops ipudp_nl_ops[17] = {
	{
		.cmd		= IPUDP_CMD_DEV_GET,
		.doit		= ipudp_nl_dev_get_doit,
		.dumpit		= ipudp_nl_dev_get_dumpit,
		.policy		= ipudp_dev_get_nl_policy,
		.maxattr	= IPUDP_A_DEVICE_IFNAME,
	},
	{
		.cmd		= IPUDP_CMD_DEV_NEW,
		.doit		= ipudp_nl_dev_new_doit,
		.policy		= ipudp_dev_new_nl_policy,
		.maxattr	= IPUDP_A_DEVICE_FAST_PATH,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= IPUDP_CMD_DEV_SET,
		.doit		= ipudp_nl_dev_set_doit,
		.policy		= ipudp_dev_set_nl_policy,
		.maxattr	= IPUDP_A_DEVICE_FAST_PATH,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= IPUDP_CMD_DEV_DEL,
		.doit		= ipudp_nl_dev_del_doit,
		.policy		= ipudp_dev_del_nl_policy,
		.maxattr	= IPUDP_A_DEVICE_IFNAME,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= IPUDP_CMD_LISTENER_GET,
		.doit		= ipudp_nl_listener_get_doit,
		.dumpit		= ipudp_nl_listener_get_dumpit,
		.policy		= ipudp_listener_get_nl_policy,
		.maxattr	= IPUDP_A_LISTENER_ID,
	},
	{
		.cmd		= IPUDP_CMD_LISTENER_NEW,
		.doit		= ipudp_nl_listener_new_doit,
		.policy		= ipudp_listener_new_nl_policy,
		.maxattr	= IPUDP_A_LISTENER_BIND_IFINDEX,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= IPUDP_CMD_LISTENER_DEL,
		.doit		= ipudp_nl_listener_del_doit,
		.policy		= ipudp_listener_del_nl_policy,
		.maxattr	= IPUDP_A_LISTENER_ID,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= IPUDP_CMD_TUNNEL_GET,
		.doit		= ipudp_nl_tunnel_get_doit,
		.dumpit		= ipudp_nl_tunnel_get_dumpit,
		.policy		= ipudp_tunnel_get_nl_policy,
		.maxattr	= IPUDP_A_TUNNEL_LISTENER,
	},
	{
		.cmd		= IPUDP_CMD_TUNNEL_NEW,
		.doit		= ipudp_nl_tunnel_new_doit,
		.policy		= ipudp_tunnel_new_nl_policy,
		.maxattr	= IPUDP_A_TUNNEL_IDLE_MS,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= IPUDP_CMD_TUNNEL_SET,
		.doit		= ipudp_nl_tunnel_set_doit,
		.policy		= ipudp_tunnel_set_nl_policy,
		.maxattr	= IPUDP_A_TUNNEL_IDLE_MS,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= IPUDP_CMD_TUNNEL_DEL,
		.doit		= ipudp_nl_tunnel_del_doit,
		.policy		= ipudp_tunnel_del_nl_policy,
		.maxattr	= IPUDP_A_TUNNEL_ID,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= IPUDP_CMD_RULE_GET,
		.doit		= ipudp_nl_rule_get_doit,
		.dumpit		= ipudp_nl_rule_get_dumpit,
		.policy		= ipudp_rule_get_nl_policy,
		.maxattr	= IPUDP_A_RULE_TUNNEL,
	},
	{
		.cmd		= IPUDP_CMD_RULE_NEW,
		.doit		= ipudp_nl_rule_new_doit,
		.policy		= ipudp_rule_new_nl_policy,
		.maxattr	= IPUDP_A_RULE_EXISTS,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= IPUDP_CMD_RULE_DEL,
		.doit		= ipudp_nl_rule_del_doit,
		.policy		= ipudp_rule_del_nl_policy,
		.maxattr	= IPUDP_A_RULE_TARGET,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= IPUDP_CMD_FRAME_REGISTER,
		.doit		= ipudp_nl_frame_register_doit,
		.policy		= ipudp_frame_register_nl_policy,
		.maxattr	= IPUDP_A_FRAME_CLASS,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= IPUDP_CMD_FRAME_UNREGISTER,
		.doit		= ipudp_nl_frame_unregister_doit,
		.policy		= ipudp_frame_unregister_nl_policy,
		.maxattr	= IPUDP_A_FRAME_CLASS,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
	{
		.cmd		= IPUDP_CMD_FRAME_SEND,
		.doit		= ipudp_nl_frame_send_doit,
		.policy		= ipudp_frame_send_nl_policy,
		.maxattr	= IPUDP_A_FRAME_PAYLOAD,
		.flags		= GENL_UNS_ADMIN_PERM,
	},
};

const struct genl_multicast_group ipudp_nl_mcgrps[] = {
	[IPUDP_NLGRP_EVENTS] = { "events", },
};
