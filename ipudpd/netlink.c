// SPDX-License-Identifier: GPL-2.0-or-later
/* The family: what a message asks for, acknowledgements, lists. Handlers are in nl_<object>.c. */

#include <errno.h>
#include <stdlib.h>

#include "device.h"
#include "home.h"
#include "netlink_gen.h"
#include "link.h"
#include "nl.h"
#include "refusal.h"
#include "server.h"

/* More than any attribute of the family. */
#define ATTRS_MAX 64

struct genl_family ipudp_nl_family = { .name = IPUDP_FAMILY_NAME, .id = IPUDP_NL_FAMILY };

struct ipudp_home *ipudp_nl_home_of(const struct connection *connection)
{
	return connection->server->home;
}

struct ipudp_home *ipudp_nl_home(struct genl_info *info)
{
	struct ipudp_home *home = ipudp_nl_home_of(info->sk);

	mutex_lock(&home->lock);
	return home;
}

struct ipudp_home *ipudp_nl_dump_home(const struct sk_buff *msg)
{
	return ipudp_nl_home_of(msg->sk);
}

int genlmsg_reply(struct sk_buff *msg, struct genl_info *info)
{
	ipudp_connection_send(info->sk, msg->data, msg->len);
	nlmsg_free(msg);
	return 0;
}

int ipudp_nl_refuse_missing(struct genl_info *info, uint32_t attrtype, const char *sentence)
{
	if (info->extack) {
		info->extack->miss_type = attrtype;
		info->extack->_msg = sentence;
	}
	return -EINVAL;
}

static struct ipudp_device *device_get(struct ipudp_home *home, struct nlattr **attrs,
				       int attr_ifindex, int attr_ifname,
				       struct netlink_ext_ack *extack)
{
	const struct nlattr *ifindex = attrs[attr_ifindex], *ifname = attrs[attr_ifname];
	const char *name = ifname ? nla_data(ifname) : NULL;
	struct ipudp_device *device = NULL;
	char buffer[IFNAMSIZ];
	bool exists;

	if (!ifindex && !ifname) {
		ipudp_refuse(extack, DEVICE_UNNAMED);
		return ERR_PTR(-EINVAL);
	}
	if (!ifindex || nla_get_u32(ifindex))
		device = ipudp_device_lookup(home, ifindex ? nla_get_u32(ifindex) : 0, name);
	if (device) {
		mutex_lock(&home->lock);
		return device;
	}
	exists = ifindex ? !!if_indextoname(nla_get_u32(ifindex), buffer) : !!if_nametoindex(name);
	if (!exists) {
		ipudp_refuse_attr(extack, IPUDP_REFUSAL_DEVICE_UNKNOWN, ifindex ? ifindex : ifname);
		return ERR_PTR(-ENODEV);
	}
	ipudp_refuse_attr(extack, IPUDP_REFUSAL_DEVICE_FOREIGN, ifindex ? ifindex : ifname);
	return ERR_PTR(-EOPNOTSUPP);
}

struct ipudp_device *ipudp_nl_device_get(struct genl_info *info, int attr_ifindex, int attr_ifname,
					 bool alive)
{
	(void)alive;
	return device_get(ipudp_nl_home_of(info->sk), info->attrs, attr_ifindex, attr_ifname,
			  info->extack);
}

void ipudp_nl_device_put(struct ipudp_device *device)
{
	mutex_unlock(&device->home->lock);
}

struct ipudp_device *ipudp_nl_dump_device(struct netlink_callback *cb, const struct sk_buff *msg,
					  int attr_ifindex, int attr_ifname)
{
	return device_get(ipudp_nl_dump_home(msg), cb->attrs, attr_ifindex, attr_ifname,
			  cb->extack);
}

struct ipudp_device *ipudp_nl_dump_device_next(const struct sk_buff *msg, long ifindex)
{
	return ipudp_device_next(ipudp_nl_dump_home(msg), ifindex);
}

void ipudp_nl_dump_begin(struct netlink_callback *cb, const struct sk_buff *msg)
{
	uint32_t generation = ipudp_nl_dump_home(msg)->generation;

	/* 0 stands for none. */
	cb->seq = generation ? generation : 1;
}

static void put_extack(struct sk_buff *msg, const struct nlmsghdr *request,
		       const struct netlink_ext_ack *extack)
{
	if (extack->_msg)
		nla_put_string(msg, NLMSGERR_ATTR_MSG, extack->_msg);
	if (extack->bad_attr)
		nla_put_u32(msg, NLMSGERR_ATTR_OFFS,
			    (const char *)extack->bad_attr - (const char *)request);
	if (extack->miss_type)
		nla_put_u32(msg, NLMSGERR_ATTR_MISS_TYPE, extack->miss_type);
}

/* Answer a request by an errno, 0 for success, as a socket with NETLINK_CAP_ACK gets it. */
static void acknowledge(struct connection *connection, const struct nlmsghdr *request, int error,
			const struct netlink_ext_ack *extack)
{
	char buffer[512] __attribute__((aligned(8)));
	struct sk_buff msg = { .data = buffer, .size = sizeof(buffer) };
	struct nlmsghdr *nlh = (void *)buffer;
	struct nlmsgerr *answer = NLMSG_DATA(nlh);

	*nlh = (struct nlmsghdr){
		.nlmsg_type = NLMSG_ERROR,
		.nlmsg_flags = NLM_F_CAPPED,
		.nlmsg_seq = request->nlmsg_seq,
		.nlmsg_pid = connection->portid,
	};
	answer->error = error;
	answer->msg = *request;
	msg.len = NLMSG_SPACE(sizeof(*answer));
	put_extack(&msg, request, extack);
	if (msg.len > NLMSG_SPACE(sizeof(*answer)))
		nlh->nlmsg_flags |= NLM_F_ACK_TLVS;
	nlh->nlmsg_len = msg.len;
	ipudp_connection_send(connection, msg.data, msg.len);
}

/* Answer to CTRL_CMD_GETFAMILY, in which clients find numbers as those of the kernel's. */
static void put_family(struct sk_buff *msg, const struct nlmsghdr *request, uint32_t portid)
{
	struct nlmsghdr *nlh = genlmsg_put(msg, portid, request->nlmsg_seq, &ipudp_nl_family, 0,
					   CTRL_CMD_NEWFAMILY);
	uint16_t id = IPUDP_NL_FAMILY;
	struct nlattr *groups, *group;

	nlh->nlmsg_type = GENL_ID_CTRL;
	nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, IPUDP_FAMILY_NAME);
	nla_put(msg, CTRL_ATTR_FAMILY_ID, sizeof(id), &id);
	nla_put_u32(msg, CTRL_ATTR_VERSION, IPUDP_FAMILY_VERSION);
	groups = nla_nest_start(msg, CTRL_ATTR_MCAST_GROUPS);
	group = nla_nest_start(msg, 1);
	nla_put_string(msg, CTRL_ATTR_MCAST_GRP_NAME, IPUDP_MCGRP_EVENTS);
	nla_put_u32(msg, CTRL_ATTR_MCAST_GRP_ID, IPUDP_NL_EVENTS);
	nla_nest_end(msg, group);
	nla_nest_end(msg, groups);
	genlmsg_end(msg, nlh);
}

/* Answer to IPUDP_CTRL_PROVE. */
static int put_challenge(struct connection *connection, struct sk_buff *msg,
			 const struct nlmsghdr *request)
{
	struct nlmsghdr *nlh = genlmsg_put(msg, connection->portid, request->nlmsg_seq,
					   &ipudp_nl_family, 0, IPUDP_CTRL_PROVE);

	if (!ipudp_connection_challenge(connection))
		return -EAGAIN;
	nlh->nlmsg_type = GENL_ID_CTRL;
	nla_put_u32(msg, IPUDP_CTRL_A_PORTID, connection->server->proof_portid);
	nla_put(msg, IPUDP_CTRL_A_SECRET, sizeof(connection->secret), connection->secret);
	genlmsg_end(msg, nlh);
	return 0;
}

static int receive_control(struct connection *connection, const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = NLMSG_DATA(nlh);
	char buffer[512] __attribute__((aligned(8)));
	struct sk_buff msg = { .data = buffer, .size = sizeof(buffer) };
	const struct nlattr *attr;
	int rest, ret;

	if (genl->cmd == IPUDP_CTRL_PROVE) {
		ret = put_challenge(connection, &msg, nlh);
		if (!ret)
			ipudp_connection_send(connection, msg.data, msg.len);
		return ret;
	}
	if (genl->cmd == IPUDP_CTRL_SUBSCRIBE) {
		connection->subscribed = true;
		return 0;
	}
	if (genl->cmd != CTRL_CMD_GETFAMILY)
		return -EOPNOTSUPP;
	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rest) {
		if (nla_type(attr) != CTRL_ATTR_FAMILY_NAME ||
		    nla_len(attr) != sizeof(IPUDP_FAMILY_NAME) ||
		    memcmp(nla_data(attr), IPUDP_FAMILY_NAME, sizeof(IPUDP_FAMILY_NAME)))
			continue;
		put_family(&msg, nlh, connection->portid);
		ipudp_connection_send(connection, msg.data, msg.len);
		return 0;
	}
	return -ENOENT;
}

static const struct genl_ops *find_ops(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = NLMSG_DATA(nlh);
	bool dump = (nlh->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ipudp_nl_ops); i++)
		if (ipudp_nl_ops[i].cmd == genl->cmd)
			return (dump ? !ipudp_nl_ops[i].dumpit : !ipudp_nl_ops[i].doit) ?
				       NULL :
				       &ipudp_nl_ops[i];
	return NULL;
}

static int parse(const struct nlmsghdr *nlh, const struct genl_ops *ops, struct nlattr **attrs,
		 struct netlink_ext_ack *extack)
{
	return nla_parse(attrs, ops->maxattr, (void *)((char *)NLMSG_DATA(nlh) + GENL_HDRLEN),
			 nlh->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN, ops->policy, extack);
}

static int do_request(struct connection *connection, const struct nlmsghdr *nlh,
		      const struct genl_ops *ops, struct netlink_ext_ack *extack)
{
	struct nlattr *attrs[ATTRS_MAX];
	struct genl_info info = {
		.snd_seq = nlh->nlmsg_seq,
		.snd_portid = connection->portid,
		.nlhdr = nlh,
		.genlhdr = NLMSG_DATA(nlh),
		.attrs = attrs,
		.extack = extack,
		.sk = connection,
	};
	int ret = parse(nlh, ops, attrs, extack);

	if (ret)
		return ret;
	/* Be up to date with what other tools did to our interfaces. */
	ipudp_link_read(ipudp_nl_home_of(connection));
	ret = ops->doit(NULL, &info);
	if (ret)
		ipudp_refusal_name_attr(&info);
	return ret;
}

void ipudp_nl_dump_done(struct ipudp_dump *dump)
{
	free(dump->request);
	free(dump->attrs);
	*dump = (struct ipudp_dump){ 0 };
}

static int start_dump(struct connection *connection, const struct nlmsghdr *nlh,
		      const struct genl_ops *ops, struct netlink_ext_ack *extack)
{
	struct ipudp_dump *dump = &connection->dump;
	int ret;

	dump->request = malloc(nlh->nlmsg_len);
	dump->attrs = calloc(ops->maxattr + 1, sizeof(*dump->attrs));
	if (!dump->request || !dump->attrs) {
		ipudp_nl_dump_done(dump);
		return -ENOMEM;
	}
	memcpy(dump->request, nlh, nlh->nlmsg_len);
	ret = parse(dump->request, ops, dump->attrs, extack);
	if (ret) {
		/* The attribute is where it was in the request. */
		if (extack->bad_attr)
			extack->bad_attr =
				(const void *)((const char *)nlh + ((const char *)extack->bad_attr -
								    (const char *)dump->request));
		ipudp_nl_dump_done(dump);
		return ret;
	}
	ipudp_link_read(ipudp_nl_home_of(connection));
	dump->ops = ops;
	dump->cb = (struct netlink_callback){
		.attrs = dump->attrs,
		.nlh = dump->request,
		.portid = connection->portid,
	};
	return 0;
}

static void end_dump(struct connection *connection, int error, const struct netlink_ext_ack *extack)
{
	char buffer[512] __attribute__((aligned(8)));
	struct sk_buff msg = { .data = buffer, .size = sizeof(buffer) };
	struct nlmsghdr *nlh = (void *)buffer;

	*nlh = (struct nlmsghdr){
		.nlmsg_type = NLMSG_DONE,
		.nlmsg_flags = ipudp_nl_dump_flags(&connection->dump.cb),
		.nlmsg_seq = connection->dump.request->nlmsg_seq,
		.nlmsg_pid = connection->portid,
	};
	memcpy(NLMSG_DATA(nlh), &error, sizeof(error));
	msg.len = NLMSG_SPACE(sizeof(error));
	put_extack(&msg, connection->dump.request, extack);
	if (msg.len > NLMSG_SPACE(sizeof(error)))
		nlh->nlmsg_flags |= NLM_F_ACK_TLVS;
	nlh->nlmsg_len = msg.len;
	ipudp_connection_send(connection, msg.data, msg.len);
	ipudp_nl_dump_done(&connection->dump);
}

bool ipudp_nl_dump(struct connection *connection)
{
	char buffer[IPUDP_NL_DUMP_SIZE] __attribute__((aligned(8)));
	struct sk_buff msg = { .data = buffer, .size = sizeof(buffer), .sk = connection };
	struct ipudp_dump *dump = &connection->dump;
	struct netlink_ext_ack extack = { 0 };
	int len;

	dump->cb.extack = &extack;
	ipudp_nl_dump_begin(&dump->cb, &msg);
	len = dump->ops->dumpit(&msg, &dump->cb);
	if (len > 0) {
		ipudp_connection_send(connection, msg.data, msg.len);
		return true;
	}
	end_dump(connection, len, &extack);
	return false;
}

/* Return: 1 if a list was begun, which needs no acknowledgement; 0 or a negative errno. */
static int receive(struct connection *connection, const struct nlmsghdr *nlh,
		   struct netlink_ext_ack *extack)
{
	const struct genlmsghdr *genl = NLMSG_DATA(nlh);
	const struct genl_ops *ops;
	int ret;

	if (nlh->nlmsg_type != IPUDP_NL_FAMILY && nlh->nlmsg_type != GENL_ID_CTRL)
		return -ENOENT;
	if (nlh->nlmsg_len < NLMSG_LENGTH(GENL_HDRLEN))
		return -EINVAL;
	if (nlh->nlmsg_type == GENL_ID_CTRL)
		return receive_control(connection, nlh);
	ops = find_ops(nlh);
	if (!ops)
		return -EOPNOTSUPP;
	if (genl->reserved) {
		NL_SET_ERR_MSG(extack, "genlmsghdr.reserved field is not 0");
		return -EINVAL;
	}
	if (ops->flags & GENL_UNS_ADMIN_PERM && !connection->admin)
		return -EPERM;
	if ((nlh->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
		return do_request(connection, nlh, ops, extack);
	ret = start_dump(connection, nlh, ops, extack);
	return ret ? ret : 1;
}

void ipudp_nl_receive(struct connection *connection, const struct nlmsghdr *nlh)
{
	struct netlink_ext_ack extack = { 0 };
	int ret = 0;

	/* As the kernel: answers of others and control messages are passed over. */
	if (nlh->nlmsg_flags & NLM_F_REQUEST && nlh->nlmsg_type >= NLMSG_MIN_TYPE)
		ret = receive(connection, nlh, &extack);
	if (ret < 0 || (!ret && nlh->nlmsg_flags & NLM_F_ACK))
		acknowledge(connection, nlh, ret, &extack);
}

/* What requests about an object may have, which is more than the journal has, and its key. */
static const struct nla_policy *journal_policy(uint8_t cmd, struct nla_policy *policy)
{
	memset(policy, 0, ATTRS_MAX * sizeof(*policy));
	switch (cmd) {
	case IPUDP_CMD_DEV_ADD_NTF:
	case IPUDP_CMD_DEV_CHANGE_NTF:
	case IPUDP_CMD_DEV_DEL_NTF:
		memcpy(policy, ipudp_dev_new_nl_policy, sizeof(ipudp_dev_new_nl_policy));
		policy[IPUDP_A_DEVICE_IFINDEX].type = NLA_U32;
		break;
	case IPUDP_CMD_LISTENER_ADD_NTF:
	case IPUDP_CMD_LISTENER_CHANGE_NTF:
	case IPUDP_CMD_LISTENER_DEL_NTF:
		memcpy(policy, ipudp_listener_new_nl_policy, sizeof(ipudp_listener_new_nl_policy));
		policy[IPUDP_A_LISTENER_ID].type = NLA_U32;
		policy[IPUDP_A_LISTENER_PINNED].type = NLA_FLAG;
		break;
	case IPUDP_CMD_TUNNEL_ADD_NTF:
	case IPUDP_CMD_TUNNEL_CHANGE_NTF:
	case IPUDP_CMD_TUNNEL_DEL_NTF:
		memcpy(policy, ipudp_tunnel_new_nl_policy, sizeof(ipudp_tunnel_new_nl_policy));
		break;
	default:
		memcpy(policy, ipudp_rule_new_nl_policy, sizeof(ipudp_rule_new_nl_policy));
	}
	return policy;
}

int ipudp_nl_apply(struct ipudp_home *home, const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = NLMSG_DATA(nlh);
	struct nla_policy policy[ATTRS_MAX];
	struct nlattr *attrs[ATTRS_MAX];
	int ret;

	if (nlh->nlmsg_len < NLMSG_LENGTH(GENL_HDRLEN))
		return -EINVAL;
	ret = nla_parse(attrs, ATTRS_MAX - 1, (void *)((char *)NLMSG_DATA(nlh) + GENL_HDRLEN),
			nlh->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN,
			journal_policy(genl->cmd, policy), NULL);
	if (ret)
		return ret;
	switch (genl->cmd) {
	case IPUDP_CMD_DEV_ADD_NTF:
	case IPUDP_CMD_DEV_CHANGE_NTF:
	case IPUDP_CMD_DEV_DEL_NTF:
		return ipudp_nl_device_restore(home, attrs, genl->cmd);
	case IPUDP_CMD_LISTENER_ADD_NTF:
	case IPUDP_CMD_LISTENER_CHANGE_NTF:
	case IPUDP_CMD_LISTENER_DEL_NTF:
		return ipudp_nl_listener_restore(home, attrs, genl->cmd);
	case IPUDP_CMD_TUNNEL_ADD_NTF:
	case IPUDP_CMD_TUNNEL_CHANGE_NTF:
	case IPUDP_CMD_TUNNEL_DEL_NTF:
		return ipudp_nl_tunnel_restore(home, attrs, genl->cmd);
	case IPUDP_CMD_RULE_ADD_NTF:
	case IPUDP_CMD_RULE_CHANGE_NTF:
	case IPUDP_CMD_RULE_DEL_NTF:
		return ipudp_nl_rule_restore(home, nlh, attrs, genl->cmd);
	default:
		return -EOPNOTSUPP;
	}
}
